"""Locks between processes: the system's own, which a dead process cannot keep."""

import contextlib
import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from filelock import FileLock, Timeout

from bot.errors import ConfigError

TOLD_SECONDS = 2.0
"""How long somebody waits for a lock before it is said for which."""

log = structlog.get_logger()


def lock_beside(database: Path, name: str) -> FileLock:
    """Make a lock in a file beside the database; take it under ``lock_errors``.

    Never a mere file in place of a lock, where the file system has none: it would outlive a killed
    process, and nobody would ever take up that one's jobs.
    """
    return FileLock(f"{database}.{name}.lock", fallback_to_soft=False)


@contextmanager
def lock_errors(database: Path) -> Iterator[None]:
    """Raise ConfigError where the file system has no locks."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSYS:
            raise
        found = f"{database}, on a file system without locks"
        raise ConfigError("database.url", found, "a file on a local disk") from error


@contextmanager
def hold_lock(database: Path, name: str) -> Iterator[None]:
    """Wait for a lock beside the database as long as it takes, and say so. Blocking.

    Raises ConfigError where the file system has no locks.
    """
    lock = lock_beside(database, name)
    with lock_errors(database):
        try:
            lock.acquire(timeout=TOLD_SECONDS)
        except Timeout:
            log.warning(
                "lock.waiting",
                file=lock.lock_file,
                held_by=holder_of(Path(lock.lock_file)),
                advice="another process of the bot is at work there; it goes on when that is done",
            )
            lock.acquire()
    try:
        yield
    finally:
        lock.release()


def holder_of(file: Path) -> str:
    """Name the process that has locked a file, as far as this system tells."""
    with contextlib.suppress(OSError):
        number = file.stat().st_ino
        locks = Path("/proc/locks").read_text(encoding="ascii", errors="replace")
        for pid in re.findall(rf"FLOCK\s+\S+\s+WRITE\s+(\d+)\s+\S+:{number}\s", locks):
            return f"process {pid}"
    return "a process that cannot be seen from here"


def is_another_user_s(file: Path) -> bool:
    """Tell whether a file is there and cannot be opened: not ours, so nothing is known of it."""
    return file.exists() and not os.access(file, os.R_OK | os.W_OK, effective_ids=True)
