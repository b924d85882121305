"""Whether the bot is well: each process shows it in a file of its own, named by its number.

Two processes of one database, a container each or both on one machine, must not answer for each
other: one that hangs would be called well as long as the other is.
"""

import os
import platform
from pathlib import Path

from filelock import Timeout

from bot.storage.locks import lock_beside, lock_errors

ALIVE_SECONDS = 15.0
"""How often the running bot shows that its loop turns and its gateway is connected."""
_LATE_SECONDS = 3 * ALIVE_SECONDS


class Alive:
    """The sign of one process; its number's lock is held. Everything here is blocking."""

    def __init__(self, database: Path, number: int) -> None:
        self._file = _file_of(database, number)

    def begin(self) -> None:
        """Say on which machine the process is, and that it was never well yet."""
        self._file.write_text(platform.node(), encoding="utf-8")
        os.utime(self._file, (0, 0))

    def show(self) -> None:
        """Say that it is well now."""
        os.utime(self._file)

    def end(self) -> None:
        """Leave nothing to be asked about."""
        self._file.unlink(missing_ok=True)


def all_well(database: Path, now: float) -> bool:
    """Tell whether a process runs on this machine, and each that does was well lately.

    ``now`` is in seconds since the epoch. Blocking.
    """
    ages = [
        now - _file_of(database, number).stat().st_mtime
        for number in _numbers(database)
        if _is_here(database, number) and _lives(database, number)
    ]
    return bool(ages) and max(ages) <= _LATE_SECONDS


def others_live(database: Path, number: int) -> bool:
    """Tell whether another process of the database runs; raise StorageError. Blocking."""
    return any(other != number and _lives(database, other) for other in _numbers(database))


def _numbers(database: Path) -> list[int]:
    """List the numbers of the processes that have a file."""
    start = f"{database.name}.alive-"
    names = [file.name for file in database.parent.glob("*") if file.name.startswith(start)]
    ends = [name.removeprefix(start) for name in names]
    return [int(end) for end in ends if end.isdecimal()]


def _file_of(database: Path, number: int) -> Path:
    return database.with_name(f"{database.name}.alive-{number}")


def _is_here(database: Path, number: int) -> bool:
    return _file_of(database, number).read_text(encoding="utf-8") == platform.node()


def _lives(database: Path, number: int) -> bool:
    lock = lock_beside(database, f"worker-{number}")
    try:
        with lock_errors(database):
            lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False
