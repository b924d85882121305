"""All that the books hold of a member, for the member."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bot.credits.ledger import Payer
from bot.storage import Transaction
from bot.storage.books import accounts, changes, entries


@dataclass(frozen=True)
class MemberEntry:
    """One movement of a member's credits."""

    at: datetime
    kind: str
    source: str
    """The kind of account that it came from."""
    target: str
    """The kind of account that it went to."""
    amount: int
    job_id: int | None
    actor_id: int
    reason: str


@dataclass(frozen=True)
class MemberChange:
    """One thing that was set for a member."""

    at: datetime
    name: str
    value: str | None
    actor_id: int
    reason: str


def member_entries(
    tx: Transaction, payer: Payer, after: int, limit: int
) -> Sequence[tuple[int, MemberEntry]]:
    """List movements of a member's credits in a server after the one numbered so, oldest first.

    At most ``limit``, each with its number.
    """
    source, target = accounts.alias("source"), accounts.alias("target")
    query = (
        select(
            entries.c.id,
            entries.c.at,
            entries.c.kind,
            source.c.kind,
            target.c.kind,
            entries.c.amount,
            entries.c.job_id,
            entries.c.actor_id,
            entries.c.reason,
        )
        .join(source, source.c.id == entries.c.from_account)
        .join(target, target.c.id == entries.c.to_account)
        .where(
            entries.c.guild_id == payer.guild_id,
            entries.c.member_id == payer.member_id,
            entries.c.id > after,
        )
        .order_by(entries.c.id)
        .limit(limit)
    )
    return [(number, MemberEntry(*row)) for number, *row in tx.execute(query)]


def member_changes(tx: Transaction, payer: Payer) -> Sequence[MemberChange]:
    """List everything that was set for a member in a server, oldest first."""
    query = (
        select(changes.c.at, changes.c.name, changes.c.value, changes.c.actor_id, changes.c.reason)
        .where(changes.c.guild_id == payer.guild_id, changes.c.member_id == payer.member_id)
        .order_by(changes.c.id)
    )
    return [MemberChange(*row) for row in tx.execute(query)]
