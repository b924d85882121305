"""A balance and the first page of the log: with 100,000 entries, beside ten."""

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator
from datetime import timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import insert, update

from bot.clock import SystemClock
from bot.credits import Budgets, Payer, Spender, Terms
from bot.storage import Database, Transaction
from bot.storage.books import accounts, entries
from tests.benchmarks.figures import Beside, Figure
from tests.books import EVERYWHERE

MANY, FEW = 100_000, 10
TIMES = 50
"""Each is timed so often, in turn."""
ALLOWANCE = 500


async def measure_balance() -> AsyncGenerator[Figure]:
    """Look at what a member may spend who has made very many videos, and at one who has not."""
    with tempfile.TemporaryDirectory(prefix="sora-bot-benchmark-") as folder:
        database = Database(f"sqlite+aiosqlite:///{Path(folder) / 'bot.db'}")
        await database.open()
        try:
            budgets = Budgets(database, SystemClock(), Terms(ALLOWANCE, "month"), EVERYWHERE)
            often, seldom = Spender(Payer(1, 1)), Spender(Payer(1, 2))
            await _grant(database, budgets, often, MANY)
            await _grant(database, budgets, seldom, FEW)
            seconds: dict[Spender, list[float]] = {often: [], seldom: []}
            for _ in range(TIMES):
                for spender, taken in seconds.items():
                    taken.append(await _look(budgets, spender))
        finally:
            await database.close()
    yield Figure(
        f"a balance and a page of the log with {MANY:,} entries",
        median(seconds[often]) * 1000,
        "ms",
        Beside(f"with {FEW} entries", median(seconds[seldom]) * 1000),
    )


async def _grant(database: Database, budgets: Budgets, spender: Spender, count: int) -> None:
    """Grant one credit so many times."""
    await budgets.grant(spender, 1, 9, "")
    more = count - 1

    def write(tx: Transaction) -> None:
        # As many single grants would leave it: this is not what is measured.
        first = tx.execute(
            entries.select().where(entries.c.member_id == spender.payer.member_id)
        ).one()
        row = {name: value for name, value in first._mapping.items() if name != "id"}
        at = [row["at"] + timedelta(seconds=number) for number in range(more)]
        tx.execute(insert(entries), [{**row, "at": each} for each in at])
        for account, change in ((first.from_account, -more), (first.to_account, more)):
            tx.execute(
                update(accounts)
                .where(accounts.c.id == account)
                .values(balance=accounts.c.balance + change)
            )

    await database.write(write)
    balance = await budgets.balance(spender)
    assert balance.granted_left == count


async def _look(budgets: Budgets, spender: Spender) -> float:
    began = time.perf_counter()
    await asyncio.gather(
        budgets.balance(spender),
        budgets.log(spender.payer.guild_id, spender.payer.member_id, limit=10),
    )
    return time.perf_counter() - began
