"""Entries and holds: the only module that moves credits.

Each function takes an open write transaction, so that a job and its credits move together.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select, update

from bot.credits.periods import Period
from bot.errors import HoldAlreadyEnded, InsufficientCredits
from bot.storage import Transaction
from bot.storage.tables import accounts, entries, holds

# Built once: building a statement anew costs several times its execution.
_FIND_ACCOUNT = select(accounts.c.id, accounts.c.balance).where(
    accounts.c.guild_id == bindparam("guild_id"),
    accounts.c.member_id == bindparam("member_id"),
    accounts.c.kind == bindparam("kind"),
    accounts.c.period == bindparam("period"),
)
_OPEN_ACCOUNT = insert(accounts).returning(accounts.c.id)
_CHANGE_BALANCE = (
    update(accounts)
    .where(accounts.c.id == bindparam("account"))
    .values(balance=accounts.c.balance + bindparam("change"))
)
_INSERT_ENTRY = insert(entries)
_INSERT_HOLD = insert(holds)
_END_HOLD = update(holds).where(holds.c.job_id == bindparam("job"), holds.c.state == "held")
_HOLD_ENTRIES = (
    select(entries.c.from_account, entries.c.to_account, entries.c.amount)
    .where(entries.c.job_id == bindparam("job"), entries.c.kind == "hold")
    .order_by(entries.c.id)
)


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
    key = {
        "guild_id": payer.guild_id,
        "member_id": payer.member_id,
        "kind": kind,
        "period": period,
    }
    row = tx.execute(_FIND_ACCOUNT, key).one_or_none()
    if row is not None:
        return row.id, row.balance
    return tx.execute(_OPEN_ACCOUNT, {**key, "balance": 0}).scalar_one(), 0


def move(
    tx: Transaction, kind: str, source: int, target: int, amount: int, posting: Posting
) -> None:
    """Write one entry and the balances of its two sides; constraints refuse an overdraft."""
    tx.execute(
        _INSERT_ENTRY,
        {
            "at": posting.at,
            "kind": kind,
            "from_account": source,
            "to_account": target,
            "amount": amount,
            "job_id": posting.job_id,
            "actor_id": posting.actor_id,
            "reason": posting.reason,
        },
    )
    changes = ((source, -amount), (target, amount))
    tx.execute(_CHANGE_BALANCE, [{"account": each, "change": by} for each, by in changes])


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
    tx.execute(_INSERT_HOLD, {"job_id": posting.job_id, "amount": amount, "state": "held"})
    from_allowance = min(amount, left)
    if from_allowance:
        move(tx, "hold", allowance_account, held_account, from_allowance, posting)
    if amount > from_allowance:
        move(tx, "hold", grant_account, held_account, amount - from_allowance, posting)


def settle(tx: Transaction, payer: Payer, posting: Posting) -> None:
    """End a job's hold as spent; raise HoldAlreadyEnded."""
    held_account, _ = find_account(tx, payer, "held")
    spent_account, _ = find_account(tx, payer, "spent")
    amount = sum(taken.amount for taken in _end_hold(tx, posting.job_id, "settled"))
    move(tx, "settle", held_account, spent_account, amount, posting)


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
    ended = tx.execute(_END_HOLD, {"job": job_id, "state": state})
    if ended.rowcount != 1:
        raise HoldAlreadyEnded(job_id or 0)
    rows = tx.execute(_HOLD_ENTRIES, {"job": job_id})
    return [_Taken(row.from_account, row.to_account, row.amount) for row in rows]
