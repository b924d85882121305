"""Fixtures of the integration tests: real database files, true videos."""

import functools
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.storage import Database
from bot.storage.database import URL_PREFIX
from bot.storage.migrate import migrate
from tests.videos import Videos


@functools.cache
def _migrated() -> bytes:
    """Make an empty database of the newest schema, once a test run."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        migrate(path)
        return path.read_bytes()


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    """Give an empty database file of the newest schema."""
    path = tmp_path / "bot.db"
    path.write_bytes(_migrated())
    return path


@pytest.fixture
async def database(database_file: Path) -> AsyncIterator[Database]:
    """Give an open database."""
    database = Database(f"{URL_PREFIX}{database_file}")
    await database.open()
    yield database
    await database.close()


@pytest.fixture(scope="session")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Videos:
    """Give the videos of this run."""
    return Videos(tmp_path_factory.mktemp("videos"))
