"""Bringing a finished video home and to the member."""

import asyncio
from pathlib import Path

import pytest

from bot.credits.audit import find_differences
from bot.errors import LookFailed, OutcomeUnknown, ProviderError, RequestForgotten
from bot.jobs import rows
from bot.jobs.bring import LATE_AFTER, MAX_DELIVERIES, MAX_UNREAD, MAX_UNUSABLE, deliver, fetch
from bot.jobs.job import Job
from bot.jobs.stages import Delivered, Next, Postponed, Stage
from bot.jobs.states import Failure, State
from bot.jobs.submit import submit
from bot.providers.base import Completed
from tests.books import balances, query
from tests.files import names_in
from tests.integration.jobs.conftest import MAX_VIDEO_BYTES, PRICE, FilmServer, Works
from tests.integration.jobs.driving import brought, quiet, running
from tests.tools import spoilt_python


async def rendered(works: Works, films: FilmServer) -> Job:
    """Bring a job's video to the disk."""
    job = await works.processing(url=films.url)
    await fetch(works.bench, job)
    return await works.job(job.id)


async def test_a_fetched_video_is_kept_and_paid_for(works: Works, films: FilmServer) -> None:
    """Whole and checked on the disk: only then is the hold settled; delivery is next."""
    job = await works.processing(url=films.url)
    gate = films.script.hold()
    step = asyncio.create_task(fetch(works.bench, job))
    await gate.reached.wait()
    assert balances(works.database.path)["held"] == PRICE
    gate.release()
    assert await step == Next(Stage.DELIVER)
    after = await works.job(job.id)
    assert (after.state, after.rendered_at) == (State.RENDERED, works.clock.now())
    assert balances(works.database.path)["spent"] == PRICE
    assert names_in(works.bench.archive.folder) == [f"{job.id}.mp4"]
    note = query(works.database.path, "SELECT note FROM job_events WHERE to_state = 'rendered'")
    assert note[0][0].startswith("160x90, 2.0")
    assert works.messenger.changes == [job.id]


@pytest.mark.parametrize("set_by_seconds", [0, -6 * 3600, 600, 10 * 365 * 86_400])
async def test_a_wait_is_measured_by_a_clock_that_nobody_sets(
    works: Works, films: FilmServer, set_by_seconds: int
) -> None:
    """What the wall clock says of a video does not count where one process saw all of it."""
    job = await works.held()
    await submit(works.bench, job)
    works.clock.advance(170)
    works.clock.set_wall(set_by_seconds)

    await works.bench.move(await works.job(job.id), State.PROCESSING, result_url=films.url)
    await fetch(works.bench, await works.job(job.id))

    assert (await works.job(job.id)).took_seconds == 170


@pytest.mark.parametrize(
    ("set_by_seconds", "took_seconds"),
    [(0, 170), (-6 * 3600, None), (10 * 365 * 86_400, None)],
)
async def test_a_wait_over_a_restart_is_measured_where_the_clock_makes_sense(
    works: Works, films: FilmServer, set_by_seconds: int, took_seconds: float | None
) -> None:
    """Minus six hours and ten years are no waits: the clock was set while the video was made."""
    job = await works.processing(url=films.url)
    works.clock.advance(170)
    works.clock.set_wall(set_by_seconds)

    await fetch(works.bench, job)

    assert (await works.job(job.id)).took_seconds == took_seconds


async def test_a_hold_of_both_sources_can_be_settled(works: Works, films: FilmServer) -> None:
    """A price paid partly of the allowance and partly of a grant is an ordinary price."""
    await works.jobs.budgets.set_allowance(works.request().spender, 30, 9, "")
    await works.jobs.budgets.grant(works.request().spender, 10, 9, "")
    job = await rendered(works, films)
    assert job.state is State.RENDERED
    assert balances(works.database.path)["spent"] == PRICE


