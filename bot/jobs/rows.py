"""The statements over jobs, their events and messages; each takes an open transaction."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, select, update
from sqlalchemy.exc import IntegrityError

from bot.catalogue import Catalogue, Order
from bot.credits.approvals import find_approval
from bot.credits.paying import paying_sources
from bot.credits.settings import pause_over_at, read_settings
from bot.credits.sources import draw
from bot.errors import NoSuchJob, RepeatedInteraction, StaleTransition
from bot.jobs import statements
from bot.jobs.job import Job, JobView, MessageAddress, Request
from bot.jobs.pace import ENOUGH_SAMPLES, expect
from bot.jobs.pauses import Pause, list_pauses, pause_over
from bot.jobs.queue import Limits, Place, choose
from bot.jobs.resting import RESTS
from bot.jobs.states import AT_PROVIDER, UNCHARGED_ENDS, State
from bot.storage import Transaction
from bot.storage.tables import jobs, messages
from bot.storage.workers import Owner


def insert_job(
    tx: Transaction,
    request: Request,
    order: Order,
    owner: Owner,
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
                "worker": owner.worker,
                "epoch": owner.epoch,
                "created_at": now,
                "picture": picture,
                "most_running": most_running,
                "origin": request.origin,
            },
        ).scalar_one()
    except IntegrityError as error:
        raise RepeatedInteraction(request.interaction_id) from error
    _record(tx, job_id, None, State.HELD, now, "")
    return int(job_id)


def move_job(
    tx: Transaction,
    /,
    job_id: int,
    target: State,
    now: datetime,
    note: str = "",
    owner: Owner | None = None,
    *,
    sent_before: bool = False,
    **values: Any,
) -> None:
    """Bring a job to another state, with its event; raise StaleTransition.

    Events stay for ever: a note never holds a provider's words, which may repeat the prompt.
    The guard is in the statement: of two that try, one succeeds. Where an ``owner`` writes, it
    succeeds only while the job is its own. What was ``sent_before`` no rule stops any more.
    """
    before = tx.scalar(statements.STATE, {"job": job_id})
    statement = statements.move_to(target, owned=owner is not None, sent_before=sent_before)
    moved = tx.execute(statement, {"job": job_id, "state": target, **_owned(owner), **values})
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


def _owned(owner: Owner | None) -> dict[str, int]:
    return {} if owner is None else {"worker_is": owner.worker, "epoch_is": owner.epoch}


def update_job(tx: Transaction, /, job_id: int, owner: Owner | None = None, **values: Any) -> None:
    """Change what is known of a job, its state apart.

    Where an ``owner`` writes, the job must be its own: else StaleTransition.
    """
    statement = statements.UPDATE_JOB if owner is None else statements.UPDATE_OWNED_JOB
    changed = tx.execute(statement, {"job": job_id, **_owned(owner), **values})
    if owner is not None and changed.rowcount != 1:
        raise StaleTransition(job_id, "known")


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


@dataclass(frozen=True)
class Line:
    """Whose turn it is, and who waits on."""

    turns: Sequence[Place]
    waiting: Sequence[int]
    pauses: Sequence[Pause] = ()
    """What the operator has paused: none of it is among the others."""


def whose_turn(
    tx: Transaction,
    owner: Owner,
    limits: Limits,
    room: Mapping[str, int],
    ready: Collection[int] = (),
) -> Line:
    """Tell which waiting jobs may start; ``room`` is how many more each provider takes now.

    Those that are being made ready count as running, and are not told again.
    """
    pauses = list_pauses(tx)
    line = tx.execute(statements.LINE, {"worker": owner.worker, "epoch": owner.epoch})
    waiting = sorted((Place(*row) for row in line), key=lambda place: place.job_id)
    if not waiting:
        return Line((), (), pauses)
    running = [Place(*row) for row in tx.execute(statements.RUNNING)]
    running += [place for place in waiting if place.job_id in ready]
    others = [place for place in waiting if place.job_id not in ready]
    chosen = set(choose(others, running, limits, room))
    turns = [place for place in others if place.job_id in chosen]
    waiting_on = [place.job_id for place in others if place.job_id not in chosen]
    return Line(turns, waiting_on, pauses)


def begin_submit(tx: Transaction, job: Job, limits: Limits, now: datetime) -> bool:
    """Write that the job's request is about to be sent; False: it must not be.

    Asked right before the request, when nothing else is to be waited for: the job still waits,
    is its owner's, is not paused, and has a place within the limits. Nothing but an answer leads
    back.
    """
    place = tx.execute(statements.PLACE, {"job": job.id}).one_or_none()
    if place is None:
        return False
    running = [Place(*row) for row in tx.execute(statements.RUNNING)]
    if not choose([Place(*place)], running, limits):
        return False
    try:
        move_job(tx, job.id, State.SUBMITTING, now, owner=job.owner)
    except StaleTransition:
        return False
    return True


def place_in_line(tx: Transaction, job: Job, *, among_paused: bool = False) -> int | None:
    """Count the waiting jobs up to this one; None where it does not wait.

    Those that are just being shown count as well: they will wait before this one. What the
    operator has paused counts for a job that is paused itself, ``among_paused``.
    """
    if job.state is not State.HELD:
        return None
    key = {"job": job.id, "among_paused": among_paused}
    before = tx.scalar(statements.HELD_BEFORE, key)
    return (before or 0) + 1


def past_waits_seconds(
    tx: Transaction, model: str, duration_seconds: int, size: str, enough: int
) -> list[float]:
    """List how long the latest videos took: those alike, or, where too few, all of the model."""
    waits = [
        (row.took_seconds, (row.duration_seconds, row.size) == (duration_seconds, size))
        for row in tx.execute(statements.PAST_WAITS, {"model": model})
    ]
    alike = [seconds for seconds, is_alike in waits if is_alike]
    return alike if len(alike) >= enough else [seconds for seconds, _ in waits]


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


def adopt(tx: Transaction, former: int, owner: Owner) -> list[Job]:
    """Take over the unfinished jobs of the processes that had a number before."""
    theirs = [jobs.c.worker == former, jobs.c.told_at.is_(None)]
    if former == owner.worker:
        theirs.append(jobs.c.epoch != owner.epoch)
    left = list_jobs(tx, *theirs)
    if left:
        tx.execute(update(jobs).where(*theirs).values(worker=owner.worker, epoch=owner.epoch))
    return [replace(job, worker=owner.worker, epoch=owner.epoch) for job in left]


def list_submitting(tx: Transaction, owner: Owner) -> list[Job]:
    """List an owner's jobs whose request may be on its way."""
    mine = (jobs.c.worker == owner.worker, jobs.c.epoch == owner.epoch)
    return list_jobs(tx, *mine, jobs.c.told_at.is_(None), jobs.c.state == State.SUBMITTING)


