"""A damaged database is told from a whole one, in bounded time and without writing to it."""

import asyncio
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.errors import ConfigError, DatabaseDamaged
from bot.storage import Database
from bot.storage.database import URL_PREFIX
from bot.storage.migrate import migrate
from bot.storage.soundness import CHECK_SECONDS, assert_whole
from tests.big_database import FEW_JOBS, big_database
from tests.damage import DAMAGES, PAGE, Damage, overwrite_pages
from tests.files import read

SUFFIXES = ("", "-wal")


@pytest.fixture(scope="session")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a database with a past, to be copied."""
    return big_database(tmp_path_factory.mktemp("past") / "past.db", FEW_JOBS)


@pytest.fixture
def used(past: Path, tmp_path: Path) -> Path:
    """Give a database of its own with a past."""
    return Path(shutil.copyfile(past, tmp_path / "bot.db"))


def contents(database: Path) -> list[bytes]:
    """Read the file and its log."""
    return [read(Path(f"{database}{suffix}")) for suffix in SUFFIXES]


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
async def test_no_damaged_database_is_opened_or_changed(used: Path, damage: Damage) -> None:
    """Whatever happened to it, it is told as damage, and stays as it was found."""
    damage(used)
    before = contents(used)
    database = Database(f"{URL_PREFIX}{used}")

    with pytest.raises(DatabaseDamaged) as caught:
        await database.open()
    await database.close()

    assert caught.value.path == str(used)
    assert caught.value.detail
    assert contents(used) == before


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(every=st.integers(2, 200), first=st.integers(0, 199), seed=st.integers(0, 1 << 32))
def test_random_bytes_over_any_page_are_found(
    past: Path, tmp_path: Path, every: int, first: int, seed: int
) -> None:
    """Over every n-th page, wherever it begins: no page is passed over."""
    database = Path(shutil.copyfile(past, tmp_path / "bot.db"))
    overwrite_pages(database, every, first % (database.stat().st_size // PAGE), seed)

    with pytest.raises(DatabaseDamaged):
        assert_whole(database, CHECK_SECONDS)


def test_what_is_whole_passes(used: Path, tmp_path: Path) -> None:
    """One in use with a log beside it, one that is empty, and none."""
    with closing(sqlite3.connect(used, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("INSERT INTO facts VALUES ('a', 'b')")
        assert read(Path(f"{used}-wal"))
        assert assert_whole(used, CHECK_SECONDS)
    (tmp_path / "empty.db").touch()
    assert assert_whole(tmp_path / "empty.db", CHECK_SECONDS)
    assert assert_whole(tmp_path / "none.db", CHECK_SECONDS)
    assert not (tmp_path / "none.db").exists()


def test_a_look_ends_in_time(tmp_path: Path) -> None:
    """A large file is looked at for so long, and no longer: what was not seen is said."""
    used = big_database(tmp_path / "bot.db", 10 * FEW_JOBS)
    began = time.monotonic()
    assert not assert_whole(used, 0.0)
    assert time.monotonic() - began < 2


def test_the_newest_copy_is_named(used: Path) -> None:
    """Of those that the bot has made before a change of the schema."""
    for age, name in enumerate(("new", "old")):
        copy = used.with_name(f"bot.db.before-{name}")
        copy.touch()
        os.utime(copy, (1_000 - age, 1_000 - age))
    overwrite_pages(used)

    with pytest.raises(DatabaseDamaged) as caught:
        assert_whole(used, CHECK_SECONDS)

    assert caught.value.backup == str(used.with_name("bot.db.before-new"))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("CREATE TABLE lists (words TEXT); DROP TABLE alembic_version", "another program"),
        ("UPDATE alembic_version SET version_num = '9999'", "newer version"),
        ("INSERT INTO alembic_version VALUES ('9999')", "newer version"),
    ],
)
def test_what_is_not_this_version_s_is_left_alone(used: Path, change: str, found: str) -> None:
    """Neither tables nor a backup are made."""
    with closing(sqlite3.connect(used)) as connection:
        connection.executescript(change)
    before = contents(used)

    with pytest.raises(ConfigError, match=found):
        migrate(used)

    assert contents(used) == before
    assert list(used.parent.glob("*.before-*")) == []


async def test_a_page_that_is_damaged_meanwhile_is_met_as_damage(
    database: Database, database_file: Path
) -> None:
    """By the one who reads it; others go on, also those who write at the same time."""

    def root_of(table: str) -> int:
        with closing(sqlite3.connect(database_file)) as connection:
            asked = "SELECT rootpage FROM sqlite_master WHERE name = ?"
            return int(connection.execute(asked, [table]).fetchone()[0])

    def read_table(name: str) -> Callable[..., object]:
        return lambda tx: tx.exec_driver_sql(f"SELECT * FROM {name}").all()  # noqa: S608

    root = root_of("drafts")
    overwrite_pages(database_file, every=1 << 20, first=root - 1)

    with pytest.raises(DatabaseDamaged):
        await database.read(read_table("drafts"))
    assert database.damage_met.is_set()
    together = threading.Event()
    first = database.write(lambda _: together.wait())
    bad = database.write(read_table("drafts"))
    good = database.write(read_table("job_events"))
    gathered = asyncio.gather(first, bad, good, return_exceptions=True)
    await asyncio.sleep(0)
    together.set()
    results = await gathered
    assert isinstance(results[1], DatabaseDamaged)
    assert results[2] == []
