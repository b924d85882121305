"""Files that a visitor has chosen and not yet sent; each waits in a folder of its own."""

import asyncio
import secrets
from pathlib import Path

from aiohttp import web

from bot.sandbox.discord.cdn import safe_filename

MIB = 1024 * 1024
MOST_BYTES = 512 * MIB
"""More than any server allows: what is too large is refused as the real client does it."""


class Uploads:
    """The files of one page, by a ticket for each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, Path] = {}

    def find(self, ticket: str) -> Path | None:
        """Find a file by the ticket that its upload was given."""
        return self._files.get(ticket)

    async def take(self, request: web.Request) -> web.Response:
        """Keep a body as a file of the name given, and answer its ticket."""
        ticket = secrets.token_urlsafe(12)
        file = self._folder / ticket / safe_filename(request.query.get("name", "file"))
        await asyncio.to_thread(file.parent.mkdir)
        size = 0
        with await asyncio.to_thread(file.open, "wb") as target:
            async for piece in request.content.iter_chunked(MIB):
                size += len(piece)
                if size > MOST_BYTES:
                    raise web.HTTPRequestEntityTooLarge(MOST_BYTES, size)
                await asyncio.to_thread(target.write, piece)
        self._files[ticket] = file
        return web.json_response({"ticket": ticket, "name": file.name, "size": size})
