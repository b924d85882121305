"""The second provider: who goes there, at which price, and who never does."""

import asyncio
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from bot.credits import Payer
from bot.errors import (
    ContentRefused,
    KeyRejected,
    ModelRetired,
    NotSubmitted,
    OutcomeUnknown,
    OutOfCredits,
    RefusedPart,
    RequestRejected,
    SubmitRefused,
)
from bot.jobs.job import Job
from bot.jobs.remedy import remedies
from bot.jobs.stages import Rest, Stage
from bot.jobs.states import Failure, State
from bot.jobs.submit import MAX_RETRY_SECONDS, MAX_SUBMITS, submit
from bot.providers.base import Completed
from bot.storage import Database
from tests.books import balances, query
from tests.fakes import FakeProvider
from tests.files import write
from tests.integration.jobs.conftest import BEN, PRICE, FilmServer, OwnModels, Works, new_works
from tests.integration.jobs.driving import brought, quiet, running

DEFINITE = [
    KeyRejected("401"),
    OutOfCredits("402"),
    ModelRetired("410"),
    RequestRejected("406"),
    SubmitRefused("?"),
]
_SENDS: Mapping[str, Any] = {
    "duration": {"field": "seconds", "type": "integer"},
    "size": {"field": "size"},
    "image": {"field": "image"},
}
SEGMIND = {"provider": "segmind", "slug": "sora-2", **_SENDS}
SEGMIND_V1 = {"provider": "segmind-v1", "slug": "sora-2", **_SENDS}
WIDE_ONLY = {"values": {"1280x720": {"aspect_ratio": "16:9"}}}
LONG_ONLY = {**_SENDS["duration"], "values": [12]}
AIMLAPI = {"provider": "aimlapi", "slug": "sora-2", **_SENDS}


def offered(*offers: Mapping[str, Any]) -> OwnModels:
    """Let the first model be had from these, in this order."""
    return {"sora-2": {"offers": offers}}


def priced(credits_per_second: int) -> OwnModels:
    """Let the second provider ask so much for what costs ten credits a second at the first."""
    return offered(SEGMIND, {**AIMLAPI, "credits_per_second": credits_per_second})


def asked(works: Works) -> list[int]:
    """Count what was sent to each of the three providers."""
    return [len(each.submits) for each in (works.provider, works.second, works.third)]


async def step(works: Works, job: Job, outcome: Exception | None = None) -> Job:
    """Let a job's turn come, at the provider where it is, with this outcome; tell where it is."""
    job = await works.job(job.id)
    if outcome is not None:
        provider = works.bench.providers[job.provider]
        assert isinstance(provider, FakeProvider)
        provider.on_submit.plan(outcome)
    await submit(works.bench, await works.job(job.id))
    return await works.job(job.id)


async def assert_refunded(works: Works, job: Job, failure: Failure) -> None:
    """Check that a job ended for a reason and that its credits are back."""
    after = await works.job(job.id)
    assert (after.state, after.failure) == (State.FAILED, failure)
    assert balances(works.database.path)["held"] == 0


# --- who goes there --------------------------------------------------------------------------


@pytest.mark.parametrize("refusal", DEFINITE, ids=lambda each: type(each).__name__)
async def test_a_definite_no_lets_the_next_provider_make_it(
    works: Works, films: FilmServer, refusal: SubmitRefused
) -> None:
    """The member's job goes on, at its price; each is asked once, and one video is paid."""
    works.keys.add("aimlapi")
    works.provider.on_submit.plan(refusal)
    works.second.sighting = Completed(films.url)
    job = await works.held()
    async with running(works) as tracker:
        await brought(works, tracker, job, State.DELIVERED)
    after = await works.job(job.id)
    assert (after.provider, after.price, after.failure) == ("aimlapi", PRICE, None)
    assert asked(works) == [1, 1, 0]
    [order] = works.second.submits
    assert (order.offer.slug, order.prompt) == ("openai/sora-2-t2v", job.prompt)
    assert works.events(job)[:5] == ["held", "submitting", "held", "submitting", "queued"]
    assert balances(works.database.path)["spent"] == PRICE


async def test_the_row_tells_why_a_job_went_elsewhere(works: Works) -> None:
    """Its member is shown that it waits again; the events have both names and the reason."""
    works.keys.add("aimlapi")
    job = await works.held()
    works.messenger.changes.clear()
    assert (await step(works, job, ModelRetired("410"))).state is State.HELD
    assert works.messenger.changes == [job.id]
    [(note,)] = query(
        works.database.path,
        "SELECT note FROM job_events WHERE from_state = 'submitting' AND to_state = 'held'",
    )
    assert note == "segmind: model_retired; now aimlapi"


