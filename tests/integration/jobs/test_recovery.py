"""Whatever a process left behind is taken up: its own after a restart, another's when it died."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest
from yarl import URL

from bot.jobs import rows
from bot.jobs.bring import fetch
from bot.jobs.job import Job
from bot.jobs.recovery import ORPHANS_SECONDS, STRAY_AFTER
from bot.jobs.service import Asker
from bot.jobs.stages import Unseen
from bot.jobs.states import Failure, State
from bot.storage import Database
from tests.books import balances, query
from tests.integration.jobs.conftest import ADA, BEN, PRICE, FilmServer, Works, new_works
from tests.integration.jobs.driving import brought, quiet, running


async def restart(works: Works) -> None:
    """Take up everything as a start does, and let the tracker do what is due."""
    async with running(works, recovering=True) as tracker:
        await quiet(works, tracker)


async def test_a_job_that_was_not_shown_is_withdrawn(works: Works) -> None:
    """Nobody can tell whether Discord took the first response: nothing is sent or charged."""
    view = await works.jobs.create(works.request(), works.order())
    await restart(works)
    job = await works.job(view.job.id)
    assert (job.state, job.failure) == (State.CANCELLED, Failure.NEVER_SHOWN)
    assert balances(works.database.path)["held"] == 0
    assert works.provider.submits == []
    assert works.messenger.changes == [job.id]


async def test_a_job_whose_message_stands_goes_on(works: Works) -> None:
    """A stop between Discord's answer and its being written down costs the member nothing."""
    view = await works.jobs.create(works.request(), works.order())
    works.messenger.on_find.plan(77)
    await restart(works)
    assert await works.state(view.job) is State.QUEUED
    assert (await works.database.read(rows.get_message, view.job.id)).message_id == 77


async def test_a_job_that_discord_cannot_be_asked_about_waits_until_it_can(works: Works) -> None:
    """Not knowing is no proof that nobody sees it: asked when a door opens, and in each round."""
    stands, gone = [(await works.jobs.create(works.request(), works.order())).job for _ in range(2)]
    works.messenger.on_find.plan(*[Unseen.UNKNOWN] * 4)
    works = works.restarted()
    async with running(works) as tracker:
        recovery = works.recovery(tracker)
        await recovery.start()
        await recovery.ask_again()
        assert {await works.state(job) for job in (stands, gone)} == {State.HELD}
        works.messenger.on_find.plan(77, Unseen.ABSENT)
        task = asyncio.create_task(recovery.run())
        await works.clock.asleep(2)
        works.clock.advance(ORPHANS_SECONDS)
        await works.messenger.finds.reach(6)
        await works.clock.asleep(2)
        await quiet(works, tracker)
        task.cancel()
    states = [await works.state(job) for job in (stands, gone)]
    assert sorted(states) == [State.CANCELLED, State.QUEUED]
    assert balances(works.database.path)["held"] == PRICE


async def test_what_was_settled_meanwhile_is_not_asked_about(works: Works) -> None:
    """The member was faster, or the command itself: a deleted message would end the job."""
    cancelled, shown = [
        (await works.jobs.create(works.request(), works.order())).job for _ in range(2)
    ]
    works.messenger.on_find.plan(*[Unseen.UNKNOWN] * 2)
    works = works.restarted()
    async with running(works) as tracker:
        recovery = works.recovery(tracker)
        await recovery.start()
        await works.jobs.cancel(cancelled.id, Asker(ADA, manages_guild=False))
        await works.jobs.announce(shown.id, 77)
        await recovery.ask_again()
    assert len(works.messenger.finds) == 2
    assert await works.state(shown) is not State.CANCELLED


async def test_a_job_in_line_waits_on_and_is_submitted(works: Works) -> None:
    """Its place is its number."""
    job = await works.held()
    await restart(works)
    assert await works.state(job) is State.QUEUED
    assert len(works.provider.submits) == 1


async def test_a_job_that_may_have_been_sent_is_lost(works: Works) -> None:
    """It is never sent again; the credits go back and the member is told."""
    job = await works.submitting()
    await restart(works)
    after = await works.job(job.id)
    assert (after.state, after.failure) == (State.LOST, Failure.OUTCOME_UNKNOWN)
    assert balances(works.database.path)["held"] == 0
    assert works.provider.submits == []
    assert works.messenger.changes == [job.id]


