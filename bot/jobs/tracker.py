"""One loop that sees to every job: it starts those whose turn it is and takes each step in time.

There is one heap of due times and no task for a waiting job. Each stage has a width, so that
slow downloads cannot keep polls waiting. After a start everything is read from the rows again.
"""

import asyncio
import contextlib
import heapq
import math
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping

import structlog

from bot.errors import ResourcesExhausted, StaleTransition, StorageError
from bot.jobs import rows
from bot.jobs.bring import deliver, fetch
from bot.jobs.job import Job
from bot.jobs.look import look
from bot.jobs.queue import TOLD_ABOUT_PLACES, Limits
from bot.jobs.stages import Next, Rest, Stage, Workbench, stage_of
from bot.jobs.submit import lose, submit

WIDTHS: Mapping[Stage, int] = {
    Stage.SUBMIT: 8,
    Stage.LOOK: 16,
    Stage.FETCH: 3,
    Stage.DELIVER: 3,
}
"""How many jobs may be at a stage at the same time."""
_STEPS: Mapping[Stage, Callable[[Workbench, Job], Awaitable[Next | Rest | None]]] = {
    Stage.SUBMIT: submit,
    Stage.LOOK: look,
    Stage.FETCH: fetch,
    Stage.DELIVER: deliver,
}
LINE_SECONDS = 5.0
"""The line is looked at this often even when nothing moved: other processes free places too."""
SUBMIT_GRACE_SECONDS = 8.0
"""How long a stop waits for submits under way; one cut off would end as lost."""

log = structlog.get_logger()


class Tracker:
    """Runs the jobs of this process."""

    def __init__(self, bench: Workbench, worker: int, limits: Limits) -> None:
        self._bench = bench
        self._worker = worker
        self._limits = limits
        self._heap: list[tuple[float, int, Stage]] = []
        self._due: dict[int, float] = {}
        """When each scheduled job is due; an entry of the heap that disagrees is out of date."""
        self._ready: Mapping[Stage, deque[int]] = {stage: deque() for stage in Stage}
        self._busy: Counter[Stage] = Counter()
        self._tasks: dict[asyncio.Task[None], tuple[Stage, int]] = {}
        self._under_way: set[int] = set()
        """Jobs that are due and were not yet scheduled anew."""
        self._wake = asyncio.Event()
        self._line_at = 0.0
        self._resting: dict[str, float] = {}
        """Until when nothing is submitted to a provider that could not be reached."""

    async def run(self) -> None:
        """Work until cancelled; call ``recover`` first and ``stop`` afterwards."""
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

    def schedule(self, job_id: int, following: Next) -> None:
        """Take a job's next step in so many seconds; an earlier plan for it is dropped."""
        due = self._bench.clock.monotonic() + following.seconds
        self._due[job_id] = due
        heapq.heappush(self._heap, (due, job_id, following.stage))
        self._wake.set()

    def deliver_now(self, job_ids: Iterable[int]) -> None:
        """Try these deliveries again at once: a door may have opened."""
        for job_id in job_ids:
            if job_id not in self._under_way:
                self._bench.failures.pop((job_id, Stage.DELIVER), None)
                self.schedule(job_id, Next(Stage.DELIVER))

    async def stop(self) -> None:
        """Give submits under way their time, and cut everything else short."""
        submits = {
            task: job_id for task, (stage, job_id) in self._tasks.items() if stage is Stage.SUBMIT
        }
        for task in self._tasks:
            if task not in submits:
                task.cancel()
        if submits:
            _, late = await asyncio.wait(submits, timeout=SUBMIT_GRACE_SECONDS)
            for task in late:
                task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._take_back(submits.values())

    async def _take_back(self, begun: Iterable[int]) -> None:
        """Let the jobs wait in line again whose submit was planned and not begun."""
        with contextlib.suppress(StorageError):  # then they are lost at the next start
            await self._bench.database.write(
                rows.take_back, self._worker, begun, self._bench.clock.now()
            )

    async def _move_line(self, now: float) -> None:
        self._resting = {name: until for name, until in self._resting.items() if until > now}
        self._line_at = min(now + LINE_SECONDS, *self._resting.values(), math.inf)
        # Only jobs that are sent at once: a crash makes every job lost that may have been sent.
        room = WIDTHS[Stage.SUBMIT] - self._busy[Stage.SUBMIT] - len(self._ready[Stage.SUBMIT])
        try:
            line = await self._bench.database.write(
                rows.start_next,
                self._worker,
                self._limits,
                room,
                self._bench.clock.now(),
                frozenset(self._resting),
            )
        except StorageError as error:
            log.warning("line.storage", error=type(error).__name__)
            return
        for job_id in line.started:
            self.schedule(job_id, Next(Stage.SUBMIT))
        if line.started:
            for job_id in line.waiting[:TOLD_ABOUT_PLACES]:
                self._bench.messenger.changed(job_id)

    def _dispatch(self, now: float) -> None:
        while self._heap and self._heap[0][0] <= now:
            due, job_id, stage = heapq.heappop(self._heap)
            if self._due.get(job_id) == due:
                del self._due[job_id]
                self._under_way.add(job_id)
                self._ready[stage].append(job_id)
        for stage, ready in self._ready.items():
            while ready and self._busy[stage] < WIDTHS[stage]:
                self._begin(stage, ready.popleft())

    def _begin(self, stage: Stage, job_id: int) -> None:
        self._busy[stage] += 1
        task = asyncio.create_task(self._step(stage, job_id), name=f"{stage}:{job_id}")
        self._tasks[task] = (stage, job_id)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        stage, job_id = self._tasks.pop(task)
        self._under_way.discard(job_id)
        self._busy[stage] -= 1
        if stage is Stage.SUBMIT:
            self.line_moved()
        self._wake.set()

    async def _step(self, stage: Stage, job_id: int) -> None:
        """Take one step; whatever happens, an open job is looked at again."""
        again = Next(stage, self._bench.pace.most_seconds)
        try:
            job = await self._bench.database.read(rows.get_job, job_id)
        except StorageError as error:
            log.warning("step.storage", job=job_id, stage=stage, error=type(error).__name__)
            self.schedule(job_id, again)
            return
        if job.worker != self._worker or not _is_due(stage, job):
            return
        following: Next | Rest | None
        try:
            following = await _STEPS[stage](self._bench, job)
        except StorageError as error:
            log.warning(
                "step.storage",
                job=job_id,
                stage=stage,
                error=type(error).__name__,
                detail=getattr(error, "detail", ""),
            )
            if isinstance(error, ResourcesExhausted):
                self._bench.report_exhaustion()
            following = again
        except Exception:  # a fault of ours must not cost a member the job
            log.exception("step.crashed", job=job_id, stage=stage)
            following = again
            if stage is Stage.SUBMIT:  # it may be out: never again
                with contextlib.suppress(StaleTransition):
                    await lose(self._bench, job, "a fault of ours")
                following = Next(Stage.LOOK)
        self._follow(job_id, following)

    def _follow(self, job_id: int, following: Next | Rest | None) -> None:
        if isinstance(following, Rest):
            until = self._bench.clock.monotonic() + following.seconds
            self._resting[following.provider] = until
        elif following is not None:
            self.schedule(job_id, following)
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
    needed = stage_of(job)
    return stage is needed or (needed, stage) in {
        (Stage.FETCH, Stage.LOOK),
        (Stage.DELIVER, Stage.FETCH),
    }
