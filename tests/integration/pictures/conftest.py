"""A folder for pictures, and a server that hands them out as Discord does."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import web
from PIL import Image

from bot.clock import SystemClock
from bot.delivery.fetch import Fetcher
from bot.pictures import MAX_PICTURE_BYTES, Fit, Pictures
from tests.fakes import Script
from tests.files import names_in, read
from tests.local_server import LocalServer
from tests.pictures import decoded


@dataclass(frozen=True)
class Album:
    """The pictures, and the server that they come from."""

    pictures: Pictures
    server: LocalServer
    script: Script[bytes | int]
    """What is handed out next: bytes, or a status."""

    @property
    def url(self) -> str:
        """Where the next picture is."""
        return str(self.server.origin / "attachments" / "picture.png")

    @property
    def files(self) -> list[str]:
        """List what is kept."""
        return names_in(self.pictures.folder)

    async def receive(self, content: bytes, fit: Fit = Fit.COVER) -> str:
        """Receive a picture; tell its name."""
        self.script.plan(content)
        return await self.pictures.receive(self.url, fit)

    async def kept(self, content: bytes) -> Image.Image:
        """Receive a picture and look at what is kept of it."""
        name = await self.receive(content)
        return decoded(self.kept_bytes(name))

    def kept_bytes(self, name: str) -> bytes:
        """Read what is kept of a picture."""
        return read(self.pictures.folder / f"{name.split(':')[1]}.jpg")


@pytest.fixture
async def album(tmp_path: Path) -> AsyncIterator[Album]:
    """Give a folder that is not there yet, and the server."""
    script: Script[bytes | int] = Script()

    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        found = await script.play(404)
        if isinstance(found, int):
            return web.Response(status=found)
        return web.Response(body=found, content_type="image/png")

    server = LocalServer(answer)
    runner = await server.start()
    fetcher = Fetcher(server.origin, MAX_PICTURE_BYTES, SystemClock())
    yield Album(Pictures(tmp_path / "kept" / "pictures", fetcher), server, script)
    await runner.cleanup()
