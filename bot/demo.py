"""sora-bot demo: the whole bot at work on this machine, with no account anywhere.

A local Discord and a local Segmind are started, and the bot as a process of its own with an
ordinary configuration file. One member's command is played, and every change of its message is
shown in the terminal.
"""

import asyncio
import contextlib
import re
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.delivery.video import probe
from bot.errors import NotAVideo
from bot.sandbox.discord import (
    Changes,
    Channel,
    ClientRefusal,
    DiscordSandbox,
    Interaction,
    Member,
    Message,
    NoResponse,
)
from bot.sandbox.segmind import SegmindSandbox

KEY = "demo-key"
PATIENCE_SECONDS = 120.0
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
"""

Say = Callable[[str], None]


class DemoFailed(Exception):
    """The play did not end as it should; the text says where."""


@dataclass(frozen=True)
class Play:
    """What the member asks for."""

    prompt: str
    duration: int
    size: str
    model: str

    def options(self) -> Mapping[str, Any]:
        """Name the command's options."""
        return vars(self)


@dataclass
class Stage:
    """The servers, and who acts on them."""

    discord: DiscordSandbox
    channel: Channel
    member: Member
    folder: Path
    say: Say
    started: float = field(default_factory=time.monotonic)

    def tell(self, text: str) -> None:
        """Say something with the time that has passed."""
        self.say(f"{time.monotonic() - self.started:6.1f} s  {text}")


async def run_demo(play: Play, say: Say) -> Path:
    """Play one member's command to its end; return the video's path. Raises DemoFailed."""
    folder = Path(tempfile.mkdtemp(prefix="sora-bot-demo-"))
    segmind = SegmindSandbox(keys={KEY: 100.0}, queue_seconds=3.0, processing_seconds=9.0)
    async with DiscordSandbox() as discord, segmind:
        guild = discord.add_guild("Film club")
        channel, member = guild.add_channel("videos"), guild.add_member("Ada")
        stage = Stage(discord, channel, member, folder, say)
        config = folder / "config.toml"
        text = CONFIG.format(
            token=discord.token,
            api_url=discord.api_url,
            gateway_url=discord.gateway_url,
            key=KEY,
            base_url=segmind.base_url,
            folder=folder.as_posix(),
        )
        await asyncio.to_thread(config.write_text, text)
        stage.tell("A local Discord and a local Segmind are running; the bot starts.")
        stage.tell("(This Segmind works some fifteen times as fast as the real one.)")
        async with _bot_process(config, folder / "bot.log"):
            try:
                async with asyncio.timeout(PATIENCE_SECONDS):
                    return await _play(stage, play)
            except TimeoutError:
                raise DemoFailed(f"it took over {PATIENCE_SECONDS:.0f} s") from None
            except (ClientRefusal, NoResponse) as refusal:
                raise DemoFailed(str(refusal)) from None


@contextlib.asynccontextmanager
async def _bot_process(config: Path, log: Path) -> AsyncIterator[None]:
    """Run the bot beside us; it never outlives the block."""
    with await asyncio.to_thread(log.open, "wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bot", "run", "--config", str(config)),
            stdout=output,
            stderr=output,
        )
    try:
        yield
    except DemoFailed as failure:
        raise DemoFailed(f"{failure}; the bot's log is {log}") from None
    finally:
        if process.returncode is None:
            process.terminate()
        try:
            async with asyncio.timeout(15):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def _play(stage: Stage, play: Play) -> Path:
    await stage.discord.wait_connected()
    await stage.discord.wait_command("sora create", stage.channel.guild)
    stage.tell("The bot is connected and its commands are registered.")
    before = await _balance(stage)
    changes = stage.discord.subscribe()
    typed = " ".join(f"{name}: {value}" for name, value in play.options().items())
    stage.tell(f"{stage.member.name} types  /sora create {typed}")
    use = await stage.discord.use(stage.member, stage.channel, "sora create", play.options())
    first = await use.responded()
    if first is None or first.ephemeral:
        raise DemoFailed(f"the bot refused: {first.content if first else 'no answer'}")
    message = await _follow(stage, use, changes)
    after = await _balance(stage)
    video = await _checked(play, message, stage.folder)
    stage.tell(f"Left to spend: {before} before, {after} after.")
    stage.tell(f"The video, checked to be {play.size} and {play.duration} s long: {video}")
    return video


async def _follow(stage: Stage, use: Interaction, changes: Changes) -> Message:
    """Show each change of the job's message until it has ended."""
    shown = ""
    while True:
        message = use.message
        if message is not None and (text := _text(message)) != shown:
            shown = text
            stage.tell(text.replace("\n", "\n" + " " * 10))
            if message.attachments:
                return message
            if text.startswith(("FAILED", "CANCELLED", "COMPLETED")):
                raise DemoFailed("the message shows no attached video")
        await changes.get()


def _text(message: Message) -> str:
    """Write a job's message for a terminal."""
    embed = message.embeds[0]
    lines = [f"{each['name']}: {each['value']}" for each in embed["fields"]]
    head, *others = lines
    text = "\n".join([head, f"{embed['title']}  |  {'  |  '.join(others)}"])
    for attachment in message.attachments:
        text += f"\nattached: {attachment.filename}, {attachment.size:,} bytes"
    return re.sub(r"<t:(\d+):R>", _countdown, re.sub(r"<@\d+>", "Ada", text)).replace("`", "")


def _countdown(match: re.Match[str]) -> str:
    return f"in {max(0, int(match.group(1)) - int(time.time()))} s"


async def _balance(stage: Stage) -> str:
    use = await stage.discord.use(stage.member, stage.channel, "sora balance")
    message = await use.responded()
    if message is None:
        raise DemoFailed("no answer to /sora balance")
    return str(message.embeds[0]["fields"][0]["value"])


async def _checked(play: Play, message: Message, folder: Path) -> Path:
    """Take the video as the member got it, and make sure that it is what was asked for."""
    target = folder / "video.mp4"
    await asyncio.to_thread(shutil.copy, message.attachments[0].path, target)
    try:
        video = await probe(target)
    except NotAVideo as error:
        raise DemoFailed(f"the attached file is no video ({error.detail})") from None
    if f"{video.width}x{video.height}" != play.size or round(video.seconds) != play.duration:
        found = f"{video.width}x{video.height}, {video.seconds} s"
        raise DemoFailed(f"the video is {found}")
    return target