async def test_a_provider_that_is_never_reached_is_left_for_the_next(works: Works) -> None:
    """After its tries; the next one has as many of its own, and rests by itself."""
    works.keys.add("aimlapi")
    job = await works.held()
    for _ in range(MAX_SUBMITS - 1):
        after = await step(works, job, NotSubmitted("no connection"))
        assert (after.state, after.provider) == (State.HELD, "segmind")
    works.provider.on_submit.plan(NotSubmitted("no connection"))
    rest = await submit(works.bench, await works.job(job.id))
    assert rest == Rest("segmind", MAX_RETRY_SECONDS), "others need not find out anew"
    works.second.on_submit.plan(NotSubmitted("no connection"))
    moved = await works.job(job.id)
    assert await submit(works.bench, moved) == Rest("aimlapi", 2.0)
    for _ in range(MAX_SUBMITS - 2):
        after = await step(works, job, NotSubmitted("no connection"))
        assert (after.state, after.provider) == (State.HELD, "aimlapi")
    await step(works, job, NotSubmitted("no connection"))
    await assert_refunded(works, job, Failure.UNREACHABLE)
    assert asked(works) == [MAX_SUBMITS, MAX_SUBMITS, 0]
    assert works.bench.failures == {}


async def test_jobs_of_a_paused_provider_go_to_the_next_unsent(works: Works) -> None:
    """Nothing is sent to who is paused."""
    works.keys.add("aimlapi")
    job = await works.held()
    works.bench.supply.pause("segmind", Failure.OUT_OF_CREDITS, "402")
    assert (await step(works, job)).provider == "aimlapi"
    assert (await step(works, job)).state is State.QUEUED
    assert asked(works) == [0, 1, 0]


@pytest.mark.parametrize("own_models", [offered(SEGMIND_V1, AIMLAPI, SEGMIND)])
async def test_the_order_is_the_catalogue_s_and_nobody_is_asked_twice(works: Works) -> None:
    """Also not who comes before in it; after the last the credits go back."""
    works.keys.update({"aimlapi", "segmind-v1"})
    job = await works.held()
    assert job.provider == "segmind-v1"
    places = [(await step(works, job, RequestRejected("406"))).provider for _ in range(2)]
    assert places == ["aimlapi", "segmind"]
    await step(works, job, RequestRejected("406"))
    await assert_refunded(works, job, Failure.REQUEST_REJECTED)
    assert asked(works) == [1, 1, 1]


@pytest.mark.parametrize(
    "own_models",
    [
        offered(SEGMIND, {**SEGMIND_V1, "size": WIDE_ONLY}, AIMLAPI),
        offered(SEGMIND, {**SEGMIND_V1, "duration": LONG_ONLY}, AIMLAPI),
    ],
    ids=["size", "duration"],
)
async def test_a_provider_that_does_not_make_such_a_video_is_passed_over(works: Works) -> None:
    """It is asked for nothing that it does not have."""
    works.keys.update({"aimlapi", "segmind-v1"})
    after = await step(works, await works.held(), RequestRejected("406"))
    assert after.provider == "aimlapi"


async def test_a_provider_without_a_key_is_no_way_out(works: Works) -> None:
    """The credits go back at once."""
    job = await works.held()
    await step(works, job, RequestRejected("406"))
    await assert_refunded(works, job, Failure.REQUEST_REJECTED)
    assert asked(works) == [1, 0, 0]


@pytest.mark.parametrize("own_models", [offered(SEGMIND, {**AIMLAPI, "image": None})])
@pytest.mark.parametrize("paused", [False, True], ids=["refused", "paused"])
async def test_a_picture_is_not_left_behind(works: Works, tmp_path: Path, *, paused: bool) -> None:
    """A provider that starts from words alone would make another video than was asked for."""
    works.keys.add("aimlapi")
    write(tmp_path / "pictures" / "abc.720x1280.cover.jpg", b"fitted before")
    job = await works.held(picture="cover:abc")
    if paused:
        works.bench.supply.pause("segmind", Failure.KEY_REJECTED, "401")
    await step(works, job, None if paused else KeyRejected("401"))
    await assert_refunded(works, job, Failure.KEY_REJECTED)
    assert works.second.submits == []


