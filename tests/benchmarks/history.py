"""Orders, the line, polls and reads with 200,000 past jobs, beside the same with none."""

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bot.catalogue import Catalogue, Dish, Order, Wish, load_catalogue, place_order
from bot.clock import SystemClock
from bot.credits import Budgets, Payer, Spender, Terms
from bot.errors import StorageBusy
from bot.jobs import rows
from bot.jobs.job import Request
from bot.jobs.queue import UNLIMITED
from bot.storage import Database, Transaction
from bot.storage.tables import jobs
from bot.storage.workers import Owner
from tests.benchmarks.figures import Beside, Figure
from tests.benchmarks.holds import new_request
from tests.big_database import JOBS, big_database
from tests.books import EVERYWHERE

ORDERS = 200
TIMES = 3
"""Each database is measured so often, in turn."""
MOST_TIMES = 1.5
LOOKS = 100
OWNER = Owner(1, 1)
CREDITS = 500
NEWCOMER = 10**12
"""The number of the first member; the others follow. Nobody of the past has it."""


@dataclass
class Seen:
    """The seconds that each thing took, by its name, and the orders that were refused."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    refused: int = 0

    async def time(self, name: str, work: Awaitable[object]) -> None:
        """Take the time of some work."""
        began = time.perf_counter()
        await work
        self.seconds.setdefault(name, []).append(time.perf_counter() - began)


async def measure_history() -> AsyncGenerator[Figure]:
    """Let 200 members order at once, then look at the line, poll and read."""
    past, none = Seen(), Seen()
    with tempfile.TemporaryDirectory(prefix="sora-bot-benchmark-") as name:
        for number in range(TIMES):
            for seen, count in ((past, JOBS), (none, 0)):
                file = Path(name) / f"{count}-{number}.db"
                if count:
                    await asyncio.to_thread(big_database, file, count)
                await _measure(file, seen)
                await asyncio.to_thread(file.unlink)
    for what, seconds in past.seconds.items():
        yield Figure(
            f"{what}, after {JOBS:,} jobs",
            median(seconds) * 1000,
            "ms",
            Beside("after none", median(none.seconds[what]) * 1000),
            most_times=MOST_TIMES,
        )
    yield Figure("  orders refused as busy", past.refused, most=0)


async def _measure(file: Path, seen: Seen) -> None:
    database = Database(f"sqlite+aiosqlite:///{file}")
    await database.open()
    try:
        clock, catalogue = SystemClock(), load_catalogue()
        budgets = Budgets(database, clock, Terms(CREDITS, "month"), EVERYWHERE)
        menu = {model.name: Dish(model, model.offers) for model in catalogue.values()}
        order = place_order(menu, Wish("a cat surfing at dawn", "sora-2"))
        await _order(database, budgets, order, catalogue, [NEWCOMER])  # statements are built once
        members = range(NEWCOMER + 1, NEWCOMER + 1 + ORDERS)
        ordering = _order(database, budgets, order, catalogue, members)
        began = time.perf_counter()
        seen.refused += await ordering
        taken = time.perf_counter() - began
        seen.seconds.setdefault(f"{ORDERS} orders at once", []).append(taken)
        for what, work in _looks(database, budgets, catalogue, clock).items():
            await seen.time(f"{LOOKS} times {what}", _repeat(work))
    finally:
        await database.close()


async def _repeat(work: Callable[[], Awaitable[object]]) -> None:
    for _ in range(LOOKS):
        await work()


async def _order(
    database: Database,
    budgets: Budgets,
    order: Order,
    catalogue: Catalogue,
    members: Iterable[int],
) -> int:
    """Order a video for each of these members at once; count the refusals."""

    def take(tx: Transaction, request: Request) -> None:
        now = SystemClock().now()
        job_id = rows.insert_job(tx, request, order, OWNER, now)
        budgets.hold(tx, request.spender, order.price, job_id)
        budgets.ask_approval(tx, request.payer, order.price, job_id)
        rows.insert_message(tx, job_id, request)
        rows.view_job(tx, rows.get_job(tx, job_id), catalogue)

    orders = (database.write_soon(take, new_request(member)) for member in members)
    found = await asyncio.gather(*orders, return_exceptions=True)
    failures = [each for each in found if isinstance(each, BaseException)]
    for each in failures:
        if not isinstance(each, StorageBusy):
            raise each
    return len(failures)


def _looks(
    database: Database, budgets: Budgets, catalogue: Catalogue, clock: SystemClock
) -> Mapping[str, Callable[[], Awaitable[object]]]:
    member = Payer(1, NEWCOMER)

    def poll(tx: Transaction) -> None:
        job = rows.list_jobs(tx, jobs.c.interaction_id == member.member_id)[0]
        rows.view_job(tx, job, catalogue)

    def round_(tx: Transaction) -> None:
        rows.list_stray(tx, OWNER.worker, clock.now())
        rows.busy_workers(tx)
        rows.awaited_requests(tx, "segmind")

    return {
        "the line": lambda: database.write(rows.whose_turn, OWNER, UNLIMITED, {"segmind": 3}),
        "a job, as a poll shows it": lambda: database.read(poll),
        "a round of the recovery": lambda: database.read(round_),
        "a balance": lambda: budgets.balance(Spender(member)),
        "a member's log": lambda: budgets.log(1, NEWCOMER),
    }
