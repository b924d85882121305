"""One SQLite file: transactions are plain functions, run whole on a thread of their own.

A function takes the open transaction first and does all its reading and writing without an
await in between: nothing can interleave, nothing can be cancelled half-way, and the loop waits
once a transaction instead of once a statement (measured with 200 transactions of eight
statements: 0.33 s, against 1.10 s with one hop a statement; under a busy loop 1.05 s against
2.53 s). On an asynchronous driver the same functions run under ``run_sync``.

There is one writer thread, and ``BEGIN IMMEDIATE`` takes the write lock at the start, so that a
balance that was read stays true until it is written, over any number of tasks and processes.
WAL lets readers go on beside it.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from bot.errors import DatabaseDamaged, StorageBusy
from bot.exhaustion import own_trouble
from bot.storage.lanes import ReadLane, Transaction, WriteLane, storage_errors
from bot.storage.migrate import migrate

URL_PREFIX = "sqlite+aiosqlite:///"
BUSY_TIMEOUT_MS = 2_000
"""How long SQLite waits for another process's write to end."""
ANSWER_SECONDS = 2.0
"""How long a member's command may wait for the database: Discord takes an answer for 3 s."""
EMPTY_AGAIN_SECONDS = (0.1, 0.2, 0.4, 0.8)
"""The waits for those who read an older state, before what was deleted is given up for now."""
READERS = 2
"""So many short reads go on at the same time."""

P = ParamSpec("P")
R = TypeVar("R")


class Database:
    """The engines, and the ways to run a transaction: ``write`` and ``read``, soon or long."""

    def __init__(self, url: str, busy_timeout_ms: int = BUSY_TIMEOUT_MS) -> None:
        self.path = self.file(url)
        self.damage: DatabaseDamaged | None = None
        """What was met of it lately; ``damage_met`` tells when."""
        self.damage_met = asyncio.Event()
        self._writing = WriteLane(self.path, busy_timeout_ms)
        self._reading = ReadLane(self.path, busy_timeout_ms, READERS)
        self._reading_long = ReadLane(self.path, busy_timeout_ms, 1)

    @staticmethod
    def file(url: str) -> Path:
        """Tell which file the setting means."""
        return Path(url.removeprefix(URL_PREFIX))

    async def open(self) -> None:
        """Bring the schema up to date, after a backup.

        Raises a StorageError, DatabaseDamaged before anything is changed, or ConfigError where
        the file is not the bot's.
        """
        try:
            with storage_errors(self.path):
                await asyncio.to_thread(migrate, self.path)
        except OSError as error:  # a folder or a lock beside the file that cannot be made
            raise own_trouble(error) from error

    async def close(self) -> None:
        """Wait for what is under way and close every connection."""
        await asyncio.to_thread(self._writing.close)
        await asyncio.to_thread(self._reading.close)
        await asyncio.to_thread(self._reading_long.close)

    async def write(
        self, function: Callable[Concatenate[Transaction, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run the function in a transaction: all that it writes, or nothing.

        A cancelled caller does not cancel the transaction, nor take it from the queue: what was
        done outside the database before it is true. Raises a StorageError.
        """
        return await self._noting(asyncio.shield(self._writing.run(function, *args, **kwargs)))

    async def overwrite_deleted(self) -> bool:
        """See to it that what was deleted stands nowhere any more: not in the log either.

        Tells whether it is so: False where somebody reads an older state for long. Raises a
        StorageError.
        """
        for pause in EMPTY_AGAIN_SECONDS:
            if await self._noting(asyncio.shield(self._writing.empty_log())):
                return True
            await asyncio.sleep(pause)
        return await self._noting(asyncio.shield(self._writing.empty_log()))

    async def write_soon(
        self, function: Callable[Concatenate[Transaction, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Like ``write``, for somebody who waits: done within ANSWER_SECONDS, or StorageBusy.

        A write that comes too late is rolled back, so that what is answered is true. One that came
        in time is answered as kept, however long the disk takes over its commit.
        """
        # Who sets it first decides, the writer or the caller: setdefault is atomic.
        decision: dict[str, bool] = {}

        def unless_late(tx: Transaction, /, *args: P.args, **kwargs: P.kwargs) -> R:
            result = function(tx, *args, **kwargs)
            if decision.setdefault("late", False):
                raise StorageBusy
            return result

        writing = self._writing.run(unless_late, *args, **kwargs)
        try:
            done, _ = await asyncio.wait({writing}, timeout=ANSWER_SECONDS)
            if not done and decision.setdefault("late", True):
                raise StorageBusy
            return await self._noting(writing)
        finally:
            decision.setdefault("late", True)
            writing.cancel()

    async def read(
        self, function: Callable[Concatenate[Transaction, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run the function on one consistent state, for somebody who waits.

        Done within ANSWER_SECONDS, or StorageBusy; also raises the other StorageErrors.
        """
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._noting(self._reading.run(function, *args, **kwargs))
        except TimeoutError:
            raise StorageBusy from None

    async def read_long(
        self, function: Callable[Concatenate[Transaction, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Like ``read``, for what may be long: an export, a report, a start, a sweep.

        It has a thread and a connection of its own, so that nobody who waits for a short read
        waits for it, and takes as long as it takes. Raises a StorageError.
        """
        return await self._noting(self._reading_long.run(function, *args, **kwargs))

    async def _noting(self, work: Awaitable[R]) -> R:
        """Note damage for whoever tells the operator."""
        try:
            return await work
        except DatabaseDamaged as error:
            self.damage = error
            self.damage_met.set()
            raise
