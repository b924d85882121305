"""The whole thing on one machine: a local Discord, local video APIs, and the bot between them."""

import asyncio
import contextlib
import json
import os
import re
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any, TypeVar

from bot.app import App
from bot.catalogue import load_catalogue
from bot.client.session import Patience
from bot.clock import Clock, SystemClock
from bot.config import Settings
from bot.jobs.journal import FILE_NAME
from bot.sandbox.aimlapi import AimlapiSandbox
from bot.sandbox.discord import Channel, DiscordSandbox, Guild, Interaction, Member, Message
from bot.sandbox.segmind import Plan, SegmindSandbox
from tests.books import assert_balanced
from tests.e2e.child import run_bot
from tests.openapi import assert_described

PATIENCE_SECONDS = 30.0
"""How long a test waits for an event before it is taken for lost."""
TOKEN = "sandbox-token"
KEY = "sandbox-key"
OTHER_KEY = "sandbox-key-of-the-other"
"""What AI/ML API takes; the bot has it where a test says so."""
WITH_AIMLAPI = {"aimlapi": {"api_key": OTHER_KEY}}
"""Settings under ``providers`` that let the bot use AI/ML API as well."""
AIMLAPI_ALONE = {**WITH_AIMLAPI, "segmind": {"api_key": ""}}

Tables = Mapping[str, Mapping[str, Any]]


def only(*names: str) -> dict[str, Any]:
    """Write settings under ``models`` that leave these alone of what is shipped."""
    return {name: {"retired": True} for name in load_catalogue() if name not in names}


SORA_ALONE = only("sora-2", "sora-2-pro")
"""Settings under ``models``: two that are alike, the first of them the default."""
T = TypeVar("T")

_FORK_SERVER = ForkServerContext()
_FORK_SERVER.set_forkserver_preload(["tests.e2e.child"])


async def within(happens: Awaitable[T]) -> T:
    """Wait for something that must happen, as long as a test has patience."""
    return await asyncio.wait_for(happens, PATIENCE_SECONDS)


@dataclass
class World:
    """The servers, one guild with a channel and a member, and a folder for the bot."""

    discord: DiscordSandbox
    segmind: SegmindSandbox
    aimlapi: AimlapiSandbox
    """The bot has no key for it unless the settings give one."""
    folder: Path
    guild: Guild
    channel: Channel
    ada: Member
    admin: Member
    overrides: Tables = field(default_factory=dict)
    """Settings of this test, by section; laid over those that are there, key by key."""
    film: Path | None = None
    """What ``plan`` serves for a video; None: one is rendered."""

    @property
    def database(self) -> Path:
        """The bot's database file."""
        return self.folder / "bot.db"

    @property
    def videos(self) -> Path:
        """The bot's archive."""
        return self.folder / "videos"

    @property
    def kept(self) -> list[str]:
        """The names of the files in the bot's archive, the journal of submits apart."""
        return sorted(path.name for path in self.videos.iterdir() if path.name != FILE_NAME)

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
                },
                "aimlapi": {"base_url": self.aimlapi.base_url, "requests_per_minute": 60_000},
            },
            "database": {"url": f"sqlite+aiosqlite:///{self.database}"},
            "storage": {"path": str(self.videos)},
            "jobs": {
                "min_poll_seconds": 0.05,
                "max_poll_seconds": 0.2,
                "edit_seconds": 0.2,
                "max_waiting_per_member": 0,
                "orders_per_minute": 0,
            },
        }
        return laid_over(tables, self.overrides)

    async def create(
        self,
        member: Member | None = None,
        channel: Channel | None = None,
        *,
        forced: bool = False,
        **options: Any,
    ) -> Interaction:
        """Let a member type /sora create, for Sora 2 unless the options name another model.

        With ``model=None`` they choose none.
        """
        wanted = {"prompt": "a cat surfing at dawn", "model": "sora-2", **options}
        if wanted["model"] is None:
            del wanted["model"]
        return await self.discord.use(
            member or self.ada, channel or self.channel, "sora create", wanted, forced=forced
        )

    def plan(self, **wishes: Any) -> Plan:
        """Say what the next videos do, as ``SegmindSandbox.plan``."""
        return self.segmind.plan(**{"video": self.film, **wishes})

    async def ask(self, member: Member, command: str, /, **options: Any) -> str:
        """Let a member use a command and read the ephemeral answer, as one text."""
        use = await self.discord.use(member, self.channel, command, options)
        message = await asyncio.wait_for(use.responded(), PATIENCE_SECONDS)
        assert message is not None
        assert message.ephemeral
        assert message.mentioned == []
        return text_of(message)

    async def offered(
        self, member: Member, command: str, focused: str, **options: Any
    ) -> dict[Any, str]:
        """Ask for what an option suggests while the others are as given: names by value."""
        choices = await self.discord.autocomplete(
            member, self.channel, command, options, focused=focused
        )
        return {choice["value"]: choice["name"] for choice in choices}

    async def answer(self, use: Interaction) -> Message:
        """Wait for the answer to a command, also one that says "thinking" first."""
        await asyncio.wait_for(use.responded(), PATIENCE_SECONDS)
        await self.until(lambda: use.message is not None)
        assert use.message is not None
        return use.message

    async def until(self, wanted: Callable[[], bool]) -> None:
        """Wait for something that a message's change can bring about."""
        changes = self.discord.subscribe()
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not wanted():
                await changes.get()

    async def shown(self, use: Interaction, word: str) -> Message:
        """Wait until the job's message shows this status."""
        try:
            await self.until(lambda: use.message is not None and status_of(use.message) == word)
        except TimeoutError:
            seen = [] if use.message is None else statuses_of(use.message)
            raise AssertionError(f"never {word}, but {seen}, {use.followups}") from None
        assert use.message is not None
        return use.message

    async def press(self, member: Member, message: Message, label: str) -> Interaction:
        """Let a member press the button that says this."""
        return await self.discord.press(member, message, buttons_of(message)[label])

    def videos_shown(self) -> list[Message]:
        """List the channel's messages that carry a video."""
        return [message for message in self.channel.messages if message.attachments]

    def check(self) -> None:
        """Check what must hold after every test."""
        if self.database.exists():
            assert_balanced(self.database)
        assert self.discord.rejections == []
        assert_described(self.discord.calls)
        leaks = [*self.segmind.leaks, *self.aimlapi.leaks]
        assert leaks == [], "the keys go to the APIs alone"


def laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Lay tables over tables, key by key."""
    both = {**below, **above}
    for key in below.keys() & above.keys():
        if isinstance(below[key], Mapping) and isinstance(above[key], Mapping):
            both[key] = laid_over(below[key], above[key])
    return both


def buttons_of(message: Message) -> dict[str, str]:
    """List a message's buttons: their ids by what they say."""
    return _buttons(message, "custom_id")


def links_of(message: Message) -> dict[str, str]:
    """List a message's buttons that lead elsewhere: their addresses by what they say."""
    return _buttons(message, "url")


def _buttons(message: Message, key: str) -> dict[str, str]:
    buttons = [button for row in message.components for button in row["components"]]
    return {button["label"]: button[key] for button in buttons if button.get(key)}


def status_of(message: Message) -> str:
    """Read the status word of a job's message."""
    return str(message.embeds[0]["fields"][0]["name"]) if message.embeds else ""


def statuses_of(message: Message) -> list[str]:
    """Read the status words that a job's message has shown, oldest first."""
    return [str(version.embeds[0]["fields"][0]["name"]) for version in message.versions]


def text_of(message: Message) -> str:
    """Read all the text of a message; a command that one can click reads as if it were typed."""
    parts = [message.content]
    for embed in message.embeds:
        parts += [embed.get("title", ""), embed.get("description", "")]
        parts += [f"{each['name']}: {each['value']}" for each in embed.get("fields", [])]
        parts.append(embed.get("footer", {}).get("text", ""))
    text = "\n".join(part for part in parts if part)
    text = re.sub(r"</([a-z -]+):\d+> `([a-z_]+:[^`]*)`", r"`/\1 \2`", text)
    return re.sub(r"</([a-z -]+):\d+>", r"`/\1`", text)


@contextlib.asynccontextmanager
async def new_world(folder: Path, overrides: Tables) -> AsyncIterator[World]:
    """Start the servers."""
    segmind = SegmindSandbox(keys={KEY: 100.0}, queue_seconds=0.2, processing_seconds=0.4)
    aimlapi = AimlapiSandbox(keys={OTHER_KEY: 100.0}, queue_seconds=0.2, processing_seconds=0.4)
    async with DiscordSandbox(token=TOKEN) as discord, segmind, aimlapi:
        guild = discord.add_guild("Film club")
        channel = guild.add_channel("videos")
        ada = guild.add_member("Ada")
        admin = guild.add_member("Root", permissions=("manage_guild",))
        yield World(discord, segmind, aimlapi, folder, guild, channel, ada, admin, overrides)


@contextlib.asynccontextmanager
async def running_bot(
    world: World, clock: Clock | None = None, patience: Patience | None = None
) -> AsyncIterator[App]:
    """Run the bot in this process, connected; stop it cleanly at the end."""
    app = App(Settings(**world.tables()), clock, patience)
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


class MovableClock(SystemClock):
    """The system's clock, whose wall clock a test moves forward, and with it who sleeps.

    Waiting for an event stays real, and so does the monotonic clock until a test lets time elapse.
    """

    def __init__(self) -> None:
        self._moved = timedelta()
        self._elapsed = 0.0
        self._moving = asyncio.Event()

    def now(self) -> datetime:
        """Tell the moved time."""
        return super().now() + self._moved

    def monotonic(self) -> float:
        """Tell the seconds that have passed, with those that a test let elapse."""
        return super().monotonic() + self._elapsed

    def elapse(self, seconds: float) -> None:
        """Move the wall clock and the monotonic one forward."""
        self._elapsed += seconds
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move the wall clock forward."""
        self._moved += timedelta(seconds=seconds)
        self._moving.set()
        self._moving = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds, real or moved."""
        until = self.now() + timedelta(seconds=seconds)
        while (left := (until - self.now()).total_seconds()) > 0:
            await self.wait(self._moving, left)


