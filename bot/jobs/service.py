"""What members do with jobs: ask for one, cancel it, look at theirs."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog
from sqlalchemy import ColumnElement

from bot.catalogue import Catalogue, Order
from bot.clock import Clock
from bot.credits import Budgets, Payer
from bot.credits.ledger import Posting
from bot.delivery.archive import Archive
from bot.delivery.fit import fitted
from bot.errors import (
    NoSuchJob,
    NotAVideo,
    NotYours,
    NoVideoYet,
    StaleTransition,
    StorageError,
    TooLateToCancel,
)
from bot.jobs import rows
from bot.jobs.job import Job, JobView, Request
from bot.jobs.stages import BOT, end_job
from bot.jobs.states import UNCHARGED_ENDS, Failure, State
from bot.storage import Database, Transaction
from bot.storage.tables import jobs as jobs_table

HISTORY_LENGTH = 10
INSIST_SECONDS = 1.0

log = structlog.get_logger()


@dataclass(frozen=True)
class Asker:
    """Who wants to see or change a job."""

    payer: Payer
    manages_guild: bool


@dataclass(frozen=True)
class Jobs:
    """The jobs, as the commands see them."""

    database: Database
    clock: Clock
    catalogue: Catalogue
    budgets: Budgets
    archive: Archive
    worker: int
    line_moved: Callable[[], None]
    """Tells the tracker that somebody joined or left the line."""
    changed: Callable[[int], None]
    """Tells the notifier to show a job as it is now."""
    first_shown: Callable[[JobView], None]
    """Tells the notifier what the first response shows of a job."""

    async def create(self, request: Request, order: Order) -> JobView:
        """Write a job and hold its price, in one transaction.

        The job waits until ``announce``. Raises InsufficientCredits or RepeatedInteraction.
        """
        view = await self.database.write_soon(self._create, request, order)
        self.first_shown(view)
        return view

    async def announce(self, job_id: int, message_id: int) -> None:
        """Let the job go on: Discord has confirmed its message."""
        await self._insist(
            lambda: self.database.write(
                rows.update_message, job_id, message_id=message_id, shown_state=State.HELD
            )
        )
        self.line_moved()

    async def withdraw(self, job_id: int) -> None:
        """Undo a job whose message Discord did not confirm; it was not submitted."""
        with contextlib.suppress(StaleTransition):  # cancelled, or withdrawn as a stray, meanwhile
            await self._insist(lambda: self._end(job_id, Failure.NEVER_SHOWN, BOT))

    async def cancel(self, job_id: int, asker: Asker) -> Job:
        """End a job that was not submitted yet.

        Raises NoSuchJob, NotYours or TooLateToCancel.
        """
        job = await self._find(job_id, asker)
        try:
            await self._end(job_id, Failure.CANCELLED_BY_MEMBER, asker.payer.member_id)
        except StaleTransition:
            now = await self.database.read(rows.get_job, job_id)
            raise TooLateToCancel(job_id, now.state) from None
        self.line_moved()
        return job

    async def view(self, job_id: int) -> JobView:
        """Tell all of one job; raise NoSuchJob."""

        def read(tx: Transaction) -> JobView:
            return rows.view_job(tx, rows.get_job(tx, job_id), self.catalogue)

        return await self.database.read(read)

    async def under_way(self, payer: Payer) -> Sequence[JobView]:
        """List a member's jobs that are not over, oldest first."""

        def read(tx: Transaction) -> list[JobView]:
            mine = rows.list_jobs(tx, *_belongs_to(payer), jobs_table.c.told_at.is_(None))
            return [rows.view_job(tx, job, self.catalogue) for job in mine if job.failure is None]

        return await self.database.read(read)

    async def history(self, payer: Payer) -> Sequence[Job]:
        """List a member's latest jobs, newest first."""
        return await self.database.read(rows.list_jobs, *_belongs_to(payer), newest=HISTORY_LENGTH)

    @contextlib.asynccontextmanager
    async def video(
        self, job_id: int, asker: Asker, limit_bytes: int
    ) -> AsyncIterator[tuple[JobView, Path | None]]:
        """Bring back a finished job and a file of its video that may be attached; None: link it.

        The file is there as long as the block. Raises NoSuchJob, NotYours or NoVideoYet.
        """
        job = await self._find(job_id, asker)
        # The archive goes by numbers: it may hold a video of an older database's job.
        if job.state not in {State.RENDERED, State.DELIVERED}:
            raise NoVideoYet(job_id, job.state)
        try:
            video = await self.archive.open(job_id)
        except NotAVideo:
            raise NoVideoYet(job_id, job.state) from None
        async with fitted(video, limit_bytes) as file:
            yield await self.view(job_id), file

    async def shown(self, job: Job) -> None:
        """Note that the member has fetched the video, where it had not been delivered yet."""
        if job.state is State.RENDERED:
            now = self.clock.now()
            with contextlib.suppress(StaleTransition):  # delivered meanwhile
                await self.database.write(
                    rows.move_job, job.id, State.DELIVERED, now, "shown on request", told_at=now
                )
                log.info("job.delivered", job=job.id, how="shown on request")

    async def undelivered(self, guild_id: int) -> list[int]:
        """List a server's jobs whose video has not reached the member."""
        return await self._untold(guild_id, {State.RENDERED})

    async def unannounced_ends(self, guild_id: int) -> list[int]:
        """List a server's jobs that ended without a video, which the member does not know yet."""
        return await self._untold(guild_id, UNCHARGED_ENDS)

    async def _untold(self, guild_id: int, states: Collection[State]) -> list[int]:
        def read(tx: Transaction) -> list[int]:
            # Other processes see to theirs: told by two, an end may be told twice.
            mine = (jobs_table.c.worker == self.worker, jobs_table.c.guild_id == guild_id)
            waiting = (jobs_table.c.state.in_(states), jobs_table.c.told_at.is_(None))
            return [job.id for job in rows.list_jobs(tx, *mine, *waiting)]

        return await self.database.read(read)

    def _create(self, tx: Transaction, request: Request, order: Order) -> JobView:
        now = self.clock.now()
        job_id = rows.insert_job(tx, request, order, self.worker, now)
        self.budgets.hold(tx, request.payer, order.price, job_id)
        rows.insert_message(tx, job_id, request)
        return rows.view_job(tx, rows.get_job(tx, job_id), self.catalogue)

    async def _insist(self, write: Callable[[], Awaitable[None]]) -> None:
        """Write what settles a job's beginning, however long the database takes."""
        while True:
            try:
                return await write()
            except StorageError as error:
                log.warning("announce.storage", error=type(error).__name__)
                await self.clock.sleep(INSIST_SECONDS)

    async def _end(self, job_id: int, failure: Failure, actor_id: int) -> None:
        posting = Posting(self.clock.now(), actor_id, "")
        await self.database.write_soon(end_job, job_id, State.CANCELLED, failure, posting, "")
        self.changed(job_id)

    async def _find(self, job_id: int, asker: Asker) -> Job:
        job = await self.database.read(rows.get_job, job_id)
        if job.guild_id != asker.payer.guild_id:
            raise NoSuchJob(job_id)
        if job.member_id != asker.payer.member_id and not asker.manages_guild:
            raise NotYours(job_id)
        return job


def _belongs_to(payer: Payer) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return (
        jobs_table.c.guild_id == payer.guild_id,
        jobs_table.c.member_id == payer.member_id,
    )
