"""Jobs that nobody ends: after a last deadline, or by hand before it, they are given up.

Such a job is lost and refunded. Its provider may still make the video, and bill it: the price goes
on counting against the operator's ceilings, and ``bot.jobs.late`` goes on looking.
"""

from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, bindparam, func, insert, select, union_all

from bot.catalogue import DEFAULT_DEADLINE_SECONDS, Catalogue
from bot.clock import Clock
from bot.credits import release
from bot.credits.changes import record
from bot.credits.ledger import Posting
from bot.errors import NoSuchJob, NotAtProvider, StorageError, TooEarlyToEnd
from bot.jobs import rows
from bot.jobs.job import Job
from bot.jobs.late import watch_from
from bot.jobs.look import RETIRED_LONGEST_SECONDS
from bot.jobs.stages import BOT, Workbench, end_job
from bot.jobs.statements import WAITING
from bot.jobs.states import Failure, State
from bot.storage import Database, Transaction
from bot.storage.books import approvals
from bot.storage.tables import job_events, jobs, late_requests
from bot.storage.types import UtcDateTime

_WITH_PROVIDER = (State.QUEUED, State.PROCESSING)
_APPROVED_AT = (
    select(approvals.c.decided_at).where(approvals.c.job_id == jobs.c.id).scalar_subquery()
)
_SENDING_SINCE = (
    select(func.max(job_events.c.at)).where(job_events.c.job_id == jobs.c.id).scalar_subquery()
)
_SINCE: dict[tuple[State, ...], ColumnElement[Any]] = {
    _WITH_PROVIDER: jobs.c.submitted_at,
    (State.SUBMITTING,): _SENDING_SINCE,
    (State.HELD,): func.coalesce(_APPROVED_AT, jobs.c.created_at),
}
"""From when the deadline of a job counts, by where it stands."""
_STANDING = union_all(
    *(
        select(jobs.c.id, jobs.c.model, since.label("since")).where(
            jobs.c.told_at.is_(None),
            jobs.c.state.in_(states),
            since <= bindparam("before", type_=UtcDateTime),
            # What waits for something else has a time of its own.
            *(WAITING if State.HELD in states else ()),
        )
        for states, since in _SINCE.items()
    )
)
"""The open jobs that have stood somewhere since before a time."""

log = structlog.get_logger()


async def end_overdue(bench: Workbench) -> None:
    """End the jobs that are beyond their model's last deadline; raise StorageError.

    What a provider has is given up, what is still in line was never sent.
    """
    for job_id in await bench.database.read(_list_overdue, bench.catalogue, bench.clock.now()):
        try:
            failure = await bench.database.write(_end_overdue, bench, job_id)
        except StorageError:
            raise
        except Exception as error:  # noqa: BLE001 - a bad row must not keep the others
            bench.report_fault(job_id, "overdue.fault", error)
            continue
        if failure is not None:
            bench.forget(job_id)
            log.error(
                "job.overdue",
                job=job_id,
                reason=failure,
                advice="its provider may still bill it; compare its usage page",
            )
            bench.messenger.changed(job_id)


async def end_by_hand(
    database: Database,
    clock: Clock,
    catalogue: Catalogue,
    job_id: int,
    by: tuple[int, str],
    guild_id: int | None = None,
) -> Job:
    """Give a job up whose provider has had its model's longest wait; tell what it was.

    ``by`` is who wants it and why. With a ``guild_id`` it must be a job of that server. Raises
    NoSuchJob, NotAtProvider, TooEarlyToEnd, StorageBusy or StorageFull.
    """

    def write(tx: Transaction) -> Job:
        now = clock.now()
        job = rows.get_job(tx, job_id)
        if guild_id not in {None, job.guild_id}:
            raise NoSuchJob(job_id)
        if job.state not in _WITH_PROVIDER:
            raise NotAtProvider(job_id, job.state)
        at = (job.submitted_at or job.created_at) + longest_wait(catalogue, job)
        if now < at:
            raise TooEarlyToEnd(job_id, at)
        posting = Posting(now, *by)
        give_up(tx, job, Failure.ENDED_BY_HAND, posting)
        about = {"member_id": job.member_id, "target_id": job_id}
        record(tx, job.guild_id, {"job_end": "by hand"}, posting, **about)
        return job

    job = await database.write_soon(write)
    log.warning("job.ended_by_hand", job=job_id, actor=by[0])
    return job


def give_up(tx: Transaction, job: Job, failure: Failure, posting: Posting) -> None:
    """Write that a job is lost while its provider has it: its price may still be billed."""
    said = Posting(posting.at, posting.actor_id, posting.reason or failure, job.id)
    rows.move_job(tx, job.id, State.LOST, said.at, failure, failure=failure)
    release(tx, said, uncertain=job.price)
    tx.execute(insert(late_requests).values(job_id=job.id, at=said.at, due_at=watch_from(said.at)))


def longest_wait(catalogue: Catalogue, job: Job) -> timedelta:
    """Tell how long a provider may take over a job before anybody may end it."""
    model = catalogue.get(job.model)
    return timedelta(seconds=model.longest_wait_seconds if model else RETIRED_LONGEST_SECONDS)


def _deadline(catalogue: Catalogue, model_name: str) -> timedelta:
    """Tell after which time a job is ended, wherever it stands."""
    model = catalogue.get(model_name)
    return timedelta(seconds=model.deadline_seconds if model else DEFAULT_DEADLINE_SECONDS)


def _list_overdue(tx: Transaction, catalogue: Catalogue, now: datetime) -> list[int]:
    shortest = min(_deadline(catalogue, name) for name in ("", *catalogue))
    standing = tx.execute(_STANDING, {"before": now - shortest})
    return [row.id for row in standing if row.since <= now - _deadline(catalogue, row.model)]


def _end_overdue(tx: Transaction, bench: Workbench, job_id: int) -> Failure | None:
    """End a job that is still overdue, as it stands; tell why, or None where it is not."""
    now = bench.clock.now()
    if job_id not in _list_overdue(tx, bench.catalogue, now):
        return None
    job, posting = rows.get_job(tx, job_id), Posting(now, BOT, "")
    if job.state in _WITH_PROVIDER:
        give_up(tx, job, Failure.GIVEN_UP, posting)
        return Failure.GIVEN_UP
    if job.state is State.HELD:
        end_job(tx, job_id, State.CANCELLED, Failure.WAITED_TOO_LONG, posting, "")
        return Failure.WAITED_TOO_LONG
    end_job(tx, job_id, State.LOST, Failure.OUTCOME_UNKNOWN, posting, "")
    return Failure.OUTCOME_UNKNOWN
