"""What both sandbox servers have in common: a port on 127.0.0.1, faults, a record of requests."""

import asyncio
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from bot.sandbox.clock import SandboxClock
from bot.sandbox.faults import Faults, Handler


@dataclass
class Call:
    """One request as it came in, and what it was answered."""

    method: str
    path: str
    query: dict[str, str]
    at: datetime
    body: Any = None
    """The JSON body (of a multipart request its ``payload_json``), where a handler read one."""
    files: int = 0
    """How many files a multipart request brought."""
    status: int | None = None
    """None until answered, and for good where the connection broke."""
    seconds: float | None = None
    real_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    """When it came by our time; ``at`` is the sandbox's, which can run faster."""


CALL = web.RequestKey("call", Call)


@dataclass
class SandboxServer:
    """An aiohttp application on a port of 127.0.0.1; subclasses add the routes."""

    clock: SandboxClock = field(default_factory=SandboxClock)
    port: int = 0
    """0 takes any free port; after ``start`` it is the real one."""

    def __post_init__(self) -> None:
        self.faults = Faults()
        self.calls: list[Call] = []
        self._answered = asyncio.Event()
        self._runner: web.AppRunner | None = None

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"http://127.0.0.1:{self.port}"

    def find_calls(self, method: str, path: str) -> list[Call]:
        """List the requests whose path fits the regular expression, oldest first."""
        return [call for call in self.calls if call.method == method and re.search(path, call.path)]

    async def wait_calls(self, method: str, path: str, count: int = 1) -> list[Call]:
        """Wait until so many requests that fit are over, answered or broken off; list them."""
        while True:
            over = [call for call in self.find_calls(method, path) if call.seconds is not None]
            if len(over) >= count:
                return over
            await self._answered.wait()

    def build(self) -> web.Application:
        """Make the application; subclasses add their routes to it."""
        return web.Application(
            middlewares=[self._record, self.faults.middleware()], client_max_size=1 << 30
        )

    async def start(self) -> None:
        """Listen on 127.0.0.1."""
        self._runner = web.AppRunner(self.build(), shutdown_timeout=0.5)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def _record(self) -> Any:
        @web.middleware
        async def record(request: web.Request, handler: Handler) -> web.StreamResponse:
            call = Call(request.method, request.path, dict(request.query), self.clock.now())
            request[CALL] = call
            self.calls.append(call)
            started = asyncio.get_running_loop().time()
            try:
                answer = await handler(request)
            except web.HTTPException as refusal:
                call.status = refusal.status
                raise
            else:
                call.status = answer.status
                return answer
            finally:
                call.seconds = asyncio.get_running_loop().time() - started
                self._answered.set()
                self._answered = asyncio.Event()

        return record
