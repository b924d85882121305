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

# Each finds what is wrong alone: right books bring no row of theirs out of the database.
_SUM = "SELECT total FROM (SELECT sum(balance) AS total FROM accounts) AS sums WHERE total <> 0"
_BALANCES = """
    WITH pairs AS MATERIALIZED (
        SELECT from_account, to_account, sum(amount) AS amount FROM entries
        GROUP BY from_account, to_account),
    sums AS (
        SELECT account, sum(amount) AS entered FROM (
            SELECT to_account AS account, amount FROM pairs
            UNION ALL SELECT from_account, -amount FROM pairs) AS sides GROUP BY account)
    SELECT accounts.id, kind, member_id, balance, coalesce(entered, 0) AS entered
    FROM accounts LEFT JOIN sums ON account = accounts.id
    WHERE balance <> coalesce(entered, 0) ORDER BY accounts.id
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
        AND CASE entries.kind
            WHEN 'grant' THEN source.kind = 'issued' AND target.kind = 'grant'
            WHEN 'revoke' THEN source.kind = 'grant' AND target.kind = 'issued'
            WHEN 'settle' THEN source.kind = 'held' AND target.kind = 'spent'
            WHEN 'hold' THEN source.kind IN ('allowance', 'pool', 'grant') AND target.kind = 'held'
            WHEN 'release' THEN source.kind = 'held'
                AND target.kind IN ('allowance', 'pool', 'grant')
            WHEN 'refund' THEN source.kind = 'spent'
                AND target.kind IN ('allowance', 'pool', 'grant')
        END)
    ORDER BY entries.id
"""
_HOLDS = """
    SELECT * FROM (
        SELECT holds.job_id, holds.amount, holds.state, coalesce(settled, 0) AS due_spent,
            CASE state WHEN 'held' THEN 0 ELSE holds.amount - coalesce(settled, 0) END
                AS due_returned,
            CASE state WHEN 'refunded' THEN coalesce(settled, 0) ELSE 0 END AS due_refunded,
            coalesce(sum(CASE kind WHEN 'hold' THEN entries.amount END), 0) AS taken,
            coalesce(sum(CASE kind WHEN 'settle' THEN entries.amount END), 0) AS spent,
            coalesce(sum(CASE kind WHEN 'release' THEN entries.amount END), 0) AS returned,
            coalesce(sum(CASE kind WHEN 'refund' THEN entries.amount END), 0) AS refunded
        FROM holds LEFT JOIN entries ON entries.job_id = holds.job_id
        GROUP BY holds.job_id) AS sums
    WHERE taken <> amount OR spent <> due_spent OR returned <> due_returned
        OR refunded <> due_refunded
    ORDER BY job_id
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
_FITTING = ", ".join(f"'{state} {hold}'" for state, held in _HOLD_OF.items() for hold in held)
_JOBS = f"""
    SELECT jobs.id, jobs.state, jobs.price, jobs.guild_id, holds.state AS hold, holds.amount,
        holds.settled, holds.guild_id AS hold_guild
    FROM jobs LEFT JOIN holds ON holds.job_id = jobs.id
    WHERE coalesce(jobs.state || ' ' || holds.state, '') NOT IN ({_FITTING})
        OR settled <> price OR amount < price OR holds.guild_id <> jobs.guild_id
    ORDER BY jobs.id
"""  # noqa: S608 - put together of what stands above
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


def find_differences(tx: Transaction) -> list[Difference]:
    """List everything that is not as it must be; none: the books are right."""
    checks = (_sum, _balances, _sides, _holds, _returns, _jobs, _use)
    return [difference for check in checks for difference in check(tx)]


def _sum(tx: Transaction) -> Iterator[Difference]:
    for row in _rows(tx, _SUM):
        yield Difference("all accounts", "they sum to zero", "0", str(row.total))


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
        due = f"{row.due_spent} spent, {row.due_returned} given back, {row.due_refunded} refunded"
        found = f"{row.spent} spent, {row.returned} given back, {row.refunded} refunded"
        if found != due:
            yield Difference(subject, f"it is {row.state}, and so are its entries", due, found)
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
