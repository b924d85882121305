"""Locks between processes: the system's own, which a dead process cannot keep."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from bot.errors import ConfigError


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
