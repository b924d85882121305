"""Who waits for an answer is told the truth, also where the disk is slow at the wrong moment."""

import asyncio

from bot.storage import Database, Transaction
from bot.storage.database import ANSWER_SECONDS
from bot.storage.facts import get_fact, set_fact
from tests.integration.storage.test_together import Held


async def test_what_is_kept_is_not_said_to_have_failed(database: Database) -> None:
    """A write was done in time, and its commit was not: an admin would repeat what was kept."""
    first = Held(database)
    await first.begun()
    hurried = asyncio.create_task(database.write_soon(set_fact, "granted", "once"))
    await asyncio.sleep(0)
    slow = Held(database)  # gathers with the hurried one, behind the first
    await asyncio.sleep(0)
    await first.let_go()
    await slow.begun()
    asyncio.get_running_loop().call_later(ANSWER_SECONDS + 0.2, slow._let_go.set)
    (outcome,) = await asyncio.gather(hurried, return_exceptions=True)
    kept = await database.read(get_fact, "granted")
    assert (outcome, kept) == (None, "once")
    await slow.let_go()


async def test_what_was_said_to_have_failed_is_not_kept(database: Database) -> None:
    """Nor written later: the write comes to its turn after its time, and is rolled back."""
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()

    def late(tx: Transaction) -> None:
        set_fact(tx, "granted", "once")
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(answered.wait(), loop).result(10)

    answered = asyncio.Event()
    hurried = asyncio.create_task(database.write_soon(late))
    await begun.wait()
    (outcome,) = await asyncio.gather(hurried, return_exceptions=True)
    assert type(outcome).__name__ == "StorageBusy"
    answered.set()
    await database.write(set_fact, "next", "written")
    assert await database.read(get_fact, "granted") is None
