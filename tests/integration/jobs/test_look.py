"""Looking after a request: what is seen is written, and what fails says nothing of the job."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import LookFailed, OutcomeUnknown, RefusedPart, RequestForgotten
from bot.jobs.job import Job
from bot.jobs.look import FORGET_AFTER_LOOKS, FORGET_AFTER_SECONDS, look
from bot.jobs.pace import OVERDUE_POLL_SECONDS
from bot.jobs.stages import Next, Stage
from bot.jobs.states import Failure, State
from bot.providers.base import Completed, Failed, Processing, Queued, Sighting, Unclear
from tests.books import balances
from tests.integration.jobs.conftest import BEN, PACE, PRICE, Works

FORGOTTEN = RequestForgotten("404")
URL = "https://media.example/film.mp4"


async def look_at(works: Works, job: Job, *seen: Sighting | Exception) -> Next | None:
    """Look as often as something is planned to be seen; tell what the last look wants next."""
    following: Next | None = None
    for each in seen:
        works.provider.on_look.plan(each)
        following = await look(works.bench, await works.job(job.id))
    return following


async def test_the_provider_s_words_become_the_job_s_states(works: Works) -> None:
    """Also backwards, which has been seen; each change is shown."""
    job = await works.queued()
    await look_at(works, job, Queued(), Processing(), Processing(), Queued(), Processing())
    assert works.events(job)[2:] == ["queued", "processing", "queued", "processing"]
    assert works.messenger.changes == [job.id] * 5
    assert works.provider.looks == [job.request_id] * 5


@pytest.mark.parametrize("start", [State.QUEUED, State.PROCESSING])
async def test_a_finished_video_s_address_is_kept_at_once(works: Works, start: State) -> None:
    """It outlives the provider's memory; the video is fetched next, without a wait."""
    job = await works.queued() if start is State.QUEUED else await works.processing()
    assert await look_at(works, job, Completed(URL)) == Next(Stage.FETCH)
    after = await works.job(job.id)
    assert (after.state, after.result_url) == (State.PROCESSING, URL)


async def test_a_newer_address_replaces_the_older(works: Works) -> None:
    """A look after a failed fetch can bring a better one."""
    job = await works.processing(url="https://media.example/old.mp4")
    await look_at(works, job, Completed(URL))
    assert (await works.job(job.id)).result_url == URL


@pytest.mark.parametrize(
    ("seen", "failure"),
    [
        (Failed("out of memory"), Failure.PROVIDER_FAILED),
        (Failed("flagged", RefusedPart.UNTOLD), Failure.MODERATED),
        (Failed("the prompt was flagged", RefusedPart.PROMPT), Failure.PROMPT_MODERATED),
        (Failed("the picture was flagged", RefusedPart.PICTURE), Failure.PICTURE_MODERATED),
        (Failed("the video was flagged", RefusedPart.VIDEO), Failure.VIDEO_MODERATED),
    ],
)
async def test_a_failed_request_ends_the_job_and_gives_the_credits_back(
    works: Works, seen: Failed, failure: Failure
) -> None:
    """The reason tells which part was refused, if any; the provider's text stays in the log."""
    job = await works.queued()
    assert await look_at(works, job, seen) is None
    after = await works.job(job.id)
    assert (after.state, after.failure) == (State.FAILED, failure)
    assert balances(works.database.path)["held"] == 0
    assert works.messenger.changes[-1] == job.id


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    looks=st.lists(
        st.sampled_from([LookFailed("html"), LookFailed("429", 30.0), Queued(), Processing()]),
        max_size=12,
    ),
    forgotten_at=st.sets(st.integers(0, 12), max_size=FORGET_AFTER_LOOKS - 1),
    seconds=st.floats(0, 100_000),
)
async def test_failed_looks_never_end_a_job(
    works: Works, looks: list[Sighting | Exception], forgotten_at: set[int], seconds: float
) -> None:
    """Any sequence of failures, and too few that say the request is unknown, at any age."""
    job = await works.queued()
    works.clock.advance(seconds)
    for index in sorted(forgotten_at, reverse=True):
        looks.insert(index, FORGOTTEN)
    for each in looks:
        following = await look_at(works, job, each)
        assert following is not None
        assert following.stage is Stage.LOOK
        assert following.seconds >= PACE.least_seconds
    assert await works.state(job) in {State.QUEUED, State.PROCESSING}
    await look_at(works, job, Failed("enough"))


async def test_a_word_that_nobody_knows_keeps_the_job_waiting_and_is_reported_once(
    works: Works, logs: Sequence[Mapping[str, Any]]
) -> None:
    """Once for each word, whatever job it was said of; the member still sees the last known."""
    job, other = await works.processing(), await works.queued(BEN)
    for word in ("WARMING_UP", "WARMING_UP", "PAUSED"):
        for each in (job, other):
            following = await look_at(works, each, Unclear(word))
            assert following is not None
            assert following.stage is Stage.LOOK
    assert [await works.state(each) for each in (job, other)] == [State.PROCESSING, State.QUEUED]
    reports = [entry for entry in logs if entry["event"] == "look.unknown_status"]
    assert [(each["provider"], each["word"]) for each in reports] == [
        ("segmind", "WARMING_UP"),
        ("segmind", "PAUSED"),
    ]
    await look_at(works, job, Completed(URL))
    assert (await works.job(job.id)).result_url == URL


