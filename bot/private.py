"""Files that nobody else on the machine may read: prompts, videos and live tokens are in them."""

import contextlib
import itertools
import os
import re
import shlex
import stat
from collections.abc import Iterable
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO
"""The mode bits of the group and of everybody else."""
STDERR = 2
PICTURES = "pictures"
"""Their folder, in that of the videos."""
_VIDEO = re.compile(r"\d+\.|call-")
"""How the files of videos begin."""


def make_files_private() -> None:
    """Let whatever this process makes from now on be its user's alone."""
    os.umask(OTHERS)


def take_from_others(database: Path, folder: Path) -> None:
    """Take from others what was made before: the database's files, the videos, a log. Blocking.

    What belongs to another user is left alone, and so is what a link leads to, or what is not the
    bot's in a folder that is not its alone.
    """
    close_beside(database)
    if not _is_shared(folder):
        _close(folder)
    _close(folder / PICTURES)
    videos = (file for file in folder.glob("*") if _VIDEO.match(file.name))
    for file in itertools.chain(videos, (folder / PICTURES).glob("*")):
        _close(file)
    with contextlib.suppress(OSError):
        log = os.fstat(STDERR)
        if stat.S_ISREG(log.st_mode) and _is_open(log):
            os.fchmod(STDERR, stat.S_IMODE(log.st_mode) & ~OTHERS)


def close_beside(database: Path) -> None:
    """Take a database from others, with its journal, backups, locks and signs. Blocking.

    SQLite gives a new journal the mode of its database.
    """
    with contextlib.suppress(OSError):  # no such folder yet, or one that can't be listed
        for file in database.parent.iterdir():
            if re.match(rf"{re.escape(database.name)}($|[.-])", file.name):
                _close(file)


def _is_shared(folder: Path) -> bool:
    """Tell whether somebody works or lives in a folder, or below it."""
    try:
        places = (Path.cwd(), Path.home())
        return any(place.resolve().is_relative_to(folder.resolve()) for place in places)
    except (OSError, RuntimeError):  # a user without a home, or a folder that is gone
        return False


def whose_too(file: Path) -> Iterable[str]:
    """Tell what others may do with a file: "read", "change"."""
    mode = file.stat().st_mode
    words = {"read": stat.S_IRGRP | stat.S_IROTH, "change": stat.S_IWGRP | stat.S_IWOTH}
    return [word for word, bits in words.items() if mode & bits]


def advice_on(file: Path) -> str:
    """Tell the operator how this process's user comes to use a file of another's."""
    with contextlib.suppress(OSError):
        owner, user = file.stat().st_uid, os.geteuid()
        ours = f"{user}:{os.getegid()}"
        if owner != user:
            return (
                f"it belongs to user {owner}, and the bot runs as user {user}: "
                f"sudo chown {ours} {shlex.quote(str(file.absolute()))}"
            )
    return f"see its owner, its mode and its folder: ls -ln {shlex.quote(str(file.absolute()))}"


def _close(file: Path) -> None:
    with contextlib.suppress(OSError):  # gone meanwhile, or on a file system without modes
        found = file.lstat()
        if not stat.S_ISLNK(found.st_mode) and _is_open(found):
            file.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)


def _is_open(found: os.stat_result) -> bool:
    return found.st_uid == os.geteuid() and bool(found.st_mode & OTHERS)
