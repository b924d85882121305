"""A small forward proxy on 127.0.0.1: CONNECT, and requests with a whole address.

Names that end in ``.internal`` are known to it alone: they are this machine.
"""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from yarl import URL

ONLY_HERE = ".internal"


@dataclass
class Proxy:
    """What it is told to do, and what it was asked."""

    port: int = 0
    credentials: str = ""
    """``name:password`` that it asks for; empty: none."""
    refuses: int = 0
    """The status with which it refuses everything; 0: it does not."""
    requests: list[str] = field(default_factory=list)
    """The first request of each connection: its method and address."""

    @property
    def url(self) -> str:
        """Its address, with what it asks for."""
        return f"http://{self.credentials}{'@' * bool(self.credentials)}127.0.0.1:{self.port}"

    def asked(self, method: str, part: str) -> bool:
        """Tell whether a connection began with such a request."""
        return any(each.startswith(f"{method} ") and part in each for each in self.requests)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Let one connection through."""
        head = await reader.readuntil(b"\r\n\r\n")
        method, address, _ = head.split(b"\r\n", 1)[0].decode().split(" ")
        self.requests.append(f"{method} {address}")
        wanted = base64.b64encode(self.credentials.encode()).decode()
        allowed = not self.credentials or f"Basic {wanted}" in head.decode()
        if self.refuses or not allowed:
            status = self.refuses or 407
            writer.write(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n".encode())
            writer.close()
            return
        url = URL(f"http://{address}" if method == "CONNECT" else address)
        host = "127.0.0.1" if (url.host or "").endswith(ONLY_HERE) else url.host
        there, onward = await asyncio.open_connection(host, url.port)
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        else:
            onward.write(head)
        await asyncio.gather(_pour(reader, onward), _pour(there, writer))


async def _pour(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    try:
        while part := await source.read(65_536):
            target.write(part)
            await target.drain()
    except ConnectionError:
        pass
    finally:
        target.close()


@asynccontextmanager
async def proxying() -> AsyncIterator[Proxy]:
    """Run a proxy as long as the block lasts."""
    proxy = Proxy()
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
