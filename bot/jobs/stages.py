"""The stages of the work on a job, and what the steps through them share.

A step reads and writes the job's row and says what comes next and when. What is kept in memory
of a job may be lost at any moment: what failed in a row, what is on its way, who was told.
"""

import itertools
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto
from typing import Any, Protocol

import structlog

from bot.catalogue import Catalogue
from bot.clock import Clock
from bot.credits import release
from bot.credits.approvals import withdraw
from bot.credits.ledger import Posting
from bot.delivery.archive import Archive
from bot.delivery.fetch import VideoSource
from bot.delivery.video import Video
from bot.errors import DatabaseDamaged, StorageError
from bot.exhaustion import ADVICE
from bot.jobs import rows
from bot.jobs.job import Job
from bot.jobs.journal import SubmitJournal
from bot.jobs.pace import retry_delay_seconds
from bot.jobs.states import Failure, State
from bot.jobs.streaks import Streaks
from bot.jobs.supply import Supply
from bot.pictures import Pictures
from bot.providers.base import VideoProvider
from bot.storage import Database, Transaction
from bot.storage.workers import Owner

log = structlog.get_logger()

EXHAUSTION_TOLD_SECONDS = 600.0
BOT = 0
"""The actor of entries that no person made."""


class Stage(StrEnum):
    """The kinds of work; each has a width of its own in the tracker."""

    SUBMIT = "submit"
    LOOK = "look"
    FETCH = "fetch"
    DELIVER = "deliver"


@dataclass(frozen=True)
class Next:
    """What a job needs next, in so many seconds."""

    stage: Stage
    seconds: float = 0.0


@dataclass(frozen=True)
class Rest:
    """A provider is to be left alone for so many seconds; the job waits in line again."""

    provider: str
    seconds: float


@dataclass(frozen=True)
class Delivered:
    """The member has the video."""

    note: str
    called: bool
    """Whether the message itself notified the member."""


@dataclass(frozen=True)
class Postponed:
    """There is no way to the member just now."""

    reason: str
    rests: bool = field(default=False, compare=False)
    """Whether it waits for a door to open: no timer tries it again."""


class Unseen(Enum):
    """Why a job's first response has no message."""

    ABSENT = auto()
    """Discord says that it does not stand."""
    UNKNOWN = auto()
    """Nobody could be asked, or the answer could not be read."""


class Messenger(Protocol):
    """Who tells the members: the notifier."""

    def changed(self, job_id: int) -> None:
        """Show the job as it is now, soon."""
        ...

    async def shut_out(self, job: Job) -> Postponed | None:
        """Tell without asking anybody whether a delivery is known to find no way."""
        ...

    async def deliver(self, job: Job, video: Video | None) -> Delivered | Postponed:
        """Bring the video: it arrives once, however often this is called.

        None: there is no file any more, and the provider's address is to be shown.
        """
        ...

    def telling(self, job_id: int) -> bool:
        """Tell whether the job is being shown or will be, or was given up for this run."""
        ...

    async def find_response(self, job_id: int) -> int | Unseen:
        """Ask Discord whether the job's first response stands; its message's id where it does."""
        ...


@dataclass(frozen=True)
class Pace:
    """The operator's bounds on the time between two polls of a job, in seconds."""

    least_seconds: float
    most_seconds: float


