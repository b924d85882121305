"""What servers use of the operator's money: what is held or spent, by the day on which it was held.

Counted by the day, in UTC, so that any kind of period can be summed up, also one that the
operator has just chosen. Guild 0 is all servers together.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from sqlalchemy import bindparam, func, insert, select, update

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
_SUM = select(func.coalesce(func.sum(ceiling_use.c.used), 0)).where(
    ceiling_use.c.guild_id == bindparam("guild"),
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


def add_use(tx: Transaction, guild_id: int, day: str, change: int) -> None:
    """Count credits that were held (or, below zero, given back) for the server and for all."""
    for guild in (guild_id, WHOLE_BOT):
        added = tx.execute(_ADD, {"guild": guild, "on": day, "change": change})
        if added.rowcount == 0:
            tx.execute(_BEGIN, {"guild_id": guild, "day": day, "used": change})


def used_in(tx: Transaction, guild_id: int, period: Period) -> int:
    """Sum up what a server, or all of them, uses of a period, in credits."""
    days = {"first_day": str(period.first_day), "next_day": str(period.next_day)}
    return int(tx.scalar(_SUM, {"guild": guild_id, **days}) or 0)


def used_on(tx: Transaction, guild_id: int, day: date) -> int:
    """Tell what a server, or all of them, uses of a day, in UTC."""
    days = {"first_day": str(day), "next_day": str(day + timedelta(days=1))}
    return int(tx.scalar(_SUM, {"guild": guild_id, **days}) or 0)


def largest_in(tx: Transaction, period: Period, most: int) -> Sequence[tuple[int, int]]:
    """List the servers that use most of a period, with how many credits each."""
    count = (period.next_day - period.first_day).days
    days = [str(period.first_day + timedelta(days=number)) for number in range(count)]
    return [(guild, used) for guild, used in tx.execute(_LARGEST, {"days": days, "most": most})]
