"""Databases that are broken for real, in the ways that operators meet."""

import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

PAGE = 4096

Damage = Callable[[Path], object]


def overwrite_pages(database: Path, every: int = 1, first: int = 0, seed: int = 1) -> None:
    """Put random bytes over every n-th page; the file keeps its length."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    with database.open("r+b") as file:
        for start in range(first * PAGE, database.stat().st_size, every * PAGE):
            file.seek(start)
            file.write(dice.randbytes(PAGE))


def overwrite(database: Path, offset: int, length: int, seed: int = 1) -> None:
    """Put random bytes somewhere, within the file."""
    size = database.stat().st_size
    with database.open("r+b") as file:
        file.seek(offset % size)
        dice = random.Random(seed)  # noqa: S311 - no secret
        file.write(dice.randbytes(min(length, size - offset % size)))


def cut(database: Path, share: float = 0.5) -> None:
    """Keep the beginning of a file, as a copy does that the disk had no room for."""
    with database.open("r+b") as file:
        file.truncate(int(database.stat().st_size * share))


def lay_old_copy_beside_live_log(database: Path) -> None:
    """Put an old copy in the place of a file whose -wal and -shm are in use, and stay."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")  # as the bot has it
    old = database.read_bytes()
    live = database.with_name("live.db")
    shutil.copyfile(database, live)
    with closing(sqlite3.connect(live, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        fill = (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)"
            " INSERT INTO facts SELECT hex(randomblob(9)), hex(randomblob(99)) FROM n"
        )
        connection.execute(fill)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute(fill)
        for end in ("-wal", "-shm"):
            shutil.copyfile(f"{live}{end}", f"{database}{end}")
    live.unlink()
    database.write_bytes(old)


def put_log_with_other_pages_beside(database: Path) -> None:
    """Put the -wal of a file there whose pages have another size."""
    other = database.with_name("other.db")
    with closing(sqlite3.connect(other, isolation_level=None)) as connection:
        connection.execute("PRAGMA page_size = 8192")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE lines (words TEXT)")
        shutil.copyfile(f"{other}-wal", f"{database}-wal")
    other.unlink()


def empty_beside_log(database: Path) -> None:
    """Empty the file while its log has something in it."""
    put_log_with_other_pages_beside(database)
    database.write_bytes(b"")


def lose_beside_log(database: Path) -> None:
    """Lose the file and keep its log."""
    put_log_with_other_pages_beside(database)
    database.unlink()


DAMAGES: Mapping[str, Damage] = {
    "every page": overwrite_pages,
    "every other page": lambda path: overwrite_pages(path, every=2, first=1),
    "every fifth page": lambda path: overwrite_pages(path, every=5, first=3),
    "the header's page": lambda path: overwrite(path, 0, PAGE),
    "the header but for its name": lambda path: overwrite(path, 16, 84),
    "the schema": lambda path: overwrite(path, 100, PAGE - 100),
    "cut in the middle": cut,
    "cut in the first page": lambda path: cut(path, 0.001),
    "a few bytes": lambda path: path.write_bytes(b"SQLite format 3\x00"),
    "a text": lambda path: path.write_text("a shopping list " * 1000),
    "zeros": lambda path: path.write_bytes(bytes(path.stat().st_size)),
    "an old copy beside a live log": lay_old_copy_beside_live_log,
    "a log with other pages": put_log_with_other_pages_beside,
    "empty beside a log": empty_beside_log,
    "gone beside a log": lose_beside_log,
}
"""By a name for it, what each does to a database of the bot."""


@contextmanager
def broken_table(database: Path, table: str) -> Iterator[None]:
    """Break a table on the disk under a bot that runs; afterwards it is whole again."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        asked = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        root = int(connection.execute(asked, [table]).fetchone()[0]) - 1
        assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
        whole = database.read_bytes()[root * PAGE :][:PAGE]
        overwrite(database, root * PAGE, PAGE)
        # What another has written since is no longer trusted from a connection's memory.
        connection.execute("INSERT INTO facts VALUES ('of another', 'process')")
    try:
        yield
    finally:
        with database.open("r+b") as file:
            file.seek(root * PAGE)
            file.write(whole)
