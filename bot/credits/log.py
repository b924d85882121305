"""What has happened in the books, newest first, in pages: movements, and what was set."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, Table, select

from bot.storage import Transaction
from bot.storage.books import changes, entries


@dataclass(frozen=True)
class LogLine:
    """One change, as the log shows it."""

    at: datetime
    kind: str
    """hold, settle, release, refund, grant, revoke or set."""
    member_id: int
    """0 where something was set for the server, a role or a channel."""
    amount: int
    """Credits: what moved, or what a member's allowance was set to; 0 for other settings."""
    actor_id: int
    reason: str
    job_id: int | None
    name: str = ""
    """What was set: allowance, zone, role_pool_amount and so on."""
    value: str | None = None
    """What it was set to, as ``changes.as_text`` writes it; None: it is set no more."""
    target_id: int = 0
    """The role, channel or job that it was set for; 0: none of these."""


@dataclass(frozen=True)
class Cursor:
    """Where a page ends: its oldest entry and change, or those of the pages before it."""

    entry_id: int
    change_id: int


NEWEST = Cursor(2**63 - 1, 2**63 - 1)
"""Where the first page begins."""


@dataclass(frozen=True)
class Page:
    """Some lines of the log, newest first."""

    lines: Sequence[LogLine]
    older: Cursor | None
    """Where to go on; None: there is nothing older."""
    newer: Cursor | None = None
    """Where to go back to, by ``read_newer``; None: this is the newest page."""


def read_log(
    tx: Transaction, guild_id: int, member_id: int | None, before: Cursor, limit: int
) -> Page:
    """Read a page of a server's log, of one member or of all.

    Each kind is read in the order in which it was written, so that no line is shown twice or
    left out, also where the system's clock was put back.
    """
    moved = _newest(tx, entries, guild_id, member_id, before.entry_id, limit + 1)
    were_set = _newest(tx, changes, guild_id, member_id, before.change_id, limit + 1)
    merged = list(
        heapq.merge(
            ((row.at, row.id, _entry_line(row), "entry") for row in moved),
            ((row.at, row.id, _change_line(row), "change") for row in were_set),
            key=lambda found: found[0],
            reverse=True,
        )
    )
    shown = merged[:limit]
    last = {kind: number for _, number, _, kind in shown}
    older = Cursor(last.get("entry", before.entry_id), last.get("change", before.change_id))
    return Page(
        [line for _, _, line, _ in shown],
        older if len(merged) > limit else None,
        None if before == NEWEST else before,
    )


def read_newer(
    tx: Transaction, guild_id: int, member_id: int | None, since: Cursor, limit: int
) -> Page:
    """Read the page above the one that was read before ``since``: the newest, where too few are.

    Pages below it are those that were read before.
    """
    moved = _oldest(tx, entries, guild_id, member_id, since.entry_id, limit)
    were_set = _oldest(tx, changes, guild_id, member_id, since.change_id, limit)
    merged = list(
        heapq.merge(
            ((row.at, row.id, "change") for row in were_set),
            ((row.at, row.id, "entry") for row in moved),
            key=lambda found: found[0],
        )
    )
    if len(merged) <= limit:
        return read_log(tx, guild_id, member_id, NEWEST, limit)
    last = {kind: number + 1 for _, number, kind in merged[:limit]}
    above = Cursor(last.get("entry", since.entry_id), last.get("change", since.change_id))
    return read_log(tx, guild_id, member_id, above, limit)


def _newest(
    tx: Transaction, table: Table, guild_id: int, member_id: int | None, before_id: int, limit: int
) -> Sequence[Row[Any]]:
    query = _lines_of(table, guild_id, member_id).where(table.c.id < before_id)
    return tx.execute(query.order_by(table.c.id.desc()).limit(limit)).all()


def _oldest(
    tx: Transaction, table: Table, guild_id: int, member_id: int | None, first_id: int, limit: int
) -> Sequence[Row[Any]]:
    query = _lines_of(table, guild_id, member_id).where(table.c.id >= first_id)
    return tx.execute(query.order_by(table.c.id).limit(limit + 1)).all()


def _lines_of(table: Table, guild_id: int, member_id: int | None) -> Select[Any]:
    query = select(table).where(table.c.guild_id == guild_id)
    return query if member_id is None else query.where(table.c.member_id == member_id)


def _entry_line(row: Row[Any]) -> LogLine:
    return LogLine(
        row.at, row.kind, row.member_id, row.amount, row.actor_id, row.reason, row.job_id
    )


def _change_line(row: Row[Any]) -> LogLine:
    amount = int(row.value) if row.name == "allowance" and row.value is not None else 0
    return LogLine(
        at=row.at,
        kind="set",
        member_id=row.member_id,
        amount=amount,
        actor_id=row.actor_id,
        reason=row.reason,
        job_id=None,
        name=row.name,
        value=row.value,
        target_id=row.target_id,
    )
