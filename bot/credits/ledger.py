"""Entries and holds: the only module that moves credits.

Each function takes an open write transaction, so that a job and its credits move together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import bindparam, insert, select, update

from bot.credits.amounts import check_amount
from bot.credits.periods import slot_at
from bot.credits.sources import Source, give_back
from bot.credits.use import add_use
from bot.errors import HoldAlreadyEnded
from bot.storage import Transaction
from bot.storage.books import accounts, entries, holds, uncertain_costs

# Built once: building a statement anew costs several times its execution.
_FIND_ACCOUNT = select(accounts.c.id, accounts.c.balance).where(
    accounts.c.guild_id == bindparam("guild_id"),
    accounts.c.member_id == bindparam("member_id"),
    accounts.c.kind == bindparam("kind"),
    accounts.c.period == bindparam("period"),
    accounts.c.pool_id == bindparam("pool_id"),
)
_OPEN_ACCOUNT = insert(accounts).returning(accounts.c.id)
_CHANGE_BALANCE = (
    update(accounts)
    .where(accounts.c.id == bindparam("account"))
    .values(balance=accounts.c.balance + bindparam("change"))
)
_INSERT_ENTRY = insert(entries)
_INSERT_HOLD = insert(holds)
_FIND_HOLD = select(holds).where(holds.c.job_id == bindparam("job"), holds.c.state == "held")
_FIND_SETTLED = select(holds).where(holds.c.job_id == bindparam("job"), holds.c.state == "settled")
_REFUND_HOLD = update(holds).where(holds.c.job_id == bindparam("job"), holds.c.state == "settled")
_END_HOLD = update(holds).where(holds.c.job_id == bindparam("job"), holds.c.state == "held")
_INSERT_COST = insert(uncertain_costs)
_FREE_COST = (
    update(uncertain_costs)
    .where(uncertain_costs.c.job_id == bindparam("job"), uncertain_costs.c.freed_at.is_(None))
    .values(freed_at=bindparam("now"))
    .returning(uncertain_costs.c.guild_id, uncertain_costs.c.day, uncertain_costs.c.amount)
)
_HOLD_ENTRIES = (
    select(entries)
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


def find_account(
    tx: Transaction, payer: Payer, kind: str, period: str = "", pool_id: int = 0
) -> tuple[int, int]:
    """Find an account's id and balance, opening it where there is none yet."""
    key = {
        "guild_id": payer.guild_id,
        "member_id": payer.member_id,
        "kind": kind,
        "period": period,
        "pool_id": pool_id,
    }
    row = tx.execute(_FIND_ACCOUNT, key).one_or_none()
    if row is not None:
        return row.id, row.balance
    return tx.execute(_OPEN_ACCOUNT, {**key, "balance": 0}).scalar_one(), 0


