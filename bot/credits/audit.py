"""Proof of the books: every balance, hold and count against what it must follow from.

Reads one state of a database, also of a running bot's, and changes nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, text

from bot.storage import Transaction


@dataclass(frozen=True)
class Difference:
    """Something in the books that cannot be."""

    subject: str
    """Which row: account 7, entry 12, hold of job 3."""
    rule: str
    """What must hold."""
    expected: str
    found: str


_SUM = "SELECT coalesce(sum(balance), 0) AS total FROM accounts"
_BALANCES = """
    SELECT accounts.id, accounts.kind, member_id, balance,
        coalesce(came.amount, 0) - coalesce(went.amount, 0) AS entered
    FROM accounts
    LEFT JOIN (SELECT to_account, sum(amount) AS amount FROM entries GROUP BY to_account) AS came
        ON came.to_account = accounts.id
    LEFT JOIN (SELECT from_account, sum(amount) AS amount FROM entries GROUP BY from_account)
        AS went ON went.from_account = accounts.id
    WHERE balance <> coalesce(came.amount, 0) - coalesce(went.amount, 0)
    ORDER BY accounts.id
"""
_SIDES = """
    SELECT entries.id, entries.kind, source.kind AS source, target.kind AS target,
        source.guild_id = entries.guild_id AND source.member_id = entries.member_id
        AND target.guild_id = entries.guild_id AND target.member_id = entries.member_id AS own
    FROM entries
    JOIN accounts AS source ON source.id = from_account
    JOIN accounts AS target ON target.id = to_account
    WHERE NOT (
        source.guild_id = entries.guild_id AND source.member_id = entries.member_id
        AND target.guild_id = entries.guild_id AND target.member_id = entries.member_id
        AND (entries.kind || ' ' || source.kind || ' ' || target.kind) IN (
            'grant issued grant', 'revoke grant issued', 'settle held spent',
            'hold allowance held', 'hold pool held', 'hold grant held',
            'release held allowance', 'release held pool', 'release held grant',
            'refund spent allowance', 'refund spent pool', 'refund spent grant'))
    ORDER BY entries.id
"""
_HOLDS = """
    SELECT holds.job_id, holds.amount, holds.state, holds.settled,
        coalesce(sum(CASE kind WHEN 'hold' THEN entries.amount END), 0) AS taken,
        coalesce(sum(CASE kind WHEN 'settle' THEN entries.amount END), 0) AS spent,
        coalesce(sum(CASE kind WHEN 'release' THEN entries.amount END), 0) AS returned,
        coalesce(sum(CASE kind WHEN 'refund' THEN entries.amount END), 0) AS refunded
    FROM holds LEFT JOIN entries ON entries.job_id = holds.job_id
    GROUP BY holds.job_id ORDER BY holds.job_id
"""
_STRAY_ENTRIES = """
    SELECT id, job_id FROM entries
    WHERE job_id IS NOT NULL AND job_id NOT IN (SELECT job_id FROM holds) ORDER BY id
"""
_RETURNS = """
    SELECT max(back.id) AS id, sum(back.amount) AS amount,
        coalesce(max(taken.amount), 0) AS taken
    FROM entries AS back
    LEFT JOIN entries AS taken ON taken.job_id = back.job_id AND taken.kind = 'hold'
        AND taken.from_account = back.to_account
    WHERE back.kind IN ('release', 'refund') GROUP BY back.job_id, back.to_account
    HAVING sum(back.amount) > coalesce(max(taken.amount), 0) ORDER BY max(back.id)
"""
_JOBS = """
    SELECT jobs.id, jobs.state, jobs.price, jobs.guild_id, holds.state AS hold, holds.amount,
        holds.settled, holds.guild_id AS hold_guild
    FROM jobs LEFT JOIN holds ON holds.job_id = jobs.id ORDER BY jobs.id
"""
_STRAY_HOLDS = """
    SELECT job_id FROM holds WHERE job_id NOT IN (SELECT id FROM jobs) ORDER BY job_id
"""
_USE = """
    SELECT guild_id, day, sum(used) AS used, sum(counted) AS counted FROM (
        SELECT guild_id, day, used, 0 AS counted FROM ceiling_use
        UNION ALL SELECT guild_id, day, 0, sum(CASE state WHEN 'held' THEN amount
            WHEN 'released' THEN 0 ELSE settled END) FROM holds GROUP BY guild_id, day
        UNION ALL SELECT 0, day, 0, sum(CASE state WHEN 'held' THEN amount
            WHEN 'released' THEN 0 ELSE settled END) FROM holds GROUP BY day
        UNION ALL SELECT guild_id, day, 0, sum(amount) FROM uncertain_costs
            WHERE freed_at IS NULL GROUP BY guild_id, day
        UNION ALL SELECT 0, day, 0, sum(amount) FROM uncertain_costs
            WHERE freed_at IS NULL GROUP BY day) AS both_counts
    GROUP BY guild_id, day HAVING sum(used) <> sum(counted) ORDER BY guild_id, day
