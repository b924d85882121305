"""Everything behind the page: the local servers, the bot as a process, and the page itself."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bot.sandbox.chat import ChatPage, Person
from bot.sandbox.discord import Member
from tests.e2e.harness import BotProcess, World, new_world

QUEUE_SECONDS, PROCESSING_SECONDS = 0.3, 0.6
NOTHING_ELSE: Mapping[str, Any] = MappingProxyType({})


class BotHandle:
    """The bot's process, as the page's panel starts and kills it."""

    def __init__(self, process: BotProcess) -> None:
        self._process = process
        self._changing = asyncio.Lock()

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process.running

    async def start(self) -> None:
        """Start it, where it is not running."""
        async with self._changing:
            if not self.running:
                await self._process.start()

    async def kill(self) -> None:
        """Kill it with -9, where it is running."""
        async with self._changing:
            if self.running:
                await self._process.kill()


@dataclass
class Stand:
    """A world with a bot in it and a page to look at it."""

    world: World
    bot: BotHandle
    page: ChatPage
    broke: Member
    """Somebody who has nothing to spend."""


@contextlib.asynccontextmanager
async def new_stand(
    folder: Path, *, port: int = 0, overrides: Mapping[str, Any] = NOTHING_ELSE
) -> AsyncIterator[Stand]:
    """Start everything; the bot is connected, and one member's budget is empty.

    ``overrides`` are laid over the bot's settings.
    """
    async with new_world(folder, dict(overrides)) as world:
        world.segmind.queue_seconds = QUEUE_SECONDS
        world.segmind.processing_seconds = PROCESSING_SECONDS
        world.guild.add_channel("general")
        moderator = world.guild.add_member("Moss", permissions=("manage_messages",))
        broke = world.guild.add_member("Bela")
        process = BotProcess(world)
        bot = BotHandle(process)
        page = ChatPage(
            discord=world.discord,
            people=[
                Person(world.ada, "a member"),
                Person(moderator, "a moderator"),
                Person(world.admin, "an admin, manages the server"),
                Person(broke, "a member with an empty budget"),
            ],
            bot=bot,
            providers={"Segmind": world.segmind},
            underneath=world.database,
            port=port,
        )
        await bot.start()
        try:
            await world.ask(world.admin, "budget set", member=broke, amount="0")
            async with page:
                yield Stand(world, bot, page, broke)
        finally:
            if process.running:
                await process.stop()
