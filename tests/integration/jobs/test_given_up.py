"""Every job ends: after a last deadline or by hand; what comes late is kept and not charged."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.credits import Rules, Terms
from bot.credits.audit import find_differences
from bot.errors import (
    LookFailed,
    NoSuchJob,
    NotAtProvider,
    NoVideoYet,
    OutcomeUnknown,
    RequestForgotten,
    TooEarlyToEnd,
)
from bot.jobs.bring import fetch
from bot.jobs.given_up import end_overdue
from bot.jobs.job import Job
from bot.jobs.late import (
    FIRST_LOOK,
    FORGOTTEN_AFTER,
    SLOWEST_LOOK,
    WATCHED,
    LateRequests,
    next_look,
)
from bot.jobs.service import Asker
from bot.jobs.states import Failure, State
from bot.providers.base import Completed, Failed
from tests.books import balances, query
from tests.fakes import START
from tests.integration.jobs.conftest import ADA, ALLOWANCE, BEN, PRICE, FilmServer, Works
from tests.integration.jobs.driving import brought, quiet, running

GUILD, ADMIN = ADA.guild_id, 99
DAY = 24 * 3600.0
AS_ADA = Asker(ADA, manages_guild=False)
LIMIT_BYTES = 10_000_000


def used(works: Works) -> list[int]:
    """Tell what counts against the ceilings, of the server and of all."""
    return [
        row[0]
        for row in query(works.database.path, "SELECT used FROM ceiling_use ORDER BY guild_id")
    ]


async def given_up(works: Works) -> Job:
    """Write a job that was given up at its last deadline."""
    job = await works.processing()
    works.clock.advance(DAY)
    await end_overdue(works.bench)
    return await works.job(job.id)


async def later(works: Works, times: int = 1) -> None:
    """Let late requests be looked at when they are due."""
    late = LateRequests(works.bench)
    for _ in range(times):
        works.clock.advance(SLOWEST_LOOK.total_seconds())
        await late.round()


# --- the last deadline -----------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.QUEUED, State.PROCESSING])
async def test_a_job_that_its_provider_does_not_end_is_given_up(works: Works, state: State) -> None:
    """At the deadline and not before: lost, refunded, told, and its place is free."""
    job = await (works.queued() if state is State.QUEUED else works.processing())
    works.clock.advance(DAY - 1)
    await end_overdue(works.bench)
    assert await works.state(job) is state
    works.clock.advance(1)
    await end_overdue(works.bench)
    after = await works.job(job.id)
    assert (after.state, after.failure) == (State.LOST, Failure.GIVEN_UP)
    assert works.messenger.changes == [job.id]
    assert balances(works.database.path)["held"] == 0


async def test_sixty_days_of_processing_end_after_one(works: Works) -> None:
    """By the running bot itself, whatever the polls say."""
    job = await works.queued()
    works.provider.on_look.plan(*(LookFailed("401", None) for _ in range(5)))
    async with running(works) as tracker:
        await quiet(works, tracker)
        works.clock.advance(60 * DAY)
        await end_overdue(works.bench)
        await brought(works, tracker, job, State.LOST)


@pytest.mark.parametrize(
    "own_models",
    [{"sora-2": {"last_deadline_seconds": 7200}}, {"sora-2": {"longest_wait_seconds": 100_000}}],
)
async def test_the_deadline_is_the_models(works: Works) -> None:
    """As the catalogue has it; never before the model's longest wait."""
    job = await works.processing()
    deadline = works.bench.catalogue["sora-2"].deadline_seconds
    works.clock.advance(deadline - 1)
    await end_overdue(works.bench)
    assert await works.state(job) is State.PROCESSING
    works.clock.advance(1)
    await end_overdue(works.bench)
    assert await works.state(job) is State.LOST


