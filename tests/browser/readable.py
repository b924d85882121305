"""Whether a message can be read and used on the page, at a desk and on a phone."""

import os
from pathlib import Path

from playwright.async_api import Locator, Page, ViewportSize

SIZES: dict[str, ViewportSize] = {
    "desk": {"width": 1440, "height": 900},
    "phone": {"width": 390, "height": 844},
}
STICKS_OUT = """shown => {
    const width = document.documentElement.clientWidth;
    const beyond = each => {
        const box = each.getBoundingClientRect();
        const wide = each.scrollWidth > each.clientWidth + 1
            && getComputedStyle(each).display !== 'inline';
        return box.width && (box.right > width + 1 || box.left < -1 || wide);
    };
    const out = [shown, ...shown.querySelectorAll('*')]
        .filter(each => !each.closest('.unseen') && beyond(each))
        .map(each => `${each.tagName}.${each.className}: ${each.textContent}`);
    if (document.documentElement.scrollWidth > width) out.push('the page scrolls sideways');
    return out;
}"""
NAMELESS = """shown => [...shown.querySelectorAll('button, a')]
    .filter(each => each.checkVisibility() && !each.textContent.trim()
        && !each.getAttribute('aria-label'))
    .map(each => each.outerHTML)"""


async def assert_readable(page: Page, shown: Locator, name: str, size: str) -> None:
    """Check that a message is whole within this width, and none of it says that we are at a loss.

    A picture of it is kept in the folder that the variable SHOTS names.
    """
    await page.set_viewport_size(SIZES[size])
    await shown.scroll_into_view_if_needed()
    if folder := os.environ.get("SHOTS"):
        await shown.screenshot(path=Path(folder, f"{name}-{size}.png"))
    assert "Something went wrong" not in (await shown.text_content() or "")
    assert await shown.evaluate(STICKS_OUT) == [], f"{name}, {size}"
    assert await shown.evaluate(NAMELESS) == [], f"{name}, {size}"
