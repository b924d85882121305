"""See how a request is doing. A look that fails says nothing of the job."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import structlog

from bot.errors import LookFailed, OutcomeUnknown, RequestForgotten
from bot.exhaustion import is_exhaustion
from bot.jobs import rows
from bot.jobs.job import Job
from bot.jobs.pace import poll_delay_seconds, retry_delay_seconds
from bot.jobs.stages import Next, Stage, Workbench
from bot.jobs.states import Failure, State
from bot.jobs.submit import MODERATED, lose
from bot.providers.base import (
    Completed,
    Failed,
    Finished,
    Processing,
    Queued,
    Sighting,
    Unclear,
)

FORGET_AFTER_SECONDS = 60.0
FORGET_AFTER_LOOKS = 3
"""A request is forgotten when the provider says so this often in a row, and for so long: one of
its machines may not have heard of the request yet, or be without its memory for a while."""
EMPTY_AFTER_SECONDS = 600.0
EMPTY_AFTER_LOOKS = 10
"""A finished request has no video when this many looks over this time have shown none."""
MAX_EMPTY_RETRY_SECONDS = 90.0
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
        if error.finished:
            await _note_finished(bench, job)
        wait = await _until_next_look(bench, job)
        return Next(Stage.LOOK, max(wait, error.retry_after_seconds or 0.0))
    except RequestForgotten as error:
        return await _forgotten(bench, job, error)
    except OutcomeUnknown as error:
        if job.result_url is not None:  # only the call is gone, not the video
            return Next(Stage.FETCH)
        await lose(bench, job, error.detail)
        return None
    bench.unknown.pop(job.id, None)
    if not isinstance(seen, Completed | Finished):
        bench.without_video.pop(job.id, None)
    return await _take_note(bench, job, seen)


async def _take_note(bench: Workbench, job: Job, seen: Sighting) -> Next | None:
    """Write down what was seen, where it is news."""
    match seen:
        case Queued() if job.state is State.PROCESSING:
            await bench.move(job, State.QUEUED, finished_at=None)
        case Processing() if job.state is State.QUEUED or job.finished_at is not None:
            await _note(bench, job, finished_at=None)
        case Queued() | Processing():
            bench.messenger.changed(job.id)
        case Unclear(word):
            _report_once(bench, job, word)
        case Completed():
            return await _completed(bench, job, seen)
        case Finished(shape):
            return await _without_video(bench, job, shape)
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


def video_addresses(job: Job, seen: Completed) -> Sequence[str]:
    """List the addresses that may be a job's video's.

    What the member typed may come back in the answer: an address in the prompt is no video's.
    """
    return [url for url in (seen.url, *seen.others) if url not in job.prompt]


async def _completed(bench: Workbench, job: Job, seen: Completed) -> Next | None:
    """Keep the video's address: it outlives the provider's memory of the request."""
    urls = video_addresses(job, seen)
    if not urls:
        return await _without_video(bench, job, "an address of the prompt's")
    bench.without_video.pop(job.id, None)
    bench.addresses[job.id] = urls[1:]
    finished_at = job.finished_at or bench.clock.now()
    news: dict[str, Any] = {"result_url": urls[0], "finished_at": finished_at}
    if job.state is State.QUEUED:
        await bench.move(job, State.PROCESSING, **news)
    elif urls[0] != job.result_url:
        # Not worth an edit: the video itself is the next one, unless it does not come.
        await bench.database.write(rows.update_job, job.id, job.owner, **news)
    return Next(Stage.FETCH)


async def _without_video(bench: Workbench, job: Job, shape: str) -> Next | None:
    """Wait for the video of a finished request, and in the end give the credits back."""
    if job.result_url is not None:  # it was there before
        return Next(Stage.FETCH)
    streak = bench.without_video.add(job.id, bench.clock.monotonic())
    if streak.lasts(EMPTY_AFTER_LOOKS, EMPTY_AFTER_SECONDS, bench.clock.monotonic()):
        await bench.end(job, State.FAILED, Failure.NO_VIDEO)
        log.error(
            "job.no_video",
            job=job.id,
            provider=job.provider,
            request=job.request_id,
            shape=shape,
            advice="the provider may have billed this; ask it for a refund, and report the shape",
        )
        return None
    await _note_finished(bench, job)
    log.warning("look.no_video", job=job.id, shape=shape)
    pause = retry_delay_seconds(streak.looks, bench.pace.least_seconds, MAX_EMPTY_RETRY_SECONDS)
    return Next(Stage.LOOK, pause)


async def _note_finished(bench: Workbench, job: Job) -> None:
    """Write down and show that the provider has finished, where it is news."""
    if job.finished_at is None:
        await _note(bench, job, finished_at=bench.clock.now())


async def _note(bench: Workbench, job: Job, **values: Any) -> None:
    """Write down what is known of a job that is at work, and show it."""
    if job.state is State.QUEUED:
        await bench.move(job, State.PROCESSING, **values)
        return
    await bench.database.write(rows.update_job, job.id, job.owner, **values)
    bench.messenger.changed(job.id)


async def _forgotten(bench: Workbench, job: Job, error: RequestForgotten) -> Next | None:
    if job.result_url is not None:
        return Next(Stage.FETCH)
    now = bench.clock.monotonic()
    streak = bench.unknown.add(job.id, now)
    if not streak.lasts(FORGET_AFTER_LOOKS, FORGET_AFTER_SECONDS, now):
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
