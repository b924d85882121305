"""What the operator has paused: all, a server, a provider or a model.

Nothing new is sent of it, which the statement that begins a submit sees to; what a provider has
goes on. A pause lasts until the operator ends it, over every restart. The pause of a provider that
refuses everything (``bot.jobs.supply``) is another thing: neither ends the other.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import and_, bindparam, case, delete, select

from bot.catalogue import Catalogue
from bot.clock import Clock
from bot.credits.changes import once, put, record
from bot.credits.ledger import Posting
from bot.errors import (
    NotPaused,
    PausedByOperator,
    PauseTargetUnclear,
    UnknownModel,
    UnknownProvider,
)
from bot.storage import Database, Transaction
from bot.storage.tables import pauses

LONGEST_REASON = 200
"""Characters."""


class Scope(StrEnum):
    """What a pause is of, the broadest first."""

    ALL = "all"
    GUILD = "guild"
    PROVIDER = "provider"
    MODEL = "model"


@dataclass(frozen=True)
class Target:
    """What is to be paused, or to go on."""

    scope: Scope
    key: str = ""
    """A server's id, or a provider's or model's name; empty for all."""


ALL = Target(Scope.ALL)


@dataclass(frozen=True)
class Pause:
    """Something that the operator has paused."""

    target: Target
    since: datetime
    by: int
    """Who did it; 0: from the command line."""
    reason: str
    """For members as well; empty where none was given."""


_ORDER = case({scope: place for place, scope in enumerate(Scope)}, value=pauses.c.scope)
_ALL_PAUSES = select(pauses).order_by(_ORDER, pauses.c.key)
_THIS = and_(pauses.c.scope == bindparam("of"), pauses.c.key == bindparam("named"))
_SINCE = select(pauses.c.paused_at).where(_THIS)
_END = delete(pauses).where(_THIS)


def list_pauses(tx: Transaction) -> tuple[Pause, ...]:
    """List what is paused, the broadest first."""
    return tuple(
        Pause(Target(Scope(row.scope), row.key), row.paused_at, row.paused_by, row.reason)
        for row in tx.execute(_ALL_PAUSES)
    )


def pause_over(
    among: Iterable[Pause],
    *,
    guild_id: int | None = None,
    provider: str | None = None,
    model: str | None = None,
) -> Pause | None:
    """Find the first pause that keeps back what is named; None: there is none. Pure.

    What is not named is held to be kept back by nothing; all is, where a server is named.
    """
    named = {
        Target(Scope.PROVIDER, provider or ""),
        Target(Scope.MODEL, model or ""),
        *(() if guild_id is None else (ALL, Target(Scope.GUILD, str(guild_id)))),
    }
    return next((each for each in among if each.target in named), None)


def check_paused(
    tx: Transaction, guild_id: int, provider: str | None = None, model: str | None = None
) -> None:
    """Raise PausedByOperator where nothing new may be ordered of these."""
    found = pause_over(list_pauses(tx), guild_id=guild_id, provider=provider, model=model)
    if found is not None:
        raise PausedByOperator(found.target.scope, found.target.key, found.reason)


@dataclass(frozen=True)
class Pauses:
    """The pauses, as the operator's commands see them."""

    database: Database
    clock: Clock
    catalogue: Catalogue
    moved: Callable[[], None] = lambda: None
    """Tells the tracker to look at the line soon; other processes see it by themselves."""

    async def list(self) -> Sequence[Pause]:
        """List what is paused, the broadest first."""
        return await self.database.read(list_pauses)

    async def over_guild(self, guild_id: int) -> Pause | None:
        """Tell why nothing at all can be ordered in a server now; None: it can."""
        return pause_over(await self.list(), guild_id=guild_id)

    async def pause(
        self, target: Target, actor_id: int, reason: str, interaction_id: int | None = None
    ) -> Pause:
        """Send nothing new of something, once for an interaction.

        What is paused already is paused since then, for the new reason. Raises UnknownModel,
        UnknownProvider, PauseTargetUnclear, RepeatedInteraction or StorageBusy.
        """
        _check_named(target)
        self._check_known(target)
        said = Posting(self.clock.now(), actor_id, reason.strip()[:LONGEST_REASON])
        pause = await self.database.write_soon(_pause, target, said, interaction_id)
        self.moved()
        return pause

    async def resume(
        self, target: Target, actor_id: int, reason: str = "", interaction_id: int | None = None
    ) -> Sequence[Pause]:
        """End a pause, once for an interaction; list those that are left.

        Raises PauseTargetUnclear, NotPaused, RepeatedInteraction or StorageBusy.
        """
        _check_named(target)
        said = Posting(self.clock.now(), actor_id, reason.strip()[:LONGEST_REASON])
        left = await self.database.write_soon(_resume, target, said, interaction_id)
        self.moved()
        return left

    def providers(self) -> Sequence[str]:
        """Name the providers that can be paused."""
        offers = (offer for model in self.catalogue.values() for offer in model.offers)
        return sorted({offer.provider for offer in offers})

    def _check_known(self, target: Target) -> None:
        if target.scope is Scope.MODEL and target.key not in self.catalogue:
            raise UnknownModel(target.key, tuple(self.catalogue))
        if target.scope is Scope.PROVIDER and target.key not in self.providers():
            raise UnknownProvider(target.key, tuple(self.providers()))


def _check_named(target: Target) -> None:
    """Refuse all with a name: what was meant may be one model; and anything else without one."""
    if (target.scope is Scope.ALL) is bool(target.key):
        raise PauseTargetUnclear(target.scope)


def _pause(tx: Transaction, target: Target, said: Posting, interaction_id: int | None) -> Pause:
    once(tx, interaction_id, said.at)
    since = tx.scalar(_SINCE, _key(target)) or said.at
    values = {"paused_at": since, "paused_by": said.actor_id, "reason": said.reason}
    put(tx, pauses, {"scope": target.scope, "key": target.key}, values)
    _record(tx, target, "operator_pause", said)
    return Pause(target, since, said.actor_id, said.reason)


def _resume(
    tx: Transaction, target: Target, said: Posting, interaction_id: int | None
) -> Sequence[Pause]:
    once(tx, interaction_id, said.at)
    if tx.execute(_END, _key(target)).rowcount == 0:
        raise NotPaused(target.scope, target.key)
    _record(tx, target, "operator_resume", said)
    return list_pauses(tx)


def _record(tx: Transaction, target: Target, name: str, said: Posting) -> None:
    """Write it into the history: of the server where it is one's, else of all together."""
    if target.scope is Scope.GUILD:
        record(tx, int(target.key), {name: target.scope}, said)
    else:
        record(tx, 0, {name: f"{target.scope} {target.key}".strip()}, said)


def _key(target: Target) -> dict[str, str]:
    return {"of": target.scope, "named": target.key}
