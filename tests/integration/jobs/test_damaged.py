"""A page of the database that is found damaged stops that job's work, and nothing loops."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from bot.damage import AGAIN_SECONDS, watch_damage
from bot.errors import DatabaseDamaged
from bot.jobs.stages import Next, Stage
from bot.jobs.states import State
from bot.jobs.tracker import LINE_SECONDS
from bot.storage.outbox import Kind, post
from tests.damage import broken_table
from tests.fakes import Record
from tests.integration.jobs.conftest import Works
from tests.integration.jobs.driving import quiet, running

Logs = Sequence[Mapping[str, Any]]


def said(logs: Logs, event: str) -> Logs:
    """List the lines of an event."""
    return [line for line in logs if line["event"] == event]


async def test_a_job_whose_rows_are_damaged_is_left_to_the_operator(
    works: Works, logs: Logs
) -> None:
    """Its step is taken once; all that comes to its time later stays quiet."""
    job = await works.queued()
    with broken_table(works.database.path, "jobs"):
        async with running(works) as tracker:
            tracker.schedule(job.id, Next(Stage.LOOK))
            await works.database.damage_met.wait()
            while tracker._tasks:
                await asyncio.wait(set(tracker._tasks))
            await works.clock.asleep()
            assert job.id not in tracker._due
    assert works.provider.looks == []
    [line] = said(logs, "step.damaged")
    assert line["job"] == job.id
    assert line["log_level"] == "error"


async def test_a_waiting_job_whose_rows_are_damaged_is_not_made_ready_again(
    works: Works, logs: Logs
) -> None:
    """The line is looked at all the time; it would come to its turn each time."""
    job = await works.held()
    gate = works.provider.on_prepare.hold()
    async with running(works) as tracker:
        await gate.reached.wait()
        with broken_table(works.database.path, "job_events"):
            gate.release()
            await works.database.damage_met.wait()
            for _ in range(5):
                works.clock.advance(LINE_SECONDS)
                await quiet(works, tracker)
    assert [line["job"] for line in said(logs, "step.damaged")] == [job.id]
    assert works.provider.submits == []


async def test_an_accepted_job_that_cannot_be_written_stands_in_the_journal(
    works: Works, logs: Logs
) -> None:
    """It is not insisted on, which no waiting would mend; a restored backup is held against it."""
    job = await works.held()
    gate = works.provider.on_submit.hold()
    async with running(works) as tracker:
        await gate.reached.wait()
        with broken_table(works.database.path, "job_events"):
            gate.release()
            await works.database.damage_met.wait()
            while tracker._tasks:
                await asyncio.wait(set(tracker._tasks))
        await quiet(works, tracker)
    assert said(logs, "storage.insisting") == []
    [line] = said(logs, "submit.unkept")
    [submit] = works.bench.journal.read().submits
    assert line["request"] == submit.request_id
    assert submit.job_id == line["job"] == job.id
    assert await works.state(job) is State.SUBMITTING
    assert len(works.provider.submits) == 1


async def test_the_operator_is_told_once_and_seldom_again(works: Works, logs: Logs) -> None:
    """However often it is met, and without the database."""
    told: Record[str] = Record()

    async def tell(text: str) -> bool:
        told.append(text)
        return True

    watching = asyncio.create_task(watch_damage(works.database, works.clock, tell))
    with broken_table(works.database.path, "outbox"):
        for times in (1, 2):
            for _ in range(3):
                with pytest.raises(DatabaseDamaged):
                    await works.database.write(post, Kind.OPERATOR, "key", {}, works.clock.now())
            await told.reach(times)
            await works.clock.asleep()
            assert len(told) == times
            works.clock.advance(AGAIN_SECONDS)
    watching.cancel()
    await asyncio.wait({watching})
    assert str(works.database.path) in told[0]
    assert "-wal" in told[0]
    assert "sora-bot check" in told[0]
    assert [line["log_level"] for line in said(logs, "database.damaged")] == ["critical"] * 2
