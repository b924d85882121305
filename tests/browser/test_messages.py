"""Messages as a bot can make them, shown and used; the bot is played by the test."""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.watcher import Watcher
from tests.sandbox.chat.conftest import Scene
from tests.sandbox.discord.raw import Rest, Socket

pytestmark = pytest.mark.slow  # a browser for each

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360f8cfc000000301010018dd8db00000000049454e44ae426082"
)


async def post(scene: Scene, rest: Rest, body: dict[str, Any], **files: Any) -> str:
    """Let the bot post a message; give its id."""
    path = f"/channels/{scene.channel.id}/messages"
    answer = await rest("POST", path, body, **files)
    assert answer.status == 200, answer.body
    return str(answer.body["id"])


async def test_an_embed_is_shown_as_people_know_it(
    scene: Scene, rest: Rest, watcher: Watcher, page: Page
) -> None:
    """Colour, author, title, fields, picture with its words, footer and time."""
    embed = {
        "title": "A **title**",
        "url": "https://example.com/x",
        "description": "Some ||secret|| words",
        "color": 0x1A7F37,
        "author": {"name": "The author"},
        "fields": [{"name": "Price", "value": "`40`", "inline": True}],
        "image": {"url": "attachment://chart.png"},
        "thumbnail": {"url": "https://elsewhere.example/x.png"},
        "footer": {"text": "Job #1"},
        "timestamp": "2026-11-20T10:00:00+00:00",
    }
    attachments = [{"id": 0, "filename": "chart.png", "description": "Videos a day"}]
    await watcher.open(scene.page.url)

    body = {"embeds": [embed], "attachments": attachments}
    await post(scene, rest, body, files={"files[0]": ("chart.png", PIXEL)})

    shown = watcher.last.locator(".embed")
    await expect(shown).to_have_css("border-left-color", "rgb(26, 127, 55)")
    for text in ("The author", "A title", "Price", "40", "Job #1"):
        await expect(shown).to_contain_text(text)
    await expect(shown.get_by_role("link", name="A title")).to_have_attribute(
        "href", "https://example.com/x"
    )
    await expect(shown.get_by_role("img", name="Videos a day")).to_be_visible()
    assert await watcher.last.locator("img").count() == 1, "once, and none from elsewhere"
    await shown.get_by_role("button", name="Spoiler").press("Enter")
    await expect(shown.locator(".spoiler.open")).to_have_text("secret")


async def test_times_count(scene: Scene, rest: Rest, watcher: Watcher, page: Page) -> None:
    """A relative time changes by itself, without an edit."""
    await watcher.open(scene.page.url)
    now = int(await page.evaluate("Date.now() / 1000"))
    await post(scene, rest, {"content": f"ready <t:{now + 50}:R>"})
    time = watcher.last.locator(".moment time")
    first = await time.text_content()
    assert first is not None
    assert "second" in first

    await expect(time).not_to_have_text(first)


async def test_a_file_to_save(scene: Scene, rest: Rest, watcher: Watcher, page: Page) -> None:
    """A CSV file is a link that saves it under its name."""
    await watcher.open(scene.page.url)
    files = {"files[0]": ("report.csv", b"a,b\n1,2\n")}
    await post(scene, rest, {"content": "x"}, files=files)

    async with page.expect_download() as saved:
        await watcher.last.get_by_role("link", name="report.csv").click()

    download = await saved.value
    assert download.suggested_filename == "report.csv"
    assert await asyncio.to_thread((await download.path()).read_bytes) == b"a,b\n1,2\n"


async def test_a_select_a_form_and_an_answer_by_keyboard(
    scene: Scene, rest: Rest, gateway: Socket, watcher: Watcher, page: Page
) -> None:
    """Two values are chosen, the form is filled and sent, and its answer is for the visitor."""
    options = [{"label": each, "value": each.lower()} for each in ("Alpha", "Beta", "Gamma")]
    select = {"type": 3, "custom_id": "pick", "options": options, "min_values": 2, "max_values": 2}
    components = [{"type": 1, "components": [select]}]
    await watcher.open(scene.page.url)
    await post(scene, rest, {"content": "Choose", "components": components})

    await watcher.last.get_by_role("button", name="Choose").press("Enter")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Done")).to_be_disabled()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Space")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    interaction = await gateway.event("INTERACTION_CREATE")
    assert interaction["data"]["values"] == ["alpha", "beta"]
    text = {"type": 4, "custom_id": "why", "style": 2}
    labels = [{"type": 18, "label": "Why", "component": text}]
    modal = {"custom_id": "form", "title": "Tell us", "components": labels}
    await rest.respond(interaction, {"type": 9, "data": modal})
    sheet = page.get_by_role("dialog", name="Tell us")
    await expect(sheet.get_by_label("Why")).to_be_focused()
    await sheet.get_by_role("button", name="Submit").press("Enter")
    await expect(sheet.get_by_role("alert")).to_contain_text("'why'")
    await sheet.get_by_label("Why").fill("because")
    await page.keyboard.press("Escape")
    await expect(sheet.get_by_role("alert")).to_contain_text("Press Esc again to give up")
    await sheet.get_by_role("button", name="Submit").press("Enter")
    submitted = await gateway.event("INTERACTION_CREATE")
    assert submitted["data"]["components"][0]["component"]["value"] == "because"
    await rest.respond(submitted, {"type": 4, "data": {"content": "thanks", "flags": 64}})

    await expect(sheet).to_have_count(0)
    await watcher.shows("Only you can see this")
    await watcher.last.get_by_role("button", name="Dismiss message").press("Enter")
    await expect(page.locator(".message", has_text="thanks")).to_have_count(0)


