"""The operator puts an old backup in the database's place."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.books import states
from tests.e2e.harness import BotProcess, World, text_of
from tests.e2e.test_command_line import sora_bot

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("at_once"),
    pytest.mark.settings(jobs={"max_running_per_member": 1}),
]


def copy(source: Path, target: Path) -> None:
    """Copy a database, over what is there."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)


async def test_nothing_is_bought_twice_after_a_backup_was_restored(
    world: World, process: BotProcess
) -> None:
    """What was sent since is not sent again; new videos wait until the operator has looked."""
    operator = world.guild.add_member("Op")
    world.discord.set_owner(operator)
    await process.start()
    plan = world.plan(hold=True)
    first = await world.create()
    await world.shown(first, "PROCESSING")
    second = await world.create(prompt="a dog in the rain")
    await world.answer(second)
    backup = world.folder / "backup.db"
    await asyncio.to_thread(copy, world.database, backup)
    plan.release()
    await world.shown(second, "COMPLETED")
    await world.shown(await world.create(prompt="a boat at night"), "COMPLETED")
    await process.logged("job.delivered", 3)
    assert await process.stop() == 0

    await asyncio.to_thread(copy, backup, world.database)
    await process.start()
    lost = await world.shown(second, "FAILED (lost)")
    assert "Nothing was charged" in text_of(lost)
    [ahead] = await process.logged("journal.ahead")
    assert (ahead["level"], ahead["jobs"], ahead["lost"]) == ("error", [2, 3], [2])
    direct = world.discord.direct(operator)
    await world.until(lambda: bool(direct.messages))
    assert "sora-bot resume" in direct.messages[0].content
    new = await world.create(prompt="an owl")
    await world.shown(new, "QUEUED")
    await process.kill()
    await process.start()
    assert len(world.segmind.generations) == 3

    code, output = await sora_bot(world, "resume")
    assert (code, output) == (0, "The line goes on; jobs that wait in it: 1.\n")
    await world.shown(new, "COMPLETED")
    await process.logged("job.delivered", 5)
    assert await process.stop() == 0
    assert states(world.database) == ["delivered", "lost", "delivered"]
    prompts = [each.body["prompt"] for each in world.segmind.generations]
    assert prompts == ["a cat surfing at dawn", "a dog in the rain", "a boat at night", "an owl"]
    assert "an owl" not in (world.videos / "submits.log").read_text(encoding="utf-8")
