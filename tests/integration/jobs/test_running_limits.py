"""What admins allow at the same time, and what waits for a moderator: others go first."""

from dataclasses import replace

from bot.credits.approvals import ask
from bot.credits.ledger import Posting
from bot.credits.limits import RoleLimits, set_limits
from bot.credits.settings import change_settings
from bot.jobs.approving import Approver
from bot.jobs.job import Job
from bot.jobs.states import Failure, State
from tests.books import balances
from tests.integration.jobs.conftest import ADA, BEN, Works
from tests.integration.jobs.driving import quiet, running

EDITORS = 77


async def sent(works: Works, *jobs: Job) -> list[bool]:
    """Let the tracker do what is due, and tell which of the jobs have been sent."""
    async with running(works) as tracker:
        await quiet(works, tracker)
    return [await works.state(job) is not State.HELD for job in jobs]


async def set_for_guild(works: Works, **values: int) -> None:
    """Let an admin set something for the server."""
    posting = Posting(works.clock.now(), 1, "")
    await works.database.write(change_settings, ADA.guild_id, posting, **values)


async def test_a_member_has_no_more_running_than_the_admins_allow(works: Works) -> None:
    """The second waits; another member's goes on."""
    await set_for_guild(works, most_running_per_member=1)
    first, second, other = await works.held(), await works.held(), await works.held(BEN)

    assert await sent(works, first, second, other) == [True, False, True]


async def test_a_server_has_no_more_running_than_its_admins_allow(works: Works) -> None:
    """Whoever came first goes first."""
    await set_for_guild(works, most_running_per_guild=2)
    jobs = [await works.held(), await works.held(BEN), await works.held()]

    assert await sent(works, *jobs) == [True, True, False]


async def test_a_role_may_allow_more_than_the_server_does(works: Works) -> None:
    """What the member's roles said when they asked counts before the server's rule."""
    await set_for_guild(works, most_running_per_member=1)
    posting = Posting(works.clock.now(), 1, "")
    limits = RoleLimits(most_running=2)
    await works.database.write(set_limits, ADA.guild_id, EDITORS, limits, posting)
    jobs = []
    for _ in range(3):
        request = replace(works.request(), role_ids=frozenset({EDITORS}))
        view = await works.jobs.create(request, works.order())
        await works.jobs.announce(view.job.id, message_id=view.job.id)
        jobs.append(view.job)

    assert await sent(works, *jobs) == [True, True, False]


async def waiting_for_approval(works: Works) -> Job:
    """Write a job whose price a moderator is asked about."""
    job = await works.held()
    now = works.clock.now()
    lapses_at = now.replace(hour=now.hour + 1)
    posting = Posting(now, ADA.member_id, "", job.id)
    await works.database.write(ask, ADA, job.price, lapses_at, posting)
    return job


def moderator() -> Approver:
    """Name a moderator who is not who asks."""
    return Approver(BEN, moderates=True, manages_guild=False)


async def test_what_waits_for_a_moderator_keeps_nobody_back(works: Works) -> None:
    """It is not sent, counts in no line, and goes on once it is approved."""
    asked = await waiting_for_approval(works)
    behind = await works.held(BEN)
    assert (await works.jobs.view(asked.id)).place_in_line is None
    assert (await works.jobs.view(behind.id)).place_in_line == 1
    assert await sent(works, asked, behind) == [False, True]

    await works.jobs.decide(asked.id, moderator(), approved=True)

    assert await sent(works, asked) == [True]


async def test_a_declined_price_gives_the_credits_back(works: Works) -> None:
    """The job ends with the reason; nothing was sent."""
    asked = await waiting_for_approval(works)

    await works.jobs.decide(asked.id, moderator(), approved=False)

    after = await works.job(asked.id)
    assert (after.state, after.failure) == (State.CANCELLED, Failure.DECLINED)
    assert balances(works.database.path)["held"] == 0
    assert works.provider.submits == []