async def test_a_button_that_the_message_changes(
    scene: Scene, rest: Rest, gateway: Socket, watcher: Watcher, page: Page
) -> None:
    """Pressed, answered by an edit; the focus stays on the button, and the edit can be read."""
    button = {"type": 2, "style": 1, "label": "More", "custom_id": "more"}
    components = [{"type": 1, "components": [button]}]
    await watcher.open(scene.page.url)
    await post(scene, rest, {"content": "one", "components": components})

    await watcher.last.get_by_role("button", name="More").press("Enter")
    interaction = await gateway.event("INTERACTION_CREATE")
    changed = [{"type": 1, "components": [button | {"style": 2}]}]
    await rest.respond(interaction, {"type": 7, "data": {"content": "two", "components": changed}})

    await watcher.shows("two")
    await expect(watcher.last.get_by_role("button", name="More")).to_be_focused()
    await watcher.last.get_by_role("button", name="Edited").press("Enter")
    history = page.get_by_role("dialog", name="Edits of this message")
    await expect(history.get_by_role("listitem").first).to_contain_text("two")
    await expect(history.get_by_role("listitem").last).to_contain_text("one")
    await page.keyboard.press("Escape")
    await expect(history).to_have_count(0)


async def test_a_messages_menu_by_keyboard(
    scene: Scene, rest: Rest, gateway: Socket, watcher: Watcher, page: Page
) -> None:
    """Arrows go from message to message, Enter opens the menu with the bot's commands."""
    path = f"/applications/{scene.discord.application_id}/commands"
    await rest("PUT", path, [{"name": "Look at this", "type": 3}])
    await watcher.open(scene.page.url)
    first = await post(scene, rest, {"content": "one"})
    await post(scene, rest, {"content": "two"})
    await watcher.shows("two")

    await watcher.last.focus()
    await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("menuitem", name="Look at this")).to_be_focused()
    await page.keyboard.press("Enter")

    interaction = await gateway.event("INTERACTION_CREATE")
    assert interaction["data"]["target_id"] == first
    await rest.respond(interaction, {"type": 4, "data": {"content": "seen"}})
    await watcher.shows("seen")
    await watcher.shows("Ada used Look at this")


async def test_who_hears_the_page_hears_what_is_new(
    scene: Scene, rest: Rest, watcher: Watcher, page: Page
) -> None:
    """New messages and what changes in them are announced politely, without markup."""
    await watcher.open(scene.page.url)
    announcer = page.get_by_role("status").last
    embed = {"title": "A video", "fields": [{"name": "QUEUED", "value": "soon"}]}
    message = await post(scene, rest, {"embeds": [embed]})
    await expect(announcer).to_have_text("Sora Bot: A video, QUEUED")

    changed = {"title": "A video", "fields": [{"name": "COMPLETED", "value": "done"}]}
    await rest("PATCH", f"/channels/{scene.channel.id}/messages/{message}", {"embeds": [changed]})

    await expect(announcer).to_have_text("Sora Bot: A video, COMPLETED")
    await expect(announcer).to_have_attribute("aria-live", "polite")


async def test_a_file_is_posted_with_a_message(scene: Scene, watcher: Watcher, page: Page) -> None:
    """A picture that a member posts is shown in the chat."""
    await watcher.open(scene.page.url)
    picture = {"name": "cat.png", "mimeType": "image/png", "buffer": PIXEL}
    await page.locator("#composer input[type=file]").set_input_files(picture)  # type: ignore[arg-type]  # a FilePayload
    await expect(page.get_by_role("button", name="Remove cat.png")).to_be_visible()
    await watcher.box.fill("look")
    await page.keyboard.press("Enter")

    await watcher.shows("look")
    await expect(watcher.last.get_by_role("img", name="cat.png")).to_be_visible()
