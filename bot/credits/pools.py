"""Budgets that a role or a channel shares.

What is used of a pool is booked for each member and slot of time in an account of its own; what
all have used together in a period is their sum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from sqlalchemy import bindparam, func, select, text, update

from bot.credits.amounts import check_amount
from bot.credits.changes import put, record
from bot.credits.ledger import Posting
from bot.credits.periods import Period
from bot.credits.spender import Spender
from bot.errors import NoSuchPool
from bot.storage import Transaction
from bot.storage.books import accounts, pools

PoolKind = Literal["role", "channel"]

_POOLS = (
    select(pools.c.id, pools.c.kind, pools.c.target_id, pools.c.amount, pools.c.share)
    .where(pools.c.guild_id == bindparam("guild"), pools.c.removed_at.is_(None))
    # A channel's before a role's, then the older first.
    .order_by(pools.c.kind, pools.c.id)
)
_USED = select(func.coalesce(-func.sum(accounts.c.balance), 0)).where(
    accounts.c.pool_id == bindparam("pool"),
    accounts.c.period >= bindparam("first_slot"),
    accounts.c.period < bindparam("next_slot"),
    text("kind = 'pool'"),  # in these words the index has it
)


@dataclass(frozen=True)
class Pool:
    """A shared budget; amounts are credits a period."""

    id: int
    kind: PoolKind
    target_id: int
    """The role or the channel."""
    amount: int
    share: int | None
    """What one member may take; None: as much as there is."""


@dataclass(frozen=True)
class PoolLeft:
    """What is left of a pool in a period, in credits."""

    pool: Pool
    left: int
    """For all together."""
    share_left: int | None
    """Of the member's share; None: there is no such limit."""

    @property
    def available(self) -> int:
        """What the member may take."""
        return self.left if self.share_left is None else min(self.left, self.share_left)


def what_is_left(pool: Pool, used_by_all: int, used_by_member: int) -> PoolLeft:
    """Tell what is left where so much was used: nothing, where the pool was made smaller since."""
    share_left = None if pool.share is None else max(0, pool.share - used_by_member)
    return PoolLeft(pool, max(0, pool.amount - used_by_all), share_left)


def usable_by(all_pools: Sequence[Pool], spender: Spender) -> list[Pool]:
    """Choose the pools that a member may spend from here.

    Everybody has the role @everyone, whose id is the server's: its pool is that of the server.
    """
    roles = spender.role_ids | {spender.payer.guild_id}
    sharing = {"role": roles, "channel": spender.channel_ids}
    return [pool for pool in all_pools if pool.target_id in sharing[pool.kind]]


def list_pools(tx: Transaction, guild_id: int) -> list[Pool]:
    """List a server's pools, in the order in which they are spent."""
    return [Pool(*row) for row in tx.execute(_POOLS, {"guild": guild_id})]


def pools_left(
    tx: Transaction, spender: Spender, period: Period, used_by_member: Mapping[int, int]
) -> tuple[PoolLeft, ...]:
    """Tell what is left of the pools that a member may spend from here.

    ``used_by_member`` is by the pool's id, in credits.
    """
    usable = usable_by(list_pools(tx, spender.payer.guild_id), spender)
    return tuple(
        what_is_left(pool, pool_use(tx, pool.id, period), used_by_member.get(pool.id, 0))
        for pool in usable
    )


def pool_use(tx: Transaction, pool_id: int, period: Period) -> int:
    """Tell what all have used of a pool in a period: held or spent, in credits."""
    first, following = period.slots
    key = {"pool": pool_id, "first_slot": first, "next_slot": following}
    return int(tx.scalar(_USED, key) or 0)


def set_pool(
    tx: Transaction,
    guild_id: int,
    target: tuple[PoolKind, int],
    amount: int,
    share: int | None,
    posting: Posting,
) -> Pool:
    """Set up a pool for a role or channel, or change the one it has; raise AmountOutOfRange.

    One that was removed comes back with what was used of it in this period.
    """
    check_amount(amount, least=0)
    if share is not None:
        check_amount(share, least=0)
    kind, target_id = target
    before = _find(tx, guild_id, kind, target_id)
    key = {"guild_id": guild_id, "kind": kind, "target_id": target_id}
    values = {"amount": amount, "share": share}
    put(tx, pools, key, {**values, "removed_at": None})
    known = asdict(before) if before else {}
    changed = {
        f"{kind}_pool_{name}": value
        for name, value in values.items()
        if name not in known or known[name] != value
    }
    record(tx, guild_id, changed, posting, target_id=target_id)
    pool = _find(tx, guild_id, kind, target_id)
    assert pool is not None  # noqa: S101 - just written
    return pool


def remove_pool(
    tx: Transaction, guild_id: int, target: tuple[PoolKind, int], posting: Posting
) -> None:
    """Spend nothing more from a pool; what is held of it ends as it was booked.

    Raises NoSuchPool.
    """
    pool = _find(tx, guild_id, *target)
    if pool is None:
        raise NoSuchPool
    tx.execute(update(pools).where(pools.c.id == pool.id).values(removed_at=posting.at))
    record(tx, guild_id, {f"{pool.kind}_pool_amount": None}, posting, target_id=pool.target_id)


def _find(tx: Transaction, guild_id: int, kind: PoolKind, target_id: int) -> Pool | None:
    found = [
        pool
        for pool in list_pools(tx, guild_id)
        if (pool.kind, pool.target_id) == (kind, target_id)
    ]
    return found[0] if found else None
