"""Bringing a finished video home and to the member."""

import asyncio
from pathlib import Path

import pytest

from bot.jobs import rows
from bot.jobs.bring import LATE_AFTER, MAX_DELIVERIES, MAX_UNREAD, MAX_UNUSABLE, deliver, fetch
from bot.jobs.job import Job
from bot.jobs.stages import Delivered, Next, Postponed, Stage
from bot.jobs.states import Failure, State
from tests.books import balances, query
from tests.files import names_in
from tests.integration.jobs.conftest import PRICE, FilmServer, Works


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
    assert works.messenger.changes == [job.id]


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


async def test_an_address_that_must_not_be_fetched_is_refunded(
    works: Works, films: FilmServer
) -> None:
    """A private address, or one that is no web address: nobody is asked, the credits go back."""
    job = await works.processing(url="http://169.254.169.254/latest")
    for _ in range(MAX_UNUSABLE):
        await fetch(works.bench, job)
    assert await works.state(job) is State.FAILED
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


async def test_a_video_whose_file_is_gone_waits_for_the_file(
    works: Works, films: FilmServer
) -> None:
    """The operator can restore it; nothing is delivered meanwhile and nothing is refunded."""
    job = await rendered(works, films)
    file = works.bench.archive.path(job.id)
    away = file.rename(Path(f"{file}.away"))
    for failures in (0, MAX_DELIVERIES):
        works.bench.failures[job.id, Stage.DELIVER] = failures
        following = await deliver(works.bench, job)
        assert following is not None
    assert works.messenger.deliveries == []
    away.rename(file)
    await deliver(works.bench, job)
    assert await works.state(job) is State.DELIVERED
    assert balances(works.database.path)["spent"] == PRICE


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
