"""The real connection with the real discord.py against a local Discord, in a time of its own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bot.client import point_library_at
from bot.client.connection import stay_connected
from bot.client.identify import Turnstile
from bot.client.session import GatewaySession, Patience
from bot.clock import SystemClock
from bot.config import DiscordSettings
from bot.sandbox.discord import DiscordSandbox
from bot.storage import Database
from tests.fakes import Record

TOKEN = "sandbox-token"
PATIENCE_SECONDS = 30.0
"""How long a test waits for an event before it is taken for lost."""
START = datetime(2026, 11, 20, 12, tzinfo=UTC)


class LeapingClock(SystemClock):
    """A clock that every sleep moves on, at once; beside sleeps no time passes."""

    def __init__(self) -> None:
        self.slept: Record[float] = Record()
        self.elapsed = 0.0
        self.wall_moved = timedelta()

    def now(self) -> datetime:
        """Tell the wall-clock time."""
        return START + timedelta(seconds=self.elapsed) + self.wall_moved

    def monotonic(self) -> float:
        """Tell how much was slept."""
        return self.elapsed

    async def sleep(self, seconds: float) -> None:
        """Let so much time pass."""
        self.elapsed += seconds
        self.slept.append(seconds)
        await asyncio.sleep(0)


class PlainClient(discord.Client):
    """A client that does nothing but be there."""

    def __init__(self, database: Database, clock: LeapingClock, patience: Patience) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True), heartbeat_timeout=patience.silence_seconds
        )
        self.turnstile = Turnstile(self, database, clock)
        self.session = GatewaySession(self, self.turnstile, clock, patience)

    async def before_identify_hook(self, _: int | None, *, initial: bool = False) -> None:
        """Do as the bot's client does."""
        await self.turnstile.note()


@dataclass
class Desk:
    """A local Discord, a database, and the connection between them."""

    discord: DiscordSandbox
    database: Database
    clock: LeapingClock
    logged: list[EventDict]

    @property
    def identifies(self) -> int:
        """How many sessions the bot has asked for."""
        return self.discord.gateway.identifies

    @property
    def connections(self) -> int:
        """How often it has connected to the gateway."""
        return len(self.discord.find_calls("GET", "^/gateway/$"))

    @contextlib.asynccontextmanager
    async def connecting(self, patience: Patience | None = None) -> AsyncIterator["Running"]:
        """Let a process connect, as long as the block lasts."""
        client = PlainClient(self.database, self.clock, patience or Patience())
        task = asyncio.create_task(stay_connected(client, client.session, TOKEN, self.clock))
        try:
            yield Running(client, task)
        finally:
            task.cancel()
            await asyncio.wait({task}, timeout=PATIENCE_SECONDS)
            await client.close()

    async def until(self, wanted: Any) -> None:
        """Wait for something that comes about by and by."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not wanted():  # noqa: ASYNC110 - a socket's other end rings no bell here
                await asyncio.sleep(0.005)

    def find(self, event: str) -> list[EventDict]:
        """List what was logged under this name."""
        return [entry for entry in self.logged if entry["event"] == event]


@dataclass
class Running:
    """A process that connects."""

    client: PlainClient
    task: asyncio.Task[None]

    @property
    def hears(self) -> bool:
        """Whether it says that it hears the gateway."""
        return self.client.session.hears


@pytest.fixture
def logged() -> Iterator[list[EventDict]]:
    """Give what is logged."""
    with capture_logs() as entries:
        yield entries


@pytest.fixture
async def desk(database: Database, logged: list[EventDict]) -> AsyncIterator[Desk]:
    """Give the local Discord and all that connects to it."""
    async with DiscordSandbox(token=TOKEN) as sandbox:
        sandbox.add_guild("Film club")
        sandbox.limits.enabled = False
        point_library_at(DiscordSettings(api_url=sandbox.api_url, gateway_url=sandbox.gateway_url))
        yield Desk(sandbox, database, LeapingClock(), logged)
