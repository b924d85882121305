"""Attachments under the page's own address: as the sandbox gives them, and harmless."""

from typing import Any

import aiohttp
import pytest

from tests.sandbox.chat.conftest import Scene, Visitor
from tests.sandbox.discord.raw import Rest

BODY = bytes(range(256)) * 8


async def posted(scene: Scene, rest: Rest, visitor: Visitor, name: str) -> dict[str, Any]:
    """Let the bot post a file; give how the page is told of it."""
    path = f"/channels/{scene.channel.id}/messages"
    await rest("POST", path, {"content": "x"}, files={"files[0]": (name, BODY)})
    [told] = (await visitor.value("message"))["attachments"]
    return dict(told)


async def test_a_video_comes_whole_and_in_parts(
    scene: Scene, rest: Rest, visitor: Visitor, session: aiohttp.ClientSession
) -> None:
    """Players seek by asking for a range; the address is the page's own."""
    told = await posted(scene, rest, visitor, "a.mp4")
    assert told["url"].startswith("/attachments/")
    url = scene.page.origin + told["url"]
    async with session.get(url) as whole:
        assert (whole.status, await whole.read()) == (200, BODY)
        assert whole.content_type == "video/mp4"
        assert "Content-Disposition" not in whole.headers
    async with session.get(url, headers={"Range": "bytes=256-511"}) as part:
        assert (part.status, await part.read()) == (206, BODY[256:512])
        assert part.headers["Content-Range"] == f"bytes 256-511/{len(BODY)}"


@pytest.mark.parametrize("name", ["a.csv", "a.html", "a.svg", "a.xml", "a.unknown"])
async def test_what_could_carry_a_script_is_only_for_saving(
    scene: Scene, rest: Rest, visitor: Visitor, session: aiohttp.ClientSession, name: str
) -> None:
    """A file that somebody attached never runs as a part of the page."""
    told = await posted(scene, rest, visitor, name)
    async with session.get(scene.page.origin + told["url"]) as answer:
        assert (answer.status, await answer.read()) == (200, BODY)
        assert answer.headers["Content-Disposition"] == "attachment"


async def test_a_file_that_was_replaced_is_still_there_for_the_messages_past(
    scene: Scene, rest: Rest, visitor: Visitor, session: aiohttp.ClientSession
) -> None:
    """The sandbox serves it no longer; the page shows what the message once said."""
    told = await posted(scene, rest, visitor, "a.mp4")
    [message] = scene.channel.messages
    before = message.attachments[0].url
    path = f"/channels/{scene.channel.id}/messages/{message.id}"
    await rest("PATCH", path, {"content": "no more", "attachments": []})
    async with session.get(before) as gone:
        assert gone.status == 404

    async with session.get(scene.page.origin + told["url"]) as answer:
        assert (answer.status, await answer.read()) == (200, BODY)


async def test_there_are_no_files_but_attachments(
    scene: Scene, session: aiohttp.ClientSession
) -> None:
    """An id that was never one is not found, and no path leads elsewhere."""
    for path in ("attachments/1/2/a.mp4", "attachments/1/2/..%2f..%2fx", "static/../page.py"):
        async with session.get(scene.page.url + path) as answer:
            assert answer.status == 404