def list_own_held(tx: Transaction, owner: Owner) -> Sequence[int]:
    """List an owner's jobs that are shown and not sent yet."""
    mine = {"worker": owner.worker, "epoch": owner.epoch}
    return tx.scalars(statements.OWN_HELD, mine).all()


def list_stray(tx: Transaction, worker: int, before: datetime) -> list[Job]:
    """List jobs that nobody announced or withdrew since ``before``."""
    return list_jobs(
        tx,
        jobs.c.worker == worker,
        jobs.c.told_at.is_(None),
        jobs.c.state == State.HELD,
        jobs.c.created_at < before,
        statements.UNSHOWN,
    )


def list_untold_ends(tx: Transaction, worker: int) -> Collection[int]:
    """List a worker's jobs that ended without a video, of which the member does not know yet.

    Those that wait for a door to open are left out.
    """
    ended = (jobs.c.told_at.is_(None), jobs.c.state.in_(UNCHARGED_ENDS), ~RESTS)
    return set(tx.scalars(select(jobs.c.id).where(jobs.c.worker == worker, *ended)))


def list_outdated(
    tx: Transaction, guild_id: int, since: datetime, most: int
) -> Sequence[tuple[int, int]]:
    """List a server's jobs whose message does not show since then what the member has.

    With each its channel.
    """
    found = tx.execute(outdated_in(guild_id, since, most))
    return [(row.job_id, row.channel_id) for row in found]


def outdated_in(guild_id: int, since: datetime, most: int) -> Select[int, int]:
    """Select them, newest first; by way of the few outdated messages, not of all the jobs."""
    return (
        select(messages.c.job_id, messages.c.channel_id)
        .join(jobs, jobs.c.id == messages.c.job_id)
        .where(messages.c.outdated_since >= since, jobs.c.guild_id + 0 == guild_id)
        .order_by(messages.c.outdated_since.desc())
        .limit(most)
    )


def list_unshown(tx: Transaction, job_ids: Collection[int]) -> Collection[int]:
    """Tell which of these unfinished jobs Discord has not confirmed to have shown."""
    unshown = select(jobs.c.id).where(jobs.c.told_at.is_(None), statements.UNSHOWN)
    return set(tx.scalars(unshown)) & set(job_ids)


def awaited_requests(tx: Transaction, provider: str) -> Collection[str]:
    """List the requests at a provider whose videos are not here yet."""
    waiting = (jobs.c.told_at.is_(None), jobs.c.state.in_(AT_PROVIDER))
    # By provider as well, SQLite would go through all that it ever made.
    found = tx.execute(select(jobs.c.provider, jobs.c.request_id).where(*waiting))
    return {row.request_id for row in found if row.provider == provider and row.request_id}


def busy_workers(tx: Transaction) -> Collection[int]:
    """List the numbers of the processes that unfinished jobs belong to."""
    return tx.scalars(select(jobs.c.worker).where(jobs.c.told_at.is_(None)).distinct()).all()


def view_job(tx: Transaction, job: Job, catalogue: Catalogue) -> JobView:
    """Put together all that can be said of a job now."""
    model = catalogue.get(job.model)
    approval = find_approval(tx, job.id)
    waits_for_approval = approval is not None and approval.verdict is None
    asked_in = read_settings(tx, job.guild_id).alert_channel_id if waits_for_approval else None
    paused = pause_over_at(tx, job.guild_id) if job.state is State.HELD else None
    in_line = paused is None and not waits_for_approval
    pause = _pause_of(tx, job) if job.state is State.HELD else None
    waits = past_waits_seconds(tx, job.model, job.duration_seconds, job.size, ENOUGH_SAMPLES)
    usual = model.usual_wait_seconds if model else None
    return JobView(
        job=job,
        title=model.title if model else job.model,
        place_in_line=(place_in_line(tx, job, among_paused=pause is not None) if in_line else None),
        expectation=expect(waits, usual),
        # Of a price that fell at another provider, less than is held.
        paid_from=draw(paying_sources(tx, job.id), job.price),
        approval_lapses_at=approval.lapses_at if approval and waits_for_approval else None,
        approval_channel_id=asked_in,
        decided_by=approval.approver if approval else None,
        pause_over_at=paused,
        operator_pause=pause,
    )


def _pause_of(tx: Transaction, job: Job) -> Pause | None:
    among = list_pauses(tx)
    return pause_over(among, guild_id=job.guild_id, provider=job.provider, model=job.model)
