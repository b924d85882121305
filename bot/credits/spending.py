"""What a server's members spent: by day, member and model."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from sqlalchemy import bindparam, func, select, text

from bot.credits.periods import day_begins_at
from bot.storage import Transaction
from bot.storage.books import entries, holds
from bot.storage.tables import jobs

_DAY = timedelta(days=1)
_OF_DAY = (
    select(entries.c.member_id, jobs.c.model, func.sum(entries.c.amount), func.count())
    .join(jobs, jobs.c.id == entries.c.job_id)
    .join(holds, holds.c.job_id == entries.c.job_id)
    .where(
        entries.c.guild_id == bindparam("guild"),
        entries.c.at >= bindparam("since"),
        entries.c.at < bindparam("until"),
        holds.c.state == "settled",
        text("entries.kind = 'settle'"),  # in these words the index has it
    )
    .group_by(entries.c.member_id, jobs.c.model)
    .order_by(entries.c.member_id, jobs.c.model)
)


@dataclass(frozen=True)
class Spending:
    """What a member spent on a model's videos on one day."""

    day: date
    member_id: int
    model: str
    credits: int
    videos: int


def list_spending(
    tx: Transaction, guild_id: int, first_day: date, last_day: date, zone: tzinfo
) -> Sequence[Spending]:
    """Sum up what was settled in a server by the zone's day, the member and the model.

    From the first day to the last, both included; sorted by these. What was refunded since was
    not spent. A statement for each day: only Python knows when a zone's days begin.
    """
    found: list[Spending] = []
    day = first_day
    while day <= last_day:
        since, until = day_begins_at(day, zone), day_begins_at(day + _DAY, zone)
        times = {"guild": guild_id, "since": since, "until": until}
        found += [Spending(day, *row) for row in tx.execute(_OF_DAY, times)]
        day += _DAY
    return found