async def test_what_was_never_sent_ends_too(works: Works) -> None:
    """In line for longer than the deadline: cancelled; what waits for others has other ends."""
    rules = Rules(works.database, works.clock, Terms(ALLOWANCE, "month"))
    await rules.change_settings(GUILD, ADMIN, "", approve_above=0, approval_hours=300)
    question = await works.held()
    await rules.change_settings(GUILD, ADMIN, "", approve_above=None)
    waiting = await works.held(BEN)
    works.clock.advance(DAY)
    young = await works.held()
    await end_overdue(works.bench)
    after = await works.job(waiting.id)
    assert (after.state, after.failure) == (State.CANCELLED, Failure.WAITED_TOO_LONG)
    assert [await works.state(job) for job in (question, young)] == [State.HELD] * 2


async def test_a_submit_that_hangs_ends_as_unknown(works: Works) -> None:
    """Its time counts from when it began, not from the order."""
    old = await works.held()
    works.clock.advance(DAY)
    await works.turn(old)
    await end_overdue(works.bench)
    assert await works.state(old) is State.SUBMITTING
    works.clock.advance(DAY)
    await end_overdue(works.bench)
    after = await works.job(old.id)
    assert (after.state, after.failure) == (State.LOST, Failure.OUTCOME_UNKNOWN)


async def test_what_is_over_stays_as_it_is(works: Works, films: FilmServer) -> None:
    """A video that waits for its member is no open job of the provider's."""
    job = await works.processing(films.url)
    await fetch(works.bench, job)
    works.clock.advance(60 * DAY)
    await end_overdue(works.bench)
    assert await works.state(job) is State.RENDERED


# --- by hand ---------------------------------------------------------------------------------


async def test_an_admin_ends_a_job_once_the_longest_wait_has_passed(works: Works) -> None:
    """Not before, and not twice; the log says who and why."""
    job = await works.processing()
    longest = works.bench.catalogue["sora-2"].longest_wait_seconds
    works.clock.advance(longest - 1)
    with pytest.raises(TooEarlyToEnd) as early:
        await works.jobs.give_up(job.id, GUILD, ADMIN, "stuck")
    assert early.value.at == works.clock.now() + timedelta(seconds=1)
    works.clock.advance(1)
    await works.jobs.give_up(job.id, GUILD, ADMIN, "stuck")
    after = await works.job(job.id)
    assert (after.state, after.failure) == (State.LOST, Failure.ENDED_BY_HAND)
    assert works.messenger.changes == [job.id]
    lines = {line.kind: line for line in (await works.jobs.budgets.log(GUILD)).lines}
    for kind in ("release", "set"):
        assert (lines[kind].actor_id, lines[kind].reason) == (ADMIN, "stuck")
    assert (lines["set"].name, lines["set"].target_id) == ("job_end", job.id)
    with pytest.raises(NotAtProvider):
        await works.jobs.give_up(job.id, GUILD, ADMIN, "stuck")


async def test_only_a_job_of_the_server_that_its_provider_has_can_be_ended(works: Works) -> None:
    """Another server's is not there; what waits in line can be cancelled."""
    job, waiting = await works.processing(), await works.held()
    works.clock.advance(DAY - 1)
    with pytest.raises(NoSuchJob):
        await works.jobs.give_up(job.id, 2, ADMIN, "")
    with pytest.raises(NotAtProvider) as refused:
        await works.jobs.give_up(waiting.id, GUILD, ADMIN, "")
    assert refused.value.state == State.HELD


async def test_an_end_that_another_process_wrote_is_told(works: Works) -> None:
    """From the command line: the tracker meets it at the next look."""
    job = await works.queued()
    async with running(works, recovering=True) as tracker:
        await quiet(works, tracker)
        works.clock.advance(DAY - 1)
        silent = works.jobs
        await silent.give_up(job.id, GUILD, 0, "")
        works.messenger.changes.clear()
        await brought(works, tracker, job, State.LOST)
        await works.clock.run_until(works.messenger.changes.reach(1))
    assert works.messenger.changes == [job.id]


# --- what it may still cost ------------------------------------------------------------------


