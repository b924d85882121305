"""A member takes what is kept of them, and has it deleted."""

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from bot.app import App
from bot.sandbox.discord import Message
from tests.books import balances, query
from tests.e2e.botlog import BotLog
from tests.e2e.harness import World, text_of
from tests.files import names_in, read

pytestmark = pytest.mark.usefixtures("at_once")

SECRET = "a secret birthday 🎂 party"


async def exported(world: World) -> dict[str, Any]:
    """Let a member export their data, and read the file."""
    use = await world.discord.use(world.ada, world.channel, "sora privacy export", {})
    message = await world.answer(use)
    assert message.ephemeral
    [file] = message.attachments
    assert file.filename == "my-data.json"
    kept: dict[str, Any] = json.loads((await asyncio.to_thread(read, file.path)).decode())
    return kept


async def asked(world: World) -> Message:
    """Let a member ask to have their data deleted."""
    use = await world.discord.use(world.ada, world.channel, "sora privacy delete", {})
    message = await world.answer(use)
    assert message.ephemeral
    return message


async def confirmed(world: World, message: Message, answer: str = "yes") -> str:
    """Press a button below the question, and read what is said then."""
    await world.discord.press(world.ada, message, f"forget:{answer}")
    await world.until(lambda: not message.components)
    return text_of(message)


def picture(folder: Path) -> Path:
    """Draw a picture."""
    path = folder / "cake.png"
    Image.new("RGB", (800, 600), "#aa5533").save(path)
    return path


async def test_the_export_holds_all_that_is_kept_of_a_member(
    world: World, bot: App, log: BotLog
) -> None:
    """Videos with prompts, states, times and prices; movements, settings and drafts; no secret."""
    bea = world.guild.add_member("Bea")
    await world.shown(await world.create(bea, prompt="of Bea"), "COMPLETED")
    await world.shown(await world.create(prompt=SECRET), "COMPLETED")
    await log.wait("job.delivered", 2)
    await world.answer(await world.create(prompt="a draft", duration=7, forced=True))
    await world.ask(world.admin, "budget grant", member=world.ada, amount="5", reason="a prize")
    await world.ask(world.admin, "budget set", member=world.ada, amount="600")

    kept = await exported(world)

    assert (kept["member_id"], kept["server_id"]) == (world.ada.id, world.guild.id)
    assert kept["settings"] == {"allowance": 600, "frozen": False}
    [video] = kept["videos"]
    assert (video["number"], video["prompt"], video["model"]) == (2, SECRET, "sora-2")
    assert (video["price_credits"], video["state"], video["failure"]) == (40, "delivered", None)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", video["asked_at"])
    assert [each["state"] for each in video["history"]][::5] == ["held", "delivered"]
    assert [each["prompt"] for each in kept["orders_not_placed"]] == ["a draft"]
    movements = kept["movements_of_credits"]
    assert [each["kind"] for each in movements] == ["hold", "settle", "grant"]
    assert movements[2] | {"at": ""} == {
        "at": "",
        "kind": "grant",
        "source": "issued",
        "target": "grant",
        "amount": 5,
        "job_id": None,
        "actor_id": world.admin.id,
        "reason": "a prize",
    }
    [change] = kept["changes_of_settings"]
    assert (change["name"], change["value"]) == ("allowance", "600")
    [(token, request_id)] = query(
        world.database,
        "SELECT token, request_id FROM messages JOIN jobs ON jobs.id = job_id WHERE job_id = 2",
    )
    assert token not in json.dumps(kept)
    assert request_id not in json.dumps(kept)