@pytest.mark.parametrize("state", [State.QUEUED, State.PROCESSING])
async def test_a_job_at_the_provider_is_looked_after_at_once(works: Works, state: State) -> None:
    """Its request's id is in the row."""
    job = await works.queued() if state is State.QUEUED else await works.processing()
    await restart(works)
    assert works.provider.looks == [job.request_id]
    assert works.provider.submits == []


async def test_a_video_whose_address_is_known_is_fetched_without_asking_again(
    works: Works, films: FilmServer
) -> None:
    """The provider may have forgotten the request; a half download is begun anew."""
    job = await works.processing(films.url)
    part = works.bench.archive.folder / f"{job.id}.part"
    part.parent.mkdir()
    part.write_bytes(b"half a download")
    await restart(works)
    assert await works.state(job) is State.DELIVERED
    assert works.provider.looks == []
    assert balances(works.database.path)["spent"] == PRICE


async def test_a_video_on_the_disk_is_delivered_and_not_paid_again(
    works: Works, films: FilmServer
) -> None:
    """It is not fetched again either."""
    job = await works.processing(films.url)
    await fetch(works.bench, job)
    await restart(works)
    assert await works.state(job) is State.DELIVERED
    assert len(films.server.requests) == len(works.messenger.deliveries) == 1
    assert balances(works.database.path)["spent"] == PRICE


async def test_an_end_that_was_not_told_is_told(works: Works) -> None:
    """A refund without a word would be silence; one that was told is not told again."""
    jobs = [await works.jobs.create(works.request(), works.order()) for _ in range(2)]
    for view in jobs:
        await works.jobs.withdraw(view.job.id)
    await works.database.write(rows.update_job, jobs[0].job.id, told_at=works.clock.now())
    works.messenger.changes.clear()
    await restart(works)
    assert works.messenger.changes == [jobs[1].job.id]


async def test_a_restart_with_everything_over_does_nothing(works: Works, films: FilmServer) -> None:
    """What was delivered stays so."""
    job = await works.processing(films.url)
    await restart(works)
    events = works.events(job)
    works.messenger.changes.clear()
    await restart(works)
    assert works.events(job) == events
    assert works.messenger.changes == []
    assert len(works.messenger.deliveries) == 1


@pytest.fixture
async def second(works: Works, database: Database, tmp_path: Path) -> AsyncIterator[Works]:
    """Give the parts of a second process on the same file."""
    second = new_works(database, URL(works.provider.origin), tmp_path)
    assert second.worker.number != works.worker.number
    yield second
    second.worker.leave()


async def test_a_living_process_keeps_its_jobs(works: Works, second: Works) -> None:
    """Nobody takes what is looked after."""
    job = await works.queued()
    await restart(second)
    assert second.provider.looks == []
    assert (await works.job(job.id)).worker == works.worker.number


async def test_the_jobs_of_a_dead_process_are_taken_over(
    works: Works, second: Works, films: FilmServer
) -> None:
    """Each according to where it stood, as after a restart of its own; once."""
    unshown = (await works.jobs.create(works.request(), works.order())).job
    held, sent = await works.held(), await works.submitting(BEN)
    queued, processing = await works.queued(), await works.processing(films.url)
    works.worker.leave()
    await restart(second)

    async def state(job: Job) -> tuple[State, int]:
        now = await works.job(job.id)
        return now.state, now.worker

    number = second.worker.number
    assert await state(unshown) == (State.CANCELLED, number)
    assert await state(held) == (State.QUEUED, number)
    assert await state(sent) == (State.LOST, number)
    assert await state(queued) == (State.PROCESSING, number)
    assert await state(processing) == (State.DELIVERED, number)
    assert len(second.provider.submits) == 1
    assert works.provider.submits == []


async def test_the_number_of_a_dead_process_is_free_again_afterwards(
    works: Works, second: Works
) -> None:
    """Its lock is held only while its jobs are taken over."""
    await works.queued()
    works.worker.leave()
    await restart(second)
    lock = second.worker.try_lock(works.worker.number)
    assert lock is not None
    lock.release()