@dataclass(frozen=True)
class Workbench:
    """All that the steps need."""

    database: Database
    clock: Clock
    catalogue: Catalogue
    providers: Mapping[str, VideoProvider]
    supply: Supply
    fetchers: Mapping[str, VideoSource]
    archive: Archive
    pictures: Pictures
    messenger: Messenger
    pace: Pace
    failures: Counter[tuple[int, Stage]] = field(default_factory=Counter)
    """Failures in a row, by job and stage."""
    sending: set[int] = field(default_factory=set)
    """Jobs whose request may be on its way, and whose outcome is not written yet."""
    submitted: dict[int, float] = field(default_factory=dict)
    """When this process has submitted a job, by the monotonic clock, which nobody sets."""
    set_aside: set[int] = field(default_factory=set)
    """Jobs with a fault in their rows, of which the operator was told."""
    exhausted: list[float] = field(default_factory=list)
    """When, by the clock, the operator was told that nothing is left to work with; at most one."""
    said: Callable[[], None] = lambda: None
    """Tells whoever sends it that something was put into the outbox."""
    unknown: Streaks = field(default_factory=Streaks)
    """Looks in a row to which a provider said that it knows no such request."""
    without_video: Streaks = field(default_factory=Streaks)
    """Looks in a row that showed a finished request without a video."""
    addresses: dict[int, Sequence[str]] = field(default_factory=dict)
    """Further addresses that may be a finished video's, by job; a look finds them anew."""
    reported: set[str] = field(default_factory=set)
    """Words of providers that we do not understand and have told the operator about."""

    @property
    def journal(self) -> SubmitJournal:
        """What was sent, beside the videos."""
        return SubmitJournal(self.archive.folder)

    async def move(self, job: Job, target: State, note: str = "", **values: Any) -> None:
        """Bring a job to another state and show it; raise StaleTransition."""
        now = self.clock.now()
        await self.database.write(
            rows.move_job, job.id, target, now, note, owner=job.owner, **values
        )
        self.messenger.changed(job.id)

    async def end(self, job: Job, target: State, failure: Failure, note: str = "") -> None:
        """End a job without a video, and give its credits back in the same transaction.

        Raises StaleTransition.
        """
        posting = Posting(self.clock.now(), BOT, "")
        await self.database.write(end_job, job.id, target, failure, posting, note, job.owner)
        self.forget(job.id)
        self.messenger.changed(job.id)

    def forget(self, job_id: int) -> None:
        """Drop what is kept in memory of a job that is over, or whose video is here."""
        for stage in Stage:
            self.failures.pop((job_id, stage), None)
        self.unknown.pop(job_id, None)
        self.without_video.pop(job_id, None)
        self.addresses.pop(job_id, None)
        self.submitted.pop(job_id, None)

    async def insist(self, job: Job, write: Callable[[], Awaitable[None]]) -> None:
        """Write what must not get lost, however long the database takes.

        Raises DatabaseDamaged: no waiting mends that.
        """
        for attempt in itertools.count(1):
            try:
                await write()
            except DatabaseDamaged:
                raise
            except StorageError as error:
                log.critical(
                    "storage.insisting",
                    job=job.id,
                    error=type(error).__name__,
                    advice="free the disk or the database; the bot goes on trying",
                )
                await self.clock.sleep(retry_delay_seconds(attempt, 0.5, 15.0))
            else:
                return

    def report_exhaustion(self) -> None:
        """Tell the operator, seldom, that no handles or memory are left: no try of anybody's."""
        now = self.clock.monotonic()
        if not self.exhausted or now - self.exhausted[0] >= EXHAUSTION_TOLD_SECONDS:
            self.exhausted[:] = [now]
            log.error("resources.exhausted", advice=ADVICE)

    def retry(self, job: Job, stage: Stage, most_seconds: float) -> Next:
        """Count a failure and come back to the stage, later each time."""
        self.failures[job.id, stage] += 1
        attempt = self.failures[job.id, stage]
        return Next(stage, retry_delay_seconds(attempt, self.pace.least_seconds, most_seconds))

    def report_fault(self, job_id: int, event: str, error: Exception) -> None:
        """Log a fault in a job's rows, once: it is left to the operator, and all others go on."""
        if job_id not in self.set_aside:
            self.set_aside.add(job_id)
            log.error(
                event,
                job=job_id,
                exc_info=error,
                advice="its rows do not fit together; see `sora-bot audit`, and end it by hand",
            )


def end_job(
    tx: Transaction,
    job_id: int,
    target: State,
    failure: Failure,
    posting: Posting,
    note: str,
    owner: Owner | None = None,
) -> None:
    """Write the end of a job and the release of its hold; raise StaleTransition."""
    rows.move_job(tx, job_id, target, posting.at, note or failure, owner, failure=failure)
    said = Posting(posting.at, posting.actor_id, posting.reason or failure, job_id)
    release(tx, said)
    if target is State.CANCELLED:
        # A moderator has nothing left to decide.
        withdraw(tx, job_id, said)


def stage_of(job: Job) -> Stage | None:
    """Tell what an open job needs; None where it waits for its turn, is being sent, or is over."""
    match job.state:
        case State.QUEUED | State.PROCESSING:
            return Stage.FETCH if job.result_url else Stage.LOOK
        case State.RENDERED:
            return Stage.DELIVER
    return None
