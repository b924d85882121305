"""Which sources pay for a job."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from bot.credits.sources import Source
from bot.storage import Transaction
from bot.storage.books import accounts, entries, pools

_PAID_FROM = (
    select(accounts.c.kind, entries.c.amount, accounts.c.pool_id, pools.c.target_id, pools.c.kind)
    .select_from(entries)
    .join(accounts, accounts.c.id == entries.c.from_account)
    .outerjoin(pools, pools.c.id == accounts.c.pool_id)
    .where(entries.c.job_id == bindparam("job"), entries.c.kind == "hold")
    .order_by(entries.c.id)
)


def paying_sources(tx: Transaction, job_id: int) -> Sequence[Source]:
    """List what each source pays of a job's hold, in the order in which they were drawn on."""
    return [
        Source(kind, amount, pool_id, target_id or 0, pool_kind)
        for kind, amount, pool_id, target_id, pool_kind in tx.execute(_PAID_FROM, {"job": job_id})
    ]
