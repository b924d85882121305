"""A dead process's submit falls to another, and is never sent again, whatever becomes of that."""

import asyncio
import sqlite3
from contextlib import closing

import pytest

from bot.jobs.recovery import ORPHANS_SECONDS
from tests.books import balances, states
from tests.e2e.harness import BotProcess, World, within

pytestmark = pytest.mark.slow

SUBMIT = ("POST", "^/v2/")


async def test_what_a_dead_process_sent_is_not_sent_by_its_heir(
    world: World, process: BotProcess
) -> None:
    """The heir finds the row while the database is locked, is stopped, and is started again."""
    heir = BotProcess(world)
    await process.start()
    answering = world.segmind.faults.hold(*SUBMIT, after=True)
    await world.create()
    await within(answering.reached.wait())
    assert states(world.database) == ["submitting"]
    with closing(sqlite3.connect(world.database, isolation_level=None)) as other:
        await heir.start()
        other.execute("BEGIN IMMEDIATE")
        await process.kill()
        answering.release()
        async with asyncio.timeout(2 * ORPHANS_SECONDS), heir._grown:
            await heir._grown.wait_for(lambda: heir.events("recovery.storage") != [])
        heir.terminate()
        other.execute("ROLLBACK")
        assert await heir.ended() == 0
    assert states(world.database) in (["submitting"], ["lost"])

    await heir.start()
    await heir.logged("job.told")
    assert await heir.stop() == 0

    assert states(world.database) == ["lost"]
    assert len(world.segmind.generations) == 1
    assert balances(world.database)["held"] == 0
