"""What servers use of the operator's money: what is held or spent, by the day on which it was held.

Counted by the day, in UTC, so that any kind of period can be summed up, also one that the
operator has just chosen. Guild 0 is all servers together.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, func, insert, select, update

from bot.credits.periods import Period
from bot.storage import Transaction
from bot.storage.books import ceiling_use

WHOLE_BOT = 0
"""The guild that stands for all of them."""

_ADD = (
    update(ceiling_use)
    .where(ceiling_use.c.guild_id == bindparam("guild"), ceiling_use.c.day == bindparam("on"))
    .values(used=ceiling_use.c.used + bindparam("change"))
)
_BEGIN = insert(ceiling_use)
_IN_PERIOD = (
    ceiling_use.c.day >= bindparam("first_day"),
    ceiling_use.c.day < bindparam("next_day"),
)
_LARGEST = (
    select(ceiling_use.c.guild_id, func.sum(ceiling_use.c.used))
    .where(
        ceiling_use.c.day.in_(bindparam("days", expanding=True)),
        ceiling_use.c.guild_id != WHOLE_BOT,
        ceiling_use.c.used > 0,
    )
    .group_by(ceiling_use.c.guild_id)
    .order_by(func.sum(ceiling_use.c.used).desc(), ceiling_use.c.guild_id)
    .limit(bindparam("most"))
)
_USES = (
    select(ceiling_use.c.guild_id, func.sum(ceiling_use.c.used))
    .where(ceiling_use.c.guild_id.in_(bindparam("guilds", expanding=True)), *_IN_PERIOD)
    .group_by(ceiling_use.c.guild_id)
)


def add_use(tx: Transaction, guild_id: int, day: str, change: int) -> None:
    """Count credits that were held (or, below zero, given back) for the server and for all."""
    for guild in (guild_id, WHOLE_BOT):
        added = tx.execute(_ADD, {"guild": guild, "on": day, "change": change})
        if added.rowcount == 0:
            tx.execute(_BEGIN, {"guild_id": guild, "day": day, "used": change})


def used_in(tx: Transaction, guild_id: int, period: Period) -> int:
    """Sum up what a server, or all of them, uses of a period, in credits."""
    return uses_in(tx, {guild_id}, period).get(guild_id, 0)


def used_on(tx: Transaction, guild_id: int, day: date) -> int:
    """Tell what a server, or all of them, uses of a day, in UTC."""
    days = {"first_day": str(day), "next_day": str(day + timedelta(days=1))}
    return _uses(tx, {guild_id}, days).get(guild_id, 0)


def largest_in(tx: Transaction, period: Period, most: int) -> Sequence[tuple[int, int]]:
    """List the servers that use most of a period, with how many credits each."""
    count = (period.next_day - period.first_day).days
    days = [str(period.first_day + timedelta(days=number)) for number in range(count)]
    return [(guild, used) for guild, used in tx.execute(_LARGEST, {"days": days, "most": most})]


def sum_of(guild_id: ColumnElement[int] | int) -> ScalarSelect[int]:
    """Say in SQL what a server, or all of them, uses of the period of ``days_of``, in credits."""
    used = select(func.coalesce(func.sum(ceiling_use.c.used), 0))
    return used.where(ceiling_use.c.guild_id == guild_id, *_IN_PERIOD).scalar_subquery()


def days_of(period: Period) -> dict[str, str]:
    """Give the parameters that name a period in a statement with ``sum_of``."""
    return {"first_day": str(period.first_day), "next_day": str(period.next_day)}


def uses_in(tx: Transaction, guild_ids: Collection[int], period: Period) -> Mapping[int, int]:
    """Sum up what each of these servers uses of a period, in credits; those that use any."""
    return _uses(tx, guild_ids, days_of(period))


def _uses(tx: Transaction, guild_ids: Collection[int], days: Mapping[str, str]) -> dict[int, int]:
    rows = tx.execute(_USES, {"guilds": sorted(guild_ids), **days})
    return {guild_id: int(used) for guild_id, used in rows}
