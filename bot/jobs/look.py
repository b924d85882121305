"""See how a request is doing. A look that fails says nothing of the job."""

from datetime import datetime

import structlog

from bot.errors import LookFailed, OutcomeUnknown, RequestForgotten
from bot.exhaustion import is_exhaustion
from bot.jobs import rows
from bot.jobs.job import Job
from bot.jobs.pace import poll_delay_seconds
from bot.jobs.stages import Next, Stage, Workbench
from bot.jobs.states import Failure, State
from bot.jobs.submit import MODERATED, lose
from bot.providers.base import Completed, Failed, Processing, Queued, Sighting, Unclear

FORGET_AFTER_SECONDS = 60.0
FORGET_AFTER_LOOKS = 3
"""A request is forgotten when the provider says so this often in a row, and for so long: one of
its machines may not have heard of the request yet, or be without its memory for a while."""
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
        if is_exhaustion(error):
            bench.report_exhaustion()
        wait = await _until_next_look(bench, job)
        return Next(Stage.LOOK, max(wait, error.retry_after_seconds or 0.0))
    except RequestForgotten as error:
        return await _forgotten(bench, job, error)
    except OutcomeUnknown as error:
        if job.result_url is not None:  # only the call is gone, not the video
            return Next(Stage.FETCH)
        await lose(bench, job, error.detail)
        return None
    bench.failures.pop((job.id, Stage.LOOK), None)
    bench.missing_since.pop(job.id, None)
    return await _take_note(bench, job, seen)


async def _take_note(bench: Workbench, job: Job, seen: Sighting) -> Next | None:
    """Write down what was seen, where it is news."""
    match seen:
        case Queued() if job.state is State.PROCESSING:
            await bench.move(job, State.QUEUED)
        case Processing() if job.state is State.QUEUED:
            await bench.move(job, State.PROCESSING)
        case Queued() | Processing():
            bench.messenger.changed(job.id)
        case Unclear(word):
            _report_once(bench, job, word)
        case Completed(url):
            await _completed(bench, job, url)
            return Next(Stage.FETCH)
        case Failed(detail, refused):
            failure = Failure.PROVIDER_FAILED if refused is None else MODERATED[refused]
            await bench.end(job, State.FAILED, failure)
            log.warning("job.failed", job=job.id, refused=refused, detail=detail)
            return None
    return Next(Stage.LOOK, await _until_next_look(bench, job))


def _report_once(bench: Workbench, job: Job, word: str) -> None:
    """Tell the operator of a status that nobody has seen before; the job goes on waiting."""
    if word not in bench.reported:
        bench.reported.add(word)
        log.error(
            "look.unknown_status",
            job=job.id,
            provider=job.provider,
            word=word[:100],
            advice="the provider has a new word; its jobs are looked at on and on",
        )


async def _completed(bench: Workbench, job: Job, url: str) -> None:
    """Keep the video's address: it outlives the provider's memory of the request."""
    if job.state is State.QUEUED:
        await bench.move(job, State.PROCESSING, result_url=url)
    elif url != job.result_url:
        await bench.database.write(rows.update_job, job.id, job.owner, result_url=url)


async def _forgotten(bench: Workbench, job: Job, error: RequestForgotten) -> Next | None:
    if job.result_url is not None:
        return Next(Stage.FETCH)
    bench.failures[job.id, Stage.LOOK] += 1
    often = bench.failures[job.id, Stage.LOOK] >= FORGET_AFTER_LOOKS
    now = bench.clock.monotonic()
    since = bench.missing_since.setdefault(job.id, now)
    if not often or now - since < FORGET_AFTER_SECONDS:
        log.warning("look.unknown_request", job=job.id, detail=error.detail)
        return Next(Stage.LOOK, await _until_next_look(bench, job))
    await bench.end(job, State.LOST, Failure.FORGOTTEN)
    log.error(
        "job.forgotten",
        job=job.id,
        request=job.request_id,
        detail=error.detail,
        advice="the provider may have billed this video; compare its usage page",
    )
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
