"""Where it is played: the local servers, the people on them, and the bot's configuration."""

import asyncio
import contextlib
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

from bot.catalogue import load_catalogue
from bot.sandbox.discord import Channel, DiscordSandbox, Member
from bot.sandbox.segmind import SegmindSandbox

KEY = "demo-key"
QUEUE_SECONDS, PROCESSING_SECONDS = 30.0, 90.0
CREDITS_PER_SECOND = 10
"""Of the models whose true price is not known, so that the demo can show them."""
CONFIG = """\
[discord]
token = "{token}"
api_url = "{api_url}"
gateway_url = "{gateway_url}"
[providers.segmind]
api_key = "{key}"
base_url = "{base_url}"
upload_url = "{base_url}"
requests_per_minute = 600
[database]
url = "sqlite+aiosqlite:///{folder}/sora-bot.db"
[storage]
path = "{folder}/videos"
[jobs]
min_poll_seconds = 0.5
max_poll_seconds = 1.0
edit_seconds = 2.0
{prices}"""

Say = Callable[[str], None]


@dataclass
class Stage:
    """The servers, and who acts on them."""

    discord: DiscordSandbox
    segmind: SegmindSandbox
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
async def set_stage(say: Say, speed: float) -> AsyncIterator[Stage]:
    """Start the servers in a new folder, which stays: the videos are in it.

    The local Segmind's time runs ``speed`` times as fast as ours; the page has a switch for it.
    """
    folder = Path(tempfile.mkdtemp(prefix="sora-bot-demo-"))
    segmind = SegmindSandbox(
        keys={KEY: 100.0}, queue_seconds=QUEUE_SECONDS, processing_seconds=PROCESSING_SECONDS
    )
    segmind.clock.speed = speed
    async with DiscordSandbox() as discord, segmind:
        stage = Stage(discord, segmind, folder, say)
        await asyncio.to_thread(stage.config.write_text, _config(stage))
        yield stage


def _config(stage: Stage) -> str:
    return CONFIG.format(
        token=stage.discord.token,
        api_url=stage.discord.api_url,
        gateway_url=stage.discord.gateway_url,
        key=KEY,
        base_url=stage.segmind.base_url,
        folder=stage.folder.as_posix(),
        prices="".join(
            f'[models."{model.name}"]\ncredits_per_second = {CREDITS_PER_SECOND}\n'
            for model in load_catalogue().values()
            if model.credits_per_second is None
        ),
    )
