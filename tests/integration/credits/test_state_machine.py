"""Any sequence of commands, ends, renewals and crashes leaves the books as a simple model says."""

import asyncio
import copy
import itertools
import tempfile
from collections.abc import Awaitable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

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

from bot.credits import Payer, Source, Spender, approvals, refund, release, settle
from bot.credits.approvals import Verdict
from bot.credits.audit import find_differences
from bot.credits.pools import PoolKind
from bot.errors import (
    AmountOutOfRange,
    ApprovalDecided,
    HoldAlreadyEnded,
    NoSuchPool,
    Refusal,
    RevokesTooMuch,
)
from bot.storage import Database, Transaction
from bot.storage.database import URL_PREFIX
from tests.books import assert_balanced, close_job, insert_job, query
from tests.fakes import FakeClock
from tests.integration.credits.conftest import ADMIN, GUILD, Books, new_books
from tests.integration.credits.model import OPERATORS_KIND, Model, Part, Purse, Shared

pytestmark = pytest.mark.slow  # thousands of steps

T = TypeVar("T")

MEMBERS = st.sampled_from([10, 20])
ROLES = (5, 6)
CHANNELS = (7, 8)
AMOUNTS = st.integers(1, 400)
LEAVES = st.one_of(st.none(), st.integers(0, 900))
TARGETS = st.sampled_from([("role", 5), ("role", 6), ("channel", 7)])
EXAMPLES = 20
STEPS = 40


class CrashError(Exception):
    """The process dies in the middle of a transaction."""


def told(parts: Sequence[Source]) -> list[Part]:
    """Say what pays as the model says it."""
    return [(part.kind, part.target_id, part.amount) for part in parts]


