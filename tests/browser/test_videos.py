"""What the bot attaches, played by a real browser from the first picture to the last."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Page

from bot.delivery.fit import fit
from bot.delivery.video import probe
from tests import odd_videos
from tests.integration.delivery.test_odd_videos import LIMIT_BYTES, expected
from tests.local_server import serving
from tests.odd_videos import OddVideo
from tests.pictures import GREY

pytestmark = pytest.mark.slow  # a whole matrix of encodes

GROUPS = {
    "containers": odd_videos.CONTAINERS,
    "codecs": odd_videos.CODECS,
    "pixels": odd_videos.PIXELS,
    "colours": odd_videos.COLOURS,
    "sounds": odd_videos.SOUNDS,
    "times": odd_videos.TIMES,
    "turned": odd_videos.TURNED,
}
PAGE = "<!doctype html><title>Videos</title><link rel=icon href=data:,>"
PLAY = """async (address) => {
  const video = document.createElement("video");
  video.muted = true;
  video.src = address;
  const ended = new Promise((done, fail) => {
    video.onended = done;
    video.onerror = () => fail(new Error(video.error.message));
  });
  await video.play();
  await ended;
  // Now, as a video that has only begun may have no picture to draw yet.
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
  const pen = canvas.getContext("2d", {willReadFrequently: true});
  pen.drawImage(video, 0, 0);
  const at = (x, y) => [...pen.getImageData(x * canvas.width, y * canvas.height, 1, 1).data];
  const colours = [at(1/4, 1/4), at(3/4, 1/4), at(1/4, 3/4), at(3/4, 3/4)];
  return {
    size: [video.videoWidth, video.videoHeight], seconds: video.duration, colours,
    heard: video.webkitAudioDecodedByteCount > 0,
  };
}"""


async def sent_of(odd: OddVideo, folder: Path) -> Path:
    """Make an odd video, and from it the file that the bot would attach."""
    own = folder / odd.name  # copies lie beside the original, by its name without the ending
    own.mkdir()
    source = await asyncio.to_thread(odd_videos.make, odd, own)
    copy = await fit(await probe(source), LIMIT_BYTES)
    assert copy.file is not None
    return copy.file


def shows(odd: OddVideo, seen: dict[str, Any]) -> bool:
    """Tell whether the browser showed what was made, and sound only where there was some."""
    colours = tuple(tuple(255 * (part > GREY) for part in each[:3]) for each in seen["colours"])
    return (
        tuple(seen["size"]) == odd.shown
        and abs(seen["seconds"] - odd.seconds) < 0.15
        and colours == expected(odd)
        and seen["heard"] == (odd.sound is not None)
    )


@pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS)
async def test_a_browser_plays_all_that_the_bot_attaches(
    page: Page, tmp_path: Path, group: Sequence[OddVideo]
) -> None:
    """In its shape and colours, for as long as it lasts, to its end."""
    files = {odd.name: await sent_of(odd, tmp_path) for odd in group}

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/":
            return web.Response(text=PAGE, content_type="text/html")
        file = files[request.path.removeprefix("/")]
        return web.FileResponse(file, headers={"Content-Type": "video/mp4"})

    async with serving(answer) as server:
        await page.goto(str(server.origin))
        played = await asyncio.gather(*(page.evaluate(PLAY, f"/{odd.name}") for odd in group))
    wrong = [
        (odd.name, seen) for odd, seen in zip(group, played, strict=True) if not shows(odd, seen)
    ]
    assert wrong == []
