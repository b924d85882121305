"""What members post: their files, and what the bot hears of it."""

import asyncio
from pathlib import Path
from typing import Any

import discord
import PIL.Image
import pytest

from bot.sandbox.discord import Channel, ClientRefusal, DiscordSandbox, Guild, Member
from bot.sandbox.discord.hub import MESSAGE_CONTENT
from tests.sandbox.discord.bots import Bot
from tests.sandbox.discord.conftest import Start
from tests.sandbox.discord.raw import EVERYTHING, Gateways, Rest

MESSAGES = discord.Intents(guilds=True, guild_messages=True)
CONTENT = discord.Intents(guilds=True, guild_messages=True, message_content=True)


async def test_a_bot_with_the_content_intent_reads_a_post(
    sandbox: DiscordSandbox,
    start: Start,
    ada: Member,
    channel: Channel,
    picture: Path,
) -> None:
    """Text, author and a picture with its pixels arrive, and its address serves the bytes."""
    sandbox.hub.privileged_intents = MESSAGE_CONTENT
    bot = Bot(intents=CONTENT)
    await start(bot)
    posted = await channel.post(ada, " look ", [picture])
    message = await bot.next("message")
    assert (message.id, message.content, message.author.id) == (posted.id, "look", ada.id)
    (attached,) = message.attachments
    assert (attached.filename, attached.width, attached.height) == ("a_cat.png", 8, 6)
    assert attached.content_type == "image/png"
    assert await attached.read() == await asyncio.to_thread(picture.read_bytes)
    assert channel.messages == [posted]


async def test_without_the_content_intent_a_post_is_bare(
    sandbox: DiscordSandbox, start: Start, ada: Member, channel: Channel, picture: Path
) -> None:
    """Who wrote is told, not what, unless the bot is mentioned; fetching shows no more."""
    bot = Bot(intents=MESSAGES)
    await start(bot)
    posted = await channel.post(ada, "look", [picture])
    message = await bot.next("message")
    assert (message.content, message.attachments) == ("", [])
    fetched = await bot.get_partial_messageable(channel.id).fetch_message(posted.id)
    assert (fetched.author.id, fetched.content, fetched.attachments) == (ada.id, "", [])
    await channel.post(ada, f"<@{sandbox.application_id}> look", [picture])
    message = await bot.next("message")
    assert message.content.endswith("look")
    assert len(message.attachments) == 1


async def test_only_sessions_that_ask_hear_of_posts(
    sandbox: DiscordSandbox, gateways: Gateways, guild: Guild, ada: Member, channel: Channel
) -> None:
    """Of three sessions one hears all, one without content, and one nothing."""
    sandbox.hub.privileged_intents = MESSAGE_CONTENT
    whole = await gateways.connect(intents=EVERYTHING | MESSAGE_CONTENT)
    bare, deaf = await gateways.connect(), await gateways.connect(intents=1)
    await channel.post(ada, "hello")
    guild.add_channel("after")
    assert (await whole.event("MESSAGE_CREATE"))["content"] == "hello"
    assert (await bare.event("MESSAGE_CREATE"))["content"] == ""
    while (heard := (await deaf.receive())["t"]) != "CHANNEL_CREATE":
        assert heard == "GUILD_CREATE"


@pytest.mark.parametrize("denied", ["view_channel", "send_messages", "attach_files"])
async def test_a_post_needs_permissions(
    guild: Guild, ada: Member, channel: Channel, picture: Path, denied: str
) -> None:
    """A member posts files only where both are allowed."""
    await channel.post(ada, "look", [picture])
    forbid(guild, denied)
    with pytest.raises(ClientRefusal):
        await channel.post(ada, "look", [picture])
    assert len(channel.messages) == 1


def forbid(guild: Guild, name: str) -> None:
    """Take a permission from everyone."""
    (bit,) = [bit for bit in type(guild.everyone.permissions) if bit.name == name.upper()]
    guild.everyone.permissions &= ~bit


@pytest.mark.parametrize(
    "said", [{}, {"content": "  "}, {"content": "x" * 2001}, {"files": [Path(__file__)] * 11}]
)
async def test_what_a_client_does_not_post(
    ada: Member, channel: Channel, said: dict[str, Any]
) -> None:
    """Nothing, over 2,000 characters and over ten files are refused."""
    with pytest.raises(ClientRefusal):
        await channel.post(ada, **said)


async def test_who_is_not_there_posts_nothing(
    sandbox: DiscordSandbox, guild: Guild, ada: Member, channel: Channel
) -> None:
    """Neither who has left, nor somebody of another server, nor into a deleted channel."""
    stranger = sandbox.add_guild("Other").add_member("Cy")
    bo = guild.add_member("Bo")
    guild.remove_member(bo)
    for member in (stranger, bo):
        with pytest.raises(ClientRefusal):
            await channel.post(member, "hello")
    await guild.delete_channel(channel)
    with pytest.raises(ClientRefusal):
        await channel.post(ada, "hello")


async def test_a_member_s_upload_has_the_server_s_limit(
    sandbox: DiscordSandbox,
    rest: Rest,
    guild: Guild,
    ada: Member,
    channel: Channel,
    picture: Path,
) -> None:
    """Over the limit neither a post nor a command's option is sent; at the limit both are."""
    path = f"/applications/{sandbox.application_id}/commands"
    image = {"type": 11, "name": "image", "description": "Picture"}
    await rest("PUT", path, [{"name": "show", "description": "Show", "options": [image]}])
    size = (await asyncio.to_thread(picture.stat)).st_size
    guild.attachment_limit_bytes = size
    await channel.post(ada, files=[picture])
    await sandbox.use(ada, channel, "show", {"image": picture})
    guild.attachment_limit_bytes = size - 1
    with pytest.raises(ClientRefusal):
        await channel.post(ada, files=[picture])
    with pytest.raises(ClientRefusal):
        await sandbox.use(ada, channel, "show", {"image": picture})
    await sandbox.use(ada, channel, "show", {"image": picture}, forced=True)


async def test_only_pictures_have_pixels(ada: Member, channel: Channel, tmp_path: Path) -> None:
    """A file called like a picture has a type and no size; a huge picture is measured unread."""
    fake, huge = tmp_path / "fake.png", tmp_path / "huge.png"
    await asyncio.to_thread(fake.write_bytes, b"no picture")
    await asyncio.to_thread(PIL.Image.new("1", (12_000, 9_000)).save, huge)
    message = await channel.post(ada, files=[fake, huge])
    shown = [attachment.to_json() for attachment in message.attachments]
    assert [each["content_type"] for each in shown] == ["image/png", "image/png"]
    assert "width" not in shown[0]
    assert (shown[1]["width"], shown[1]["height"]) == (12_000, 9_000)
