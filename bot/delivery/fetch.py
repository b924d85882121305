"""Fetch a video to disk: streamed, capped, never from where it must not come from."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Protocol

import aiohttp
from yarl import URL

from bot.addresses import exact
from bot.clock import Clock
from bot.delivery.addresses import PublicResolver, check_url
from bot.delivery.speed import TooSlow, least_speed
from bot.encodings import PLAIN, unpacked
from bot.errors import (
    DeliveryError,
    FetchFailed,
    NotAVideo,
    ResourcesExhausted,
    VideoTooLarge,
)
from bot.exhaustion import is_exhaustion, own_files

MAX_REDIRECTS = 3
CHUNK_BYTES = 256 * 1024
TIMEOUT = aiohttp.ClientTimeout(total=900, connect=20, sock_connect=10, sock_read=30)
"""Seconds; the least speed ends a trickle long before."""
_TEXTS = {"text/html", "application/json", "text/plain"}
_BYTES_OF_NO_TEXT = {*range(9), *range(14, 27)}
"""Among the first bytes of every video and picture there is one of them."""


class VideoSource(Protocol):
    """Where a provider's finished videos come from."""

    async def fetch(self, url: str, target: Path) -> None:
        """Write what is at the address to ``target``, whole, or raise a DeliveryError."""
        ...

    async def forget(self, url: str) -> None:
        """Take note that the video is kept elsewhere now."""
        ...

    async def has(self, url: str) -> bool:
        """Tell whether a member could get the video at the address; nothing of it is kept."""
        ...


@dataclass(frozen=True)
class Fetcher:
    """Fetches videos that one provider points to; no key goes along."""

    own_origin: URL
    """Scheme, host and port of the provider: allowed even in a private network."""
    max_bytes: int
    clock: Clock
    proxy: str | None = None
    """It connects in our place: names are looked up here first, as far as they are known here."""

    async def fetch(self, url: str, target: Path) -> None:
        """Write what is at the address to ``target``, whole, or raise.

        Raises FetchFailed (may work later), AddressRefused, VideoTooLarge, NotAVideo or
        a StorageError.
        """
        async with self._open(url) as response:
            await self._save(response, target)

    async def has(self, url: str) -> bool:
        """Ask for the address and go by the answer's headers and its first bytes."""
        try:
            async with self._open(url) as response:
                async for chunk in _contents(response):
                    _check_start(response, chunk)
                    break
                return True
        except VideoTooLarge:  # for us
            return True
        except DeliveryError:
            return False

    async def forget(self, url: str) -> None:
        """Do nothing: the provider keeps its files as long as it likes."""

    @contextlib.asynccontextmanager
    async def _open(self, url: str) -> AsyncIterator[aiohttp.ClientResponse]:
        """Ask for the address; raise a DeliveryError for what goes wrong also within the block."""
        resolver = PublicResolver(self.own_origin)
        connector = aiohttp.TCPConnector(
            resolver=resolver if self.proxy is None else None, force_close=True
        )
        try:
            async with (
                aiohttp.ClientSession(
                    connector=connector,
                    timeout=TIMEOUT,
                    cookie_jar=aiohttp.DummyCookieJar(),
                    headers=PLAIN,
                    auto_decompress=False,
                    proxy=self.proxy,
                ) as session,
                self._follow(session, exact(url), resolver) as response,
            ):
                yield response
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            if is_exhaustion(error):
                raise ResourcesExhausted from error
            raise FetchFailed(f"{type(error).__name__}: {error}") from error
        finally:
            await resolver.close()

    @contextlib.asynccontextmanager
    async def _follow(
        self, session: aiohttp.ClientSession, url: URL, resolver: PublicResolver
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Open the address, following redirects, each checked like the first."""
        for _ in range(MAX_REDIRECTS + 1):
            check_url(url, self.own_origin)
            if self.proxy is not None:
                await resolver.refuse_private(url)
            async with session.get(url, allow_redirects=False) as response:
                location = response.headers.get("Location")
                if response.status in {301, 302, 303, 307, 308} and location:
                    url = url.join(exact(location))
                    continue
                _check_headers(response, self.max_bytes)
                yield response
                return
        raise FetchFailed("too many redirects")

    async def _save(self, response: aiohttp.ClientResponse, target: Path) -> None:
        size, writing = 0, False
        try:
            # A slow disk is not the other side's fault.
            slow = least_speed(self.clock, lambda: None if writing else size)
            # Unbuffered: nothing may be left to be written after the last sync.
            async with slow, _created(target) as file:
                async for chunk in _contents(response):
                    if size == 0:
                        _check_start(response, chunk)
                    size += len(chunk)
                    if size > self.max_bytes:
                        raise VideoTooLarge(f"over {self.max_bytes} bytes")
                    writing = True
                    await asyncio.to_thread(_write, file, chunk)
                    writing = False
                writing = True
                await asyncio.to_thread(_sync, file.fileno())
        except TooSlow as error:
            raise FetchFailed(str(error)) from None
        if size == 0:
            raise NotAVideo("empty")


# Our own disk is told from the provider's video: it must not end in a refund.


@contextlib.asynccontextmanager
async def _created(target: Path) -> AsyncIterator[FileIO]:
    """Create a file; one that is there only after we were cancelled is closed all the same."""
    creating = asyncio.ensure_future(asyncio.to_thread(_create, target))
    try:
        file = await asyncio.shield(creating)
    except asyncio.CancelledError:
        creating.add_done_callback(_close_unused)
        raise
    with file:
        yield file


def _close_unused(created: asyncio.Future[FileIO]) -> None:
    if not created.cancelled() and created.exception() is None:
        created.result().close()


def _create(target: Path) -> FileIO:
    with own_files():
        return target.open("wb", buffering=0)


def _write(file: FileIO, chunk: bytes) -> None:
    left = memoryview(chunk)
    with own_files():
        while left:
            left = left[file.write(left) :]


def _sync(descriptor: int) -> None:
    with own_files():
        os.fsync(descriptor)


def _contents(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    return unpacked(response.content.iter_chunked(CHUNK_BYTES))


def _check_start(response: aiohttp.ClientResponse, start: bytes) -> None:
    """Refuse a page or an error in place of a file: what is called a text, and is one.

    Servers that know no videos call theirs a text, too.
    """
    if response.content_type in _TEXTS and not _BYTES_OF_NO_TEXT & set(start):
        raise NotAVideo(f"content type {response.content_type}")


def _check_headers(response: aiohttp.ClientResponse, max_bytes: int) -> None:
    """Refuse early what cannot become a video."""
    if response.status != 200:  # noqa: PLR2004 - OK
        raise FetchFailed(f"status {response.status}")
    if response.content_length is not None and response.content_length > max_bytes:
        raise VideoTooLarge(f"{response.content_length} bytes announced")
