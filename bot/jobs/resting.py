"""What waits for a door that was found shut: no timer of a job's own knocks there again.

It is brought when the door opens, or with the knocks of ``bot.notifier.knocks``, which are few for
all together. When each was last tried is in its row, so that no start tries it anew.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, bindparam, select, update

from bot.jobs.states import UNCHARGED_ENDS, State
from bot.storage import Transaction
from bot.storage.tables import jobs, messages

UNTOLD = (*UNCHARGED_ENDS, State.RENDERED)
"""Ends that the member is to know of."""
_KNOCKED = messages.c.knocked_at.is_not(None)
RESTS = select(messages.c.job_id).where(messages.c.job_id == jobs.c.id, _KNOCKED).exists()
"""A job whose door was found shut."""
_WAITING = select(jobs.c.id, messages.c.channel_id, jobs.c.state, messages.c.knocked_at).join(
    messages, messages.c.job_id == jobs.c.id
)
_OF_GUILD = _WAITING.where(
    jobs.c.worker == bindparam("worker"),
    jobs.c.guild_id + 0 == bindparam("guild"),
    jobs.c.told_at.is_(None),
    jobs.c.state.in_(UNTOLD),
)


@dataclass(frozen=True)
class Untold:
    """An end that its member does not know yet, and whether it rests."""

    job_id: int
    channel_id: int
    video: bool
    """Whether there is one; else the end is told in words."""
    rests: bool


def rest(tx: Transaction, job_id: int, now: datetime) -> None:
    """Write that a job's door was found shut."""
    tx.execute(update(messages).where(messages.c.job_id == job_id).values(knocked_at=now))


def list_untold(tx: Transaction, worker: int, guild_id: int) -> Sequence[Untold]:
    """List the ends of a server's jobs that are untold, oldest first; of one process.

    Other processes see to theirs: told by two, an end may be told twice.
    """
    return _sorted(tx.execute(_OF_GUILD, {"worker": worker, "guild": guild_id}))


def list_resting(tx: Transaction, job_ids: Collection[int]) -> Collection[int]:
    """Tell which of these unfinished jobs rest."""
    return set(tx.scalars(select(messages.c.job_id).where(_KNOCKED))) & set(job_ids)


def take_turn(tx: Transaction, worker: int, before: datetime, now: datetime) -> Sequence[Untold]:
    """List what rests at the door that was knocked at longest ago, if before ``before``.

    The door goes to the end of the line. What was told meanwhile does not rest any more.
    """
    told = select(jobs.c.id).where(jobs.c.id == messages.c.job_id, jobs.c.told_at.is_not(None))
    tx.execute(update(messages).where(_KNOCKED, told.exists()).values(knocked_at=None))
    oldest = _resting(worker, messages.c.knocked_at < before)
    first = tx.execute(oldest.order_by(messages.c.knocked_at).limit(1)).one_or_none()
    if first is None:
        return []
    here = messages.c.channel_id + 0 == first.channel_id
    found = _sorted(tx.execute(_resting(worker, here)))
    tx.execute(update(messages).where(_KNOCKED, here).values(knocked_at=now))
    return found


def wake(tx: Transaction, worker: int, channel_id: int, *, video: bool) -> Sequence[Untold]:
    """Let those rest no more that wait at a door for the same as what has just come through."""
    states = {State.RENDERED} if video else UNCHARGED_ENDS
    here = (messages.c.channel_id + 0 == channel_id, jobs.c.state.in_(states))
    woken = _sorted(tx.execute(_resting(worker, *here)))
    these = messages.c.job_id.in_([each.job_id for each in woken])
    tx.execute(update(messages).where(these).values(knocked_at=None))
    return woken


def _resting(worker: int, *where: ColumnElement[bool]) -> Select[int, int, str, datetime | None]:
    """Select by way of the few messages that rest, not of all the jobs."""
    mine = (jobs.c.worker + 0 == worker, jobs.c.told_at.is_(None))
    return _WAITING.where(_KNOCKED, *mine, *where)


def _sorted(found: Iterable[Row[int, int, str, datetime | None]]) -> Sequence[Untold]:
    """Read them, oldest first; sorting in SQL lures SQLite into reading all the jobs."""
    untold = [
        Untold(row.id, row.channel_id, row.state == State.RENDERED, row.knocked_at is not None)
        for row in found
    ]
    return sorted(untold, key=lambda each: each.job_id)
