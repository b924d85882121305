"""Fixtures of the books' tests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest

from bot.credits import (
    Budgets,
    Payer,
    PeriodKind,
    Posting,
    Rules,
    Source,
    Spender,
    Terms,
    refund,
    release,
    settle,
)
from bot.storage import Database
from tests.books import EVERYWHERE
from tests.fakes import FakeClock

GUILD = 1
ADA = Spender(Payer(GUILD, 10))
BEN = Spender(Payer(GUILD, 20))
ADMIN = 99
ALLOWANCE = 500


@dataclass(frozen=True)
class Books:
    """Budgets and rules over a real file, with a clock that can be moved."""

    database: Database
    clock: FakeClock
    budgets: Budgets
    rules: Rules

    async def hold(self, job_id: int, amount: int, spender: Spender = ADA) -> Sequence[Source]:
        """Hold a job's price, as the writing of a job does."""
        return await self.database.write(self.budgets.hold, spender, amount, job_id)

    async def settle(self, job_id: int, amount: int, spender: Spender = ADA) -> None:
        """End a hold as spent, or so much of it."""
        posting = self.posting("video made", job_id)
        await self.database.write(settle, spender.payer, posting, amount)

    async def release(self, job_id: int) -> None:
        """Give a hold back."""
        await self.database.write(release, self.posting("video failed", job_id))

    async def refund(self, job_id: int) -> None:
        """Give back what a job's hold was settled for."""
        await self.database.write(refund, self.posting("video lost", job_id))

    async def left(self, spender: Spender = ADA) -> tuple[int, int, int]:
        """Tell what is left of the allowance and of the grants, and what is held."""
        balance = await self.budgets.balance(spender)
        return balance.allowance_left, balance.granted_left, balance.held

    def posting(self, reason: str, job_id: int | None = None, actor_id: int = 0) -> Posting:
        """Say who moves something now, and why."""
        return Posting(self.clock.now(), actor_id, reason, job_id)


def new_books(database: Database, clock: FakeClock, kind: PeriodKind) -> Books:
    """Open books over a database."""
    terms = Terms(ALLOWANCE, kind)
    rules = Rules(database, clock, terms)
    return Books(database, clock, Budgets(database, clock, terms, EVERYWHERE), rules)


@pytest.fixture
def open_books(database: Database) -> Callable[[PeriodKind], Books]:
    """Open books with a kind of period."""
    return lambda kind: new_books(database, FakeClock(), kind)


@pytest.fixture
def books(open_books: Callable[[PeriodKind], Books]) -> Books:
    """Open books whose allowance renews every month."""
    return open_books("month")
