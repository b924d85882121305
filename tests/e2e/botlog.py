"""What the bot in this process logs: to be read, and waited for as events are."""

import asyncio
from typing import Any

import structlog
from structlog.typing import EventDict, WrappedLogger

from tests.e2e.harness import within


class BotLog:
    """The last processor of structlog's chain: it keeps every entry."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []
        self._grown = asyncio.Event()

    def __call__(self, logger: WrappedLogger, method: str, entry: EventDict) -> EventDict:
        """Keep an entry; the terminal does not need it."""
        self.entries.append(dict(entry))
        self._grown.set()
        self._grown = asyncio.Event()
        raise structlog.DropEvent

    def find(self, event: str) -> list[dict[str, Any]]:
        """List the entries of this name."""
        return [entry for entry in self.entries if entry["event"] == event]

    async def wait(self, event: str, times: int = 1) -> dict[str, Any]:
        """Wait for so many entries of this name; give the last of them."""

        async def grow() -> None:
            while len(self.find(event)) < times:
                await self._grown.wait()

        await within(grow())
        return self.find(event)[times - 1]
