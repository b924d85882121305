"""What members do with jobs: ask for one, cancel it, look at theirs."""

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog
from sqlalchemy import ColumnElement

from bot.catalogue import Catalogue, Order
from bot.clock import Clock
from bot.credits import Budgets, Payer, Spender
from bot.credits.approvals import Verdict
from bot.credits.ledger import Posting
from bot.credits.limits import most_running
from bot.delivery.archive import Archive
from bot.delivery.video import Video
from bot.errors import (
    JobForgotten,
    NoSuchJob,
    NotAVideo,
    NotYours,
    NoVideoYet,
    StaleTransition,
    StorageError,
    Suggestion,
    TooLateToCancel,
)
from bot.jobs import rows
from bot.jobs.approving import Approver, ask_moderators, settle_question
from bot.jobs.caps import Caps, check_caps
from bot.jobs.choosing import Purpose, offer_jobs
from bot.jobs.drafts import Door, Draft
from bot.jobs.gate import check_offered, check_order, check_rules
from bot.jobs.given_up import end_by_hand
from bot.jobs.job import Job, JobView, Request
from bot.jobs.late import find_late
from bot.jobs.pauses import check_paused
from bot.jobs.presses import check_press, take_over
from bot.jobs.remedy import wish_of
from bot.jobs.stages import BOT, Unseen, end_job
from bot.jobs.states import Failure, State
from bot.jobs.stopped import check_stopped, end_stopped, list_waiting
from bot.storage import Database, Transaction
from bot.storage.tables import jobs as jobs_table
from bot.storage.workers import Owner

