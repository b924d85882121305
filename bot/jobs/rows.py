"""The statements over jobs, their events and messages; each takes an open transaction."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.exc import IntegrityError

from bot.catalogue import Catalogue, Order
from bot.credits.approvals import find_approval
from bot.credits.paying import paying_sources
from bot.credits.sources import draw
from bot.errors import NoSuchJob, RepeatedInteraction, StaleTransition
from bot.jobs import statements
from bot.jobs.job import Job, JobView, MessageAddress, Request
from bot.jobs.pace import ENOUGH_SAMPLES, expect
from bot.jobs.queue import Limits, Place, choose
from bot.jobs.states import AT_PROVIDER, State
from bot.storage import Transaction
from bot.storage.tables import drafts, jobs, messages


def insert_job(
    tx: Transaction,
    request: Request,
    order: Order,
    worker: int,
    now: datetime,
    picture: str | None = None,
    most_running: int | None = None,
) -> int:
    """Write a new job, in the state held; raise RepeatedInteraction."""
    try:
        job_id = tx.execute(
            statements.INSERT_JOB,
            {
                "interaction_id": request.interaction_id,
                "guild_id": request.guild_id,
                "channel_id": request.channel_id,
                "member_id": request.member_id,
                "model": order.model.name,
                "provider": order.offer.provider,
                "prompt": order.prompt,
                "duration_seconds": order.duration_seconds,
                "size": order.size,
                "price": order.price,
                "state": State.HELD,
                "worker": worker,
                "created_at": now,
                "picture": picture,
                "most_running": most_running,
            },
        ).scalar_one()
    except IntegrityError as error:
        raise RepeatedInteraction(request.interaction_id) from error
    _record(tx, job_id, None, State.HELD, now, "")
    return int(job_id)


def move_job(
    tx: Transaction, /, job_id: int, target: State, now: datetime, note: str = "", **values: Any
) -> None:
    """Bring a job to another state, with its event; raise StaleTransition.

    Events stay for ever: a note never holds a provider's words, which may repeat the prompt.
    The guard is in the statement: of two that try, one succeeds.
    """
    before = tx.scalar(statements.STATE, {"job": job_id})
    moved = tx.execute(statements.move_to(target), {"job": job_id, "state": target, **values})
    if moved.rowcount != 1:
        raise StaleTransition(job_id, target)
    _record(tx, job_id, before, target, now, note)


def _record(
    tx: Transaction, job_id: int, before: str | None, after: State, now: datetime, note: str
) -> None:
    tx.execute(
        statements.INSERT_EVENT,
        {"job_id": job_id, "at": now, "from_state": before, "to_state": after, "note": note},
    )


def update_job(tx: Transaction, /, job_id: int, **values: Any) -> None:
    """Change what is known of a job, its state apart."""
    tx.execute(statements.UPDATE_JOB, {"job": job_id, **values})


def get_job(tx: Transaction, job_id: int) -> Job:
    """Read a job; raise NoSuchJob."""
    row = tx.execute(statements.JOB, {"job": job_id}).one_or_none()
    if row is None:
        raise NoSuchJob(job_id)
    return Job.from_row(row)


def list_jobs(tx: Transaction, *where: ColumnElement[bool], newest: int | None = None) -> list[Job]:
    """List the jobs that fit, oldest first, or the ``newest`` so many, newest first."""
    query = select(jobs).where(*where)
    if newest is None:
        query = query.order_by(jobs.c.id)
    else:
        query = query.order_by(jobs.c.id.desc()).limit(newest)
    return [Job.from_row(row) for row in tx.execute(query)]


def list_unfinished(tx: Transaction, worker: int) -> list[Job]:
    """List a worker's jobs that are not over, or whose end was not told yet; oldest first."""
    return list_jobs(tx, jobs.c.worker == worker, jobs.c.told_at.is_(None))


@dataclass(frozen=True)
class Line:
    """What became of the line of waiting jobs."""

    started: Sequence[int]
    waiting: Sequence[int]


def start_next(
    tx: Transaction,
    worker: int,
    limits: Limits,
    most: int,
    now: datetime,
    resting: Collection[str] = (),
) -> Line:
    """Bring the jobs whose turn it is to submitting, at most so many.

    Those of the ``resting`` providers wait on.
    """
    running = [Place(*row) for row in tx.execute(statements.RUNNING)]
    room = min(most, limits.total - len(running)) if limits.total else most
    if room <= 0:
        return Line((), ())
    line = tx.execute(statements.LINE, {"worker": worker, "resting": list(resting)})
    waiting = [Place(*row) for row in line]
    chosen = choose(waiting, running, replace(limits, total=len(running) + room))
    for job_id in chosen:
        move_job(tx, job_id, State.SUBMITTING, now)
    started = set(chosen)
    return Line(chosen, [place.job_id for place in waiting if place.job_id not in started])


def take_back(tx: Transaction, worker: int, begun: Iterable[int], now: datetime) -> None:
    """Let a stopping process's submitting jobs wait again, except those whose submit had begun."""
    submitting = list_jobs(
        tx,
        jobs.c.worker == worker,
        jobs.c.told_at.is_(None),
        jobs.c.state == State.SUBMITTING,
        jobs.c.id.not_in(list(begun)),
    )
    for job in submitting:
        move_job(tx, job.id, State.HELD, now, "not sent")


