"""The log in pages, and the report of what was spent."""

import asyncio
import csv
import io
import re
from pathlib import Path

import pytest
from PIL import Image

from bot.app import App
from bot.credits import Payer, Spender
from bot.sandbox.discord import ClientRefusal, Message
from tests.e2e.harness import MovableClock, World, running_bot, text_of
from tests.files import read

pytestmark = pytest.mark.usefixtures("at_once")


def amounts(message: Message) -> list[int]:
    """Read the amounts that a page of the log lists."""
    return [int(each) for each in re.findall(r"\*\*\+(\d+)\*\* granted", text_of(message))]


def button(message: Message, label: str) -> tuple[str, bool]:
    """Read a button's id, and whether it can be pressed."""
    [row] = message.components
    [found] = [each for each in row["components"] if each["label"] == label]
    return found["custom_id"], not found.get("disabled", False)


async def turn(world: World, message: Message, label: str) -> None:
    """Press a button of the log and wait for the other page."""
    before = text_of(message)
    custom_id, can = button(message, label)
    assert can, label
    await world.discord.press(world.admin, message, custom_id)
    await world.until(lambda: text_of(message) != before)


async def test_the_logs_pages_can_be_turned_also_after_a_restart(
    world: World, clock: MovableClock
) -> None:
    """Nothing is left out or shown twice; what has happened meanwhile is on the newest page."""
    async with running_bot(world, clock) as app:
        ada = Spender(Payer(world.guild.id, world.ada.id))
        for amount in range(1, 24):
            await app.budgets.grant(ada, amount, world.admin.id, "x" * 200)
        use = await world.discord.use(world.admin, world.channel, "budget log", {})
        page = await world.answer(use)
        assert amounts(page) == list(range(23, 13, -1))
        assert not button(page, "Newer")[1]
        await turn(world, page, "Older")
        assert amounts(page) == list(range(13, 3, -1))

    async with running_bot(world, clock) as app:
        await turn(world, page, "Older")
        assert amounts(page) == [3, 2, 1]
        assert not button(page, "Older")[1]
        await turn(world, page, "Newer")
        assert amounts(page) == list(range(13, 3, -1))
        await app.budgets.grant(ada, 24, world.admin.id, "")
        await turn(world, page, "Newer")
        assert amounts(page) == list(range(23, 13, -1))
        await turn(world, page, "Newer")
        assert amounts(page) == list(range(24, 14, -1))


async def test_the_log_of_one_member_and_of_one_who_has_left(world: World, bot: App) -> None:
    """Each line says when in the reader's own time, who, how much and why, without any effect."""
    reason = "<@&1> **won** @everyone"
    await world.ask(world.admin, "budget grant", member=world.ada, amount="5", reason=reason)
    await world.ask(world.admin, "budget grant", member=world.admin, amount="6")
    await world.ask(world.admin, "budget pause")
    world.guild.remove_member(world.ada)
    use = await world.discord.use(
        world.admin, world.channel, "budget log", {"member": world.ada}, forced=True
    )
    message = await world.answer(use)

    text = text_of(message)
    assert f"Of <@{world.ada.id}> alone" in text
    [line] = [each for each in text.splitlines() if "granted" in each]
    assert re.match(r"<t:\d+:f> \*\*\+5\*\* granted · by <@\d+> · ", line)
    assert "\\*\\*won\\*\\*" in line
    assert message.mentioned == []
    everything = await world.ask(world.admin, "budget log")
    assert "**new videos paused**" in everything
    assert f"granted · <@{world.ada.id}> · by <@{world.admin.id}>" in everything


async def test_the_logs_buttons_are_the_admins(world: World, bot: App) -> None:
    """Who lost the permission, or presses what is another's, sees nothing."""
    use = await world.discord.use(world.admin, world.channel, "budget log", {})
    page = await world.answer(use)
    custom_id, _ = button(page, "Older")
    with pytest.raises(ClientRefusal, match="can't see"):
        await world.discord.press(world.ada, page, custom_id)
    pressed = await world.discord.press(world.ada, page, custom_id, forced=True)
    assert "Only members with the permission" in text_of(await world.answer(pressed))


async def test_the_report_shows_what_was_spent(world: World, bot: App) -> None:
    """A picture with words for screen readers, and a table; members go by their names there."""
    evil = world.guild.add_member("=cmd|' /C calc'!A0")
    left = world.guild.add_member("Bea")
    for member in (world.ada, world.ada, evil, left):
        await world.shown(await world.create(member), "COMPLETED")
    world.guild.remove_member(left)

    use = await world.discord.use(world.admin, world.channel, "budget report", {})
    message = await world.answer(use)

    assert message.ephemeral
    assert message.mentioned == []
    picture, table, videos = message.attachments
    assert [each.filename for each in message.attachments] == [
        "spending.png",
        "spending.csv",
        "videos.csv",
    ]
    text = text_of(message)
    assert "160 credits ($1.60) for 4 videos." in text
    assert "By member" not in text, "the picture shows that"
    [embed] = message.embeds
    assert embed["image"]["url"].startswith(picture.url.split("?", maxsplit=1)[0])
    words = picture.description
    assert words is not None
    assert "In all 160 credits ($1.60) for 4 videos." in words
    assert "By member: Ada 80 credits ($0.80)" in words
    assert str(left.id) in words
    await asyncio.to_thread(check_picture, picture.path)
    rows = list(csv.DictReader(io.StringIO((await read_text(table.path)).lstrip("\ufeff"))))
    assert {(row["member"], row["credits"], row["videos"]) for row in rows} == {
        (f"<@{world.ada.id}>", "80", "2"),
        (f"<@{evil.id}>", "40", "1"),
        (f"<@{left.id}>", "40", "1"),
    }
    assert [row["member_name"] for row in rows if row["member_id"] == str(evil.id)] == [
        "'=cmd|' /C calc'!A0"
    ]
    each = list(csv.DictReader(io.StringIO((await read_text(videos.path)).lstrip("\ufeff"))))
    assert [(row["job"], row["member_id"], row["seconds"], row["dollars"]) for row in each] == [
        (str(number), str(member.id), "4", "$0.40")
        for number, member in enumerate((world.ada, world.ada, evil, left), start=1)
    ]
    assert {row["paid_from"] for row in each} == {"allowance"}


async def test_a_report_can_be_about_another_time(world: World, bot: App) -> None:
    """Last week nothing was spent: the picture and the words say so."""
    for period in ("last week", "last quarter", "30 days"):
        use = await world.discord.use(
            world.admin, world.channel, "budget report", {"period": period}
        )
        message = await world.answer(use)
        assert "Nothing was spent in this time" in text_of(message)
        await asyncio.to_thread(check_picture, message.attachments[0].path)


def check_picture(path: Path) -> None:
    """Make sure that it is a PNG of a sensible size."""
    with Image.open(path) as image:
        assert image.format == "PNG"
        assert image.width == 1100
        assert 300 <= image.height <= 1400
    assert 5_000 < path.stat().st_size < 200_000


async def read_text(path: Path) -> str:
    """Read a file of text."""
    return (await asyncio.to_thread(read, path)).decode()