"""

_HOLD_OF = {
    "held": ("held",),
    "submitting": ("held",),
    "queued": ("held",),
    "processing": ("held",),
    "rendered": ("settled",),
    "delivered": ("settled",),
    # The second: it had been paid for, and its video was lost.
    "failed": ("released", "refunded"),
    "cancelled": ("released",),
    "lost": ("released",),
}
"""The states that a hold may be in, by the state of its job."""


def find_differences(tx: Transaction) -> list[Difference]:
    """List everything that is not as it must be; none: the books are right."""
    checks = (_sum, _balances, _sides, _holds, _returns, _jobs, _use)
    return [difference for check in checks for difference in check(tx)]


def _sum(tx: Transaction) -> Iterator[Difference]:
    total = tx.scalar(text(_SUM))
    if total != 0:
        yield Difference("all accounts", "they sum to zero", "0", str(total))


def _balances(tx: Transaction) -> Iterator[Difference]:
    for row in _rows(tx, _BALANCES):
        subject = f"account {row.id} ({row.kind} of member {row.member_id})"
        yield Difference(
            subject, "the balance is the sum of the entries", str(row.entered), str(row.balance)
        )


def _sides(tx: Transaction) -> Iterator[Difference]:
    for row in _rows(tx, _SIDES):
        found = f"{row.kind}: {row.source} to {row.target}"
        if not row.own:
            found += ", an account of somebody else"
        yield Difference(
            f"entry {row.id}",
            "it moves credits between its member's accounts, in a way that there is",
            "one of the ways",
            found,
        )


def _holds(tx: Transaction) -> Iterator[Difference]:
    for row in _rows(tx, _HOLDS):
        subject = f"hold of job {row.job_id}"
        if row.taken != row.amount:
            yield Difference(subject, "its entries sum to it", str(row.amount), str(row.taken))
        spent = row.settled or 0
        returned = 0 if row.state == "held" else row.amount - spent
        refunded = spent if row.state == "refunded" else 0
        if (row.spent, row.returned, row.refunded) != (spent, returned, refunded):
            yield Difference(
                subject,
                f"it is {row.state}, and so are its entries",
                f"{spent} spent, {returned} given back, {refunded} refunded",
                f"{row.spent} spent, {row.returned} given back, {row.refunded} refunded",
            )
    for row in _rows(tx, _STRAY_ENTRIES):
        yield Difference(f"entry {row.id}", "its job has a hold", f"job {row.job_id}", "none")


def _returns(tx: Transaction) -> Iterator[Difference]:
    for row in _rows(tx, _RETURNS):
        yield Difference(
            f"entry {row.id}",
            "no more goes back to a source than came from it",
            f"at most {row.taken}",
            str(row.amount),
        )


def _jobs(tx: Transaction) -> Iterator[Difference]:
    for row in _rows(tx, _JOBS):
        subject = f"job {row.id} ({row.state})"
        wanted = _HOLD_OF[row.state]
        if row.hold not in wanted:
            rule = "the hold ends with the job"
            yield Difference(subject, rule, " or ".join(wanted), str(row.hold))
            continue
        # What is settled is the price; a job may have held more, and have become cheaper since.
        if row.settled is not None and row.settled != row.price:
            yield Difference(subject, "its price is settled", str(row.price), str(row.settled))
        if row.amount < row.price:
            found = str(row.amount)
            yield Difference(subject, "its price is held", f"at least {row.price}", found)
        if row.hold_guild != row.guild_id:
            rule, found = "its hold is in its server", str(row.hold_guild)
            yield Difference(subject, rule, str(row.guild_id), found)
    for row in _rows(tx, _STRAY_HOLDS):
        yield Difference(f"hold of job {row.job_id}", "there is such a job", "a job", "none")


def _use(tx: Transaction) -> Iterator[Difference]:
    for row in _rows(tx, _USE):
        whose = f"server {row.guild_id}" if row.guild_id else "all servers"
        yield Difference(
            f"use of {whose} on {row.day}",
            "it is what was held and not given back, or may be billed",
            str(row.counted),
            str(row.used),
        )


def _rows(tx: Transaction, statement: str) -> Iterator[Row[Any]]:
    yield from tx.execute(text(statement))
