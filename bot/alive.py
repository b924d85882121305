"""Whether the bot is well: each process shows it in a file of its own, named by its number.

Two processes of one database, a container each or both on one machine, must not answer for each
other: one that hangs would be called well as long as the other is.
"""

import contextlib
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path

import structlog
from filelock import Timeout

from bot.private import advice_on
from bot.storage.locks import lock_beside, lock_errors

ALIVE_SECONDS = 15.0
"""How often the running bot shows that its loop turns and its gateway is connected."""
_LATE_SECONDS = 3 * ALIVE_SECONDS

log = structlog.get_logger()


class Alive:
    """The sign of one process; its number's lock is held. Everything here is blocking.

    A process that can show no sign works on: what it cannot show is logged, once.
    """

    def __init__(self, database: Path, number: int) -> None:
        self._file = _file_of(database, number)
        self._reported = False

    def begin(self) -> None:
        """Say on which machine the process is, and that it was never well yet."""
        self._try(lambda: self._write(0.0))

    def show(self) -> None:
        """Say that it is well now."""
        self._try(lambda: self._write(time.time()))

    def end(self) -> None:
        """Leave nothing to be asked about."""
        self._try(lambda: self._file.unlink(missing_ok=True))

    def _write(self, at: float) -> None:
        try:
            os.utime(self._file, (at, at))
            if _is_here(self._file):
                return
        except OSError:  # none yet, gone, or another user's: in a folder of ours that one goes
            self._file.unlink(missing_ok=True)
        self._file.write_text(platform.node(), encoding="utf-8")
        os.utime(self._file, (at, at))

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except OSError as error:
            if not self._reported:
                kind, advice = type(error).__name__, advice_on(self._file)
                log.warning("alive.unshown", file=str(self._file), kind=kind, advice=advice)
            self._reported = True


def all_well(database: Path, now: float) -> bool:
    """Tell whether a process runs on this machine, and each that does was well lately.

    ``now`` is in seconds since the epoch. What another user's process shows is not asked, and a
    sign from the future tells nothing: a clock was set back since. Blocking.
    """
    ages: list[float] = []
    for number in _numbers(database):
        with contextlib.suppress(FileNotFoundError, PermissionError):  # ended, or not ours
            if _is_here(_file_of(database, number)) and _lives(database, number):
                ages.append(now - _file_of(database, number).stat().st_mtime)
    return bool(ages) and all(-ALIVE_SECONDS <= age <= _LATE_SECONDS for age in ages)


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


def _is_here(file: Path) -> bool:
    return file.read_bytes() == platform.node().encode()


def _lives(database: Path, number: int) -> bool:
    lock = lock_beside(database, f"worker-{number}")
    try:
        with lock_errors(database):
            lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False
