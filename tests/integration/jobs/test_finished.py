"""A provider that has finished, and whose video is nowhere, or somewhere else than told."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from bot.errors import LookFailed, RefusedPart
from bot.jobs import rows
from bot.jobs.bring import MAX_UNUSABLE, fetch
from bot.jobs.job import Job
from bot.jobs.look import EMPTY_AFTER_LOOKS, EMPTY_AFTER_SECONDS, MAX_EMPTY_RETRY_SECONDS, look
from bot.jobs.stages import Next, Stage
from bot.jobs.states import Failure, State
from bot.providers.base import Completed, Failed, Finished, Processing, Queued, Sighting
from tests.books import balances
from tests.integration.jobs.conftest import PRICE, FilmServer, Works

EMPTY = Finished("{status: text, output: null}")


async def look_at(works: Works, job: Job, seen: Sighting | Exception) -> Next | None:
    """Look once at what is planned to be seen."""
    works.provider.on_look.plan(seen)
    return await look(works.bench, await works.job(job.id))


@pytest.mark.parametrize("start", [State.QUEUED, State.PROCESSING])
@pytest.mark.parametrize("seen", [EMPTY, LookFailed("502", finished=True)], ids=["empty", "failed"])
async def test_that_the_provider_has_finished_is_written_and_shown(
    works: Works, start: State, seen: Sighting | Exception
) -> None:
    """Also where the second question, for the result, got no answer; once."""
    job = await works.queued() if start is State.QUEUED else await works.processing()
    works.messenger.changes.clear()
    works.clock.advance(30)
    finished_at = works.clock.now()
    for _ in range(3):
        assert await look_at(works, job, seen) is not None
        works.clock.advance(30)
    after = await works.job(job.id)
    assert (after.state, after.finished_at) == (State.PROCESSING, finished_at)
    assert works.messenger.changes == [job.id]


async def test_a_finished_request_without_a_video_ends_after_ten_looks_and_ten_minutes(
    works: Works, logs: Sequence[Mapping[str, Any]]
) -> None:
    """With a refund; the operator is told what the answer is made of."""
    job, seconds, looks = await works.queued(), 0.0, 0
    while (following := await look_at(works, job, EMPTY)) is not None:
        assert following.stage is Stage.LOOK
        assert 0 < following.seconds <= MAX_EMPTY_RETRY_SECONDS
        assert balances(works.database.path)["held"] == PRICE
        works.clock.advance(following.seconds)
        seconds, looks = seconds + following.seconds, looks + 1
    assert EMPTY_AFTER_SECONDS <= seconds <= EMPTY_AFTER_SECONDS + MAX_EMPTY_RETRY_SECONDS
    assert looks + 1 >= EMPTY_AFTER_LOOKS
    after = await works.job(job.id)
    assert (after.state, after.failure) == (State.FAILED, Failure.NO_VIDEO)
    assert balances(works.database.path)["held"] == 0
    [told] = [entry for entry in logs if entry["event"] == "job.no_video"]
    assert (told["log_level"], told["job"], told["shape"]) == ("error", job.id, EMPTY.shape)
    assert "refund" in told["advice"]
    assert works.bench.without_video == {}


async def test_neither_many_looks_nor_a_long_time_alone_end_it(works: Works) -> None:
    """Looks can come in a burst, and after a restart long after one another."""
    job = await works.queued()
    for _ in range(EMPTY_AFTER_LOOKS + 5):
        assert await look_at(works, job, EMPTY) is not None
    await look_at(works, job, Processing())
    for _ in range(EMPTY_AFTER_LOOKS - 1):
        works.clock.advance(EMPTY_AFTER_SECONDS)
        assert await look_at(works, job, EMPTY) is not None
    assert await works.state(job) is State.PROCESSING


async def test_what_was_not_answered_does_not_count(works: Works) -> None:
    """A result that cannot be read for an hour is made, and may be had yet."""
    job = await works.queued()
    for _ in range(EMPTY_AFTER_LOOKS * 2):
        works.clock.advance(EMPTY_AFTER_SECONDS)
        assert await look_at(works, job, LookFailed("502", finished=True)) is not None
    assert await works.state(job) is State.PROCESSING


@pytest.mark.parametrize(("seen", "state"), [(Queued(), "queued"), (Processing(), "processing")])
async def test_a_provider_that_goes_on_after_all_has_not_finished(
    works: Works, seen: Sighting, state: str
) -> None:
    """What is shown is what was seen last."""
    job = await works.queued()
    await look_at(works, job, EMPTY)
    await look_at(works, job, seen)
    after = await works.job(job.id)
    assert (after.state, after.finished_at) == (State(state), None)
    assert works.bench.without_video == {}


async def test_a_video_that_comes_late_is_fetched(works: Works, films: FilmServer) -> None:
    """The address came after the word."""
    job = await works.queued()
    await look_at(works, job, EMPTY)
    assert await look_at(works, job, Completed(films.url)) == Next(Stage.FETCH)
    assert await fetch(works.bench, await works.job(job.id)) == Next(Stage.DELIVER)


async def test_a_known_address_is_not_given_up_for_an_empty_answer(
    works: Works, films: FilmServer
) -> None:
    """A look after a failed fetch may show less than the one before."""
    job = await works.processing(url=films.url)
    for _ in range(EMPTY_AFTER_LOOKS + 1):
        assert await look_at(works, job, EMPTY) == Next(Stage.FETCH)
        works.clock.advance(EMPTY_AFTER_SECONDS)
    assert (await works.job(job.id)).result_url == films.url


async def test_a_refusal_in_a_finished_answer_is_told_as_one(works: Works) -> None:
    """There is nothing to wait for."""
    job = await works.queued()
    await look_at(works, job, EMPTY)
    assert await look_at(works, job, Failed("filtered", RefusedPart.VIDEO)) is None
    assert (await works.job(job.id)).failure is Failure.VIDEO_MODERATED


async def test_the_first_address_whose_bytes_are_a_video_wins(
    works: Works, films: FilmServer
) -> None:
    """It is the one that is kept, and that a member may be given as a link."""
    job = await works.queued()
    page, film, other = (f"{films.url}?{name}" for name in ("page", "film", "other"))
    await look_at(works, job, Completed(page, (film, other)))
    films.script.plan(b"<html>")
    assert await fetch(works.bench, await works.job(job.id)) == Next(Stage.DELIVER)
    after = await works.job(job.id)
    assert (after.state, after.result_url) == (State.RENDERED, film)
    assert [request.query_string for request in films.server.requests] == ["page", "film"]
    assert works.bench.addresses == {}


@pytest.mark.parametrize(
    "answers", [(404, b"no video"), (b"no video", 404), (b"no video", b"no video")]
)
async def test_where_no_address_leads_to_a_video_all_are_tried_again(
    works: Works, films: FilmServer, answers: Sequence[int | bytes]
) -> None:
    """What may work later is waited for longest, whichever address it was."""
    job = await works.queued()
    await look_at(works, job, Completed(films.url, (films.url + "?2",)))
    for attempt in range(1, MAX_UNUSABLE + 1):
        films.script.plan(*answers)
        following = await fetch(works.bench, await works.job(job.id))
        given_up = attempt == MAX_UNUSABLE and 404 not in answers
        assert (following is None) is given_up
    assert len(films.server.requests) == 2 * MAX_UNUSABLE


async def test_an_address_in_the_prompt_is_no_video(works: Works, films: FilmServer) -> None:
    """An answer may repeat what the member typed; nobody can order somebody else's file."""
    job = await works.queued()
    await works.database.write(_type, job.id, f"like {films.url}")
    assert await look_at(works, job, Completed(films.url, (f"{films.url}?mine",))) is not None
    assert (await works.job(job.id)).result_url == f"{films.url}?mine"
    other = await works.queued()
    await works.database.write(_type, other.id, films.url)
    for _ in range(EMPTY_AFTER_LOOKS - 1):
        following = await look_at(works, other, Completed(films.url))
        assert following is not None
        assert following.stage is Stage.LOOK
        works.clock.advance(EMPTY_AFTER_SECONDS)
    assert await look_at(works, other, Completed(films.url)) is None
    assert (await works.job(other.id)).failure is Failure.NO_VIDEO
    assert films.server.requests == []


def _type(tx: Any, job_id: int, prompt: str) -> None:
    rows.update_job(tx, job_id, prompt=prompt)
