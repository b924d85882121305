"""Whose turn it is: so much work at a time, and members after one another."""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Hashable


class Turns:
    """Lets so many work at a time; of those who wait, each in turn with one piece of work.

    Forty pieces of one keep another waiting for no more than what is being worked on.
    """

    def __init__(self, at_once: int) -> None:
        self._free = at_once
        self._waiting: dict[Hashable, deque[asyncio.Future[None]]] = {}
        """In the order in which their turns come."""

    @contextlib.asynccontextmanager
    async def turn(self, whose: Hashable) -> AsyncIterator[None]:
        """Wait for a turn, and have it."""
        if self._free:
            self._free -= 1
        else:
            await self._wait(whose)
        try:
            yield
        finally:
            self._pass_on(whose)

    async def _wait(self, whose: Hashable) -> None:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(whose, deque()).append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._pass_on(whose)  # its turn had come
            raise

    def _pass_on(self, whose: Hashable) -> None:
        """Give the turn to who waits longest since their last; whoever had it goes behind."""
        if whose in self._waiting:
            self._waiting[whose] = self._waiting.pop(whose)
        while self._waiting:
            following = next(iter(self._waiting))
            line = self._waiting.pop(following)
            one = line.popleft()
            if line:
                self._waiting[following] = line
            if not one.done():
                one.set_result(None)
                return
        self._free += 1
