"""The files behind image addresses."""

import asyncio
from http import HTTPStatus
from pathlib import Path
from uuid import uuid4

import aiohttp
from yarl import URL

from bot.sandbox.data_urls import parse_data_url

FETCH_SECONDS = 5.0
"""In true time: what takes longer is not reachable."""


class Images:
    """The reference images of one sandbox.

    It reaches data URIs and what is served on 127.0.0.1, and nothing beyond this machine.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def fetch(self, url: str) -> Path | None:
        """Store what an address leads to; None where it leads nowhere."""
        content = _decoded(url) if url.startswith("data:") else await _downloaded(url)
        if content is None:
            return None
        path = self._folder / f"image-{uuid4().hex}"
        await asyncio.to_thread(path.write_bytes, content)
        return path


def _decoded(url: str) -> bytes | None:
    try:
        return parse_data_url(url)[1]
    except ValueError:
        return None


async def _downloaded(url: str) -> bytes | None:
    timeout = aiohttp.ClientTimeout(total=FETCH_SECONDS)
    try:
        if URL(url).host != "127.0.0.1":
            return None
        async with (
            aiohttp.ClientSession(timeout=timeout, raise_for_status=True) as session,
            session.get(URL(url, encoded=True), allow_redirects=False) as answer,
        ):
            return await answer.read() if answer.status == HTTPStatus.OK else None
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return None