async def test_a_picture_goes_along(works: Works, tmp_path: Path) -> None:
    """To a provider that takes it."""
    works.keys.add("aimlapi")
    fitted = write(tmp_path / "pictures" / "abc.720x1280.cover.jpg", b"fitted before")
    job = await works.held(picture="cover:abc")
    await step(works, job, OutOfCredits("402"))
    await step(works, job)
    [order] = works.second.submits
    assert order.picture == fitted
    assert order.offer.slug_for(pictured=True) == "openai/sora-2-i2v"


# --- at which price --------------------------------------------------------------------------


@pytest.mark.parametrize("own_models", [priced(7)])
async def test_a_lower_price_is_what_is_paid(works: Works, films: FilmServer) -> None:
    """The rest of the hold goes back to the member; the job shows the new price."""
    works.keys.add("aimlapi")
    works.provider.on_submit.plan(RequestRejected("406"))
    works.second.sighting = Completed(films.url)
    job = await works.held()
    async with running(works) as tracker:
        await brought(works, tracker, job, State.DELIVERED)
    assert (await works.job(job.id)).price == 28
    assert balances(works.database.path) == {"allowance": -28, "held": 0, "spent": 28}
    assert query(works.database.path, "SELECT amount, settled FROM holds") == [(PRICE, 28)]


@pytest.mark.parametrize("own_models", [priced(7)])
async def test_a_lower_price_that_comes_to_nothing_gives_all_of_the_hold_back(
    works: Works,
) -> None:
    """What was held, not what it would have cost."""
    works.keys.add("aimlapi")
    job = await works.held()
    await step(works, job, RequestRejected("406"))
    await step(works, job, RequestRejected("406"))
    assert balances(works.database.path) == {"allowance": 0, "held": 0}


@pytest.mark.parametrize("own_models", [priced(11)])
@pytest.mark.parametrize(
    ("refusal", "failure"),
    [
        (KeyRejected("401"), Failure.KEY_REJECTED),
        (OutOfCredits("402"), Failure.OUT_OF_CREDITS),
        (ModelRetired("410"), Failure.MODEL_RETIRED),
    ],
)
async def test_a_higher_price_is_never_taken_without_asking(
    works: Works, refusal: SubmitRefused, failure: Failure
) -> None:
    """The job ends and its credits are back; a button offers the same at the new price."""
    works.keys.add("aimlapi")
    job = await works.held()
    await step(works, job, refusal)
    await assert_refunded(works, job, failure)
    assert works.second.submits == []
    first = remedies(works.bench.supply.menu(), await works.job(job.id))[0]
    assert (first.model, first.duration_seconds, first.size) == ("sora-2", 4, "720x1280")
    assert first.price == 44


# --- who never does --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "outcome", [OutcomeUnknown("reset"), LookupError("a fault of ours")], ids=["reset", "fault"]
)
async def test_an_unknown_outcome_goes_nowhere(works: Works, outcome: Exception) -> None:
    """It may be made already: a second submit could make it twice."""
    works.keys.add("aimlapi")
    job = await works.held()
    after = await step(works, job, outcome)
    assert (after.state, after.provider) == (State.LOST, "segmind")
    assert asked(works) == [1, 0, 0]
    assert balances(works.database.path)["held"] == 0


@pytest.mark.parametrize(
    ("part", "failure"),
    [
        (RefusedPart.PROMPT, Failure.PROMPT_MODERATED),
        (RefusedPart.PICTURE, Failure.PICTURE_MODERATED),
        (RefusedPart.VIDEO, Failure.VIDEO_MODERATED),
        (RefusedPart.UNTOLD, Failure.MODERATED),
    ],
)
async def test_what_a_filter_refused_goes_nowhere(
    works: Works, part: RefusedPart, failure: Failure
) -> None:
    """Another provider is not asked to make what one has refused; the member hears which part."""
    works.keys.add("aimlapi")
    job = await works.held()
    await step(works, job, ContentRefused("flagged", part))
    await assert_refunded(works, job, failure)
    assert asked(works) == [1, 0, 0]
    assert works.order().offer.provider == "segmind", "the provider is not to blame"


# --- crashes in between ----------------------------------------------------------------------


async def restart(works: Works, database: Database, folder: Path) -> Works:
    """Let another process take up what this one left, and do what is due."""
    works.worker.leave()
    other = new_works(database, URL(works.provider.origin), folder)
    other.keys.add("aimlapi")
    async with running(other) as tracker:
        await other.recovery(tracker).start()
        await quiet(other, tracker)
    other.worker.leave()
    return other


