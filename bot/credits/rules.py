"""What admins set for a server, and the operator for servers: settings, roles, pools, ceilings."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from bot.clock import Clock
from bot.credits import ceilings
from bot.credits.allowances import list_role_allowances, set_role_allowance
from bot.credits.approvals import OpenApproval, list_open
from bot.credits.ceilings import Alert, Ceiling
from bot.credits.changes import once
from bot.credits.ledger import Posting
from bot.credits.limits import RoleLimits, read_limits, set_limits
from bot.credits.periods import Period, PeriodKind, period_at
from bot.credits.pools import Pool, PoolKind, list_pools, pool_use, remove_pool, set_pool
from bot.credits.settings import GuildSettings, Terms, change_settings, period_of, read_settings
from bot.storage import Database, Transaction

R = TypeVar("R")


@dataclass(frozen=True)
class PoolUse:
    """A pool and what all have used of it in the present period, in credits."""

    pool: Pool
    used: int


@dataclass(frozen=True)
class Overview:
    """All rules of a server, as its admins see them."""

    settings: GuildSettings
    terms: Terms
    """The operator's, where the server has set nothing else."""
    period: Period
    role_allowances: Mapping[int, int]
    """Credits a period, by the role's id."""
    limits: Mapping[int, RoleLimits]
    """By the role's id; that of @everyone is the server's."""
    pools: Sequence[PoolUse]
    ceilings: Sequence[Ceiling]
    """The operator's for the server, then that for all servers; where there are any."""

    @property
    def default_allowance(self) -> int:
        """What a member may spend in a period unless something else is set, in credits."""
        own = self.settings.default_allowance
        return self.terms.default_allowance if own is None else own

    @property
    def period_kind(self) -> PeriodKind:
        """How often allowances and pools renew."""
        return self.settings.period or self.terms.period

    def pool_of(self, kind: PoolKind, target_id: int) -> PoolUse | None:
        """Find the pool of a role or channel."""
        for each in self.pools:
            if (each.pool.kind, each.pool.target_id) == (kind, target_id):
                return each
        return None


