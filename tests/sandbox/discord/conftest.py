"""A local Discord with a server, and bots to talk to it: the real library and raw sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import discord
import PIL.Image
import pytest
import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.sandbox.clock import SandboxClock
from bot.sandbox.discord import Channel, DiscordSandbox, Guild, Member
from tests.sandbox.discord.raw import Gateways, Rest, Socket

Start = Callable[[discord.Client], Awaitable[None]]


@pytest.fixture
async def sandbox() -> AsyncIterator[DiscordSandbox]:
    """Serve a local Discord."""
    async with DiscordSandbox(token="a.bot.token", clock=SandboxClock()) as server:
        yield server


@pytest.fixture
def guild(sandbox: DiscordSandbox) -> Guild:
    """Make a server with the bot in it."""
    return sandbox.add_guild("Film club")


@pytest.fixture
def channel(guild: Guild) -> Channel:
    """Open a text channel."""
    return guild.add_channel("videos")


@pytest.fixture
def ada(guild: Guild) -> Member:
    """Add a member without special permissions."""
    return guild.add_member("Ada")


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """Open an HTTP session."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def rest(sandbox: DiscordSandbox, http: aiohttp.ClientSession) -> Rest:
    """Reach the REST API with the bot's token."""
    return Rest(sandbox, http)


@pytest.fixture
def gateways(sandbox: DiscordSandbox, http: aiohttp.ClientSession) -> Gateways:
    """Reach the gateway."""
    return Gateways(sandbox, http)


@pytest.fixture
async def socket(gateways: Gateways, guild: Guild) -> Socket:
    """Identify a session."""
    return await gateways.connect()


@pytest.fixture
async def start(sandbox: DiscordSandbox, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Start]:
    """Start clients of the real discord.py, pointed at the local Discord."""
    monkeypatch.setattr(Route, "BASE", sandbox.api_url)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", yarl.URL(sandbox.gateway_url))
    running: list[tuple[discord.Client, asyncio.Task[None]]] = []

    async def start_client(client: discord.Client) -> None:
        sessions = len(sandbox.sessions.live) + 1
        task = asyncio.create_task(client.start(sandbox.token))
        running.append((client, task))
        connected = asyncio.create_task(sandbox.wait_connected(sessions))
        await asyncio.wait({task, connected}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            connected.cancel()
            task.result()

    yield start_client
    for client, task in running:
        await client.close()
        await asyncio.wait({task})


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """Store a picture of 8 by 6 pixels."""
    path = tmp_path / "a cat.png"
    PIL.Image.new("RGB", (8, 6)).save(path)
    return path
