"""HTTP as providers need it: one limiter for a key, and errors that tell what was sent."""

import asyncio
import errno
import json
import os
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.connector import Connection

from bot.clock import Clock
from bot.encodings import PART_BYTES, PLAIN, NotUnpacked, unpacked
from bot.providers.fields import whole_characters
from bot.providers.limiter import KeyLimiter, Priority
from bot.providers.words import words_of, words_of_page
from bot.redaction import hide_secrets

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 60.0
MAX_ANSWER_BYTES = 1 << 20
JSON = "application/json"
SUCCESSES = range(200, 300)
PAGE_BYTES = 8 << 10
"""So much of an answer that is no JSON is read for its first words."""
HANDLE_SECONDS = 0.5
"""So long is waited for another handle."""
_NO_HANDLE = {errno.EMFILE, errno.ENFILE}


class NotConnected(Exception):
    """No connection came about, or the request could not be put together: nothing was sent."""


class ConnectionBroke(Exception):
    """The request may have been sent; no whole answer came."""


@dataclass
class _Progress:
    """How far a request has come."""

    may_be_out: bool = False
    """Whether any of its bytes may have been sent."""


_progress: ContextVar[_Progress] = ContextVar("progress")


class _Request(aiohttp.ClientRequest):
    """A request that notes when it begins to be sent."""

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        """Send it; what the library refuses while it puts the headers together is not out."""
        progress = _progress.get()
        progress.may_be_out = True
        try:
            return await super().send(conn)
        except ValueError:  # the body is sent by a task of its own, whose errors do not come here
            progress.may_be_out = False
            raise


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, read to its end."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    in_file: bool = False
    """The body went to a file, as ``post_to_file`` does it."""

    @property
    def ok(self) -> bool:
        """Whether it is a success of any kind."""
        return self.status in SUCCESSES

    @property
    def is_gone(self) -> bool:
        """Whether the API says that there is no such thing (any more).

        A 404 that is no JSON is another server's: the address is wrong, not what was asked for.
        """
        return self.status == 410 or (self.status == 404 and self.json() is not None)  # noqa: PLR2004 - Gone, Not Found

    def json(self) -> dict[str, Any] | None:
        """Read a JSON object; None where the body is anything else."""
        value = self.value()
        return value if isinstance(value, dict) else None

    def value(self) -> Any:
        """Read JSON of any kind; None where the body is none."""
        try:
            return whole_characters(json.loads(self.body))
        except (ValueError, RecursionError):  # a body can be nested without end
            return None

    def text(self) -> str:
        """Read the beginning of the body, to tell what it means; not for a log."""
        return self.body[:500].decode("utf-8", "replace")

    def summary(self) -> str:
        """Say for a log what it is: its status, and the words in it without what it repeats."""
        said = self.value()
        page = self.body[:PAGE_BYTES].decode("utf-8", "replace")
        words = words_of_page(page) if said is None else words_of(said)
        return f"{self.status}: {words}"


