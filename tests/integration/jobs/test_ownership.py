"""Whose a job is: a process that lost its jobs writes nothing, and no submit is ever taken back."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from bot.credits import release
from bot.credits.ledger import Posting
from bot.errors import NotSubmitted, StaleTransition
from bot.jobs import rows
from bot.jobs.queue import UNLIMITED, Limits
from bot.jobs.recovery import ORPHANS_SECONDS, _lose_cut_off, _take_over
from bot.jobs.stages import Next, Stage
from bot.jobs.states import Failure, State
from bot.jobs.submit import submit
from bot.providers.base import Completed
from bot.storage import Database
from bot.storage.workers import begin_epoch
from tests.books import balances
from tests.integration.jobs.conftest import BEN, FilmServer, Works, new_works
from tests.integration.jobs.driving import quiet, running

LOST = Failure.OUTCOME_UNKNOWN
Logs = Sequence[Mapping[str, Any]]


@pytest.fixture
async def other(works: Works, database: Database, tmp_path: Path) -> AsyncIterator[Works]:
    """Give the parts of a second process on the same file."""
    other = new_works(database, URL(works.provider.origin), tmp_path)
    yield other
    other.worker.leave()


async def taken_over(works: Works, other: Works) -> None:
    """Let another process take this one's jobs, as if it had been found dead."""
    await other.database.write(_take_over, other.bench, works.worker.number, other.owner)


async def test_each_start_with_a_number_is_another_owner(works: Works) -> None:
    """Numbers are used again; what the process before left is told from what is its own."""
    owners = [await works.database.write(begin_epoch, number) for number in (1, 1, 2, 1)]
    assert [(owner.worker, owner.epoch) for owner in owners] == [(1, 1), (1, 2), (2, 1), (1, 3)]


async def test_who_lost_a_job_writes_nothing_to_it(works: Works, other: Works) -> None:
    """Neither a state nor an end, nor what it has learned: the guard is in each statement."""
    held, queued = await works.held(), await works.queued(BEN)
    await taken_over(works, other)

    for write in (
        works.bench.move(queued, State.PROCESSING),
        works.bench.end(queued, State.FAILED, Failure.PROVIDER_FAILED),
        works.database.write(rows.update_job, queued.id, queued.owner, result_url="http://x"),
    ):
        with pytest.raises(StaleTransition):
            await write

    assert not await works.database.write(rows.begin_submit, held, UNLIMITED, works.clock.now())
    after = await works.job(queued.id)
    assert (after.state, after.result_url, after.owner) == (State.QUEUED, None, other.owner)


async def test_a_submit_that_was_taken_over_stays_lost_and_its_answer_is_not_written(
    works: Works, other: Works
) -> None:
    """The other found it submitting and refunded it; the request's id comes too late."""
    job = await works.held()
    gate = works.provider.on_submit.hold("their-id")
    async with running(works) as tracker:
        await gate.reached.wait()
        await taken_over(works, other)
        gate.release()
        await quiet(works, tracker)
    after = await works.job(job.id)
    assert (after.state, after.failure, after.request_id) == (
        State.LOST,
        Failure.OUTCOME_UNKNOWN,
        None,
    )
    assert balances(works.database.path)["held"] == 0
    assert len(works.provider.submits) == 1


async def test_adoption_and_its_outcome_are_one_transaction(works: Works, other: Works) -> None:
    """No moment lies between them in which a stop or a crash could find a row of nobody's."""
    submitting, queued = await works.submitting(), await works.queued(BEN)
    await taken_over(works, other)
    lost, taken = await works.job(submitting.id), await works.job(queued.id)
    assert (lost.state, lost.owner) == (State.LOST, other.owner)
    assert (taken.state, taken.owner) == (State.QUEUED, other.owner)


async def test_a_start_that_fails_leaves_what_may_be_sent_as_it_is(works: Works) -> None:
    """Stopped before it took anything up: the row says submitting, and the next start loses it."""
    job = await works.submitting()
    late = works.restarted()
    await late.tracker().stop()
    assert await works.state(job) is State.SUBMITTING
    async with running(works, recovering=True) as tracker:
        await quiet(works, tracker)
    assert await works.state(job) is State.LOST
    assert works.provider.submits == []


async def test_a_row_that_is_submitting_without_a_step_is_lost_in_the_round(works: Works) -> None:
    """Its step broke off where nothing more could be written: refunded, and never sent again."""
    job = await works.submitting()
    async with running(works) as tracker:
        task = asyncio.create_task(works.recovery(tracker).run())
        await quiet(works, tracker)
        works.clock.advance(ORPHANS_SECONDS)
        await works.messenger.changes.reach(1)
        task.cancel()
    assert await works.state(job) is State.LOST
    assert works.provider.submits == []