async def test_a_running_process_looks_for_orphans_from_time_to_time(
    works: Works, second: Works
) -> None:
    """A process that dies later is noticed without a restart."""
    job = await works.queued()
    async with running(second) as tracker:
        recovery = second.recovery(tracker)
        await recovery.start()
        task = asyncio.create_task(recovery.run())
        await second.clock.asleep(2)
        works.worker.leave()
        second.clock.advance(ORPHANS_SECONDS)
        await second.provider.looks.reach(1)
        task.cancel()
    assert (await works.job(job.id)).worker == second.worker.number


async def test_a_command_that_came_to_nothing_is_withdrawn_in_time(works: Works) -> None:
    """A job held for a message that never came gives its credits back; one that is shown waits."""
    stray = (await works.jobs.create(works.request(), works.order())).job
    async with running(works) as tracker:
        task = asyncio.create_task(works.recovery(tracker).run())
        await works.clock.asleep(2)
        works.clock.advance(STRAY_AFTER.total_seconds() - 1)
        young = (await works.jobs.create(works.request(), works.order())).job
        await works.clock.asleep(2)
        works.clock.advance(ORPHANS_SECONDS)
        await works.messenger.changes.reach(1)
        task.cancel()
    assert (await works.job(stray.id)).failure is Failure.NEVER_SHOWN
    assert await works.state(young) is State.HELD


class LockAtFirstChange:
    """A messenger during whose first message another process takes the database's lock."""

    def __init__(self, other: sqlite3.Connection, works: Works) -> None:
        self._other = other
        self._told = works.messenger
        self.deliver = works.messenger.deliver
        self.shut_out = works.messenger.shut_out
        self.telling = works.messenger.telling
        self.find_response = works.messenger.find_response

    def changed(self, job_id: int) -> None:
        """Note it, and lock the database."""
        if not self._told.changes:
            self._other.execute("BEGIN IMMEDIATE")
        self._told.changed(job_id)


async def test_a_lock_in_the_middle_of_a_recovery_leaves_nobody_behind(
    impatient: Works,
) -> None:
    """The jobs were adopted already: nobody would look for them again before the next start."""
    for _ in range(2):
        await impatient.jobs.create(impatient.request(), impatient.order())
    queued = await impatient.queued()
    with closing(
        sqlite3.connect(impatient.database.path, isolation_level=None, check_same_thread=False)
    ) as other:
        works = impatient.telling(LockAtFirstChange(other, impatient)).restarted()
        async with running(works) as tracker:
            start = asyncio.create_task(works.recovery(tracker).start())
            await works.messenger.changes.reach(1)
            await works.clock.asleep(2)
            other.execute("ROLLBACK")
            await works.clock.run_until(works.messenger.changes.reach(2))
            await start
            await brought(works, tracker, queued, State.PROCESSING)
    states = query(works.database.path, "SELECT state FROM jobs ORDER BY id")
    assert states == [("cancelled",), ("cancelled",), ("processing",)]


async def test_a_command_that_ends_late_does_not_end_the_recovery(impatient: Works) -> None:
    """Two find the same stray: whoever is second goes on with the next one."""
    works = impatient
    first, second = [
        (await works.jobs.create(works.request(), works.order())).job for _ in range(2)
    ]
    works.clock.advance(STRAY_AFTER.total_seconds() + 1)
    async with running(works) as tracker:
        with closing(sqlite3.connect(works.database.path, isolation_level=None)) as other:
            task = asyncio.create_task(works.recovery(tracker).run())
            await quiet(works, tracker)
            await works.clock.asleep(2)
            other.execute("BEGIN IMMEDIATE")
            works.clock.advance(ORPHANS_SECONDS)
            await quiet(works, tracker)
            await works.clock.asleep(2)
            other.execute("ROLLBACK")
        await works.jobs.withdraw(first.id)
        await works.clock.run_until(works.messenger.changes.reach(2))
        assert not task.done()
        task.cancel()
    assert works.messenger.changes == [first.id, second.id]
    assert await works.state(second) is State.CANCELLED
