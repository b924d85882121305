"""Holds a start's database against the journal of what was sent.

Where the journal tells of submits that the rows do not know, an older database was put in the
place of a newer one. Nothing leaves the line then until the operator has looked; what waits though
it was sent is lost instead of sent again.
"""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import func, select

from bot.credits.approvals import withdraw
from bot.credits.ledger import Posting
from bot.errors import StorageError
from bot.jobs import rows
from bot.jobs.journal import Submit, SubmitJournal, Told
from bot.jobs.stages import BOT, Workbench, end_job
from bot.jobs.statements import RESTORED
from bot.jobs.states import Failure, State
from bot.presentation.alerts import restored_text
from bot.storage import Database, Transaction
from bot.storage.facts import forget_fact, get_fact, set_fact
from bot.storage.outbox import Kind, post
from bot.storage.sequence import number_above
from bot.storage.tables import job_events, jobs

LOOKED_AT = "restored.looked_at"
"""The fact until when the operator knows what the journal tells."""
AT_ONCE = 500
LOGGED = 50
"""So many jobs are named in a line of the log; the journal has them all."""
NOTE = "sent before, as the journal of submits tells"

log = structlog.get_logger()


@dataclass(frozen=True)
class _Found:
    """What a start has found: submits that the rows do not know, and whether the line stands."""

    ahead: Sequence[Submit]
    lost: Collection[int]
    """Of them, those that waited to be sent again."""
    held_back: bool


async def hold_back_if_restored(bench: Workbench) -> None:
    """Let nothing leave the line where the journal is ahead, and tell the operator.

    For the start, before anything is taken up. Raises StorageError.
    """
    told = await asyncio.to_thread(bench.journal.read)
    if told.unreadable:
        log.warning("journal.unreadable", lines=told.unreadable)
    # The journal first: its lines are written after the rows.
    ahead = await bench.database.read_long(_find_ahead, told.submits)
    found = await bench.database.write(_hold_back, bench, told, ahead)
    if found.held_back:
        log.error(
            "journal.ahead",
            jobs=[each.job_id for each in found.ahead[-LOGGED:]],
            requests=[each.request_id for each in found.ahead[-LOGGED:]],
            submits=len(found.ahead),
            lost=sorted(found.lost)[:LOGGED],
            advice="the database is older than what was sent: put the newer one back, or compare"
            " the provider's usage page; nothing is sent until `sora-bot resume`",
        )


async def let_go_on(database: Database, journal: SubmitJournal) -> int | None:
    """Let jobs leave the line again; count those that wait, or None: nothing was held back.

    Raises StorageError.
    """
    told = await asyncio.to_thread(journal.read)
    return await database.write(_let_go_on, told.submits)


def _let_go_on(tx: Transaction, submits: Sequence[Submit]) -> int | None:
    if get_fact(tx, RESTORED) is None:
        return None
    forget_fact(tx, RESTORED)
    if submits:
        set_fact(tx, LOOKED_AT, submits[-1].at.isoformat())
    waiting = (jobs.c.told_at.is_(None), jobs.c.state == State.HELD)
    return int(tx.execute(select(func.count()).select_from(jobs).where(*waiting)).scalar_one())


def _find_ahead(tx: Transaction, submits: Sequence[Submit]) -> Sequence[Submit]:
    """List the submits that the rows do not know, but those that the operator has looked at."""
    looked_at = get_fact(tx, LOOKED_AT)
    if looked_at is not None:
        until = datetime.fromisoformat(looked_at)
        submits = [each for each in submits if each.at > until]
    ahead: list[Submit] = []
    for start in range(0, len(submits), AT_ONCE):
        ahead += _unknown(tx, submits[start : start + AT_ONCE])
    return ahead


def _unknown(tx: Transaction, submits: Sequence[Submit]) -> list[Submit]:
    numbers = [each.job_id for each in submits]
    known = select(jobs.c.id, jobs.c.interaction_id, jobs.c.created_at).where(
        jobs.c.id.in_(numbers)
    )
    found = {row.id: row for row in tx.execute(known)}
    began = (
        select(job_events.c.job_id, func.max(job_events.c.at).label("at"))
        .where(job_events.c.job_id.in_(numbers), job_events.c.to_state == State.SUBMITTING)
        .group_by(job_events.c.job_id)
    )
    begun = {row.job_id: row.at for row in tx.execute(began)}

    def is_unknown(submit: Submit) -> bool:
        row = found.get(submit.job_id)
        if row is None:
            return True
        if row.interaction_id != submit.interaction_id:  # the number was given to another job
            return bool(row.created_at < submit.at)
        return submit.job_id not in begun or begun[submit.job_id] < submit.at

    return [each for each in submits if is_unknown(each)]


def _hold_back(tx: Transaction, bench: Workbench, told: Told, ahead: Sequence[Submit]) -> _Found:
    now = bench.clock.now()
    number_above(tx, jobs, told.highest)
    held_back = get_fact(tx, RESTORED) is not None
    lost: Collection[int] = ()
    if ahead:
        lost = [each.job_id for each in ahead if _lose(tx, bench, each, now)]
        if not held_back:
            set_fact(tx, RESTORED, now.isoformat())
            text = restored_text([each.job_id for each in ahead], sorted(lost))
            post(tx, Kind.OPERATOR, "restored", {"text": text}, now)
    return _Found(ahead, lost, held_back or bool(ahead))


def _lose(tx: Transaction, bench: Workbench, submit: Submit, now: datetime) -> bool:
    """End a job that waits though it was sent; False: it does not, or its rows do not fit."""
    waits = select(jobs.c.id).where(
        jobs.c.id == submit.job_id,
        jobs.c.interaction_id == submit.interaction_id,
        jobs.c.state == State.HELD,
    )
    if tx.scalar(waits) is None:
        return False
    posting = Posting(now, BOT, Failure.OUTCOME_UNKNOWN, submit.job_id)
    try:
        with tx.begin_nested():
            rows.move_job(tx, submit.job_id, State.SUBMITTING, now, NOTE, sent_before=True)
            end_job(tx, submit.job_id, State.LOST, Failure.OUTCOME_UNKNOWN, posting, NOTE)
            withdraw(tx, submit.job_id, posting)
    except StorageError:
        raise
    except Exception as error:  # noqa: BLE001 - a bad row must not keep the others
        bench.report_fault(submit.job_id, "restored.fault", error)
        return False
    return True
