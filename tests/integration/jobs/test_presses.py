"""Presses on a button that orders: which are the same order, and what keeps two from being made."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from bot.errors import AlreadyOrdered, InsufficientCredits
from bot.jobs.job import Request
from bot.jobs.presses import SAME
from bot.jobs.service import Asker
from tests.books import query
from tests.integration.jobs.conftest import ADA, BEN, PRICE, Works

BUTTON = "nearest:7:sora-2:4:720x1280"


def pressed(works: Works, button: str = BUTTON) -> Request:
    """Press a button."""
    return replace(works.request(), origin=button)


async def test_many_presses_at_once_make_one_job(works: Works) -> None:
    """Each of the others is told which."""
    creations = [works.jobs.create(pressed(works), works.order()) for _ in range(20)]

    outcomes = await asyncio.gather(*creations, return_exceptions=True)

    refused = [each for each in outcomes if isinstance(each, AlreadyOrdered)]
    [(job_id,)] = query(works.database.path, "SELECT id FROM jobs")
    assert [each.job_id for each in refused] == [job_id] * 19


async def test_another_button_or_member_is_another_order(works: Works) -> None:
    """What a button offers belongs to its message, and a message's button to who presses it."""
    await works.jobs.create(pressed(works), works.order())
    await works.jobs.create(pressed(works, f"{BUTTON}0"), works.order())
    await works.jobs.create(replace(works.request(BEN), origin=BUTTON), works.order())

    assert query(works.database.path, "SELECT count(*) FROM jobs") == [(3,)]


async def test_the_last_order_counts(works: Works) -> None:
    """Of one that was sent, for some seconds; after them the next press is the last order."""
    first = await works.queued()
    await works.database.write(
        lambda tx: tx.exec_driver_sql("UPDATE jobs SET origin = ?", (BUTTON,))
    )
    with pytest.raises(AlreadyOrdered) as refused:
        await works.jobs.check(pressed(works), works.order())
    assert refused.value.job_id == first.id

    works.clock.advance(SAME.total_seconds() + 1)
    second = await works.jobs.create(pressed(works), works.order())
    works.clock.advance(3600)
    with pytest.raises(AlreadyOrdered) as refused:
        await works.jobs.create(pressed(works), works.order())
    assert refused.value.job_id == second.job.id, "it was not sent yet, however old it is"

    await works.jobs.cancel(second.job.id, Asker(ADA, manages_guild=False))
    await works.jobs.create(pressed(works), works.order())
    assert query(works.database.path, "SELECT origin FROM jobs") == [(None,), (None,), (BUTTON,)]


async def test_a_press_that_is_refused_takes_nothing_over(works: Works) -> None:
    """It is undone whole: the order before stays the last one of its button."""
    first = await works.jobs.create(pressed(works), works.order())
    await works.jobs.cancel(first.job.id, Asker(ADA, manages_guild=False))
    dear = replace(works.order(), price=1000 * PRICE)

    with pytest.raises(InsufficientCredits):
        await works.jobs.create(pressed(works), dear)

    assert query(works.database.path, "SELECT origin FROM jobs") == [(BUTTON,)]


async def test_the_database_forbids_a_second_last_order(works: Works) -> None:
    """Whatever the code does: one row for a member and a button."""
    for _ in range(2):
        await works.jobs.create(works.request(), works.order())

    with (
        closing(sqlite3.connect(works.database.path)) as database,
        pytest.raises(sqlite3.IntegrityError),
    ):
        database.execute("UPDATE jobs SET origin = ?", (BUTTON,))
