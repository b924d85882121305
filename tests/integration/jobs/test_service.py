"""What members do with jobs: every answer is true, every refusal leaves no trace."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bot.credits import Payer, Spender
from bot.errors import (
    InsufficientCredits,
    NoSuchJob,
    NotYours,
    NoVideoYet,
    RepeatedInteraction,
    StaleTransition,
    StorageBusy,
    TooLateToCancel,
)
from bot.jobs import rows
from bot.jobs.bring import fetch
from bot.jobs.job import Job
from bot.jobs.resting import list_untold
from bot.jobs.service import HISTORY_LENGTH, INSIST_SECONDS, Asker
from bot.jobs.stages import Unseen
from bot.jobs.states import Failure, State
from tests.books import balances, query
from tests.integration.jobs.conftest import ADA, ALLOWANCE, BEN, PRICE, FilmServer, Works

ELSEWHERE = Payer(guild_id=2, member_id=10)
AS_ADA = Asker(ADA, manages_guild=False)
AS_BEN = Asker(BEN, manages_guild=False)
AS_ADMIN = Asker(Payer(1, 99), manages_guild=True)
LIMIT_BYTES = 10_000_000


async def rendered(works: Works, films: FilmServer) -> Job:
    """Bring a job's video to the disk."""
    job = await works.processing(films.url)
    await fetch(works.bench, job)
    return await works.job(job.id)


# --- asking ----------------------------------------------------------------------------------


async def test_a_new_job_holds_its_price_and_waits_for_its_message(works: Works) -> None:
    """Everything is there in one transaction; nobody is told to start anything yet."""
    view = await works.jobs.create(works.request(), works.order())
    assert (view.job.state, view.job.price, view.title) == (State.HELD, PRICE, "Sora 2")
    assert view.job.worker == works.worker.number
    assert balances(works.database.path)["held"] == PRICE
    assert works.events(view.job) == ["held"]
    assert works.line_moves == []


