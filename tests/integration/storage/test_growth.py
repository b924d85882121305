"""What every command, poll and round costs does not grow with what was before.

Counted are the steps of SQLite's machine: the same on every computer, however busy.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event
from yarl import URL

from bot.credits import Payer, Rules, Spender, Terms
from bot.credits.approvals import list_lapsed
from bot.credits.audit import find_differences
from bot.jobs import rows
from bot.jobs.approving import Approver, end_lapsed
from bot.jobs.deletions import delete_files
from bot.jobs.queue import UNLIMITED
from bot.jobs.recovery import STRAY_AFTER
from bot.jobs.service import Asker
from bot.jobs.states import Failure, State
from bot.jobs.status import read_status
from bot.storage import Database
from bot.storage.database import URL_PREFIX
from bot.storage.retention import delete_outlived
from tests.big_database import FEW_JOBS, JOBS, OFTEN, big_database
from tests.integration.jobs.conftest import ALLOWANCE, Works, new_works

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

MOST_TIMES = 1.5
TERMS = Terms(ALLOWANCE, "month")
NEW = Payer(guild_id=1, member_id=999_999)
MODERATOR = Approver(Payer(guild_id=1, member_id=9), moderates=True, manages_guild=True)
LAST_DAY = date(2026, 10, 31)


class Steps:
    """Counts the steps of every connection that is opened meanwhile."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> int:
        """Count one, and let SQLite go on."""
        self.count += 1
        return 0

    async def of(self, work: Awaitable[object]) -> int:
        """Count the steps of some work."""
        before = self.count
        await work
        return self.count - before


@contextmanager
def counted() -> Iterator[Steps]:
    """Count from now on."""
    steps = Steps()

    def connected(connection: Any, _: Any) -> None:
        assert isinstance(connection, sqlite3.Connection)
        connection.set_progress_handler(steps, 1)

    event.listen(Engine, "connect", connected)
    try:
        yield steps
    finally:
        event.remove(Engine, "connect", connected)


async def costs(folder: Path, jobs: int) -> dict[str, int]:
    """Tell what everything costs in a database with so many past jobs."""
    file = await asyncio.to_thread(big_database, folder / f"{jobs}.db", jobs)
    with counted() as steps:
        database = Database(f"{URL_PREFIX}{file}")
        await database.open()
        works = new_works(database, URL("http://127.0.0.1:1"), folder)
        try:
            return {**await _costs(works, steps), **await _costs_of_approvals(works, steps)}
        finally:
            works.worker.leave()
            await database.close()


async def _costs(works: Works, steps: Steps) -> dict[str, int]:
    database, jobs, budgets = works.database, works.jobs, works.jobs.budgets
    for _ in range(5):  # a short line, and what statements cost the first time
        await works.held(NEW)
    found: dict[str, int] = {}
    often = Spender(OFTEN)
    spoken: dict[str, Callable[[], Awaitable[object]]] = {
        "check": lambda: jobs.check(works.request(OFTEN), works.order()),
        "balance": lambda: budgets.balance(often),
        "history": lambda: jobs.history(OFTEN),
        "status": lambda: jobs.under_way(OFTEN),
        "log of the server": lambda: budgets.log(OFTEN.guild_id),
        "log of the member": lambda: budgets.log(OFTEN.guild_id, OFTEN.member_id),
        "the operator's status": lambda: database.read(read_status, TERMS, works.clock.now()),
        "report of a day": lambda: budgets.spending(OFTEN.guild_id, LAST_DAY, LAST_DAY),
    }
    for name, work in spoken.items():
        found[name] = await steps.of(work())
    found["create"] = await steps.of(works.held(OFTEN))
    job = await works.held(OFTEN)
    found["view in line"] = await steps.of(jobs.view(job.id))
    cancelled = await works.held(OFTEN)
    asker = Asker(OFTEN, manages_guild=False)
    found["cancel"] = await steps.of(jobs.cancel(cancelled.id, asker))
    turn = database.write(rows.whose_turn, works.owner, UNLIMITED, {"segmind": 3})
    found["line"] = await steps.of(turn)
    now = works.clock.now()
    held = database.read(rows.list_own_held, works.owner)
    found["line that is paused"] = await steps.of(held)
    found["submit"] = await steps.of(database.write(rows.begin_submit, job, UNLIMITED, now))
    accepted = works.bench.move(job, State.QUEUED, request_id="new", submitted_at=now)
    found["accepted"] = await steps.of(accepted)
    found["view running"] = await steps.of(jobs.view(job.id))
    found["fail"] = await steps.of(works.bench.end(job, State.FAILED, Failure.PROVIDER_FAILED))
    recovery = works.recovery(works.tracker())
    rounds: dict[str, Callable[[], Awaitable[object]]] = {
        "orphans": recovery.adopt_orphans,
        "strays": lambda: database.read(rows.list_stray, works.owner.worker, now + 2 * STRAY_AFTER),
        "sweep of requests": lambda: database.read_long(rows.awaited_requests, "segmind-v1"),
        "sweep of rows": lambda: delete_outlived(database, now - timedelta(days=365)),
        "sweep of files": lambda: delete_files(database, works.bench.archive, works.bench.pictures),
        "start": recovery.start,
    }
    for name, work in rounds.items():
        found[name] = await steps.of(work())
    return found


