"""Shows each job as it stands, with no more edits than it needs.

A change of state goes out at once, progress at most once in ``edit_seconds``, and nothing when
the message would look the same. What is shown is read when it is sent: a message never goes back
to an older state. An end is tried until the member has been told.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import structlog

from bot.catalogue import Catalogue, Menu
from bot.clock import Clock
from bot.delivery.video import Video
from bot.errors import NoSuchJob, StorageError
from bot.jobs import rows
from bot.jobs.guilds import is_departed
from bot.jobs.job import Job, JobView, MessageAddress
from bot.jobs.pace import retry_delay_seconds
from bot.jobs.resting import rest
from bot.jobs.stages import Delivered, Postponed, Unseen
from bot.jobs.states import UNCHARGED_ENDS, State
from bot.notifier.bringing import Bringing
from bot.notifier.doors import Doors
from bot.notifier.messages import Messages
from bot.notifier.parcels import Files, Parcels
from bot.notifier.ways import Outcome, next_way, read_refused
from bot.notifier.whispers import Whispers
from bot.presentation.job_embed import job_embed
from bot.redaction import write_about
from bot.storage import Database, Transaction

TELL_AGAIN_SECONDS = (3.0, 1800.0)
"""The first and the longest wait before an end is told again."""
MAX_TELLS = 20
"""Tries to tell an end before it is left for the next start."""

SHUT = {
    *(Outcome.CLOSED, Outcome.UNPROVEN),
    *(Outcome.REJECTED, Outcome.FILE_REFUSED, Outcome.TEXT_REFUSED),
}
"""Outcomes that time alone does not change: no timer of the job's tries again."""

log = structlog.get_logger()


class CameThrough(Protocol):
    """Who brings what waits at a door as well."""

    async def __call__(self, job_id: int, channel_id: int, *, video: bool) -> None:
        """Bring what is of the same kind."""
        ...


@dataclass(frozen=True)
class _Shown:
    """What a message showed last, and when."""

    state: State
    embed: Mapping[str, object]
    at: float


