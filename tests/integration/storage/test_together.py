"""Writes that wait at the same time share a transaction, and nothing else."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from bot.errors import NoSuchJob
from bot.storage import Database, Transaction
from bot.storage.facts import get_fact, set_fact
from bot.storage.tables import facts

Write = Callable[[Transaction], Any]


class Held:
    """A write that keeps the writer until it is let go, so that others gather behind it."""

    def __init__(self, database: Database) -> None:
        self._begun = threading.Event()
        self._let_go = threading.Event()
        self._task = asyncio.create_task(database.write(self._wait))

    async def begun(self) -> None:
        """Wait until it has the writer."""
        await asyncio.to_thread(self._begun.wait, 10)

    async def let_go(self) -> None:
        """Let the others have the writer."""
        self._let_go.set()
        await self._task

    def _wait(self, _: Transaction) -> None:
        self._begun.set()
        self._let_go.wait(10)


def noting(name: str, fault: Exception | None = None) -> Write:
    """Make a write that notes a fact, tells its transaction, and may fail after that."""

    def write(tx: Transaction) -> int:
        set_fact(tx, name, "noted")
        if fault is not None:
            raise fault
        return id(tx.get_transaction())

    return write


async def gathered(database: Database, *writes: Write) -> list[Any]:
    """Let these writes wait together, and tell what came of each."""
    held = Held(database)
    await held.begun()
    tasks = [asyncio.create_task(database.write(write)) for write in writes]
    await asyncio.sleep(0)
    await held.let_go()
    return await asyncio.gather(*tasks, return_exceptions=True)


async def noted(database: Database) -> set[str]:
    """Read which facts were kept."""
    return await database.read(lambda tx: set(tx.scalars(select(facts.c.name))))


async def test_writes_that_wait_together_share_a_transaction(database: Database) -> None:
    """Three writes gathered behind another one come in one transaction; all are kept."""
    results = await gathered(database, noting("a"), noting("b"), noting("c"))

    assert len(set(results)) == 1
    assert await noted(database) == {"a", "b", "c"}


async def test_a_refusal_takes_no_other_write_with_it(database: Database) -> None:
    """One of ours says no: it has written nothing, the others everything."""
    refusal = NoSuchJob(7)

    results = await gathered(database, noting("a"), noting("b", refusal), noting("c"))

    assert results[1] is refusal
    assert await noted(database) == {"a", "c"}


async def test_a_fault_in_one_write_is_its_own(database: Database) -> None:
    """An error that nobody planned reaches its caller alone, and the others are kept."""
    fault = ZeroDivisionError("a bug")

    results = await gathered(database, noting("a"), noting("b", fault), noting("c"))

    assert results[1] is fault
    assert await noted(database) == {"a", "c"}


async def test_one_after_another_sees_what_the_first_wrote(database: Database) -> None:
    """Within a shared transaction the order of arrival is kept."""

    def read_then_write(tx: Transaction) -> str | None:
        seen = get_fact(tx, "a")
        set_fact(tx, "a", "again")
        return seen

    results = await gathered(database, read_then_write, read_then_write)

    assert results == [None, "again"]


@pytest.mark.parametrize("count", [200])
async def test_many_writes_at_once_are_all_kept(database: Database, count: int) -> None:
    """More than share one transaction are written, each once."""
    await asyncio.gather(*(database.write(set_fact, f"{n}", "noted") for n in range(count)))

    assert len(await noted(database)) == count
