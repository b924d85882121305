"""Make the pictures of the README anew: python -m tests.browser.pictures FOLDER."""

import asyncio
import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from bot.catalogue import load_catalogue
from tests.browser.conftest import arguments, find_chromium
from tests.browser.stand import Stand, new_stand
from tests.browser.watcher import Watcher

DESK: ViewportSize = {"width": 1280, "height": 800}
PHONE: ViewportSize = {"width": 360, "height": 740}
PROMPT = "A paper boat sails down a rainy street, filmed from close behind"
LONG_SECONDS = 600.0
USUAL_SECONDS = 10
"""So long a video is said to take: its bar fills while one waits for it."""
HALF_FULL = "▰" * 6
WAITS = {"models": {name: {"usual_wait_seconds": USUAL_SECONDS} for name in load_catalogue()}}
PLAY = """async video => {
    video.muted = true;
    await video.play();
    await new Promise(seen => video.addEventListener('timeupdate', () => {
        if (video.currentTime > 1.5) seen();
    }));
    video.pause();
}"""
QUALITY = 80
"""Of WebP; the pictures stay small and their text sharp."""


async def keep(page: Page, file: Path) -> None:
    """Keep what the page shows as a small file."""
    taken = Image.open(io.BytesIO(await page.screenshot()))
    small = io.BytesIO()
    taken.save(small, "WEBP", quality=QUALITY, method=6)
    await asyncio.to_thread(file.write_bytes, small.getvalue())
    sys.stdout.write(f"{file} ({small.tell():,} bytes)\n")


async def play(stand: Stand, browser: Browser, folder: Path) -> None:
    """Go through the main states and keep a picture of each."""
    page = await browser.new_page(color_scheme="dark", viewport=DESK)
    watcher, segmind = Watcher(page), stand.world.segmind
    segmind.queue_seconds, segmind.processing_seconds = 1.0, LONG_SECONDS
    await watcher.open(stand.page.url)
    await page.keyboard.press("/")
    await watcher.suggested.last.wait_for()
    await keep(page, folder / "commands.webp")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PROMPT)
    await watcher.form.get_by_label("size").fill("1280x720")
    await keep(page, folder / "form.webp")
    await page.keyboard.press("Enter")
    await watcher.shows("PROCESSING")
    await watcher.shows(HALF_FULL)
    await keep(page, folder / "processing.webp")
    segmind.clock.advance(LONG_SECONDS)
    await watcher.shows("COMPLETED")
    video = watcher.last.locator("video")
    await video.evaluate(PLAY)
    await keep(page, folder / "video.webp")
    await page.emulate_media(color_scheme="light")
    await page.set_viewport_size(PHONE)
    await video.scroll_into_view_if_needed()
    await keep(page, folder / "phone.webp")


async def make(folder: Path) -> None:
    """Start everything, and keep the pictures in a folder."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as world:
        async with (
            new_stand(Path(world), overrides=WAITS) as stand,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(
                executable_path=find_chromium(), args=arguments()
            )
            await play(stand, browser, folder)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(make(Path(sys.argv[1])))
