"""A command's options as fields: each type as the real client asks for it, by keyboard."""

from collections.abc import Mapping
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.browser.watcher import Watcher
from tests.sandbox.chat.conftest import Scene
from tests.sandbox.discord.raw import Rest, Socket

pytestmark = pytest.mark.slow  # a browser for each

KINDS: dict[str, dict[str, Any]] = {
    "word": {"type": 3, "required": True, "max_length": 20},
    "way": {"type": 3, "autocomplete": True},
    "count": {"type": 4, "min_value": 1, "max_value": 9},
    "share": {"type": 10},
    "sure": {"type": 5},
    "level": {"type": 4, "choices": [{"name": "low", "value": 1}, {"name": "high", "value": 2}]},
    "who": {"type": 6},
    "where": {"type": 7},
    "role": {"type": 8},
    "any": {"type": 9},
    "file": {"type": 11},
}
SLASH_COMMAND = 2
DROP = """(zone, [name, text]) => {
    const carried = new DataTransfer();
    carried.items.add(new File([text], name));
    zone.dispatchEvent(new DragEvent('drop', { dataTransfer: carried, bubbles: true }));
}"""


async def register(scene: Scene, rest: Rest, kinds: Mapping[str, Mapping[str, Any]]) -> None:
    """Register /ask with these options."""
    options = [{"name": name, "description": f"The {name}", **kind} for name, kind in kinds.items()]
    path = f"/applications/{scene.discord.application_id}/commands"
    body = [{"name": "ask", "description": "Ask for things", "options": options}]
    answer = await rest("PUT", path, body)
    assert answer.status == 200, answer.body


async def choose(page: Page, field: Locator, typed: str, suggested: Locator, name: str) -> None:
    """Choose by typing into a field and taking what is offered."""
    await field.focus()
    await page.keyboard.type(typed)
    await expect(suggested).to_have_text([name])
    await page.keyboard.press("Enter")
    await expect(suggested).to_have_count(0)


async def test_every_type_of_option(
    scene: Scene, rest: Rest, gateway: Socket, watcher: Watcher, page: Page
) -> None:
    """Texts, numbers, choices, people, places, roles and a file reach the bot as they should."""
    scene.guild.add_role("Critics")
    kinds = {name: kind for name, kind in KINDS.items() if name != "way"}
    await register(scene, rest, kinds)
    await watcher.open(scene.page.url)
    await watcher.pick("ask")
    form, offered = watcher.form, watcher.suggested

    await form.get_by_label("word").fill("cats")
    await form.get_by_label("count").fill("3")
    await form.get_by_label("share").fill("0.5")
    for name, typed in (("sure", "yes"), ("level", "high")):
        await form.get_by_label(name).focus()
        await page.keyboard.type(typed)
    await choose(page, form.get_by_label("who"), "roo", offered, "@Root")
    await choose(page, form.get_by_label("where"), "#vid", offered, "#videos")
    await choose(page, form.get_by_label("role"), "crit", offered, "@Critics")
    await choose(page, form.get_by_label("any"), "@ad", offered, "@Ada")
    await form.get_by_label("file").evaluate(DROP, ["cat.txt", "meow"])
    await expect(form.get_by_label("file")).to_contain_text("cat.txt · 4 bytes")
    await form.get_by_role("button", name="Send").press("Enter")

    data = (await gateway.event("INTERACTION_CREATE"))["data"]
    given = {option["name"]: option["value"] for option in data["options"]}
    role = scene.guild.roles[-1]
    [(file_id, file)] = data["resolved"]["attachments"].items()
    assert given == {
        "word": "cats",
        "count": 3,
        "share": 0.5,
        "sure": True,
        "level": 2,
        "who": str(scene.admin.id),
        "where": str(scene.channel.id),
        "role": str(role.id),
        "any": str(scene.ada.id),
        "file": file_id,
    }
    assert (file["filename"], file["size"]) == ("cat.txt", 4)


async def test_what_is_not_filled_in_is_not_sent(
    scene: Scene, rest: Rest, gateway: Socket, watcher: Watcher, page: Page
) -> None:
    """Only what was given goes to the bot; required options are marked."""
    await register(scene, rest, KINDS)
    await watcher.open(scene.page.url)
    await watcher.pick("ask")
    required = [
        await field.get_attribute("aria-required")
        for field in await watcher.form.locator("[aria-required]").all()
    ]
    assert required == ["true", *["false"] * (len(KINDS) - 1)]

    await page.keyboard.type("dogs")
    await page.keyboard.press("Enter")

    data = (await gateway.event("INTERACTION_CREATE"))["data"]
    assert [(each["name"], each["value"]) for each in data["options"]] == [("word", "dogs")]


