"""Handing a job to its provider: every outcome, each written down once and never repeated."""

import asyncio
import sqlite3
from contextlib import closing
from typing import Any

import pytest

from bot.errors import (
    KeyRejected,
    ModelRetired,
    NotSubmitted,
    OutcomeUnknown,
    OutOfCredits,
    RequestRejected,
    SubmitRefused,
)
from bot.jobs import rows
from bot.jobs.job import Job
from bot.jobs.stages import Next, Rest, Stage
from bot.jobs.states import Failure, State
from bot.jobs.submit import MAX_RETRY_SECONDS, MAX_SUBMITS, submit
from tests.books import balances
from tests.integration.jobs.conftest import PACE, PRICE, Works


async def test_an_accepted_job_is_queued_under_its_request_s_id(works: Works) -> None:
    """What was ordered is sent once; the first look comes after the least wait."""
    job = await works.held()
    works.provider.on_submit.plan("their-id")
    works.clock.advance(3)
    assert await submit(works.bench, job) == Next(Stage.LOOK, PACE.least_seconds)
    after = await works.job(job.id)
    assert (after.state, after.request_id) == (State.QUEUED, "their-id")
    assert after.submitted_at == works.clock.now()
    assert works.provider.submits == [works.order()]
    assert (works.order().prompt, works.order().price) == (job.prompt, PRICE)
    assert works.messenger.changes == [job.id]


@pytest.mark.parametrize(
    ("refusal", "failure"),
    [
        (KeyRejected("401"), Failure.KEY_REJECTED),
        (OutOfCredits("406"), Failure.OUT_OF_CREDITS),
        (ModelRetired("410"), Failure.MODEL_RETIRED),
        (RequestRejected("406"), Failure.REQUEST_REJECTED),
        (SubmitRefused("?"), Failure.REQUEST_REJECTED),
    ],
    ids=lambda each: type(each).__name__,
)
async def test_a_definite_no_ends_the_job_and_gives_the_credits_back(
    works: Works, refusal: SubmitRefused, failure: Failure
) -> None:
    """Each kind of refusal has its reason, and the member is told."""
    job = await works.held()
    works.provider.on_submit.plan(refusal)
    assert await submit(works.bench, job) is None
    await assert_ended(works, job, State.FAILED, failure)


async def assert_ended(works: Works, job: Job, state: State, failure: Failure) -> None:
    """Check that a job is over, its credits are back and its message is shown anew."""
    after = await works.job(job.id)
    assert (after.state, after.failure) == (state, failure)
    assert after.told_at is None, "the messenger has not told it yet"
    assert balances(works.database.path)["allowance"] == 0
    assert balances(works.database.path)["held"] == 0
    assert works.messenger.changes[-1] == job.id


async def test_a_job_that_did_not_reach_the_provider_goes_back_in_line(works: Works) -> None:
    """It keeps its credits; the provider is left alone for longer each time."""
    job = await works.held()
    rests = []
    for _ in range(3):
        works.provider.on_submit.plan(NotSubmitted("no connection"))
        rests.append(await submit(works.bench, job))
        assert await works.state(job) is State.HELD
    assert rests == [Rest("segmind", seconds) for seconds in (2.0, 4.0, 8.0)]
    assert balances(works.database.path)["held"] == PRICE
    assert works.messenger.changes == [job.id] * 3


async def test_the_provider_s_own_wish_for_a_pause_is_kept(works: Works) -> None:
    """A 429 tells when to come back; that wins over our own pace."""
    job = await works.held()
    works.provider.on_submit.plan(NotSubmitted("429", retry_after_seconds=77.0))
    assert await submit(works.bench, job) == Rest("segmind", 77.0)


async def test_a_job_that_never_reaches_the_provider_gets_its_credits_back(works: Works) -> None:
    """After so many times in a row; the pause is bounded, and nothing is left in memory."""
    job = await works.held()
    for _ in range(MAX_SUBMITS - 1):
        works.provider.on_submit.plan(NotSubmitted("no connection"))
        await submit(works.bench, job)
    works.provider.on_submit.plan(NotSubmitted("no connection"))
    assert await submit(works.bench, job) == Rest("segmind", MAX_RETRY_SECONDS)
    await assert_ended(works, job, State.FAILED, Failure.UNREACHABLE)
    assert len(works.provider.submits) == MAX_SUBMITS
    assert works.bench.failures == {}


