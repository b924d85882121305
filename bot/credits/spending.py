"""What a server's members spent: by day, member and model, and video by video."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from sqlalchemy import String, bindparam, cast, func, literal, select, text

from bot.credits.periods import day_begins_at
from bot.storage import Transaction
from bot.storage.books import accounts, entries, holds, pools
from bot.storage.tables import jobs

MOST_VIDEOS = 20_000
"""So many a table has at most: it must fit a message."""
_DAY = timedelta(days=1)
_HELD = entries.alias()
_PAID_FROM = (
    select(
        func.group_concat(
            func.coalesce(
                literal("pool of ") + pools.c.kind + " " + cast(pools.c.target_id, String),
                accounts.c.kind,
            ),
            " + ",
        )
    )
    .select_from(_HELD)
    .join(accounts, accounts.c.id == _HELD.c.from_account)
    .outerjoin(pools, pools.c.id == accounts.c.pool_id)
    .where(_HELD.c.job_id == entries.c.job_id, _HELD.c.kind == "hold")
    .scalar_subquery()
)
_VIDEOS = (
    select(
        entries.c.job_id,
        entries.c.at,
        entries.c.member_id,
        jobs.c.model,
        jobs.c.duration_seconds,
        jobs.c.size,
        func.coalesce(_PAID_FROM, ""),
        entries.c.amount,
    )
    .join(jobs, jobs.c.id == entries.c.job_id)
    .join(holds, holds.c.job_id == entries.c.job_id)
    .where(
        entries.c.guild_id == bindparam("guild"),
        entries.c.at >= bindparam("since"),
        entries.c.at < bindparam("until"),
        holds.c.state == "settled",
        text("entries.kind = 'settle'"),
    )
    .order_by(entries.c.at)
    .limit(MOST_VIDEOS)
)
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


@dataclass(frozen=True)
class SpentVideo:
    """A video that a member spent credits on."""

    job_id: int
    at: datetime
    """When its credits were spent."""
    member_id: int
    model: str
    seconds: int
    size: str
    paid_from: str
    """The sources in words: allowance + pool of role 123."""
    credits: int


def list_videos(
    tx: Transaction, guild_id: int, first_day: date, last_day: date, zone: tzinfo
) -> Sequence[SpentVideo]:
    """List the videos that a server's members spent credits on, oldest first, up to MOST_VIDEOS.

    From the first day to the last in the zone, both included; what was refunded since is not.
    """
    times = {
        "guild": guild_id,
        "since": day_begins_at(first_day, zone),
        "until": day_begins_at(last_day + _DAY, zone),
    }
    return [SpentVideo(*row) for row in tx.execute(_VIDEOS, times)]


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
