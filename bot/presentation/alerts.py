"""Warnings in words, for those who pay."""

from collections.abc import Sequence
from decimal import Decimal

from bot.credits.ceilings import Alert
from bot.errors import DatabaseDamaged
from bot.jobs.states import Failure
from bot.jobs.supply import Trouble
from bot.presentation.text import moment, price_text, tame

MOST_NAMED = 20
"""So many jobs are named in a message."""


def ceiling_text(alert: Alert) -> str:
    """Say how much of a ceiling is used, and what follows from it."""
    whose = "of all servers together" if alert.guild_id == 0 else "of this server"
    text = (
        f"**{alert.level} %** of the ceiling {whose} for {alert.period} are used: "
        f"{price_text(alert.used)} of {price_text(alert.amount)}, held or spent."
    )
    if alert.used >= alert.amount:
        return f"{text} New videos are refused until it renews, or whoever runs the bot raises it."
    return f"{text} At 100 % new videos are refused."


def trouble_text(trouble: Trouble) -> str:
    """Tell the operator what a provider refuses, in its own words, and what can be done."""
    said = tame(trouble.detail, 500)
    if trouble.slug is not None:
        return (
            f"**{trouble.provider}** no longer serves **{trouble.slug}**, so it is offered no "
            "more; members are pointed to the other models. `sora-bot check` asks again.\n"
            f"It said: {said}"
        )
    again = f" It is tried again {moment(trouble.until)}, then less often." if trouble.until else ""
    return (
        f"**{trouble.provider}** refuses everything: {_TROUBLES[trouble.failure]} Nothing is sent "
        f"there meanwhile, and members are told.{again}\nIt said: {said}"
    )


_TROUBLES = {
    Failure.KEY_REJECTED: "it does not accept the key. Please check its api_key.",
    Failure.OUT_OF_CREDITS: "its account is out of credits, or its spend cap is reached. Please "
    "top it up or raise the cap.",
}


def restored_text(ahead: Sequence[int], lost: Sequence[int]) -> str:
    """Tell the operator that an older database was put back, and what can be done.

    ``ahead`` are the jobs whose submits it does not know, ``lost`` those that it would have
    repeated.
    """
    text = (
        f"The database is older than what was sent: it does not know {len(ahead):,} submits, of "
        f"jobs {min(ahead)} to {max(ahead)}. A backup seems to have been restored.\n**Nothing is "
        "sent to any provider now**, and the videos that members ask for wait."
    )
    if lost:
        numbers = ", ".join(str(each) for each in lost[:MOST_NAMED])
        more = f" and {len(lost) - MOST_NAMED:,} more" if len(lost) > MOST_NAMED else ""
        text += (
            f"\nNot sent again, but ended as lost and refunded, as they were sent before: {numbers}"
            f"{more}."
        )
    return (
        f"{text}\nIf you still have the newer database, stop the bot and put it back. Otherwise "
        "compare the provider's usage page with `submits.log`, grant members what they lost, and "
        "let the line go on: `sora-bot resume`."
    )


def other_instance_text() -> str:
    """Say that another instance of the bot is at work, and what can be done."""
    return (
        "**Another instance of this bot** answers with its token, from a database of its own: some "
        "commands are answered here, others there, and **budgets are kept twice**. Please stop one "
        "of them, or let both use one database (`database.url`)."
    )


def account_text(provider: str, left: Decimal, level: int) -> str:
    """Say that a provider's account runs low."""
    return (
        f"The account at **{provider}** has only ${left:.2f} left, below your ${level:,}. Without "
        "credits there every new video is refused, and nothing is charged to members. Please top "
        "it up."
    )


def damage_text(error: DatabaseDamaged) -> str:
    """Tell the operator that the database is damaged, and how it is restored."""
    name = error.path.replace("\\", "/").rsplit("/", 1)[-1]
    copy = f"such as {error.backup}" if error.backup else "the newest that you have"
    return (
        f"The database {error.path} is damaged: {error.detail}.\nStop every process of the bot and "
        f"keep the damaged file. If a copy was put there while {name}-wal was another's, delete "
        f"{name}-wal and {name}-shm and look again with `sora-bot check`. Else put a backup in its "
        f"place, {copy}, delete these two as well, and start the bot: what was sent since is held "
        'against it and not sent twice (README, "Back up and restore").'
    )
