"""The real notifier with the real discord.py, logged in to a local Discord without a gateway."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import discord
import pytest
from yarl import URL

from bot.catalogue import Catalogue, Menu, Wish, load_catalogue, place_order
from bot.client import point_library_at
from bot.clock import SystemClock
from bot.config import DiscordSettings
from bot.delivery.encoder import Encoder
from bot.delivery.fetch import Fetcher
from bot.delivery.video import Video, probe
from bot.jobs import rows
from bot.jobs.job import Job, Request
from bot.jobs.states import Failure, State
from bot.jobs.supply import make_menu
from bot.notifier import Notifier
from bot.notifier.doors import Doors
from bot.notifier.parcels import Files
from bot.pictures import MAX_PICTURE_BYTES, Pictures
from bot.presentation.job_embed import job_embed
from bot.presentation.video_reply import thumbnail_file
from bot.sandbox.discord import Channel, DiscordSandbox, Guild, Interaction, Member, Message
from bot.storage import Database
from bot.storage.workers import Owner
from tests.fakes import FakeClock
from tests.files import read, write
from tests.openapi import assert_described
from tests.pictures import encoded, quartered
from tests.videos import Videos

TOKEN = "sandbox-token"
TOKEN_LIFE = timedelta(minutes=15)
EDIT_SECONDS = 60.0
PATIENCE_SECONDS = 30.0
"""How long a test waits for an event before it is taken for lost."""
BY_TOKEN = "/webhooks/"
IN_CHANNEL = "/channels/"
PICTURE = "cover:abc"
WAY = (State.HELD, State.SUBMITTING, State.QUEUED, State.PROCESSING, State.RENDERED)


@dataclass(eq=False)
class Shown:
    """A job and the message that shows it."""

    id: int
    use: Interaction
    message: Message

    @property
    def words(self) -> list[str]:
        """The status words that the message has shown, in order."""
        return [
            version.embeds[0]["fields"][0]["name"] if version.embeds else ""
            for version in self.message.versions
        ]


@dataclass(eq=False)
class Desk:
    """A notifier at work, the Discord it speaks to, and short cuts for tests."""

    sandbox: DiscordSandbox
    client: discord.Client
    database: Database
    catalogue: Catalogue
    clock: FakeClock
    guild: Guild
    channel: Channel
    ada: Member
    folder: Path
    pictures: Pictures
    notifier: Notifier
    keys: set[str] = field(default_factory=lambda: {"segmind", "aimlapi"})
    """The providers that the operator has a key for."""

    def restart(self, edit_seconds: float = EDIT_SECONDS) -> None:
        """Put a new notifier in the place of the old one, which remembers nothing."""
        self.notifier = Notifier(
            self.database,
            self.clock,
            self.catalogue,
            Doors(self.client, self.clock),
            Files(self.pictures, Encoder(self.clock)),
            self.menu,
            edit_seconds,
        )

    def menu(self) -> Menu:
        """Offer what can be had with the keys."""
        return make_menu(self.catalogue, self.keys, frozenset(), {})

    async def show(
        self,
        *,
        confirmed: bool = True,
        limit_bytes: int | None = None,
        picture: str | None = None,
    ) -> Shown:
        """Write a new job and show it as the answer to a command.

        Unconfirmed, the bot does not learn that Discord took the answer.
        """
        use = await self.sandbox.use(self.ada, self.channel, "sora create", {}, forced=True)
        request = Request(
            interaction_id=use.interaction_id,
            guild_id=self.guild.id,
            channel_id=self.channel.id,
            member_id=self.ada.id,
            application_id=self.sandbox.application_id,
            token=use.token,
            token_expires_at=self.clock.now() + TOKEN_LIFE,
            attachment_limit=limit_bytes or use.attachment_limit_bytes,
        )
        wish = Wish("a fox in the snow", "sora-2", pictured=picture is not None)
        order, now = place_order(self.menu(), wish), self.clock.now()
        job_id = await self.database.write(
            rows.insert_job, request, order, Owner(1, 1), now, picture
        )
        await self.database.write(rows.insert_message, job_id, request)
        await self._respond(use, job_id)
        assert use.message is not None
        if confirmed:
            await self.database.write(rows.update_message, job_id, message_id=use.message.id)
        return Shown(job_id, use, use.message)

    async def _respond(self, use: Interaction, job_id: int) -> None:
        view = await self.database.read(
            lambda tx: rows.view_job(tx, rows.get_job(tx, job_id), self.catalogue)
        )
        embed, picture = job_embed(view, self.clock.now()), view.job.picture
        shown = {"type": 4, "data": {"embeds": [embed.to_dict()]}}
        url = f"{self.sandbox.api_url}/interactions/{use.interaction_id}/{use.token}/callback"
        async with aiohttp.ClientSession(raise_for_status=True) as session:
            await session.post(url, json=shown if picture is None else {"type": 5})
        if picture is None:
            return
        webhook = discord.Webhook.partial(
            self.sandbox.application_id, use.token, client=self.client
        )
        small = thumbnail_file(await self.pictures.thumbnail(picture))
        original: Any = "@original"
        await webhook.edit_message(original, embed=embed, attachments=[small])
        self.sandbox.calls.clear()

    async def bring_to(self, shown: Shown, target: State) -> Job:
        """Bring a job along the way to a video up to this state, without a word to anybody."""
        job = await self.job(shown)
        for state in WAY[WAY.index(job.state) + 1 : WAY.index(target) + 1]:
            values: dict[str, Any] = {}
            if state is State.QUEUED:
                values = {"request_id": f"r{job.id}", "submitted_at": self.clock.now()}
            if state is State.RENDERED:
                url = "https://media.example/film.mp4"
                values = {"rendered_at": self.clock.now(), "result_url": url}
            await self.database.write(rows.move_job, job.id, state, self.clock.now(), **values)
        return await self.job(shown)

    async def end(self, shown: Shown, failure: Failure = Failure.PROVIDER_FAILED) -> None:
        """Let a job fail, without a word to anybody."""
        await self.bring_to(shown, State.SUBMITTING)
        await self.database.write(
            rows.move_job, shown.id, State.FAILED, self.clock.now(), failure=failure
        )

    async def change(self, shown: Shown) -> None:
        """Tell the notifier of a change, and wait until it has done what it does at once."""
        self.notifier.changed(shown.id)
        await self.settled()

    async def settled(self) -> None:
        """Wait until nothing is under way."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while tasks := list(self.notifier._tasks.values()):
                await asyncio.wait(tasks)
                await asyncio.sleep(0)  # their callbacks follow

    def planned_seconds(self, shown: Shown) -> float | None:
        """Tell in how many seconds the job is shown again by itself; None: not at all."""
        timer = self.notifier._timers.get(shown.id)
        if timer is None or timer.cancelled():
            return None
        return timer.when() - asyncio.get_running_loop().time()

    async def job(self, shown: Shown) -> Job:
        """Read the job's row."""
        return await self.database.read(rows.get_job, shown.id)

    async def told(self, shown: Shown) -> bool:
        """Tell whether it is written down that the member knows the end."""
        return (await self.job(shown)).told_at is not None

    def edits(self, path: str = "") -> list[int | None]:
        """List what the edits by a door were answered, in order."""
        return [call.status for call in self.sandbox.find_calls("PATCH", path)]

    def allow(self, *names: str) -> None:
        """Allow the bot these permissions in the channel, and tell the notifier of the change."""
        self.channel.allow_bot(*names)
        self.notifier.lift(self.channel.id)

    def age(self) -> None:
        """Let the tokens of all interactions so far run out."""
        self.sandbox.clock.advance(TOKEN_LIFE.total_seconds())
        self.clock.advance(TOKEN_LIFE.total_seconds())

    def keep_picture(self) -> None:
        """Let there be the picture that a job starts from."""
        write(self.pictures.folder / "abc.jpg", encoded(quartered(), "JPEG"))

    async def keep(self, video: Path) -> Video:
        """Put a video into a folder of its own, where copies show."""
        return await probe(write(self.folder / "1.mp4", read(video)))


