"""Bringing a file to the newest schema: whole, once, and with a backup of what was there."""

import asyncio
import errno
import fcntl
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import NullPool, create_engine, inspect

from bot.errors import ConfigError, StorageFull
from bot.storage import Database, migrations
from bot.storage.database import URL_PREFIX
from bot.storage.facts import get_fact, set_fact
from bot.storage.migrate import migrate
from bot.storage.tables import metadata
from bot.storage.workers import Worker
from tests.books import query
from tests.files import names_in

MIGRATE = """
import sys
from pathlib import Path
from bot.storage.migrate import migrate
print("ready", flush=True)
sys.stdin.readline()
migrate(Path(sys.argv[1]))
"""
"""A process that migrates a file when it is told to."""


def newest_revision() -> str:
    """Tell the last migration's name."""
    config = Config()
    config.set_main_option("script_location", "bot:storage/migrations")
    return ScriptDirectory.from_config(config).get_current_head() or ""


NEXT = """
from alembic import op

revision = "next"
down_revision = "{newest}"


def upgrade() -> None:
    op.execute("CREATE TABLE novelty (words TEXT)")
    {then}
"""


def scripts_with_a_next_one(folder: Path, then: str = "") -> Path:
    """Copy the migrations and add one to them, as a later version of the bot would."""
    folder.mkdir(exist_ok=True)
    scripts = folder / "migrations"
    shutil.copytree(Path(migrations.__file__).parent, scripts)
    (scripts / "versions" / "next.py").write_text(NEXT.format(newest=newest_revision(), then=then))
    return scripts


def checks(path: Path) -> dict[str, dict[str | None, str]]:
    """Read the CHECK constraints of every table of the code."""
    inspector = inspect(create_engine(f"sqlite:///{path}", poolclass=NullPool))
    return {
        table: {each["name"]: each["sqltext"] for each in inspector.get_check_constraints(table)}
        for table in metadata.tables
    }


def remember(path: Path, word: str) -> None:
    """Write something that must outlive a migration."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO facts VALUES (?, 'kept')", [word])
        connection.commit()


def test_a_new_file_has_exactly_the_tables_of_the_code(tmp_path: Path) -> None:
    """Tables, columns, types, indexes and unique constraints are those of ``tables``."""
    path = tmp_path / "bot.db"
    migrate(path)
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_a_new_file_has_exactly_the_checks_of_the_code(tmp_path: Path) -> None:
    """Alembic does not compare CHECK constraints: their names and words are those of ``tables``."""
    made, migrated = tmp_path / "made.db", tmp_path / "migrated.db"
    migrate(migrated)
    engine = create_engine(f"sqlite:///{made}", poolclass=NullPool)
    metadata.create_all(engine)
    assert checks(migrated) == checks(made)


def test_a_missing_folder_is_made(tmp_path: Path) -> None:
    """The operator names a file; its folders need not be there."""
    path = tmp_path / "deep" / "down" / "bot.db"
    migrate(path)
    assert query(path, "SELECT version_num FROM alembic_version") == [(newest_revision(),)]


def test_a_second_run_changes_nothing_and_backs_nothing_up(tmp_path: Path) -> None:
    """A start with nothing to migrate leaves the file as it is."""
    path = tmp_path / "bot.db"
    migrate(path)
    before = path.read_bytes()
    migrate(path)
    assert path.read_bytes() == before
    assert list(tmp_path.glob("*.before-*")) == []


def test_a_database_with_data_is_backed_up_before_it_is_changed(tmp_path: Path) -> None:
    """The copy carries the old revision's name and all that was there, and nothing new."""
    path, before = tmp_path / "bot.db", newest_revision()
    migrate(path)
    remember(path, "old")
    migrate(path, scripts_with_a_next_one(tmp_path))
    copy = tmp_path / f"bot.db.before-{before}"
    assert query(copy, "SELECT name FROM facts") == [("old",)]
    assert query(copy, "SELECT version_num FROM alembic_version") == [(before,)]
    assert query(copy, "SELECT name FROM sqlite_master WHERE name = 'novelty'") == []
    assert query(path, "SELECT version_num FROM alembic_version") == [("next",)]
    assert query(path, "SELECT name FROM facts") == [("old",)]
    assert query(path, "SELECT words FROM novelty") == []


def test_what_another_process_has_not_yet_checkpointed_is_backed_up_too(tmp_path: Path) -> None:
    """With WAL the latest rows are in a file beside: a plain copy would miss them."""
    path, before = tmp_path / "bot.db", newest_revision()
    migrate(path)
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("PRAGMA wal_autocheckpoint = 0")
        other.execute("INSERT INTO facts VALUES ('just now', 'kept')")
        other.commit()
        migrate(path, scripts_with_a_next_one(tmp_path))
        copy = tmp_path / f"bot.db.before-{before}"
        assert query(copy, "SELECT name FROM facts") == [("just now",)]


