"""The play in the terminal: each change of the job's message as a member sees it."""

import asyncio
import re
import shutil
import time
from pathlib import Path

from bot.delivery.video import probe
from bot.demo.play import DemoFailed, Play
from bot.demo.stage import Stage
from bot.errors import NotAVideo, ToolFailed
from bot.sandbox.discord import Changes, Interaction, Message


async def perform(stage: Stage, play: Play) -> Path:
    """Play the command and show each change of its message; tell the video's path.

    Raises DemoFailed, ClientRefusal or NoResponse.
    """
    await stage.discord.wait_connected()
    await stage.discord.wait_command("sora create", stage.channel.guild)
    stage.tell("The bot is connected and its commands are registered.")
    before = await _balance(stage)
    changes = stage.discord.subscribe()
    typed = " ".join(f"{name}: {value}" for name, value in play.options().items())
    stage.tell(f"{stage.member.name} types  /sora create {typed}")
    use = await stage.discord.use(stage.member, stage.channel, "sora create", play.options())
    first = await use.responded()
    if first is not None and first.ephemeral:
        raise DemoFailed(f"the bot refused: {first.content}")
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
            if any(each.filename.endswith(".mp4") for each in message.attachments):
                return message
            if text.startswith(("FAILED", "CANCELLED", "COMPLETED")):
                raise DemoFailed("the message shows no attached video")
        elif use.followups:
            raise DemoFailed(f"the bot refused: {use.followups[0].content}")
        await changes.get()


def _text(message: Message) -> str:
    """Write a job's message for a terminal."""
    embed = message.embeds[0]
    lines = [f"{each['name']}: {each['value']}" for each in embed["fields"]]
    head, *others = lines
    text = "\n".join([head, f"{embed['title']}  |  {'  |  '.join(others)}"])
    for attachment in message.attachments:
        text += f"\nattached: {attachment.filename}, {attachment.size:,} bytes"
    text = re.sub(r"</([a-z -]+):\d+>", r"/\1", re.sub(r"<@\d+>", "Ada", text))
    return re.sub(r"<t:(\d+):R>", _countdown, text).replace("`", "")


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
    attached = next(each for each in message.attachments if each.filename.endswith(".mp4"))
    await asyncio.to_thread(shutil.copy, attached.path, target)
    try:
        video = await probe(target)
    except (NotAVideo, ToolFailed) as error:
        raise DemoFailed(f"the attached file is no video ({error.detail})") from None
    if f"{video.width}x{video.height}" != play.size or round(video.seconds) != play.duration:
        found = f"{video.width}x{video.height}, {video.seconds} s"
        raise DemoFailed(f"the video is {found}")
    return target
