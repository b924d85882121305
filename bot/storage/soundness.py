"""Whether a database file is whole: what a failing disk, a cut copy or another's log leave behind.

Nothing is written here, not even what lies in the write-ahead log: a file that was put beside one
that is not its own must not take that one up by being looked at.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread
from urllib.parse import quote

from bot.errors import DatabaseDamaged

START_SECONDS = 3.0
"""How long a start looks: 258 MB of a long past took 1.5 s (measured), from the memory's cache."""
CHECK_SECONDS = 60.0
"""How long somebody who asks for it waits."""
_INTERRUPT_AGAIN_SECONDS = 0.01
HEADER_BYTES = 100
UNREADABLE = "a text in it cannot be read"
_MAGIC = b"SQLite format 3\x00"
_PAGE_SIZE, _LOG_PAGE_SIZE = slice(16, 18), slice(8, 12)
"""Where a database and its log tell the size of a page (sqlite.org/fileformat2.html)."""
_LARGEST_PAGE = 65_536
"""Two bytes are too few for it: it is written as 1."""
_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT})
_KEPT_AWAY = frozenset(
    {
        *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PROTOCOL),
        *(sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY),
        *(sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT),
    }
)


def assert_whole(path: Path, seconds: float) -> bool:
    """Look at every page of a database for so long at most; raise DatabaseDamaged. Blocking.

    Tells whether all of it was seen. A file that is not there, or is empty as ``touch`` leaves it,
    is whole. Where SQLite itself is kept from it (locked, no rights), nothing is said: whoever
    works with the file meets that as well. What stands inside a text is not looked at.
    """
    _look_at_heads(path)
    if not path.exists() or path.stat().st_size == 0:
        return True
    try:
        with closing(open_to_look(path)) as connection:
            with _interrupting(connection.interrupt, seconds):
                found = connection.execute("PRAGMA quick_check(1)").fetchone()
            if found != ("ok",):
                raise damaged(path, str(found[0]))
    except UnicodeDecodeError as error:
        raise damaged(path, UNREADABLE) from error
    except sqlite3.Error as error:
        if primary_code(error) in _KEPT_AWAY:
            return False
        # What else SQLite could not do, it could not understand.
        raise damaged(path, str(error)) from error
    return True


def open_to_look(path: Path) -> sqlite3.Connection:
    """Connect to what is there, and change nothing of it: the log is not even moved into it."""
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    return sqlite3.connect(address, uri=True, timeout=1, check_same_thread=False)


def is_damage(error: sqlite3.Error) -> bool:
    """Tell whether SQLite says that a file is not what it has written."""
    code = primary_code(error)
    if code is None:  # the driver's own: whatever we have written can be read as text
        return str(error).startswith("Could not decode to UTF-8")
    return code in _DAMAGED


def primary_code(error: sqlite3.Error) -> int | None:
    """Tell SQLite's primary result code of an error; None where it is the driver's own.

    Extended codes, such as BUSY_SNAPSHOT, have the primary one in their lowest byte.
    """
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def damaged(path: Path, detail: str) -> DatabaseDamaged:
    """Make the error, with the newest of the copies that lie beside the file."""
    start = f"{path.name}.before-"
    copies = [each for each in path.parent.iterdir() if each.name.startswith(start)]
    newest = max(copies, key=lambda each: each.stat().st_mtime, default="")
    said = detail.splitlines()[-1] if detail else ""
    # What can't be decoded is quoted by the driver: it may be a prompt.
    shown = UNREADABLE if said.startswith("Could not decode") else said
    return DatabaseDamaged(str(path), shown, str(newest))


def _look_at_heads(path: Path) -> None:
    """Look at what SQLite passes over, or takes for the end of a file."""
    log = path.with_name(f"{path.name}-wal")
    head, kept = _head(path), _head(log)
    if not head and kept:
        raise damaged(path, "the file is gone or empty, and its -wal is not")
    if head and not head.startswith(_MAGIC):
        raise damaged(
            path,
            "it does not begin as an SQLite database does (is it what database.url should name?)",
        )
    if head and len(head) < HEADER_BYTES:
        raise damaged(path, f"it ends after {len(head)} bytes")
    if head and len(kept) >= _LOG_PAGE_SIZE.stop:
        own = int.from_bytes(head[_PAGE_SIZE], "big")
        theirs = int.from_bytes(kept[_LOG_PAGE_SIZE], "big")
        if theirs != (_LARGEST_PAGE if own == 1 else own):
            raise damaged(path, "the -wal beside it is another database's")


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(HEADER_BYTES)
    except OSError:  # none, or none for us
        return b""


@contextmanager
def _interrupting(interrupt: Callable[[], None], seconds: float) -> Iterator[None]:
    """Break a statement off that takes longer; SQLite looks for it at every page."""
    over = Event()

    def wait() -> None:
        pause = seconds
        while not over.wait(pause):
            interrupt()  # in vain where the statement has not begun yet
            pause = _INTERRUPT_AGAIN_SECONDS

    thread = Thread(target=wait, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()  # the connection must outlive it