class Notifier:
    """The messages of all jobs."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        catalogue: Catalogue,
        doors: Doors,
        files: Files,
        menu: Callable[[], Menu],
        edit_seconds: float,
    ) -> None:
        self._database = database
        self._clock = clock
        self._catalogue = catalogue
        self._doors = doors
        self._messages = Messages(database, clock, doors)
        self._parcels = Parcels(clock, files.pictures, menu)
        self._whispers = Whispers(doors.client, clock, menu)
        self._bringing = Bringing(
            database, clock, doors, self._messages, self._parcels, files.encoder
        )
        self._edit_seconds = edit_seconds
        self._shown: dict[int, _Shown] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._again: set[int] = set()
        self.came_through: CameThrough | None = None
        """Told where a job that had waited for a door came through."""
        self._timers: dict[int, asyncio.TimerHandle] = {}
        self._tells: Counter[int] = Counter()
        self._locks: defaultdict[int, asyncio.Lock] = defaultdict(asyncio.Lock)

    def changed(self, job_id: int) -> None:
        """Show the job as it is now, soon."""
        if timer := self._timers.pop(job_id, None):
            timer.cancel()
        if job_id in self._tasks:
            self._again.add(job_id)
            return
        task = asyncio.create_task(self._show(job_id), name=f"show:{job_id}")
        self._tasks[job_id] = task
        task.add_done_callback(lambda _: self._ended(job_id))

    def first_shown(self, view: JobView) -> None:
        """Take note of what the first response shows: the same need not be shown again."""
        self._remember(view, job_embed(view, self._clock.now()))

    async def shut_out(self, job: Job) -> Postponed | None:
        """Tell without asking anybody whether a delivery is known to find no way."""
        _, address = await self._database.read(_read_address, job.id)
        if not self._messages.is_shut(address):
            return None
        await self._note_shut(address, Outcome.CLOSED)
        return Postponed("closed", rests=True)

    async def deliver(self, job: Job, video: Video | None) -> Delivered | Postponed:
        """Bring the video into the job's message, or into a new one where that is gone.

        Without a file of it, the provider's address is shown in its place.
        Raises StorageError or ToolFailed where this machine cannot do it just now.
        """
        async with self._locks[job.id]:
            view, address = await self._database.read(self._read, job.id)
            done = replace(view, job=replace(view.job, state=State.DELIVERED))
            outcome, way = await self._bringing.video(done, address, video)
        if outcome is not Outcome.DONE:
            await self._note_shut(address, outcome)
            return Postponed(outcome.name.lower(), rests=outcome in SHUT)
        self._forget(job.id)
        await self._note_open(address, video=True)
        how = "in a new message" if way.anew else "in the job's message"
        return Delivered(how, called=way.anew)

    def lift(self, channel_id: int) -> None:
        """Take the doors of a channel for open, until they are found shut again."""
        self._messages.lift(channel_id)

    def telling(self, job_id: int) -> bool:
        """Tell whether the job is being shown or will be, or was given up for this run."""
        under_way = job_id in self._tasks or job_id in self._timers
        return under_way or self._tells.get(job_id, 0) >= MAX_TELLS

    async def find_response(self, job_id: int) -> int | Unseen:
        """Ask Discord whether the job's first response stands; its message's id where it does."""
        job, address = await self._database.read(_read_address, job_id)
        if self._clock.now() < address.token_expires_at:
            found = await self._doors.find_response(address)
            if found is not None:
                return found
            await self._messages.bury_token(job_id)
        # A token that is known to be dead is not tried: each try counts towards a ban.
        outcome, sent = await self._messages.find_sent(job, None)
        if outcome is Outcome.BUSY:
            return Unseen.UNKNOWN
        return Unseen.ABSENT if sent is None else sent

    async def stop(self) -> None:
        """Drop what is planned and cut short what is under way; the rows remember."""
        for timer in self._timers.values():
            timer.cancel()
        self._again.clear()
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, job_id: int) -> None:
        del self._tasks[job_id]
        if job_id in self._again:
            self._again.discard(job_id)
            self.changed(job_id)

    def _later(self, job_id: int, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._timers[job_id] = loop.call_later(seconds, self.changed, job_id)

    def _forget(self, job_id: int) -> None:
        self._shown.pop(job_id, None)
        self._tells.pop(job_id, None)
        self._bringing.forget(job_id)
        self._locks.pop(job_id, None)
        if timer := self._timers.pop(job_id, None):
            timer.cancel()

    def _read(self, tx: Transaction, job_id: int) -> tuple[JobView, MessageAddress]:
        job = rows.get_job(tx, job_id)
        return rows.view_job(tx, job, self._catalogue), rows.get_message(tx, job_id)

    async def _show(self, job_id: int) -> None:
        try:
            async with self._locks[job_id]:
                await self._show_now(job_id)
        except StorageError as error:
            log.warning("show.storage", job=job_id, error=type(error).__name__)
            self._later(job_id, self._edit_seconds)
        except NoSuchJob:
            log.warning("show.unknown", job=job_id)
            self._forget(job_id)
        except Exception:  # the message is a copy of the row: it must not take the job down
            log.exception("show.crashed", job=job_id)
            self._try_later(job_id)

    def _try_later(self, job_id: int) -> None:
        """Show a job again after a failure, ever later; at last only when something happens."""
        self._tells[job_id] += 1
        if self._tells[job_id] < MAX_TELLS:
            self._later(job_id, retry_delay_seconds(self._tells[job_id], *TELL_AGAIN_SECONDS))

    async def _show_now(self, job_id: int) -> None:
        view, address = await self._database.read(self._read, job_id)
        write_about(view.job.prompt)
        if view.job.told_at is not None:
            await self._show_late(view, address)
            return
        ended = view.job.state in UNCHARGED_ENDS
        if not ended and (address.message_id is None or view.job.state is State.RENDERED):
            return  # not shown yet; or about to be delivered, which shows it
        embed = job_embed(view, self._clock.now())
        held = view.job.state is State.HELD
        if job_id not in self._shown and address.shown_state == view.job.state and not held:
            # After a restart: the message shows this state already. Of one that waits, its place
            # or a pause may have changed meanwhile.
            self._remember(view, embed)
        if not ended and (wait := self._too_early(view, embed)) is not None:
            if wait > 0:
                self._later(job_id, wait)
            return
        tell = self._bringing.end if ended else self._bringing.progress
        outcome = await tell(view, address)
        if outcome is Outcome.DONE:
            await self._whispers.tell(view, address)
        if ended:
            await self._after_end(view.job, address, outcome)
        else:
            await self._after(view, embed, outcome)
        if outcome is not Outcome.DONE:
            state = view.job.state
            log.warning("show.failed", job=job_id, state=state, outcome=outcome.name)

    async def _show_late(self, view: JobView, address: MessageAddress) -> None:
        """Bring a message up to date whose member had the video before it.

        Its attachments are left alone: the video may have come into it at the same moment.
        """
        job = view.job
        if address.outdated_since is None:
            self._forget(job.id)
            return
        way = next_way(read_refused(address.refused), video=False)
        parcel = self._parcels.without_files(view, way)
        outcome = await self._messages.edit(job, address, parcel)
        if outcome in {Outcome.DONE, Outcome.MESSAGE_GONE}:
            await self._database.write(rows.update_message, job.id, outdated_since=None)
        log.info("show.late", job=job.id, outcome=outcome.name)
        if outcome is Outcome.BUSY:
            self._try_later(job.id)
        else:
            self._forget(job.id)

    def _too_early(self, view: JobView, embed: Any) -> float | None:
        """Tell how long an edit must wait; 0: there is nothing to show; None: it may go now."""
        shown = self._shown.get(view.job.id)
        if shown is None or shown.state is not view.job.state:
            return None
        if shown.embed == embed.to_dict():
            return 0.0
        wait = shown.at + self._edit_seconds - self._clock.monotonic()
        return wait if wait > 0 else None

    async def _after(self, view: JobView, embed: Any, outcome: Outcome) -> None:
        """Remember what is shown of a job that goes on."""
        job = view.job
        if outcome is Outcome.DONE:
            self._tells.pop(job.id, None)
            if not self._shows(job):
                await self._database.write(rows.update_message, job.id, shown_state=job.state)
        # A failure is remembered as well: trying again at once would make it worse. Behind a
        # closed door the same would be refused each time, and refusals count towards a ban.
        again = outcome not in {Outcome.DONE, Outcome.CLOSED, Outcome.MESSAGE_GONE}
        self._remember(view, None if again else embed)

    async def _after_end(self, job: Job, address: MessageAddress, outcome: Outcome) -> None:
        """See to it that an end is told: later, or when a door opens."""
        if outcome is Outcome.DONE or await self._nobody_there(job, outcome):
            await self._database.write(rows.update_job, job.id, told_at=self._clock.now())
            self._forget(job.id)
            log.info("job.told", job=job.id, state=job.state)
            if outcome is Outcome.DONE:
                await self._note_open(address, video=False)
        elif outcome in SHUT:
            await self._note_shut(address, outcome)
            self._forget(job.id)
        else:
            self._try_later(job.id)

    async def _note_shut(self, address: MessageAddress, outcome: Outcome) -> None:
        """Write that a job waits for a door, once; it is not the job that knocks there again."""
        if outcome in SHUT and address.knocked_at is None:
            await self._database.write(rest, address.job_id, self._clock.now())

    async def _note_open(self, address: MessageAddress, *, video: bool) -> None:
        """Let those come as well that wait where this one had waited."""
        if address.knocked_at is not None and self.came_through is not None:
            await self.came_through(address.job_id, address.channel_id, video=video)

    async def _nobody_there(self, job: Job, outcome: Outcome) -> bool:
        """Tell whether an end could not be told because the bot was removed from the server."""
        if outcome is Outcome.BUSY:
            return False
        return await self._database.read(is_departed, job.guild_id)

    def _shows(self, job: Job) -> bool:
        shown = self._shown.get(job.id)
        return shown is not None and shown.state is job.state and bool(shown.embed)

    def _remember(self, view: JobView, embed: Any) -> None:
        """Take note of what the message shows; without an embed, that showing it failed."""
        content = embed.to_dict() if embed is not None else {}
        self._shown[view.job.id] = _Shown(view.job.state, content, self._clock.monotonic())


def _read_address(tx: Transaction, job_id: int) -> tuple[Job, MessageAddress]:
    return rows.get_job(tx, job_id), rows.get_message(tx, job_id)