class BooksMachine(RuleBasedStateMachine):
    """Plays rules on real books and on the model; after each they must agree."""

    holds: Bundle[int] = Bundle("holds")
    ended: Bundle[int] = Bundle("ended")
    template: bytes = b""
    """An empty, migrated file; set by the test."""
    connections: int = 1

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._path = Path(self._folder.name) / "bot.db"
        self._path.write_bytes(self.template)
        self._runner = asyncio.Runner()
        self._clock = FakeClock()
        self._books = [self._open() for _ in range(self.connections)]
        self._turns = itertools.cycle(range(self.connections))
        self._model = Model(self._clock.now(), purses={10: Purse(), 20: Purse()})
        self._asked: dict[int, Verdict | None] = {}
        self._jobs = 0

    def teardown(self) -> None:
        """End every hold that is open, which must be possible; look once more, and close."""
        for job_id in list(self._model.holds):
            self.release(job_id)
        self.the_books_balance()
        assert query(self._path, "SELECT * FROM holds WHERE state = 'held'") == []
        for books in self._books:
            self._run(books.database.close())
        self._runner.close()
        self._folder.cleanup()

    def _open(self) -> Books:
        return new_books(Database(f"{URL_PREFIX}{self._path}"), self._clock, OPERATORS_KIND)

    def _run(self, awaitable: Awaitable[T]) -> T:
        async def wait() -> T:
            return await awaitable

        return self._runner.run(wait())

    @property
    def _next(self) -> Books:
        """Whose turn it is of the processes."""
        return self._books[next(self._turns)]

    def _spender(self, member: int, channel: int = 0) -> Spender:
        roles = self._model.purses[member].roles
        return Spender(Payer(GUILD, member), roles, frozenset({channel} - {0}))

    @rule(hours=st.integers(0, 24 * 12))
    def let_time_pass(self, hours: int) -> None:
        """Come into another period, or not."""
        self._clock.advance(timedelta(hours=hours).total_seconds())
        self._model.now = self._clock.now()

    @rule(member=MEMBERS, amount=AMOUNTS)
    def grant(self, member: int, amount: int) -> None:
        """Let an admin grant."""
        self._run(self._next.budgets.grant(self._spender(member), amount, ADMIN, ""))
        self._model.purses[member].granted += amount

    @rule(member=MEMBERS, amount=AMOUNTS)
    def revoke(self, member: int, amount: int) -> None:
        """Let an admin revoke; more than is there is refused."""
        purse = self._model.purses[member]
        revoke = self._next.budgets.revoke(self._spender(member), amount, ADMIN, "")
        if amount > purse.granted:
            with pytest.raises(RevokesTooMuch):
                self._run(revoke)
        else:
            self._run(revoke)
            purse.granted -= amount

    @rule(member=MEMBERS, amount=LEAVES)
    def set_allowance(self, member: int, amount: int | None) -> None:
        """Let an admin set a member's allowance, or leave it to the roles."""
        self._run(self._next.budgets.set_allowance(self._spender(member), amount, ADMIN, ""))
        self._model.purses[member].own = amount

    @rule(role=st.sampled_from(ROLES), amount=LEAVES)
    def set_role_allowance(self, role: int, amount: int | None) -> None:
        """Let an admin give a role an allowance, or take it away."""
        self._run(self._next.rules.set_role_allowance(GUILD, role, amount, ADMIN, ""))
        if amount is None:
            self._model.role_allowances.pop(role, None)
        else:
            self._model.role_allowances[role] = amount

    @rule(member=MEMBERS, roles=st.frozensets(st.sampled_from(ROLES)))
    def change_roles(self, member: int, roles: frozenset[int]) -> None:
        """Give a member other roles; the books hear of it only when the member asks."""
        self._model.purses[member].roles = roles

    @rule(
        default=st.integers(0, 900),
        add_up=st.booleans(),
        kind=st.sampled_from(["day", "week", "month"]),
        zone=st.sampled_from(["UTC", "Africa/Cairo", "Asia/Kathmandu"]),
    )
    def change_settings(self, default: int, add_up: bool, kind: Any, zone: str) -> None:
        """Let an admin change what holds for all."""
        model = self._model
        model.default, model.add_up, model.kind, model.zone = default, add_up, kind, zone
        change = self._next.rules.change_settings(
            GUILD,
            ADMIN,
            "",
            default_allowance=default,
            role_allowances="sum" if add_up else "highest",
            period=kind,
            zone=zone,
        )
        self._run(change)

    @rule(paused=st.booleans())
    def pause(self, paused: bool) -> None:
        """Let an admin pause the server, or let it go on."""
        self._run(self._next.rules.change_settings(GUILD, ADMIN, "", paused=paused))
        self._model.paused = paused

    @rule(member=MEMBERS, frozen=st.booleans())
    def freeze(self, member: int, frozen: bool) -> None:
        """Let an admin freeze a member, or unfreeze."""
        budgets = self._next.budgets
        change = budgets.freeze if frozen else budgets.unfreeze
        self._run(change(self._spender(member), ADMIN, ""))
        self._model.purses[member].frozen = frozen

    @rule(sharer=TARGETS, amount=st.integers(0, 900), share=LEAVES)
    def set_pool(self, sharer: tuple[PoolKind, int], amount: int, share: int | None) -> None:
        """Let an admin set up a pool, change it, or set it up again."""
        self._run(self._next.rules.set_pool(GUILD, sharer, (amount, share), ADMIN, ""))
        found = [pool for pool in self._model.pools if pool.target == sharer[1]]
        if not found:
            self._model.pools.append(Shared(*sharer, amount, share))
        for pool in found:
            pool.amount, pool.share, pool.there = amount, share, True

    @rule(sharer=TARGETS)
    def remove_pool(self, sharer: tuple[PoolKind, int]) -> None:
        """Let an admin remove a pool, also one of which credits are held."""
        remove = self._next.rules.remove_pool(GUILD, sharer, ADMIN, "")
        found = [pool for pool in self._model.pools if pool.target == sharer[1] and pool.there]
        if not found:
            with pytest.raises(NoSuchPool):
                self._run(remove)
        for pool in found:
            self._run(remove)
            pool.there = False

    @rule(role=st.sampled_from(ROLES))
    def delete_role(self, role: int) -> None:
        """Delete a role: its rules go, what is held stays held."""
        self._run(self._next.rules.forget(GUILD, "role", role))
        self._model.role_allowances.pop(role, None)
        for pool in self._model.pools:
            pool.there = pool.there and pool.target != role

    @rule(guild=st.sampled_from([0, GUILD]), amount=st.one_of(st.none(), st.integers(0, 3_000)))
    def set_ceiling(self, guild: int, amount: int | None) -> None:
        """Let the operator set a ceiling, or take it away."""
        self._run(self._next.rules.set_ceiling(guild, amount, 0, ""))
        if amount is None:
            self._model.ceilings.pop(guild, None)
        else:
            self._model.ceilings[guild] = amount

    @rule(target=holds, member=MEMBERS, amount=AMOUNTS, channel=st.sampled_from(CHANNELS))
    def hold(self, member: int, amount: int, channel: int) -> MultipleResults[int] | int:
        """Hold a job's price; what does not fit is refused, and leaves nothing behind."""
        self._jobs += 1
        spender = self._spender(member, channel)
        expected = self._model.hold(spender, amount, self._jobs)
        create = self._next.database.write(self._create, spender, amount, self._jobs)
        if isinstance(expected, list):
            assert self._run(create) == expected
            return self._jobs
        with pytest.raises(expected):
            self._run(create)
        return multiple()

    def _create(self, tx: Transaction, spender: Spender, amount: int, job_id: int) -> list[Part]:
        insert_job(tx, job_id, spender.payer, amount)
        return told(self._books[0].budgets.hold(tx, spender, amount, job_id))

    @rule(target=holds, members=st.tuples(MEMBERS, MEMBERS), amounts=st.tuples(AMOUNTS, AMOUNTS))
    def hold_two_at_once(
        self, members: tuple[int, int], amounts: tuple[int, int]
    ) -> MultipleResults[int]:
        """Hold two prices at the same time: it is as if one had come after the other."""
        jobs = (self._jobs + 1, self._jobs + 2)
        self._jobs += 2
        orders = [
            (self._spender(member), amount, job)
            for member, amount, job in zip(members, amounts, jobs, strict=True)
        ]
        outcomes = self._run(self._both(orders))
        for sequence in (orders, orders[::-1]):
            model = copy.deepcopy(self._model)
            expected = {order[2]: model.hold(*order) for order in sequence}
            if expected == outcomes:
                self._model = model
                return multiple(*(job for job in jobs if job in model.holds))
        raise AssertionError(outcomes)

    async def _both(
        self, orders: Sequence[tuple[Spender, int, int]]
    ) -> dict[int, list[Part] | type[Refusal]]:
        outcomes = await asyncio.gather(
            *(self._next.database.write(self._create, *order) for order in orders),
            return_exceptions=True,
        )
        found: dict[int, list[Part] | type[Refusal]] = {}
        for (_, _, job), outcome in zip(orders, outcomes, strict=True):
            assert isinstance(outcome, list | Refusal)
            found[job] = outcome if isinstance(outcome, list) else type(outcome)
        return found

    @rule(member=MEMBERS, amount=AMOUNTS)
    def crash_while_holding(self, member: int, amount: int) -> None:
        """Die before the transaction is over: nothing of it is there."""

        def create(tx: Transaction) -> None:
            try:
                self._create(tx, self._spender(member), amount, self._jobs + 1)
            finally:
                raise CrashError

        with pytest.raises(CrashError):
            self._run(self._next.database.write(create))

    @rule(job_id=holds)
    def crash_while_settling(self, job_id: int) -> None:
        """Die before the transaction is over: the hold can still end."""
        if job_id not in self._model.holds:
            return
        held = self._model.holds[job_id]

        def end(tx: Transaction) -> None:
            settle(tx, Payer(GUILD, held.member), self._books[0].posting("", job_id), held.amount)
            raise CrashError

        with pytest.raises(CrashError):
            self._run(self._next.database.write(end))

    @rule(which=st.integers(0, 1))
    def reopen(self, which: int) -> None:
        """Stop one of the processes and start it anew."""
        which %= self.connections
        self._run(self._books[which].database.close())
        self._books[which] = self._open()

    @rule(target=ended, job_id=consumes(holds), percent=st.integers(1, 100))
    def settle(self, job_id: int, percent: int) -> int:
        """Spend a job's price, or less where the job became cheaper."""
        held = self._model.holds[job_id]
        amount = max(1, held.amount * percent // 100)

        def end(tx: Transaction, amount: int) -> None:
            settle(tx, Payer(GUILD, held.member), self._books[0].posting("", job_id), amount)
            close_job(tx, job_id, "delivered", amount)

        with pytest.raises(AmountOutOfRange):
            self._run(self._next.database.write(end, held.amount + 1))
        self._run(self._next.database.write(end, amount))
        self._model.settle(job_id, amount)
        return job_id

    @rule(target=ended, job_id=consumes(holds))
    def release(self, job_id: int) -> int:
        """Give a job's price back to the periods, pools and grants that it came from."""

        def end(tx: Transaction) -> None:
            release(tx, self._books[0].posting("", job_id))
            close_job(tx, job_id, "failed", None)

        self._run(self._next.database.write(end))
        self._model.release(job_id)
        return job_id

    @rule(job_id=ended)
    def refund(self, job_id: int) -> None:
        """Give back what was paid for a video that was lost: once, and only what was paid."""

        def end(tx: Transaction) -> None:
            refund(tx, self._books[0].posting("", job_id))
            close_job(tx, job_id, "failed", None)

        refunding = self._next.database.write(end)
        if job_id not in self._model.paid:
            with pytest.raises(HoldAlreadyEnded):
                self._run(refunding)
            return
        self._run(refunding)
        self._model.refund(job_id)

    @rule(job_id=ended, to_settle=st.booleans())
    def end_again(self, job_id: int, to_settle: bool) -> None:
        """End a hold that has ended: it is refused."""
        books = self._next
        again = books.settle(job_id, 1) if to_settle else books.release(job_id)
        with pytest.raises(HoldAlreadyEnded):
            self._run(again)

    @rule(job_id=holds)
    def ask(self, job_id: int) -> None:
        """Let a job wait for a moderator."""
        held = self._model.holds.get(job_id)
        if held is None or job_id in self._asked:
            return
        lapses_at = self._clock.now() + timedelta(hours=24)
        posting = self._books[0].posting("", job_id)
        payer = Payer(GUILD, held.member)
        self._run(self._next.database.write(approvals.ask, payer, held.amount, lapses_at, posting))
        self._asked[job_id] = None

    @rule(job_id=st.one_of(holds, ended), verdict=st.sampled_from(Verdict))
    def decide(self, job_id: int, verdict: Verdict) -> None:
        """Let a moderator decide: once, and not after the time is over."""
        if job_id not in self._asked:
            return
        [(lapses_at,)] = query(
            self._path, "SELECT lapses_at FROM approvals WHERE job_id = ?", job_id
        )
        by_person = verdict in {Verdict.APPROVED, Verdict.DECLINED}
        over = lapses_at <= f"{self._clock.now():%Y-%m-%d %H:%M:%S.%f}"
        posting = self._books[0].posting("", actor_id=ADMIN)
        decide = self._next.database.write(approvals.decide, job_id, verdict, posting)
        if self._asked[job_id] is not None or (over and by_person):
            with pytest.raises(ApprovalDecided):
                self._run(decide)
            return
        self._run(decide)
        self._asked[job_id] = verdict

    @invariant()
    def balances_are_those_of_the_model(self) -> None:
        """See for everybody what the model says, source by source."""
        for member, purse in self._model.purses.items():
            spender = self._spender(member, CHANNELS[0])
            balance = self._run(self._books[0].budgets.balance(spender))
            assert balance.allowance == self._model.allowance(spender)
            assert told(balance.sources) == self._model.sources(spender)
            assert balance.available == self._model.available(spender)
            assert balance.held == purse.held

    @invariant()
    def the_books_balance(self) -> None:
        """Check the sums, the holds and the counts, and that nothing was made from nothing."""
        assert self._run(self._books[0].database.read(find_differences)) == []
        assert_balanced(self._path)
        below = "SELECT * FROM accounts WHERE balance < 0 AND kind IN ('grant', 'held', 'spent')"
        assert query(self._path, below) == []
        spent = query(self._path, "SELECT member_id, balance FROM accounts WHERE kind = 'spent'")
        purses = self._model.purses.items()
        assert {member: amount for member, amount in spent if amount} == {
            member: purse.spent for member, purse in purses if purse.spent
        }
        held = query(self._path, "SELECT job_id, amount FROM holds WHERE state = 'held'")
        assert dict(held) == {job: each.amount for job, each in self._model.holds.items()}


class TwoProcesses(BooksMachine):
    """The same by two processes in turns, and at once."""

    connections = 2


@pytest.mark.parametrize("machine", [BooksMachine, TwoProcesses])
def test_the_books_follow_a_simple_model(database_file: Path, machine: type[BooksMachine]) -> None:
    """Whatever is done in whatever order, by one process or by two."""
    machine.template = database_file.read_bytes()
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            derandomize=True,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
