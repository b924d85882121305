"""The one loop that sees to every job: in time, side by side, and whatever breaks."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from bot.credits import Payer
from bot.delivery.video import Video
from bot.errors import LookFailed, NotSubmitted
from bot.jobs import rows
from bot.jobs.bring import MAX_DELIVERIES, MAX_DELIVERY_RETRY_SECONDS, fetch
from bot.jobs.job import Job
from bot.jobs.queue import TOLD_ABOUT_PLACES, Limits
from bot.jobs.stages import Delivered, Next, Postponed, Stage
from bot.jobs.states import Failure, State
from bot.jobs.tracker import LINE_SECONDS, WIDTHS
from bot.providers.base import Completed, Processing, Queued
from tests.fakes import FakeMessenger
from tests.integration.jobs.conftest import ADA, BEN, PACE, FilmServer, Works
from tests.integration.jobs.driving import brought, quiet, running


async def begun(works: Works) -> None:
    """Wait until the tracker has begun what is due, where steps are held at gates."""
    for _ in range(3):
        await works.jobs.history(ADA)
        await works.clock.asleep()


async def test_a_job_is_brought_from_the_line_to_the_member(
    works: Works, films: FilmServer
) -> None:
    """One submit, looks until it is finished, one video, one delivery."""
    job = await works.held()
    works.provider.on_look.plan(Queued(), Processing(), LookFailed("html"), Completed(films.url))
    async with running(works) as tracker:
        await brought(works, tracker, job, State.DELIVERED)
    states = ["held", "submitting", "queued", "processing", "rendered", "delivered"]
    assert works.events(job) == states
    assert len(works.provider.submits) == 1
    assert len(works.provider.looks) == 4
    assert len(works.messenger.deliveries) == 1


async def test_looks_come_at_their_time_and_no_sooner(works: Works) -> None:
    """A job that is at the provider costs nothing between two looks."""
    job = await works.queued()
    async with running(works) as tracker:
        tracker.schedule(job.id, Next(Stage.LOOK, 10.0))
        works.clock.advance(9.9)
        await quiet(works, tracker)
        assert works.provider.looks == []
        works.clock.advance(0.1)
        await quiet(works, tracker)
        assert len(works.provider.looks) == 1
        works.clock.advance(PACE.most_seconds - 0.1)
        await quiet(works, tracker)
        assert len(works.provider.looks) == 1
        works.clock.advance(0.1)
        await works.provider.looks.reach(2)


async def test_a_later_plan_for_a_job_replaces_the_earlier(works: Works) -> None:
    """Nobody is looked after twice."""
    job = await works.queued()
    async with running(works) as tracker:
        tracker.schedule(job.id, Next(Stage.LOOK, 10.0))
        tracker.schedule(job.id, Next(Stage.LOOK, 20.0))
        works.clock.advance(10.0)
        await quiet(works, tracker)
        assert works.provider.looks == []
        works.clock.advance(10.0)
        await quiet(works, tracker)
        assert len(works.provider.looks) == 1


async def test_no_more_jobs_are_being_submitted_than_the_width_allows(works: Works) -> None:
    """The others wait in line, where a crash could not make them lost; each end lets one on."""
    width = WIDTHS[Stage.SUBMIT]
    jobs = [await works.held(Payer(1, number)) for number in range(width + 3)]
    gates = [works.provider.on_submit.hold() for _ in jobs]
    async with running(works):
        await works.provider.submits.reach(width)
        await begun(works)
        assert len(works.provider.submits) == width
        states = [await works.state(job) for job in jobs]
        assert states == [State.SUBMITTING] * width + [State.HELD] * 3
        gates[0].release()
        await works.provider.submits.reach(width + 1)
        await begun(works)
        assert len(works.provider.submits) == width + 1
        for gate in gates:
            gate.release()
        await works.provider.submits.reach(len(jobs))


async def test_no_more_videos_are_fetched_at_once_than_the_width_allows(
    works: Works, films: FilmServer
) -> None:
    """Downloads share the line and the disk."""
    width = WIDTHS[Stage.FETCH]
    jobs = [await works.processing(films.url) for _ in range(width + 1)]
    gates = [films.script.hold() for _ in range(width)]
    async with running(works) as tracker:
        for job in jobs:
            tracker.schedule(job.id, Next(Stage.FETCH))
        for gate in gates:
            await gate.reached.wait()
        await begun(works)
        assert len(films.server.requests) == width
        gates[0].release()
        await works.messenger.deliveries.reach(2)
        assert len(films.server.requests) == width + 1
        for gate in gates:
            gate.release()


async def test_a_stage_that_is_stuck_keeps_no_other_waiting(
    works: Works, films: FilmServer
) -> None:
    """While every download hangs, jobs are submitted and looked at."""
    works.provider.on_look.plan(*[Completed(films.url)] * WIDTHS[Stage.FETCH])
    gates = [films.script.hold() for _ in range(WIDTHS[Stage.FETCH])]
    async with running(works) as tracker:
        for job in [await works.queued() for _ in gates]:
            tracker.schedule(job.id, Next(Stage.LOOK))
        for gate in gates:
            await gate.reached.wait()
        other = await works.held(BEN)
        tracker.line_moved()
        await works.clock.run_until(works.provider.looks.reach(len(gates) + 1))
        assert works.provider.looks[-1] == (await works.job(other.id)).request_id
        for gate in gates:
            gate.release()


async def test_submits_rest_when_the_provider_is_out_of_reach(works: Works) -> None:
    """Nobody is submitted until the rest is over, whoever comes; then everybody is."""
    first = await works.held()
    works.provider.on_submit.plan(NotSubmitted("no connection", retry_after_seconds=60.0))
    async with running(works) as tracker:
        await quiet(works, tracker)
        assert await works.state(first) is State.HELD
        second = await works.held(BEN)
        tracker.line_moved()
        works.clock.advance(59.9)
        await quiet(works, tracker)
        assert len(works.provider.submits) == 1
        works.clock.advance(0.1)
        await quiet(works, tracker)
        assert len(works.provider.submits) == 3
        assert await works.state(first) is await works.state(second) is State.QUEUED


async def test_looks_go_on_while_submits_rest(works: Works) -> None:
    """What the provider has already is not forgotten over that."""
    job = await works.queued(BEN)
    await works.held()
    works.provider.on_submit.plan(NotSubmitted("no connection", retry_after_seconds=3600.0))
    async with running(works) as tracker:
        await quiet(works, tracker)
        tracker.schedule(job.id, Next(Stage.LOOK, 30.0))
        works.clock.advance(30.0)
        await quiet(works, tracker)
        assert len(works.provider.looks) == 1


@pytest.mark.parametrize("stage", [Stage.LOOK, Stage.FETCH, Stage.DELIVER])
async def test_a_fault_of_ours_does_not_cost_the_job(
    works: Works, films: FilmServer, stage: Stage
) -> None:
    """A step that breaks is taken again, after the longest pace; the video arrives."""
    fault = LookupError("a fault of ours")
    if stage is Stage.LOOK:
        works.provider.on_look.plan(fault)
    if stage is Stage.DELIVER:
        works.messenger.on_deliver.plan(fault)
    works.provider.sighting = Completed(films.url)
    job = await works.held()
    part = works.bench.archive.folder / f"{job.id}.part"
    if stage is Stage.FETCH:
        part.mkdir(parents=True)  # a folder where the file should be
    async with running(works) as tracker:
        if stage is Stage.FETCH:
            await brought(works, tracker, job, State.PROCESSING)
            part.rmdir()
        await brought(works, tracker, job, State.DELIVERED)
    assert len(works.provider.submits) == 1


async def test_a_fault_of_ours_in_a_submit_is_not_sent_again(works: Works) -> None:
    """The provider hands out an id that another job has: nobody can tell whose video comes."""
    taken = await works.queued(BEN)
    assert taken.request_id is not None
    works.provider.on_submit.plan(taken.request_id)
    job = await works.held()
    async with running(works) as tracker:
        await quiet(works, tracker)
    assert (await works.job(job.id)).failure is Failure.OUTCOME_UNKNOWN
    assert len(works.provider.submits) == 1


async def test_a_line_that_moves_is_shown_to_those_in_front(works: Works) -> None:
    """They see their new place; those far behind are not worth an edit each."""
    jobs = [await works.held(Payer(1, number)) for number in range(TOLD_ABOUT_PLACES + 3)]
    gate = works.provider.on_submit.hold()
    async with running(works, Limits(1, 0, 0)):
        await gate.reached.wait()
        told = {job.id for job in jobs[1 : TOLD_ABOUT_PLACES + 1]}
        assert set(works.messenger.changes) == told
        gate.release()


async def test_a_place_that_becomes_free_is_taken_at_once(works: Works, films: FilmServer) -> None:
    """When a video is here the next job goes, without waiting for the next look at the line."""
    first, second = await works.held(), await works.held()
    works.provider.sighting = Completed(films.url)
    async with running(works, Limits(1, 0, 0)) as tracker:
        await quiet(works, tracker)
        assert await works.state(second) is State.HELD
        works.clock.advance(PACE.least_seconds)
        await quiet(works, tracker)
        assert await works.state(first) is State.DELIVERED
        assert await works.state(second) is State.QUEUED


async def test_the_line_is_looked_at_from_time_to_time(works: Works) -> None:
    """Other processes free places too, and tell nobody here."""
    async with running(works) as tracker:
        await quiet(works, tracker)
        await works.held()
        works.clock.advance(LINE_SECONDS - 0.1)
        await quiet(works, tracker)
        assert works.provider.submits == []
        works.clock.advance(0.1)
        await quiet(works, tracker)
        assert len(works.provider.submits) == 1


async def test_a_job_of_another_process_is_left_alone(works: Works) -> None:
    """It was taken over meanwhile: its step is not taken here."""
    job = await works.queued()
    await works.database.write(rows.update_job, job.id, worker=99)
    async with running(works) as tracker:
        tracker.schedule(job.id, Next(Stage.LOOK))
        await quiet(works, tracker)
    assert works.provider.looks == []


@pytest.mark.parametrize("stage", [Stage.SUBMIT, Stage.LOOK, Stage.FETCH, Stage.DELIVER])
async def test_a_step_that_is_no_longer_due_is_not_taken(works: Works, stage: Stage) -> None:
    """A job that is over is not submitted, looked at, fetched or delivered again."""
    view = await works.jobs.create(works.request(), works.order())
    await works.jobs.withdraw(view.job.id)
    async with running(works) as tracker:
        tracker.schedule(view.job.id, Next(stage))
        await quiet(works, tracker)
    assert (works.provider.submits, works.provider.looks) == ([], [])
    assert works.messenger.deliveries == []


async def test_a_delivery_that_rests_is_woken_when_a_door_opens(
    works: Works, films: FilmServer
) -> None:
    """At once, and with its patience back: where that fails, the next try comes soon."""
    job = await works.processing(films.url)
    await fetch(works.bench, job)
    works.bench.failures[job.id, Stage.DELIVER] = MAX_DELIVERIES - 2
    works.messenger.on_deliver.plan(*[Postponed("closed")] * 3)
    async with running(works) as tracker:
        tracker.schedule(job.id, Next(Stage.DELIVER))
        for seconds in (0.0, MAX_DELIVERY_RETRY_SECONDS, 100_000.0):
            works.clock.advance(seconds)
            await quiet(works, tracker)
        assert len(works.messenger.deliveries) == 2
        tracker.deliver_now([job.id])
        await quiet(works, tracker)
        assert len(works.messenger.deliveries) == 3
        works.clock.advance(PACE.least_seconds)
        await quiet(works, tracker)
    assert await works.state(job) is State.DELIVERED
    assert len(works.messenger.deliveries) == 4


async def test_a_delivery_under_way_is_not_begun_twice(works: Works, films: FilmServer) -> None:
    """A door that opens meanwhile changes nothing for it."""
    job = await works.processing(films.url)
    gate = works.messenger.on_deliver.hold()
    async with running(works) as tracker:
        tracker.schedule(job.id, Next(Stage.FETCH))
        await gate.reached.wait()
        tracker.deliver_now([job.id])
        await begun(works)
        gate.release()
        await quiet(works, tracker)
    assert await works.state(job) is State.DELIVERED
    assert len(works.messenger.deliveries) == 1


async def test_a_door_that_opens_during_a_try_is_tried_at_once(
    works: Works, films: FilmServer
) -> None:
    """The try under way may have met it while it was shut: the next one does not wait its time."""
    job = await works.processing(films.url)
    gate = works.messenger.on_deliver.hold(Postponed("closed"))
    async with running(works) as tracker:
        tracker.schedule(job.id, Next(Stage.FETCH))
        await gate.reached.wait()
        tracker.deliver_now([job.id])
        gate.release()
        await quiet(works, tracker)
    assert await works.state(job) is State.DELIVERED
    assert len(works.messenger.deliveries) == 2


async def test_deliveries_that_wait_for_a_copy_hold_up_no_others(
    works: Works, films: FilmServer
) -> None:
    """A lane's width is of those who work; who comes back takes a place, or waits for one."""
    waiting: set[int] = set()
    at_work, most, made = 0, 0, asyncio.Event()

    class Converting(FakeMessenger):
        """A messenger that has to convert the first videos."""

        async def deliver(self, job: Job, video: Video | None) -> Delivered | Postponed:
            """Wait for the copy aside, and then for the upload."""
            nonlocal at_work, most
            if len(waiting) < 2 * WIDTHS[Stage.DELIVER]:
                waiting.add(job.id)
                async with tracker.aside():
                    await made.wait()
            at_work += 1
            most = max(most, at_work)
            await asyncio.sleep(0)
            at_work -= 1
            return await super().deliver(job, video)

    messenger = Converting()
    works = works.telling(messenger)
    jobs = [await works.processing(films.url) for _ in range(2 * WIDTHS[Stage.DELIVER] + 1)]
    for job in jobs:
        await fetch(works.bench, job)
    async with running(works) as tracker:
        for job in jobs:
            tracker.schedule(job.id, Next(Stage.DELIVER))
        await messenger.deliveries.reach(1)
        assert len(waiting) == len(jobs) - 1
        made.set()
        await quiet(works, tracker)
    assert len(messenger.deliveries) == len(jobs)
    assert most <= WIDTHS[Stage.DELIVER]