def place_in_line(tx: Transaction, job: Job) -> int | None:
    """Count the waiting jobs up to this one; None where it does not wait.

    Those that are just being shown count as well: they will wait before this one.
    """
    if job.state is not State.HELD:
        return None
    before = tx.scalar(statements.HELD_BEFORE, {"job": job.id})
    return (before or 0) + 1


def past_waits_seconds(
    tx: Transaction, model: str, duration_seconds: int, size: str, enough: int
) -> list[float]:
    """List how long the latest videos took: those alike, or, where too few, all of the model."""
    rows = tx.execute(statements.PAST_WAITS, {"model": model}).all()
    alike = [row for row in rows if (row.duration_seconds, row.size) == (duration_seconds, size)]
    chosen = alike if len(alike) >= enough else rows
    return [(row.rendered_at - row.submitted_at).total_seconds() for row in chosen]


def insert_message(tx: Transaction, job_id: int, request: Request) -> None:
    """Write where a new job will be shown, and what opens that message."""
    tx.execute(
        statements.INSERT_MESSAGE,
        {
            "job_id": job_id,
            "channel_id": request.channel_id,
            "application_id": request.application_id,
            "token": request.token,
            "token_expires_at": request.token_expires_at,
            "attachment_limit": request.attachment_limit,
        },
    )


def update_message(tx: Transaction, /, job_id: int, **values: Any) -> None:
    """Change where a job is shown."""
    tx.execute(statements.UPDATE_MESSAGE, {"job": job_id, **values})


def get_message(tx: Transaction, job_id: int) -> MessageAddress:
    """Read where a job is shown."""
    row = tx.execute(statements.MESSAGE, {"job": job_id}).one()
    return MessageAddress(**row._mapping)  # noqa: SLF001 - the library's public name for it


def adopt(tx: Transaction, dead_worker: int, worker: int) -> list[Job]:
    """Take over the unfinished jobs of a process that is gone."""
    left = list_unfinished(tx, dead_worker)
    tx.execute(
        update(jobs)
        .where(jobs.c.worker == dead_worker, jobs.c.told_at.is_(None))
        .values(worker=worker)
    )
    return [replace(job, worker=worker) for job in left]


def list_stray(tx: Transaction, worker: int, before: datetime) -> list[Job]:
    """List jobs that nobody announced or withdrew since ``before``."""
    unshown = select(messages.c.job_id).where(messages.c.message_id.is_(None))
    return list_jobs(
        tx,
        jobs.c.worker == worker,
        jobs.c.told_at.is_(None),
        jobs.c.state == State.HELD,
        jobs.c.created_at < before,
        jobs.c.id.in_(unshown),
    )


def list_unshown(tx: Transaction, job_ids: Collection[int]) -> Collection[int]:
    """Tell which of these jobs Discord has not confirmed to have shown."""
    unshown = select(messages.c.job_id).where(messages.c.message_id.is_(None))
    return set(tx.scalars(unshown)) & set(job_ids)


def awaited_requests(tx: Transaction, provider: str) -> Collection[str]:
    """List the requests at a provider whose videos are not here yet."""
    waiting = (jobs.c.told_at.is_(None), jobs.c.state.in_(AT_PROVIDER))
    found = select(jobs.c.request_id).where(*waiting, jobs.c.provider == provider)
    return {request_id for request_id in tx.scalars(found) if request_id is not None}


def pictures_in_use(tx: Transaction) -> Collection[str]:
    """List the pictures that jobs and drafts start from.

    Not those of cancelled jobs, which cost nothing: else a member could fill the disk with them.
    """
    cancelled = and_(jobs.c.state == State.CANCELLED, jobs.c.told_at.is_not(None))
    of_jobs = select(jobs.c.picture).where(jobs.c.picture.is_not(None), ~cancelled)
    of_drafts = select(drafts.c.picture).where(drafts.c.picture.is_not(None))
    return {picture for query in (of_jobs, of_drafts) for picture in tx.scalars(query)}


def busy_workers(tx: Transaction) -> Collection[int]:
    """List the numbers of the processes that unfinished jobs belong to."""
    return tx.scalars(select(jobs.c.worker).where(jobs.c.told_at.is_(None)).distinct()).all()


def view_job(tx: Transaction, job: Job, catalogue: Catalogue) -> JobView:
    """Put together all that can be said of a job now."""
    model = catalogue.get(job.model)
    approval = find_approval(tx, job.id) if job.state is State.HELD else None
    waits_for_approval = approval is not None and approval.verdict is None
    waits = past_waits_seconds(tx, job.model, job.duration_seconds, job.size, ENOUGH_SAMPLES)
    usual = model.usual_wait_seconds if model else None
    return JobView(
        job=job,
        title=model.title if model else job.model,
        place_in_line=None if waits_for_approval else place_in_line(tx, job),
        expectation=expect(waits, usual),
        # Of a price that fell at another provider, less than is held.
        paid_from=draw(paying_sources(tx, job.id), job.price),
        approval_lapses_at=approval.lapses_at if approval and waits_for_approval else None,
    )
