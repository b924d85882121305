"""Hand a job to its provider: once."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import datetime

import structlog

from bot.catalogue import Catalogue, Order
from bot.errors import (
    ContentRefused,
    KeyRejected,
    ModelRetired,
    NotSubmitted,
    OutcomeUnknown,
    OutOfCredits,
    PictureRefused,
    RefusedPart,
    StorageError,
    SubmitRefused,
)
from bot.exhaustion import is_exhaustion
from bot.jobs import rows
from bot.jobs.job import Job
from bot.jobs.queue import UNLIMITED, Limits
from bot.jobs.stages import Next, Rest, Stage, Workbench
from bot.jobs.states import Failure, State
from bot.jobs.supply import PAUSING

MAX_SUBMITS = 8
"""A job that so often did not reach a provider goes to the next, or gets its credits back."""
MAX_RETRY_SECONDS = 60.0
EXHAUSTED_REST_SECONDS = 15.0
"""So long nothing is sent where this machine has no handles left to send it."""
UNWRITTEN_REST_SECONDS = 60.0
"""So long nothing is sent to a provider after the journal took no line."""

_FAILURES: Mapping[type[SubmitRefused], Failure] = {
    KeyRejected: Failure.KEY_REJECTED,
    OutOfCredits: Failure.OUT_OF_CREDITS,
    ModelRetired: Failure.MODEL_RETIRED,
}
MODERATED: Mapping[RefusedPart, Failure] = {
    RefusedPart.PROMPT: Failure.PROMPT_MODERATED,
    RefusedPart.PICTURE: Failure.PICTURE_MODERATED,
    RefusedPart.VIDEO: Failure.VIDEO_MODERATED,
    RefusedPart.UNTOLD: Failure.MODERATED,
}

log = structlog.get_logger()


async def submit(
    bench: Workbench,
    job: Job,
    limits: Limits = UNLIMITED,
    left_line: Callable[[], None] = lambda: None,
) -> Next | Rest | None:
    """Make a job ready whose turn it is, send it, and write down what came of it.

    It stays held until nothing else is to be waited for, so that it can be cancelled, and a stop
    or a crash before that costs nothing. What is known after the call is written however long
    the database takes: a job whose submit is over never comes here again. ``left_line`` is called
    once it waits no more.
    """
    provider = bench.providers.get(job.provider)
    order = order_of(bench.catalogue, job)
    if provider is None or order is None:
        await bench.end(job, State.FAILED, Failure.MODEL_RETIRED, "not in the catalogue")
        return None
    obstacle = bench.supply.obstacle(job.provider)
    if obstacle is not None:
        await _turned_away(bench, job, order, obstacle)
        return None
    try:
        if job.picture is not None:
            picture = await bench.pictures.fitted(job.picture, order.size, job.payer)
            order = replace(order, picture=picture)
        image = await provider.prepare(order)
        await provider.turn()
    except PictureRefused as error:
        await bench.end(job, State.FAILED, Failure.PICTURE_UNUSABLE, error.fault)
    except NotSubmitted as error:
        return await _try_again(bench, job, order, error)
    except SubmitRefused as error:
        await _refused(bench, job, order, error)
    else:
        bench.sending.add(job.id)
        now = bench.clock.now()
        try:
            if await bench.database.write(rows.begin_submit, job, limits, now):
                left_line()
                return await _send(bench, job, order, image, now)
        finally:
            bench.sending.discard(job.id)
    return None


async def _send(
    bench: Workbench, job: Job, order: Order, image: str | None, at: datetime
) -> Next | Rest | None:
    """Send a job that is committed as submitting, once, and write down what is known then.

    ``at`` is when it came to be submitting; before it is sent, the journal knows of it as well.
    """
    try:
        await bench.journal.begin(job, at)
    except StorageError as error:
        return await _unwritten(bench, job, error)
    try:
        request_id = await bench.providers[job.provider].submit(order, image)
    except NotSubmitted as error:
        return await _try_again(bench, job, order, error)
    except SubmitRefused as error:
        await _refused(bench, job, order, error)
    except OutcomeUnknown as error:
        await lose(bench, job, error.detail)
    except Exception as error:  # a fault of ours, but the request may be out: never again
        await lose(bench, job, type(error).__name__)
        log.exception("submit.crashed", job=job.id)
    else:
        # Nothing stands between the provider's yes and the write that keeps it.
        submitted_at = bench.clock.now()
        bench.submitted[job.id] = bench.clock.monotonic()

        def write() -> Awaitable[None]:
            return bench.move(job, State.QUEUED, request_id=request_id, submitted_at=submitted_at)

        outcomes = await asyncio.gather(
            bench.insist(job, write),
            bench.journal.accepted(job, at, request_id),
            return_exceptions=True,
        )
        for fault in filter(None, outcomes):
            log.error("submit.unkept", job=job.id, request=request_id, error=type(fault).__name__)
            raise fault
        log.info("job.submitted", job=job.id, request=request_id)
        bench.supply.worked(job.provider)
        bench.failures.pop((job.id, Stage.SUBMIT), None)
        return Next(Stage.LOOK, bench.pace.least_seconds)
    return None


async def lose(bench: Workbench, job: Job, detail: str) -> None:
    """End a job whose submit has no known outcome, and tell the operator what to look up."""
    await bench.insist(job, lambda: bench.end(job, State.LOST, Failure.OUTCOME_UNKNOWN))
    log_lost(job, detail)


def log_lost(job: Job, detail: str) -> None:
    """Tell the operator what to look up of a job whose submit has no known outcome."""
    log.error(
        "job.lost",
        job=job.id,
        provider=job.provider,
        detail=detail,
        advice="the provider may have made and billed this video; compare its usage page",
    )


async def _refused(bench: Workbench, job: Job, order: Order, error: SubmitRefused) -> None:
    """Take a definite no: to the next provider, or back with the credits."""
    if isinstance(error, ContentRefused):
        # Not a fault of the provider's: another is not asked to make what one has refused.
        failure = MODERATED[error.part]
        await bench.insist(job, lambda: bench.end(job, State.FAILED, failure))
        log.warning("submit.moderated", job=job.id, part=error.part, detail=error.detail)
        return
    failure = _FAILURES.get(type(error), Failure.REQUEST_REJECTED)
    slug = order.offer.slug_for(pictured=job.picture is not None)
    tell = bench.supply.pause(job.provider, failure, error.detail) if failure in PAUSING else None
    if failure is Failure.MODEL_RETIRED:
        await bench.insist(job, lambda: bench.supply.retire(job.provider, slug, error.detail))
    await _turned_away(bench, job, order, failure)
    if tell is not None:
        tell()
    if failure is Failure.REQUEST_REJECTED:
        log.error(
            "submit.refused",
            job=job.id,
            provider=job.provider,
            slug=slug,
            detail=error.detail,
            advice="the provider refuses these values; see the detail and the catalogue",
        )


async def _turned_away(bench: Workbench, job: Job, order: Order, failure: Failure) -> None:
    """Let the job wait for the next provider, at a price quoted again, or end it."""
    bench.failures.pop((job.id, Stage.SUBMIT), None)
    following = bench.supply.fallback(order, pictured=job.picture is not None)
    if following is None:
        await bench.insist(job, lambda: bench.end(job, State.FAILED, failure))
        return
    note = f"{job.provider}: {failure}; now {following.offer.provider}"
    await bench.insist(
        job,
        lambda: bench.move(
            job, State.HELD, note, provider=following.offer.provider, price=following.price
        ),
    )
    log.info("submit.elsewhere", job=job.id, provider=following.offer.provider)


async def _try_again(bench: Workbench, job: Job, order: Order, error: NotSubmitted) -> Rest:
    """Let the job wait in line again, until it has waited often enough for this provider.

    A provider that says how long to wait is there, and what this machine lacks is no fault of
    anybody's: neither is a failed try.
    """
    if error.retry_after_seconds is not None:
        seconds = error.retry_after_seconds
    elif is_exhaustion(error):
        bench.report_exhaustion()
        seconds = EXHAUSTED_REST_SECONDS
    else:
        seconds = bench.retry(job, Stage.SUBMIT, MAX_RETRY_SECONDS).seconds
    most = error.most_submits or MAX_SUBMITS
    if bench.failures[job.id, Stage.SUBMIT] >= most:
        came = error.most_submits is not None  # it was reached, and its own fault bounds the tries
        failure = Failure.PROVIDER_FAILED if came else Failure.UNREACHABLE
        await _turned_away(bench, job, order, failure)
    elif job.id in bench.sending:
        await bench.insist(job, lambda: bench.move(job, State.HELD, "not sent"))
    log.warning("submit.not_sent", job=job.id, provider=job.provider, detail=error.detail)
    return Rest(job.provider, seconds)


async def _unwritten(bench: Workbench, job: Job, error: StorageError) -> Rest:
    """Let a job wait in line again of which the journal took no line: nothing was sent.

    What this machine lacks is no try.
    """
    if is_exhaustion(error):
        bench.report_exhaustion()
    await bench.insist(job, lambda: bench.move(job, State.HELD, "not sent"))
    log.error(
        "journal.unwritten",
        job=job.id,
        error=type(error).__name__,
        advice=f"nothing is sent until {bench.journal.path} can be written",
    )
    return Rest(job.provider, UNWRITTEN_REST_SECONDS)


def order_of(catalogue: Catalogue, job: Job) -> Order | None:
    """Put a job's order together again; None where its model or its provider's offer is gone."""
    model = catalogue.get(job.model)
    offer = None if model is None else model.offer_of(job.provider)
    if model is None or offer is None:
        return None
    return Order(model, offer, job.prompt, job.duration_seconds, job.size, job.price)