async def test_prompts_pictures_and_videos_are_deleted_and_the_books_stay(
    world: World, bot: App, log: BotLog, tmp_path: Path
) -> None:
    """Of the member alone, and of what is over; every command says so afterwards."""
    bea = world.guild.add_member("Bea")
    image = await asyncio.to_thread(picture, tmp_path)
    await world.shown(await world.create(bea, prompt="of Bea", image=image), "COMPLETED")
    await world.shown(await world.create(prompt=SECRET, image=image), "COMPLETED")
    await log.wait("job.delivered", 2)
    world.plan(fail=f"the prompt '{SECRET}' is not allowed")
    await world.shown(await world.create(prompt=SECRET), "FAILED")
    await log.wait("job.told")
    await world.answer(await world.create(prompt=SECRET, duration=7, forced=True))
    plan = world.plan(hold=True)
    running = await world.create(prompt="still under way")
    await world.shown(running, "PROCESSING")
    before = balances(world.database)

    question = await asked(world)
    assert "your 2 videos that are over" in text_of(question)
    assert "1 video is still under way" in text_of(question)
    assert "Messages in channels are Discord's" in text_of(question)
    done = await confirmed(world, question)

    assert "Deleted: the prompts, pictures and videos of 2 videos." in done
    assert log.find("privacy.deleted")[0]["jobs"] == 2
    assert balances(world.database) == before
    assert await asyncio.to_thread(mentions, world.database, SECRET) == []
    names = await asyncio.to_thread(names_in, world.videos)
    assert "1.mp4" in names
    assert "2.mp4" not in names
    # Bea's video starts from the same picture.
    assert len(await asyncio.to_thread(names_in, world.videos / "pictures")) > 0
    assert query(world.database, "SELECT prompt FROM jobs ORDER BY id") == [
        ("of Bea",),
        ("",),
        ("",),
        ("still under way",),
    ]
    assert query(world.database, "SELECT token = '' FROM messages ORDER BY job_id") == [
        (0,),
        (1,),
        (1,),
        (0,),
    ]
    history = await world.ask(world.ada, "sora history")
    assert history.count("Prompt and video deleted") == 2
    shown = await world.discord.use(world.ada, world.channel, "sora show", {"job": 2})
    assert "were deleted, as its member asked" in text_of(await world.answer(shown))
    choices = await world.discord.autocomplete(world.ada, world.channel, "sora show", focused="job")
    assert 2 not in {choice["value"] for choice in choices}
    assert "held for a video #2" in await world.ask(world.admin, "budget log", member=world.ada)
    plan.release()
    await world.shown(running, "COMPLETED")


async def test_the_last_one_takes_the_picture_along(
    world: World, bot: App, log: BotLog, tmp_path: Path
) -> None:
    """A picture goes when no other video starts from it."""
    image = await asyncio.to_thread(picture, tmp_path)
    await world.shown(await world.create(image=image), "COMPLETED")
    await log.wait("job.delivered")
    await confirmed(world, await asked(world))
    assert await asyncio.to_thread(names_in, world.videos / "pictures") == []


async def test_nothing_is_deleted_unless_it_is_confirmed(
    world: World, bot: App, log: BotLog
) -> None:
    """Who has nothing is told so; a no changes nothing; a button deletes its presser's own."""
    assert "nothing of yours here to delete" in text_of(await asked(world))
    await world.shown(await world.create(prompt=SECRET), "COMPLETED")
    await log.wait("job.delivered")
    question = await asked(world)
    bea = world.guild.add_member("Bea")
    await world.discord.press(bea, question, "forget:yes", forced=True)
    await log.wait("privacy.deleted")
    question = await asked(world)
    assert await confirmed(world, question, "no") == "Nothing was deleted."
    assert query(world.database, "SELECT prompt FROM jobs") == [(SECRET,)]
    assert log.find("privacy.deleted")[0]["member"] == bea.id


def mentions(database: Path, text: str) -> list[str]:
    """List the tables and columns in which a text stands."""
    found = []
    tables = [
        name for (name,) in query(database, "SELECT name FROM sqlite_master WHERE type='table'")
    ]
    for table in tables:
        columns = [row[1] for row in query(database, f"PRAGMA table_info({table})")]
        found += [
            f"{table}.{column}"
            for column in columns
            if query(database, f"SELECT 1 FROM {table} WHERE instr({column}, ?)", text)  # noqa: S608 - ours
        ]
    return found
