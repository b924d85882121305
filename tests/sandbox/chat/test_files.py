"""Attachments under the page's own address: as the sandbox gives them, and harmless."""

from typing import Any

import aiohttp
import pytest
from yarl import URL

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


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("..", "unknown"),
        (".", "unknown"),
        ("...", "unknown"),
        ("", "unknown"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\a.png", "....a.png"),
        ("a\x00b.png", "ab.png"),
        ("x" * 300 + ".png", "x" * 196 + ".png"),
        ("\u202egnp.exe", "gnp.exe"),
    ],
)
async def test_an_upload_may_be_called_anything(
    scene: Scene, session: aiohttp.ClientSession, name: str, kept: str
) -> None:
    """It lies in a folder of its own, whatever it is called; its name leads nowhere else."""
    address = URL(f"{scene.page.url}uploads").update_query({"name": name})
    headers = {"Origin": scene.page.origin}
    async with session.post(address, data=BODY, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        assert (await answer.json())["name"] == kept
