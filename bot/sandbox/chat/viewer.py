"""A viewer: one browser that has the page open, and what it has been told."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.sandbox.chat.people import Person

MOST_WAITING = 2000
"""Messages that a browser may be behind; one that does not read is cut off, and comes again."""

_TRY_AGAIN = 1013


@dataclass(eq=False)
class Viewer:
    """One WebSocket of the page; who the visitor is can change while it is open."""

    socket: web.WebSocketResponse
    person: Person
    _shown: dict[str, Any] = field(default_factory=dict)
    _waiting: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)

    def send(self, kind: str, **said: Any) -> None:
        """Tell the page something, after all that was told before."""
        self._waiting.put_nowait({"kind": kind, **said})

    def show(self, part: str, value: Any) -> None:
        """Tell the page how a part of it stands, where that is not what it shows already."""
        if part not in self._shown or self._shown[part] != value:
            self._shown[part] = value
            self.send(part, value=value)

    async def write(self) -> None:
        """Hand on what is sent until the socket closes."""
        while not self.socket.closed:
            said = await self._waiting.get()
            if self._waiting.qsize() > MOST_WAITING:
                await self.socket.close(code=_TRY_AGAIN)
                return
            try:
                await self.socket.send_json(said)
            except ConnectionError:
                return  # The browser has gone; it comes again and gets everything anew.
