"""The look of the page: for the eye, the keyboard and the ear, on a phone, with many messages."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.watcher import Watcher
from tests.sandbox.chat.conftest import Scene

pytestmark = pytest.mark.slow  # a browser for each

PHONE = {"width": 360, "height": 740}
TOO_WIDE = """() => [...document.querySelectorAll('body *')]
    .filter(each => each.getBoundingClientRect().right > innerWidth + 1
        && !each.closest('.unseen, .scroll, pre'))
    .map(each => each.className)"""
NAMELESS = """() => [...document.querySelectorAll('button, a, input:not([hidden]), textarea')]
    .filter(each => each.checkVisibility() && !each.getAttribute('aria-label')
        && !each.textContent.trim() && !each.labels?.length)
    .map(each => each.outerHTML)"""


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_the_scheme_is_the_readers(
    scene: Scene, watcher: Watcher, page: Page, scheme: str
) -> None:
    """Text and ground follow what the system asks for, and stand out from one another."""
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await watcher.open(scene.page.url)

    ground, text = await page.evaluate(
        "() => ['backgroundColor', 'color'].map(name => getComputedStyle(document.body)[name]"
        ".match(/\\d+/g).slice(0, 3).reduce((sum, each) => sum + Number(each), 0))"
    )

    assert (ground < text) is (scheme == "dark")
    assert abs(ground - text) > 450


async def test_everything_fits_on_a_phone(scene: Scene, watcher: Watcher, page: Page) -> None:
    """At 360 pixels nothing sticks out; the sides open over the chat and close again."""
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a ViewportSize
    await watcher.open(scene.page.url)
    await scene.channel.post(scene.ada, "a-very-long-word" * 40 + " `code that is long too` " * 9)
    await watcher.shows("a-very-long-word")
    assert await page.evaluate(TOO_WIDE) == []
    await expect(page.get_by_role("heading", level=1)).to_have_text("# videos")
    await expect(page.get_by_role("heading", level=1)).to_be_in_viewport()

    await page.get_by_role("button", name="Channels and people").click()
    await expect(page.get_by_role("radio", name="Ada")).to_be_in_viewport()
    assert await page.evaluate(TOO_WIDE) == []
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("radio", name="Ada")).to_have_count(0)
    await page.get_by_role("button", name="Underneath").click()
    await expect(page.get_by_role("heading", name="Ledger")).to_be_attached()
    assert await page.evaluate(TOO_WIDE) == []
    await page.locator("#panel").get_by_role("button", name="Close").click()
    await expect(page.get_by_role("heading", name="Ledger")).to_have_count(0)


async def test_every_control_has_a_name(scene: Scene, watcher: Watcher, page: Page) -> None:
    """Buttons, links and fields say what they are to those who do not see them."""
    await watcher.open(scene.page.url)
    await scene.channel.post(scene.ada, "hello")
    await watcher.shows("hello")

    assert await page.evaluate(NAMELESS) == []


async def test_the_page_can_be_walked_by_tab(scene: Scene, watcher: Watcher, page: Page) -> None:
    """The first stop leads past everything to the box; what has the focus shows it."""
    await watcher.open(scene.page.url)
    await page.evaluate("() => document.activeElement.blur()")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the message box")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Attach a file")).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(watcher.box).to_be_focused()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Send")).to_have_css("outline-style", "solid")


async def test_motion_is_left_out_where_it_is_not_wanted(
    scene: Scene, watcher: Watcher, page: Page
) -> None:
    """Nothing blinks or slides for who has asked the system for less motion."""
    await page.emulate_media(reduced_motion="reduce")
    await watcher.open(scene.page.url)

    moving = await page.evaluate(
        "() => [...document.querySelectorAll('*')].filter(each => {"
        " const style = getComputedStyle(each);"
        " return style.animationName !== 'none' || parseFloat(style.transitionDuration) > 0;"
        "}).length"
    )

    assert moving == 0


async def test_many_messages_are_drawn_only_where_they_are_seen(
    scene: Scene, watcher: Watcher, page: Page
) -> None:
    """Of hundreds the page shows the newest; who reads further up is not torn away."""
    for number in range(300):
        await scene.channel.post(scene.ada, f"message {number}")
    await watcher.open(scene.page.url)
    await expect(page.get_by_text("message 299", exact=True)).to_be_in_viewport()
    skipped = await page.evaluate(
        "() => [...document.querySelectorAll('.message')].filter(each =>"
        " !each.querySelector('.message-content')"
        ".checkVisibility({ contentVisibilityAuto: true })).length"
    )
    assert skipped > 200

    await page.locator("#timeline").hover()
    await page.mouse.wheel(0, -3000)
    await expect(page.get_by_text("message 299", exact=True)).not_to_be_in_viewport()
    await scene.channel.post(scene.ada, "message 300")
    newer = page.get_by_role("button", name="New messages")
    await expect(newer).to_be_visible()
    await expect(page.get_by_text("message 300", exact=True)).not_to_be_in_viewport()
    await newer.click()
    await expect(page.get_by_text("message 300", exact=True)).to_be_in_viewport()
