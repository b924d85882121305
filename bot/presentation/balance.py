"""What a member may spend, for the member and for admins."""

from collections.abc import Sequence

import discord

from bot.catalogue import Dish, Menu
from bot.credits import Balance, LogLine, PoolLeft, RoleLimits, Standing, affordable
from bot.jobs.pauses import Pause
from bot.presentation.budget_log import recent_text
from bot.presentation.embeds import COLOUR, MOST_IN_FIELD, add_field, fitting
from bot.presentation.limits import limits_in_short
from bot.presentation.text import moment, pause_notice, plain_line, price_text

_TITLE_SHOWN = 14
"""Characters of a model's name in the table: with the figures it fits a phone."""
_ROOM_AROUND = 50
_DECIDERS = {
    "member": "set for this member alone",
    "roles": "by roles",
    "server": "the server's default",
    "operator": "the bot's default",
}


def balance_embed(
    standing: Standing,
    limits: Sequence[RoleLimits],
    menu: Menu,
    recent: Sequence[LogLine],
    pause: Pause | None = None,
) -> discord.Embed:
    """Show a member their own budget, and what it is enough for.

    ``pause`` is the operator's, where nothing at all can be ordered in the server.
    """
    embed = _budget(standing, pause)
    embed.title = "Your budget"
    if limits:
        add_field(embed, "Your roles allow", _any_of(limits))
    add_field(embed, "What it is enough for", _affordable_text(standing.balance.available, menu))
    add_field(embed, "Last entries", recent_text(recent, MOST_IN_FIELD))
    return embed


def member_embed(
    member_id: int, standing: Standing, limits: Sequence[RoleLimits], recent: Sequence[LogLine]
) -> discord.Embed:
    """Show an admin the budget of a member."""
    embed = _budget(standing, None)
    embed.title = "Budget of a member"
    embed.description = f"<@{member_id}>\n{embed.description or ''}".strip()
    if limits:
        add_field(embed, "Their roles allow", _any_of(limits))
    add_field(embed, "Last entries", recent_text(recent, MOST_IN_FIELD))
    return embed


def left_text(balance: Balance) -> str:
    """Say in a sentence what can be spent now."""
    return f"Left to spend now: {price_text(balance.available)}."


def _budget(standing: Standing, pause: Pause | None) -> discord.Embed:
    """Show each source, in the order in which they are spent."""
    balance = standing.balance
    embed = discord.Embed(colour=COLOUR, description=_obstacles(standing, pause) or None)
    add_field(embed, "Left to spend", price_text(balance.available))
    add_field(embed, "Allowance", _allowance_text(standing), inline=True)
    if balance.pools:
        pools = fitting([_pool_text(pool) for pool in balance.pools], MOST_IN_FIELD)
        add_field(embed, "Pools", pools)
    add_field(embed, "Granted", f"{balance.granted_left:,}, does not expire", inline=True)
    add_field(embed, "Held for videos under way", f"{balance.held:,}", inline=True)
    embed.set_footer(
        text="Amounts are credits; 100 are $1. Videos use the allowance first, then pools (a "
        "channel's counts in that channel), then what was granted."
    )
    return embed


def _allowance_text(standing: Standing) -> str:
    """Tell the allowance and when it renews; of none, what there is instead."""
    balance, decider = standing.balance, _DECIDERS[standing.decided_by]
    if not balance.allowance:
        return f"None, {decider}. An admin can grant credits, or set an allowance"
    return (
        f"{balance.allowance_left:,} left of {balance.allowance:,}, {decider}; "
        f"renews {moment(balance.renews_at)}"
    )


def _obstacles(standing: Standing, pause: Pause | None) -> str:
    """Say plainly what keeps the member from spending."""
    texts = [] if pause is None else [pause_notice(pause)]
    if standing.settings.paused:
        texts.append("⏸️ **New videos are paused in this server.** An admin can tell until when.")
    if standing.member.frozen:
        texts.append("🧊 **This budget is frozen.** An admin can tell why.")
    return "\n".join(texts)


def _pool_text(left: PoolLeft) -> str:
    pool = left.pool
    sign = "@&" if pool.kind == "role" else "#"
    text = f"<{sign}{pool.target_id}> {left.left:,} left of {pool.amount:,}"
    if pool.share is not None:
        text += f"; {left.share_left:,} of a member's {pool.share:,}"
    return text


def _any_of(limits: Sequence[RoleLimits]) -> str:
    lines = [limits_in_short(rule) for rule in limits]
    text = fitting([f"- {line}" for line in lines], MOST_IN_FIELD)
    return f"any one of\n{text}" if len(lines) > 1 else lines[0]


def _affordable_text(available: int, menu: Menu) -> str:
    """List each model's usual video: its length, its price, and how many can be paid."""
    rows = [_affordable_row(dish, available) for dish in menu.values()]
    if not rows:
        return "No model can be used just now."
    heading = f"{'':<{_TITLE_SHOWN}} {'':>5} {'price':>6} {'videos':>7}"
    shown = fitting(rows, MOST_IN_FIELD - _ROOM_AROUND)
    return f"```\n{heading}\n{shown}\n```"


def _affordable_row(dish: Dish, available: int) -> str:
    seconds, price = dish.usual_video()
    title = plain_line(dish.model.title, _TITLE_SHOWN).replace("`", "'")
    number = affordable(available, price)
    count = "any" if number is None else f"{number:,}"
    return f"{title:<{_TITLE_SHOWN}} {seconds:>3} s {price:>6,} {count:>7}"