async def test_a_fault_that_is_believed_once_is_tried_once_more(works: Works) -> None:
    """The answer bounds how often the order is sent in all; then the credits go back."""
    job = await works.held()
    works.provider.on_submit.plan(NotSubmitted("500", most_submits=2))
    await submit(works.bench, job)
    assert await works.state(job) is State.HELD
    works.provider.on_submit.plan(NotSubmitted("500", most_submits=2))
    await submit(works.bench, job)
    await assert_ended(works, job, State.FAILED, Failure.PROVIDER_FAILED)
    assert len(works.provider.submits) == 2
    assert works.bench.failures == {}


@pytest.mark.parametrize(
    "outcome",
    [OutcomeUnknown("reset"), LookupError("a fault of ours"), TimeoutError()],
    ids=lambda each: type(each).__name__,
)
async def test_an_unknown_outcome_is_lost_and_never_sent_again(
    works: Works, outcome: Exception
) -> None:
    """Also where our own code broke between sending and reading: the credits go back."""
    job = await works.held()
    works.provider.on_submit.plan(outcome)
    assert await submit(works.bench, job) is None
    await assert_ended(works, job, State.LOST, Failure.OUTCOME_UNKNOWN)
    assert len(works.provider.submits) == 1


async def test_a_model_that_left_the_catalogue_is_not_sent(works: Works) -> None:
    """A job can be older than the catalogue; so can its provider."""
    unknown: list[dict[str, Any]] = [{"model": "sora-1"}, {"provider": "elsewhere"}]
    for values in unknown:
        job = await works.held()
        await works.database.write(rows.update_job, job.id, None, **values)
        assert await submit(works.bench, await works.job(job.id)) is None
        await assert_ended(works, job, State.FAILED, Failure.MODEL_RETIRED)
    assert works.provider.submits == []


async def test_a_stop_before_the_turn_puts_the_job_back_in_line(works: Works) -> None:
    """While it waited for the key's limit nothing was sent, so nothing is lost."""
    job = await works.held()
    works.provider.on_turn.hold()
    step = asyncio.create_task(submit(works.bench, job))
    await works.provider.turns.reach(1)
    step.cancel()
    with pytest.raises(asyncio.CancelledError):
        await step
    assert await works.state(job) is State.HELD
    assert works.provider.submits == []


async def test_a_stop_during_the_submit_leaves_the_row_as_it_is(works: Works) -> None:
    """It may be out: the next start finds it submitting and makes it lost."""
    job = await works.held()
    works.provider.on_submit.hold()
    step = asyncio.create_task(submit(works.bench, job))
    await works.provider.submits.reach(1)
    step.cancel()
    with pytest.raises(asyncio.CancelledError):
        await step
    assert await works.state(job) is State.SUBMITTING


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        ("their-id", State.QUEUED),
        (OutcomeUnknown("reset"), State.LOST),
        (KeyRejected("401"), State.FAILED),
        (NotSubmitted("no connection"), State.HELD),
    ],
    ids=lambda each: each if isinstance(each, str) else type(each).__name__,
)
async def test_what_is_known_after_the_call_is_written_however_long_it_takes(
    impatient: Works, outcome: str | Exception, state: State
) -> None:
    """The database is locked when the answer comes: it is insisted on, and never sent again."""
    job = await impatient.held()
    gate = impatient.provider.on_submit.hold(outcome)
    step = asyncio.create_task(submit(impatient.bench, job))
    await gate.reached.wait()
    with closing(sqlite3.connect(impatient.database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        gate.release()
        for seconds in (0.5, 1.0, 2.0):
            await impatient.clock.asleep()
            assert await impatient.state(job) is State.SUBMITTING
            impatient.clock.advance(seconds)
        await impatient.clock.asleep()
        other.execute("ROLLBACK")
    impatient.clock.advance(4.0)
    await step
    assert await impatient.state(job) is state
    assert len(impatient.provider.submits) == 1
