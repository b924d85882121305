"""Reads: short ones have a deadline, and long ones keep nobody waiting."""

import asyncio
import threading
from collections.abc import AsyncIterator

import pytest

from bot.errors import StorageBusy
from bot.storage import Database, Transaction
from bot.storage.database import READERS
from bot.storage.facts import get_fact, set_fact


class Slow:
    """A function that reads until it is let go."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.begun = asyncio.Event()
        self.go_on = threading.Event()

    def __call__(self, tx: Transaction) -> str | None:
        """Read, once it may."""
        self._loop.call_soon_threadsafe(self.begun.set)
        self.go_on.wait()
        return get_fact(tx, "name")


@pytest.fixture
async def slow() -> AsyncIterator[Slow]:
    """Give a slow function, let go at the end whatever happens."""
    slow = Slow()
    yield slow
    slow.go_on.set()


async def test_a_short_read_waits_for_no_long_one(database: Database, slow: Slow) -> None:
    """Six exports, and the first of them takes very long."""
    await database.write(set_fact, "name", "known")
    exports = [asyncio.create_task(database.read_long(slow)) for _ in range(6)]
    await slow.begun.wait()
    for _ in range(10):
        assert await database.read(get_fact, "name") == "known"
    assert not any(export.done() for export in exports)
    slow.go_on.set()
    assert await asyncio.gather(*exports) == ["known"] * 6


async def test_who_waits_for_a_read_is_told_in_time(
    database: Database, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every reader is busy: StorageBusy, and what came too late is never run; later it works."""
    monkeypatch.setattr("bot.storage.database.ANSWER_SECONDS", 0.05)
    ran: list[bool] = []
    held = [asyncio.create_task(database.read(slow)) for _ in range(READERS)]
    await slow.begun.wait()
    with pytest.raises(StorageBusy):
        await database.read(lambda _: ran.append(True))
    assert [type(each) for each in await asyncio.gather(*held, return_exceptions=True)] == [
        StorageBusy
    ] * READERS
    slow.go_on.set()
    monkeypatch.undo()
    assert await database.read(get_fact, "name") is None
    assert ran == []