async def test_its_price_counts_against_the_ceilings_until_the_provider_says_no(
    works: Works,
) -> None:
    """The member's credits are back, the operator's money may be gone."""
    await given_up(works)
    assert balances(works.database.path)["allowance"] == 0
    assert used(works) == [PRICE, PRICE]
    await later(works)
    assert used(works) == [PRICE, PRICE]
    works.provider.sighting = Failed("no")
    await later(works)
    assert used(works) == [0, 0]
    assert await works.database.read(find_differences) == []
    looks = len(works.provider.looks)
    await later(works, 3)
    assert len(works.provider.looks) == looks


async def test_a_request_is_forgotten_when_it_is_so_often(works: Works) -> None:
    """Three times in a row: an answer in between begins anew."""
    await given_up(works)
    gone = RequestForgotten("404")
    works.provider.on_look.plan(gone, gone)
    await later(works, 3)
    works.provider.on_look.plan(*[gone] * FORGOTTEN_AFTER)
    await later(works, FORGOTTEN_AFTER - 1)
    assert used(works) == [PRICE, PRICE]
    await later(works)
    assert used(works) == [0, 0]


async def test_what_cannot_be_asked_any_more_stays_counted(works: Works) -> None:
    """Nobody says that it is not billed; it is not looked at again."""
    await given_up(works)
    works.provider.on_look.plan(OutcomeUnknown("gone"))
    await later(works)
    looks = len(works.provider.looks)
    await later(works, 3)
    assert (used(works), len(works.provider.looks)) == ([PRICE, PRICE], looks)
    assert await works.database.read(find_differences) == []


def test_late_looks_are_ever_rarer_and_end() -> None:
    """From a quarter of an hour to six; sixty days are a few hundred looks."""
    now, looks = START + FIRST_LOOK, 0
    while (following := next_look(START, now)) is not None:
        assert FIRST_LOOK <= following - now <= SLOWEST_LOOK
        now, looks = following, looks + 1
    assert WATCHED <= now - START <= WATCHED + SLOWEST_LOOK
    assert 200 < looks < 300


# --- a video that comes after all ------------------------------------------------------------


async def test_a_late_video_is_kept_and_shown_and_changes_nothing(
    works: Works, films: FilmServer
) -> None:
    """In the archive; the job stays lost, nothing is charged, its price stays counted."""
    job = await given_up(works)
    with pytest.raises(NoVideoYet):
        await shown(works, job)
    works.provider.sighting = Completed(films.url)
    await later(works)
    file, url = await shown(works, job)
    assert (file, url) == (works.bench.archive.path(job.id), films.url)
    after = await works.job(job.id)
    assert (after.state, after.failure) == (State.LOST, Failure.GIVEN_UP)
    assert balances(works.database.path)["allowance"] == 0
    assert used(works) == [PRICE, PRICE]
    looks = len(works.provider.looks)
    await later(works, 2)
    assert len(works.provider.looks) == looks
    await works.jobs.shown(after)
    assert await works.state(job) is State.LOST


async def test_a_late_video_that_cannot_be_fetched_is_linked_and_tried_again(
    works: Works, films: FilmServer
) -> None:
    """Its address is kept meanwhile."""
    job = await given_up(works)
    films.script.plan(503)
    works.provider.sighting = Completed(films.url)
    await later(works)
    assert await shown(works, job) == (None, films.url)
    await later(works)
    assert await shown(works, job) == (works.bench.archive.path(job.id), films.url)


async def test_one_of_two_processes_looks(works: Works) -> None:
    """The other finds it claimed."""
    await given_up(works)
    works.clock.advance(FIRST_LOOK.total_seconds())
    for _ in range(2):
        await LateRequests(works.bench).round()
    assert len(works.provider.looks) == 1


async def shown(works: Works, job: Job) -> tuple[Path | None, str]:
    """Ask for a job's video: give the file, and the address."""
    view, video = await works.jobs.video(job.id, AS_ADA)
    assert view.late_video is not None
    return video.path if video else None, view.late_video.url
