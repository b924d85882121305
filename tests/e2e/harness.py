"""The whole thing on one machine: a local Discord, a local Segmind, and the bot between them."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.app import App
from bot.clock import Clock
from bot.config import Settings
from bot.sandbox.discord import Channel, DiscordSandbox, Guild, Interaction, Member, Message
from bot.sandbox.segmind import SegmindSandbox
from tests.books import assert_balanced
from tests.openapi import assert_described

PATIENCE_SECONDS = 30.0
"""How long a test waits for an event before it is taken for lost."""
TOKEN = "sandbox-token"
KEY = "sandbox-key"

Tables = Mapping[str, Mapping[str, Any]]


@dataclass
class World:
    """The servers, one guild with a channel and a member, and a folder for the bot."""

    discord: DiscordSandbox
    segmind: SegmindSandbox
    folder: Path
    guild: Guild
    channel: Channel
    ada: Member
    admin: Member
    overrides: Tables = field(default_factory=dict)
    """Settings of this test, by section."""

    @property
    def database(self) -> Path:
        """The bot's database file."""
        return self.folder / "bot.db"

    @property
    def videos(self) -> Path:
        """The bot's archive."""
        return self.folder / "videos"

    def tables(self) -> dict[str, Any]:
        """Write the settings as the tables of a configuration file."""
        tables: dict[str, Any] = {
            "discord": {
                "token": TOKEN,
                "api_url": self.discord.api_url,
                "gateway_url": self.discord.gateway_url,
            },
            "providers": {
                "segmind": {
                    "api_key": KEY,
                    "base_url": self.segmind.base_url,
                    "upload_url": self.segmind.upload_url,
                    "requests_per_minute": 60_000,
                }
            },
            "database": {"url": f"sqlite+aiosqlite:///{self.database}"},
            "storage": {"path": str(self.videos)},
            "jobs": {"min_poll_seconds": 0.05, "max_poll_seconds": 0.2, "edit_seconds": 0.2},
        }
        for section, values in self.overrides.items():
            tables[section] = {**tables.get(section, {}), **values}
        return tables

    async def create(
        self,
        member: Member | None = None,
        channel: Channel | None = None,
        *,
        forced: bool = False,
        **options: Any,
    ) -> Interaction:
        """Let a member type /sora create."""
        wanted = {"prompt": "a cat surfing at dawn", **options}
        return await self.discord.use(
            member or self.ada, channel or self.channel, "sora create", wanted, forced=forced
        )

    async def ask(self, member: Member, command: str, **options: Any) -> str:
        """Let a member use a command and read the ephemeral answer, as one text."""
        use = await self.discord.use(member, self.channel, command, options)
        message = await asyncio.wait_for(use.responded(), PATIENCE_SECONDS)
        assert message is not None
        assert message.ephemeral
        return text_of(message)

    async def until(self, wanted: Callable[[], bool]) -> None:
        """Wait for something that a message's change can bring about."""
        changes = self.discord.subscribe()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not wanted():
                await changes.get()

    async def shown(self, use: Interaction, word: str) -> Message:
        """Wait until the job's message shows this status."""
        await self.until(lambda: use.message is not None and status_of(use.message) == word)
        assert use.message is not None
        return use.message

    def videos_shown(self) -> list[Message]:
        """List the channel's messages that carry a video."""
        return [message for message in self.channel.messages if message.attachments]

    def check(self) -> None:
        """Check what must hold after every test."""
        if self.database.exists():
            assert_balanced(self.database)
        assert self.discord.rejections == []
        assert_described(self.discord.calls)
        assert self.segmind.leaks == [], "the key goes to the API alone"


def status_of(message: Message) -> str:
    """Read the status word of a job's message."""
    return str(message.embeds[0]["fields"][0]["name"]) if message.embeds else ""


def text_of(message: Message) -> str:
    """Read all the text of a message."""
    parts = [message.content]
    for embed in message.embeds:
        parts += [embed.get("title", ""), embed.get("description", "")]
        parts += [f"{each['name']}: {each['value']}" for each in embed.get("fields", [])]
        parts.append(embed.get("footer", {}).get("text", ""))
    return "\n".join(part for part in parts if part)


@contextlib.asynccontextmanager
async def new_world(folder: Path, overrides: Tables) -> AsyncIterator[World]:
    """Start the servers."""
    segmind = SegmindSandbox(keys={KEY: 100.0}, queue_seconds=0.2, processing_seconds=0.4)
    async with DiscordSandbox(token=TOKEN) as discord, segmind:
        guild = discord.add_guild("Film club")
        channel = guild.add_channel("videos")
        ada = guild.add_member("Ada")
        admin = guild.add_member("Root", permissions=("manage_guild",))
        yield World(discord, segmind, folder, guild, channel, ada, admin, overrides)


@contextlib.asynccontextmanager
async def running_bot(world: World, clock: Clock | None = None) -> AsyncIterator[App]:
    """Run the bot in this process, connected; stop it cleanly at the end."""
    app = App(Settings(**world.tables()), clock)
    stop = asyncio.Event()
    task = asyncio.create_task(app.run(stop, lambda: None))
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            connected = asyncio.create_task(world.discord.wait_connected())
            await asyncio.wait({connected, task}, return_when=asyncio.FIRST_COMPLETED)
            await connected
            await world.discord.wait_command("sora create", world.guild)
        yield app
    finally:
        stop.set()
        await asyncio.wait_for(task, PATIENCE_SECONDS)


class BotProcess:
    """The bot as a process of its own, which can be killed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._process: asyncio.subprocess.Process | None = None
        self._log_file = world.folder / "bot.log"

    @property
    def log(self) -> str:
        """All that it wrote, over every start."""
        return self._log_file.read_text() if self._log_file.exists() else ""

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.returncode is None

    async def start(self, sessions: int = 1) -> None:
        """Start it and wait until it is connected; ``sessions`` counts every live bot."""
        with self._log_file.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "bot", "run", env=self._environment(), stdout=log, stderr=log
            )
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._world.discord.wait_connected(sessions)
            await self._world.discord.wait_command("sora create", self._world.guild)

    async def kill(self) -> None:
        """Kill it with -9."""
        assert self._process is not None
        self._process.kill()
        await self._process.wait()

    async def stop(self) -> int:
        """Ask it to stop, and tell its exit code."""
        assert self._process is not None
        if self._process.returncode is None:
            self._process.terminate()
        return await asyncio.wait_for(self._process.wait(), PATIENCE_SECONDS)

    def _environment(self) -> dict[str, str]:
        environment = dict(os.environ)
        for section, values in self._world.tables().items():
            for key, value in values.items():
                if isinstance(value, dict):
                    for inner, each in value.items():
                        environment[f"SORA_BOT_{section}__{key}__{inner}".upper()] = str(each)
                else:
                    environment[f"SORA_BOT_{section}__{key}".upper()] = str(value)
        return environment
