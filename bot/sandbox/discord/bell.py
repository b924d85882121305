"""Waiting for a condition on the sandbox's state, without polling it."""

import asyncio
from collections.abc import Callable


class Bell:
    """Rung at every change of some state; who waits looks at the state again."""

    def __init__(self) -> None:
        self._next = asyncio.Event()

    def ring(self) -> None:
        """Wake everyone who waits."""
        self._next.set()
        self._next = asyncio.Event()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds."""
        while not condition():
            await self._next.wait()