async def test_a_member_with_too_few_credits_gets_no_job(works: Works) -> None:
    """The refusal tells what is there; neither a job nor a hold nor a message is written."""
    for _ in range(ALLOWANCE // PRICE):
        await works.jobs.create(works.request(), works.order())
    with pytest.raises(InsufficientCredits) as refused:
        await works.jobs.create(works.request(), works.order())
    assert (refused.value.price, refused.value.available) == (PRICE, ALLOWANCE % PRICE)
    for table in ("jobs", "holds", "messages", "job_events"):
        count = query(works.database.path, f"SELECT count(*) FROM {table}")  # noqa: S608 - ours
        assert count == [(ALLOWANCE // PRICE,)]


async def test_many_at_once_get_as_many_jobs_as_they_can_pay(works: Works) -> None:
    """Twenty commands, three prices: three jobs and seventeen refusals."""
    await works.jobs.budgets.set_allowance(Spender(ADA), 3 * PRICE + 5, 99, "")
    creations = [works.jobs.create(works.request(), works.order()) for _ in range(20)]
    outcomes = await asyncio.gather(*creations, return_exceptions=True)
    refused = [each for each in outcomes if isinstance(each, InsufficientCredits)]
    assert len(refused) == 17
    assert query(works.database.path, "SELECT count(*) FROM jobs") == [(3,)]


async def test_an_interaction_that_comes_twice_makes_one_job(works: Works) -> None:
    """Discord replays, or two processes hear the same: one hold."""
    request = works.request()
    twice = [works.jobs.create(request, works.order()) for _ in range(2)]
    outcomes = await asyncio.gather(*twice, return_exceptions=True)
    assert sum(isinstance(each, RepeatedInteraction) for each in outcomes) == 1
    assert balances(works.database.path)["held"] == PRICE


async def test_an_announced_job_joins_the_line(works: Works) -> None:
    """Discord has shown it: the tracker is told, and knows the message."""
    view = await works.jobs.create(works.request(), works.order())
    await works.jobs.announce(view.job.id, message_id=77)
    address = await works.database.read(rows.get_message, view.job.id)
    assert address.message_id == 77
    assert len(works.line_moves) == 1


async def test_a_job_whose_message_failed_is_withdrawn(works: Works) -> None:
    """Nothing was submitted, nothing is charged; a second time changes nothing."""
    view = await works.jobs.create(works.request(), works.order())
    for _ in range(2):
        await works.jobs.withdraw(view.job.id)
    job = await works.job(view.job.id)
    assert (job.state, job.failure) == (State.CANCELLED, Failure.NEVER_SHOWN)
    assert balances(works.database.path)["held"] == 0
    assert works.events(job) == ["held", "cancelled"]
    assert works.messenger.changes == [job.id]


@pytest.mark.parametrize(
    ("found", "state", "message_id"),
    [
        (77, State.HELD, 77),
        (Unseen.ABSENT, State.CANCELLED, None),
        (Unseen.UNKNOWN, State.HELD, None),
    ],
)
async def test_a_beginning_that_is_in_doubt_is_settled_by_what_discord_says(
    works: Works, found: int | Unseen, state: State, message_id: int | None
) -> None:
    """Where the message stands the job goes on, else it ends; where nobody knows, it waits."""
    view = await works.jobs.create(works.request(), works.order())
    works.messenger.on_find.plan(found)
    await works.jobs.confirm(view.job.id)
    assert await works.state(view.job) is state
    assert (await works.database.read(rows.get_message, view.job.id)).message_id == message_id
    assert balances(works.database.path)["held"] == (PRICE if state is State.HELD else 0)


@pytest.mark.parametrize("step", ["announce", "withdraw"])
async def test_the_end_of_a_beginning_is_insisted_on(impatient: Works, step: str) -> None:
    """With the database locked the job's fate is written as soon as it opens again."""
    view = await impatient.jobs.create(impatient.request(), impatient.order())
    fates = {
        "announce": impatient.jobs.announce(view.job.id, 77),
        "withdraw": impatient.jobs.withdraw(view.job.id),
    }
    with closing(sqlite3.connect(impatient.database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        fate = asyncio.create_task(fates.pop(step))
        for _ in range(2):
            await impatient.clock.asleep()
            impatient.clock.advance(INSIST_SECONDS)
        await impatient.clock.asleep()
        other.execute("ROLLBACK")
    impatient.clock.advance(INSIST_SECONDS)
    await fate
    (unused,) = fates.values()
    unused.close()
    message = (await impatient.database.read(rows.get_message, view.job.id)).message_id
    state = await impatient.state(view.job)
    assert (message, state) == ((77, "held") if step == "announce" else (None, "cancelled"))


async def test_a_command_is_told_that_the_database_is_busy(impatient: Works) -> None:
    """It does not wait beyond what Discord allows, and leaves nothing."""
    await impatient.jobs.history(ADA)
    with closing(sqlite3.connect(impatient.database.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageBusy):
            await impatient.jobs.create(impatient.request(), impatient.order())
    assert query(impatient.database.path, "SELECT id FROM jobs") == []


# --- cancelling ------------------------------------------------------------------------------


@pytest.mark.parametrize("asker", [AS_ADA, AS_ADMIN])
async def test_a_job_in_line_can_be_cancelled(works: Works, asker: Asker) -> None:
    """By its member or an admin: the credits come back, the log says who, the line moves."""
    job = await works.held()
    moves = len(works.line_moves)
    assert (await works.jobs.cancel(job.id, asker)).id == job.id
    after = await works.job(job.id)
    assert (after.state, after.failure) == (State.CANCELLED, Failure.CANCELLED_BY_MEMBER)
    assert balances(works.database.path)["held"] == 0
    log = (await works.jobs.budgets.log(1)).lines
    assert (log[0].kind, log[0].actor_id) == ("release", asker.payer.member_id)
    assert len(works.line_moves) == moves + 1
    assert works.messenger.changes == [job.id]


async def test_another_s_job_cannot_be_cancelled(works: Works) -> None:
    """Not by a member without the right."""
    job = await works.held()
    with pytest.raises(NotYours) as refused:
        await works.jobs.cancel(job.id, AS_BEN)
    assert refused.value.job_id == job.id
    assert await works.state(job) is State.HELD


@pytest.mark.parametrize("asker", [Asker(ELSEWHERE, manages_guild=True), AS_ADA])
async def test_a_job_of_another_server_does_not_exist(works: Works, asker: Asker) -> None:
    """Neither for its admins nor for the same member there; nor does a number never given."""
    job = await works.held(ELSEWHERE if asker is AS_ADA else ADA)
    for job_id in (job.id, 999):
        with pytest.raises(NoSuchJob):
            await works.jobs.cancel(job_id, asker)
        with pytest.raises(NoSuchJob):
            await works.jobs.video(job_id, asker)
    assert await works.state(job) is State.HELD


async def test_a_job_that_was_handed_over_cannot_be_cancelled(works: Works) -> None:
    """The provider can't be stopped; the refusal tells where the job stands."""
    for job in (await works.submitting(), await works.queued(), await works.processing()):
        with pytest.raises(TooLateToCancel) as refused:
            await works.jobs.cancel(job.id, AS_ADA)
        assert (refused.value.job_id, refused.value.state) == (job.id, job.state)
        assert await works.state(job) is job.state
    assert balances(works.database.path)["held"] == 3 * PRICE


async def test_a_job_is_cancelled_or_submitted_and_never_both(works: Works) -> None:
    """A cancel races with the turn in line: one of them is refused, and the row tells which."""

    async def race(job: Job) -> None:
        now = works.clock.now()
        cancelled, submitted = await asyncio.gather(
            works.jobs.cancel(job.id, AS_ADA),
            works.database.write(rows.move_job, job.id, State.SUBMITTING, now),
            return_exceptions=True,
        )
        if isinstance(cancelled, TooLateToCancel):
            assert submitted is None
            assert works.events(job) == ["held", "submitting"]
        else:
            assert isinstance(submitted, StaleTransition)
            assert works.events(job) == ["held", "cancelled"]

    await asyncio.gather(*[race(await works.held()) for _ in range(10)])


# --- looking ---------------------------------------------------------------------------------


async def test_a_member_sees_what_is_under_way(works: Works) -> None:
    """Oldest first, with places in line; not others' jobs, not those that are over."""
    queued, first, second = await works.queued(), await works.held(), await works.held()
    await works.held(BEN)
    await works.held(ELSEWHERE)
    await works.jobs.cancel((await works.held()).id, AS_ADA)
    views = await works.jobs.under_way(ADA)
    assert [view.job.id for view in views] == [queued.id, first.id, second.id]
    assert [view.place_in_line for view in views] == [None, 1, 2]


async def test_a_video_that_was_not_delivered_is_still_under_way(
    works: Works, films: FilmServer
) -> None:
    """The member waits for it."""
    job = await rendered(works, films)
    assert [view.job.id for view in await works.jobs.under_way(ADA)] == [job.id]
    await works.jobs.shown(job)
    assert await works.jobs.under_way(ADA) == []


async def test_the_history_shows_the_latest_jobs(works: Works) -> None:
    """Newest first, whatever became of them, and only the member's own."""
    jobs = []
    for _ in range(HISTORY_LENGTH + 2):
        job = await works.held()
        await works.jobs.cancel(job.id, AS_ADA)
        jobs.append(job.id)
    await works.held(BEN)
    await works.held(ELSEWHERE)
    history = await works.jobs.history(ADA)
    assert [job.id for job in history] == jobs[::-1][:HISTORY_LENGTH]
    assert {job.state for job in history} == {State.CANCELLED}


async def test_one_job_can_be_looked_at(works: Works) -> None:
    """With all that can be said of it; a number that was never given is told."""
    job = await works.held()
    assert (await works.jobs.view(job.id)).place_in_line == 1
    with pytest.raises(NoSuchJob):
        await works.jobs.view(999)


# --- the video -------------------------------------------------------------------------------


@pytest.mark.parametrize("asker", [AS_ADA, AS_ADMIN])
async def test_a_video_can_be_brought_back(works: Works, films: FilmServer, asker: Asker) -> None:
    """As the file that is kept."""
    job = await rendered(works, films)
    view, video = await works.jobs.video(job.id, asker)
    assert view.job.id == job.id
    assert video is not None
    assert video.path == works.bench.archive.path(job.id)


async def test_another_s_video_is_not_shown(works: Works, films: FilmServer) -> None:
    """A member without the right is refused."""
    job = await rendered(works, films)
    with pytest.raises(NotYours):
        await works.jobs.video(job.id, AS_BEN)


async def test_a_job_without_a_video_says_where_it_stands(works: Works) -> None:
    """Not yet, or never."""
    for job in (await works.held(), await works.processing()):
        with pytest.raises(NoVideoYet) as refused:
            await works.jobs.video(job.id, AS_ADA)
        assert (refused.value.job_id, refused.value.state) == (job.id, job.state)


async def test_a_video_that_was_shown_is_delivered(works: Works, films: FilmServer) -> None:
    """The member has it: the delivery that could not reach them is over, once."""
    job = await rendered(works, films)
    for _ in range(2):
        await works.jobs.shown(job)
    after = await works.job(job.id)
    assert (after.state, after.told_at) == (State.DELIVERED, works.clock.now())
    assert works.events(job).count("delivered") == 1


async def test_showing_a_job_that_is_not_rendered_changes_nothing(works: Works) -> None:
    """Only what waits for its delivery can be delivered so."""
    job = await works.processing()
    await works.jobs.shown(job)
    assert await works.state(job) is State.PROCESSING


async def test_what_a_server_s_members_still_wait_for_is_known(
    works: Works, films: FilmServer, tmp_path: Path
) -> None:
    """Videos and ends that were not told, of this server and this process: for opening doors."""
    waiting, delivered = await rendered(works, films), await rendered(works, films)
    await works.jobs.shown(delivered)
    foreign = await rendered(works, films)
    await works.database.write(rows.update_job, foreign.id, worker=99)
    ended = await works.held()
    await works.jobs.cancel(ended.id, AS_ADA)
    told = await works.held()
    await works.jobs.cancel(told.id, AS_ADA)
    await works.database.write(rows.update_job, told.id, told_at=works.clock.now())
    await works.held()
    worker = works.owner.worker
    untold = await works.database.read(list_untold, worker, 1)
    assert [(each.job_id, each.video) for each in untold] == [(waiting.id, True), (ended.id, False)]
    assert await works.database.read(list_untold, worker, 2) == []
