"""Which processes are alive: each holds the lock of a number while it runs.

The system gives a dead process's lock back at once, so a killed process's jobs can be taken
over without waiting for a heartbeat to run out.
"""

from pathlib import Path

from filelock import FileLock, Timeout


class Worker:
    """The number of the running process, the least that no other living one has."""

    def __init__(self, database: Path) -> None:
        self._database = database
        self.number, self._lock = self._claim()

    def _claim(self) -> tuple[int, FileLock]:
        number = 1
        while (lock := self.try_lock(number)) is None:
            number += 1
        return number, lock

    def try_lock(self, number: int) -> FileLock | None:
        """Take the lock of a process that is gone; None where it lives. To be released soon."""
        lock = FileLock(f"{self._database}.worker-{number}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return None
        return lock

    def leave(self) -> None:
        """Give the number back."""
        self._lock.release()
