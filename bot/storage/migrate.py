"""Bring a database file to the newest schema, with a backup of what was there before."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, NullPool, create_engine, event

from bot.errors import ConfigError, StorageFull
from bot.private import close_beside
from bot.storage.lanes import sqlite_url, storage_errors
from bot.storage.locks import hold_lock
from bot.storage.soundness import START_SECONDS, assert_whole

ROOM_TIMES = 3
"""A migration may need the file's size for the backup, the journal and a rewritten table each."""
KEPT_BACKUPS = 2
SCRIPTS = "bot:storage/migrations"


def migrate(path: Path, scripts: str | Path = SCRIPTS) -> None:
    """Run the migrations that are missing, all or none. Blocking: not for the loop.

    Only one process migrates at a time; the others find it done. Before anything is changed it
    raises DatabaseDamaged, StorageFull where there is no room for it, or ConfigError where there
    can be no locks or the file is another program's, or a newer version's.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    close_beside(path)
    assert_whole(path, START_SECONDS)
    config = _config(scripts)
    known = ScriptDirectory.from_config(config)
    engine = _engine(path)
    with hold_lock(path, "migrating"), engine.connect() as connection:
        before = _revision(connection, known, path)
        if before == known.get_current_head():
            return
        if before is not None:
            _check_room(path)
            _back_up(path, before)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
        _drop_old_backups(path)


def assert_ours(path: Path) -> None:
    """Raise ConfigError where a file is another program's, or a newer version's. Blocking."""
    with storage_errors(path), _engine(path).connect() as connection:
        _revision(connection, ScriptDirectory.from_config(_config(SCRIPTS)), path)


def _config(scripts: str | Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(scripts))
    return config


def _revision(connection: Connection, known: ScriptDirectory, path: Path) -> str | None:
    """Tell which schema stands there, None: none yet; raise ConfigError for what isn't ours."""
    try:
        revision = MigrationContext.configure(connection).get_current_revision()
        if revision is not None:
            known.get_revision(revision)
            return revision
    except CommandError:
        found = f"{path}, which a newer version of the bot has changed"
        raise ConfigError("database.url", found, "that version, or a backup") from None
    if connection.exec_driver_sql("PRAGMA schema_version").scalar():  # grows with each change
        found = f"{path}, which another program has made"
        raise ConfigError("database.url", found, "the bot's own file, or a new one")
    return None


def _engine(path: Path) -> Engine:
    """Connect so that changes of the schema are part of the transaction.

    Python's sqlite3 begins none for them by itself: each would stay, whatever came after it.
    """
    engine = create_engine(sqlite_url(path), poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA secure_delete = ON")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _check_room(path: Path) -> None:
    """Raise StorageFull where a migration could fill the disk under the other files."""
    log = path.with_name(f"{path.name}-wal")
    size = sum(file.stat().st_size for file in (path, log) if file.exists())
    if shutil.disk_usage(path.parent).free < ROOM_TIMES * size:
        raise StorageFull


def _drop_old_backups(path: Path) -> None:
    """Keep the newest few: each is as large as the database was."""
    start = f"{path.name}.before-"
    copies = [each for each in path.parent.iterdir() if each.name.startswith(start)]
    for old in sorted(copies, key=lambda each: each.stat().st_mtime)[:-KEPT_BACKUPS]:
        old.unlink()


def _back_up(path: Path, revision: str) -> None:
    """Copy the file as it stands, also while others read it."""
    copy = path.with_name(f"{path.name}.before-{revision}")
    copy.touch(0o600)
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
