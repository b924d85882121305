"""What the bot makes of odd pictures is what a real browser shows of them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from playwright.async_api import Page
from yarl import URL

from bot.clock import SystemClock
from bot.delivery.fetch import Fetcher
from bot.pictures import MAX_PICTURE_BYTES, Pictures
from tests import odd_pictures
from tests.files import read
from tests.local_server import serving
from tests.odd_pictures import OddPicture
from tests.pictures import GREY

pytestmark = pytest.mark.slow  # a whole matrix of pictures

GROUPS = {
    "png": odd_pictures.PNGS,
    "jpeg": odd_pictures.JPEGS,
    "others": odd_pictures.OTHERS,
}
PAGE = "<!doctype html><title>Pictures</title><link rel=icon href=data:,>"
SHOW = """async (address) => {
  const picture = new Image();
  picture.src = address;
  await new Promise((done, fail) => {
    picture.onload = done;
    picture.onerror = () => fail(new Error("not shown: " + address));
  });
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [picture.naturalWidth, picture.naturalHeight];
  const pen = canvas.getContext("2d", {willReadFrequently: true});
  pen.fillStyle = "white";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0);
  const at = (x, y) => [...pen.getImageData(x * canvas.width, y * canvas.height, 1, 1).data];
  const colours = [at(1/4, 1/4), at(3/4, 1/4), at(1/4, 3/4), at(3/4, 3/4)];
  return {size: [canvas.width, canvas.height], colours};
}"""


@pytest.mark.parametrize("group", GROUPS.values(), ids=GROUPS)
async def test_a_browser_shows_the_same_of_the_original_and_of_what_is_kept(
    page: Page, tmp_path: Path, group: list[OddPicture]
) -> None:
    """In the same shape, upright, in the same colours."""
    contents = {f"/{odd.name}": odd.make() for odd in group}
    kept: dict[str, bytes] = {}

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/":
            return web.Response(text=PAGE, content_type="text/html")
        found = contents.get(request.path) or kept[request.path.removeprefix("/kept")]
        return web.Response(body=found)

    async with serving(answer) as server:
        await _keep_all(server.origin, tmp_path, group, kept)
        await page.goto(str(server.origin))
        seen = [await _seen(page, odd) for odd in group]
    wrong = [each for odd, *each in seen if not _is_right(odd, *each)]
    assert wrong == []


async def _keep_all(
    origin: URL, folder: Path, group: list[OddPicture], kept: dict[str, bytes]
) -> None:
    pictures = Pictures(folder, Fetcher(origin, MAX_PICTURE_BYTES, SystemClock()))
    for odd in group:
        name = await pictures.receive(str(origin / odd.name))
        path = folder / f"{name.split(':')[1]}.jpg"
        kept[f"/{odd.name}"] = await asyncio.to_thread(read, path)


async def _seen(page: Page, odd: OddPicture) -> tuple[OddPicture, dict[str, Any], dict[str, Any]]:
    after = await page.evaluate(SHOW, f"/kept/{odd.name}")
    before = await page.evaluate(SHOW, f"/{odd.name}") if odd.in_browsers else after
    return odd, before, after


def _is_right(odd: OddPicture, before: dict[str, Any], after: dict[str, Any]) -> bool:
    colours = [
        tuple(tuple(255 * (part > GREY) for part in each[:3]) for each in seen["colours"])
        for seen in (before, after)
    ]
    return before["size"] == after["size"] and colours == [odd.shown, odd.shown]
