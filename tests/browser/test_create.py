"""What a newcomer does: a command by keyboard, and a video that plays."""

import io

import pytest
from PIL import Image
from playwright.async_api import FilePayload, Page, expect

from bot.sandbox.moderation import FORBIDDEN_WORD
from tests.browser.stand import Stand
from tests.browser.watcher import PATIENCE_MS, Watcher

pytestmark = pytest.mark.slow  # a browser for each

LONG_SECONDS = 1000.0
PLAYING = "video => new Promise(seen => video.addEventListener('timeupdate', () => {"
PLAYING += " if (video.currentTime > 0.2) seen(video.currentTime); }))"


def picture() -> FilePayload:
    """Draw a picture to start from."""
    drawn = io.BytesIO()
    Image.effect_mandelbrot((720, 1280), (-2, -1.5, 1, 1.5), 40).save(drawn, "PNG")
    return {"name": "start.png", "mimeType": "image/png", "buffer": drawn.getvalue()}


async def test_a_newcomer_makes_a_video_by_keyboard(stand: Stand, watcher: Watcher) -> None:
    """The list of commands, the form, each state as it happens, and a video that plays."""
    page, segmind = watcher.page, stand.world.segmind
    segmind.queue_seconds = segmind.processing_seconds = LONG_SECONDS
    await watcher.open(stand.page.url)

    await page.keyboard.press("/")
    await expect(watcher.suggested.first).to_contain_text("sora create")
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Tab")
    await page.keyboard.type("A paper boat sails down a rainy street")
    await page.keyboard.press("Tab")
    await page.keyboard.type("sora 2 pro")
    await page.keyboard.press("Tab")
    await page.keyboard.type("4")
    await page.keyboard.press("Enter")

    await watcher.shows("QUEUED")
    await watcher.shows("Ada used /sora create")
    await watcher.shows("Sora 2 Pro · 4 s")
    await segmind.wait_submitted(1)
    segmind.clock.advance(LONG_SECONDS)
    await watcher.shows("PROCESSING")
    segmind.clock.advance(LONG_SECONDS)
    await watcher.shows("COMPLETED")
    video = watcher.last.locator("video")
    await expect(video).to_be_visible()
    await video.evaluate("video => { video.muted = true; return video.play(); }")
    assert await video.evaluate(PLAYING) > 0.2
    await video.evaluate(
        "video => new Promise(seen => { video.onseeked = seen; video.currentTime = 3; })"
    )
    assert await video.evaluate("video => video.currentTime") >= 3


async def test_the_video_plays_on_while_the_message_changes(stand: Stand, watcher: Watcher) -> None:
    """An edit makes anew only what it changes."""
    await watcher.open(stand.page.url)
    await watcher.command("sora create", ["a cat"])
    await watcher.shows("COMPLETED")
    video = watcher.last.locator("video")
    await video.evaluate("video => { video.kept = true; }")
    [message] = stand.world.channel.messages
    path = f"{stand.world.discord.api_url}/channels/{message.channel_id}/messages/{message.id}"
    headers = {"Authorization": f"Bot {stand.world.discord.token}"}

    answer = await watcher.page.request.patch(path, headers=headers, data={"content": "changed"})

    assert answer.ok
    await watcher.shows("changed")
    assert await video.evaluate("video => video.kept")


async def test_a_prompt_stays_text(stand: Stand, watcher: Watcher) -> None:
    """Markup in a prompt is shown as it was typed, and does nothing."""
    page = watcher.page
    await watcher.open(stand.page.url)
    prompt = "<img src=x onerror=\"document.title='taken'\"> **not bold** ||seen||"

    await watcher.command("sora create", [prompt])

    await watcher.shows("COMPLETED")
    await watcher.shows(prompt)
    assert await watcher.last.locator(".embed img").count() == 0
    assert await page.title() == "# videos · Film club"


async def test_what_the_real_client_refuses_is_refused_in_the_form(
    stand: Stand, watcher: Watcher, page: Page
) -> None:
    """The form stays, says why, and points to the field."""
    await watcher.open(stand.page.url)
    await watcher.pick("sora create")

    await page.keyboard.press("Enter")

    await expect(watcher.form.get_by_role("alert")).to_have_text("The option 'prompt' is required")
    await expect(watcher.form.get_by_label("prompt")).to_be_focused()
    await expect(watcher.form.get_by_label("prompt")).to_have_attribute("aria-invalid", "true")
    await page.keyboard.press("Escape")
    await expect(watcher.box).to_be_focused()
    assert stand.world.channel.messages == []