class ProviderHttp:
    """The requests of one key: counted, never redirected, each on its own deadline."""

    def __init__(
        self,
        clock: Clock,
        headers: Mapping[str, str],
        requests_per_minute: int,
        answer_seconds: float = ANSWER_SECONDS,
        proxy: str | None = None,
    ) -> None:
        self._clock = clock
        self._headers = {**PLAIN, **headers}
        self._proxy = proxy
        self._timeout = aiohttp.ClientTimeout(
            total=answer_seconds, connect=CONNECT_SECONDS, sock_connect=CONNECT_SECONDS
        )
        self.limiter = KeyLimiter(clock, requests_per_minute)
        self._reused: aiohttp.ClientSession | None = None

    async def get(self, url: str) -> Answer:
        """Read; raise NotConnected or ConnectionBroke."""
        if self._reused is None:
            self._reused = aiohttp.ClientSession(
                headers=self._headers,
                timeout=self._timeout,
                auto_decompress=False,
                proxy=self._proxy,
                request_class=_Request,
            )
        await self.limiter.acquire(Priority.POLL)
        return await self._request(self._reused, "GET", url, None)

    async def post_once(self, url: str, body: Mapping[str, Any]) -> Answer:
        """Send at once, on a connection of its own; raise NotConnected or ConnectionBroke.

        A connection kept from before may have been closed by the other side meanwhile, and then
        nobody could tell whether the request was read.
        """
        async with aiohttp.ClientSession(
            headers=self._headers,
            timeout=self._timeout,
            connector=aiohttp.TCPConnector(force_close=True),
            auto_decompress=False,
            proxy=self._proxy,
            request_class=_Request,
        ) as fresh:
            return await self._request(fresh, "POST", url, body)

    async def post_to_file(
        self,
        url: str,
        body: Mapping[str, Any],
        target: Path,
        max_bytes: int,
        seconds: float,
    ) -> Answer:
        """Send like ``post_once``; a success that is no text is written to ``target``, whole.

        The file must be there and empty. It may take so many seconds. Raises NotConnected or
        ConnectionBroke.
        """
        timeout = aiohttp.ClientTimeout(
            total=seconds, connect=CONNECT_SECONDS, sock_connect=CONNECT_SECONDS
        )
        async with aiohttp.ClientSession(
            headers=self._headers,
            timeout=timeout,
            connector=aiohttp.TCPConnector(force_close=True),
            auto_decompress=False,
            proxy=self._proxy,
            request_class=_Request,
        ) as fresh:
            return await self._request(
                fresh, "POST", url, body, _Sink(target, max_bytes, self._clock)
            )

    async def close(self) -> None:
        """Close the connections."""
        if self._reused is not None:
            await self._reused.close()

    async def _request(
        self,
        session: aiohttp.ClientSession,
        method: str,
        url: str,
        body: Any,
        sink: "_Sink | None" = None,
    ) -> Answer:
        progress = _Progress()
        _progress.set(progress)
        try:
            async with session.request(method, url, json=body, allow_redirects=False) as response:
                if sink is not None and _is_file(response):
                    await sink.take(response)
                    return Answer(response.status, response.headers, b"", in_file=True)
                return Answer(response.status, response.headers, await _read(response))
        except (aiohttp.ClientError, OSError, TimeoutError, NotUnpacked) as error:
            broke = ConnectionBroke if progress.may_be_out else NotConnected
            raise broke(hide_secrets(f"{type(error).__name__}: {error}")) from error
        except (ValueError, TypeError) as error:
            if progress.may_be_out:
                raise
            raise NotConnected(hide_secrets(f"{type(error).__name__}: {error}")) from error


@dataclass(frozen=True)
class _Sink:
    """A file for an answer that is a video."""

    target: Path
    max_bytes: int
    clock: Clock

    async def take(self, response: aiohttp.ClientResponse) -> None:
        """Write the body; raise ConnectionBroke where it ends early or not at all."""
        size = 0
        async for part in unpacked(response.content.iter_chunked(PART_BYTES)):
            size += len(part)
            if size > self.max_bytes:
                raise ConnectionBroke(f"a video of over {self.max_bytes} bytes")
            await self._patiently(_append, part)
        if size == 0:
            raise ConnectionBroke("a video of no bytes")
        await self._patiently(_sync)

    async def _patiently(self, write: Callable[..., None], *args: bytes) -> None:
        """Write, however long no handle is left: the video is paid for and comes once."""
        while True:
            try:
                return await asyncio.to_thread(write, self.target, *args)
            except OSError as error:
                if error.errno not in _NO_HANDLE:
                    raise
                await self.clock.sleep(HANDLE_SECONDS)


def _is_file(response: aiohttp.ClientResponse) -> bool:
    """Tell a video from an answer in words, a page, or a refusal of any kind."""
    kind = response.content_type
    return response.status in SUCCESSES and kind != JSON and not kind.startswith("text/")


def _append(target: Path, part: bytes) -> None:
    # Opened each time: where the call is cut off, the thread leaves neither an open file nor, as
    # it opens only what is there, a new one.
    with target.open("r+b") as file:
        file.seek(0, os.SEEK_END)
        file.write(part)


def _sync(target: Path) -> None:
    with target.open("r+b") as file:
        os.fsync(file.fileno())


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """Read the body; one that has no end is no answer."""
    body = bytearray()
    async for part in unpacked(response.content.iter_any()):
        body += part
        if len(body) > MAX_ANSWER_BYTES:
            raise ConnectionBroke("an answer beyond the cap")
    return bytes(body)
