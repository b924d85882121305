"""Attachments: limits, what an edit keeps, signed addresses, and memory."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.discord import Channel, DiscordSandbox, Guild
from tests.sandbox.discord.raw import Rest

MIB = 1024 * 1024


@pytest.fixture
def path(channel: Channel) -> str:
    """Name the channel's messages."""
    return f"/channels/{channel.id}/messages"


async def test_an_upload_is_kept_to_the_byte(rest: Rest, path: str, channel: Channel) -> None:
    """The file lies on disk, under the name that Discord would give it."""
    content = bytes(range(256)) * 4096
    answer = await rest("POST", path, files={"files[0]": ("my clip.mp4", content)})
    (attachment,) = channel.messages[0].attachments
    assert attachment.path.read_bytes() == content
    assert (attachment.filename, attachment.size) == ("my_clip.mp4", len(content))
    (told,) = answer.body["attachments"]
    assert told["content_type"] == "video/mp4"
    assert told["id"] == str(attachment.id)
    async with rest.session.get(told["url"]) as fetched:
        assert await fetched.read() == content
        assert fetched.headers["Content-Type"] == "video/mp4"


async def test_a_picture_tells_its_pixels(rest: Rest, path: str, picture: Path) -> None:
    """Width and height come with pictures, as bots rely on."""
    content = await asyncio.to_thread(picture.read_bytes)
    answer = await rest("POST", path, files={"files[0]": ("cat.png", content)})
    (told,) = answer.body["attachments"]
    assert (told["width"], told["height"]) == (8, 6)


@pytest.mark.parametrize(("tier", "limit"), [(0, 10 * MIB), (2, 50 * MIB), (3, 100 * MIB)])
def test_boosts_raise_the_limit(sandbox: DiscordSandbox, tier: int, limit: int) -> None:
    """Tier 2 takes 50 MiB and tier 3 takes 100 MiB."""
    assert sandbox.add_guild("Boosted", boost_tier=tier).attachment_limit_bytes == limit


async def test_a_file_over_the_limit_is_refused(
    sandbox: DiscordSandbox, rest: Rest, path: str, guild: Guild, channel: Channel
) -> None:
    """One byte too many gets 413 code 40005, is no broken rule, and leaves nothing behind."""
    guild.attachment_limit_bytes = 1000
    fits, large = {"files[0]": ("a", b"x" * 1000)}, {"files[0]": ("a", b"x" * 1001)}
    assert (await rest("POST", path, files=fits)).status == 200
    assert (await rest("POST", path, files=large)).code == (413, 40005)
    assert len(channel.messages) == 1
    stored = channel.messages[0].attachments[0].path
    assert list(stored.parent.iterdir()) == [stored]
    assert sandbox.rejections == []


async def test_an_edit_keeps_what_it_lists(rest: Rest, path: str, channel: Channel) -> None:
    """``attachments`` names what stays and what is new; left out, new files join the old."""
    files = {"files[0]": ("a.txt", b"a"), "files[1]": ("b.txt", b"b")}
    posted = await rest("POST", path, files=files)
    message = f"{path}/{posted.body['id']}"
    kept = posted.body["attachments"][1]

    def names() -> list[str]:
        return [attachment.filename for attachment in channel.messages[0].attachments]

    await rest("PATCH", message, {"content": "same"})
    assert names() == ["a.txt", "b.txt"]
    listed = {"attachments": [{"id": kept["id"]}, {"id": 0, "description": "new"}]}
    await rest("PATCH", message, listed, files={"files[0]": ("c.txt", b"c")})
    assert names() == ["b.txt", "c.txt"]
    await rest("PATCH", message, {}, files={"files[0]": ("d.txt", b"d")})
    assert names() == ["b.txt", "c.txt", "d.txt"]
    await rest("PATCH", message, {"attachments": []})
    assert names() == []
    async with rest.session.get(kept["url"]) as fetched:
        assert fetched.status == 404


@pytest.mark.parametrize("listed", [[{"id": 1}], [{"id": "77"}], [{}], [{"id": 0}, {"id": 0}]])
async def test_a_listed_file_must_be_there(
    sandbox: DiscordSandbox, rest: Rest, path: str, listed: list[dict[str, Any]]
) -> None:
    """An id that is neither uploaded nor on the message is refused."""
    body = {"content": "hello", "attachments": listed}
    answer = await rest("POST", path, body, files={"files[0]": ("a.txt", b"a")})
    assert answer.code == (400, 50035)
    assert "attachments" in answer.body["errors"]


async def test_an_embed_shows_an_attachment(rest: Rest, path: str, channel: Channel) -> None:
    """``attachment://`` is answered as the file's address; without such a file it is refused."""
    embed = {"title": "A cat", "image": {"url": "attachment://cat.png"}}
    assert (await rest("POST", path, {"embeds": [embed]})).code == (400, 50035)
    files = {"files[0]": ("cat.png", b"a picture")}
    answer = await rest("POST", path, {"embeds": [embed]}, files=files)
    (told,) = answer.body["embeds"]
    assert told["image"]["url"] == answer.body["attachments"][0]["url"]
    assert channel.messages[0].embeds[0]["image"]["url"].startswith("http://127.0.0.1")


async def test_a_video_is_no_embed_image(rest: Rest, path: str) -> None:
    """An MP4 is refused as an embed's image, attached or linked."""
    files = {"files[0]": ("cat.mp4", b"a film")}
    for url in ("attachment://cat.mp4", "https://example.org/cat.mp4?size=2"):
        body = {"embeds": [{"title": "A cat", "image": {"url": url}}]}
        assert (await rest("POST", path, body, files=files)).code == (400, 50035)


async def test_addresses_are_signed_and_expire(
    sandbox: DiscordSandbox, rest: Rest, path: str
) -> None:
    """A changed or day-old address is dead; a fetched message carries a fresh one."""
    posted = await rest("POST", path, files={"files[0]": ("a.txt", b"abcdef")})
    url: str = posted.body["attachments"][0]["url"]
    async with rest.session.get(url, headers={"Range": "bytes=1-3"}) as part:
        assert (part.status, await part.read()) == (206, b"bcd")
    async with rest.session.get(url.replace("&hm=", "&hm=0")) as forged:
        assert forged.status == 404
    sandbox.clock.advance(25 * 3600)
    async with rest.session.get(url) as expired:
        assert expired.status == 404
    again = await rest("GET", f"{path}/{posted.body['id']}")
    async with rest.session.get(again.body["attachments"][0]["url"]) as fresh:
        assert await fresh.read() == b"abcdef"


async def test_a_large_upload_does_not_enter_the_memory(
    rest: Rest, path: str, guild: Guild, channel: Channel
) -> None:
    """Forty megabytes pass through in pieces, straight to the disk."""
    guild.attachment_limit_bytes = 50 * MIB

    async def film() -> AsyncIterator[bytes]:
        piece = b"x" * (MIB // 4)
        for _ in range(160):
            yield piece

    tracemalloc.start()
    try:
        answer = await rest("POST", path, files={"files[0]": ("a.mp4", film())})
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer.status == 200
    assert channel.messages[0].attachments[0].size == 40 * MIB
    assert peak < 15 * MIB
