"""Books that were kept before there were pools and ceilings: nothing of them gets lost."""

from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import NullPool, create_engine

from bot.credits import Payer, Spender
from bot.credits.audit import find_differences
from bot.errors import HoldAlreadyEnded
from bot.storage import Database
from bot.storage.database import URL_PREFIX
from bot.storage.migrate import migrate
from tests.books import assert_balanced, execute, query
from tests.fakes import FakeClock
from tests.integration.credits.conftest import new_books

JOB = (
    "INSERT INTO jobs (id, interaction_id, guild_id, channel_id, member_id, model, provider,"
    " prompt, duration_seconds, size, price, state, worker, created_at, request_id, failure) VALUES"
    " ({id}, {id}, 1, 1, 10, 'sora-2', 'segmind', 'a fox', 4, '720x1280', {price}, '{state}', 1,"
    " '2026-11-19 10:00:00.000000', {request}, {failure})"
)
ACCOUNTS = (
    "INSERT INTO accounts VALUES (1, 1, 10, 'issued', '', -100), (2, 1, 10, 'grant', '', 60),"
    " (3, 1, 10, 'allowance', '2026-11', -540), (4, 1, 10, 'held', '', 540),"
    " (5, 1, 10, 'spent', '', 40), (6, 2, 10, 'issued', '', -7), (9, 2, 10, 'grant', '', 7)"
)
ENTRIES = (
    "INSERT INTO entries VALUES"
    " (1, '2026-11-18 09:00:00.000000', 'grant', 1, 2, 100, NULL, 99, 'contest'),"
    " (2, '2026-11-19 23:59:59.999999', 'hold', 2, 4, 40, 1, 10, 'video requested'),"
    " (3, '2026-11-20 00:01:00.000000', 'settle', 4, 5, 40, 1, 0, 'video made'),"
    " (4, '2026-11-20 10:00:00.000000', 'hold', 3, 4, 500, 2, 10, 'video requested'),"
    " (5, '2026-11-20 10:00:01.000000', 'hold', 3, 4, 60, 3, 10, 'video requested'),"
    " (6, '2026-11-20 10:00:02.000000', 'release', 4, 3, 60, 3, 10, 'cancelled'),"
    " (7, '2026-11-20 10:00:03.000000', 'hold', 3, 4, 40, 4, 10, 'video requested'),"
    " (9, '2026-11-20 11:00:00.000000', 'grant', 6, 9, 7, NULL, 99, '')"
)
HOLDS = (
    "INSERT INTO holds VALUES (1, 40, 'settled'), (2, 500, 'held'), (3, 60, 'released'),"
    " (4, 40, 'held')"
)
ALLOWANCES = (
    "INSERT INTO allowances VALUES (1, '2026-11-17 09:00:00.000000', 1, 10, 900, 99, 'too much'),"
    " (2, '2026-11-17 09:00:01.000000', 1, 20, 0, 99, ''),"
    " (3, '2026-11-17 09:00:02.000000', 1, 10, 600, 99, 'better')"
)
MADE, CANCELLED = "'r1'", "'cancelled_by_member'"


def migrate_to(path: Path, revision: str) -> None:
    """Make a file as an older version of the bot has left it."""
    config = Config()
    config.set_main_option("script_location", "bot:storage/migrations")
    with create_engine(f"sqlite:///{path}", poolclass=NullPool).connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()


@pytest.fixture
def old_file(tmp_path: Path) -> Path:
    """Give a file of the second schema with books in it."""
    path = tmp_path / "old.db"
    migrate_to(path, "0002")
    execute(
        path,
        JOB.format(id=1, price=40, state="delivered", request=MADE, failure="NULL"),
        JOB.format(id=2, price=500, state="processing", request="'r2'", failure="NULL"),
        JOB.format(id=3, price=60, state="cancelled", request="NULL", failure=CANCELLED),
        JOB.format(id=4, price=40, state="held", request="NULL", failure="NULL"),
        ACCOUNTS,
        ENTRIES,
        HOLDS,
        ALLOWANCES,
    )
    return path


def test_the_books_are_right_after_it(old_file: Path) -> None:
    """Balances, entries and holds are what they were; the audit finds nothing."""
    before = query(old_file, "SELECT id, balance FROM accounts")
    entries = query(old_file, "SELECT id, at, kind, from_account, to_account, job_id FROM entries")
    migrate(old_file)

    assert query(old_file, "SELECT id, balance FROM accounts") == before
    kept = "SELECT id, at, kind, from_account, to_account, job_id FROM entries"
    assert query(old_file, kept) == entries
    assert query(old_file, "SELECT DISTINCT guild_id, member_id FROM entries") == [(1, 10), (2, 10)]
    assert query(old_file, "SELECT * FROM holds") == [
        (1, 1, "2026-11-19", 40, "settled", 40),
        (2, 1, "2026-11-20", 500, "held", None),
        (3, 1, "2026-11-20", 60, "released", None),
        (4, 1, "2026-11-20", 40, "held", None),
    ]
    assert query(old_file, "SELECT * FROM ceiling_use ORDER BY 1, 2") == [
        (0, "2026-11-19", 40),
        (0, "2026-11-20", 540),
        (1, "2026-11-19", 40),
        (1, "2026-11-20", 540),
    ]
    assert_balanced(old_file)
    with create_engine(f"sqlite:///{old_file}", poolclass=NullPool).connect() as connection:
        assert find_differences(connection) == []
    assert query(old_file, "PRAGMA foreign_key_check") == []
    assert query(old_file, "PRAGMA integrity_check") == [("ok",)]


def test_what_refers_to_the_tables_still_does(old_file: Path) -> None:
    """No table refers to one that is gone, and the triggers of the new tables are there."""
    migrate(old_file)
    schema = query(old_file, "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    assert [name for name, sql in schema if "_new" in sql or "allowances_" in name] == []
    triggers = query(old_file, "SELECT name FROM sqlite_master WHERE type = 'trigger'")
    assert {name for (name,) in triggers} == {
        "approvals_decided_once",
        "changes_no_delete",
        "changes_no_update",
        "entries_no_delete",
        "entries_no_update",
        "holds_end_once",
        "job_events_no_delete",
        "job_events_no_update",
    }


async def test_work_goes_on_with_it(old_file: Path) -> None:
    """Open holds end, ended ones do not; allowances and their history are there."""
    database = Database(f"{URL_PREFIX}{old_file}")
    await database.open()
    books = new_books(database, FakeClock(), "month")
    spender = Spender(Payer(1, 10))
    balance = await books.budgets.balance(spender)
    assert (balance.allowance, balance.allowance_left) == (600, 60)
    assert (balance.granted_left, balance.held) == (60, 540)
    assert (await books.budgets.balance(Spender(Payer(1, 20)))).allowance == 0

    await books.settle(2, 450, spender)
    await books.release(4)
    with pytest.raises(HoldAlreadyEnded):
        await books.release(3)
    assert await books.left(spender) == (150, 60, 0)
    log = (await books.budgets.log(1)).lines
    were_set = [(line.member_id, line.amount, line.reason) for line in log if line.kind == "set"]
    assert were_set == [(10, 600, "better"), (20, 0, ""), (10, 900, "too much")]
    await database.close()
