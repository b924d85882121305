"""A model behind one blocking call, with the real client of it and its local stand-in."""

import dataclasses
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest
from yarl import URL

from bot.clock import SystemClock
from bot.delivery.arrived import ArrivedVideos
from bot.delivery.fetch import Fetcher
from bot.jobs import rows
from bot.jobs.job import Job
from bot.jobs.states import Failure, State
from bot.providers.segmind import SegmindAccount, SegmindV1
from bot.sandbox.faults import Gate
from bot.sandbox.segmind import SegmindSandbox
from tests.books import balances
from tests.files import names_in, read, write
from tests.integration.jobs.conftest import MAX_VIDEO_BYTES, OwnModels, Works
from tests.integration.jobs.driving import brought, quiet, running
from tests.videos import Videos

CALLS = "/v1/vintage-1"
PRICE = 20
"""Credits; four seconds."""


@pytest.fixture
def own_models() -> OwnModels:
    """Describe the model that only the blocking call serves; the shipped ones have no key."""
    return {
        "vintage-1": {
            "title": "Vintage 1",
            "summary": "Old and slow.",
            "durations_seconds": [4, 8],
            "sizes": ["1280x720", "720x1280"],
            "credits_per_second": 5,
            "longest_wait_seconds": 1800,
            "offers": [
                {
                    "provider": "segmind-v1",
                    "slug": "vintage-1",
                    "duration": {"field": "duration", "type": "integer"},
                    "size": {"field": "size"},
                }
            ],
        }
    }


@pytest.fixture
async def segmind(videos: Videos) -> AsyncIterator[SegmindSandbox]:
    """Run a local Segmind that makes its videos at once, and all the same one."""
    async with SegmindSandbox(queue_seconds=0, processing_seconds=0) as sandbox:
        sandbox.plan(times=None, video=videos.plain())
        yield sandbox


@pytest.fixture
async def bot(works: Works, segmind: SegmindSandbox) -> AsyncIterator[Works]:
    """Give the parts with the real client, which is closed as at a stop."""
    works.keys.clear()
    works.keys.add("segmind-v1")
    bot = started(works, segmind)
    yield bot
    await calls_of(bot).close()


def started(works: Works, segmind: SegmindSandbox) -> Works:
    """Put a new client in its place: what a start has."""
    folder, url = works.bench.archive.folder, segmind.base_url
    account = SegmindAccount(works.clock, "sandbox-key", url, segmind.upload_url, 6000)
    calls = SegmindV1(account, folder, MAX_VIDEO_BYTES, refusal_seconds=0)
    source = ArrivedVideos(calls.file_of, Fetcher(URL(url), MAX_VIDEO_BYTES, SystemClock()))
    bench = dataclasses.replace(
        works.bench, providers={"segmind-v1": calls}, fetchers={"segmind-v1": source}
    )
    return dataclasses.replace(works, bench=bench)


def calls_of(works: Works) -> SegmindV1:
    """Give the client."""
    calls = works.bench.providers["segmind-v1"]
    assert isinstance(calls, SegmindV1)
    return calls


async def under_way(bot: Works, segmind: SegmindSandbox) -> Job:
    """Bring a job to where its call is held in the middle, and stop the tracker."""
    gate = Gate()
    segmind.plan(halfway=gate)
    job = await bot.held()
    async with running(bot) as tracker:
        await brought(bot, tracker, job, State.QUEUED)
        await gate.reached.wait()
    return job


async def stopped(bot: Works) -> None:
    """Stop the client as the application does."""
    await calls_of(bot).close()


async def restart(works: Works, job: Job, state: State) -> None:
    """Take up everything as a start does, and wait until the job stands where it must."""
    works = works.restarted()
    async with running(works) as tracker:
        await works.recovery(tracker).start()
        await brought(works, tracker, job, state)


async def test_a_video_that_comes_with_its_call_is_delivered(
    bot: Works, segmind: SegmindSandbox, videos: Videos
) -> None:
    """One call, one video, its price; what the call had written is not kept twice."""
    job = await bot.held()
    async with running(bot) as tracker:
        await brought(bot, tracker, job, State.DELIVERED)
    [generation] = segmind.generations
    assert generation.order.body == {"prompt": job.prompt, "duration": 4, "size": "1280x720"}
    assert len(segmind.find_calls("POST", CALLS)) == 1
    assert names_in(bot.bench.archive.folder) == [f"{job.id}.mp4"]
    assert read(bot.bench.archive.path(job.id)) == read(videos.plain())
    assert balances(bot.database.path)["spent"] == PRICE


async def test_while_the_call_is_open_the_job_is_processing(
    bot: Works, segmind: SegmindSandbox
) -> None:
    """Looks cost no request."""
    held = segmind.plan(hold=True)
    job = await bot.held()
    async with running(bot) as tracker:
        await brought(bot, tracker, job, State.PROCESSING)
        for _ in range(3):
            bot.clock.wake_next()
            await quiet(bot, tracker)
        assert await bot.state(job) is State.PROCESSING
        held.release()
        await brought(bot, tracker, job, State.DELIVERED)
    assert len(segmind.calls) == 1


