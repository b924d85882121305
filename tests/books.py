"""What must be true of every database, whatever happened: the books balance, no job hangs."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def query(database: Path, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Read rows on a connection of one's own."""
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(statement, values).fetchall()


def balances(database: Path) -> dict[str, int]:
    """Sum the accounts of each kind."""
    return dict(query(database, "SELECT kind, sum(balance) FROM accounts GROUP BY kind"))


def states(database: Path) -> list[str]:
    """List the jobs' states, by number."""
    return [state for (state,) in query(database, "SELECT state FROM jobs ORDER BY id")]


def assert_balanced(database: Path) -> None:
    """Check the books against the entries, and the holds against the jobs."""
    total = query(database, "SELECT coalesce(sum(balance), 0) FROM accounts")
    assert total == [(0,)], "all accounts sum to zero"
    wrong = query(
        database,
        """
        SELECT id, kind, balance, entered FROM (
            SELECT id, kind, balance,
                coalesce((SELECT sum(amount) FROM entries WHERE to_account = accounts.id), 0)
              - coalesce((SELECT sum(amount) FROM entries WHERE from_account = accounts.id), 0)
                AS entered
            FROM accounts)
        WHERE balance <> entered
        """,
    )
    assert wrong == [], "each balance is the sum of its entries"
    expected = {
        "held": "held",
        "submitting": "held",
        "queued": "held",
        "processing": "held",
        "rendered": "settled",
        "delivered": "settled",
        "failed": "released",
        "cancelled": "released",
        "lost": "released",
    }
    rows = query(
        database,
        "SELECT jobs.id, jobs.state, jobs.price, holds.state, holds.amount"
        " FROM jobs LEFT JOIN holds ON holds.job_id = jobs.id",
    )
    for job_id, state, price, hold, amount in rows:
        assert (hold, amount) == (expected[state], price), f"the hold of job {job_id} ({state})"
