"""A real browser, and the page that it looks at."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright

from tests.browser.stand import Stand, new_stand
from tests.browser.watcher import Watcher
from tests.sandbox.chat.conftest import gateway, rest, scene, session

__all__ = ["gateway", "rest", "scene", "session"]  # fixtures: a page without the real bot

NAMES = ("chromium", "chromium-browser", "google-chrome")
PATIENCE_MS = 30_000.0


def find_chromium() -> str:
    """Find the system's Chromium; skip without one, but fail where CI promises it."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is not None:
        return found
    missing = f"No Chromium is installed: none of {', '.join(NAMES)} is on the path"
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


def arguments() -> list[str]:
    """Give what Chromium is started with; for root it has no sandbox of its own."""
    return ["--no-sandbox"] if os.getuid() == 0 else []


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Start the browser."""
    chromium = find_chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=arguments())
        yield browser
        await browser.close()


@pytest.fixture
async def watcher(browser: Browser) -> AsyncIterator[Watcher]:
    """Open an empty page in the dark scheme; at the end nothing may have gone wrong in it."""
    page = await browser.new_page(color_scheme="dark", viewport={"width": 1440, "height": 900})
    page.set_default_timeout(PATIENCE_MS)
    watcher = Watcher(page)
    yield watcher
    assert watcher.errors == []


@pytest.fixture
async def page(watcher: Watcher) -> Page:
    """Give the browser's page."""
    return watcher.page


@pytest.fixture
async def stand(browser: Browser, tmp_path: Path) -> AsyncIterator[Stand]:
    """Start everything behind the page, the real bot as well."""
    async with new_stand(tmp_path) as stand:
        yield stand
        stand.world.check()
