"""A bot without a library: it says exactly what a test wants, over a real socket."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, Self

import aiohttp

from bot.sandbox.discord import DiscordSandbox

EVERYTHING = 1 << 0 | 1 << 9 | 1 << 12
"""The intents for servers, their messages and direct messages."""


@dataclass
class Answer:
    """An answer of the REST API."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def code(self) -> tuple[int, int]:
        """Status and Discord's error code."""
        return self.status, self.body["code"]


@dataclass
class Rest:
    """Requests with the bot's token."""

    discord: DiscordSandbox
    session: aiohttp.ClientSession

    async def __call__(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        files: dict[str, tuple[str, Any]] | None = None,
        token: str | None = None,
    ) -> Answer:
        """Send a request; ``files`` are parts by name, each a file name and its bytes."""
        headers = {"Authorization": f"Bot {token or self.discord.token}"}
        data: aiohttp.FormData | None = None
        if files is not None:
            data = aiohttp.FormData(quote_fields=False)
            data.add_field("payload_json", json.dumps(body or {}))
            for name, (filename, content) in files.items():
                data.add_field(name, content, filename=filename)
        async with self.session.request(
            method,
            self.discord.api_url + path,
            json=body if files is None else None,
            data=data,
            headers=headers,
        ) as answer:
            text = await answer.text()
            given = {key.title(): value for key, value in answer.headers.items()}
            return Answer(answer.status, json.loads(text) if text else None, given)

    async def respond(self, interaction: dict[str, Any], body: dict[str, Any]) -> Answer:
        """Give an interaction its first response."""
        path = f"/interactions/{interaction['id']}/{interaction['token']}/callback"
        return await self("POST", f"{path}?with_response=1", body)

    def webhook(self, interaction: dict[str, Any]) -> str:
        """Give the path of an interaction's messages."""
        return f"/webhooks/{self.discord.application_id}/{interaction['token']}"


@dataclass
class Socket:
    """A connection to the gateway."""

    discord: DiscordSandbox
    ws: aiohttp.ClientWebSocketResponse
    sequence: int = 0
    ready: dict[str, Any] = field(default_factory=dict)

    async def receive(self) -> dict[str, Any]:
        """Receive the next payload; a close shows as ``{"closed": code}``."""
        frame = await asyncio.wait_for(self.ws.receive(), 10)
        if frame.type is not aiohttp.WSMsgType.TEXT:
            return {"closed": self.ws.close_code}
        payload: dict[str, Any] = json.loads(frame.data)
        self.sequence = payload.get("s") or self.sequence
        return payload

    async def event(self, name: str) -> dict[str, Any]:
        """Receive events up to the first of this name."""
        while True:
            payload = await self.receive()
            assert "closed" not in payload, payload
            if payload.get("t") == name:
                data: dict[str, Any] = payload["d"]
                return data

    async def closed(self) -> int | None:
        """Receive everything up to the close, and tell its code."""
        while "closed" not in (payload := await self.receive()):
            pass
        code: int | None = payload["closed"]
        return code

    async def send(self, opcode: int, data: Any) -> None:
        """Send a payload."""
        await self.ws.send_json({"op": opcode, "d": data})

    async def identify(self, **changes: Any) -> Self:
        """Identify, and take READY where it is given."""
        data = {"token": self.discord.token, "intents": EVERYTHING, "properties": {}}
        await self.send(2, data | changes)
        return self

    async def resume(self, session_id: str, sequence: int) -> None:
        """Resume a session."""
        data = {"token": self.discord.token, "session_id": session_id, "seq": sequence}
        await self.send(6, data)


@dataclass
class Gateways:
    """Opens connections to the gateway."""

    discord: DiscordSandbox
    session: aiohttp.ClientSession
    opened: list[Socket] = field(default_factory=list)
    """Held here: a WebSocket that nobody holds is closed."""

    async def open(self, query: str = "v=10&encoding=json") -> Socket:
        """Open a connection and take HELLO."""
        ws = await self.session.ws_connect(f"{self.discord.gateway_url}?{query}")
        socket = Socket(self.discord, ws)
        self.opened.append(socket)
        assert (await socket.receive())["op"] == 10
        return socket

    async def connect(self, **changes: Any) -> Socket:
        """Open a connection, identify and take READY."""
        socket = await (await self.open()).identify(**changes)
        socket.ready = await socket.event("READY")
        return socket
