"""Which processes are alive: each holds the lock of a number while it runs.

The system gives a dead process's lock back at once, so a killed process's jobs can be taken
over without waiting for a heartbeat to run out.
"""

from dataclasses import dataclass
from pathlib import Path

import structlog
from filelock import FileLock, Timeout
from sqlalchemy import bindparam
from sqlalchemy.dialects.sqlite import insert

from bot.private import advice_on
from bot.storage.lanes import Transaction
from bot.storage.locks import is_another_user_s, lock_beside, lock_errors
from bot.storage.tables import workers

log = structlog.get_logger()

_BEGIN_EPOCH = (
    insert(workers)
    .values(number=bindparam("new"), epoch=1)
    .on_conflict_do_update(index_elements=["number"], set_={"epoch": workers.c.epoch + 1})
    .returning(workers.c.epoch)
)


@dataclass(frozen=True)
class Owner:
    """Who looks after a job: a process, told from all that had its number before."""

    worker: int
    epoch: int


def begin_epoch(tx: Transaction, number: int) -> Owner:
    """Take up a number whose lock this process holds; what had it before is over."""
    return Owner(number, int(tx.execute(_BEGIN_EPOCH, {"new": number}).scalar_one()))


class Worker:
    """The number of the running process, the least that no other living one has."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self._reported: set[Path] = set()
        self.number, self._lock = self._claim()

    def _claim(self) -> tuple[int, FileLock]:
        number = 1
        while (lock := self.try_lock(number)) is None:
            number += 1
        return number, lock

    def try_lock(self, number: int) -> FileLock | None:
        """Take the lock of a process that is gone; None where it lives. To be released soon.

        That of another user's process may be one or the other: it is left alone, and logged.
        """
        lock = lock_beside(self._database, f"worker-{number}")
        try:
            with lock_errors(self._database):
                lock.acquire(timeout=0)
        except Timeout:
            return None
        except PermissionError:
            file = Path(lock.lock_file)
            if not is_another_user_s(file):
                raise
            self._report(file)
            return None
        return lock

    def _report(self, file: Path) -> None:
        """Say once which lock cannot be taken, and how it can."""
        if file not in self._reported:
            self._reported.add(file)
            log.error("lock.foreign", file=str(file), advice=advice_on(file))

    def leave(self) -> None:
        """Give the number back."""
        self._lock.release()
