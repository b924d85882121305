"""Transactions: whole or not at all, one writer, our own errors, whatever becomes of the caller."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from bot.errors import DatabaseDamaged, ResourcesExhausted, StorageBusy, StorageError, StorageFull
from bot.storage import Database, Transaction
from bot.storage.database import URL_PREFIX
from bot.storage.facts import get_fact, set_fact
from bot.storage.lanes import storage_errors
from bot.storage.tables import facts
from tests.books import query


@pytest.fixture
async def impatient(database_file: Path) -> AsyncIterator[Database]:
    """Give a database that hardly waits for another's lock."""
    database = Database(f"{URL_PREFIX}{database_file}", busy_timeout_ms=20)
    await database.open()
    yield database
    await database.close()


@pytest.fixture
def other(database_file: Path) -> Iterator[sqlite3.Connection]:
    """Connect to the same file as another process would."""
    with closing(sqlite3.connect(database_file, isolation_level=None)) as connection:
        yield connection


class Held:
    """A transaction function that stops half-way until it is released."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.half_way = asyncio.Event()
        self._go_on = threading.Event()

    def __call__(self, tx: Transaction) -> None:
        """Write one half, wait, write the other."""
        set_fact(tx, "first half", "written")
        self.loop.call_soon_threadsafe(self.half_way.set)
        self._go_on.wait()
        set_fact(tx, "second half", "written")

    def release(self) -> None:
        """Let it go on."""
        self._go_on.set()


def names(tx: Transaction) -> list[str]:
    """List the facts."""
    return list(tx.scalars(select(facts.c.name).order_by(facts.c.name)))


async def test_what_is_written_stays(database: Database) -> None:
    """A fact is noted, recalled, replaced, and unknown before."""
    assert await database.read(get_fact, "hash") is None
    await database.write(set_fact, "hash", "one")
    await database.write(set_fact, "hash", "two")
    assert await database.read(get_fact, "hash") == "two"


async def test_a_function_that_raises_has_written_nothing(database: Database) -> None:
    """Its error comes to the caller as it is, and the next transaction works."""

    def fail(tx: Transaction) -> None:
        set_fact(tx, "half", "written")
        raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        await database.write(fail)
    assert await database.read(names) == []
    await database.write(set_fact, "whole", "written")
    assert await database.read(names) == ["whole"]


async def test_a_cancelled_caller_leaves_no_half_transaction(database: Database) -> None:
    """What has begun is written whole; the caller has gone meanwhile."""
    held = Held()
    caller = asyncio.create_task(database.write(held))
    await held.half_way.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    held.release()
    await database.write(set_fact, "next", "written")
    assert await database.read(names) == ["first half", "next", "second half"]


async def test_a_hurried_caller_who_has_gone_has_written_nothing(database: Database) -> None:
    """Who waits for an answer is told that it failed: it must not be written after that."""
    held = Held()
    caller = asyncio.create_task(database.write_soon(held))
    await held.half_way.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    held.release()
    await database.write_soon(set_fact, "next", "written")
    assert await database.read(names) == ["next"]


async def test_a_write_whose_caller_went_while_it_waited_is_written(database: Database) -> None:
    """What was done outside is true: an accepted request's number is not lost in the queue."""
    held = Held()
    first = asyncio.create_task(database.write(held))
    await held.half_way.wait()
    caller = asyncio.create_task(database.write(set_fact, "told", "written"))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    held.release()
    await first
    await database.write(set_fact, "next", "written")
    assert await database.read(names) == ["first half", "next", "second half", "told"]


async def test_a_hurried_caller_cancelled_in_the_queue_has_written_nothing(
    database: Database,
) -> None:
    """What had to wait for another, and was given up, does not even begin."""
    held = Held()
    first = asyncio.create_task(database.write(held))
    await held.half_way.wait()
    began: list[bool] = []
    caller = asyncio.create_task(database.write_soon(lambda _: began.append(True)))
    await asyncio.sleep(0)
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    held.release()
    await first
    await database.write(set_fact, "next", "written")
    assert began == []


async def test_a_lock_is_told_to_everybody_who_waits(
    impatient: Database, other: sqlite3.Connection
) -> None:
    """Nobody is left without an answer, and nothing of any is written."""
    await impatient.write(set_fact, "early", "written")
    other.execute("BEGIN IMMEDIATE")
    writes = [impatient.write(set_fact, name, "written") for name in "abc"]
    outcomes = await asyncio.gather(*writes, return_exceptions=True)
    assert [type(each) for each in outcomes] == [StorageBusy] * 3
    assert await impatient.read(names) == ["early"]


async def test_reads_go_on_beside_a_write_and_see_nothing_half(database: Database) -> None:
    """A reader neither waits for the writer nor sees what is not committed."""
    held = Held()
    writing = asyncio.create_task(database.write(held))
    await held.half_way.wait()
    assert await database.read(names) == []
    held.release()
    await writing
    assert await database.read(names) == ["first half", "second half"]


async def test_closing_waits_for_what_is_under_way(database_file: Path) -> None:
    """A stop in the middle of a transaction does not cut it off."""
    database = Database(f"{URL_PREFIX}{database_file}")
    held = Held()
    writing = asyncio.create_task(database.write(held))
    await held.half_way.wait()
    closing_it = asyncio.create_task(database.close())
    await asyncio.sleep(0)
    assert not closing_it.done()
    held.release()
    await writing
    await closing_it
    assert query(database_file, "SELECT count(*) FROM facts") == [(2,)]


