"""Videos and reference images."""

import re
import subprocess
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest
from aiohttp import web

from bot.sandbox.aimlapi import AimlapiSandbox
from bot.sandbox.server import SandboxServer
from tests.sandbox.aimlapi.conftest import (
    I2V,
    KEY,
    PRO_I2V,
    PRO_T2V,
    STUB,
    Answer,
    Client,
    data_uri,
    finish,
    is_there,
    png,
)


def ffmpeg(film: Path) -> str:
    """Read a film to its end and tell what ffmpeg says of it."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-i", str(film), "-f", "null", "-"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr  # noqa: S603 - our own arguments


@pytest.mark.parametrize(
    ("fields", "size", "seconds"),
    [
        ({"resolution": "1080p", "aspect_ratio": "16:9", "duration": 4}, "1792x1024", 4),
        ({"resolution": "1080p", "aspect_ratio": "9:16", "duration": 4}, "1024x1792", 4),
        ({"resolution": "720p", "aspect_ratio": "9:16", "duration": 8}, "720x1280", 8),
    ],
)
async def test_makes_the_video_that_was_asked_for(
    client: Client,
    aimlapi: AimlapiSandbox,
    tmp_path: Path,
    fields: dict[str, Any],
    size: str,
    seconds: int,
) -> None:
    """The address leads to an H.264 video of exactly the pixels and the seconds asked for."""
    generation_id = await client.accepted(PRO_T2V, **fields)
    await finish(aimlapi)
    url = (await client.poll(generation_id)).body["video"]["url"]
    film = tmp_path / "film.mp4"
    film.write_bytes((await client.call("GET", url, key=None)).body)
    told = ffmpeg(film)
    assert re.search(rf"Video: h264.*yuv420p.* {size}[ ,]", told)
    assert f"Duration: 00:00:{seconds:02}.00" in told
    assert "Error" not in told


@pytest.mark.usefixtures("stubbed")
async def test_a_video_is_public_and_can_be_had_in_parts(
    client: Client, aimlapi: AimlapiSandbox
) -> None:
    """A video needs no key and serves ranges; a key that comes along is noted."""
    generation_id = await client.accepted()
    await finish(aimlapi)
    url = (await client.poll(generation_id)).body["video"]["url"]
    whole = await client.call("GET", url, key=None)
    part = await client.call("GET", url, key=None, headers={"Range": "bytes=7-10"})
    assert (whole.status, whole.body) == (200, STUB)
    assert whole.headers["Content-Type"] == "video/mp4"
    assert (part.status, part.body) == (206, STUB[7:11])
    assert aimlapi.generations[0].downloads == 2
    assert aimlapi.leaks == []
    await client.call("GET", url, key=KEY)
    assert [leak.path for leak in aimlapi.leaks] == [url.removeprefix(aimlapi.base_url)]


@pytest.mark.usefixtures("stubbed")
async def test_a_video_is_not_there_before_it_is_done(
    client: Client, aimlapi: AimlapiSandbox
) -> None:
    """Neither a guessed name nor one of a generation at work has a file."""
    await client.accepted()
    names = ("nothing.mp4", aimlapi.generations[0].media_name)
    assert [(await client.call("GET", f"/media/{name}")).status for name in names] == [404, 404]


async def end_with_image(client: Client, model: str, url: str, **fields: str) -> Answer:
    """Let a generation from an image come to its end, with a stub for the video."""
    client.aimlapi.plan(video=STUB)
    generation_id = await client.accepted(model, image_url=url, **fields)
    await finish(client.aimlapi)
    return await client.poll(generation_id)


@pytest.mark.parametrize(
    ("model", "fields", "size"),
    [
        (I2V, {}, (1280, 720)),
        (I2V, {"aspect_ratio": "9:16"}, (720, 1280)),
        (PRO_I2V, {}, (1792, 1024)),
        (PRO_I2V, {"aspect_ratio": "9:16"}, (1024, 1792)),
        (PRO_I2V, {"resolution": "720p"}, (1280, 720)),
    ],
)
async def test_an_image_must_have_the_pixels_of_the_video(
    client: Client, model: str, fields: dict[str, str], size: tuple[int, int]
) -> None:
    """An image of exactly the size completes; one turned, or one pixel wider, is an error."""
    width, height = size
    fits = await end_with_image(client, model, data_uri(png(width, height)), **fields)
    assert fits.body["status"] == "completed"
    for wrong in ((height, width), (width + 1, height)):
        ended = await end_with_image(client, model, data_uri(png(*wrong)), **fields)
        assert ended.body["status"] == "error"
        assert "x".join(map(str, wrong)) in ended.body["error"]["message"]
        assert ended.body["meta"] == {"usage": {"credits_used": 0}}


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (data_uri(b"no image"), "not an image"),
        ("data:image/png;base64,AAA", "downloaded"),
        ("data:image/png,AAAA", "downloaded"),
        ("https://example.com/fox.png", "downloaded"),
        ("http://127.0.0.1:notaport/fox.png", "downloaded"),
    ],
)
async def test_an_image_that_can_not_be_had_is_an_error(
    client: Client, url: str, told: str
) -> None:
    """A broken data URI, a file that is none and an address beyond this machine all fail late."""
    ended = await end_with_image(client, I2V, url)
    assert ended.body["status"] == "error"
    assert told in ended.body["error"]["message"]


async def test_fetches_an_image_from_this_machine(client: Client) -> None:
    """What 127.0.0.1 serves is fetched without the key; all else fails, names and redirects too."""

    async def serve(request: web.Request) -> web.Response:
        assert "Authorization" not in request.headers
        return web.Response(body=png(1280, 720), content_type="image/png")

    async def lead_away(_: web.Request) -> web.Response:
        raise web.HTTPFound("/fox.png")

    async with SandboxServer() as host:
        host.faults.plan("GET", r"^/fox\.png$", serve, times=None)
        host.faults.plan("GET", r"^/away\.png$", lead_away)
        ends = {
            path: (await end_with_image(client, I2V, f"{host.origin}{path}")).body["status"]
            for path in ("/fox.png", "/missing.png", "/away.png")
        }
        assert [call.path for call in host.calls] == list(ends)
        gone = f"{host.origin}/fox.png"
        by_name = f"http://localhost:{host.port}/fox.png"
        assert (await end_with_image(client, I2V, by_name)).body["status"] == "error"
    assert ends == {"/fox.png": "completed", "/missing.png": "error", "/away.png": "error"}
    assert (await end_with_image(client, I2V, gone)).body["status"] == "error"


async def test_a_taken_port_is_told(aimlapi: AimlapiSandbox) -> None:
    """A second sandbox on the same port does not start, and leaves nothing open."""
    second = AimlapiSandbox(port=aimlapi.port)
    with pytest.raises(OSError, match="address already in use"):
        await second.start()
    assert not is_there(Path(second._folder.name))