async def test_a_stop_in_the_middle_of_a_call_loses_it_and_says_so(
    bot: Works, segmind: SegmindSandbox, logs: Sequence[Mapping[str, Any]]
) -> None:
    """After the restart: credits back, member and operator told, nothing sent again, no rest."""
    job = await under_way(bot, segmind)
    await stopped(bot)
    bot.messenger.changes.clear()
    await restart(started(bot, segmind), job, State.LOST)
    assert (await bot.job(job.id)).failure is Failure.OUTCOME_UNKNOWN
    assert balances(bot.database.path)["held"] == 0
    assert bot.messenger.changes == [job.id]
    assert [entry["job"] for entry in logs if entry["event"] == "job.lost"] == [job.id]
    assert len(segmind.find_calls("POST", CALLS)) == 1
    assert names_in(bot.bench.archive.folder) == []


async def test_killed_after_the_file_was_whole_the_video_is_found_and_delivered(
    bot: Works, segmind: SegmindSandbox
) -> None:
    """The call had ended and nobody had looked: a restart finds the file, and asks nobody."""
    gate = Gate()
    segmind.plan(halfway=gate)
    job = await bot.held()
    async with running(bot) as tracker:
        await brought(bot, tracker, job, State.QUEUED)
    request_id = (await bot.job(job.id)).request_id or ""
    gate.release()
    await calls_of(bot)._calls[request_id]
    await stopped(bot)
    assert names_in(bot.bench.archive.folder) == [f"call-{request_id}.video"]
    await restart(started(bot, segmind), job, State.DELIVERED)
    assert names_in(bot.bench.archive.folder) == [f"{job.id}.mp4"]
    assert len(segmind.calls) == 1
    assert balances(bot.database.path)["spent"] == PRICE


async def test_killed_between_a_video_s_two_names_it_is_taken_again(
    bot: Works, segmind: SegmindSandbox, videos: Videos
) -> None:
    """The row has the call's file as the address, and the archive was about to take it."""
    job = await bot.processing()
    folder = bot.bench.archive.folder
    arrived = write(folder / f"call-{job.request_id}.video", read(videos.plain()))
    (folder / f"{job.id}.part").hardlink_to(arrived)
    await bot.database.write(rows.update_job, job.id, result_url=f"call:{job.request_id}")
    await restart(bot, job, State.DELIVERED)
    assert names_in(folder) == [f"{job.id}.mp4"]
    assert read(bot.bench.archive.path(job.id)) == read(videos.plain())
    assert segmind.calls == []


async def test_a_video_whose_file_is_gone_is_refunded(bot: Works, segmind: SegmindSandbox) -> None:
    """Somebody emptied the folder while the bot was stopped: not silence, and no second call."""
    job = await bot.processing()
    await bot.database.write(rows.update_job, job.id, result_url=f"call:{job.request_id}")
    await restart(bot, job, State.FAILED)
    assert (await bot.job(job.id)).failure is Failure.UNUSABLE_VIDEO
    assert balances(bot.database.path)["held"] == 0
    assert segmind.calls == []


@pytest.mark.parametrize("answer", ["cut", "gateway_timeout"])
async def test_a_call_that_ends_without_a_video_is_lost(
    bot: Works, segmind: SegmindSandbox, answer: Any
) -> None:
    """Cut in the middle, or a front proxy's 504: it may be made and billed; never sent again."""
    segmind.plan(v1_answer=answer)
    job = await bot.held()
    async with running(bot) as tracker:
        await brought(bot, tracker, job, State.LOST)
    assert len(segmind.find_calls("POST", CALLS)) == 1
    assert names_in(bot.bench.archive.folder) == []
    assert balances(bot.database.path)["held"] == 0


async def test_a_call_that_fails_late_gives_the_credits_back(
    bot: Works, segmind: SegmindSandbox
) -> None:
    """The provider says that it could not: nothing was billed."""
    segmind.plan(fail="CUDA out of memory")
    job = await bot.held()
    async with running(bot) as tracker:
        await brought(bot, tracker, job, State.FAILED)
    assert (await bot.job(job.id)).failure is Failure.PROVIDER_FAILED
    assert balances(bot.database.path)["held"] == 0


async def test_a_video_whose_address_came_is_fetched_from_there(
    bot: Works, segmind: SegmindSandbox
) -> None:
    """A JSON answer in place of the bytes; also where the first fetch fails after a restart."""
    segmind.plan(v1_answer="json")
    job = await bot.held()
    segmind.faults.answer("GET", "/media/", 503, times=None)
    async with running(bot) as tracker:
        await brought(bot, tracker, job, State.PROCESSING)
        while (await bot.job(job.id)).result_url is None:
            bot.clock.wake_next()
            await quiet(bot, tracker)
    await stopped(bot)
    segmind.faults.clear()
    once_more = segmind.faults.answer("GET", "/media/", 503)
    await restart(started(bot, segmind), job, State.DELIVERED)
    assert once_more.struck.is_set()
    assert len(segmind.find_calls("POST", CALLS)) == 1
    assert balances(bot.database.path)["spent"] == PRICE