async def _costs_of_approvals(works: Works, steps: Steps) -> dict[str, int]:
    """Tell what it costs that a moderator is asked, beside many who were and some who are."""
    database, jobs, now = works.database, works.jobs, works.clock.now()
    rules = Rules(database, works.clock, TERMS)
    await rules.change_settings(OFTEN.guild_id, MODERATOR.payer.member_id, "", approve_above=1)
    await works.held(NEW)
    found = {"create, to be approved": await steps.of(works.held(OFTEN))}
    approved, declined, withdrawn, last = [(await works.held(OFTEN)).id for _ in range(4)]
    found["view, to be approved"] = await steps.of(jobs.view(last))
    approving = jobs.decide(approved, MODERATOR, approved=True)
    found["approve"] = await steps.of(approving)
    place = (await jobs.view(approved)).place_in_line
    assert place is not None
    found["view, approved"] = await steps.of(jobs.view(approved))
    found["decline"] = await steps.of(jobs.decide(declined, MODERATOR, approved=False))
    asker = Asker(OFTEN, manages_guild=False)
    found["cancel, to be approved"] = await steps.of(jobs.cancel(withdrawn, asker))
    turn = database.write(rows.whose_turn, works.owner, UNLIMITED, {"segmind": 3})
    found["line with approvals"] = await steps.of(turn)
    job = await works.job(approved)
    found["submit, approved"] = await steps.of(
        database.write(rows.begin_submit, job, UNLIMITED, now)
    )
    found["round of what lapses"] = await steps.of(end_lapsed(works.bench))
    works.clock.advance(timedelta(days=60).total_seconds())
    found["lapse"] = await steps.of(end_lapsed(works.bench))
    assert await database.read(list_lapsed, works.clock.now()) == []
    return found


async def test_nothing_that_is_waited_for_grows_with_the_past(tmp_path: Path) -> None:
    """With 200,000 jobs and a million entries every step is as short as with a hundredth."""
    few, many = await costs(tmp_path, FEW_JOBS), await costs(tmp_path, JOBS)
    assert min(few.values()) > 0
    grown = {name: (few[name], many[name]) for name in few if many[name] > MOST_TIMES * few[name]}
    assert grown == {}


async def test_the_books_of_the_past_are_right(tmp_path: Path) -> None:
    """Else what is measured over them says nothing."""
    file = await asyncio.to_thread(big_database, tmp_path / "few.db", FEW_JOBS)
    database = Database(f"{URL_PREFIX}{file}")
    await database.open()
    assert await database.read_long(find_differences) == []
    await database.close()
