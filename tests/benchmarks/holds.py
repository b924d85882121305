"""200 holds at once on one SQLite file, beside the same statements without anything around them.

Both write each transaction durably, into equal files.
"""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import Engine, event

from bot.catalogue import Dish, Wish, load_catalogue, place_order
from bot.clock import SystemClock
from bot.credits import Budgets, Terms, check_limits
from bot.jobs import rows
from bot.jobs.job import Request
from bot.storage import Database, Transaction
from bot.storage.workers import Owner
from tests.benchmarks.figures import Beside, Figure
from tests.books import EVERYWHERE

HOLDS = 200
TIMES = 3
"""Each is timed, in turn."""
ALLOWANCE = 500

Statement = tuple[str, list[Any]]
"""The text, and the values of each time that it is executed with it."""


async def measure_holds() -> AsyncGenerator[Figure]:
    """Let 200 members ask for a video at once."""
    with tempfile.TemporaryDirectory(prefix="sora-bot-benchmark-") as name:
        folder = Path(name)
        async with _opened(folder / "rehearsal.db") as database:
            with _recorded() as statements:
                await _hold_all(database)
        ours, bare = [], []
        for number in range(TIMES):
            async with _opened(folder / f"{number}.db") as database:
                ours.append(await _hold_all(database))
            async with _opened(folder / f"bare-{number}.db") as database:
                bare.append(await asyncio.to_thread(_replay, database.path, statements))
    yield Figure(
        f"{HOLDS} holds at once, of {len(statements) / HOLDS:.0f} statements each",
        median(ours),
        "s",
        Beside("bare sqlite3", median(bare)),
    )


@asynccontextmanager
async def _opened(file: Path) -> AsyncIterator[Database]:
    """Make an empty database."""
    database = Database(f"sqlite+aiosqlite:///{file}")
    await database.open()
    try:
        yield database
    finally:
        await database.close()


async def _hold_all(database: Database) -> float:
    """Write each job and hold its price, as /sora create does; tell the seconds for all."""
    clock = SystemClock()
    budgets = Budgets(database, clock, Terms(ALLOWANCE, "month"), EVERYWHERE)
    menu = {model.name: Dish(model, model.offers) for model in load_catalogue().values()}
    order = place_order(menu, Wish("a cat surfing at dawn", "sora-2"))

    def take(tx: Transaction, request: Request) -> None:
        rules = budgets.limits(tx, request.spender)
        check_limits(rules, order.model.name, order.duration_seconds, order.size)
        job_id = rows.insert_job(tx, request, order, Owner(1, 1), clock.now())
        budgets.hold(tx, request.spender, order.price, job_id)
        budgets.ask_approval(tx, request.payer, order.price, job_id)
        rows.insert_message(tx, job_id, request)

    requests = [new_request(number) for number in range(1, HOLDS + 1)]
    began = time.perf_counter()
    await asyncio.gather(*(database.write(take, request) for request in requests))
    return time.perf_counter() - began


def new_request(number: int) -> Request:
    """Make an interaction of a member of its own."""
    return Request(
        interaction_id=number,
        guild_id=1,
        channel_id=2,
        member_id=number,
        application_id=3,
        token="token",
        token_expires_at=SystemClock().now() + timedelta(minutes=15),
        attachment_limit=10 << 20,
    )


@contextmanager
def _recorded() -> Iterator[list[Statement]]:
    """Write down what goes to the database, in order; there is one writer."""
    statements: list[Statement] = []

    def executed(_: Any, __: Any, statement: str, values: Any, ___: Any, many: bool) -> None:
        statements.append((statement, values if many else [values]))

    def committed(_: Any) -> None:
        statements.append(("COMMIT", [()]))

    event.listen(Engine, "after_cursor_execute", executed)
    event.listen(Engine, "commit", committed)
    try:
        yield statements
    finally:
        event.remove(Engine, "after_cursor_execute", executed)
        event.remove(Engine, "commit", committed)


def _replay(file: Path, statements: list[Statement]) -> float:
    """Tell how many seconds the bare statements take."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        began = time.perf_counter()
        for statement, times in statements:
            for values in times:
                connection.execute(statement, values).fetchall()
        return time.perf_counter() - began