async def test_a_locked_database_costs_no_job(impatient: Works, films: FilmServer) -> None:
    """Neither in the line nor in a step: it goes on when the lock is gone."""
    works = impatient
    waiting, seen = await works.held(), await works.queued(BEN)
    works.provider.sighting = Completed(films.url)
    with closing(sqlite3.connect(works.database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        async with running(works) as tracker:
            tracker.schedule(seen.id, Next(Stage.LOOK))
            await quiet(works, tracker)
            other.execute("ROLLBACK")
            await brought(works, tracker, waiting, State.DELIVERED)
            await brought(works, tracker, seen, State.DELIVERED)


async def test_a_stop_waits_for_a_submit_under_way(works: Works) -> None:
    """Its outcome is written: cut off it would end as lost."""
    job = await works.held()
    gate = works.provider.on_submit.hold("their-id")
    tracker = works.tracker()
    task = asyncio.create_task(tracker.run())
    await gate.reached.wait()
    task.cancel()
    stop = asyncio.create_task(tracker.stop())
    await works.state(job)
    assert not stop.done()
    gate.release()
    await stop
    after = await works.job(job.id)
    assert (after.state, after.request_id) == (State.QUEUED, "their-id")


async def test_a_stop_cuts_everything_else_short(works: Works, films: FilmServer) -> None:
    """Looks, downloads and deliveries are begun again at the next start: their rows tell."""
    looked, fetched = await works.queued(), await works.processing(films.url, ADA)
    look, download = works.provider.on_look.hold(), films.script.hold()
    async with running(works) as tracker:
        tracker.schedule(looked.id, Next(Stage.LOOK))
        tracker.schedule(fetched.id, Next(Stage.FETCH))
        await look.reached.wait()
        await download.reached.wait()
    assert await works.state(looked) is State.QUEUED
    assert await works.state(fetched) is State.PROCESSING
    download.release()


async def test_a_stop_leaves_in_line_what_was_not_sent(works: Works) -> None:
    """A job that is made ready still waits, as its row says: nobody is waited for."""
    job = await works.held()
    gate = works.provider.on_turn.hold()
    async with running(works):
        await gate.reached.wait()
    assert await works.state(job) is State.HELD
    assert works.events(job) == ["held"]


async def test_what_may_be_sent_is_never_taken_back(works: Works) -> None:
    """That no step of this process is under way says nothing of what a dead one has sent."""
    job = await works.submitting()
    tracker = works.tracker()
    await tracker.stop()
    assert await works.state(job) is State.SUBMITTING
    async with running(works) as tracker:
        await quiet(works, tracker)
    assert await works.state(job) is State.SUBMITTING
    assert works.provider.submits == []


async def test_a_stop_with_nothing_under_way_is_done_at_once(works: Works) -> None:
    """Nobody is waited for."""
    async with running(works):
        await works.clock.asleep()
