"""The one place where videos are encoded: two at a time, members by turns, each copy once.

Who asks for what is being made waits for the same; what nobody waits for any more is made all the
same and kept for the next who asks. What could not be made is not tried again for a while.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from bot.clock import Clock
from bot.delivery.fit import at_hand, fit
from bot.delivery.plan import Fitted, Unattached
from bot.delivery.video import Video

WIDTH = 2
"""So many are made at the same time; ffmpeg takes a processor for each."""
FAILED_SECONDS = 3600.0
"""So long it is remembered that no copy could be made."""

_LASTING = {Unattached.TOO_LARGE, Unattached.NOT_CONVERTED}

_Key = tuple[Path, int]


class Turns:
    """A few places; those who wait for one get it by turns between members."""

    def __init__(self, width: int) -> None:
        self._free = width
        self._waiting: dict[int, deque[asyncio.Future[None]]] = {}
        """By member; the first of them is the next, and goes to the end of the line."""

    @contextlib.asynccontextmanager
    async def turn(self, member_id: int) -> AsyncIterator[None]:
        """Wait for a place, and hold it."""
        if self._free:
            self._free -= 1
        else:
            await self._wait(member_id)
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, member_id: int) -> None:
        called = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(member_id, deque()).append(called)
        try:
            await called
        except asyncio.CancelledError:
            if not called.cancelled():  # called at the same moment: the place is another's
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        while self._waiting:
            member_id = next(iter(self._waiting))
            theirs = self._waiting.pop(member_id)
            called = theirs.popleft()
            if theirs:
                self._waiting[member_id] = theirs
            if not called.done():
                called.set_result(None)
                return
        self._free += 1


class Encoder:
    """Makes the copies that fit."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._turns = Turns(WIDTH)
        self._under_way: dict[_Key, asyncio.Task[Fitted]] = {}
        self._failed: dict[_Key, tuple[float, Fitted]] = {}
        self.aside: Callable[[], AbstractAsyncContextManager[None]] = contextlib.nullcontext
        """Entered by whoever waits for a copy: they hold nobody up meanwhile."""

    async def at_hand(self, video: Video, limit_bytes: int) -> Fitted | None:
        """Give what may be attached, or why nothing may be, where that needs no encode."""
        failed = self._failed.get((video.path, limit_bytes))
        if failed is not None and self._clock.monotonic() - failed[0] < FAILED_SECONDS:
            return failed[1]
        return await at_hand(video, limit_bytes)

    async def fit(self, video: Video, limit_bytes: int, member_id: int) -> Fitted:
        """Give a file that may be attached, as ``bot.delivery.fit`` does; raise what it raises."""
        key = (video.path, limit_bytes)
        if key not in self._under_way:
            found = await self.at_hand(video, limit_bytes)
            if found is not None:
                return found
        if key not in self._under_way:  # begun meanwhile, it is the same
            name = f"encode:{video.path.name}:{limit_bytes}"
            task = asyncio.create_task(self._encode(key, video, member_id), name=name)
            self._under_way[key] = task
            task.add_done_callback(lambda _: self._ended(key))
        async with self.aside():
            return await asyncio.shield(self._under_way[key])

    async def stop(self) -> None:
        """Cut short what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _encode(self, key: _Key, video: Video, member_id: int) -> Fitted:
        async with self._turns.turn(member_id):
            made = await fit(video, key[1])
        if made.why_not in _LASTING:
            now = self._clock.monotonic()
            fresh = {k: v for k, v in self._failed.items() if now - v[0] < FAILED_SECONDS}
            self._failed = {**fresh, key: (now, made)}
        return made

    def _ended(self, key: _Key) -> None:
        task = self._under_way.pop(key)
        if not task.cancelled():
            task.exception()  # those who wait are told; where nobody does, nobody need be