HISTORY_LENGTH = 10
INSIST_SECONDS = 1.0
SHOWN_SECONDS, SHOWN_LOOKS = 1.5, 10
"""Of the time that Discord gives for an answer, so much is spent on one that is on its way."""
OUTDATED_KEPT = timedelta(days=30)
"""So long a message that nobody could edit is tried again when a door opens."""
MOST_OUTDATED = 100
"""So many at a time; each is an edit."""

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
    owner: Owner
    line_moved: Callable[[], None]
    """Tells the tracker that somebody joined or left the line."""
    changed: Callable[[int], None]
    """Tells the notifier to show a job as it is now."""
    first_shown: Callable[[JobView], None]
    """Tells the notifier what the first response shows of a job."""
    spent: Callable[[], None]
    """Tells whoever says what is in the outbox that credits were held, or a question asked."""
    find_response: Callable[[int], Awaitable[int | Unseen]]
    """Asks Discord whether a job's first response stands."""
    caps: Caps
    discard: Callable[[str, str | None], Awaitable[None]]
    """Deletes a picture, also as it was fitted to a size, that nothing starts from any more."""

    async def check(self, request: Request, order: Order) -> None:
        """Raise what ``create`` would refuse now, before anything is done for the order."""
        told = (self.budgets, self.caps, self.clock)
        await self.database.read(check_order, *told, request, order)

    async def check_offered(self, spender: Spender, offered: Sequence[Suggestion]) -> None:
        """Raise what ``create`` would refuse now of the cheapest that is offered."""
        told = (self.budgets, self.caps, self.clock)
        await self.database.read(check_offered, *told, spender, offered)

    async def check_open(self, guild_id: int) -> None:
        """Raise PausedByOperator where nothing at all may be ordered in a server now."""
        await self.database.read(check_paused, guild_id)

    async def create(self, request: Request, order: Order, picture: str | None = None) -> JobView:
        """Write a job and hold its price, in one transaction; ``picture`` is what it starts from.

        The job waits until ``announce``, and for a moderator where its price needs an approval.
        Raises AlreadyOrdered, PausedByOperator, what ``Budgets.hold``, ``check_limits`` and
        ``check_caps`` do, RepeatedInteraction or StorageBusy.
        """
        view = await self.database.write_soon(self._create, request, order, picture)
        self.spent()
        return view

    async def announce(self, job_id: int, message_id: int) -> None:
        """Let the job go on: Discord has confirmed its message. Moderators are asked now."""

        def write(tx: Transaction) -> None:
            first = rows.get_message(tx, job_id).message_id is None
            rows.update_message(tx, job_id, message_id=message_id, shown_state=State.HELD)
            if first:
                ask_moderators(tx, rows.get_job(tx, job_id), self.catalogue, self.clock.now())

        await self._insist(lambda: self.database.write(write))
        self.line_moved()
        self.spent()

    async def message_of(self, job_id: int) -> int | None:
        """Tell which message shows a job; of one that is just being shown, this waits for it.

        None: it is not known within ``SHOWN_SECONDS``.
        """
        for _ in range(SHOWN_LOOKS):
            shown = await self.database.read(rows.get_message, job_id)
            if shown.message_id is not None:
                return shown.message_id
            await self.clock.sleep(SHOWN_SECONDS / SHOWN_LOOKS)
        return None

    async def confirm(self, job_id: int) -> None:
        """Let a job go on whose message stands, or withdraw it; Discord is asked which.

        Where Discord can't be asked, it stays held until ``Recovery`` has asked again.
        """
        found = await self.find_response(job_id)
        if found is Unseen.ABSENT:
            await self.withdraw(job_id)
        elif isinstance(found, int):
            await self.announce(job_id, found)
        else:
            log.warning("response.unknown", job=job_id)

    async def withdraw(self, job_id: int) -> None:
        """Undo a job whose message Discord did not confirm; it was not submitted."""
        with contextlib.suppress(StaleTransition):  # cancelled, or withdrawn as a stray, meanwhile
            await self._insist(lambda: self._end(job_id, Failure.NEVER_SHOWN, BOT))

    async def disown(self, job_id: int) -> None:
        """Undo a job whose command another instance, with another database, has answered.

        The message is that instance's, whose job may have the same number: it is not asked for,
        nor edited, and nothing is bought here.
        """

        def write(tx: Transaction) -> None:
            now = self.clock.now()
            posting = Posting(now, BOT, "")
            end_job(tx, job_id, State.CANCELLED, Failure.NEVER_SHOWN, posting, "")
            rows.update_job(tx, job_id, told_at=now)

        with contextlib.suppress(StaleTransition):
            await self._insist(lambda: self.database.write(write))
        self.changed(job_id)

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
        if job.picture is not None:
            await self.discard(job.picture, job.size)
        return job

    async def give_up(self, job_id: int, guild_id: int, actor_id: int, reason: str) -> Job:
        """End a server's job that its provider does not end; for admins.

        Raises NoSuchJob, NotAtProvider, TooEarlyToEnd or StorageBusy.
        """
        job = await end_by_hand(
            self.database, self.clock, self.catalogue, job_id, (actor_id, reason), guild_id
        )
        self.changed(job_id)
        self.line_moved()
        return job

    async def decide(self, job_id: int, approver: Approver, *, approved: bool) -> Job:
        """Approve or decline the price of a job that waits for a moderator.

        Raises NoSuchJob, NotApprover, ApprovalDecided or, where the rules of the moment let
        nothing be sent, ApprovalStopped or ServerNotOpen.
        """

        def write(tx: Transaction) -> Job:
            job = rows.get_job(tx, job_id)
            approver.check(job)
            verdict = Verdict.APPROVED if approved else Verdict.DECLINED
            posting = Posting(self.clock.now(), approver.payer.member_id, "", job_id)
            settle_question(tx, job, verdict, posting)
            if approved:
                self.budgets.check_open(tx, job.guild_id, job.price)
                check_stopped(tx, job)  # raised, they take the answer back
            return job

        job = await self.database.write_soon(write)
        self.changed(job_id)
        self.line_moved()
        return job

    async def prompt_of(self, job_id: int, approver: Approver) -> str:
        """Tell the whole prompt to who may decide about a job's price.

        Raises NoSuchJob, NotApprover or JobForgotten.
        """
        job = await self.database.read(rows.get_job, job_id)
        approver.check(job)
        if job.forgotten:
            raise JobForgotten(job_id)
        return job.prompt

    async def rules_moved(self, guild_id: int) -> None:
        """Let a pause or a freeze, or its end, take hold of what waits in a server, and show it.

        What the database does not take now, the periodic round does.
        """
        try:
            waiting = await self.database.read(list_waiting, guild_id)
            await end_stopped(self.database, self.clock, self.changed)
        except StorageError as error:
            log.warning("stopped.storage", guild=guild_id, error=type(error).__name__)
            return
        for job_id in waiting:
            self.changed(job_id)
        self.line_moved()

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

    async def offered(self, payer: Payer, purpose: Purpose, typed: str) -> Sequence[Job]:
        """List those of a member's own jobs that a command offers for what is typed."""
        return await self.database.read(offer_jobs, payer, purpose, typed)

    async def draft_of(self, job_id: int, payer: Payer) -> Draft:
        """Tell what a member's own job asked for, as a draft of the next order.

        Raises NoSuchJob, NotYours or JobForgotten.
        """
        job = await self._find(job_id, Asker(payer, manages_guild=False))
        if job.forgotten:
            raise JobForgotten(job_id)
        shown = await self.database.read(rows.get_message, job_id)
        return Draft(wish_of(job), job.picture, door=Door(shown.token, shown.token_expires_at))

    async def video(self, job_id: int, asker: Asker) -> tuple[JobView, Video | None]:
        """Bring back a finished job and its video; None: it is only at its provider's address.

        Raises NoSuchJob, NotYours, JobForgotten or NoVideoYet.
        """
        job = await self._find(job_id, asker)
        if job.forgotten:
            raise JobForgotten(job_id)
        # The archive goes by numbers: it may hold a video of an older database's job.
        late = await self.database.read(find_late, job_id)
        if late is None and job.state not in {State.RENDERED, State.DELIVERED}:
            raise NoVideoYet(job_id, job.state)
        video = None
        try:
            video = await self.archive.open(job_id)
        except NotAVideo:
            if late is None or not late.linked:
                raise NoVideoYet(job_id, job.state) from None
        return replace(await self.view(job_id), late_video=late), video

    async def shown(self, job: Job) -> None:
        """Note that the member has fetched the video, where it had not been delivered yet."""
        if job.state is State.RENDERED:
            with contextlib.suppress(StaleTransition):  # delivered meanwhile
                await self.database.write(self._shown, job.id)
                log.info("job.delivered", job=job.id, how="shown on request")
                self.changed(job.id)

    def _shown(self, tx: Transaction, job_id: int) -> None:
        now, note = self.clock.now(), "shown on request"
        rows.move_job(tx, job_id, State.DELIVERED, now, note, told_at=now)
        # The member has it; what the channel sees of it is another fact.
        rows.update_message(tx, job_id, outdated_since=now)

    async def outdated(self, guild_id: int) -> Sequence[tuple[int, int]]:
        """List a server's jobs whose message does not show what the member has, newest first.

        With each its channel.
        """
        since = self.clock.now() - OUTDATED_KEPT
        return await self.database.read(rows.list_outdated, guild_id, since, MOST_OUTDATED)

    def _create(
        self, tx: Transaction, request: Request, order: Order, picture: str | None
    ) -> JobView:
        now = self.clock.now()
        check_press(tx, request, order.prompt, now)
        most = most_running(check_rules(tx, self.budgets, request, order))
        take_over(tx, request)
        job_id = rows.insert_job(tx, request, order, self.owner, now, picture, most)
        # Only now: what is delivered again is no further order.
        check_caps(tx, request.payer, self.caps, now, written=True)
        self.budgets.hold(tx, request.spender, order.price, job_id)
        self.budgets.ask_approval(tx, request.payer, order.price, job_id)
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
