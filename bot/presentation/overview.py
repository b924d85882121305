"""The rules of a server, all together, for admins."""

from collections.abc import Sequence

import discord

from bot.credits import Overview
from bot.credits.ceilings import Ceiling
from bot.jobs.pauses import Pause
from bot.presentation.embeds import COLOUR, MOST_IN_FIELD, add_field, fitting
from bot.presentation.limits import limits_in_short, role_text, running_text
from bot.presentation.pools import pools_text
from bot.presentation.text import moment, pause_notice, price_text

_COMBINED = {"highest": "the highest counts", "sum": "they add up"}


def overview_embed(guild_id: int, overview: Overview, pause: Pause | None = None) -> discord.Embed:
    """Show the rules of a server; what is long is cut, and said where it is whole.

    ``pause`` is the operator's, where nothing at all can be ordered in the server.
    """
    settings = overview.settings
    embed = discord.Embed(title="Budgets of this server", colour=COLOUR)
    notices = [] if pause is None else [pause_notice(pause)]
    if settings.paused:
        notices.append("⏸️ **New videos are paused.** `/budget resume` lets them go on.")
    embed.description = "\n".join(notices) or None
    add_field(embed, "Everyone's allowance", default_text(overview))
    add_field(embed, _roles_heading(overview), _roles_text(overview))
    pools = pools_text(overview.pools, MOST_IN_FIELD)
    add_field(embed, "Pools (`/budget pool list` has them all)", pools or "None.")
    add_field(
        embed,
        "Limits (`/budget limits` tells those of one role)",
        _limits_lines(guild_id, overview) or "None.",
    )
    add_field(embed, "Running", running_text(settings))
    add_field(embed, "Approval", approval_text(overview))
    add_field(embed, "The operator's ceiling", _ceilings_text(overview.ceilings))
    add_field(embed, "Alerts", alerts_text(overview))
    return embed


def default_text(overview: Overview) -> str:
    """Tell what everyone has, how often, by which calendar."""
    if not overview.default_allowance:
        return (
            "None: credits come from allowances of roles, pools and grants, in periods of a "
            f"{overview.period_kind} by the calendar of {overview.settings.zone}."
        )
    return (
        f"{price_text(overview.default_allowance)} a {overview.period_kind}, by the calendar of "
        f"{overview.settings.zone}; renews {moment(overview.period.renews_at)}."
    )


def approval_text(overview: Overview) -> str:
    """Tell which prices a moderator must approve."""
    settings = overview.settings
    if settings.approve_above is None:
        return "No price needs a moderator's approval."
    told = (
        f"<#{settings.alert_channel_id}> is told of each, with buttons."
        if settings.alert_channel_id is not None
        else "⚠️ No channel is told of them: `channel` here, or `/budget alerts`, chooses one. "
        "Until then the buttons are under each video's own message."
    )
    return (
        f"Videos that cost more than {price_text(settings.approve_above)} wait up to "
        f"{settings.approval_hours} h for a moderator; then their credits go back. {told} "
        "`/budget approvals` lists what waits."
    )


def alerts_text(overview: Overview) -> str:
    """Tell where the levels of the ceiling are told."""
    channel_id = overview.settings.alert_channel_id
    if channel_id is None:
        return "No channel is told of the ceiling's use. `/budget alerts` chooses one."
    text = f"<#{channel_id}> is told when 50, 80 and 100 % of the ceiling are used."
    if any(ceiling.guild_id for ceiling in overview.ceilings):
        return text
    return f"{text} There is no ceiling of this server now, so there is nothing to tell yet."


def combination_text(overview: Overview) -> str:
    """Tell what a member has whose roles have several allowances."""
    return _COMBINED[overview.settings.role_allowances]


def _roles_heading(overview: Overview) -> str:
    return f"Allowances of roles (of several, {combination_text(overview)})"


def _roles_text(overview: Overview) -> str:
    lines = [
        f"<@&{role_id}> {price_text(amount)}"
        for role_id, amount in sorted(overview.role_allowances.items(), key=lambda each: -each[1])
    ]
    return fitting(lines, MOST_IN_FIELD) or "None."


def _limits_lines(guild_id: int, overview: Overview) -> str:
    lines = [
        f"{role_text(guild_id, role_id)}: {limits_in_short(limits)}"
        for role_id, limits in overview.limits.items()
    ]
    return fitting(lines, MOST_IN_FIELD)


def _ceilings_text(ceilings: Sequence[Ceiling]) -> str:
    """Tell what is used of them; of all servers together only which part."""
    lines = [_ceiling_text(ceiling) for ceiling in ceilings]
    return "\n".join(lines) or "None: whoever runs the bot sets it."


def _ceiling_text(ceiling: Ceiling) -> str:
    percent = ceiling.used * 100 // ceiling.amount if ceiling.amount else 100
    if not ceiling.guild_id:
        return f"All servers of this bot together: {percent} % used."
    return (
        f"This server: {price_text(ceiling.used)} of {price_text(ceiling.amount)} are held or "
        f"spent, {percent} %."
    )