async def test_counters_written_by_many_tasks_and_two_databases_lose_nothing(
    database: Database, impatient: Database
) -> None:
    """A value read in a write transaction stays true until it is written."""

    def count(tx: Transaction) -> None:
        set_fact(tx, "count", str(int(get_fact(tx, "count") or 0) + 1))

    async def insist(writer: Database) -> None:
        while True:
            try:
                return await writer.write(count)
            except StorageBusy:
                continue

    await asyncio.gather(*(insist(each) for each in [database, impatient] * 25))
    assert await database.read(get_fact, "count") == "50"


async def test_a_database_locked_by_another_is_busy(
    impatient: Database, other: sqlite3.Connection
) -> None:
    """The write lock stayed away: StorageBusy, nothing written; reads work; later it works."""
    await impatient.write(set_fact, "early", "written")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageBusy):
        await impatient.write(set_fact, "late", "written")
    assert await impatient.read(names) == ["early"]
    other.execute("ROLLBACK")
    await impatient.write(set_fact, "late", "written")
    assert await impatient.read(names) == ["early", "late"]


async def test_a_short_lock_by_another_is_waited_for(
    database: Database, other: sqlite3.Connection
) -> None:
    """Within the patience of the ordinary setting nobody is told that it was busy."""
    await database.write(set_fact, "early", "written")
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(database.write(set_fact, "late", "written"))
    assert await database.read(names) == ["early"]
    assert not writing.done()
    other.execute("ROLLBACK")
    await writing
    assert await database.read(names) == ["early", "late"]


async def test_a_full_disk_is_told_and_nothing_is_half_written(database: Database) -> None:
    """No page is left: StorageFull; with room again the same connection goes on."""

    def limit(tx: Transaction, pages: int) -> None:
        tx.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    def fill(tx: Transaction) -> None:
        set_fact(tx, "small", "written")
        set_fact(tx, "large", "x" * 1_000_000)

    await database.write(limit, 1)
    with pytest.raises(StorageFull):
        await database.write(fill)
    assert await database.read(names) == []
    await database.write(limit, 100_000)
    await database.write(fill)
    assert await database.read(names) == ["large", "small"]


async def test_a_database_that_cannot_be_written_is_told(database: Database) -> None:
    """A file system that has become read-only looks like this to SQLite."""

    def freeze(tx: Transaction) -> None:
        tx.exec_driver_sql("PRAGMA query_only = 1")

    await database.write(freeze)
    with pytest.raises(StorageFull):
        await database.write(set_fact, "name", "value")


async def test_a_database_whose_folder_has_gone_is_told(tmp_path: Path) -> None:
    """What cannot be opened cannot be written."""
    database = Database(f"{URL_PREFIX}{tmp_path / 'gone' / 'bot.db'}")
    with pytest.raises(StorageFull):
        await database.write(set_fact, "name", "value")
    with pytest.raises(StorageFull):
        await database.read(names)
    await database.close()


async def test_both_lanes_are_durable_and_keep_foreign_keys(database: Database) -> None:
    """What a crash of the machine must not undo is synced; rows point to rows that exist."""

    def settings(tx: Transaction) -> list[object]:
        wanted = ("journal_mode", "synchronous", "foreign_keys", "journal_size_limit", "cache_size")
        return [tx.exec_driver_sql(f"PRAGMA {name}").scalar() for name in wanted]

    assert await database.write(settings) == ["wal", 2, 1, 64 << 20, -16384]
    assert await database.read(settings) == ["wal", 2, 1, 64 << 20, -16384]


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        (sqlite3.SQLITE_BUSY, StorageBusy),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, StorageBusy),
        (sqlite3.SQLITE_LOCKED_SHAREDCACHE, StorageBusy),
        (sqlite3.SQLITE_PROTOCOL, StorageBusy),
        (sqlite3.SQLITE_FULL, StorageFull),
        (sqlite3.SQLITE_READONLY_DBMOVED, StorageFull),
        (sqlite3.SQLITE_CANTOPEN_ISDIR, StorageFull),
        (sqlite3.SQLITE_IOERR_FSYNC, StorageFull),
        (sqlite3.SQLITE_PERM, StorageFull),
        (sqlite3.SQLITE_NOMEM, ResourcesExhausted),
        (sqlite3.SQLITE_CORRUPT, DatabaseDamaged),
        (sqlite3.SQLITE_CORRUPT_INDEX, DatabaseDamaged),
        (sqlite3.SQLITE_NOTADB, DatabaseDamaged),
        (sqlite3.SQLITE_ERROR, sqlite3.OperationalError),
        (None, sqlite3.OperationalError),
    ],
)
def test_what_sqlite_says_is_told_apart_by_its_code(
    code: int | None, wanted: type[Exception]
) -> None:
    """Whatever its words, by the driver alone or by way of SQLAlchemy."""
    error = sqlite3.OperationalError("locking protocol; the disk is full and locked")
    if code is not None:
        error.sqlite_errorcode = code
    for raised in (error, OperationalError("SELECT 1", {}, error)):
        with pytest.raises((wanted, OperationalError)) as caught, storage_errors(Path("bot.db")):
            raise raised
        told_apart = issubclass(wanted, StorageError)
        assert type(caught.value) is (wanted if told_apart else type(raised))