class BotProcess:
    """The bot as a process of its own, which can be killed.

    It is forked from a process that has imported everything: an import takes longer than a test.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._process: ForkServerProcess | None = None
        self._lines: list[str] = []
        self._reading: asyncio.Task[None] | None = None
        self._grown = asyncio.Condition()
        self._silent = False
        self.output: Connection | None = None
        """What it writes to when it is started; None: it can be read here."""

    @property
    def log(self) -> str:
        """All that it wrote, over every start."""
        return "\n".join(self._lines)

    @property
    def running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.is_alive()

    async def start(self) -> None:
        """Start it and wait until it is connected."""
        ours, theirs = _FORK_SERVER.Pipe(duplex=False)
        self._process = _FORK_SERVER.Process(
            target=run_bot, args=(self.environment(), self._world.folder, theirs, self.output)
        )
        self._silent = False
        connected = asyncio.create_task(self._connected())
        # The first start waits for the imports.
        await asyncio.to_thread(self._process.start)
        theirs.close()
        self._reading = asyncio.create_task(self._read(ours))
        async with asyncio.timeout(PATIENCE_SECONDS):
            ending = {connected, self._reading}
            await asyncio.wait(ending, return_when=asyncio.FIRST_COMPLETED)
        assert connected.done(), f"it ended:\n{self.log}"
        await within(self._world.discord.wait_command("sora create", self._world.guild))

    async def logged(self, event: str, times: int = 1) -> list[dict[str, Any]]:
        """Wait until it has logged so many such events, over every start; give them."""
        await self._until(lambda: len(self.events(event)) >= times)
        return self.events(event)

    def events(self, event: str) -> list[dict[str, Any]]:
        """List the events of this name that it has logged, over every start."""
        objects = [json.loads(line) for line in self._lines if line.startswith("{")]
        return [each for each in objects if each.get("event") == event]

    async def printed(self, beginning: str) -> str:
        """Wait until it has written a line that begins so; give the first."""

        def found() -> list[str]:
            return [line for line in self._lines if line.startswith(beginning)]

        await self._until(lambda: bool(found()))
        return found()[0]

    async def kill(self) -> None:
        """Kill it with -9."""
        assert self._process is not None
        self._process.kill()
        assert await self.ended() == -signal.SIGKILL

    async def stop(self) -> int:
        """Ask it to stop, and tell its exit code."""
        self.terminate()
        return await self.ended()

    def terminate(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to stop."""
        assert self._process is not None
        assert self._process.pid is not None
        os.kill(self._process.pid, how)

    async def ended(self) -> int:
        """Wait until it has ended and all that it wrote is read; tell its exit code."""
        assert self._process is not None
        assert self._reading is not None
        await asyncio.to_thread(self._process.join, PATIENCE_SECONDS)
        await within(self._reading)
        code = self._process.exitcode
        assert code is not None, "it does not end"
        return code

    async def _connected(self) -> None:
        """Wait for a session that was not there before."""
        sessions = self._world.discord.sessions
        before = set(sessions.by_id)
        await sessions.bell.until(lambda: any(live.id not in before for live in sessions.live))

    async def _read(self, output: Connection) -> None:
        reader = asyncio.StreamReader(limit=1 << 20)
        protocol = asyncio.StreamReaderProtocol(reader)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, output)
        async for line in reader:
            self._lines.append(line.decode().rstrip("\n"))
            async with self._grown:
                self._grown.notify_all()
        transport.close()
        self._silent = True
        async with self._grown:
            self._grown.notify_all()

    async def _until(self, wanted: Callable[[], bool]) -> None:
        """Wait for something that it writes; fail where it ends without."""
        async with self._grown:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._grown.wait_for(lambda: wanted() or self._silent)
        assert wanted(), f"it ended and has written only:\n{self.log}"

    def environment(self) -> dict[str, str]:
        """Write the settings as environment variables."""
        environment = dict(os.environ)
        tables = self._world.tables()
        # Names with dots and dashes make poor variables: the models go in one, as JSON.
        environment["SORA_BOT_MODELS"] = json.dumps(tables.pop("models", {}))
        for section, values in tables.items():
            for key, value in values.items():
                if isinstance(value, dict):
                    for inner, each in value.items():
                        environment[f"SORA_BOT_{section}__{key}__{inner}".upper()] = str(each)
                else:
                    environment[f"SORA_BOT_{section}__{key}".upper()] = str(value)
        return environment
