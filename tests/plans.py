"""How SQLite carries out every statement that the code runs: none may read a table's whole past.

Nothing lists the statements: whatever reaches a database in this process is looked at, once for
each text. The plan follows from the schema alone, since nothing ever runs ANALYZE, so that an
empty database in memory tells it without a thing done to the database under test.
"""

import re
import sqlite3
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.pool import StaticPool

from bot.storage.tables import metadata

SMALL = frozenset(
    {
        "alembic_version",
        "ceilings",
        "departed_guilds",
        "facts",
        "file_deletions",  # a row goes with its file
        "guild_settings",
        "known_guilds",
        "member_settings",
        "open_guilds",
        "pauses",  # a row goes with its pause
        "pools",
        "retired_offers",
        "role_allowances",
        "role_limits",
        "sqlite_sequence",  # a row for each table that never gives a number again
        "workers",
    }
)
"""Tables that grow with what people set, not with what they do; every other one has a past."""
OF_A_DAY = frozenset({"drafts"})
"""Tables whose rows go within a day: a member has few of them."""
OPEN_ONLY = frozenset(
    {
        "ix_approvals_waiting",
        "ix_ceiling_alerts_at",
        "ix_ceiling_alerts_untold",
        "ix_drafts_at",
        "ix_drafts_picture",
        "ix_handled_interactions_at",
        "ix_jobs_rendered",
        "ix_jobs_under_way",
        "ix_late_requests_due",
        "ix_messages_knocked",
        "ix_messages_outdated",
        "ix_outbox_due_at",  # a row goes once it was said
        "ix_jobs_unfinished",
        "ix_jobs_waiting",
    }
)
"""Indexes of what is still open, or is found to be deleted: read whole, they stay short."""
WEAK = frozenset({"kind", "provider"})
"""Columns with so few values that a search for one of them alone is no search."""
OWNERS = frozenset({"guild_id", "member_id", "model"})
"""Columns that name whose past it is: with them alone a search reads all of it, and a server's
grows as a table does. It must say where it ends: by both sides of a range, or by a LIMIT."""
LONG: Mapping[str, str] = {
    "bot/credits/audit.py": "the operator's proof reads the books whole, by the command line",
}
"""Modules whose statements may read a whole table, and why."""
WHOLE: Mapping[tuple[str, str], str] = {
    ("bot/credits/export.py", "changes"): "an export tells them all, on a thread of its own",
    ("bot/jobs/export.py", "approvals"): "the same",
    ("bot/jobs/export.py", "jobs"): "the same, of those whose video came late",
    ("bot/jobs/privacy.py", "jobs"): "a count of a member's, in an index alone: 3 ms for 20,000",
}
"""Modules that may read all of a member's past in a table, and why."""

_ROOT = Path(__file__).parent.parent
_STEP = re.compile(r"(?P<way>SCAN|SEARCH) (?P<table>\w+)(?: AS \w+)?(?: USING (?P<using>.*))?")
_INDEX = re.compile(r"INDEX (?P<name>\w+)")
_EQUAL = re.compile(r"(\w+)=\?")
_ABOVE, _BELOW = re.compile(r"(\w+)>\?"), re.compile(r"(\w+)<\?")
_READS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


@cache
def _schema() -> sqlite3.Connection:
    engine = create_engine(
        "sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False}
    )
    metadata.create_all(engine)
    driver = engine.connect().connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    return driver


_seen: dict[str, Sequence[str]] = {}
_lock = threading.Lock()


def long_ways(statement: str, values: Sequence[Any] = ()) -> Sequence[str]:
    """List the steps of a statement's plan whose length grows with the past."""
    return [step for step in _steps(statement, values) if is_long(step)]


def endless_ways(statement: str, values: Sequence[Any] = ()) -> Sequence[str]:
    """List the steps that read all of somebody's past; see ``OWNERS``.

    A LIMIT ends them only where nothing is sorted or grouped first.
    """
    plan = _steps(statement, values)
    limited = "LIMIT" in statement.upper() and not any("TEMP B-TREE" in step for step in plan)
    return [] if limited else [step for step in plan if _reads_all_of_one(step)]


def _steps(statement: str, values: Sequence[Any]) -> Sequence[str]:
    with _lock:
        if statement not in _seen:
            _seen[statement] = _plan(statement, values)
        return _seen[statement]


def _plan(statement: str, values: Sequence[Any]) -> list[str]:
    if not statement.lstrip().upper().startswith(_READS):
        return []
    try:
        steps = _schema().execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
    except sqlite3.OperationalError:  # about another schema: an older one's, SQLite's own
        return []
    return [step[3] for step in steps]


def is_long(step: str) -> bool:
    """Tell whether a step of a plan reads more the more there is of a table that grows.

    A search needs something that is equal: a range alone may be everything before now.
    """
    found = _growing(step)
    if found is None:
        return False
    using = found["using"] or ""
    equal = set(_EQUAL.findall(using)) - WEAK
    return found["way"] == "SCAN" or "AUTOMATIC" in using or not equal


def _reads_all_of_one(step: str) -> bool:
    found = _growing(step)
    if found is None or found["table"] in OF_A_DAY:
        return False
    equal = set(_EQUAL.findall(found["using"] or "")) - WEAK
    both_sides = set(_ABOVE.findall(step)) & set(_BELOW.findall(step))
    return bool(equal) and equal <= OWNERS and not both_sides


def _growing(step: str) -> re.Match[str] | None:
    """Match a step that goes into a table which grows, by something else than what is open."""
    found = _STEP.match(step)
    if found is None or found["table"] in {*SMALL, "CONSTANT"}:
        return None
    index = _INDEX.search(found["using"] or "")
    return None if index is not None and index["name"] in OPEN_ONLY else found


def _table(step: str) -> str:
    found = _STEP.match(step)
    return "" if found is None else found["table"]


def _origin() -> str | None:
    """Tell which module of the code runs a statement just now; None: a test's own."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(_ROOT) and ".venv" not in path.parts and path != Path(__file__):
            name = path.relative_to(_ROOT).as_posix()
            return name if name.startswith(("bot/", "cogs/")) else None
        frame = frame.f_back
    return None


@contextmanager
def watched() -> Iterator[list[str]]:
    """Watch every engine of the process; give what reads a whole past, as it comes."""
    faults: list[str] = []
    _schema()  # made before anybody watches

    def look(_: Any, __: Any, statement: str, values: Any, ___: Any, many: bool) -> None:
        first = values[0] if many else values
        long, endless = long_ways(statement, first), endless_ways(statement, first)
        if not (long or endless) or (origin := _origin()) is None or origin in LONG:
            return
        unexplained = [step for step in endless if (origin, _table(step)) not in WHOLE]
        if long or unexplained:
            steps = "; ".join([*long, *unexplained])
            faults.append(f"{origin}: {steps}\n    {' '.join(statement.split())}")

    event.listen(Engine, "before_cursor_execute", look)
    try:
        yield faults
    finally:
        event.remove(Engine, "before_cursor_execute", look)
