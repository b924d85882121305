"""What the machine runs out of is told from whatever else goes wrong."""

import errno
import socket
import sqlite3
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from bot.delivery.boxes import read_layout
from bot.delivery.ffmpeg import run_ffmpeg
from bot.delivery.video import probe
from bot.errors import FetchFailed, NotSubmitted, ResourcesExhausted, StorageFull
from bot.exhaustion import is_exhaustion, own_files
from bot.storage import Database
from bot.storage.database import URL_PREFIX
from tests.handles import no_handles_left
from tests.videos import Videos


def connecting(error: OSError) -> aiohttp.ClientConnectorError:
    """Make aiohttp's error for a connection that did not come about."""
    return aiohttp.ClientConnectorError(cast("Any", None), error)


def because(error: Exception, cause: Exception) -> Exception:
    """Let an error have come from another."""
    error.__cause__ = cause
    return error


FULL = OSError(errno.EMFILE, "Too many open files")


@pytest.mark.parametrize(
    ("error", "exhausted"),
    [
        *((OSError(number, "as told"), True) for number in (errno.EMFILE, errno.ENFILE)),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), True),
        (connecting(FULL), True),
        (because(NotSubmitted(), because(RuntimeError(), connecting(FULL))), True),
        (OperationalError("SELECT", None, FULL), True),
        (ResourcesExhausted(), True),
        *((OSError(number, "as told"), False) for number in (errno.ENOSPC, errno.ECONNREFUSED)),
        (connecting(OSError(errno.ECONNRESET, "reset")), False),
        # These say nothing of why, and a handle can be had.
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), False),
        (sqlite3.OperationalError("unable to open database file"), False),
        (MemoryError(), False),
        (FetchFailed("Too many open files"), False),
    ],
    ids=repr,
)
def test_it_goes_by_the_numbers_of_what_it_came_from(error: Exception, exhausted: bool) -> None:
    """As aiohttp and SQLAlchemy wrap them, and never by a text."""
    assert is_exhaustion(error) is exhausted


def test_an_error_that_came_from_itself_has_an_end() -> None:
    """However it was chained."""
    one, other = RuntimeError(), RuntimeError()
    one.__cause__, other.__cause__ = other, one
    assert not is_exhaustion(one)


def test_a_full_disk_is_another_trouble(tmp_path: Path) -> None:
    """Members are told the one or the other."""
    with pytest.raises(StorageFull), own_files():
        raise OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(ResourcesExhausted), no_handles_left(), own_files():
        (tmp_path / "file").touch()


async def test_the_tools_of_delivery_know_it(videos: Videos) -> None:
    """Neither ffmpeg that cannot be started nor a file that cannot be opened blames the video."""
    path = videos.plain()
    with no_handles_left():
        with pytest.raises(ResourcesExhausted):
            await run_ffmpeg(["-i", str(path), "-f", "null", "-"], 30)
        with pytest.raises(ResourcesExhausted):
            read_layout(path)
        with pytest.raises(ResourcesExhausted):
            await probe(path)


async def test_a_database_that_is_not_opened_for_it_is_not_full(database_file: Path) -> None:
    """SQLite says of both that it is unable to open the file."""
    database = Database(f"{URL_PREFIX}{database_file}")
    with no_handles_left(), pytest.raises(ResourcesExhausted):
        await database.read(lambda tx: tx.execute(text("SELECT 1")).scalar())
    assert await database.read(lambda tx: tx.execute(text("SELECT 1")).scalar()) == 1
    await database.close()