async def test_killed_between_the_refusal_and_the_move_it_is_lost(
    impatient: Works, database: Database, tmp_path: Path
) -> None:
    """The row says that it may have been sent: nobody is asked again, and the credits go back."""
    impatient.keys.add("aimlapi")
    job = await impatient.held()
    gate = impatient.provider.on_submit.hold(RequestRejected("406"))
    step = asyncio.create_task(submit(impatient.bench, job))
    await gate.reached.wait()
    with closing(sqlite3.connect(impatient.database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        gate.release()
        await impatient.clock.asleep()  # it insists on writing where the job goes
        step.cancel()
        await asyncio.wait({step})
        other.execute("ROLLBACK")
    after = await restart(impatient, database, tmp_path)
    assert (await after.job(job.id)).failure is Failure.OUTCOME_UNKNOWN
    assert asked(impatient) == [1, 0, 0]
    assert asked(after) == [0, 0, 0]
    assert balances(database.path)["held"] == 0


async def test_killed_between_the_note_that_a_model_is_retired_and_the_move_it_is_lost(
    impatient: Works, database: Database, tmp_path: Path
) -> None:
    """What the provider said of the model stays; the job is never sent twice."""
    impatient.keys.add("aimlapi")
    job = await impatient.submitting()
    await impatient.bench.supply.retire("segmind", "sora-2", "410")
    after = await restart(impatient, database, tmp_path)
    await after.bench.supply.refresh()
    assert after.order().offer.provider == "aimlapi"
    assert await after.state(job) is State.LOST
    assert asked(after) == [0, 0, 0]


async def test_killed_after_the_move_it_is_sent_to_the_next_provider_once(
    works: Works, database: Database, tmp_path: Path
) -> None:
    """The row knows where it waits, and what it costs."""
    works.keys.add("aimlapi")
    job = await works.held()
    await step(works, job, RequestRejected("406"))
    after = await restart(works, database, tmp_path)
    assert (await after.job(job.id)).state is State.QUEUED
    assert asked(after) == [0, 1, 0]


async def test_killed_while_the_next_provider_is_asked_it_is_lost(
    works: Works, database: Database, tmp_path: Path
) -> None:
    """The same as at the first."""
    works.keys.add("aimlapi")
    job = await works.held()
    await works.turn(await step(works, job, RequestRejected("406")))
    after = await restart(works, database, tmp_path)
    assert await after.state(job) is State.LOST
    assert asked(after) == [0, 0, 0]


# --- rests -----------------------------------------------------------------------------------


async def test_the_jobs_of_one_provider_do_not_wait_for_another_s_rest(works: Works) -> None:
    """Who could not be reached is left alone; what belongs to another goes on at once."""
    works.keys.add("aimlapi")
    works.provider.on_submit.plan(NotSubmitted("no connection", retry_after_seconds=60.0))
    first = await works.held()
    async with running(works) as tracker:
        await quiet(works, tracker)
        late = await works.held(BEN)
        works.bench.supply.pause("segmind", Failure.KEY_REJECTED, "401")
        elsewhere = await works.held(Payer(2, 30))
        tracker.line_moved()
        await quiet(works, tracker)
        assert (await works.job(elsewhere.id)).state is State.QUEUED
        assert [await works.state(each) for each in (first, late)] == [State.HELD] * 2
        assert asked(works) == [1, 1, 0]
        works.clock.advance(60.0)
        await quiet(works, tracker)
        assert asked(works) == [3, 1, 0]


async def test_two_providers_rest_each_for_its_own_time(works: Works) -> None:
    """Neither's rest ends or lengthens the other's."""
    works.keys.add("aimlapi")
    works.provider.on_submit.plan(NotSubmitted("no connection", retry_after_seconds=60.0))
    works.second.on_submit.plan(NotSubmitted("no connection", retry_after_seconds=30.0))
    await works.held()
    async with running(works) as tracker:
        await quiet(works, tracker)
        works.bench.supply.pause("segmind", Failure.KEY_REJECTED, "401")
        await works.held(BEN)
        tracker.line_moved()
        await quiet(works, tracker)
        assert asked(works) == [1, 1, 0]
        works.clock.advance(30.0)
        await quiet(works, tracker)
        assert asked(works) == [1, 2, 0]
        works.clock.advance(30.0)
        await quiet(works, tracker)
        assert asked(works) == [2, 2, 0]
    assert works.bench.failures[1, Stage.SUBMIT] == 0
