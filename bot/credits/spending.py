"""What a server's members spent: by day, member and model."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from sqlalchemy import select, text

from bot.credits.periods import day_at
from bot.storage import Transaction
from bot.storage.books import entries, holds
from bot.storage.tables import jobs


@dataclass(frozen=True)
class Settled:
    """One video's price, in credits, when it was settled."""

    at: datetime
    member_id: int
    model: str
    amount: int


@dataclass(frozen=True)
class Spending:
    """What a member spent on a model's videos on one day."""

    day: date
    member_id: int
    model: str
    credits: int
    videos: int


def list_settled(
    tx: Transaction, guild_id: int, since: datetime, until: datetime
) -> Sequence[Settled]:
    """List what was settled in a server from ``since`` to before ``until``, in that order.

    What was refunded since was not spent.
    """
    query = (
        select(entries.c.at, entries.c.member_id, jobs.c.model, entries.c.amount)
        .join(jobs, jobs.c.id == entries.c.job_id)
        .join(holds, holds.c.job_id == entries.c.job_id)
        .where(
            entries.c.guild_id == guild_id,
            entries.c.at >= since,
            entries.c.at < until,
            holds.c.state == "settled",
            text("entries.kind = 'settle'"),  # in these words the index has it
        )
    )
    return [Settled(*row) for row in tx.execute(query.order_by(entries.c.at, entries.c.id))]


def sum_up(settled: Iterable[Settled], zone: tzinfo) -> list[Spending]:
    """Sum up by the day in the zone, the member and the model; sorted by these."""
    amounts: defaultdict[tuple[date, int, str], list[int]] = defaultdict(list)
    for each in settled:
        amounts[day_at(each.at, zone), each.member_id, each.model].append(each.amount)
    return [Spending(*key, sum(amounts[key]), len(amounts[key])) for key in sorted(amounts)]
