"""Prices that a moderator must approve."""

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.credits import approvals
from bot.credits.approvals import Verdict
from bot.errors import ApprovalDecided, NoSuchJob
from bot.storage import Transaction
from tests.integration.credits.conftest import ADA, ADMIN, GUILD, Books

HOUR_SECONDS = 3_600


async def ask(books: Books, job_id: int, price: int) -> datetime | None:
    """Ask for a video, as the writing of a job does."""

    def create(tx: Transaction) -> datetime | None:
        books.budgets.hold(tx, ADA, price, job_id)
        return books.budgets.ask_approval(tx, ADA.payer, price, job_id)

    return await books.database.write(create)


async def decide(books: Books, job_id: int, verdict: Verdict) -> approvals.Approval:
    """Decide as the admin."""
    posting = books.posting("too dear", actor_id=ADMIN)
    return await books.database.write(approvals.decide, job_id, verdict, posting)


@pytest.fixture
async def strict(books: Books) -> Books:
    """Give books of a server where more than 100 credits need an approval, within two hours."""
    await books.rules.change_settings(GUILD, ADMIN, "", approve_above=100, approval_hours=2)
    return books


async def test_only_what_costs_more_waits(strict: Books) -> None:
    """The question tells when it lapses; the price stays held."""
    assert await ask(strict, 1, 100) is None
    assert await ask(strict, 2, 101) == strict.clock.now() + timedelta(hours=2)
    waiting = await strict.database.read(approvals.find_approval, 2)
    assert waiting is not None
    assert (waiting.guild_id, waiting.member_id) == (GUILD, ADA.payer.member_id)
    assert (waiting.price, waiting.verdict) == (101, None)
    assert (await strict.left())[2] == 201
    assert await strict.database.read(approvals.find_approval, 1) is None


async def test_without_a_setting_nothing_waits(books: Books) -> None:
    """However much it costs."""
    assert await ask(books, 1, 500) is None


@pytest.mark.parametrize("verdict", [Verdict.APPROVED, Verdict.DECLINED])
async def test_a_decision_is_made_once(strict: Books, verdict: Verdict) -> None:
    """Whoever comes second is told what was decided, by whom; the log tells it as well."""
    await ask(strict, 1, 200)
    strict.clock.advance(60)
    assert (await decide(strict, 1, verdict)).price == 200
    with pytest.raises(ApprovalDecided) as refused:
        await decide(strict, 1, Verdict.APPROVED)
    assert (refused.value.verdict, refused.value.decided_by) == (verdict, ADMIN)
    decided = await strict.database.read(approvals.find_approval, 1)
    assert decided is not None
    assert (decided.verdict, decided.decided_by) == (verdict, ADMIN)
    line = (await strict.budgets.log(GUILD)).lines[0]
    assert (line.name, line.value, line.target_id) == ("approval", verdict, 1)
    assert (line.actor_id, line.reason) == (ADMIN, "too dear")


async def test_of_many_who_decide_at_once_one_does(strict: Books) -> None:
    """Two moderators press two buttons."""
    await ask(strict, 1, 200)
    outcomes = await asyncio.gather(
        *(decide(strict, 1, verdict) for verdict in Verdict), return_exceptions=True
    )
    assert sum(isinstance(each, ApprovalDecided) for each in outcomes) == len(Verdict) - 1


async def test_after_its_time_it_lapses(strict: Books) -> None:
    """From then on nobody can approve it, also before the bot has noticed."""
    await ask(strict, 1, 200)
    await ask(strict, 2, 201)
    strict.clock.advance(2 * HOUR_SECONDS - 1)
    assert await strict.database.read(approvals.list_lapsed, strict.clock.now()) == []
    await decide(strict, 2, Verdict.APPROVED)
    strict.clock.advance(1)
    assert await strict.database.read(approvals.list_lapsed, strict.clock.now()) == [1]
    with pytest.raises(ApprovalDecided) as refused:
        await decide(strict, 1, Verdict.APPROVED)
    assert (refused.value.verdict, refused.value.decided_by) == ("lapsed", 0)
    await decide(strict, 1, Verdict.LAPSED)
    assert await strict.database.read(approvals.list_lapsed, strict.clock.now()) == []


async def test_a_job_that_is_over_asks_nobody(strict: Books) -> None:
    """Withdrawn, it can neither be approved nor lapse; without a question nothing happens."""
    await ask(strict, 1, 200)
    for _ in range(2):
        await strict.database.write(approvals.withdraw, 1, strict.posting("cancelled"))
    await strict.database.write(approvals.withdraw, 7, strict.posting("cancelled"))
    with pytest.raises(ApprovalDecided):
        await decide(strict, 1, Verdict.APPROVED)
    strict.clock.advance(3 * HOUR_SECONDS)
    assert await strict.database.read(approvals.list_lapsed, strict.clock.now()) == []


async def test_nothing_is_decided_that_nobody_asked(strict: Books) -> None:
    """A forged button names a job without a question."""
    with pytest.raises(NoSuchJob):
        await decide(strict, 7, Verdict.APPROVED)
