"""The line between the page and its server: lost, and found again without losing anything."""

from itertools import pairwise

import pytest
from playwright.async_api import Page, expect

from tests.browser.watcher import Watcher
from tests.sandbox.chat.conftest import Scene
from tests.sandbox.discord.raw import Rest

pytestmark = pytest.mark.slow  # a browser for each

REFUSED_SOCKET = "WebSocket connection to"
"""What the browser itself says of a server that is not there."""
WAITS = """() => import('/static/js/connection.js').then(({ waitBefore }) =>
    [0, 1].map(chance => [...Array(20).keys()].map(tries => waitBefore(tries, chance))))"""


async def test_the_waits_between_tries_grow_to_a_limit(
    scene: Scene, watcher: Watcher, page: Page
) -> None:
    """In milliseconds: soon at first, never more than some seconds apart, and never in step."""
    await watcher.open(scene.page.url)
    soonest, latest = await page.evaluate(WAITS)
    for waits in (soonest, latest):
        assert all(one <= next_one for one, next_one in pairwise(waits))
        assert waits[0] < 500
        assert waits[-1] < 13_000
    assert all(one < other for one, other in zip(soonest, latest, strict=True))


async def test_a_half_filled_command_outlives_a_lost_line(
    scene: Scene, rest: Rest, watcher: Watcher, page: Page
) -> None:
    """What was typed is still there when the page has come back; another person's is not."""
    path = f"/applications/{scene.discord.application_id}/commands"
    option = {"type": 3, "name": "word", "description": "A word"}
    body = [{"name": "ask", "description": "Ask", "options": [option]}]
    await rest("PUT", path, body)
    await watcher.open(scene.page.url)
    await watcher.pick("ask")
    await page.keyboard.type("half a")

    await scene.page.close()
    await expect(page.get_by_text("The connection was lost")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(watcher.form.get_by_role("alert")).to_contain_text("no connection")
    await scene.page.start()
    await expect(page.get_by_text("The connection was lost")).to_be_hidden(timeout=30_000)

    await expect(watcher.form.get_by_label("word")).to_have_value("half a")
    watcher.errors = [each for each in watcher.errors if not each.startswith(REFUSED_SOCKET)]
    await watcher.be("Root")
    await expect(watcher.form).to_have_count(0)
