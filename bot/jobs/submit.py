"""Hand a job to its provider: once."""

import asyncio

import structlog

from bot.catalogue import Order
from bot.errors import (
    KeyRejected,
    ModelRetired,
    NotSubmitted,
    OutcomeUnknown,
    OutOfCredits,
    SubmitRefused,
)
from bot.jobs import rows
from bot.jobs.job import Job
from bot.jobs.pace import retry_delay_seconds
from bot.jobs.stages import Next, Rest, Stage, Workbench
from bot.jobs.states import Failure, State

MAX_SUBMITS = 8
"""A job that so often did not reach the provider gets its credits back."""
MAX_RETRY_SECONDS = 60.0

_FAILURES = {
    KeyRejected: Failure.KEY_REJECTED,
    OutOfCredits: Failure.OUT_OF_CREDITS,
    ModelRetired: Failure.MODEL_RETIRED,
}
_OPERATOR_ADVICE = {
    Failure.KEY_REJECTED: "check the provider's api_key",
    Failure.OUT_OF_CREDITS: "top up the provider's account or raise its spend cap",
    Failure.MODEL_RETIRED: "the provider no longer serves this model",
    Failure.REQUEST_REJECTED: "the provider refuses these values; see the detail",
}

log = structlog.get_logger()


async def submit(bench: Workbench, job: Job) -> Next | Rest | None:
    """Send a job that is committed as submitting, and write down what came of it.

    Whatever is known after the call is written, however long the database takes: a job whose
    submit is over never comes here again.
    """
    model = bench.catalogue.get(job.model)
    provider = bench.providers.get(job.provider)
    if model is None or provider is None:
        await bench.end(job, State.FAILED, Failure.MODEL_RETIRED, "not in the catalogue")
        return None
    order = Order(model, job.prompt, job.duration_seconds, job.size, job.price)
    try:
        await provider.turn()
    except asyncio.CancelledError:
        # The bot is being stopped and nothing was sent: the job may wait in line again.
        await asyncio.shield(bench.move(job, State.HELD, "not sent"))
        raise
    try:
        request_id = await provider.submit(order)
    except NotSubmitted as error:
        return await _try_again(bench, job, error)
    except SubmitRefused as error:
        await _refused(bench, job, error)
        return None
    except OutcomeUnknown as error:
        await lose(bench, job, error.detail)
        return None
    except Exception as error:  # a fault of ours, but the request may be out: never again
        log.exception("submit.crashed", job=job.id)
        await lose(bench, job, type(error).__name__)
        return None
    submitted_at = bench.clock.now()
    log.info("job.submitted", job=job.id, request=request_id)
    await bench.insist(
        job,
        lambda: bench.move(job, State.QUEUED, request_id=request_id, submitted_at=submitted_at),
    )
    return Next(Stage.LOOK, bench.pace.least_seconds)


async def lose(bench: Workbench, job: Job, detail: str) -> None:
    """End a job whose submit has no known outcome, and tell the operator what to look up."""
    log.error(
        "job.lost",
        job=job.id,
        provider=job.provider,
        detail=detail,
        advice="the provider may have made and billed this video; compare its usage page",
    )
    await bench.insist(job, lambda: bench.end(job, State.LOST, Failure.OUTCOME_UNKNOWN, detail))


async def _refused(bench: Workbench, job: Job, error: SubmitRefused) -> None:
    failure = _FAILURES.get(type(error), Failure.REQUEST_REJECTED)
    log.error(
        "submit.refused",
        job=job.id,
        model=job.model,
        failure=failure,
        detail=error.detail,
        advice=_OPERATOR_ADVICE[failure],
    )
    await bench.insist(job, lambda: bench.end(job, State.FAILED, failure, error.detail))


async def _try_again(bench: Workbench, job: Job, error: NotSubmitted) -> Rest:
    log.warning("submit.not_sent", job=job.id, detail=error.detail)
    submits = 0

    async def write() -> None:
        nonlocal submits
        submits = await bench.database.read(rows.count_submits, job.id)
        if submits >= MAX_SUBMITS:
            await bench.end(job, State.FAILED, Failure.UNREACHABLE, error.detail)
        else:
            await bench.move(job, State.HELD, error.detail)

    await bench.insist(job, write)
    delay = retry_delay_seconds(submits, bench.pace.least_seconds, MAX_RETRY_SECONDS)
    return Rest(error.retry_after_seconds or delay)
