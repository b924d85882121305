"""What a member may spend now, and from which sources."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from bot.credits.allowances import list_role_allowances
from bot.credits.ledger import Payer
from bot.credits.members import MemberSettings, read_member
from bot.credits.periods import Period
from bot.credits.policies import Decider, allowance_of, decided_by
from bot.credits.pools import PoolLeft, pools_left
from bot.credits.settings import GuildSettings, Terms, period_of, read_settings
from bot.credits.sources import Source
from bot.credits.spender import Spender
from bot.storage import Transaction
from bot.storage.books import accounts

_BALANCES = select(accounts.c.kind, accounts.c.pool_id, accounts.c.balance).where(
    accounts.c.guild_id == bindparam("guild"),
    accounts.c.member_id == bindparam("member"),
    accounts.c.period.in_(["", bindparam("in_period")]),
)


@dataclass(frozen=True)
class Balance:
    """What a member may spend, and where it comes from. All amounts are credits."""

    allowance: int
    """What the member may spend in a period."""
    allowance_left: int
    granted_left: int
    held: int
    """Set aside for jobs under way."""
    renews_at: datetime
    pools: tuple[PoolLeft, ...] = ()
    """Those that the member may spend from here, in the order in which they are spent."""

    @property
    def sources(self) -> tuple[Source, ...]:
        """What is left of each source, in the order in which they are spent."""
        pools = (
            Source("pool", each.available, each.pool.id, each.pool.target_id, each.pool.kind)
            for each in self.pools
        )
        return (
            Source("allowance", self.allowance_left),
            *pools,
            Source("grant", self.granted_left),
        )

    @property
    def available(self) -> int:
        """What a new job may cost."""
        return sum(source.amount for source in self.sources)


@dataclass(frozen=True)
class Standing:
    """All that decides whether a member may spend."""

    settings: GuildSettings
    member: MemberSettings
    period: Period
    balance: Balance
    decided_by: Decider
    """Whose rule the allowance follows."""


def read_standing(tx: Transaction, spender: Spender, terms: Terms, now: datetime) -> Standing:
    """Read what a member may spend now."""
    payer = spender.payer
    settings = read_settings(tx, payer.guild_id)
    member = read_member(tx, payer)
    period = period_of(terms, settings, now)
    allowance, decider = _allowance(tx, spender, settings, member, terms)
    booked = _booked(tx, payer, period.key)
    used = {pool_id: -amount for (kind, pool_id), amount in booked.items() if kind == "pool"}
    balance = Balance(
        allowance=allowance,
        allowance_left=max(0, allowance + booked.get(("allowance", 0), 0)),
        granted_left=booked.get(("grant", 0), 0),
        held=booked.get(("held", 0), 0),
        renews_at=period.renews_at,
        pools=pools_left(tx, spender, period.key, used),
    )
    return Standing(settings, member, period, balance, decider)


def _allowance(
    tx: Transaction,
    spender: Spender,
    settings: GuildSettings,
    member: MemberSettings,
    terms: Terms,
) -> tuple[int, Decider]:
    of_roles = [
        amount
        for role_id, amount in list_role_allowances(tx, spender.payer.guild_id).items()
        if role_id in spender.role_ids
    ]
    default = settings.default_allowance
    allowance = allowance_of(
        member.allowance,
        of_roles,
        settings.role_allowances,
        terms.default_allowance if default is None else default,
    )
    return allowance, decided_by(member.allowance, of_roles, default)


def _booked(tx: Transaction, payer: Payer, period: str) -> dict[tuple[str, int], int]:
    """Read the member's accounts that matter now, by kind and pool."""
    key = {"guild": payer.guild_id, "member": payer.member_id, "in_period": period}
    return {(row.kind, row.pool_id): row.balance for row in tx.execute(_BALANCES, key)}
