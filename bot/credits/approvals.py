"""Prices that a moderator must approve; the job waits, its price is held."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update

from bot.credits.changes import record
from bot.credits.ledger import Payer, Posting
from bot.errors import ApprovalDecided, NoSuchJob
from bot.storage import Transaction
from bot.storage.books import approvals
from bot.storage.tables import jobs, messages

_APPROVAL = select(approvals).where(approvals.c.job_id == bindparam("job"))
MOST_OPEN = 25
"""So many open questions are listed."""
_ASKED = (
    select(
        approvals.c.job_id,
        approvals.c.guild_id,
        approvals.c.member_id,
        approvals.c.price,
        approvals.c.lapses_at,
        jobs.c.prompt,
        messages.c.channel_id,
        messages.c.message_id,
    )
    .join(jobs, jobs.c.id == approvals.c.job_id)
    .join(messages, messages.c.job_id == approvals.c.job_id)
    .where(approvals.c.verdict.is_(None))
)
_OPEN = (
    # The sum keeps SQLite at the few that are open, whoever's they are.
    _ASKED.where(approvals.c.guild_id + 0 == bindparam("guild"))
    .order_by(approvals.c.lapses_at)
    .limit(MOST_OPEN)
)
_OPEN_ONE = _ASKED.where(approvals.c.job_id == bindparam("job"))
_DECIDE = update(approvals).where(
    approvals.c.job_id == bindparam("job"), approvals.c.verdict.is_(None)
)


class Verdict(StrEnum):
    """What became of a question."""

    APPROVED = "approved"
    DECLINED = "declined"
    LAPSED = "lapsed"
    """Nobody decided in time."""
    WITHDRAWN = "withdrawn"
    """The job was over before anybody decided."""


_BY_PERSON = frozenset({Verdict.APPROVED, Verdict.DECLINED})


@dataclass(frozen=True)
class Approval:
    """A price that a moderator was asked about, in credits."""

    job_id: int
    guild_id: int
    member_id: int
    price: int
    asked_at: datetime
    lapses_at: datetime
    decided_at: datetime | None
    decided_by: int | None
    """The moderator; 0 where it was nobody."""
    verdict: Verdict | None
    """None: it waits."""

    @property
    def approver(self) -> int | None:
        """Who has approved or declined it; None: nobody."""
        return self.decided_by if self.verdict in _BY_PERSON else None


@dataclass(frozen=True)
class OpenApproval:
    """A question that waits for a moderator, and where its job is shown."""

    job_id: int
    guild_id: int
    member_id: int
    price: int
    lapses_at: datetime
    prompt: str
    channel_id: int
    message_id: int | None
    """None until Discord has confirmed the message."""


def ask(tx: Transaction, payer: Payer, price: int, lapses_at: datetime, posting: Posting) -> None:
    """Let a job wait for a moderator; the posting names the job and when it is asked."""
    tx.execute(
        insert(approvals).values(
            job_id=posting.job_id,
            guild_id=payer.guild_id,
            member_id=payer.member_id,
            price=price,
            asked_at=posting.at,
            lapses_at=lapses_at,
        )
    )


def decide(tx: Transaction, job_id: int, verdict: Verdict, posting: Posting) -> Approval:
    """Decide, once, and write it into the history; tell what was decided about.

    After it has lapsed it is too late, also where nobody has noticed yet. Raises NoSuchJob where
    nothing was asked, or ApprovalDecided.
    """
    approval = find_approval(tx, job_id)
    if approval is None:
        raise NoSuchJob(job_id)
    if approval.verdict is not None:
        raise ApprovalDecided(job_id, approval.verdict, approval.decided_by or 0)
    if verdict in _BY_PERSON and posting.at >= approval.lapses_at:
        raise ApprovalDecided(job_id, Verdict.LAPSED, 0)
    tx.execute(
        _DECIDE,
        {
            "job": job_id,
            "verdict": verdict,
            "decided_at": posting.at,
            "decided_by": posting.actor_id,
        },
    )
    record(
        tx,
        approval.guild_id,
        {"approval": str(verdict)},
        posting,
        member_id=approval.member_id,
        target_id=job_id,
    )
    return approval


def withdraw(tx: Transaction, job_id: int, posting: Posting) -> None:
    """Close the question of a job that is over, where one waits."""
    approval = find_approval(tx, job_id)
    if approval is not None and approval.verdict is None:
        decide(tx, job_id, Verdict.WITHDRAWN, posting)


def find_approval(tx: Transaction, job_id: int) -> Approval | None:
    """Find what a moderator was asked about a job; None: nothing."""
    row = tx.execute(_APPROVAL, {"job": job_id}).one_or_none()
    return None if row is None else _from_row(row)


def list_open(tx: Transaction, guild_id: int) -> Sequence[OpenApproval]:
    """List what waits for a server's moderators, at most MOST_OPEN; what lapses first on top."""
    return [OpenApproval(*row) for row in tx.execute(_OPEN, {"guild": guild_id})]


def find_open(tx: Transaction, job_id: int) -> OpenApproval | None:
    """Find the question about a job that waits for a moderator."""
    row = tx.execute(_OPEN_ONE, {"job": job_id}).one_or_none()
    return None if row is None else OpenApproval(*row)


def list_lapsed(tx: Transaction, now: datetime) -> list[int]:
    """List the jobs whose time ran out and that nobody decided about."""
    query = select(approvals.c.job_id).where(
        approvals.c.verdict.is_(None), approvals.c.lapses_at <= now
    )
    return list(tx.scalars(query.order_by(approvals.c.job_id)))


def _from_row(row: Row[Any]) -> Approval:
    values = dict(row._mapping)  # noqa: SLF001 - the library's public name for it
    values["verdict"] = values["verdict"] and Verdict(values["verdict"])
    return Approval(**values)
