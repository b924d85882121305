"""Take up the jobs that a process left behind: this one's predecessor, or one that died."""

from datetime import timedelta

import structlog

from bot.credits.ledger import Posting
from bot.errors import StaleTransition, StorageError
from bot.jobs import rows
from bot.jobs.approving import end_lapsed
from bot.jobs.given_up import end_overdue
from bot.jobs.job import Job
from bot.jobs.stages import BOT, Next, Workbench, end_job, stage_of
from bot.jobs.states import UNCHARGED_ENDS, Failure, State
from bot.jobs.stopped import end_stopped
from bot.jobs.submit import log_lost, lose
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

    async def start(self) -> None:
        """Take up everything; for the start, before the tracker runs."""
        await self._adopt(self._owner.worker)
        await self.adopt_orphans()
        await end_lapsed(self._bench)
        await self._end_stopped()
        await end_overdue(self._bench)

    async def run(self) -> None:
        """Look for orphans and strays from time to time, until cancelled."""
        while True:
            await self._bench.clock.sleep(ORPHANS_SECONDS)
            try:
                await self.adopt_orphans()
                await self._lose_unsent()
                await self._withdraw_strays()
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
        for job in await self._bench.database.read(rows.list_submitting, self._owner):
            if job.id in self._bench.sending or job.id in self._bench.set_aside:
                continue
            try:
                await lose(self._bench, job, "its submit was broken off")
            except StaleTransition:
                continue
            except Exception as error:  # noqa: BLE001 - a fault of one row's must not become the others'
                self._bench.report_fault(job.id, "recovery.fault", error)

    async def _withdraw_strays(self) -> None:
        """End jobs whose command came to nothing between their hold and their message."""
        before = self._bench.clock.now() - STRAY_AFTER
        number = self._worker.number
        await self._take_up(await self._bench.database.read(rows.list_stray, number, before))

    async def _end_stopped(self) -> None:
        bench = self._bench
        await end_stopped(bench.database, bench.clock, bench.messenger.changed)

    async def _take_up(self, left: list[Job]) -> None:
        unshown = await self._bench.database.read(rows.list_unshown, [job.id for job in left])
        for job in left:
            try:
                await self._take_up_one(job, shown=job.id not in unshown)
            except StaleTransition:  # the member or the command was faster
                continue
            except StorageError:
                raise
            except Exception as error:  # noqa: BLE001 - a fault of one row's must not become the others'
                self._bench.report_fault(job.id, "recovery.fault", error)
        if left:
            log.info("recovery.done", jobs=len(left))
        self._tracker.line_moved()

    async def _take_up_one(self, job: Job, *, shown: bool) -> None:
        if job.state is State.HELD and not shown:
            # Nobody can tell whether Discord took the first response.
            await self._bench.insist(
                job, lambda: self._bench.end(job, State.CANCELLED, Failure.NEVER_SHOWN)
            )
        elif job.state in UNCHARGED_ENDS:
            self._bench.messenger.changed(job.id)
        elif (stage := stage_of(job)) is not None:
            self._tracker.schedule(job.id, Next(stage), job.provider)


def _take_over(tx: Transaction, bench: Workbench, former: int, owner: Owner) -> list[Job]:
    """Make jobs our own, and end in the same transaction those whose request may be out."""
    taken = []
    for job in rows.adopt(tx, former, owner):
        if job.state is State.SUBMITTING:
            posting = Posting(bench.clock.now(), BOT, "")
            try:
                with tx.begin_nested():
                    end_job(tx, job.id, State.LOST, Failure.OUTCOME_UNKNOWN, posting, "", owner)
            except StorageError:
                raise
            except Exception as error:  # noqa: BLE001 - it stays as it is
                bench.report_fault(job.id, "recovery.fault", error)
                continue
            taken.append(rows.get_job(tx, job.id))
        else:
            taken.append(job)
    return taken
