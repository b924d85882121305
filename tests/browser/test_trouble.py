"""What the panel is for: things go wrong, and one sees the job survive."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.stand import Stand
from tests.browser.watcher import Watcher

pytestmark = pytest.mark.slow  # a browser for each

LONG_SECONDS = 1000.0
REFUSED_SOCKET = "WebSocket connection to"


async def test_a_killed_bot_brings_the_video_all_the_same(
    stand: Stand, watcher: Watcher, page: Page
) -> None:
    """Killed while the provider works, started again: one video, paid for once."""
    stand.world.segmind.processing_seconds = LONG_SECONDS
    await watcher.open(stand.page.url)
    await watcher.command("sora create", ["a cat"])
    await watcher.shows("PROCESSING")

    await page.get_by_role("button", name="Kill it with -9").click()
    await expect(page.get_by_text("not running")).to_be_visible()
    stand.world.segmind.clock.advance(LONG_SECONDS)
    await page.get_by_role("button", name="Start it").click()

    await watcher.shows("COMPLETED")
    await expect(watcher.last.locator("video")).to_be_visible()
    await expect(page.locator(".job")).to_contain_text("delivered")
    assert len(stand.world.segmind.generations) == 1


async def test_a_dead_bot_does_not_respond(stand: Stand, watcher: Watcher, page: Page) -> None:
    """The visitor reads what the real client says, and can take it away."""
    await watcher.open(stand.page.url)
    await page.get_by_role("button", name="Kill it with -9").click()
    await expect(page.get_by_text("not running")).to_be_visible()

    await watcher.command("sora guide")

    notice = page.locator(".notice")
    await expect(notice).to_contain_text("The application did not respond")
    await expect(page.locator("#announcer")).to_contain_text("did not respond")
    await notice.get_by_role("button", name="Dismiss").click()
    await expect(notice).to_have_count(0)


async def test_a_refusing_provider_costs_nothing(
    stand: Stand, watcher: Watcher, page: Page
) -> None:
    """The switch is thrown by keyboard; the video fails, and the credits come back."""
    await watcher.open(stand.page.url)
    refuses = page.get_by_role("switch", name="Segmind refuses")
    await refuses.focus()
    await page.keyboard.press("Space")
    await expect(refuses).to_be_checked()

    await watcher.command("sora create", ["a cat"])

    await watcher.shows("FAILED")
    await watcher.shows("Nothing was charged")
    await expect(refuses).to_be_checked()
    await expect(page.get_by_role("region", name="Ledger")).to_contain_text("release")


async def test_time_is_sped_up(stand: Stand, watcher: Watcher, page: Page) -> None:
    """At 60x the provider's minutes are seconds; what it does is listed with its timing."""
    stand.world.segmind.queue_seconds = stand.world.segmind.processing_seconds = 30.0
    await watcher.open(stand.page.url)
    await page.get_by_role("radio", name="60\N{MULTIPLICATION SIGN}").check(force=True)
    await expect(page.get_by_role("radio", name="60\N{MULTIPLICATION SIGN}")).to_be_checked()

    await watcher.command("sora create", ["a cat"])

    await watcher.shows("COMPLETED")
    calls = page.get_by_role("region", name="Calls")
    await expect(calls).to_contain_text("POST /v2/wan2.7-t2v")
    await expect(calls).to_contain_text("/callback")


async def test_the_page_comes_back_by_itself(stand: Stand, watcher: Watcher, page: Page) -> None:
    """The line is lost and found again; who one is and what was said is there as before."""
    await watcher.open(stand.page.url)
    await watcher.be("Moss")
    await watcher.box.fill("hello there")
    await page.keyboard.press("Enter")
    await watcher.shows("hello there")

    await stand.page.close()
    await expect(page.get_by_text("The connection was lost")).to_be_visible()
    await stand.world.channel.post(stand.world.ada, "said meanwhile")
    await stand.page.start()

    await expect(page.get_by_text("The connection was lost")).to_be_hidden(timeout=30_000)
    await watcher.shows("said meanwhile")
    await expect(page.locator("#you")).to_contain_text("Moss")
    await expect(page.locator(".message")).to_have_count(2)
    # What the browser itself says of a server that is not there.
    watcher.errors = [each for each in watcher.errors if not each.startswith(REFUSED_SOCKET)]


async def test_the_focus_stays_with_the_bots_buttons(
    stand: Stand, watcher: Watcher, page: Page
) -> None:
    """Killed by keyboard, the bot is started by the next key: the focus goes where that is."""
    await watcher.open(stand.page.url)
    await page.get_by_role("button", name="Kill it with -9").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Start it")).to_be_focused()

    await page.keyboard.press("Enter")

    await expect(page.get_by_role("button", name="Kill it with -9")).to_be_focused()
    await expect(page.get_by_text("running and connected")).to_be_visible()
