"""Rows that nothing asks for any more: they go, so that their tables do not grow for ever."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import Table, delete, select

from bot.storage.books import ceiling_alerts, handled_interactions
from bot.storage.database import Database
from bot.storage.lanes import Transaction
from bot.storage.tables import drafts

KEPT: Mapping[Table, timedelta] = {
    # Discord delivers an interaction again within minutes.
    handled_interactions: timedelta(days=1),
    # Their buttons work for an hour.
    drafts: timedelta(days=1),
    # Each keeps its level from being told twice in a period, which is a month at most.
    ceiling_alerts: timedelta(days=62),
}
"""How long the rows of a table stay, by their ``at``."""
AT_ONCE = 1_000
"""So many rows go in a transaction: orders wait for it."""


async def delete_outlived(database: Database, now: datetime) -> int:
    """Delete what has outlived its use; count it. Raises StorageError."""
    gone = 0
    for table, kept in KEPT.items():
        while deleted := await database.write(_delete_some, table, now - kept):
            gone += deleted
    return gone


def _delete_some(tx: Transaction, table: Table, before: datetime) -> int:
    """Delete about so many of the oldest rows, in time's order."""
    old = select(table.c.at).where(table.c.at < before).order_by(table.c.at)
    last = tx.scalar(old.offset(AT_ONCE - 1).limit(1))
    outlived = table.c.at < before if last is None else table.c.at <= last
    return tx.execute(delete(table).where(outlived)).rowcount
