"""A server of a test's own on 127.0.0.1, for answers that the sandboxes never give."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from yarl import URL

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class LocalServer:
    """Answers as its handler says, and remembers every request."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._port = 0
        self.requests: list[web.BaseRequest] = []

    @property
    def origin(self) -> URL:
        """Scheme, host and port."""
        return self.under("127.0.0.1")

    @property
    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [request.path for request in self.requests]

    def under(self, host: str) -> URL:
        """Write the origin with another name of this machine."""
        return URL(f"http://{host}:{self._port}")

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        self.requests.append(request)
        return await self._handler(request)

    async def start(self) -> web.ServerRunner:
        """Listen; the runner is to be cleaned up."""
        runner = web.ServerRunner(web.Server(self._answer), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._port = runner.addresses[0][1]
        return runner


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[LocalServer]:
    """Serve with this handler as long as the block lasts."""
    server = LocalServer(handler)
    runner = await server.start()
    try:
        yield server
    finally:
        await runner.cleanup()


@dataclass
class Closing:
    """A server that ends every connection at once, unread."""

    origin: URL
    connections: int = 0


@asynccontextmanager
async def closing() -> AsyncIterator[Closing]:
    """Reset whoever connects, as long as the block lasts."""

    def accept(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        shut.connections += 1
        writer.transport.abort()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    shut = Closing(URL(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"))
    async with server:
        yield shut


async def unreachable(_: web.BaseRequest) -> web.StreamResponse:
    """Handle what must never be asked for; a test looks at ``requests``."""
    return web.Response(status=418)


def redirect(location: str, status: int = 302) -> web.Response:
    """Answer that it is elsewhere."""
    return web.Response(status=status, headers={"Location": location})


async def send_raw(request: web.BaseRequest, parts: Iterable[bytes]) -> web.StreamResponse:
    """Write these bytes instead of an HTTP answer and close the connection."""
    transport = request.transport
    assert transport is not None
    for part in parts:
        transport.write(part)
    transport.close()
    raise asyncio.CancelledError


class Endless(web.StreamResponse):
    """An answer in chunks whose body does not end before the client hangs up."""

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Send the headers, and then the body until the connection is gone."""
        self.enable_chunked_encoding()
        writer = await super().prepare(request)
        while True:
            try:
                await self.write(b" " * 65_536)
            except ConnectionError:
                return writer