@pytest.fixture(scope="session")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Videos:
    """Give the videos of this run."""
    return Videos(tmp_path_factory.mktemp("videos"))


@pytest.fixture
async def sandbox() -> AsyncIterator[DiscordSandbox]:
    """Run a local Discord without rate limits: discord.py would wait for them in real time."""
    async with DiscordSandbox(token=TOKEN) as sandbox:
        sandbox.limits.enabled = False
        yield sandbox


@pytest.fixture
async def client(sandbox: DiscordSandbox) -> AsyncIterator[discord.Client]:
    """Log the real library in."""
    point_library_at(DiscordSettings(api_url=sandbox.api_url, gateway_url=sandbox.gateway_url))
    client = discord.Client(
        intents=discord.Intents(guilds=True),
        max_messages=None,
        allowed_mentions=discord.AllowedMentions.none(),
        guild_ready_timeout=0.05,  # no more servers follow
    )
    await client.login(TOKEN)
    yield client
    await client.close()


@pytest.fixture
async def desk(
    sandbox: DiscordSandbox, client: discord.Client, database: Database, tmp_path: Path
) -> AsyncIterator[Desk]:
    """Give a notifier at work; afterwards, every request must have kept Discord's rules."""
    guild = sandbox.add_guild("Film club")
    clock, catalogue = FakeClock(sandbox.clock.now()), load_catalogue()
    fetcher = Fetcher(URL(sandbox.api_url).origin(), MAX_PICTURE_BYTES, SystemClock())
    pictures = Pictures(tmp_path / "pictures", fetcher)
    desk = Desk(
        sandbox=sandbox,
        client=client,
        database=database,
        catalogue=catalogue,
        clock=clock,
        guild=guild,
        channel=guild.add_channel("videos"),
        ada=guild.add_member("Ada"),
        folder=tmp_path / "videos",
        pictures=pictures,
        notifier=Notifier(
            database,
            clock,
            catalogue,
            Doors(client, clock),
            Files(pictures, Encoder(clock)),
            dict,
            EDIT_SECONDS,
        ),
    )
    desk.restart()
    yield desk
    await desk.notifier.stop()
    assert sandbox.rejections == []
    assert_described(sandbox.calls)
