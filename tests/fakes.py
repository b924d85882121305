"""Small stand-ins for what a test wants to command: time, a provider, the way to the members."""

import asyncio
import heapq
import itertools
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Generic, TypeVar

from bot.catalogue import Order
from bot.delivery.video import Video
from bot.jobs.job import Job
from bot.jobs.stages import Delivered, Postponed, Unseen
from bot.providers.base import Processing, Sighting
from bot.sandbox.faults import Gate

T = TypeVar("T")

START = datetime(2026, 11, 20, 12, tzinfo=UTC)
"""When a fake clock begins: a Friday, well inside a day, a week and a month."""


class FakeClock:
    """A ``Clock`` that stands until it is moved, and then wakes whoever is due, in order."""

    def __init__(self, start: datetime = START) -> None:
        self._start = start
        self._elapsed = 0.0
        self._alarms: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._slept = asyncio.Event()

    def now(self) -> datetime:
        """Tell the wall-clock time, aware, in UTC."""
        return self._start + timedelta(seconds=self._elapsed)

    def monotonic(self) -> float:
        """Tell the seconds since the start."""
        return self._elapsed

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock was moved by so many seconds."""
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        await self._alarm(seconds)

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        """Wait for the event, at most until the clock was moved by so many seconds."""
        if event.is_set() or seconds <= 0:
            await asyncio.sleep(0)
            return event.is_set()
        alarm = self._alarm(seconds)
        came = asyncio.ensure_future(event.wait())
        either: set[asyncio.Future[Any]] = {alarm, came}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            alarm.cancel()
            came.cancel()
        return event.is_set()

    def set_wall(self, seconds: float) -> None:
        """Set the wall clock so many seconds forward, or back; no time passes by that."""
        self._start += timedelta(seconds=seconds)

    def advance(self, seconds: float) -> None:
        """Move the time forward and wake whoever is due until then, the earliest first."""
        target = self._elapsed + seconds
        for due, _, alarm in self._pending():
            if due > target:
                break
            heapq.heappop(self._alarms)
            self._elapsed = max(self._elapsed, due)
            alarm.set_result(None)
        self._elapsed = target

    def wake_next(self) -> None:
        """Move the time to where the next one is due; somebody must be waiting."""
        self.advance(self._pending()[0][0] - self._elapsed)

    async def asleep(self, count: int = 1) -> None:
        """Wait until so many are waiting for this clock."""
        while len(self._pending()) < count:
            self._slept.clear()
            await self._slept.wait()

    async def run_until(self, wanted: Coroutine[Any, Any, T]) -> T:
        """Let the time run, from one who is due to the next, until ``wanted`` has ended."""
        task = asyncio.ensure_future(wanted)
        running = asyncio.ensure_future(self._run())
        either: set[asyncio.Future[Any]] = {task, running}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            return task.result()
        finally:
            running.cancel()
            task.cancel()

    async def _run(self) -> None:
        while True:
            await self.asleep()
            self.wake_next()
            # Whoever was woken goes first.
            await asyncio.sleep(0)

    def _alarm(self, seconds: float) -> asyncio.Future[None]:
        alarm = asyncio.get_running_loop().create_future()
        heapq.heappush(self._alarms, (self._elapsed + seconds, next(self._numbers), alarm))
        self._slept.set()
        return alarm

    def _pending(self) -> list[tuple[float, int, asyncio.Future[None]]]:
        """List the alarms that somebody still waits for, in order."""
        self._alarms = sorted(each for each in self._alarms if not each[2].done())
        return list(self._alarms)


class Record(list[T]):
    """What happened, in order; its growth can be waited for."""

    def __init__(self) -> None:
        super().__init__()
        self._grown = asyncio.Event()

    def append(self, item: T) -> None:
        """Note what happened."""
        super().append(item)
        self._grown.set()

    async def reach(self, count: int) -> None:
        """Wait until so much has happened."""
        while len(self) < count:
            self._grown.clear()
            await self._grown.wait()


class Script(Generic[T]):
    """What a fake does when it is called: the planned outcomes in order, then the usual one."""

    def __init__(self) -> None:
        self._planned: deque[tuple[Gate | None, T | Exception | None]] = deque()

    def plan(self, *outcomes: T | Exception) -> None:
        """Plan what the next calls return or raise."""
        self._planned.extend((None, outcome) for outcome in outcomes)

    def hold(self, outcome: T | Exception | None = None) -> Gate:
        """Hold the next call at a gate; released, it has this outcome, or the usual one."""
        gate = Gate()
        self._planned.append((gate, outcome))
        return gate

    async def play(self, usual: T) -> T:
        """Take one call's outcome."""
        gate, outcome = self._planned.popleft() if self._planned else (None, None)
        if gate is not None:
            await gate.hold()
        if isinstance(outcome, Exception):
            raise outcome
        return usual if outcome is None else outcome


