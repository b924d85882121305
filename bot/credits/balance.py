"""What a member may spend now, and from which sources."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select, union_all

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

_OF_MEMBER = select(accounts.c.kind, accounts.c.pool_id, accounts.c.balance).where(
    accounts.c.guild_id == bindparam("guild"), accounts.c.member_id == bindparam("member")
)
_IN_PERIOD = (
    accounts.c.period >= bindparam("first_slot"),
    accounts.c.period < bindparam("next_slot"),
)
# Kind by kind, as the index has them: else all that there ever was of the member is read.
_FOR_EVER = (accounts.c.period == "",)
_BALANCES = union_all(
    *(_OF_MEMBER.where(accounts.c.kind == kind, *_IN_PERIOD) for kind in ("allowance", "pool")),
    *(_OF_MEMBER.where(accounts.c.kind == kind, *_FOR_EVER) for kind in ("grant", "held")),
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
    booked = _booked(tx, payer, period)
    used = {pool_id: -amount for (kind, pool_id), amount in booked.items() if kind == "pool"}
    balance = Balance(
        allowance=allowance,
        allowance_left=max(0, allowance + booked["allowance", 0]),
        granted_left=booked["grant", 0],
        held=booked["held", 0],
        renews_at=period.renews_at,
        pools=pools_left(tx, spender, period, used),
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


def _booked(tx: Transaction, payer: Payer, period: Period) -> Counter[tuple[str, int]]:
    """Sum up the member's accounts that matter now, by kind and pool."""
    first, following = period.slots
    key = {"guild": payer.guild_id, "member": payer.member_id}
    booked: Counter[tuple[str, int]] = Counter()
    for row in tx.execute(_BALANCES, {**key, "first_slot": first, "next_slot": following}):
        booked[row.kind, row.pool_id] += row.balance
    return booked
