"""Take up the jobs that a process left behind: this one's predecessor, or one that died."""

import asyncio
from collections.abc import Collection
from datetime import timedelta

import structlog

from bot.credits.ledger import Posting
from bot.errors import StaleTransition, StorageError
from bot.jobs import rows
from bot.jobs.approving import end_lapsed
from bot.jobs.given_up import end_overdue
from bot.jobs.job import Job
from bot.jobs.resting import UNTOLD, list_resting
from bot.jobs.stages import BOT, Next, Unseen, Workbench, end_job, stage_of
from bot.jobs.states import UNCHARGED_ENDS, Failure, State
from bot.jobs.stopped import end_stopped
from bot.jobs.submit import log_lost
from bot.jobs.tracker import Tracker
from bot.storage import Transaction
from bot.storage.workers import Owner, Worker

ORPHANS_SECONDS = 30.0
"""How often a running process looks for jobs of one that died."""
STRAY_AFTER = timedelta(minutes=1)
"""A command that has not shown its job by then never will: Discord takes an answer for 3 s."""
CUT_OFF = "the bot was stopped during the submit"

log = structlog.get_logger()


class Recovery:
    """Brings jobs back into the tracker's hands.

    A job whose rows do not fit together is logged and left to the operator; all others go on.
    """

    def __init__(self, bench: Workbench, worker: Worker, owner: Owner, tracker: Tracker) -> None:
        self._bench = bench
        self._worker = worker
        self._owner = owner
        self._tracker = tracker
        self._unknown: set[int] = set()
        """Jobs of which Discord could not be asked yet whether they are shown."""
        self._untold: Collection[int] = ()
        """Ends of this process's jobs that the last round has found untold."""

    async def start(self) -> None:
        """Take up everything; for the start, before the tracker runs."""
        await self._adopt(self._owner.worker)
        await self.adopt_orphans()
        await end_lapsed(self._bench)
        await self._end_stopped()
        await end_overdue(self._bench)

    async def run(self) -> None:
        """Look for orphans, strays and untold ends from time to time, until cancelled."""
        while True:
            await self._bench.clock.sleep(ORPHANS_SECONDS)
            try:
                await self.adopt_orphans()
                await self._lose_unsent()
                await self._confirm_strays()
                await self._tell_ends()
                await end_lapsed(self._bench)
                await self._end_stopped()
                await end_overdue(self._bench)
                await self._bench.supply.refresh()
            except StorageError as error:
                log.warning("recovery.storage", error=type(error).__name__)

    async def adopt_orphans(self) -> None:
        """Take over the jobs of processes that are gone."""
        for number in await self._bench.database.read(rows.busy_workers):
            if number == self._worker.number:
                continue
            lock = self._worker.try_lock(number)
            if lock is None:
                continue
            try:
                await self._adopt(number)
            finally:
                lock.release()

    async def _adopt(self, former: int) -> None:
        """Take over what the processes of a number have left, and take it up."""
        left = await self._bench.database.write(_take_over, self._bench, former, self._owner)
        for job in left:
            if job.failure is Failure.OUTCOME_UNKNOWN and job.told_at is None:
                log_lost(job, CUT_OFF)
        if left:
            log.info("recovery.adopted", worker=former, jobs=len(left))
        await self._take_up(left)

    async def _lose_unsent(self) -> None:
        """End own jobs in submitting of which no step is under way: nobody knows their outcome."""
        bench = self._bench
        for job in await bench.database.read(rows.list_submitting, self._owner):
            if job.id in bench.sending or job.id in bench.set_aside:
                continue
            try:
                lost = await bench.database.write(_lose_cut_off, bench, job)
            except StorageError:
                raise
            except Exception as error:  # noqa: BLE001 - a fault of one row's must not become the others'
                bench.report_fault(job.id, "recovery.fault", error)
                continue
            if lost:
                log_lost(job, "its submit was broken off")
                bench.forget(job.id)
                bench.messenger.changed(job.id)

    async def ask_again(self) -> None:
        """Ask about the first responses of which Discord could not be asked; it may answer now."""
        unknown, self._unknown = sorted(self._unknown), set()
        found = await asyncio.gather(*(self._ask(job_id) for job_id in unknown))
        for job_id, answer in zip(unknown, found, strict=True):
            await self._settle(job_id, answer)

    async def _confirm_strays(self) -> None:
        """Ask about jobs that nobody shows: their command came to nothing after their hold."""
        before = self._bench.clock.now() - STRAY_AFTER
        strays = await self._bench.database.read(rows.list_stray, self._worker.number, before)
        self._unknown.update(job.id for job in strays if job.id not in self._bench.set_aside)
        await self.ask_again()

    async def _tell_ends(self) -> None:
        """Tell the ends that were untold a round ago: whoever ended those jobs may be dead."""
        untold = await self._bench.database.read(rows.list_untold_ends, self._worker.number)
        for job_id in set(untold) & set(self._untold):
            if not self._bench.messenger.telling(job_id):
                self._bench.messenger.changed(job_id)
        self._untold = untold

    async def _ask(self, job_id: int) -> int | Unseen | None:
        """Ask Discord whether a job is shown; None, where that was settled meanwhile."""
        bench = self._bench
        try:
            job = await bench.database.read(rows.get_job, job_id)
            address = await bench.database.read(rows.get_message, job_id)
            if job.state is not State.HELD or address.message_id is not None:
                return None
            return await bench.messenger.find_response(job_id)
        except StorageError:
            return Unseen.UNKNOWN
        except Exception as error:  # noqa: BLE001 - a fault of one row's must not become the others'
            bench.report_fault(job_id, "recovery.fault", error)
            return None

    async def _settle(self, job_id: int, found: int | Unseen | None) -> None:
        """Let a job go on whose message stands, or withdraw it."""
        bench = self._bench
        if found is Unseen.UNKNOWN:
            self._unknown.add(job_id)
        if found is None or found is Unseen.UNKNOWN:
            return
        try:
            job = await bench.database.read(rows.get_job, job_id)
            if isinstance(found, int):
                shown = {"message_id": found, "shown_state": State.HELD}
                await bench.insist(
                    job, lambda: bench.database.write(rows.update_message, job_id, **shown)
                )
                log.info("recovery.confirmed", job=job_id)
                self._tracker.line_moved()
            else:
                await bench.insist(
                    job, lambda: bench.end(job, State.CANCELLED, Failure.NEVER_SHOWN)
                )
        except StaleTransition:  # the member or the command was faster
            return
        except StorageError:
            self._unknown.add(job_id)
        except Exception as error:  # noqa: BLE001 - a fault of one row's must not become the others'
            bench.report_fault(job_id, "recovery.fault", error)

    async def _end_stopped(self) -> None:
        bench = self._bench
        await end_stopped(bench.database, bench.clock, bench.messenger.changed)

    async def _take_up(self, left: list[Job]) -> None:
        numbers = [job.id for job in left]
        unshown = await self._bench.database.read_long(rows.list_unshown, numbers)
        resting = await self._bench.database.read(list_resting, numbers)
        for job in left:
            if job.id in resting and job.state in UNTOLD:
                continue  # its door was shut: it opens, or is knocked at in turn
            if job.state is State.HELD and job.id in unshown:
                self._unknown.add(job.id)
            elif job.state in UNCHARGED_ENDS:
                self._bench.messenger.changed(job.id)
            elif (stage := stage_of(job)) is not None:
                self._tracker.schedule(job.id, Next(stage), job.provider)
        if left:
            log.info("recovery.done", jobs=len(left))
        await self.ask_again()
        self._tracker.line_moved()


def _take_over(tx: Transaction, bench: Workbench, former: int, owner: Owner) -> list[Job]:
    """Make jobs our own, and end in the same transaction those whose request may be out."""
    taken = []
    for job in rows.adopt(tx, former, owner):
        if job.state is State.SUBMITTING:
            try:
                with tx.begin_nested():
                    _lose_cut_off(tx, bench, job)
            except StorageError:
                raise
            except Exception as error:  # noqa: BLE001 - it stays as it is
                bench.report_fault(job.id, "recovery.fault", error)
                continue
            taken.append(rows.get_job(tx, job.id))
        else:
            taken.append(job)
    return taken


def _lose_cut_off(tx: Transaction, bench: Workbench, job: Job) -> bool:
    """End a job that is still submitting; False: its submit has come to an end meanwhile.

    Asked in the transaction, since a job that was accepted may be lost as well, later.
    """
    if rows.get_job(tx, job.id).state is not State.SUBMITTING:
        return False
    posting = Posting(bench.clock.now(), BOT, "")
    end_job(tx, job.id, State.LOST, Failure.OUTCOME_UNKNOWN, posting, "", job.owner)
    return True
