"""Every text stands out from its ground: 4.5 to 1 or more, 3 to 1 where it is large (WCAG 2.2)."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.stand import Stand
from tests.browser.watcher import Watcher

pytestmark = pytest.mark.slow  # a browser for each

# Colours are drawn on a canvas, which knows every way to write them, and blended as they lie over
# one another. What is disabled may be faint.
FAINT = """() => {
    const pen = Object.assign(document.createElement('canvas'), { width: 1, height: 1 })
        .getContext('2d', { willReadFrequently: true });
    const colour = written => {
        pen.clearRect(0, 0, 1, 1);
        pen.fillStyle = written;
        pen.fillRect(0, 0, 1, 1);
        const [red, green, blue, alpha] = pen.getImageData(0, 0, 1, 1).data;
        return [red, green, blue, alpha / 255];
    };
    const over = (upper, lower) => [0, 1, 2]
        .map(each => upper[each] * upper[3] + lower[each] * (1 - upper[3]));
    const light = shown => shown.map(each => each / 255)
        .map(each => each <= .04045 ? each / 12.92 : ((each + .055) / 1.055) ** 2.4)
        .reduce((sum, each, index) => sum + each * [.2126, .7152, .0722][index], 0);
    const ground = element => element === null ? [255, 255, 255]
        : over(colour(getComputedStyle(element).backgroundColor), ground(element.parentElement));
    const contrast = (element, written) => {
        const below = ground(element);
        const [high, low] = [over(colour(written), below), below].map(light)
            .sort((one, other) => other - one);
        return (high + .05) / (low + .05);
    };
    const seen = [...document.querySelectorAll('body *')].filter(each => each.checkVisibility()
        && !each.closest('.unseen, .skip, :disabled, [inert], .avatar.bot'));
    return seen.flatMap(each => {
        const hollow = each.matches('input, textarea') && !each.value;
        const says = hollow ? each.placeholder
            : [...each.childNodes].some(node => node.nodeType === 3 && node.data.trim());
        const style = getComputedStyle(each, hollow ? '::placeholder' : null);
        const least = parseFloat(style.fontSize) >= 24 ? 3 : 4.5;
        const found = contrast(each, style.color);
        return says && found < least
            ? [`${each.className || each.tagName}: ${found.toFixed(2)}`] : [];
    });
}"""


@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_texts_stand_out(stand: Stand, watcher: Watcher, page: Page, scheme: str) -> None:
    """In the chat with the bot's answers, in the lists, in a command's form, and underneath."""
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    await watcher.open(stand.page.url)
    await watcher.command("sora create", ["a cat"])
    await watcher.shows("COMPLETED")
    await watcher.be("Bela")
    await watcher.command("sora create", ["a cat"])
    await watcher.shows("Nothing was charged")
    await watcher.be("Ada")
    await watcher.command("sora guide")
    await watcher.shows("How to make a video")
    assert await page.evaluate(FAINT) == []

    await watcher.box.press_sequentially("/sora create")
    await expect(watcher.suggested.first).to_be_visible()
    assert await page.evaluate(FAINT) == []

    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")
    await expect(watcher.form.get_by_role("alert")).not_to_be_empty()
    assert await page.evaluate(FAINT) == []
