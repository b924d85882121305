"""What this machine runs out of, handles and memory: it says nothing of whoever was dealt with.

Counted as another's failure, it would end jobs in "could not be reached", and tell members that a
disk is full.
"""

import contextlib
import errno
import os
import socket
import sqlite3
from collections.abc import Iterator

from bot.errors import ResourcesExhausted, StorageError, StorageFull

ADVICE = (
    "this process or the machine has no file handles or memory left; raise the limit of open"
    " files (ulimit -n, or LimitNOFILE of the service) or see what else takes them"
)
_NUMBERS = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
_NOT_OPENED = frozenset({sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR})
_PRIMARY_CODE = 0xFF
"""SQLite's extended codes carry the primary one in their last byte."""


def is_exhaustion(error: BaseException) -> bool:
    """Tell whether an error, or what it came from, is that handles or memory ran out.

    A name that is not found and a database that is not opened do not say why (measured): there, a
    handle is tried.
    """
    return any(_is_exhaustion(each) for each in _origins(error))


def own_trouble(error: OSError) -> StorageError:
    """Name what this machine's own files cannot do just now."""
    return ResourcesExhausted() if is_exhaustion(error) else StorageFull()


@contextlib.contextmanager
def own_files() -> Iterator[None]:
    """Raise a StorageError for what work on our own files raises."""
    try:
        yield
    except OSError as error:
        raise own_trouble(error) from error


def _is_exhaustion(error: BaseException) -> bool:
    if isinstance(error, ResourcesExhausted):
        return True
    if isinstance(error, socket.gaierror):  # its numbers are others, and lie among the usual ones
        return _no_handle_left()
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
        return code == sqlite3.SQLITE_NOMEM or (code in _NOT_OPENED and _no_handle_left())
    return isinstance(error, OSError) and error.errno in _NUMBERS


def _origins(error: BaseException | None) -> Iterator[BaseException]:
    """List the error, what it wraps (as aiohttp and SQLAlchemy do it), and what it came from."""
    seen: set[int] = set()
    left = [error]
    while left:
        each = left.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        wrapped = (getattr(each, name, None) for name in ("os_error", "orig"))
        left += [inner for inner in wrapped if isinstance(inner, BaseException)]
        left.append(each.__cause__)


def _no_handle_left() -> bool:
    try:
        os.close(os.open(os.devnull, os.O_RDONLY))
    except OSError as error:
        return error.errno in _NUMBERS
    return False