@pytest.mark.parametrize("started", [False, True], ids=["new file", "file with data"])
def test_a_migration_that_breaks_off_leaves_the_file_as_it_was(
    tmp_path: Path, started: bool
) -> None:
    """All steps are one transaction: a crash half-way can be followed by a simple new start."""
    path = tmp_path / "bot.db"
    if started:
        migrate(path)
    tables = "SELECT name FROM sqlite_master ORDER BY name"
    before = query(path, tables)
    broken = scripts_with_a_next_one(tmp_path, then="raise MemoryError")
    with pytest.raises(MemoryError):
        migrate(path, broken)
    assert query(path, tables) == before
    migrate(path)
    assert query(path, "SELECT version_num FROM alembic_version") == [(newest_revision(),)]


def test_processes_that_migrate_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    """Of two that start at the same moment one makes the schema, and the other finds it."""
    path = tmp_path / "bot.db"
    command = [sys.executable, "-c", MIGRATE, str(path)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - ours
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
    assert [process.returncode for process in processes] == [0, 0]
    assert query(path, "SELECT version_num FROM alembic_version") == [(newest_revision(),)]


async def test_a_database_that_cannot_be_made_is_told_in_our_own_words(tmp_path: Path) -> None:
    """A file where a folder is needed, and a folder where the file is needed: StorageFull."""
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "file" / "bot.db", tmp_path / "folder"):
        database = Database(f"{URL_PREFIX}{path}")
        with pytest.raises(StorageFull):
            await database.open()
        await database.close()


async def test_the_loop_goes_on_while_a_file_is_migrated(tmp_path: Path) -> None:
    """Migrating is work for a thread."""
    database = Database(f"{URL_PREFIX}{tmp_path / 'bot.db'}")
    opening = asyncio.create_task(database.open())
    turns = 0
    while not opening.done():
        await asyncio.sleep(0)
        turns += 1
    await opening
    await database.close()
    assert turns > 10


async def test_a_database_of_a_newer_version_is_named(database_file: Path) -> None:
    """An older bot does not touch what it does not know."""
    migrate(database_file)
    with closing(sqlite3.connect(database_file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()

    with pytest.raises(ConfigError, match="newer version"):
        await Database(f"sqlite+aiosqlite:///{database_file}").open()


def test_no_migration_begins_without_room_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three times the file: a disk that fills up half-way takes other files down with it."""
    path = tmp_path / "bot.db"
    migrate(path)
    later, size = scripts_with_a_next_one(tmp_path), path.stat().st_size
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=3 * size - 1))
    with pytest.raises(StorageFull):
        migrate(path, later)
    assert list(tmp_path.glob("*.before-*")) == []
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=3 * size))
    migrate(path, later)
    assert query(path, "SELECT version_num FROM alembic_version") == [("next",)]


def test_old_backups_go_once_a_migration_has_succeeded(tmp_path: Path) -> None:
    """The newest two stay, that of this migration among them; nobody else's files are touched."""
    path = tmp_path / "bot.db"
    migrate(path)
    for age, name in enumerate(("bot.db.before-b", "bot.db.before-a", "bot.db.before-c")):
        (tmp_path / name).write_bytes(b"")
        os.utime(tmp_path / name, (1_000 - age, 1_000 - age))
    (tmp_path / "other.db.before-a").write_bytes(b"")
    with pytest.raises(MemoryError):
        migrate(path, scripts_with_a_next_one(tmp_path / "broken", then="raise MemoryError"))
    assert len(list(tmp_path.glob("bot.db.before-*"))) == 4
    migrate(path, scripts_with_a_next_one(tmp_path))
    assert sorted(each.name for each in tmp_path.glob("*.before-*")) == [
        f"bot.db.before-{newest_revision()}",
        "bot.db.before-b",
        "other.db.before-a",
    ]


async def test_a_file_may_have_any_name(tmp_path: Path) -> None:
    """What has a meaning in an address has none in the name of a file."""
    name = "a?mode=ro&b%20c#d.db"
    database = Database(f"{URL_PREFIX}{tmp_path / name}")
    await database.open()
    await database.write(set_fact, "name", "kept")
    assert await database.read(get_fact, "name") == "kept"
    await database.close()
    assert query(tmp_path / name, "SELECT name FROM facts") == [("name",)]
    names = await asyncio.to_thread(names_in, tmp_path)
    assert names == [name, f"{name}.migrating.lock"]


async def test_a_file_system_without_locks_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A mere file in place of a lock would stay after a kill, and keep that process's jobs."""

    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOSYS, "no locks here")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with pytest.raises(ConfigError, match="without locks"):
        await Database(f"{URL_PREFIX}{tmp_path / 'bot.db'}").open()
    with pytest.raises(ConfigError, match="without locks"):
        Worker(tmp_path / "bot.db")
