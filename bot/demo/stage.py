"""Where it is played: the local servers, the people on them, and the bot's configuration."""

import asyncio
import contextlib
import math
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot.catalogue import load_catalogue
from bot.sandbox.aimlapi import AimlapiSandbox
from bot.sandbox.discord import Channel, DiscordSandbox, Member
from bot.sandbox.segmind import SegmindSandbox

KEY = "demo-key"
QUEUE_SECONDS, PROCESSING_SECONDS = 30.0, 90.0
PROVIDERS = {"segmind": "Segmind", "aimlapi": "AI/ML API"}
"""Those that can be played, with the names that people know them by."""
NOTICED_SECONDS = 1
"""So long after its end a video is found, on average, as often as the demo's bot looks."""
CONFIG = """\
[discord]
token = "{token}"
api_url = "{api_url}"
gateway_url = "{gateway_url}"
[providers.{provider}]
api_key = "{key}"
base_url = "{base_url}"
requests_per_minute = 600
{upload}[database]
url = "sqlite+aiosqlite:///{folder}/sora-bot.db"
[storage]
path = "{folder}/videos"
[jobs]
min_poll_seconds = 0.5
max_poll_seconds = 1.0
edit_seconds = 2.0
"""

Say = Callable[[str], None]


@dataclass
class Stage:
    """The servers, and who acts on them."""

    discord: DiscordSandbox
    provider: SegmindSandbox | AimlapiSandbox
    provider_title: str
    folder: Path
    say: Say
    channel: Channel = field(init=False)
    member: Member = field(init=False)
    moderator: Member = field(init=False)
    admin: Member = field(init=False)
    broke: Member = field(init=False)
    """Somebody with nothing to spend."""
    started: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        guild = self.discord.add_guild("Film club")
        self.channel = guild.add_channel("videos")
        guild.add_channel("general")
        moderators = guild.add_role("Moderators", permissions=("moderate_members",))
        admins = guild.add_role("Admins", permissions=("manage_guild",))
        self.member = guild.add_member("Ada", roles=[guild.add_role("Directors")])
        self.moderator = guild.add_member("Moss", roles=[moderators])
        self.admin = guild.add_member("Root", roles=[admins])
        self.broke = guild.add_member("Bela")

    @property
    def config(self) -> Path:
        """The bot's configuration file."""
        return self.folder / "config.toml"

    @property
    def database(self) -> Path:
        """The bot's SQLite file."""
        return self.folder / "sora-bot.db"

    def tell(self, text: str) -> None:
        """Say something with the time that has passed."""
        self.say(f"{time.monotonic() - self.started:6.1f} s  {text}")


@contextlib.asynccontextmanager
async def set_stage(say: Say, speed: float, provider: str = "segmind") -> AsyncIterator[Stage]:
    """Start the servers in a new folder, which stays: the videos are in it.

    The local provider's time runs ``speed`` times as fast as ours; the page has a switch for it.
    """
    folder = Path(tempfile.mkdtemp(prefix="sora-bot-demo-"))
    kind = SegmindSandbox if provider == "segmind" else AimlapiSandbox
    server = kind(
        keys={KEY: 100.0}, queue_seconds=QUEUE_SECONDS, processing_seconds=PROCESSING_SECONDS
    )
    server.clock.speed = speed
    async with DiscordSandbox() as discord, server:
        stage = Stage(discord, server, PROVIDERS[provider], folder, say)
        await asyncio.to_thread(stage.config.write_text, demo_config(stage, provider, speed))
        yield stage


def demo_config(stage: Stage, provider: str, speed: float) -> str:
    """Write the bot's configuration; what members are told to expect goes by the provider's speed.

    Each model takes as long there, whatever its maker publishes.
    """
    url = stage.provider.base_url
    wait_seconds = math.ceil((QUEUE_SECONDS + PROCESSING_SECONDS) / speed) + NOTICED_SECONDS
    waits = "".join(
        f'[models."{name}"]\nusual_wait_seconds = {wait_seconds}\n' for name in load_catalogue()
    )
    return waits + CONFIG.format(
        token=stage.discord.token,
        api_url=stage.discord.api_url,
        gateway_url=stage.discord.gateway_url,
        provider=provider,
        key=KEY,
        base_url=url,
        upload=f'upload_url = "{url}"\n' if provider == "segmind" else "",
        folder=stage.folder.as_posix(),
    )