async def test_what_the_model_lacks_is_offered_as_the_nearest_choice(
    stand: Stand, watcher: Watcher, page: Page
) -> None:
    """The answer has a button; pressed, it makes the video that can be made."""
    await watcher.open(stand.page.url)
    await watcher.pick("sora create")
    await page.keyboard.type("a cat")
    await watcher.form.get_by_label("model").fill("sora-2")
    await watcher.form.get_by_label("size").fill("1792x1024")
    await watcher.form.get_by_role("button", name="Send").press("Enter")
    await watcher.shows("The nearest that can be made")
    assert stand.world.segmind.generations == []

    await watcher.last.get_by_role("button", name="1280x720").press("Enter")

    await expect(page.locator(".message video")).to_be_visible(timeout=PATIENCE_MS)
    [generation] = stand.world.segmind.generations
    assert generation.order.prompt == "a cat"


async def test_a_picture_is_given_with_the_command(
    stand: Stand, watcher: Watcher, page: Page
) -> None:
    """Chosen for the option, shown in the answer, and handed to the provider."""
    await watcher.open(stand.page.url)
    await watcher.pick("sora create")
    await page.keyboard.type("it moves")
    async with page.expect_file_chooser() as chooser:
        await watcher.form.get_by_label("image").press("Enter")
    await (await chooser.value).set_files(picture())
    await expect(watcher.form.get_by_label("image")).to_contain_text("start.png")
    await watcher.form.get_by_role("button", name="Send").press("Enter")

    await watcher.shows("COMPLETED")
    await expect(watcher.last.locator(".embed img")).to_be_visible()
    [generation] = stand.world.segmind.generations
    assert "image" in generation.body


async def test_a_picture_in_a_message_is_animated(
    stand: Stand, watcher: Watcher, page: Page
) -> None:
    """Posted by a member, taken from the message's menu, told what happens, and made."""
    await watcher.open(stand.page.url)
    await page.locator("#composer input[type=file]").set_input_files(picture())
    await expect(page.get_by_role("button", name="Remove start.png")).to_be_visible()
    await watcher.box.press("Enter")
    await expect(watcher.last.get_by_role("img", name="start.png")).to_be_visible()

    await watcher.last.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem", name="Animate this picture")).to_be_focused()
    await page.keyboard.press("Enter")
    form = page.get_by_role("dialog", name="Animate this picture")
    await form.get_by_label("What happens?").fill("it moves")
    await form.get_by_role("button", name="Submit").press("Enter")

    await expect(form).to_have_count(0)
    await watcher.shows("COMPLETED")
    await expect(watcher.last.locator("video")).to_be_visible()
    [generation] = stand.world.segmind.generations
    assert "image" in generation.body


async def test_somebody_without_a_budget_is_helped_by_an_admin(
    stand: Stand, watcher: Watcher, page: Page
) -> None:
    """Out of budget, become admin, grant credits, try again."""
    await watcher.open(stand.page.url)
    await watcher.be("Bela")
    await watcher.command("sora create", ["a cat"])
    await watcher.shows("Only you can see this")
    await watcher.shows("0 credits")
    assert stand.world.segmind.generations == []

    await watcher.be("Root")
    await expect(page.get_by_text("Only you can see this")).to_have_count(0)
    await watcher.pick("budget grant")
    await page.keyboard.type("bel")
    await expect(watcher.suggested).to_have_text("@Bela")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.type("120")
    await page.keyboard.press("Enter")
    await watcher.shows("Granted 120 credits ($1.20) to @Bela")

    await watcher.be("Bela")
    await watcher.command("sora create", ["a cat"])
    await watcher.shows("COMPLETED")
    await expect(page.get_by_role("region", name="Ledger")).to_contain_text("grant")


async def test_what_came_to_nothing_is_edited_and_leads_on(stand: Stand, watcher: Watcher) -> None:
    """The prompt is there to be changed; the button then leads to the message of the new order."""
    page = watcher.page
    await watcher.open(stand.page.url)
    await watcher.command("sora create", [f"a {FORBIDDEN_WORD} cat", "sora 2"])
    await watcher.shows("FAILED")
    refused = page.locator(".message", has_text="FAILED").last

    await refused.get_by_role("button", name="Edit prompt").click()
    prompt = page.get_by_role("textbox", name="Prompt required")
    await expect(prompt).to_have_value(f"a {FORBIDDEN_WORD} cat")
    await prompt.fill("a friendly cat")
    await page.get_by_role("button", name="Submit").click()

    await watcher.shows("a friendly cat")
    await refused.get_by_role("link", name="Ordered: #").click()
    await expect(watcher.last).to_be_focused()