@pytest.mark.parametrize(
    ("broken", "most"),
    [(500, MAX_UNREAD), (404, MAX_UNREAD), (b"no video at all", MAX_UNUSABLE), (b"", MAX_UNUSABLE)],
    ids=["500", "404", "text", "empty"],
)
async def test_a_video_that_cannot_be_used_is_fetched_again_and_in_the_end_refunded(
    works: Works, films: FilmServer, broken: int | bytes, most: int
) -> None:
    """By way of a look, later each time; what can't be read is tried more often."""
    job = await works.processing(url=films.url)
    films.script.plan(*[broken] * most)
    waits = []
    for _ in range(most - 1):
        following = await fetch(works.bench, await works.job(job.id))
        assert following is not None
        assert following.stage is Stage.LOOK
        waits.append(following.seconds)
    assert waits == [min(2.0 * 2**n, 300.0) for n in range(most - 1)]
    assert await works.state(job) is State.PROCESSING
    assert await fetch(works.bench, await works.job(job.id)) is None
    after = await works.job(job.id)
    assert (after.state, after.failure) == (State.FAILED, Failure.UNUSABLE_VIDEO)
    assert balances(works.database.path) == {"allowance": 0, "held": 0}
    assert len(films.server.requests) == most
    assert works.messenger.changes == [job.id, job.id], "the wait for another try, and the end"


async def test_a_fetch_that_works_in_the_end_is_as_good_as_any(
    works: Works, films: FilmServer
) -> None:
    """Failures before it cost nothing, and are forgotten."""
    job = await works.processing(url=films.url)
    films.script.plan(500, b"<html>", 503)
    for _ in range(3):
        await fetch(works.bench, job)
    assert await fetch(works.bench, job) == Next(Stage.DELIVER)
    assert await works.state(job) is State.RENDERED
    assert works.bench.failures == {}


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest", "http://127.1/", "ftp://x/y"])
async def test_an_address_that_must_not_be_fetched_is_refunded_at_once(
    works: Works, films: FilmServer, url: str
) -> None:
    """A private address, or one that is no web address: nobody is asked, and no retry can help."""
    job = await works.processing(url=url)
    assert await fetch(works.bench, job) is None
    after = await works.job(job.id)
    assert (after.state, after.failure) == (State.FAILED, Failure.ADDRESS_REFUSED)
    assert balances(works.database.path) == {"allowance": 0, "held": 0}
    assert films.server.requests == []


def calls(works: Works) -> list[tuple[str, str]]:
    """Read from the outbox who is to be called."""
    return query(works.database.path, "SELECT key, data FROM outbox WHERE kind = 'call'")


async def test_a_delivered_video_ends_the_job(works: Works, films: FilmServer) -> None:
    """The member has it, and that is written with how."""
    job = await rendered(works, films)
    assert await deliver(works.bench, job) is None
    after = await works.job(job.id)
    assert (after.state, after.told_at) == (State.DELIVERED, works.clock.now())
    ((brought, video),) = works.messenger.deliveries
    assert video is not None
    assert (brought, video.path) == (job, works.bench.archive.path(job.id))
    assert (video.width, video.height, video.plays_everywhere) == (160, 90, True)
    assert calls(works) == []


@pytest.mark.parametrize("called", [False, True])
async def test_a_member_who_waited_long_is_called_once(
    works: Works, films: FilmServer, called: bool
) -> None:
    """An edit notifies nobody; a new message has done it already."""
    job = await rendered(works, films)
    works.clock.advance(LATE_AFTER.total_seconds() + 1)
    works.messenger.on_deliver.plan(Delivered("somehow", called=called))
    assert await deliver(works.bench, job) is None
    assert calls(works) == ([] if called else [(f"call:{job.id}", f'{{"job": {job.id}}}')])


