"""Pauses and freezes take hold of what waits, and never of what a provider has."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.credits import Payer, Rules, Spender, Terms
from bot.credits.settings import LONGEST_PAUSE
from bot.errors import ApprovalDecided, ApprovalStopped, StaleTransition
from bot.jobs import rows
from bot.jobs.approving import Approver
from bot.jobs.job import Job
from bot.jobs.queue import UNLIMITED
from bot.jobs.states import Failure, State
from bot.jobs.stopped import end_stopped
from tests.books import balances, execute, query
from tests.integration.jobs.conftest import ADA, ALLOWANCE, BEN, PRICE, Works
from tests.integration.jobs.driving import quiet, running
from tests.integration.jobs.test_line import start_next

GUILD, ADMIN = ADA.guild_id, 99
ELSEWHERE = Payer(guild_id=2, member_id=10)
MODERATOR = Approver(Payer(GUILD, 50), moderates=True, manages_guild=False)


async def pause(works: Works, *, paused: bool = True) -> None:
    """Let an admin pause Ada's server, or let it go on."""
    rules = Rules(works.database, works.clock, Terms(ALLOWANCE, "month"))
    await rules.change_settings(GUILD, ADMIN, "", paused=paused)
    await works.jobs.rules_moved(GUILD)


async def freeze(works: Works, payer: Payer) -> None:
    """Let an admin freeze a member's budget."""
    await works.jobs.budgets.freeze(Spender(payer), ADMIN, "")
    await works.jobs.rules_moved(payer.guild_id)


async def started(works: Works) -> Sequence[int]:
    """Let those come forward whose turn it is, and be sent."""
    return (await start_next(works, UNLIMITED)).started


async def ended(works: Works) -> None:
    """Let the periodic round pass."""
    await end_stopped(works.database, works.clock, works.messenger.changed)


async def asked(works: Works) -> Job:
    """Write a job whose price a moderator is asked about."""
    rules = Rules(works.database, works.clock, Terms(ALLOWANCE, "month"))
    await rules.change_settings(GUILD, ADMIN, "", approve_above=0, approval_hours=100)
    job = await works.held()
    await rules.change_settings(GUILD, ADMIN, "", approve_above=None)
    return job


# --- a pause ---------------------------------------------------------------------------------


async def test_in_a_paused_server_jobs_wait_and_go_on_afterwards(works: Works) -> None:
    """The line passes them over, other servers' go on; the end of the pause lets them go."""
    job, other = await works.held(), await works.held(ELSEWHERE)
    await pause(works)
    assert works.messenger.changes == [job.id]
    view = await works.jobs.view(job.id)
    assert view.pause_over_at == works.clock.now() + LONGEST_PAUSE
    assert view.place_in_line is None
    assert (await works.jobs.view(other.id)).place_in_line == 1
    assert await started(works) == [other.id]
    moves = len(works.line_moves)
    await pause(works, paused=False)
    assert len(works.line_moves) == moves + 1
    assert (await works.jobs.view(job.id)).pause_over_at is None
    assert await started(works) == [job.id]


async def test_a_running_bot_sends_nothing_of_a_paused_server(works: Works) -> None:
    """Approved or not: the provider hears of none."""
    job = await works.held()
    await pause(works)
    async with running(works) as tracker:
        await quiet(works, tracker)
        assert works.provider.submits == []
        await pause(works, paused=False)
        tracker.line_moved()
        await quiet(works, tracker)
        assert len(works.provider.submits) == 1
    assert await works.state(job) is not State.HELD


async def test_a_pause_that_lasts_gives_the_credits_back(works: Works) -> None:
    """After its longest time what waits is cancelled and told why, and not a moment earlier."""
    job, other, sent = await works.held(), await works.held(ELSEWHERE), await works.queued(BEN)
    await pause(works)
    works.clock.advance(LONGEST_PAUSE.total_seconds() - 1)
    await ended(works)
    assert await works.state(job) is State.HELD
    works.clock.advance(1)
    works.messenger.changes.clear()
    await ended(works)
    after = await works.job(job.id)
    assert (after.state, after.failure) == (State.CANCELLED, Failure.GUILD_PAUSED)
    assert works.messenger.changes == [job.id]
    assert (await works.state(other), await works.state(sent)) == (State.HELD, State.QUEUED)
    assert balances(works.database.path)["held"] == 2 * PRICE


