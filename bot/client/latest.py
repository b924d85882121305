"""One read at a time for each member, and only of what they ask for last."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import TypeVar

T = TypeVar("T")


class Latest:
    """Answers what asks anew at each key that is pressed.

    While a read is under way the next one waits; of those that wait the last is carried out, and
    the others are answered with nothing, which no client shows any more.
    """

    def __init__(self) -> None:
        self._asked: dict[Hashable, object] = {}
        """What each asked for last, while it is not answered."""
        self._reading: dict[Hashable, asyncio.Lock] = {}

    async def read(self, whose: Hashable, reading: Callable[[], Awaitable[list[T]]]) -> list[T]:
        """Read for somebody; empty where they have asked for something else meanwhile."""
        mine = object()
        self._asked[whose] = mine
        try:
            async with self._reading.setdefault(whose, asyncio.Lock()):
                if self._asked.get(whose) is not mine:
                    return []
                found = await reading()
                return found if self._asked.get(whose) is mine else []
        finally:
            if self._asked.get(whose) is mine:
                del self._asked[whose], self._reading[whose]