class Rules:
    """The rules of every server. Each change is carried out once for an interaction.

    Changes raise RepeatedInteraction or StorageBusy, and what is named with each.
    """

    def __init__(self, database: Database, clock: Clock, terms: Terms) -> None:
        self._database = database
        self._clock = clock
        self._terms = terms

    async def overview(self, guild_id: int) -> Overview:
        """Read all rules of a server."""
        return await self._database.read(self._overview, guild_id)

    async def change_settings(
        self,
        guild_id: int,
        actor_id: int,
        reason: str,
        interaction_id: int | None = None,
        **values: Any,
    ) -> GuildSettings:
        """Set the settings named, such as ``paused=True``; raise AmountOutOfRange or UnknownZone.

        The names are the fields of GuildSettings.
        """

        def write(tx: Transaction, posting: Posting) -> GuildSettings:
            return change_settings(tx, guild_id, posting, **values)

        return await self._change(write, actor_id, reason, interaction_id)

    async def set_role_allowance(
        self,
        guild_id: int,
        role_id: int,
        amount: int | None,
        actor_id: int,
        reason: str,
        interaction_id: int | None = None,
    ) -> None:
        """Set what members with a role may spend in a period; None: the role says nothing of it.

        Raises AmountOutOfRange or EveryoneHasTheDefault.
        """

        def write(tx: Transaction, posting: Posting) -> None:
            set_role_allowance(tx, guild_id, role_id, amount, posting)

        await self._change(write, actor_id, reason, interaction_id)

    async def set_limits(
        self,
        guild_id: int,
        role_id: int,
        limits: RoleLimits,
        actor_id: int,
        reason: str,
        interaction_id: int | None = None,
    ) -> None:
        """Set what members with a role may ask for; raise AmountOutOfRange."""

        def write(tx: Transaction, posting: Posting) -> None:
            set_limits(tx, guild_id, role_id, limits, posting)

        await self._change(write, actor_id, reason, interaction_id)

    async def change_limits(
        self,
        guild_id: int,
        role_id: int,
        values: Mapping[str, Any],
        actor_id: int,
        reason: str,
        interaction_id: int | None = None,
    ) -> RoleLimits:
        """Set some of the limits of a role and leave the others; raise AmountOutOfRange.

        The names are the fields of RoleLimits.
        """

        def write(tx: Transaction, posting: Posting) -> RoleLimits:
            before = read_limits(tx, guild_id).get(role_id, RoleLimits())
            after = replace(before, **values)
            set_limits(tx, guild_id, role_id, after, posting)
            return after

        return await self._change(write, actor_id, reason, interaction_id)

    async def set_pool(
        self,
        guild_id: int,
        target: tuple[PoolKind, int],
        budget: tuple[int, int | None],
        actor_id: int,
        reason: str,
        interaction_id: int | None = None,
    ) -> Pool:
        """Set up a role's or a channel's pool, or change it; raise AmountOutOfRange.

        ``budget`` is what all, and what one member may spend of it in a period; None: as much as
        there is.
        """

        def write(tx: Transaction, posting: Posting) -> Pool:
            return set_pool(tx, guild_id, target, *budget, posting)

        return await self._change(write, actor_id, reason, interaction_id)

    async def remove_pool(
        self,
        guild_id: int,
        target: tuple[PoolKind, int],
        actor_id: int,
        reason: str,
        interaction_id: int | None = None,
    ) -> None:
        """Spend nothing more from a pool; raise NoSuchPool."""

        def write(tx: Transaction, posting: Posting) -> None:
            remove_pool(tx, guild_id, target, posting)

        await self._change(write, actor_id, reason, interaction_id)

    async def forget(self, guild_id: int, kind: PoolKind, target_id: int) -> None:
        """Drop the rules of a role or channel that was deleted; what is held ends as booked."""
        await self._database.write(self._forget, guild_id, kind, target_id)

    async def forget_gone(
        self, guild_id: int, role_ids: Collection[int], channel_ids: Collection[int]
    ) -> None:
        """Drop the rules of roles and channels that are not among those that the server has."""
        overview = await self.overview(guild_id)
        targets = {(each.pool.kind, each.pool.target_id) for each in overview.pools}
        targets |= {("role", each) for each in (*overview.role_allowances, *overview.limits)}
        if (alerts := overview.settings.alert_channel_id) is not None:
            targets.add(("channel", alerts))
        living: Mapping[PoolKind, Collection[int]] = {"role": role_ids, "channel": channel_ids}
        for kind, target_id in sorted(targets):
            if target_id not in living[kind]:
                await self.forget(guild_id, kind, target_id)

    async def undecided(self, guild_id: int) -> Sequence[OpenApproval]:
        """List the prices that wait for a server's moderators."""
        return await self._database.read(list_open, guild_id)

    async def set_ceiling(
        self, guild_id: int, amount: int | None, actor_id: int, reason: str
    ) -> Sequence[Ceiling]:
        """Set what a server (0: all together) may spend in the operator's period.

        For the operator alone. None: no ceiling, also where the settings have one. Tells the
        ceilings that the server is under. Raises AmountOutOfRange.
        """

        def write(tx: Transaction, posting: Posting) -> Sequence[Ceiling]:
            period = self._operators_period()
            ceilings.set_ceiling(tx, guild_id, amount, posting)
            under = ceilings.read_ceilings(tx, guild_id, period, self._terms)
            own = [each for each in under if each.guild_id == guild_id]
            ceilings.note_levels(tx, own, 0, period, posting.at)
            return under

        return await self._change(write, actor_id, reason, None)

    async def ceilings(self, guild_id: int) -> Sequence[Ceiling]:
        """Read the ceilings that a server is under; for guild 0 that of all together."""
        period = self._operators_period()
        return await self._database.read(ceilings.read_ceilings, guild_id, period, self._terms)

    async def claim_alerts(self) -> Sequence[Alert]:
        """Put the alerts of ceilings that nobody has sent into the outbox, and tell which."""
        if not await self._database.read(ceilings.any_untold):
            return ()
        return await self._database.write(ceilings.claim_alerts, self._clock.now())

    async def _change(
        self,
        write: Callable[[Transaction, Posting], R],
        actor_id: int,
        reason: str,
        interaction_id: int | None,
    ) -> R:
        def change(tx: Transaction) -> R:
            now = self._clock.now()
            once(tx, interaction_id, now)
            return write(tx, Posting(now, actor_id, reason))

        return await self._database.write_soon(change)

    def _forget(self, tx: Transaction, guild_id: int, kind: PoolKind, target_id: int) -> None:
        posting = Posting(self._clock.now(), 0, f"the {kind} was deleted")
        if any(
            (each.kind, each.target_id) == (kind, target_id) for each in list_pools(tx, guild_id)
        ):
            remove_pool(tx, guild_id, (kind, target_id), posting)
        if kind == "role":
            set_role_allowance(tx, guild_id, target_id, None, posting)
            set_limits(tx, guild_id, target_id, RoleLimits(), posting)
        elif read_settings(tx, guild_id).alert_channel_id == target_id:
            change_settings(tx, guild_id, posting, alert_channel_id=None)

    def _overview(self, tx: Transaction, guild_id: int) -> Overview:
        settings = read_settings(tx, guild_id)
        period = period_of(self._terms, settings, self._clock.now())
        return Overview(
            settings=settings,
            terms=self._terms,
            period=period,
            role_allowances=list_role_allowances(tx, guild_id),
            limits=read_limits(tx, guild_id),
            pools=[
                PoolUse(pool, pool_use(tx, pool.id, period)) for pool in list_pools(tx, guild_id)
            ],
            ceilings=ceilings.read_ceilings(tx, guild_id, self._operators_period(), self._terms),
        )

    def _operators_period(self) -> Period:
        return period_at(self._terms.period, self._clock.now())
