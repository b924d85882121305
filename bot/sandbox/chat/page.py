"""The page's server: where it listens, what it serves, and its life."""

import asyncio
import contextlib
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from bot.sandbox.chat import guard
from bot.sandbox.chat.acts import Acts
from bot.sandbox.chat.books import Books
from bot.sandbox.chat.feed import Feed
from bot.sandbox.chat.files import Files
from bot.sandbox.chat.panel import BotControl, Panel
from bot.sandbox.chat.people import Person
from bot.sandbox.chat.talks import Talks
from bot.sandbox.chat.troubles import Provider
from bot.sandbox.chat.uploads import Uploads
from bot.sandbox.discord import DiscordSandbox
from bot.sandbox.server import SandboxServer

STATIC = Path(__file__).parent / "static"
FIRST_PORT = 8460
PORTS_TRIED = 50


@dataclass(kw_only=True)
class ChatPage(SandboxServer):
    """A chat page on 127.0.0.1, for as long as it is entered; ``url`` tells where."""

    discord: DiscordSandbox
    people: Sequence[Person]
    """Whom the visitor can be; the first one at the start."""
    bot: BotControl
    providers: Mapping[str, Provider]
    """By the names that people know them by. Their clocks must not be Discord's."""
    underneath: Path
    """The bot's SQLite file, which need not be there yet."""
    port: int = FIRST_PORT
    """Where it is taken, one of the next ones is used; 0 takes any."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._stack = contextlib.AsyncExitStack()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def url(self) -> str:
        """Where a browser finds the page."""
        return f"{self.origin}/"

    def build(self) -> web.Application:
        """Make the application."""
        app = super().build()
        files = Files(self.discord.hub.cdn)
        app.middlewares.insert(0, guard.middleware(lambda: self.port))
        app.on_response_prepare.append(guard.add_headers)
        app.add_routes(
            [
                web.get("/", _index),
                web.static("/static", STATIC),
                web.get("/socket", self._talks.serve),
                web.post("/uploads", self._uploads.take),
                web.get(r"/attachments/{channel:\d+}/{attachment:\d+}/{name}", files.serve),
            ]
        )
        return app

    async def start(self) -> None:
        """Listen on the first port that is free. Raises OSError where none of them is."""
        folder = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="sandbox-chat-"))
        books = Books(self.underneath)
        self._stack.callback(books.close)
        self._uploads = Uploads(Path(folder))
        feed = Feed(self.discord)
        acts = Acts(self.discord, feed, self._uploads)
        panel = Panel(self.discord, self.providers, self.bot, books)
        self._talks = Talks(self.people, feed, acts, panel)
        await self._listen()
        self._tasks = [asyncio.create_task(feed.run()), asyncio.create_task(self._talks.watch())]

    async def _listen(self) -> None:
        last = self.port + PORTS_TRIED
        while True:
            try:
                await super().start()
            except OSError:
                await super().close()
                if self.port in {0, last}:
                    await self._stack.aclose()
                    raise
                self.port += 1
            else:
                return

    async def close(self) -> None:
        """Let every browser go and stop listening. Raises what ended a task of the page early."""
        for task in self._tasks:
            task.cancel()
        ends = await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._talks.close()
        await super().close()
        await self._stack.aclose()
        for end in ends:
            if isinstance(end, Exception):
                raise end


async def _index(_: web.Request) -> web.StreamResponse:
    return web.FileResponse(STATIC / "index.html")