@dataclass(eq=False)
class FakeProvider:
    """A ``VideoProvider`` in memory: it does what its scripts say."""

    origin: str = "http://127.0.0.1:1"
    sighting: Sighting = field(default_factory=Processing)
    """What a look shows where nothing is planned."""
    credits: Decimal = Decimal(100)
    """US dollars."""
    left: Decimal | None = None
    """US dollars, as an answer has last told."""
    gone: set[str] = field(default_factory=set)
    """The models that are not served any more."""
    paused_for_seconds: float = 0.0
    """How long nothing is to be sent still."""
    turns: Record[None] = field(default_factory=Record)
    submits: Record[Order] = field(default_factory=Record)
    looks: Record[str] = field(default_factory=Record)
    prepared: Record[Order] = field(default_factory=Record)
    on_prepare: Script[str | None] = field(default_factory=Script)
    on_turn: Script[None] = field(default_factory=Script)
    on_submit: Script[str] = field(default_factory=Script)
    """Where nothing is planned, ids are counted: request-1 and so on."""
    on_look: Script[Sighting] = field(default_factory=Script)
    on_credits: Script[Decimal] = field(default_factory=Script)
    closed: bool = False

    async def prepare(self, order: Order) -> str | None:
        """Count the order and play the script; the image is the picture's name."""
        self.prepared.append(order)
        return await self.on_prepare.play(None if order.picture is None else order.picture.name)

    async def turn(self) -> None:
        """Count the turn and play the script; where nothing is planned, it comes at once."""
        self.turns.append(None)
        await self.on_turn.play(None)

    async def submit(self, order: Order, image: str | None = None) -> str:
        """Count the order and play the script."""
        self.submits.append(order)
        return await self.on_submit.play(f"request-{len(self.submits)}")

    async def look(self, request_id: str) -> Sighting:
        """Count the look and play the script."""
        self.looks.append(request_id)
        return await self.on_look.play(self.sighting)

    async def serves(self, slug: str) -> bool:
        """Tell whether a model is not among those that are gone."""
        return slug not in self.gone

    async def credits_left(self) -> Decimal:
        """Play the script; where nothing is planned, tell what is left, in US dollars."""
        return await self.on_credits.play(self.credits)

    async def close(self) -> None:
        """Note it."""
        self.closed = True


@dataclass(eq=False)
class FakeMessenger:
    """A ``Messenger`` that tells nobody and remembers what it was to tell."""

    changes: Record[int] = field(default_factory=Record)
    deliveries: Record[tuple[Job, Video | None]] = field(default_factory=Record)
    """Tries, whatever came of them; None for the video: it is to be linked."""
    on_deliver: Script[Delivered | Postponed] = field(default_factory=Script)
    on_find: Script[int | Unseen] = field(default_factory=Script)
    """Where nothing is planned, no first response stands."""
    finds: Record[int] = field(default_factory=Record)
    being_told: set[int] = field(default_factory=set)

    def changed(self, job_id: int) -> None:
        """Note the job."""
        self.changes.append(job_id)

    async def shut_out(self, _: Job) -> Postponed | None:
        """Know of no door that is shut."""
        return None

    async def deliver(self, job: Job, video: Video | None) -> Delivered | Postponed:
        """Note the try and play the script; where nothing is planned, it arrives."""
        self.deliveries.append((job, video))
        return await self.on_deliver.play(Delivered("handed over", called=False))

    def telling(self, job_id: int) -> bool:
        """Tell what the test says."""
        return job_id in self.being_told

    async def find_response(self, job_id: int) -> int | Unseen:
        """Note the job and play the script."""
        self.finds.append(job_id)
        return await self.on_find.play(Unseen.ABSENT)
