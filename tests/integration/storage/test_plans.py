"""The watch over plans tells a statement that grows with the history from one that does not."""

import pytest
from sqlalchemy import select

from bot.jobs import rows
from bot.storage import Database
from bot.storage.tables import jobs
from tests.plans import endless_ways, is_long, long_ways


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT id FROM jobs WHERE told_at IS NULL AND state IN ('submitting', 'queued')",
        "SELECT count(*) FROM jobs WHERE told_at IS NULL AND state = 'held' AND id < ?",
        "SELECT worker FROM jobs WHERE told_at IS NULL GROUP BY worker",
        "SELECT * FROM jobs WHERE guild_id = ? AND member_id = ? AND id < ? LIMIT 10",
        "SELECT * FROM guild_settings",
        "UPDATE jobs SET state = 'queued' WHERE id = ?",
        "INSERT INTO facts (name, value) VALUES ('a', 'b')",
    ],
)
def test_what_is_found_by_an_index_is_let_pass(statement: str) -> None:
    """By what is equal, by an index of what is open, or in a table that does not grow."""
    assert long_ways(statement, [1] * statement.count("?")) == []


@pytest.mark.parametrize(
    "statement",
    [
        # An order by the number lures SQLite away from an index of what is open.
        "SELECT id FROM jobs WHERE told_at IS NULL AND state <> 'held' ORDER BY id",
        "SELECT count(*) FROM jobs WHERE id < ?",
        "SELECT job_id FROM messages WHERE message_id IS NULL",
        "SELECT request_id FROM jobs WHERE told_at IS NULL AND provider = ?",
        "DELETE FROM drafts WHERE prompt = ''",
        "UPDATE jobs SET worker = 1 WHERE worker = 2",
        "SELECT back.id FROM entries AS back WHERE amount > 3",
    ],
)
def test_what_reads_a_past_is_told(statement: str) -> None:
    """A scan, a range from the beginning, and a search for what nearly all rows have."""
    assert long_ways(statement, [1] * statement.count("?")) != []


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM jobs WHERE guild_id = ?",
        "SELECT prompt FROM jobs WHERE guild_id = ? AND member_id = ? AND id > ?",
        "UPDATE jobs SET prompt = '' WHERE guild_id = ? AND member_id = ? AND state = 'delivered'",
        "UPDATE messages SET token = '' WHERE job_id IN (SELECT id FROM jobs WHERE guild_id = ?)",
        "SELECT amount FROM entries WHERE guild_id = ? AND kind = 'settle' AND at > ?",
        # Sorted before it is cut off.
        "SELECT id FROM jobs WHERE guild_id = ? AND member_id = ? ORDER BY created_at LIMIT 10",
    ],
)
def test_what_reads_all_of_ones_past_is_told(statement: str) -> None:
    """A server's grows as a table does, and a member's may be long."""
    assert endless_ways(statement, [1] * statement.count("?")) != []


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM jobs WHERE guild_id = ? AND member_id = ? ORDER BY id DESC LIMIT 10",
        (
            "SELECT sum(amount) FROM entries WHERE guild_id = ? AND kind = 'settle' AND at > ?"
            " AND at < ?"
        ),
        "SELECT id FROM jobs WHERE guild_id = ? AND told_at IS NULL",
        (
            "SELECT balance FROM accounts WHERE guild_id = ? AND member_id = ? AND kind = 'grant'"
            " AND period = ''"
        ),
        "SELECT * FROM role_limits WHERE guild_id = ?",
    ],
)
def test_what_says_where_it_ends_is_let_pass(statement: str) -> None:
    """By a LIMIT in the index's order, both sides of a range, or by what is open."""
    assert endless_ways(statement, [1] * statement.count("?")) == []


def test_an_index_that_sqlite_makes_for_one_statement_is_a_scan() -> None:
    """It reads the whole table to make it."""
    assert is_long("SEARCH jobs USING AUTOMATIC COVERING INDEX (member_id=?)")


async def test_every_statement_of_the_code_is_seen_and_none_of_a_tests_own(
    database: Database, long_reads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the code runs in any database of the process is told with its module."""
    await database.read(lambda tx: tx.execute(select(jobs)).all())
    assert long_reads == []
    await database.read(rows.list_jobs)
    assert [fault.split(":")[0] for fault in long_reads] == ["bot/jobs/rows.py"]
    long_reads.clear()
    monkeypatch.setattr("tests.plans.LONG", {"bot/jobs/rows.py": "for a moment"})
    await database.read(rows.list_jobs)
    assert long_reads == []
