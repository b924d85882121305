"""Any sequence of grants, holds, ends and renewals leaves the books as a simple model says."""

import asyncio
import tempfile
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from bot.credits import Budgets, Payer, period_at
from bot.errors import HoldAlreadyEnded, InsufficientCredits, RevokesTooMuch
from bot.storage import Database
from bot.storage.database import URL_PREFIX
from tests.books import assert_balanced, query
from tests.fakes import FakeClock
from tests.integration.credits.conftest import ADA, ADMIN, ALLOWANCE, BEN, Books

PAYERS = st.sampled_from([ADA, BEN])
AMOUNTS = st.integers(1, 400)


@dataclass
class Held:
    """What the model knows of a hold: whose it is, and how much of it came from where."""

    payer: Payer
    period: str
    of_allowance: int
    of_grants: int


@dataclass
class Purse:
    """What the model knows of a member."""

    allowance: int = ALLOWANCE
    used: dict[str, int] = field(default_factory=dict)
    """By period: held or spent of the allowance."""
    granted: int = 0
    held: int = 0
    spent: int = 0

    def left(self, period: str) -> int:
        """Tell what is left of the period's allowance."""
        return max(0, self.allowance - self.used.get(period, 0))


class BooksMachine(RuleBasedStateMachine):
    """Plays rules on real books and on the model; after each they must agree."""

    holds: Bundle[int] = Bundle("holds")
    ended: Bundle[int] = Bundle("ended")
    template: bytes = b""
    """An empty, migrated file; set by the test."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name) / "bot.db"
        self._path.write_bytes(self.template)
        self._runner = asyncio.Runner()
        database, clock = Database(f"{URL_PREFIX}{self._path}"), FakeClock()
        self._books = Books(database, clock, Budgets(database, clock, ALLOWANCE, "week"))
        self._purses = {payer: Purse() for payer in (ADA, BEN)}
        self._held: dict[int, Held] = {}
        self._jobs = 0

    def teardown(self) -> None:
        """Close the file."""
        self._runner.run(self._books.database.close())
        self._runner.close()
        self._folder.cleanup()

    @property
    def _period(self) -> str:
        return period_at("week", self._books.clock.now()).key

    @rule(days=st.integers(0, 20))
    def let_time_pass(self, days: int) -> None:
        """Come into another period, or not."""
        self._books.clock.advance(timedelta(days=days).total_seconds())

    @rule(payer=PAYERS, amount=AMOUNTS)
    def grant(self, payer: Payer, amount: int) -> None:
        """Let an admin grant."""
        self._runner.run(self._books.budgets.grant(payer, amount, ADMIN, ""))
        self._purses[payer].granted += amount

    @rule(payer=PAYERS, amount=AMOUNTS)
    def revoke(self, payer: Payer, amount: int) -> None:
        """Let an admin revoke; more than is there is refused."""
        purse = self._purses[payer]
        revoke = self._books.budgets.revoke(payer, amount, ADMIN, "")
        if amount > purse.granted:
            with pytest.raises(RevokesTooMuch):
                self._runner.run(revoke)
        else:
            self._runner.run(revoke)
            purse.granted -= amount

    @rule(payer=PAYERS, amount=st.integers(0, 1_000))
    def set_allowance(self, payer: Payer, amount: int) -> None:
        """Let an admin set the allowance."""
        self._runner.run(self._books.budgets.set_allowance(payer, amount, ADMIN, ""))
        self._purses[payer].allowance = amount

    @rule(target=holds, payer=PAYERS, amount=AMOUNTS)
    def hold(self, payer: Payer, amount: int) -> MultipleResults[int] | int:
        """Hold a job's price; more than is there is refused."""
        purse, period = self._purses[payer], self._period
        self._jobs += 1
        hold = self._books.hold(self._jobs, amount, payer)
        if amount > purse.left(period) + purse.granted:
            with pytest.raises(InsufficientCredits) as refused:
                self._runner.run(hold)
            assert refused.value.available == purse.left(period) + purse.granted
            return multiple()
        self._runner.run(hold)
        of_allowance = min(amount, purse.left(period))
        purse.used[period] = purse.used.get(period, 0) + of_allowance
        purse.granted -= amount - of_allowance
        purse.held += amount
        self._held[self._jobs] = Held(payer, period, of_allowance, amount - of_allowance)
        return self._jobs

    @rule(target=ended, job_id=consumes(holds))
    def settle(self, job_id: int) -> int:
        """Spend a job's price."""
        held = self._held.pop(job_id)
        self._runner.run(self._books.settle(job_id, held.payer))
        purse = self._purses[held.payer]
        purse.held -= held.of_allowance + held.of_grants
        purse.spent += held.of_allowance + held.of_grants
        return job_id

    @rule(target=ended, job_id=consumes(holds))
    def release(self, job_id: int) -> int:
        """Give a job's price back to the period and the grants that it came from."""
        held = self._held.pop(job_id)
        self._runner.run(self._books.release(job_id))
        purse = self._purses[held.payer]
        purse.held -= held.of_allowance + held.of_grants
        purse.used[held.period] -= held.of_allowance
        purse.granted += held.of_grants
        return job_id

    @rule(job_id=ended, settle=st.booleans())
    def end_again(self, job_id: int, settle: bool) -> None:
        """End a hold that has ended: it is refused."""
        again = self._books.settle(job_id) if settle else self._books.release(job_id)
        with pytest.raises(HoldAlreadyEnded):
            self._runner.run(again)

    @invariant()
    def balances_are_those_of_the_model(self) -> None:
        """See for everybody what the model says."""
        for payer, purse in self._purses.items():
            balance = self._runner.run(self._books.budgets.balance(payer))
            assert balance.allowance == purse.allowance
            assert balance.allowance_left == purse.left(self._period)
            assert balance.granted_left == purse.granted
            assert balance.held == purse.held

    @invariant()
    def the_books_balance(self) -> None:
        """Check the sums, that nothing is below zero that must not be, and the open holds."""
        assert_balanced(self._path)
        below = "SELECT kind FROM accounts WHERE balance < 0 AND kind NOT IN (?, ?)"
        assert query(self._path, below, "issued", "allowance") == []
        spent = query(
            self._path, "SELECT member_id, balance FROM accounts WHERE kind = 'spent' AND balance"
        )
        purses = self._purses.items()
        assert dict(spent) == {payer.member_id: p.spent for payer, p in purses if p.spent}
        held = query(self._path, "SELECT job_id, amount FROM holds WHERE state = 'held'")
        assert dict(held) == {
            job_id: each.of_allowance + each.of_grants for job_id, each in self._held.items()
        }


def test_the_books_follow_a_simple_model(database_file: Path) -> None:
    """Whatever is done in whatever order."""
    BooksMachine.template = database_file.read_bytes()
    run_state_machine_as_test(
        BooksMachine,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
