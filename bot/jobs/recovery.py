"""Take up the jobs that a process left behind: this one's predecessor, or one that died."""

import contextlib
from datetime import timedelta

import structlog

from bot.errors import StaleTransition, StorageError
from bot.jobs import rows
from bot.jobs.approving import end_lapsed
from bot.jobs.job import Job
from bot.jobs.stages import Next, Workbench, stage_of
from bot.jobs.states import UNCHARGED_ENDS, Failure, State
from bot.jobs.submit import lose
from bot.jobs.tracker import Tracker
from bot.storage.workers import Worker

ORPHANS_SECONDS = 30.0
"""How often a running process looks for jobs of one that died."""
STRAY_AFTER = timedelta(minutes=1)
"""A command that has not shown its job by then never will: Discord takes an answer for 3 s."""

log = structlog.get_logger()


class Recovery:
    """Brings jobs back into the tracker's hands."""

    def __init__(self, bench: Workbench, worker: Worker, tracker: Tracker) -> None:
        self._bench = bench
        self._worker = worker
        self._tracker = tracker

    async def start(self) -> None:
        """Take up everything; for the start, before the tracker runs."""
        mine = await self._bench.database.read(rows.list_unfinished, self._worker.number)
        await self._take_up(mine)
        await self.adopt_orphans()
        await end_lapsed(self._bench)

    async def run(self) -> None:
        """Look for orphans and strays from time to time, until cancelled."""
        while True:
            await self._bench.clock.sleep(ORPHANS_SECONDS)
            try:
                await self.adopt_orphans()
                await self._withdraw_strays()
                await end_lapsed(self._bench)
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
                orphans = await self._bench.database.write(rows.adopt, number, self._worker.number)
            finally:
                lock.release()
            await self._take_up(orphans)
            log.info("recovery.adopted", worker=number, jobs=len(orphans))

    async def _withdraw_strays(self) -> None:
        """End jobs whose command came to nothing between their hold and their message."""
        before = self._bench.clock.now() - STRAY_AFTER
        number = self._worker.number
        await self._take_up(await self._bench.database.read(rows.list_stray, number, before))

    async def _withdraw(self, job: Job) -> None:
        """End a job of which nobody can tell whether Discord took the first response."""
        with contextlib.suppress(StaleTransition):  # the member or the command was faster
            await self._bench.insist(
                job, lambda: self._bench.end(job, State.CANCELLED, Failure.NEVER_SHOWN)
            )

    async def _take_up(self, left: list[Job]) -> None:
        unshown = await self._bench.database.read(rows.list_unshown, [job.id for job in left])
        for job in left:
            if job.state is State.HELD and job.id in unshown:
                await self._withdraw(job)
            elif job.state is State.SUBMITTING:
                await lose(self._bench, job, "the bot was stopped during the submit")
            elif job.state in UNCHARGED_ENDS:
                self._bench.messenger.changed(job.id)
            elif (stage := stage_of(job)) is not None:
                self._tracker.schedule(job.id, Next(stage))
        self._tracker.line_moved()
        if left:
            log.info("recovery.done", jobs=len(left))