def move(
    tx: Transaction,
    kind: str,
    payer: Payer,
    source: int,
    target: int,
    amount: int,
    posting: Posting,
) -> None:
    """Write one entry and the balances of its two sides; constraints refuse an overdraft."""
    tx.execute(
        _INSERT_ENTRY,
        {
            "at": posting.at,
            "kind": kind,
            "guild_id": payer.guild_id,
            "member_id": payer.member_id,
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


def hold(tx: Transaction, payer: Payer, parts: Sequence[Source], posting: Posting) -> None:
    """Hold a job's price: what each source pays, in the order in which they are spent."""
    amount = sum(part.amount for part in parts)
    day = f"{posting.at.astimezone(UTC):%Y-%m-%d}"
    tx.execute(
        _INSERT_HOLD,
        {
            "job_id": posting.job_id,
            "guild_id": payer.guild_id,
            "day": day,
            "amount": amount,
            "state": "held",
        },
    )
    held_account, _ = find_account(tx, payer, "held")
    for part in parts:
        period = "" if part.kind == "grant" else slot_at(posting.at)
        account, _ = find_account(tx, payer, part.kind, period, part.pool_id)
        move(tx, "hold", payer, account, held_account, part.amount, posting)
    if amount:
        add_use(tx, payer.guild_id, day, amount)


def settle(tx: Transaction, payer: Payer, posting: Posting, amount: int) -> None:
    """End a job's hold as spent, or so much of it; what is over goes back to its sources.

    What was taken last goes back first. Raises HoldAlreadyEnded, or AmountOutOfRange for more
    than is held.
    """
    held = _end_hold(tx, posting.job_id, amount)
    held_account, _ = find_account(tx, payer, "held")
    spent_account, _ = find_account(tx, payer, "spent")
    if amount:
        move(tx, "settle", payer, held_account, spent_account, amount, posting)
    _return(tx, held, held.amount - amount, posting)


def release(tx: Transaction, posting: Posting, uncertain: int = 0) -> None:
    """End a job's hold by giving it back to where it came from; raise HoldAlreadyEnded.

    So many credits are ``uncertain``: the provider may still bill them to the operator, so that
    they count against the ceilings until ``free_cost``.
    """
    held = _end_hold(tx, posting.job_id, None)
    _return(tx, held, held.amount, posting)
    if uncertain:
        cost = {"job_id": posting.job_id, "guild_id": held.guild_id, "day": held.day}
        tx.execute(_INSERT_COST, {**cost, "amount": uncertain})
        add_use(tx, held.guild_id, held.day, uncertain)


def free_cost(tx: Transaction, job_id: int, now: datetime) -> None:
    """Let a released job count against the ceilings no more: its provider bills nothing."""
    freed = tx.execute(_FREE_COST, {"job": job_id, "now": now}).one_or_none()
    if freed is not None:
        add_use(tx, freed.guild_id, freed.day, -freed.amount)


def refund(tx: Transaction, posting: Posting) -> None:
    """Give back what a job's hold was settled for, to where it came from.

    For a video that was paid for and cannot be delivered. The ceilings go on counting it: the
    operator has paid the provider. Raises HoldAlreadyEnded where nothing is settled, or it was
    refunded before.
    """
    row = tx.execute(_FIND_SETTLED, {"job": posting.job_id}).one_or_none()
    if row is None:
        raise HoldAlreadyEnded(posting.job_id or 0)
    ended = tx.execute(_REFUND_HOLD, {"job": posting.job_id, "state": "refunded"})
    if ended.rowcount != 1:
        raise HoldAlreadyEnded(posting.job_id or 0)
    taken = tx.execute(_HOLD_ENTRIES, {"job": posting.job_id}).all()
    # What the settling gave back already is not given back again.
    released = give_back([entry.amount for entry in taken], row.amount - row.settled)
    for entry, part in zip(taken, released, strict=True):
        if entry.amount > part:
            payer = Payer(entry.guild_id, entry.member_id)
            spent_account, _ = find_account(tx, payer, "spent")
            source, amount = entry.from_account, entry.amount - part
            move(tx, "refund", payer, spent_account, source, amount, posting)


@dataclass(frozen=True)
class _Hold:
    guild_id: int
    day: str
    amount: int


def _end_hold(tx: Transaction, job_id: int | None, settled: int | None) -> _Hold:
    """Compare and set the hold's state; tell what it was."""
    row = tx.execute(_FIND_HOLD, {"job": job_id}).one_or_none()
    if row is None:
        raise HoldAlreadyEnded(job_id or 0)
    if settled is not None:
        check_amount(settled, least=0, most=row.amount)
    end = {"state": "released" if settled is None else "settled", "settled": settled}
    ended = tx.execute(_END_HOLD, {"job": job_id, **end})
    if ended.rowcount != 1:
        raise HoldAlreadyEnded(job_id or 0)
    return _Hold(row.guild_id, row.day, row.amount)


def _return(tx: Transaction, held: _Hold, amount: int, posting: Posting) -> None:
    """Give so much of an ended hold back to its sources."""
    if amount == 0:
        return
    taken = tx.execute(_HOLD_ENTRIES, {"job": posting.job_id}).all()
    parts = give_back([entry.amount for entry in taken], amount)
    for entry, part in zip(taken, parts, strict=True):
        if part:
            payer = Payer(entry.guild_id, entry.member_id)
            move(tx, "release", payer, entry.to_account, entry.from_account, part, posting)
    add_use(tx, held.guild_id, held.day, -amount)