async def test_another_setting_does_not_begin_the_pause_anew(works: Works) -> None:
    """Its time runs from the pause; one that ended and came again has its own."""
    rules = Rules(works.database, works.clock, Terms(ALLOWANCE, "month"))
    job = await works.held()
    await pause(works)
    works.clock.advance(3600)
    await rules.change_settings(GUILD, ADMIN, "", zone="Europe/Berlin", paused=True)
    over_at = (await works.jobs.view(job.id)).pause_over_at
    assert over_at == works.clock.now() + LONGEST_PAUSE - timedelta(hours=1)
    await pause(works, paused=False)
    await pause(works)
    assert (await works.jobs.view(job.id)).pause_over_at == works.clock.now() + LONGEST_PAUSE


# --- a freeze --------------------------------------------------------------------------------


async def test_a_frozen_members_waiting_jobs_end_at_once(works: Works) -> None:
    """Cancelled, released, told why; what the provider has and what others ask for goes on."""
    sent, waiting, other = await works.queued(), await works.held(), await works.held(BEN)
    question = await asked(works)
    elsewhere = await works.held(ELSEWHERE)
    await freeze(works, ADA)
    for job in (waiting, question):
        after = await works.job(job.id)
        assert (after.state, after.failure) == (State.CANCELLED, Failure.MEMBER_FROZEN)
        assert job.id in works.messenger.changes
    assert await works.state(sent) is State.QUEUED
    assert balances(works.database.path)["held"] == 3 * PRICE
    assert query(works.database.path, "SELECT verdict FROM approvals") == [("withdrawn",)]
    assert await started(works) == [other.id, elsewhere.id]


async def test_the_round_ends_what_a_freeze_could_not(works: Works) -> None:
    """The bot died between the freeze and its effect: the next start, or round, sees to it."""
    job = await works.held()
    await works.jobs.budgets.freeze(Spender(ADA), ADMIN, "")
    assert await started(works) == []
    async with running(works, recovering=True):
        assert (await works.job(job.id)).failure is Failure.MEMBER_FROZEN


async def test_a_bad_row_does_not_keep_the_others(impatient: Works) -> None:
    """A hold that was ended by hand is one job's fault."""
    bad, good = await impatient.held(), await impatient.held()
    file = impatient.database.path
    execute(file, f"UPDATE holds SET state = 'released' WHERE job_id = {bad.id}")  # noqa: S608
    await freeze(impatient, ADA)
    states = [await impatient.state(job) for job in (bad, good)]
    assert states == [State.HELD, State.CANCELLED]


@pytest.mark.parametrize("rule", ["paused", "frozen"])
async def test_nothing_that_is_stopped_begins_to_be_sent(works: Works, rule: str) -> None:
    """Whoever tries: the guard stands in the statement itself."""
    job = await works.held()
    if rule == "paused":
        await pause(works)
    else:
        await works.jobs.budgets.freeze(Spender(ADA), ADMIN, "")
    with pytest.raises(StaleTransition):
        await works.turn(job)
    now = works.clock.now()
    assert not await works.database.write(rows.begin_submit, job, UNLIMITED, now)
    assert await works.state(job) is State.HELD


# --- approvals -------------------------------------------------------------------------------


async def test_a_pause_is_asked_before_an_approval(works: Works) -> None:
    """It says why not and leaves the question open; declining works all the same."""
    job, second = await asked(works), await asked(works)
    await pause(works)
    with pytest.raises(ApprovalStopped) as refused:
        await works.jobs.decide(job.id, MODERATOR, approved=True)
    assert (refused.value.job_id, refused.value.rule) == (job.id, "paused")
    await works.jobs.decide(second.id, MODERATOR, approved=False)
    await pause(works, paused=False)
    await works.jobs.decide(job.id, MODERATOR, approved=True)
    assert await started(works) == [job.id]


async def test_a_freeze_is_asked_before_an_approval(works: Works) -> None:
    """Also in the moment before the job has ended by it."""
    job = await asked(works)
    await works.jobs.budgets.freeze(Spender(ADA), ADMIN, "")
    with pytest.raises(ApprovalStopped) as refused:
        await works.jobs.decide(job.id, MODERATOR, approved=True)
    assert (refused.value.member_id, refused.value.rule) == (ADA.member_id, "frozen")
    await ended(works)
    with pytest.raises(ApprovalDecided):
        await works.jobs.decide(job.id, MODERATOR, approved=True)


async def test_places_in_line_do_not_count_what_is_stopped(works: Works) -> None:
    """Those of a paused server, decided about or not, are not before anybody."""
    await asked(works)
    await works.held()
    first = await works.held(ELSEWHERE)
    await pause(works)
    assert (await works.jobs.view(first.id)).place_in_line == 1
