"""See how a request is doing. A look that fails says nothing of the job."""

from datetime import datetime

import structlog

from bot.errors import LookFailed, RequestForgotten
from bot.jobs import rows
from bot.jobs.job import Job
from bot.jobs.pace import poll_delay_seconds
from bot.jobs.stages import Next, Stage, Workbench
from bot.jobs.states import Failure, State
from bot.providers.base import Completed, Failed, Processing, Queued

FORGET_AFTER_SECONDS = 60.0
FORGET_AFTER_LOOKS = 3
"""A request is forgotten when the provider says so this often in a row, and not at once."""
RETIRED_LONGEST_SECONDS = 3600.0
"""The longest wait for a model that is no longer in the catalogue."""

log = structlog.get_logger()


async def look(bench: Workbench, job: Job) -> Next | None:
    """Poll once and write down what changed."""
    assert job.request_id is not None  # noqa: S101 - the database guarantees it in these states
    try:
        seen = await bench.providers[job.provider].look(job.request_id)
    except LookFailed as error:
        log.warning("look.failed", job=job.id, detail=error.detail)
        wait = await _until_next_look(bench, job)
        return Next(Stage.LOOK, max(wait, error.retry_after_seconds or 0.0))
    except RequestForgotten as error:
        return await _forgotten(bench, job, error)
    bench.failures.pop((job.id, Stage.LOOK), None)
    match seen:
        case Queued() if job.state is State.PROCESSING:
            await bench.move(job, State.QUEUED)
        case Processing() if job.state is State.QUEUED:
            await bench.move(job, State.PROCESSING)
        case Queued() | Processing():
            bench.messenger.changed(job.id)
        case Completed(url):
            await _completed(bench, job, url)
            return Next(Stage.FETCH)
        case Failed(detail, moderated):
            log.warning("job.failed", job=job.id, moderated=moderated, detail=detail)
            failure = Failure.MODERATED if moderated else Failure.PROVIDER_FAILED
            await bench.end(job, State.FAILED, failure, detail)
            return None
    return Next(Stage.LOOK, await _until_next_look(bench, job))


async def _completed(bench: Workbench, job: Job, url: str) -> None:
    """Keep the video's address: it outlives the provider's memory of the request."""
    if job.state is State.QUEUED:
        await bench.move(job, State.PROCESSING, result_url=url)
    elif url != job.result_url:
        await bench.database.write(rows.update_job, job.id, result_url=url)


async def _forgotten(bench: Workbench, job: Job, error: RequestForgotten) -> Next | None:
    if job.result_url is not None:
        return Next(Stage.FETCH)
    bench.failures[job.id, Stage.LOOK] += 1
    often = bench.failures[job.id, Stage.LOOK] >= FORGET_AFTER_LOOKS
    if not often or _elapsed_seconds(job, bench.clock.now()) < FORGET_AFTER_SECONDS:
        return Next(Stage.LOOK, await _until_next_look(bench, job))
    log.error(
        "job.forgotten",
        job=job.id,
        request=job.request_id,
        detail=error.detail,
        advice="the provider may have billed this video; compare its usage page",
    )
    await bench.end(job, State.LOST, Failure.FORGOTTEN, error.detail)
    return None


async def _until_next_look(bench: Workbench, job: Job) -> float:
    """Pace the polls by how long such videos have taken."""
    view = await bench.database.read(rows.view_job, job, bench.catalogue)
    model = bench.catalogue.get(job.model)
    return poll_delay_seconds(
        _elapsed_seconds(job, bench.clock.now()),
        view.expectation.seconds,
        model.longest_wait_seconds if model else RETIRED_LONGEST_SECONDS,
        bench.pace.least_seconds,
        bench.pace.most_seconds,
    )


def _elapsed_seconds(job: Job, now: datetime) -> float:
    return (now - (job.submitted_at or job.created_at)).total_seconds()
