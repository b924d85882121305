"""One loop that sees to every job: it starts those whose turn it is and takes each step in time.

There is one heap of due times and no task for a waiting job. Each stage has a width, and each
provider its own, so that slow downloads cannot keep polls waiting, nor one provider another's
jobs. After a start everything is read from the rows again.
"""

import asyncio
import contextlib
import heapq
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import structlog

from bot.errors import DatabaseDamaged, ResourcesExhausted, StaleTransition, StorageError
from bot.jobs import rows
from bot.jobs.bring import deliver, fetch
from bot.jobs.job import Job
from bot.jobs.look import look
from bot.jobs.pauses import Pause
from bot.jobs.queue import TOLD_ABOUT_PLACES, Limits
from bot.jobs.stages import Next, Rest, Stage, Workbench, stage_of
from bot.jobs.states import UNCHARGED_ENDS, Failure, State
from bot.jobs.submit import MAX_RETRY_SECONDS, MAX_SUBMITS, lose, submit
from bot.redaction import write_about
from bot.storage.workers import Owner

WIDTHS: Mapping[Stage, int] = {
    Stage.SUBMIT: 8,
    Stage.LOOK: 16,
    Stage.FETCH: 3,
    Stage.DELIVER: 3,
}
"""How many jobs of a provider may be at a stage at the same time; deliveries: of all."""
_STEPS: Mapping[Stage, Callable[[Workbench, Job], Awaitable[Next | Rest | None]]] = {
    Stage.LOOK: look,
    Stage.FETCH: fetch,
    Stage.DELIVER: deliver,
}
LINE_SECONDS = 5.0
"""The line is looked at this often even when nothing moved: other processes free places too."""
SHOWN_AT_ONCE = 25
"""So many in line are shown a pause, or its end, with each look at the line: a long one costs
neither the database nor Discord more at a time."""
SUBMIT_GRACE_SECONDS = 8.0
"""How long a stop waits for submits under way; one cut off would end as lost."""

log = structlog.get_logger()


class Lane(NamedTuple):
    """What shares a width: a stage of one provider's jobs."""

    stage: Stage
    provider: str

    @classmethod
    def of(cls, stage: Stage, provider: str) -> "Lane":
        """Name the lane of a step; the way to members is one for all."""
        return cls(stage, "" if stage is Stage.DELIVER else provider)


