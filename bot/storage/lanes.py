"""The threads on which transactions run: many that read, one that writes.

Writes that wait at the same time share one transaction and so one sync of the disk; each stays
a whole of its own, in a savepoint.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from bot.errors import BotError, ResourcesExhausted, StorageBusy, StorageFull
from bot.exhaustion import is_exhaustion
from bot.storage.soundness import UNREADABLE, damaged, is_damage, primary_code

Transaction = Connection
"""What the functions that read or write take: an open transaction."""

MOST_TOGETHER = 32
"""So many writes share a transaction; more would keep the first ones waiting."""
CACHE_KIB = 16 << 10
"""A connection's pages in memory: SQLite's own 2 MiB are too few for the indexes of a long past.

Measured with 200,000 past jobs, 200 orders at once took 1.0 times as long as in an empty file
instead of 1.7 times.
"""
EMPTYING_MS = 100
"""How long the write-ahead log's end waits for those who read."""
JOURNAL_BYTES = 64 << 20
"""What the write-ahead log is cut to after a checkpoint."""

P = ParamSpec("P")
R = TypeVar("R")


class ReadLane:
    """Threads with a connection each, on which reading transactions run."""

    def __init__(self, path: Path, busy_timeout_ms: int, readers: int) -> None:
        self._path = path
        self._threads = ThreadPoolExecutor(readers, thread_name_prefix="reader")
        self._engine = open_engine(path, "BEGIN", busy_timeout_ms, connections=readers)

    async def run(
        self, function: Callable[Concatenate[Transaction, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run the function on one consistent state; raise a StorageError."""

        def transact() -> R:
            with storage_errors(self._path), self._engine.begin() as transaction:
                return function(transaction, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._threads, transact)

    def close(self) -> None:
        """Wait for what is under way and close the connections. Blocking."""
        self._threads.shutdown()
        self._engine.dispose()


@dataclass(eq=False)
class _Write(Generic[R]):
    function: Callable[[Transaction], R]
    done: Future[R] = field(default_factory=Future)


class WriteLane:
    """The one thread that writes."""

    def __init__(self, path: Path, busy_timeout_ms: int) -> None:
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._busy_timeout_ms = busy_timeout_ms
        self._engine = open_engine(path, "BEGIN IMMEDIATE", busy_timeout_ms, connections=1)
        self._waiting: deque[_Write[Any]] = deque()

    def run(
        self, function: Callable[Concatenate[Transaction, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> asyncio.Future[R]:
        """Run the function, in its turn: all that it writes is kept, or nothing.

        It may be run twice, having written nothing the first time. What is given back raises
        a StorageError; cancelled before its turn, the function is not run.
        """
        write = _Write(partial(_call, function, args, kwargs))
        self._waiting.append(write)
        self._thread.submit(self._drain)
        return asyncio.wrap_future(write.done)

    def empty_log(self) -> asyncio.Future[bool]:
        """Move all of the write-ahead log into the file, and leave nothing of it, in its turn.

        Gives False where others read or write meanwhile; raises StorageBusy or StorageFull.
        """
        return asyncio.wrap_future(self._thread.submit(self._empty_log))

    def close(self) -> None:
        """Wait for what is under way and close the connection. Blocking."""
        self._thread.shutdown()
        self._engine.dispose()

    def _empty_log(self) -> bool:
        with storage_errors(self._path), self._engine.connect() as connection:
            own: Any = connection.connection.driver_connection
            try:
                own.execute(f"PRAGMA busy_timeout = {EMPTYING_MS}")  # others wait for this thread
                return bool(own.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)
            finally:
                own.execute(f"PRAGMA busy_timeout = {self._busy_timeout_ms}")

    def _drain(self) -> None:
        """Do what waits by now; the one who comes later may find it done."""
        batch: list[_Write[Any]] = []
        while self._waiting and len(batch) < MOST_TOGETHER:
            write = self._waiting.popleft()
            if write.done.set_running_or_notify_cancel():
                batch.append(write)
        try:
            self._write(batch)
        except (StorageBusy, StorageFull, ResourcesExhausted) as error:  # it is so for each
            for write in batch:
                write.done.set_exception(error)
        except Exception:  # noqa: BLE001 - a fault in one of them must not become the others'
            for write in batch:
                self._write_alone(write)

    def _write(self, batch: list[_Write[Any]]) -> None:
        """Write them in one transaction; where this raises, nothing of any was kept."""
        settled: list[Callable[[], None]] = []
        if not batch:
            return
        with storage_errors(self._path), self._engine.begin() as transaction:
            for write in batch:
                try:
                    with transaction.begin_nested():
                        result = write.function(transaction)
                except BotError as error:
                    settled.append(partial(write.done.set_exception, error))
                else:
                    settled.append(partial(write.done.set_result, result))
        for settle in settled:
            settle()

    def _write_alone(self, write: _Write[Any]) -> None:
        try:
            with storage_errors(self._path), self._engine.begin() as transaction:
                result = write.function(transaction)
        except Exception as error:  # noqa: BLE001 - it goes to the caller, whole
            write.done.set_exception(error)
        else:
            write.done.set_result(result)


def _call(function: Callable[..., R], args: Any, kwargs: Any, transaction: Transaction) -> R:
    return function(transaction, *args, **kwargs)


def sqlite_url(path: Path) -> URL:
    """Name a file to SQLAlchemy, whatever is in its name: in a text, ? and % have a meaning."""
    return URL.create("sqlite", database=str(path))


def open_engine(path: Path, begin: str, busy_timeout_ms: int, *, connections: int) -> Engine:
    """Make an engine whose transactions start with the statement ``begin``."""
    engine = create_engine(
        sqlite_url(path),
        pool_size=connections,
        max_overflow=0,
        # Prompts and tokens are among them; errors go to the log.
        hide_parameters=True,
        connect_args={"check_same_thread": False},
    )

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        # The driver would otherwise begin transactions of its own, too late and without the lock.
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {busy_timeout_ms}")
        connection.execute("PRAGMA journal_mode = WAL")
        # One long transaction must not leave a log of its size behind for ever.
        connection.execute(f"PRAGMA journal_size_limit = {JOURNAL_BYTES}")
        connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        # What is deleted is overwritten: prompts and tokens are among it.
        connection.execute("PRAGMA secure_delete = ON")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL})
_FULL = frozenset(
    {
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    }
)
"""Primary result codes (sqlite.org/rescode.html), by what they mean for us."""


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite says of locks, disks and damage into our own errors, by its codes.

    All else is a fault of ours, and is raised as it is.
    """
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        if not isinstance(cause, sqlite3.Error):
            raise
        if is_damage(cause):
            raise damaged(path, str(cause)) from error
        code = primary_code(cause)
        if code in _BUSY:
            raise StorageBusy from error
        if is_exhaustion(error):
            raise ResourcesExhausted from error
        if code in _FULL:
            raise StorageFull from error
        raise
    except UnicodeDecodeError as error:  # a text of the schema, quoted by the driver
        raise damaged(path, UNREADABLE) from error
    except MemoryError as error:  # how the driver says SQLITE_NOMEM
        raise ResourcesExhausted from error