async def test_numbers_are_held_to_their_range(
    scene: Scene, rest: Rest, watcher: Watcher, page: Page
) -> None:
    """The form says what is wrong and goes to the field."""
    await register(scene, rest, KINDS)
    await watcher.open(scene.page.url)
    await watcher.pick("ask")
    await page.keyboard.type("dogs")
    count = watcher.form.get_by_label("count")
    for typed, words in (("10", "outside the range 1 to 9"), ("many", "not of the type")):
        await count.fill(typed)
        await page.keyboard.press("Enter")
        await expect(watcher.form.get_by_role("alert")).to_contain_text(words)
        await expect(count).to_be_focused()


async def test_suggestions_open_and_close_by_keyboard(
    scene: Scene, rest: Rest, watcher: Watcher, page: Page
) -> None:
    """Arrow down opens, Escape closes the list first and the command then; Tab only passes by."""
    await register(scene, rest, {name: KINDS[name] for name in ("who", "count")})
    await watcher.open(scene.page.url)
    await watcher.pick("ask")
    who = watcher.form.get_by_label("who")
    await expect(who).to_have_attribute("aria-expanded", "false")
    await page.keyboard.press("ArrowDown")
    await expect(watcher.suggested).to_have_text(["@Ada", "@Root"])
    await expect(who).to_have_attribute("aria-expanded", "true")
    await page.keyboard.press("ArrowDown")
    active = await who.get_attribute("aria-activedescendant")
    await expect(page.locator(f"#{active}")).to_have_text("@Root")

    await page.keyboard.press("Escape")
    await expect(watcher.suggested).to_have_count(0)
    await expect(watcher.form).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(watcher.form.get_by_label("count")).to_be_focused()
    assert await who.input_value() == ""
    await page.keyboard.press("Escape")
    await expect(watcher.form).to_have_count(0)


async def test_escape_does_not_lose_what_was_filled_in(
    scene: Scene, rest: Rest, watcher: Watcher, page: Page
) -> None:
    """It asks; pressed again it gives the command up. What is typed meanwhile is worth asking."""
    await register(scene, rest, {name: KINDS[name] for name in ("word", "who", "count")})
    await watcher.open(scene.page.url)
    asking = watcher.form.get_by_text("Press Esc again to give up what you have filled in.")
    for name, typed in (("word", "cats"), ("who", "nobody")):
        await watcher.pick("ask")
        await watcher.form.get_by_label(name).focus()
        await page.keyboard.type(typed)
        await page.keyboard.press("Escape")
        await expect(asking).to_be_visible()
        await expect(watcher.form.get_by_label(name)).to_have_value(typed)
        await page.keyboard.type("!")
        await expect(asking).to_have_count(0)
        for _ in range(2):
            await page.keyboard.press("Escape")
        await expect(watcher.form).to_have_count(0)


async def test_enter_picks_nothing_that_was_offered_before(
    scene: Scene, rest: Rest, gateway: Socket, watcher: Watcher, page: Page
) -> None:
    """Who types faster than the bot answers sends what was typed, not the first of the list."""
    await register(scene, rest, {"way": {"type": 4, "autocomplete": True}})
    await watcher.open(scene.page.url)
    await watcher.pick("ask")
    await watcher.form.get_by_label("way").click()
    asked = await gateway.event("INTERACTION_CREATE")
    await rest.respond(asked, {"type": 8, "data": {"choices": [{"name": "seven", "value": 7}]}})
    await expect(watcher.suggested).to_have_text(["seven"])

    await page.keyboard.type("77")
    await page.keyboard.press("Enter")

    used = asked
    while used["type"] != SLASH_COMMAND:
        used = await gateway.event("INTERACTION_CREATE")
    assert [each["value"] for each in used["data"]["options"]] == [77]


async def test_people_are_found_as_fast_as_one_types(
    scene: Scene, rest: Rest, watcher: Watcher, page: Page
) -> None:
    """The list follows each letter at once: Enter right after a name picks whose name it is."""
    await register(scene, rest, {"who": {"type": 6}})
    await watcher.open(scene.page.url)
    await watcher.pick("ask")
    await watcher.form.get_by_label("who").click()
    await expect(watcher.suggested).to_have_text(["@Ada", "@Root"])

    await page.keyboard.type("root")
    await page.keyboard.press("Enter")

    await expect(watcher.form.get_by_label("who")).to_have_value("@Root")
