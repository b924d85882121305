"""The bot's books as they lie in its SQLite file, read beside the running bot.

The sandbox imports nothing of the bot, so the few SELECTs here name its tables by themselves:
jobs, job_events, entries and accounts.
"""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

JOBS_SHOWN = 8
ENTRIES_SHOWN = 24

_JOBS = """
SELECT id, state, failure, model, provider, duration_seconds, size, price, prompt, created_at,
       member_id
FROM jobs ORDER BY id DESC LIMIT ?
"""
_EVENTS = """
SELECT job_id, at, from_state, to_state, note FROM job_events
WHERE job_id >= ? ORDER BY id
"""
_ENTRIES = """
SELECT entries.id, entries.at, entries.kind, entries.amount, entries.job_id, entries.reason,
       giver.kind AS from_kind, giver.member_id AS member_id, taker.kind AS to_kind
FROM entries
JOIN accounts AS giver ON giver.id = entries.from_account
JOIN accounts AS taker ON taker.id = entries.to_account
ORDER BY entries.id DESC LIMIT ?
"""

Rows = list[dict[str, Any]]


class Books:
    """A reader of one file; until the bot has made it there is nothing to read."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._connection: sqlite3.Connection | None = None
        self._version: int | None = None
        self._reading = asyncio.Lock()
        self._read: dict[str, Rows] = {"jobs": [], "entries": []}

    async def read(self) -> dict[str, Rows]:
        """Give the latest jobs with their events and the latest entries, newest first.

        The file is read only where it has changed since the last time.
        """
        async with self._reading:
            return await asyncio.to_thread(self._read_changed)

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _read_changed(self) -> dict[str, Rows]:
        if not self._file.exists():
            return self._read
        try:
            connection = self._open()
            [version] = connection.execute("PRAGMA data_version").fetchone()
            if version != self._version:
                self._read = _read_all(connection)
                self._version = version
        except sqlite3.OperationalError:
            # The bot is still making its tables, or moving them to a new version.
            self.close()
            self._version = None
        return self._read

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            # The reads come one after another, but not always on the same thread.
            address = f"{self._file.absolute().as_uri()}?mode=ro"
            self._connection = sqlite3.connect(address, uri=True, check_same_thread=False)
            self._connection.row_factory = sqlite3.Row
        return self._connection


def _read_all(connection: sqlite3.Connection) -> dict[str, Rows]:
    jobs = _rows(connection, _JOBS, JOBS_SHOWN)
    first = min((job["id"] for job in jobs), default=0)
    events = _rows(connection, _EVENTS, first)
    for job in jobs:
        job["events"] = [event for event in events if event["job_id"] == job["id"]]
    return {"jobs": jobs, "entries": _rows(connection, _ENTRIES, ENTRIES_SHOWN)}


def _rows(connection: sqlite3.Connection, statement: str, value: int) -> Rows:
    return [
        {name: _told(name, row[name]) for name in row.keys()}  # noqa: SIM118 - a Row iterates over its values
        for row in connection.execute(statement, (value,))
    ]


def _told(name: str, value: Any) -> Any:
    """Give a value as a browser takes it: times with their zone, Discord's ids as text."""
    if name.endswith("at") and isinstance(value, str):
        return value.replace(" ", "T") + "Z"
    return str(value) if name == "member_id" else value
