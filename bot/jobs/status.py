"""What the operator looks at: the work, the money, what is paused, and whose work it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

from bot.clock import Clock
from bot.credits.ceilings import Ceiling, read_ceilings
from bot.credits.periods import Period, period_at
from bot.credits.settings import Terms
from bot.credits.use import WHOLE_BOT, largest_in, used_in, used_on
from bot.jobs import statements
from bot.jobs.pauses import Pause, list_pauses, pause_over
from bot.jobs.states import AT_PROVIDER, State
from bot.jobs.supply import Outage
from bot.storage import Database, Transaction
from bot.storage.facts import get_fact

LARGEST = 5
"""So many servers are named."""


@dataclass(frozen=True)
class Account:
    """What a provider's account has left, in US dollars, as it was known at a moment.

    None: it is not known.
    """

    provider: str
    dollars: Decimal | None
    as_of: datetime | None


@dataclass(frozen=True)
class Open:
    """Jobs of one server, provider and model that stand at the same."""

    state: State
    guild_id: int
    provider: str
    model: str
    count: int


@dataclass(frozen=True)
class Process:
    """What only a running process knows."""

    version: str
    started_at: datetime
    outages: Sequence[Outage]
    """The providers that it leaves alone, as they refuse everything."""


@dataclass(frozen=True)
class Status:
    """How all is going, over all processes. Amounts are credits."""

    at: datetime
    open: Sequence[Open]
    """The jobs that are not over."""
    pauses: Sequence[Pause]
    restored_at: datetime | None
    """When a start found that the database is older than what was sent; None: nothing is held."""
    period: Period
    """The operator's."""
    today: int
    """Held or spent since midnight, UTC."""
    used: int
    """Held or spent in the period."""
    ceiling: Ceiling | None
    """That of all servers together."""
    largest: Sequence[tuple[int, int]]
    """The servers that use most of the period."""
    accounts: Sequence[Account] = ()
    process: Process | None = None
    """None: it is looked at from the command line."""

    def jobs_in(self, *states: State) -> int:
        """Count the jobs that stand somewhere."""
        return sum(each.count for each in self.open if each.state in states)

    @property
    def running(self) -> int:
        """How many a provider has, or is being sent."""
        return self.jobs_in(*AT_PROVIDER)

    @property
    def waiting(self) -> int:
        """How many are not sent yet."""
        return self.jobs_in(State.HELD)

    @property
    def paused(self) -> int:
        """How many of those that wait the operator's pauses keep back."""
        return self.kept_back(self.pauses)

    def kept_back(self, by: Sequence[Pause]) -> int:
        """Count the jobs that wait and that these pauses keep back."""
        return self._of(by, State.HELD)

    def going_on(self, under: Sequence[Pause]) -> int:
        """Count the jobs that will be finished though these pauses are of them."""
        return self._of(under, *AT_PROVIDER)

    def _of(self, pauses: Sequence[Pause], *states: State) -> int:
        return sum(
            each.count
            for each in self.open
            if each.state in states
            and pause_over(pauses, guild_id=each.guild_id, provider=each.provider, model=each.model)
        )


def read_status(tx: Transaction, terms: Terms, now: datetime) -> Status:
    """Read all that the database tells of how it is going."""
    period = period_at(terms.period, now)
    since = get_fact(tx, statements.RESTORED)
    return Status(
        at=now,
        open=[Open(State(row[0]), *row[1:]) for row in tx.execute(statements.OPEN)],
        pauses=list_pauses(tx),
        restored_at=None if since is None else datetime.fromisoformat(since),
        period=period,
        today=used_on(tx, WHOLE_BOT, now.astimezone(UTC).date()),
        used=used_in(tx, WHOLE_BOT, period),
        ceiling=next(iter(read_ceilings(tx, WHOLE_BOT, period, terms)), None),
        largest=largest_in(tx, period, LARGEST),
    )


@dataclass(frozen=True)
class StatusDesk:
    """Tells the operator how it is going, from within a running process."""

    database: Database
    clock: Clock
    terms: Terms
    accounts: Callable[[], Sequence[Account]]
    outages: Callable[[], Sequence[Outage]]
    version: str
    started_at: datetime

    async def look(self) -> Status:
        """Tell how all is going."""
        status = await self.database.read(read_status, self.terms, self.clock.now())
        process = Process(self.version, self.started_at, self.outages())
        return replace(status, accounts=self.accounts(), process=process)
