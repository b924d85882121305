"""Fixtures of the books' tests."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from bot.credits import Budgets, Payer, PeriodKind, release, settle
from bot.credits.ledger import Posting
from bot.storage import Database
from tests.fakes import FakeClock

ADA = Payer(guild_id=1, member_id=10)
BEN = Payer(guild_id=1, member_id=20)
ADMIN = 99
ALLOWANCE = 500


@dataclass(frozen=True)
class Books:
    """Budgets over a real file, with a clock that can be moved."""

    database: Database
    clock: FakeClock
    budgets: Budgets

    async def hold(self, job_id: int, amount: int, payer: Payer = ADA) -> None:
        """Hold a job's price, as the writing of a job does."""
        await self.database.write(self.budgets.hold, payer, amount, job_id)

    async def settle(self, job_id: int, payer: Payer = ADA) -> None:
        """End a hold as spent."""
        await self.database.write(settle, payer, self._posting("video made", job_id))

    async def release(self, job_id: int) -> None:
        """Give a hold back."""
        await self.database.write(release, self._posting("video failed", job_id))

    async def left(self, payer: Payer = ADA) -> tuple[int, int, int]:
        """Tell what is left of the allowance and of the grants, and what is held."""
        balance = await self.budgets.balance(payer)
        return balance.allowance_left, balance.granted_left, balance.held

    def _posting(self, reason: str, job_id: int) -> Posting:
        return Posting(self.clock.now(), 0, reason, job_id)


@pytest.fixture
def open_books(database: Database) -> Callable[[PeriodKind], Books]:
    """Open books with a kind of period."""

    def build(kind: PeriodKind) -> Books:
        clock = FakeClock()
        return Books(database, clock, Budgets(database, clock, ALLOWANCE, kind))

    return build


@pytest.fixture
def books(open_books: Callable[[PeriodKind], Books]) -> Books:
    """Open books whose allowance renews every month."""
    return open_books("month")