class Tracker:
    """Runs the jobs of this process."""

    def __init__(self, bench: Workbench, owner: Owner, limits: Limits) -> None:
        self._bench = bench
        self._owner = owner
        self._limits = limits
        self._heap: list[tuple[float, int, Lane]] = []
        self._due: dict[int, float] = {}
        """When each scheduled job is due; an entry of the heap that disagrees is out of date."""
        self._ready: dict[Lane, deque[int]] = defaultdict(deque)
        self._busy: Counter[Lane] = Counter()
        self._freed: dict[Lane, asyncio.Event] = {}
        """Tells steps that come back to a full lane that a place has become free."""
        self._tasks: dict[asyncio.Task[None], tuple[Lane, int]] = {}
        self._under_way: set[int] = set()
        """Jobs that are due and were not yet scheduled anew."""
        self._made_ready: set[int] = set()
        """Jobs whose turn has come and which are not sent yet."""
        self._try_again: set[int] = set()
        """Jobs for which a door has opened while a step of theirs was under way."""
        self._in_front: Sequence[int] = ()
        """Those of the line that are shown their place, as it was last looked at."""
        self._held: Sequence[int] = ()
        """What was not sent then, where anything was paused."""
        self._to_show: deque[int] = deque()
        """Who is still to be shown a pause, or its end."""
        self._wake = asyncio.Event()
        self._line_at = 0.0
        self._resting: dict[str, float] = {}
        """Until when nothing is submitted to a provider that could not be reached."""

    async def run(self) -> None:
        """Work until cancelled; call ``Recovery.start`` first and ``stop`` afterwards."""
        while True:
            self._wake.clear()
            now = self._bench.clock.monotonic()
            if now >= self._line_at:
                await self._move_line(now)
            self._dispatch(now)
            await self._sleep()

    def line_moved(self) -> None:
        """Look at the line of waiting jobs soon: somebody joined or left it."""
        self._line_at = 0.0
        self._wake.set()

    def schedule(self, job_id: int, following: Next, provider: str = "") -> None:
        """Take a job's next step in so many seconds; an earlier plan for it is dropped."""
        due = self._bench.clock.monotonic() + following.seconds
        self._due[job_id] = due
        if following.stage is Stage.SUBMIT:
            self._made_ready.add(job_id)
        heapq.heappush(self._heap, (due, job_id, Lane.of(following.stage, provider)))
        self._wake.set()

    def deliver_now(self, job_ids: Iterable[int]) -> None:
        """Try these deliveries again at once: a door may have opened."""
        for job_id in job_ids:
            self._bench.failures.pop((job_id, Stage.DELIVER), None)
            if job_id in self._under_way:  # this try may have met the door while it was shut
                self._try_again.add(job_id)
            else:
                self.schedule(job_id, Next(Stage.DELIVER))

    @contextlib.asynccontextmanager
    async def aside(self) -> AsyncIterator[None]:
        """Leave a step's place in its lane to others while it waits for something else.

        Coming back it takes one, or waits for it. Whoever is no step has none to leave.
        """
        task = asyncio.current_task()
        if task is None or task not in self._tasks:
            yield
            return
        lane, _ = self._tasks[task]
        self._busy[lane] -= 1
        self._wake.set()
        try:
            yield
        finally:
            while self._busy[lane] >= WIDTHS[lane.stage]:
                freed = self._freed.setdefault(lane, asyncio.Event())
                freed.clear()
                await freed.wait()
            self._busy[lane] += 1

    async def stop(self) -> None:
        """Give requests on their way their time, and cut everything else short.

        What was not sent yet still waits in line, as its row says.
        """
        sending = [task for task, (_, job) in self._tasks.items() if job in self._bench.sending]
        for task in self._tasks:
            if task not in sending:
                task.cancel()
        if sending:
            _, late = await asyncio.wait(sending, timeout=SUBMIT_GRACE_SECONDS)
            for task in late:
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _move_line(self, now: float) -> None:
        """Make those ready whose turn it is; whatever happens, the loop goes on."""
        for name, provider in self._bench.providers.items():
            if seconds := provider.paused_for_seconds:
                self._resting[name] = max(self._resting.get(name, 0.0), now + seconds)
        self._resting = {name: until for name, until in self._resting.items() if until > now}
        self._line_at = min([now + LINE_SECONDS, *self._resting.values()])
        room = {name: self._room(name) for name in self._bench.providers}
        try:
            line = await self._bench.database.read(
                rows.whose_turn, self._owner, self._limits, room, frozenset(self._made_ready)
            )
            if line.pauses or self._bench.supply.pauses:
                await self._note_pauses(line.pauses)
        except StorageError as error:
            log.warning("line.storage", error=type(error).__name__)
            return
        except Exception:  # a fault of ours, or of a row: what is under way goes on
            log.exception("line.crashed")
            return
        for place in line.turns:
            self.schedule(place.job_id, Next(Stage.SUBMIT), place.provider)
        self._in_front = line.waiting[:TOLD_ABOUT_PLACES]
        for _ in range(min(SHOWN_AT_ONCE, len(self._to_show))):
            self._bench.messenger.changed(self._to_show.popleft())

    async def _note_pauses(self, pauses: Sequence[Pause]) -> None:
        """Take note of what the operator has paused or let go on, and who is to be shown it.

        Set by another process or from the command line, it is seen here as well.
        """
        held = await self._bench.database.read(rows.list_own_held, self._owner)
        if pauses != self._bench.supply.pauses:
            self._to_show = deque(held)
            self._bench.supply.pauses = pauses
            named = [f"{each.target.scope} {each.target.key}".strip() for each in pauses]
            log.warning("pauses.changed", paused=named, waiting=len(held))
        elif held != self._held:
            # Somebody was cancelled, or is shown now who was not when the pause began.
            fresh = set(held) - set(self._held) - set(held[:TOLD_ABOUT_PLACES])
            self._to_show.extend([*held[:TOLD_ABOUT_PLACES], *sorted(fresh)])
        self._held = held

    def _show_places(self) -> None:
        """Show those in front of the line that it has moved: a job has left it."""
        for job_id in self._in_front:
            self._bench.messenger.changed(job_id)

    def _room(self, provider: str) -> int:
        """Tell how many more jobs to make ready for a provider: no more than are sent at once."""
        if provider in self._resting:
            return 0
        lane = Lane(Stage.SUBMIT, provider)
        return WIDTHS[Stage.SUBMIT] - self._busy[lane] - len(self._ready[lane])

    def _dispatch(self, now: float) -> None:
        while self._heap and self._heap[0][0] <= now:
            due, job_id, lane = heapq.heappop(self._heap)
            if self._due.get(job_id) == due:
                del self._due[job_id]
                self._under_way.add(job_id)
                self._ready[lane].append(job_id)
        for lane, ready in self._ready.items():
            while ready and self._busy[lane] < WIDTHS[lane.stage]:
                self._begin(lane, ready.popleft())

    def _begin(self, lane: Lane, job_id: int) -> None:
        self._busy[lane] += 1
        task = asyncio.create_task(self._step(lane.stage, job_id), name=f"{lane.stage}:{job_id}")
        self._tasks[task] = (lane, job_id)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        lane, job_id = self._tasks.pop(task)
        self._under_way.discard(job_id)
        self._busy[lane] -= 1
        if lane in self._freed:
            self._freed[lane].set()
        if job_id in self._try_again:
            self._try_again.discard(job_id)
            self.schedule(job_id, Next(Stage.DELIVER))  # not due any more where it has arrived
        if lane.stage is Stage.SUBMIT:
            if job_id not in self._due and job_id not in self._bench.set_aside:
                self._made_ready.discard(job_id)
            self.line_moved()
        self._wake.set()

    async def _step(self, stage: Stage, job_id: int) -> None:
        """Take one step; whatever happens, an open job is looked at again."""
        job: Job | None = None
        following: Next | Rest | None = Next(stage, self._bench.pace.most_seconds)
        try:
            job = await self._bench.database.read(rows.get_job, job_id)
            write_about(job.prompt)
            if job.owner != self._owner or not _is_due(stage, job):
                if job.state in UNCHARGED_ENDS and job.told_at is None:
                    # Ended by another process, or from the command line, which tells nobody.
                    self._bench.messenger.changed(job_id)
                return
            following = await self._take(stage, job)
        except DatabaseDamaged as error:  # the operator is told; a restart takes the job up again
            self._bench.set_aside.add(job_id)
            log.error(  # noqa: TRY400 - where it was met says nothing
                "step.damaged", job=job_id, stage=stage, detail=error.detail
            )
            following = None
        except StorageError as error:
            kind, detail = type(error).__name__, getattr(error, "detail", "")
            log.warning("step.storage", job=job_id, stage=stage, error=kind, detail=detail)
            if isinstance(error, ResourcesExhausted):
                self._bench.report_exhaustion()
        except StaleTransition as error:  # ended, or taken over, meanwhile: its row tells
            log.info("step.overtaken", job=job_id, stage=stage, wanted=error.wanted)
            self._bench.messenger.changed(job_id)
            following = None
        except Exception:  # a fault of ours, or of its row, must not cost a member the job
            if job is not None:
                following = await self._after_crash(job)
            log.exception("step.crashed", job=job_id, stage=stage)
        self._follow(job_id, following, job.provider if job else "")

    async def _take(self, stage: Stage, job: Job) -> Next | Rest | None:
        if stage is Stage.SUBMIT:
            return await submit(self._bench, job, self._limits, self._show_places)
        return await _STEPS[stage](self._bench, job)

    async def _after_crash(self, before: Job) -> Next | None:
        """Go on from what the row says by now: a step may have written and then failed.

        A job whose request may be out ends; one that was not sent comes here again, seldom.
        """
        job = before
        try:
            job = await self._bench.database.read(rows.get_job, before.id)
            if job.state is State.SUBMITTING:
                await lose(self._bench, job, "a fault of ours")
                return None
            if job.state is not State.HELD:
                needed = stage_of(job)
                return None if needed is None else Next(needed, self._bench.pace.most_seconds)
            again = self._bench.retry(job, Stage.SUBMIT, MAX_RETRY_SECONDS)
            if self._bench.failures[job.id, Stage.SUBMIT] < MAX_SUBMITS:
                return again
            await self._bench.end(job, State.FAILED, Failure.UNREACHABLE, "a fault of ours")
        except StaleTransition:
            return None
        except StorageError:
            return Next(stage_of(job) or Stage.SUBMIT, self._bench.pace.most_seconds)
        except Exception as error:  # noqa: BLE001 - the round sees to it: nothing of it is under way any more
            self._bench.report_fault(job.id, "submit.fault", error)
        return None

    def _follow(self, job_id: int, following: Next | Rest | None, provider: str) -> None:
        if isinstance(following, Rest):
            until = self._bench.clock.monotonic() + following.seconds
            self._resting[following.provider] = until
        elif following is not None:
            self.schedule(job_id, following, provider)
        if not isinstance(following, Next) or following.stage is Stage.DELIVER:
            # A place has become free.
            self.line_moved()

    async def _sleep(self) -> None:
        """Wait until something is due, or somebody wakes the loop."""
        until = self._line_at
        if self._heap:
            until = min(until, self._heap[0][0])
        await self._bench.clock.wait(self._wake, until - self._bench.clock.monotonic())


def _is_due(stage: Stage, job: Job) -> bool:
    """Tell whether the job is where this stage begins.

    A video's address may be looked up anew, and one whose file is gone is fetched again.
    """
    if stage is Stage.SUBMIT:
        return job.state is State.HELD
    needed = stage_of(job)
    return stage is needed or (needed, stage) in {
        (Stage.FETCH, Stage.LOOK),
        (Stage.DELIVER, Stage.FETCH),
    }
