"""A least speed for what is fetched and sent: a trickle must not hold a place for long."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Callable

from bot.clock import Clock

LEAST_BYTES_PER_SECOND = 50 * 1024
SPEED_SECONDS = 30.0
"""The time over which the speed is taken."""
_PARTS = 6
"""So often in that time it is looked at."""


class TooSlow(Exception):
    """Less came through than the least speed asks for."""


@contextlib.asynccontextmanager
async def least_speed(clock: Clock, moved: Callable[[], int | None]) -> AsyncIterator[None]:
    """Cut the block off with TooSlow where it moves too few bytes over any SPEED_SECONDS.

    ``moved`` tells how many bytes went so far; None: it waits for something else than the other
    side just now, such as our own disk, and the time begins anew.
    """
    async with contextlib.AsyncExitStack() as stack:
        scope = asyncio.timeout(None)
        watch = asyncio.create_task(_watch(clock, moved, scope))
        stack.callback(watch.cancel)
        try:
            async with scope:
                yield
        except TimeoutError:
            if not scope.expired():
                raise
            raise TooSlow(f"under {LEAST_BYTES_PER_SECOND} bytes/s") from None


async def _watch(clock: Clock, moved: Callable[[], int | None], scope: asyncio.Timeout) -> None:
    seen = deque([moved()], maxlen=_PARTS + 1)
    while True:
        await clock.sleep(SPEED_SECONDS / _PARTS)
        seen.append(moved())
        counts = [count for count in seen if count is not None]
        if len(counts) <= _PARTS:
            continue
        if counts[-1] - counts[0] < LEAST_BYTES_PER_SECOND * SPEED_SECONDS:
            scope.reschedule(asyncio.get_running_loop().time())
            return
