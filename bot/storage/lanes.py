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

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import OperationalError

from bot.errors import BotError, ResourcesExhausted, StorageBusy, StorageError, StorageFull
from bot.exhaustion import is_exhaustion

Transaction = Connection
"""What the functions that read or write take: an open transaction."""

MOST_TOGETHER = 32
"""So many writes share a transaction; more would keep the first ones waiting."""

P = ParamSpec("P")
R = TypeVar("R")


class ReadLane:
    """Threads with a connection each, on which reading transactions run."""

    def __init__(self, path: Path, busy_timeout_ms: int, readers: int) -> None:
        self._threads = ThreadPoolExecutor(readers, thread_name_prefix="reader")
        self._engine = open_engine(path, "BEGIN", busy_timeout_ms, connections=readers)

    async def run(
        self, function: Callable[Concatenate[Transaction, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run the function on one consistent state; raise StorageBusy or StorageFull."""

        def transact() -> R:
            with storage_errors(), self._engine.begin() as transaction:
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
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="writer")
        self._engine = open_engine(path, "BEGIN IMMEDIATE", busy_timeout_ms, connections=1)
        self._waiting: deque[_Write[Any]] = deque()

    async def run(
        self, function: Callable[Concatenate[Transaction, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run the function: all that it writes is kept, or nothing.

        It may be run twice, having written nothing the first time. Raises StorageBusy or
        StorageFull.
        """
        write = _Write(partial(_call, function, args, kwargs))
        self._waiting.append(write)
        self._thread.submit(self._drain)
        return await asyncio.wrap_future(write.done)

    def close(self) -> None:
        """Wait for what is under way and close the connection. Blocking."""
        self._thread.shutdown()
        self._engine.dispose()

    def _drain(self) -> None:
        """Do what waits by now; the one who comes later may find it done."""
        batch: list[_Write[Any]] = []
        while self._waiting and len(batch) < MOST_TOGETHER:
            write = self._waiting.popleft()
            if write.done.set_running_or_notify_cancel():
                batch.append(write)
        try:
            self._write(batch)
        except StorageError as error:
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
        with storage_errors(), self._engine.begin() as transaction:
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
            with storage_errors(), self._engine.begin() as transaction:
                result = write.function(transaction)
        except Exception as error:  # noqa: BLE001 - it goes to the caller, whole
            write.done.set_exception(error)
        else:
            write.done.set_result(result)


def _call(function: Callable[..., R], args: Any, kwargs: Any, transaction: Transaction) -> R:
    return function(transaction, *args, **kwargs)


def open_engine(path: Path, begin: str, busy_timeout_ms: int, *, connections: int) -> Engine:
    """Make an engine whose transactions start with the statement ``begin``."""
    engine = create_engine(
        f"sqlite:///{path}",
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
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


@contextmanager
def storage_errors() -> Iterator[None]:
    """Turn what SQLite says of locks and disks into our own errors."""
    try:
        yield
    except (OperationalError, sqlite3.OperationalError) as error:
        said = str(error).lower()
        if "locked" in said or "busy" in said:
            raise StorageBusy from error
        if is_exhaustion(error):
            raise ResourcesExhausted from error
        if any(word in said for word in ("full", "readonly", "unable to open", "i/o")):
            raise StorageFull from error
        raise
    except MemoryError as error:  # how the driver says SQLITE_NOMEM
        raise ResourcesExhausted from error
