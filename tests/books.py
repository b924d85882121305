"""What must be true of every database, whatever happened: the books balance, no job hangs."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Concatenate, ParamSpec

from sqlalchemy import NullPool, create_engine, event, insert, update

from bot.credits import Payer, Trusted
from bot.storage import Transaction
from bot.storage.tables import jobs

EVERYWHERE = Trusted(named=(), owned=lambda _: True)
"""Every server is open: for tests of something else."""

P = ParamSpec("P")


def query(database: Path, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Read rows on a connection of one's own."""
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(statement, values).fetchall()


def execute(database: Path, *statements: str) -> None:
    """Run statements on a connection of one's own, in one transaction."""
    with closing(sqlite3.connect(database)) as connection:
        for statement in statements:
            connection.execute(statement)
        connection.commit()


def steps(
    database: Path,
    function: Callable[Concatenate[Transaction, P], object],
    *args: P.args,
    **kwargs: P.kwargs,
) -> int:
    """Count the steps that SQLite's machine makes for a function that reads."""
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    with create_engine(f"sqlite:///{database}", poolclass=NullPool).connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.set_progress_handler(step, 1)
        function(connection, *args, **kwargs)
        driver.set_progress_handler(None, 0)
    return count


def rows_handed_over(
    database: Path,
    function: Callable[Concatenate[Transaction, P], object],
    *args: P.args,
    **kwargs: P.kwargs,
) -> int:
    """Count the rows that SQLite hands over to a function that reads."""
    run: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, values: Any, ___: Any, ____: bool) -> None:
        run.append((statement, values))

    engine = create_engine(f"sqlite:///{database}", poolclass=NullPool)
    event.listen(engine, "before_cursor_execute", note)
    with engine.connect() as connection:
        function(connection, *args, **kwargs)
    return sum(len(query(database, statement, *values)) for statement, values in run)


def balances(database: Path) -> dict[str, int]:
    """Sum the accounts of each kind."""
    return dict(query(database, "SELECT kind, sum(balance) FROM accounts GROUP BY kind"))


def states(database: Path) -> list[str]:
    """List the jobs' states, by number."""
    return [state for (state,) in query(database, "SELECT state FROM jobs ORDER BY id")]


def assert_balanced(database: Path) -> None:
    """Check the books against the entries, and the holds against the jobs.

    The audit does this as well; what is checked here is checked in other words, so that the two
    share no mistake.
    """
    total = query(database, "SELECT coalesce(sum(balance), 0) FROM accounts")
    assert total == [(0,)], "all accounts sum to zero"
    entered: dict[int, int] = {}
    for source, target, amount in query(
        database, "SELECT from_account, to_account, amount FROM entries"
    ):
        entered[source] = entered.get(source, 0) - amount
        entered[target] = entered.get(target, 0) + amount
    for account, balance in query(database, "SELECT id, balance FROM accounts"):
        assert balance == entered.pop(account, 0), f"account {account} is the sum of its entries"
    assert entered == {}, "each entry has two accounts"
    _assert_holds_fit_the_jobs(database)


def _assert_holds_fit_the_jobs(database: Path) -> None:
    expected = {
        "held": "held",
        "submitting": "held",
        "queued": "held",
        "processing": "held",
        "rendered": "settled",
        "delivered": "settled",
        "failed": "released refunded",
        "cancelled": "released",
        "lost": "released",
    }
    rows = query(
        database,
        "SELECT jobs.id, jobs.state, price, holds.state, amount, settled"
        " FROM jobs LEFT JOIN holds ON holds.job_id = jobs.id",
    )
    for job_id, state, price, hold, amount, settled in rows:
        assert hold in expected[state].split(), f"the hold of job {job_id} ({state})"
        assert amount >= price, f"the price of job {job_id} was held"
        assert settled in {None, price}, f"the price of job {job_id} was settled"


def insert_job(tx: Transaction, job_id: int, payer: Payer, price: int) -> None:
    """Write a job that has just been asked for."""
    tx.execute(
        insert(jobs).values(
            id=job_id,
            interaction_id=job_id,
            guild_id=payer.guild_id,
            channel_id=1,
            member_id=payer.member_id,
            model="sora-2",
            provider="segmind",
            prompt="a fox",
            duration_seconds=4,
            size="720x1280",
            price=price,
            state="held",
            worker=1,
            created_at=datetime(2026, 11, 20, tzinfo=UTC),
        )
    )


def close_job(tx: Transaction, job_id: int, state: str, price: int | None) -> None:
    """Write that a job is over: delivered for a price, or failed (also after it was paid for)."""
    values = (
        {"failure": "moderated"}
        if price is None
        else {"request_id": f"request {job_id}", "price": price}
    )
    tx.execute(update(jobs).where(jobs.c.id == job_id).values(state=state, **values))
