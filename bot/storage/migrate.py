"""Bring a database file to the newest schema, with a backup of what was there before."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from filelock import FileLock
from sqlalchemy import Connection, Engine, NullPool, create_engine, event


def migrate(path: Path, scripts: str | Path = "bot:storage/migrations") -> None:
    """Run the migrations that are missing, all or none. Blocking: not for the loop.

    Only one process migrates at a time; the others find it done.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    config = Config()
    config.set_main_option("script_location", str(scripts))
    engine = _engine(path)
    with FileLock(f"{path}.migrating.lock"), engine.connect() as connection:
        before = MigrationContext.configure(connection).get_current_revision()
        newest = ScriptDirectory.from_config(config).get_current_head()
        if before == newest:
            return
        if before is not None:
            _back_up(path, before)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def _engine(path: Path) -> Engine:
    """Connect so that changes of the schema are part of the transaction.

    Python's sqlite3 begins none for them by itself: each would stay, whatever came after it.
    """
    engine = create_engine(f"sqlite:///{path}", poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        connection.isolation_level = None

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine


def _back_up(path: Path, revision: str) -> None:
    """Copy the file as it stands, also while others read it."""
    copy = path.with_name(f"{path.name}.before-{revision}")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
