"""The books as a simple model in plain Python: what each command must do, and nothing of how."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.credits import Period, PeriodKind, Spender, period_at
from bot.errors import CeilingReached, GuildPaused, InsufficientCredits, MemberFrozen, Refusal
from tests.integration.credits.conftest import ALLOWANCE

OPERATORS_KIND: PeriodKind = "week"
Part = tuple[str, int, int]
"""The kind of a source, the role or channel of a pool (else 0), and what it pays."""


def within(period: Period, at: datetime) -> bool:
    """Tell whether a moment lies in a period."""
    return period.begins_at <= at < period.renews_at


@dataclass
class Shared:
    """A pool."""

    kind: str
    target: int
    amount: int
    share: int | None
    there: bool = True
    used: Counter[tuple[datetime, int]] = field(default_factory=Counter)
    """By when it was held and member."""

    def left(self, period: Period, member: int) -> int:
        """Tell what the member may take."""
        used = [(who, n) for (at, who), n in self.used.items() if within(period, at)]
        left = max(0, self.amount - sum(n for _, n in used))
        if self.share is not None:
            left = min(left, max(0, self.share - sum(n for who, n in used if who == member)))
        return left


@dataclass
class Purse:
    """A member."""

    own: int | None = None
    frozen: bool = False
    roles: frozenset[int] = frozenset()
    used: Counter[datetime] = field(default_factory=Counter)
    """Of the allowance, by when it was held."""
    granted: int = 0
    held: int = 0
    spent: int = 0


@dataclass
class Held:
    """A hold."""

    member: int
    at: datetime
    day: str
    parts: list[Part]

    @property
    def amount(self) -> int:
        """The whole of it."""
        return sum(amount for _, _, amount in self.parts)


@dataclass
class Model:
    """One server."""

    now: datetime
    kind: PeriodKind = OPERATORS_KIND
    zone: str = "UTC"
    default: int = ALLOWANCE
    add_up: bool = False
    paused: bool = False
    role_allowances: dict[int, int] = field(default_factory=dict)
    pools: list[Shared] = field(default_factory=list)
    """The oldest first."""
    ceilings: dict[int, int] = field(default_factory=dict)
    """By server; 0 is all servers."""
    kept: Counter[str] = field(default_factory=Counter)
    """By day, in UTC: what was held and not given back."""
    purses: dict[int, Purse] = field(default_factory=dict)
    holds: dict[int, Held] = field(default_factory=dict)
    """The open ones, by job."""
    paid: dict[int, tuple[Held, int]] = field(default_factory=dict)
    """What was settled and not refunded, by job, and for how much."""

    @property
    def period(self) -> Period:
        """The server's present period."""
        return period_at(self.kind, self.now, ZoneInfo(self.zone))

    def allowance(self, spender: Spender) -> int:
        """Tell what the member may spend in a period."""
        own = self.purses[spender.payer.member_id].own
        of_roles = [self.role_allowances.get(role, -1) for role in spender.role_ids]
        of_roles = [amount for amount in of_roles if amount >= 0]
        if own is not None:
            return own
        if not of_roles:
            return self.default
        return sum(of_roles) if self.add_up else max(of_roles)

    def sources(self, spender: Spender) -> list[Part]:
        """List what the member may spend now, in the order of spending."""
        member = spender.payer.member_id
        purse = self.purses[member]
        used = sum(n for at, n in purse.used.items() if within(self.period, at))
        found: list[Part] = [("allowance", 0, max(0, self.allowance(spender) - used))]
        for kind, mine in (("channel", spender.channel_ids), ("role", spender.role_ids)):
            found += [
                ("pool", pool.target, pool.left(self.period, member))
                for pool in self.pools
                if pool.there and pool.kind == kind and pool.target in mine
            ]
        return [*found, ("grant", 0, purse.granted)]

    def available(self, spender: Spender) -> int:
        """Tell what a new video may cost."""
        return sum(amount for _, _, amount in self.sources(spender))

    def ceiling_left(self) -> int | None:
        """Tell what the operator's ceilings leave; None: there is none."""
        if not self.ceilings:
            return None
        used = sum(
            amount
            for day, amount in self.kept.items()
            if period_at(OPERATORS_KIND, datetime.fromisoformat(day).replace(tzinfo=UTC)).key
            == period_at(OPERATORS_KIND, self.now).key
        )
        return max(0, min(self.ceilings.values()) - used)

    def hold(self, spender: Spender, amount: int, job: int) -> list[Part] | type[Refusal]:
        """Hold a price, or tell why not."""
        member = spender.payer.member_id
        purse, ceiling = self.purses[member], self.ceiling_left()
        if self.paused:
            return GuildPaused
        if purse.frozen:
            return MemberFrozen
        if amount > self.available(spender):
            return InsufficientCredits
        if ceiling is not None and amount > ceiling:
            return CeilingReached
        held = Held(member, self.now, f"{self.now:%Y-%m-%d}", [])
        for kind, target, left in self.sources(spender):
            part = min(left, amount - held.amount)
            if part:
                held.parts.append((kind, target, part))
        for taken in held.parts:
            self._book(held, taken, taken[2])
        purse.held += amount
        self.kept[held.day] += amount
        self.holds[job] = held
        return held.parts

    def settle(self, job: int, amount: int) -> None:
        """Spend so much of a hold; the rest goes back, what was taken last first."""
        held = self.holds.pop(job)
        if amount:
            self.paid[job] = held, amount
        purse = self.purses[held.member]
        purse.held -= held.amount
        purse.spent += amount
        over = held.amount - amount
        self.kept[held.day] -= over
        for part in reversed(held.parts):
            back = min(over, part[2])
            self._book(held, part, -back)
            over -= back

    def release(self, job: int) -> None:
        """Give all of a hold back."""
        self.settle(job, 0)

    def refund(self, job: int) -> None:
        """Give back what was spent; the operator's ceilings go on counting it."""
        held, left = self.paid.pop(job)
        self.purses[held.member].spent -= left
        # What was taken first was spent first.
        for part in held.parts:
            back = min(left, part[2])
            self._book(held, part, -back)
            left -= back

    def _book(self, held: Held, part: Part, amount: int) -> None:
        kind, target, _ = part
        purse = self.purses[held.member]
        if kind == "allowance":
            purse.used[held.at] += amount
        elif kind == "grant":
            purse.granted -= amount
        else:
            self.pool(target).used[held.at, held.member] += amount

    def pool(self, target: int) -> Shared:
        """Find a pool by its role or channel."""
        [pool] = [each for each in self.pools if each.target == target]
        return pool
