"""Entries and holds: the only module that moves credits.

Each function takes an open write transaction, so that a job and its credits move together.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, select, update

from bot.credits.periods import Period
from bot.errors import HoldAlreadyEnded, InsufficientCredits
from bot.storage import Transaction
from bot.storage.tables import accounts, entries, holds


@dataclass(frozen=True)
class Payer:
    """Whose credits are meant: a member in a server."""

    guild_id: int
    member_id: int


@dataclass(frozen=True)
class Posting:
    """What is said of a movement: who did it, when, why and for which job."""

    at: datetime
    actor_id: int
    reason: str
    job_id: int | None = None


def find_account(tx: Transaction, payer: Payer, kind: str, period: str = "") -> tuple[int, int]:
    """Find an account's id and balance, opening it where there is none yet."""
    row = tx.execute(
        select(accounts.c.id, accounts.c.balance).where(
            accounts.c.guild_id == payer.guild_id,
            accounts.c.member_id == payer.member_id,
            accounts.c.kind == kind,
            accounts.c.period == period,
        )
    ).one_or_none()
    if row is not None:
        return row.id, row.balance
    opened = tx.execute(
        insert(accounts)
        .values(
            guild_id=payer.guild_id,
            member_id=payer.member_id,
            kind=kind,
            period=period,
            balance=0,
        )
        .returning(accounts.c.id)
    )
    return opened.scalar_one(), 0


def move(
    tx: Transaction, kind: str, source: int, target: int, amount: int, posting: Posting
) -> None:
    """Write one entry and the balances of its two sides; constraints refuse an overdraft."""
    tx.execute(
        insert(entries).values(
            at=posting.at,
            kind=kind,
            from_account=source,
            to_account=target,
            amount=amount,
            job_id=posting.job_id,
            actor_id=posting.actor_id,
            reason=posting.reason,
        )
    )
    for account, change in ((source, -amount), (target, amount)):
        tx.execute(
            update(accounts)
            .where(accounts.c.id == account)
            .values(balance=accounts.c.balance + change)
        )


def hold(
    tx: Transaction, payer: Payer, amount: int, allowance: int, period: Period, posting: Posting
) -> None:
    """Hold a job's price: of the period's allowance first, then of the grants.

    Raises InsufficientCredits, having written nothing.
    """
    allowance_account, used = find_account(tx, payer, "allowance", period.key)
    grant_account, granted = find_account(tx, payer, "grant")
    held_account, _ = find_account(tx, payer, "held")
    left = max(0, allowance + used)
    if amount > left + granted:
        raise InsufficientCredits(amount, left + granted, period.renews_at)
    tx.execute(insert(holds).values(job_id=posting.job_id, amount=amount, state="held"))
    from_allowance = min(amount, left)
    if from_allowance:
        move(tx, "hold", allowance_account, held_account, from_allowance, posting)
    if amount > from_allowance:
        move(tx, "hold", grant_account, held_account, amount - from_allowance, posting)


def settle(tx: Transaction, payer: Payer, posting: Posting) -> None:
    """End a job's hold as spent; raise HoldAlreadyEnded."""
    spent_account, _ = find_account(tx, payer, "spent")
    for taken in _end_hold(tx, posting.job_id, "settled"):
        move(tx, "settle", taken.to_account, spent_account, taken.amount, posting)


def release(tx: Transaction, posting: Posting) -> None:
    """End a job's hold by giving it back to where it came from; raise HoldAlreadyEnded."""
    for taken in _end_hold(tx, posting.job_id, "released"):
        move(tx, "release", taken.to_account, taken.from_account, taken.amount, posting)


@dataclass(frozen=True)
class _Taken:
    from_account: int
    to_account: int
    amount: int


def _end_hold(tx: Transaction, job_id: int | None, state: str) -> list[_Taken]:
    """Compare and set the hold's state, and tell which entries made it."""
    ended = tx.execute(
        update(holds).where(holds.c.job_id == job_id, holds.c.state == "held").values(state=state)
    )
    if ended.rowcount != 1:
        raise HoldAlreadyEnded(job_id or 0)
    rows = tx.execute(
        select(entries.c.from_account, entries.c.to_account, entries.c.amount).where(
            entries.c.job_id == job_id, entries.c.kind == "hold"
        )
    )
    return [_Taken(row.from_account, row.to_account, row.amount) for row in rows]
