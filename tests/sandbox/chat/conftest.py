"""A page on a local Discord, a bot that says exactly what a test wants, and visitors."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.sandbox.chat import ChatPage, Person
from bot.sandbox.discord import Channel, DiscordSandbox, Guild, Member
from bot.sandbox.segmind import SegmindSandbox
from tests.sandbox.discord.raw import Gateways, Rest, Socket

PATIENCE_SECONDS = 10.0


@dataclass
class Switch:
    """A bot's process that is only said to run."""

    running: bool = True

    async def start(self) -> None:
        """Say that it runs."""
        self.running = True

    async def kill(self) -> None:
        """Say that it does not."""
        self.running = False


@dataclass
class Scene:
    """Who is there, and the page that shows it."""

    page: ChatPage
    discord: DiscordSandbox
    segmind: SegmindSandbox
    guild: Guild
    channel: Channel
    ada: Member
    admin: Member
    bot: Switch


@dataclass
class Visitor:
    """A browser that has the page open, as far as its WebSocket goes."""

    socket: aiohttp.ClientWebSocketResponse
    scene: Scene
    asked: int = 0
    told: list[dict[str, Any]] = field(default_factory=list)
    """What it was told while it waited for something else."""

    async def hear(self, kind: str) -> dict[str, Any]:
        """Wait for the next thing of this kind."""
        for said in self.told:
            if said["kind"] == kind:
                self.told.remove(said)
                return said
        while True:
            said = await asyncio.wait_for(self.socket.receive_json(), PATIENCE_SECONDS)
            if said["kind"] == kind:
                return dict(said)
            self.told.append(said)

    async def value(self, kind: str) -> Any:
        """Wait for the next thing of this kind, and give its value."""
        return (await self.hear(kind))["value"]

    async def ask(self, kind: str, **said: Any) -> dict[str, Any]:
        """Ask for something and wait for the answer."""
        await self.send(kind, **said)
        return await self.answer()

    async def send(self, kind: str, **said: Any) -> None:
        """Ask for something."""
        self.asked += 1
        channel = str(self.scene.channel.id)
        await self.socket.send_json({"kind": kind, "number": self.asked, "channel": channel} | said)

    async def answer(self) -> dict[str, Any]:
        """Wait for the answer to the last ask."""
        answer = await self.hear("answer")
        assert answer["number"] == self.asked
        return {key: value for key, value in answer.items() if key not in {"kind", "number"}}


@dataclass
class Door:
    """Opens the page for visitors."""

    scene: Scene
    session: aiohttp.ClientSession

    async def enter(self, member: Member | None = None) -> Visitor:
        """Open the page as somebody; the first of the people without a name."""
        wanted = "" if member is None else str(member.id)
        socket = await self.session.ws_connect(
            f"{self.scene.page.url}socket",
            params={"as": wanted},
            headers={"Origin": self.scene.page.origin},
        )
        return Visitor(socket, self.scene)


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Give a client of the page."""
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """Open a page with one channel, a member and an admin."""
    async with DiscordSandbox() as discord, SegmindSandbox() as segmind:
        guild = discord.add_guild("Film club")
        channel = guild.add_channel("videos")
        ada = guild.add_member("Ada")
        admin = guild.add_member("Root", permissions=("manage_guild",))
        bot = Switch()
        page = ChatPage(
            discord=discord,
            people=[Person(ada, "a member"), Person(admin, "an admin")],
            bot=bot,
            providers={"Segmind": segmind},
            underneath=tmp_path / "bot.db",
            port=0,
        )
        async with page:
            yield Scene(page, discord, segmind, guild, channel, ada, admin, bot)


@pytest.fixture
async def door(scene: Scene, session: aiohttp.ClientSession) -> Door:
    """Let visitors in."""
    return Door(scene, session)


@pytest.fixture
async def visitor(door: Door) -> Visitor:
    """Open the page as Ada."""
    return await door.enter()


@pytest.fixture
async def rest(scene: Scene, session: aiohttp.ClientSession) -> Rest:
    """Give the bot's side of the REST API."""
    return Rest(scene.discord, session)


@pytest.fixture
async def gateway(scene: Scene, session: aiohttp.ClientSession) -> Socket:
    """Connect the bot."""
    return await Gateways(scene.discord, session).connect()