async def test_the_round_leaves_a_submit_that_is_under_way(works: Works) -> None:
    """Its step will write what comes of it, however long the provider takes."""
    job = await works.held()
    gate = works.provider.on_submit.hold("their-id")
    async with running(works) as tracker:
        await gate.reached.wait()
        await works.recovery(tracker)._lose_unsent()
        assert await works.state(job) is State.SUBMITTING
        gate.release()
        await quiet(works, tracker)
    assert (await works.job(job.id)).request_id == "their-id"


async def test_a_submit_that_is_accepted_during_the_round_is_not_lost(works: Works) -> None:
    """The round has read the row as submitting, and the answer is written before it acts."""
    job = await works.submitting()
    await works.bench.move(job, State.QUEUED, request_id="their-id")
    assert not await works.database.write(_lose_cut_off, works.bench, job)
    assert await works.state(job) is State.QUEUED


# --- the moment before the request -----------------------------------------------------------


async def test_a_job_stays_held_until_the_key_s_limit_lets_it_go(works: Works) -> None:
    """It can be cancelled meanwhile, and then nothing is sent."""
    job = await works.held()
    gate = works.provider.on_turn.hold()
    async with running(works) as tracker:
        await gate.reached.wait()
        assert await works.state(job) is State.HELD
        await works.jobs.withdraw(job.id)
        gate.release()
        await quiet(works, tracker)
    assert await works.state(job) is State.CANCELLED
    assert (works.provider.submits, works.events(job)) == ([], ["held", "cancelled"])


async def test_the_limits_are_asked_again_right_before_the_request(
    works: Works, other: Works
) -> None:
    """Two processes whose turn it is at the same moment send no more than the limits allow."""
    mine, theirs = await works.held(), await other.held(BEN)
    limits = Limits(1, 0, 0)
    assert await submit(works.bench, mine, limits) == Next(Stage.LOOK, 2.0)
    assert await submit(other.bench, theirs, limits) is None
    assert await works.state(theirs) is State.HELD
    assert other.provider.submits == []


@pytest.mark.parametrize("known", [False, True], ids=["found out", "known"])
async def test_a_pause_of_one_provider_holds_nobody_else_s_jobs(works: Works, known: bool) -> None:
    """Eight wait for a provider that asked to be left alone; another's is sent at once."""
    works.keys.add("aimlapi")
    paused = [await works.held() for _ in range(9)]
    going = await works.held(BEN)
    await works.database.write(rows.update_job, going.id, provider="aimlapi")
    works.provider.on_turn.plan(*[NotSubmitted("429", 3600.0)] * 8)
    works.provider.paused_for_seconds = 3600.0 if known else 0.0
    async with running(works) as tracker:
        await quiet(works, tracker)
        assert await works.state(going) is State.QUEUED
    assert {await works.state(job) for job in paused} == {State.HELD}
    assert (len(works.provider.submits), len(works.second.submits)) == (0, 1)


async def test_a_provider_that_says_when_to_come_again_is_no_failed_try(works: Works) -> None:
    """However often it asks to wait, the job waits on, and no other provider is asked."""
    job = await works.held()
    for _ in range(20):
        works.provider.on_submit.plan(NotSubmitted("429", 30.0))
        await submit(works.bench, job)
    assert await works.state(job) is State.HELD
    assert works.bench.failures == {}


async def test_slow_downloads_of_one_provider_keep_no_other_s_waiting(
    works: Works, films: FilmServer
) -> None:
    """Each provider has its own width."""
    slow = [await works.processing(films.url) for _ in range(4)]
    quick = await works.processing(films.url, BEN)
    await works.database.write(rows.update_job, quick.id, provider="aimlapi")
    gates = [films.script.hold() for _ in range(3)]
    async with running(works) as tracker:
        for job in slow:
            tracker.schedule(job.id, Next(Stage.FETCH), job.provider)
        for gate in gates:
            await gate.reached.wait()
        tracker.schedule(quick.id, Next(Stage.FETCH), "aimlapi")
        await works.messenger.deliveries.reach(1)
        assert works.messenger.deliveries[0][0].id == quick.id
        for gate in gates:
            gate.release()


# --- faults of single rows -------------------------------------------------------------------


async def test_a_row_whose_hold_was_ended_by_hand_stops_nobody(
    works: Works, films: FilmServer, logs: Logs
) -> None:
    """It is logged with its number, once, and left to the operator; all others are taken up."""
    bad, good = await works.submitting(), await works.processing(films.url, BEN)
    lost = await works.submitting(BEN)
    await works.database.write(release, Posting(works.clock.now(), 0, "by hand", bad.id))
    works.provider.sighting = Completed(films.url)
    async with running(works, recovering=True) as tracker:
        await quiet(works, tracker)
        await works.restarted().recovery(tracker)._lose_unsent()
    assert await works.state(good) is State.DELIVERED
    assert await works.state(lost) is State.LOST
    assert await works.state(bad) is State.SUBMITTING
    faults = [entry for entry in logs if entry["event"] == "recovery.fault"]
    assert [entry["job"] for entry in faults] == [bad.id]
    await works.database.write(rows.move_job, bad.id, State.LOST, works.clock.now(), failure=LOST)
