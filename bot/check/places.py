"""Whether the database and the videos can be kept where the settings say, and what to do if not."""

import os
import re
import shlex
import shutil
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot.check.findings import Finding, Verdict
from bot.errors import ConfigError, DatabaseDamaged, StorageError
from bot.presentation.alerts import damage_text
from bot.storage.migrate import assert_ours
from bot.storage.soundness import CHECK_SECONDS, assert_whole

LEAST_FREE_BYTES = 1 << 30
_SQLITE = {
    sqlite3.SQLITE_BUSY: "another process keeps it locked. Stop that one, or try again",
    sqlite3.SQLITE_LOCKED: "another process keeps it locked. Stop that one, or try again",
    sqlite3.SQLITE_FULL: "its disk is full. Free some space",
}
"""Why a database cannot be written and what to do, by SQLite's primary code."""
_PRIMARY_CODE = 0xFF


def check_database(path: Path) -> Finding:
    """See whether the database is whole and the bot's, or could be made, and take its lock."""
    obstacle = obstacle_to_database(path)
    if obstacle:
        return Finding(Verdict.WRONG, obstacle)
    try:
        seen = assert_whole(path, CHECK_SECONDS)
        if not path.exists():
            return Finding(Verdict.OK, f"The database {path} will be created.")
        assert_ours(path)
    except DatabaseDamaged as error:
        return Finding(Verdict.WRONG, damage_text(error))
    except ConfigError as error:
        text = f"{error.key} names {error.found}. Set it to {error.allowed}."
        return Finding(Verdict.WRONG, text)
    except (
        OSError,
        StorageError,
        SQLAlchemyError,
    ):  # the lock cannot be had either: it says why
        seen = False
    return _lockable(path, "is whole and can be written" if seen else "can be written")


def _lockable(path: Path, good: str) -> Finding:
    """Take the write lock of the database."""
    try:
        with closing(sqlite3.connect(path, timeout=1)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE
        why = _SQLITE.get(code, "see its owner, its disk, and database.url")
        return Finding(Verdict.WRONG, f"The database {path} cannot be written: {why}.")
    if path.stat().st_size == 0:
        return Finding(
            Verdict.NOTE,
            f"The database {path} is empty, so the bot begins anew: without the jobs and credits "
            "of before. Was it in use, put a backup there.",
        )
    return Finding(Verdict.OK, f"The database {path} {good}.")


def check_folder(folder: Path) -> Finding:
    """See whether videos can be kept, and for how long the disk will last."""
    obstacle = obstacle_to_folder(folder, "storage.path")
    if obstacle:
        return Finding(Verdict.WRONG, obstacle)
    nearest = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    free = shutil.disk_usage(nearest).free
    if free < LEAST_FREE_BYTES:
        return Finding(
            Verdict.WRONG,
            f"Only {free >> 20} MiB are free for videos in {folder}. Free some space, or set "
            "storage.path to another disk.",
        )
    return Finding(Verdict.OK, f"Videos are kept in {folder}, {free >> 30} GiB free.")


def obstacle_to_database(path: Path) -> str:
    """Say why no database can be kept in this file, and what to do; empty: it can be."""
    obstacle = obstacle_to_folder(path.parent, "database.url")
    if obstacle:
        return obstacle
    try:
        found = path.stat()
    except FileNotFoundError:
        return ""
    except OSError as error:
        why = (error.strerror or "an error of the system").lower()
        return f"{path} cannot be a file ({why}). Set database.url to another one."
    if stat.S_ISDIR(found.st_mode):
        return (
            f"The database {path} is a folder. Set database.url to a file, such as "
            f"sqlite+aiosqlite:///{path / 'sora-bot.db'}"
        )
    for each in (path, *_beside(path)):
        if not os.access(each, os.R_OK | os.W_OK):
            return f"{each} cannot be read and written. {_remedy(each)}."
    return ""


def _beside(database: Path) -> Iterator[Path]:
    """List the files beside a database without which it cannot be used."""
    kinds = re.compile(rf"{re.escape(database.name)}(-wal|-shm|\.migrating\.lock)")
    return (each for each in database.parent.iterdir() if kinds.fullmatch(each.name))


def obstacle_to_folder(folder: Path, key: str) -> str:
    """Say why nothing can be kept in a folder, and what to do; empty: it can be, or be made."""
    why = ""
    try:
        nearest, found = _nearest(folder.absolute())
    except PermissionError:
        closed = next(
            each for each in reversed(folder.absolute().parents) if not os.access(each, os.X_OK)
        )
        why = (
            f"{folder} cannot be reached: {_user()} may not enter {closed}. "
            f"Run: sudo chmod o+x {shlex.quote(str(closed))}"
        )
    except OSError as error:  # too long a path, or links in a circle
        reason = (error.strerror or "an error of the system").lower()
        why = f"{folder} cannot be a folder ({reason}). Use a shorter path without links"
    else:
        if stat.S_ISLNK(found.st_mode):
            why = f"{nearest} is a link that leads nowhere. Remove it"
        elif not stat.S_ISDIR(found.st_mode):
            why = f"{nearest} is a file where a folder is needed. Move it away"
        elif not os.access(nearest, os.R_OK | os.W_OK | os.X_OK):
            why = _unwritable(folder, nearest)
    return why and f"{why}, or set {key} to another place."


def _unwritable(folder: Path, nearest: Path) -> str:
    """Say why the nearest folder that is there cannot be written, and what to do."""
    if os.statvfs(nearest).f_flag & os.ST_RDONLY:
        return (
            f"{nearest} is mounted read-only. Mount it so that it can be written (Docker: without "
            ":ro)"
        )
    if nearest == folder.absolute():
        return f"{folder} cannot be written. {_remedy(folder)}"
    made = shlex.quote(str(folder.absolute()))
    return (
        f"{folder} cannot be made: {_user()} may not write in {nearest}. Run: "
        f"sudo mkdir -p {made} && sudo chown {_owner()} {made}"
    )


def _nearest(folder: Path) -> tuple[Path, os.stat_result]:
    """Find what is there of a path: itself, the nearest above it, or a link that leads nowhere."""
    for each in (folder, *folder.parents):
        try:
            return each, each.stat()
        except (FileNotFoundError, NotADirectoryError):
            if each.is_symlink():
                return each, each.lstat()
    raise FileNotFoundError(folder)


def _remedy(path: Path) -> str:
    """Tell how this process's user may come to write a file or a folder."""
    name = shlex.quote(str(path.absolute()))
    owner = path.stat().st_uid
    if owner == os.geteuid():
        return f"Run: chmod u+rwX {name}"
    return (
        f"It belongs to user {owner}, and the bot runs as {_user()}. "
        f"Run: sudo chown -R {_owner()} {name}"
    )


def _user() -> str:
    return f"user {os.geteuid()}"


def _owner() -> str:
    return f"{os.geteuid()}:{os.getegid()}"
