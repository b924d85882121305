"""Pictures in embeds that are files of the same message."""

import asyncio
import io
from pathlib import Path

import aiohttp
import discord
import pytest

from bot.sandbox.discord import Channel, DiscordSandbox, Guild
from tests.odd_pictures import large_note
from tests.pictures import encoded, quartered
from tests.sandbox.discord.bots import Bot
from tests.sandbox.discord.conftest import Start


@pytest.fixture
async def posted(
    start: Start, guild: Guild, channel: Channel, picture: Path
) -> discord.PartialMessage:
    """Let a bot post an embed that shows its file large, small and as a sign."""
    bot = Bot()
    await start(bot)
    embed = discord.Embed(title="A cat").set_image(url="attachment://cat.png")
    embed.set_thumbnail(url="attachment://cat.png")
    embed.set_footer(text="A cat", icon_url="attachment://cat.png")
    target = bot.get_partial_messageable(channel.id)
    message = await target.send(embed=embed, file=discord.File(picture, "cat.png"))
    return target.get_partial_message(message.id)


async def test_a_named_file_is_shown_by_its_address(
    posted: discord.PartialMessage, http: aiohttp.ClientSession, channel: Channel, picture: Path
) -> None:
    """What is answered, fetched and shown has the file's address and pixels; the file stays."""
    fetched = await posted.fetch()
    (embed,) = fetched.embeds
    assert (embed.image.width, embed.image.height) == (8, 6)
    (attached,) = fetched.attachments
    assert attached.filename == "cat.png"
    content = await asyncio.to_thread(picture.read_bytes)
    for url in (embed.image.url, embed.thumbnail.url, embed.footer.icon_url):
        assert url is not None
        async with http.get(url) as answer:
            assert await answer.read() == content
    (shown,) = channel.messages[0].embeds
    assert shown["image"]["url"].startswith("http://127.0.0.1")
    assert shown["image"]["content_type"] == "image/png"


async def test_a_large_note_in_a_picture_hides_no_pixels(
    start: Start, guild: Guild, channel: Channel
) -> None:
    """Generators keep their workflow in it: the file is kept and measured like any other."""
    bot = Bot()
    await start(bot)
    png = encoded(quartered(), "PNG")
    content = io.BytesIO(png[:33] + large_note(b"zTXt") + png[33:])
    target = bot.get_partial_messageable(channel.id)

    message = await target.send(file=discord.File(content, "workflow.png"))

    (attached,) = message.attachments
    assert (attached.width, attached.height) == (160, 120)


async def test_an_edit_may_name_a_file_that_stays(
    sandbox: DiscordSandbox, posted: discord.PartialMessage, picture: Path
) -> None:
    """Without a list every file stays; a list names those that do, and new ones beside them."""
    embed = discord.Embed(title="Again").set_image(url="attachment://cat.png")
    edited = await posted.edit(embed=embed)
    assert edited.embeds[0].image.width == 8
    edited = await posted.edit(embed=embed, attachments=edited.attachments)
    assert edited.embeds[0].image.width == 8
    other = discord.Embed(title="Other").set_image(url="attachment://dog.png")
    new = discord.File(picture, "dog.png")
    edited = await posted.edit(embeds=[embed, other], attachments=[*edited.attachments, new])
    assert [each.image.width for each in edited.embeds] == [8, 8]
    assert [each.filename for each in edited.attachments] == ["cat.png", "dog.png"]
    assert sandbox.rejections == []


async def test_an_edit_that_names_a_missing_file_is_refused(
    posted: discord.PartialMessage,
) -> None:
    """A file that never was, and one that the same edit takes off."""
    unknown = discord.Embed(title="A dog").set_image(url="attachment://dog.png")
    taken = discord.Embed(title="A cat").set_image(url="attachment://cat.png")
    for edit in (posted.edit(embed=unknown), posted.edit(embed=taken, attachments=[])):
        with pytest.raises(discord.HTTPException) as caught:
            await edit
        assert (caught.value.status, caught.value.code) == (400, 50035)
    assert len((await posted.fetch()).attachments) == 1


async def test_a_kept_embed_loses_a_file_that_is_taken_off(
    posted: discord.PartialMessage, channel: Channel
) -> None:
    """An edit of the files alone leaves the embed as it was sent, with no address to show."""
    edited = await posted.edit(attachments=[])
    assert edited.embeds[0].image.url == "attachment://cat.png"
    assert channel.messages[0].attachments == []
