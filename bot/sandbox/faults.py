"""Things that go wrong on order: the faults that a test or the demo's page plans for a server.

A fault names a route (method and a regular expression over the path) and strikes a number of
times. ``before`` faults strike instead of the handler; ``after`` faults let the handler do its
work and then spoil the answer: the server knows, the client does not.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Gate:
    """A request held at a fault: wait until it is there, then let it go on or leave it."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self._open = asyncio.Event()

    def release(self) -> None:
        """Let the held request go on."""
        self._open.set()

    async def hold(self) -> None:
        """Report that a request is here, and keep it until ``release``."""
        self.reached.set()
        await self._open.wait()


@dataclass
class Fault:
    """One planned fault; ``times`` is None where it strikes until it is removed."""

    method: str
    path: re.Pattern[str]
    strike: Handler
    after: bool = False
    times: int | None = 1
    kind: str = ""
    """The content type of the requests that it meets; empty: any."""
    struck: asyncio.Event = field(default_factory=asyncio.Event)

    def matches(self, request: web.Request) -> bool:
        """Tell whether this request meets the fault."""
        right_kind = not self.kind or request.content_type == self.kind
        right_method = self.method in {"*", request.method}
        return right_kind and right_method and bool(self.path.search(request.path))


class Faults:
    """The faults planned for one server; its ``middleware`` lets them strike."""

    def __init__(self) -> None:
        self.planned: list[Fault] = []

    def clear(self) -> None:
        """Forget every planned fault."""
        self.planned.clear()

    def answer(
        self,
        method: str,
        path: str,
        status: int,
        body: bytes | str | dict[str, Any] = b"",
        *,
        headers: Mapping[str, str] | None = None,
        times: int | None = 1,
        after: bool = False,
    ) -> Fault:
        """Answer ``status`` and ``body`` (a dict goes as JSON, text as HTML)."""

        async def strike(_: web.Request) -> web.Response:
            kind = "application/json" if isinstance(body, dict) else "text/html"
            text = json.dumps(body) if isinstance(body, dict) else body
            return web.Response(
                status=status,
                body=text.encode() if isinstance(text, str) else text,
                # Without a charset: discord.py takes JSON with one for text.
                headers={"Content-Type": kind, **(headers or {})},
            )

        return self.plan(method, path, strike, times=times, after=after)

    def reset(self, method: str, path: str, *, times: int | None = 1, after: bool = False) -> Fault:
        """Cut the connection without an answer."""

        async def strike(request: web.Request) -> web.Response:
            if request.transport is not None:
                request.transport.abort()
            raise asyncio.CancelledError

        return self.plan(method, path, strike, times=times, after=after)

    def delay(self, method: str, path: str, seconds: float, *, times: int | None = 1) -> Fault:
        """Let requests wait for so many real seconds before they go on."""

        async def strike(_: web.Request) -> web.StreamResponse:
            await asyncio.sleep(seconds)
            raise _GoOn

        return self.plan(method, path, strike, times=times)

    def hold(self, method: str, path: str, *, after: bool = False, kind: str = "") -> Gate:
        """Hold the next request, of this content type; released, it goes on as if nothing was.

        A JSON body has been read by then, so that the request outlives its client.
        """
        gate = Gate()

        async def strike(request: web.Request) -> web.StreamResponse:
            if request.content_type == "application/json":
                await request.read()
            await gate.hold()
            raise _GoOn

        self.plan(method, path, strike, times=1, after=after).kind = kind
        return gate

    def plan(
        self,
        method: str,
        path: str,
        strike: Handler,
        *,
        times: int | None = 1,
        after: bool = False,
    ) -> Fault:
        """Plan a fault of one's own."""
        fault = Fault(method, re.compile(path), strike, after, times)
        self.planned.append(fault)
        return fault

    def _take(self, request: web.Request, *, after: bool) -> Fault | None:
        for fault in self.planned:
            if fault.after is after and fault.matches(request):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.planned.remove(fault)
                fault.struck.set()
                return fault
        return None

    def middleware(self) -> Any:
        """Make the aiohttp middleware that lets the planned faults strike."""

        @web.middleware
        async def strike(request: web.Request, handler: Handler) -> web.StreamResponse:
            if (fault := self._take(request, after=False)) is not None:
                try:
                    return await fault.strike(request)
                except _GoOn:
                    pass
            answer = await handler(request)
            if (fault := self._take(request, after=True)) is not None:
                try:
                    return await fault.strike(request)
                except _GoOn:
                    pass
            return answer

        return strike


class _GoOn(Exception):
    """The fault is over: go on as if nothing had happened."""
