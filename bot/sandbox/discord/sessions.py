"""The bot's gateway sessions: what each has been told, and the connection it has now."""

import asyncio
import json
import zlib
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.sandbox.discord.bell import Bell
from bot.sandbox.discord.hub import MESSAGE_CONTENT, Event

DISPATCH, RECONNECT, INVALID_SESSION = 0, 7, 9
KEPT_EVENTS = 1000
"""How many events a session can replay."""


class Connection:
    """One WebSocket: what is sent goes out in order by one writer task."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self._socket = socket
        self._transport = request.transport
        stream = request.query.get("compress") == "zlib-stream"
        self._compressor = zlib.compressobj() if stream else None
        self.mute = False
        """Nothing that is sent arrives any more."""
        self._queue: asyncio.Queue[str | bytes | int] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write())

    def send(self, payload: Any) -> None:
        """Send a payload after those before it; text goes as it is, and bytes uncompressed."""
        raw = isinstance(payload, str | bytes)
        self._queue.put_nowait(payload if raw else json.dumps(payload))

    def close(self, code: int) -> None:
        """Close with this code, after what has been sent."""
        self._queue.put_nowait(code)

    def abort(self) -> None:
        """Cut the TCP connection without a word."""
        self._writer.cancel()
        if self._transport is not None:
            self._transport.abort()

    async def flushed(self) -> None:
        """Wait until everything sent is on the wire, or can't be any more."""
        drained = asyncio.create_task(self._queue.join())
        await asyncio.wait({drained, self._writer}, return_when=asyncio.FIRST_COMPLETED)
        drained.cancel()

    async def stop(self) -> None:
        """End the writer task; the socket is gone."""
        self._writer.cancel()
        await asyncio.wait({self._writer})

    async def _write(self) -> None:
        while True:
            item = await self._queue.get()
            try:
                if self.mute:
                    continue
                if isinstance(item, int):
                    await self._socket.close(code=item)
                    return
                await self._put(item)
            except ConnectionError:
                # The client has gone; the reader notices, and the session can be resumed.
                return
            finally:
                self._queue.task_done()

    async def _put(self, text: str | bytes) -> None:
        if isinstance(text, bytes):
            await self._socket.send_bytes(text)
            return
        if self._compressor is None:
            await self._socket.send_str(text)
            return
        packed = self._compressor.compress(text.encode())
        await self._socket.send_bytes(packed + self._compressor.flush(zlib.Z_SYNC_FLUSH))


@dataclass(eq=False)
class Session:
    """A session: it outlives its connections as long as it can be resumed."""

    id: str
    intents: int
    shard: tuple[int, int]
    connection: Connection | None
    sequence: int = 0
    kept: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=KEPT_EVENTS))

    def hears(self, event: Event) -> bool:
        """Tell whether this session asked for the event, and its shard holds the guild."""
        number, shards = self.shard
        of_shard = event.guild_id is None or (event.guild_id >> 22) % shards == number
        return of_shard and (not event.intent or bool(self.intents & event.intent))

    def tell(self, name: str, data: Any) -> None:
        """Dispatch an event now, or at the resumption."""
        self.sequence += 1
        payload = {"op": DISPATCH, "t": name, "s": self.sequence, "d": data}
        self.kept.append(payload)
        if self.connection is not None:
            self.connection.send(payload)

    def replay(self, after: int) -> None:
        """Send again what came after this sequence number."""
        for payload in self.kept:
            if payload["s"] > after and self.connection is not None:
                self.connection.send(payload)


class Sessions:
    """Every session that is connected or can be resumed."""

    def __init__(self) -> None:
        self.by_id: dict[str, Session] = {}
        self.bell = Bell()

    @property
    def live(self) -> list[Session]:
        """The sessions that are connected."""
        return [session for session in self.by_id.values() if session.connection is not None]

    def add(self, session: Session) -> None:
        """Begin a session."""
        self.by_id[session.id] = session

    def dispatch(self, event: Event) -> None:
        """Tell an event to every session that asked for it."""
        for session in self.by_id.values():
            if session.hears(event):
                whole = event.bare is None or session.intents & MESSAGE_CONTENT
                session.tell(event.name, event.data if whole else event.bare)

    async def flushed(self) -> None:
        """Wait until all events are on the wire, or their connection is gone."""
        for session in self.live:
            if session.connection is not None:
                await session.connection.flushed()

    def detach(self, session: Session, connection: Connection, *, forget: bool = False) -> None:
        """Note that a session has lost this connection; ``forget`` it where it can't resume."""
        if session.connection is not connection:
            return  # dropped before, or already resumed on another connection
        session.connection = None
        if forget:
            self.by_id.pop(session.id, None)
        self.bell.ring()

    def drop(self, code: int | None, *, resumable: bool) -> None:
        """Close every connection with this code; None cuts TCP."""
        for session in self.live:
            if (connection := session.connection) is not None:
                self.detach(session, connection, forget=not resumable)
                connection.abort() if code is None else connection.close(code)

    def invalidate(self, *, resumable: bool) -> None:
        """Tell every session that it is invalid (opcode 9)."""
        for session in self.live:
            if (connection := session.connection) is not None:
                connection.send({"op": INVALID_SESSION, "d": resumable})
                self.detach(session, connection, forget=not resumable)

    def request_reconnect(self) -> None:
        """Ask every session to reconnect and resume (opcode 7)."""
        for session in self.live:
            if (connection := session.connection) is not None:
                connection.send({"op": RECONNECT, "d": None})
                self.detach(session, connection)