async def test_a_call_is_written_with_the_delivery_that_it_tells(
    works: Works, films: FilmServer
) -> None:
    """Both, or neither: what the member has fetched meanwhile calls nobody."""
    job = await rendered(works, films)
    works.clock.advance(LATE_AFTER.total_seconds() + 1)
    gate = works.messenger.on_deliver.hold()
    step = asyncio.create_task(deliver(works.bench, job))
    await gate.reached.wait()
    await works.jobs.shown(job)
    gate.release()
    await step
    assert calls(works) == []


async def test_a_delivery_is_tried_again_ever_less_often_and_then_rests(
    works: Works, films: FilmServer
) -> None:
    """The video and its state stay as they are; the waits grow to half an hour."""
    job = await rendered(works, films)
    waits = []
    for failures in [0, 1, 2, 3, 20, MAX_DELIVERIES - 2]:
        works.bench.failures[job.id, Stage.DELIVER] = failures
        works.messenger.on_deliver.plan(Postponed("closed"))
        following = await deliver(works.bench, job)
        assert following is not None
        assert following.stage is Stage.DELIVER
        waits.append(following.seconds)
    assert waits == [2.0, 4.0, 8.0, 16.0, 1800.0, 1800.0]
    works.messenger.on_deliver.plan(Postponed("closed"))
    assert await deliver(works.bench, job) is None
    after = await works.job(job.id)
    assert (after.state, after.told_at) == (State.RENDERED, None)
    assert await deliver(works.bench, job) is None
    assert await works.state(job) is State.DELIVERED


async def lost(works: Works, films: FilmServer) -> Job:
    """Bring a job's video to the disk, and lose it there."""
    job = await rendered(works, films)
    works.bench.archive.path(job.id).unlink()
    return job


async def played(works: Works, job: Job) -> None:
    """Take the steps that follow from one another, whenever they are due, until none does."""
    following: Next | None = Next(Stage.DELIVER)
    while following is not None:
        step = fetch if following.stage is Stage.FETCH else deliver
        following = await step(works.bench, await works.job(job.id))


async def test_a_paid_video_whose_file_is_gone_is_fetched_again(
    works: Works, films: FilmServer
) -> None:
    """From where the provider says that it is by now; it is not paid for twice."""
    job = await lost(works, films)
    fresh = f"{films.url}?sign=2"
    works.provider.sighting = Completed(fresh)
    await played(works, job)
    assert (await works.job(job.id)).result_url == fresh
    assert await works.state(job) is State.DELIVERED
    ((_, video),) = works.messenger.deliveries
    assert video is not None
    assert [request.path_qs for request in films.server.requests] == [
        "/film.mp4",
        "/film.mp4?sign=2",
    ]
    assert balances(works.database.path)["spent"] == PRICE
    assert works.bench.failures == {}


@pytest.mark.parametrize("error", [LookFailed(), RequestForgotten(), OutcomeUnknown()])
async def test_where_the_provider_tells_no_address_the_known_one_is_tried(
    works: Works, films: FilmServer, error: ProviderError
) -> None:
    """The request may be forgotten while the file is still there."""
    job = await lost(works, films)
    works.provider.on_look.plan(error)
    await played(works, job)
    assert await works.state(job) is State.DELIVERED
    assert films.server.paths == ["/film.mp4"] * 2


async def test_a_file_that_the_operator_restores_is_delivered(
    works: Works, films: FilmServer
) -> None:
    """Between two tries to fetch it."""
    job = await rendered(works, films)
    file = works.bench.archive.path(job.id)
    away = file.rename(Path(f"{file}.away"))
    films.script.plan(500)
    assert await deliver(works.bench, job) == Next(Stage.FETCH)
    assert await fetch(works.bench, job) == Next(Stage.DELIVER, 2.0)
    away.rename(file)
    assert await deliver(works.bench, job) is None
    assert await works.state(job) is State.DELIVERED
    assert len(films.server.requests) == 2


