"""Jobs that the rules of the moment stop: a paused server's wait, a frozen member's end.

So do those of a server that the bot was removed from, or that the operator has closed.

What a provider has goes on: it is paid for.
"""

from collections.abc import Callable

import structlog
from sqlalchemy import ColumnElement, bindparam, or_, select

from bot.clock import Clock
from bot.credits.ledger import Posting
from bot.credits.members import read_member
from bot.credits.settings import LONGEST_PAUSE, pause_over_at
from bot.errors import ApprovalStopped, StorageError
from bot.jobs.job import Job
from bot.jobs.stages import BOT, end_job
from bot.jobs.statements import (
    in_closed_guild,
    in_paused_guild,
    of_departed_guild,
    of_frozen_member,
)
from bot.jobs.states import Failure, State
from bot.storage import Database, Transaction
from bot.storage.books import guild_settings
from bot.storage.tables import jobs

_HELD = (jobs.c.told_at.is_(None), jobs.c.state == State.HELD)
_WAITING_IN_GUILD = select(jobs.c.id).where(*_HELD, jobs.c.guild_id == bindparam("guild"))
_REASONS: dict[Failure, ColumnElement[bool]] = {
    Failure.MEMBER_FROZEN: of_frozen_member(jobs.c.guild_id, jobs.c.member_id),
    Failure.GUILD_LEFT: of_departed_guild(jobs.c.guild_id),
    Failure.GUILD_NOT_SERVED: in_closed_guild(jobs.c.guild_id, jobs.c.price),
    Failure.GUILD_PAUSED: in_paused_guild(
        jobs.c.guild_id, guild_settings.c.paused_at <= bindparam("paused_before")
    ),
}
_STOPPED = select(jobs.c.id, *_REASONS.values()).where(*_HELD, or_(*_REASONS.values()))
_THIS = _STOPPED.where(jobs.c.id == bindparam("job"))

log = structlog.get_logger()


def check_stopped(tx: Transaction, job: Job) -> None:
    """Raise ApprovalStopped where the rules of the moment let nothing be sent for this job."""
    if read_member(tx, job.payer).frozen:
        raise ApprovalStopped(job.id, job.member_id, "frozen")
    if pause_over_at(tx, job.guild_id) is not None:
        raise ApprovalStopped(job.id, job.member_id, "paused")


def list_waiting(tx: Transaction, guild_id: int) -> list[int]:
    """List a server's jobs that are not sent yet."""
    return list(tx.scalars(_WAITING_IN_GUILD, {"guild": guild_id}))


async def end_stopped(database: Database, clock: Clock, changed: Callable[[int], None]) -> None:
    """Cancel what waits for frozen members, and in servers paused too long, left or closed.

    Credits go back in the same transaction; ``changed`` is called with each job that ended.
    Raises StorageError.
    """
    before = {"paused_before": clock.now() - LONGEST_PAUSE}

    def read(tx: Transaction) -> list[int]:
        return list(tx.scalars(_STOPPED, before))

    def end(tx: Transaction, job_id: int) -> Failure | None:
        row = tx.execute(_THIS, {**before, "job": job_id}).one_or_none()
        if row is None:  # cancelled meanwhile, or stopped no more
            return None
        failure = next(reason for reason, holds in zip(_REASONS, row[1:], strict=True) if holds)
        end_job(tx, job_id, State.CANCELLED, failure, Posting(clock.now(), BOT, ""), "")
        return failure

    for job_id in await database.read(read):
        try:
            failure = await database.write(end, job_id)
        except StorageError:
            raise
        except Exception:  # a bad row must not keep the others
            log.exception("stopped.crashed", job=job_id)
            continue
        if failure is not None:
            log.info("job.stopped", job=job_id, reason=failure)
            changed(job_id)
