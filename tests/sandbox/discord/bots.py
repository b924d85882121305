"""A bot on the real discord.py that hands every event to its test."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import discord
from discord import app_commands

Command = app_commands.ContextMenu | app_commands.Command[Any, ..., None]
Handler = Callable[[discord.Interaction], Coroutine[Any, Any, None]]

SERVERS = discord.Intents(guilds=True)


class Bot(discord.Client):
    """Registers its commands when it starts, and notes what the library dispatches."""

    def __init__(
        self, commands: Sequence[Command] = (), intents: discord.Intents = SERVERS
    ) -> None:
        # The sandbox does not list members to who asks for all of them (opcode 8).
        super().__init__(intents=intents, chunk_guilds_at_startup=False)
        self.tree = app_commands.CommandTree(self)
        for command in commands:
            self.tree.add_command(command)
        self.events: asyncio.Queue[tuple[str, tuple[Any, ...]]] = asyncio.Queue()

    async def setup_hook(self) -> None:
        """Register the commands."""
        await self.tree.sync()

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Note an event on its way to the listeners."""
        self.events.put_nowait((event, args))
        super().dispatch(event, *args, **kwargs)

    async def next(self, event: str) -> Any:
        """Wait for the next event of this name, and give what it tells, if only one thing that."""
        while True:
            name, args = await self.events.get()
            if name == event:
                return args[0] if len(args) == 1 else args

    async def names_until(self, event: str) -> list[str]:
        """Wait for an event of this name, and tell the names of those before it."""
        names: list[str] = []
        while (name := (await self.events.get())[0]) != event:
            names.append(name)
        return names


def command(name: str, answer: Handler) -> Command:
    """Make a slash command without options that answers by ``answer``."""

    async def callback(interaction: discord.Interaction) -> None:
        await answer(interaction)

    return app_commands.Command(name=name, description="Anything", callback=callback)
