"""Answers to what admins have changed: what was done, and what is now in force."""

from collections.abc import Sequence

from bot.credits import Balance, Overview
from bot.credits.ceilings import Ceiling
from bot.presentation.balance import left_text
from bot.presentation.overview import combination_text, default_text
from bot.presentation.text import moment, price_text


def moved_text(done: str, amount: int, member_id: int, balance: Balance) -> str:
    """Tell what was granted or revoked: ``done`` is "Granted {amount} to" or the like."""
    return f"{done.format(amount=price_text(amount))} <@{member_id}>. {left_text(balance)}"


def beyond_text(amount: int, under: Sequence[Ceiling]) -> str:
    """Say where the operator's ceilings cannot pay so much in this period; nothing where they can.

    Of all servers together only what is left is told.
    """
    lines = [
        f"Whoever runs the bot lets {_spenders(each)}, and {price_text(each.left)} of that are "
        "left in this period: what goes beyond is refused until it renews."
        for each in under
        if amount > each.left
    ]
    return "\n".join(f"⚠️ {line}" for line in lines)


def _spenders(ceiling: Ceiling) -> str:
    if not ceiling.guild_id:
        return "all servers of this bot together spend only so much"
    return f"this server spend {price_text(ceiling.amount)}"


def allowance_text(amount: int | None, member_id: int, balance: Balance) -> str:
    """Tell a member's new allowance."""
    now = price_text(balance.allowance)
    if amount is None:
        done = (
            f"<@{member_id}> has no personal allowance any more; roles and the default give {now}"
        )
    else:
        done = f"The allowance of <@{member_id}> is {now} a period, whatever their roles have"
    renews = (
        f"It renews {moment(balance.renews_at)}."
        if balance.allowance
        else "`/budget grant` gives credits without one."
    )
    return f"{done}. {left_text(balance)} {renews}"


def frozen_text(member_id: int, balance: Balance) -> str:
    """Tell what freezing means."""
    held = f" {price_text(balance.held)} are held for them." if balance.held else ""
    return (
        f"The budget of <@{member_id}> is frozen: they can ask for no new video. Videos that wait "
        "in line are cancelled and their credits go back; what the video service has already goes "
        f"on.{held} `/budget unfreeze` ends it."
    )


def unfrozen_text(member_id: int, balance: Balance) -> str:
    """Tell that a member may go on."""
    return f"<@{member_id}> can ask for videos again. {left_text(balance)}"


def default_changed_text(before: Overview, after: Overview) -> str:
    """Tell the default in force, and what a new calendar means for what was used."""
    text = f"Everyone's allowance is {default_text(after)}"
    if after.period == before.period:
        return text
    return (
        f"{text}\nWhat was held or spent since {moment(after.period.begins_at, 'f')} counts "
        "against allowances and pools now. What is held goes on, and comes back to where it was "
        "taken from. Grants stay as they are."
    )


def role_changed_text(role_id: int, amount: int | None, overview: Overview) -> str:
    """Tell what members with a role have now."""
    if amount is None:
        return f"<@&{role_id}> has no allowance of its own any more. {_rest(overview)}"
    return (
        f"Members with <@&{role_id}> may spend {price_text(amount)} a {overview.period_kind}; of "
        f"several roles' allowances {combination_text(overview)}. {_rest(overview)}"
    )


def combined_text(overview: Overview) -> str:
    """Tell what a member has whose roles have several allowances."""
    return f"Of several roles' allowances {combination_text(overview)}. {_rest(overview)}"


def paused_text() -> str:
    """Tell what pausing means."""
    return (
        "New videos are paused in this server. Videos in line wait, and their credits go back if "
        "the pause lasts longer than 24 h; what the video service has already goes on and is "
        "delivered. `/budget resume` ends it."
    )


def resumed_text() -> str:
    """Tell that videos can be asked for again."""
    return "Members can ask for new videos again."


def _rest(overview: Overview) -> str:
    return (
        f"Members without such a role have {price_text(overview.default_allowance)}; a member's "
        "personal allowance goes before both."
    )