@pytest.mark.parametrize("trouble", ["disk", "size"])
async def test_a_lost_video_that_cannot_be_kept_again_is_linked(
    works: Works, films: FilmServer, trouble: str
) -> None:
    """The provider has it, and our disk takes it no more: the member gets the address."""
    job = await lost(works, films)
    if trouble == "disk":
        (works.bench.archive.folder / f"{job.id}.part").mkdir()
    else:
        films.script.plan(*[bytes(MAX_VIDEO_BYTES + 1)] * (MAX_UNREAD + 1))
    await played(works, job)
    assert await works.state(job) is State.DELIVERED
    assert [video for _, video in works.messenger.deliveries] == [None]
    assert balances(works.database.path)["spent"] == PRICE


@pytest.mark.parametrize("answer", [404, 500, b"no video at all"], ids=["404", "500", "text"])
async def test_a_paid_video_that_is_nowhere_any_more_is_refunded(
    works: Works, films: FilmServer, answer: int | bytes
) -> None:
    """After tries that grow apart: the credits are back, and the member is told."""
    job = await lost(works, films)
    works.messenger.changes.clear()
    films.script.plan(*[answer] * (MAX_UNREAD + 1))
    await played(works, job)
    after = await works.job(job.id)
    assert (after.state, after.failure, after.told_at) == (State.FAILED, Failure.VIDEO_GONE, None)
    assert balances(works.database.path) == {"allowance": 0, "held": 0, "spent": 0}
    assert await works.database.read(find_differences) == []
    assert works.messenger.deliveries == []
    assert works.messenger.changes == [job.id]
    assert works.bench.failures == {}


async def test_a_lost_video_whose_address_is_refused_is_refunded_at_once(
    works: Works, films: FilmServer
) -> None:
    """No retry can help."""
    job = await lost(works, films)
    works.provider.sighting = Completed("http://169.254.169.254/latest")
    await played(works, job)
    assert (await works.job(job.id)).failure is Failure.VIDEO_GONE
    assert len(films.server.requests) == 1


async def test_the_loop_sees_to_a_lost_video(works: Works, films: FilmServer) -> None:
    """After a restart, from a row that says rendered and a folder that says nothing."""
    job = await lost(works, films)
    films.script.plan(*[404] * (MAX_UNREAD + 1))
    async with running(works, recovering=True) as tracker:
        await brought(works, tracker, job, State.FAILED)
    assert (await works.job(job.id)).failure is Failure.VIDEO_GONE


async def test_a_video_that_was_shown_meanwhile_is_not_marked_twice(
    works: Works, films: FilmServer
) -> None:
    """The second to write comes too late, and that is no fault."""
    job = await rendered(works, films)
    gate = works.messenger.on_deliver.hold()
    step = asyncio.create_task(deliver(works.bench, job))
    await gate.reached.wait()
    await works.database.write(
        rows.move_job, job.id, State.DELIVERED, works.clock.now(), told_at=works.clock.now()
    )
    gate.release()
    assert await step is None
    assert works.events(job).count("delivered") == 1


async def test_a_reader_that_is_killed_is_no_try_of_the_providers(
    works: Works, films: FilmServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often the system kills it: the job waits, its file stays, and it is delivered."""
    job = await works.processing(url=films.url)
    async with running(works, recovering=True) as tracker:
        with monkeypatch.context() as spoilt:
            spoilt_python(spoilt, tmp_path, "kill -9 $$")
            for _ in range(MAX_UNREAD + 1):
                await quiet(works, tracker)
                assert await works.state(job) is State.PROCESSING
                works.clock.advance(works.bench.pace.most_seconds)
            await quiet(works, tracker)
        works.clock.advance(works.bench.pace.most_seconds)
        await works.messenger.deliveries.reach(1)
        await quiet(works, tracker)
    assert await works.state(job) is State.DELIVERED
    assert films.server.paths == ["/film.mp4"]
    assert balances(works.database.path)["spent"] == PRICE