async def test_a_request_of_which_nothing_can_be_known_any_more_is_lost(
    works: Works, logs: Sequence[Mapping[str, Any]]
) -> None:
    """A call that was cut off: never sent again; the credits go back, member and operator hear."""
    job = await works.queued()
    works.messenger.changes.clear()
    assert await look_at(works, job, OutcomeUnknown("stopped during the call")) is None
    after = await works.job(job.id)
    assert (after.state, after.failure) == (State.LOST, Failure.OUTCOME_UNKNOWN)
    assert balances(works.database.path)["held"] == 0
    assert works.messenger.changes == [job.id]
    [told] = [entry for entry in logs if entry["event"] == "job.lost"]
    assert (told["job"], told["detail"]) == (job.id, "stopped during the call")
    assert works.provider.submits == []


async def test_a_call_that_is_gone_does_not_cost_a_video_whose_address_is_known(
    works: Works,
) -> None:
    """After a restart: what is fetched next is the file, as for a forgotten request."""
    job = await works.processing(url=URL)
    assert await look_at(works, job, OutcomeUnknown("stopped")) == Next(Stage.FETCH)
    assert await works.state(job) is State.PROCESSING


async def test_a_failed_look_is_not_repeated_before_the_provider_wishes(works: Works) -> None:
    """A pause that it asks for wins over our own pace, and never shortens it."""
    job = await works.queued()
    assert await look_at(works, job, LookFailed("429", 40.0)) == Next(Stage.LOOK, 40.0)
    assert await look_at(works, job, LookFailed("429", 0.1)) == Next(Stage.LOOK, 15.0)


async def test_a_request_forgotten_again_and_again_is_lost(works: Works) -> None:
    """Three times in a row and for a minute: the credits go back."""
    job = await works.queued()
    assert await look_at(works, job, *[FORGOTTEN] * FORGET_AFTER_LOOKS) is not None
    works.clock.advance(FORGET_AFTER_SECONDS)
    assert await look_at(works, job, FORGOTTEN) is None
    after = await works.job(job.id)
    assert (after.state, after.failure) == (State.LOST, Failure.FORGOTTEN)
    assert balances(works.database.path)["held"] == 0
    assert (works.bench.failures, works.bench.unknown) == ({}, {})


async def test_a_request_is_missing_for_a_minute_before_it_is_forgotten(works: Works) -> None:
    """It counts from the first time in a row that it was unknown, not from the submit."""
    job = await works.queued()
    works.clock.advance(3_600)
    for _ in range(10):
        assert await look_at(works, job, FORGOTTEN) is not None
        works.clock.advance(FORGET_AFTER_SECONDS / 10 - 0.1)
    assert await works.state(job) is State.QUEUED
    works.clock.advance(1.0)
    assert await look_at(works, job, FORGOTTEN) is None
    assert await works.state(job) is State.LOST


async def test_two_long_waits_are_not_enough_to_forget_a_request(works: Works) -> None:
    """The looks of an overdue job are minutes apart: two answers are little to go by."""
    job = await works.queued()
    for _ in range(FORGET_AFTER_LOOKS - 1):
        assert await look_at(works, job, FORGOTTEN) is not None
        works.clock.advance(OVERDUE_POLL_SECONDS)
    assert await works.state(job) is State.QUEUED
    assert await look_at(works, job, FORGOTTEN) is None


async def test_a_failed_look_says_neither_that_it_is_known_nor_that_it_is_not(
    works: Works,
) -> None:
    """The minute goes on."""
    job = await works.queued()
    await look_at(works, job, FORGOTTEN, LookFailed("html"), FORGOTTEN)
    works.clock.advance(FORGET_AFTER_SECONDS)
    assert await look_at(works, job, LookFailed("html")) is not None
    assert await look_at(works, job, FORGOTTEN) is None


async def test_a_request_is_not_forgotten_right_after_its_submit(works: Works) -> None:
    """A provider can need a moment to know its own request."""
    job = await works.queued()
    for _ in range(10):
        assert await look_at(works, job, FORGOTTEN) is not None
    assert await works.state(job) is State.QUEUED


async def test_a_request_that_was_seen_between_is_not_forgotten(works: Works) -> None:
    """Only in a row does it count: the looks, and the minute."""
    job = await works.queued()
    for _ in range(3):
        await look_at(works, job, FORGOTTEN, FORGOTTEN)
        works.clock.advance(FORGET_AFTER_SECONDS)
        await look_at(works, job, Processing())
    await look_at(works, job, *[FORGOTTEN] * FORGET_AFTER_LOOKS)
    assert await works.state(job) is State.PROCESSING


async def test_a_finished_video_is_fetched_though_its_request_is_forgotten(works: Works) -> None:
    """Its address is known, and the file lives longer than the record."""
    job = await works.processing(url=URL)
    works.clock.advance(7200)
    for _ in range(FORGET_AFTER_LOOKS + 1):
        assert await look_at(works, job, FORGOTTEN) == Next(Stage.FETCH)
    assert await works.state(job) is State.PROCESSING


async def test_looks_follow_the_expected_wait(works: Works) -> None:
    """Seldom at first, often when it is due, ever less often when it is long overdue."""
    job = await works.queued()
    waits = []
    for elapsed in (0, 160, 180, 1_000, 1_801, 20_000):
        works.clock.advance(elapsed - works.clock.monotonic())
        following = await look_at(works, job, Processing())
        assert following is not None
        waits.append(following.seconds)
    assert waits == [15.0, 5.0, 2.0, 15.0, pytest.approx(180.1), OVERDUE_POLL_SECONDS]


async def test_a_job_far_beyond_its_time_can_still_succeed(works: Works) -> None:
    """A time limit ends the watching, not the truth."""
    job = await works.queued()
    works.clock.advance(80_000)
    await look_at(works, job, Processing(), Completed(URL))
    assert (await works.job(job.id)).result_url == URL
    assert balances(works.database.path)["held"] == PRICE
