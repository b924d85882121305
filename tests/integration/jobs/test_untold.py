"""What the member does not know yet is told in the end, whoever was to tell it."""

import asyncio

from sqlalchemy import text

from bot.jobs import rows
from bot.jobs.bring import deliver, fetch
from bot.jobs.job import Job
from bot.jobs.recovery import ORPHANS_SECONDS
from bot.jobs.service import MOST_OUTDATED, OUTDATED_KEPT, Asker
from bot.jobs.stages import Delivered, Postponed
from bot.jobs.states import State
from bot.storage import Transaction
from tests.fakes import Record
from tests.integration.jobs.conftest import ADA, FilmServer, Works
from tests.integration.jobs.driving import running

AS_ADA = Asker(ADA, manages_guild=False)


async def rounds(works: Works, count: int) -> None:
    """Let so many periodic rounds pass."""
    async with running(works) as tracker:
        task = asyncio.create_task(works.recovery(tracker).run())
        for _ in range(count):
            await works.clock.asleep(2)
            works.clock.advance(ORPHANS_SECONDS)
        await works.clock.asleep(2)
        task.cancel()


async def cancelled_elsewhere(works: Works) -> Job:
    """Let another process cancel a job, and die before it tells anybody."""
    job = await works.held()
    await works.jobs.cancel(job.id, AS_ADA)
    works.messenger.changes.clear()
    return job


async def test_an_end_that_another_process_did_not_tell_is_told(works: Works) -> None:
    """The periodic round finds it; not at once, for the other may be at it."""
    job = await cancelled_elsewhere(works)
    await rounds(works, 1)
    assert works.messenger.changes == []
    await rounds(works, 3)
    assert set(works.messenger.changes) == {job.id}


async def test_an_end_that_is_being_told_is_left_alone(works: Works) -> None:
    """Nor is one that was tried too often: behind a closed door each try is a refusal."""
    job = await cancelled_elsewhere(works)
    works.messenger.being_told.add(job.id)
    await rounds(works, 3)
    assert works.messenger.changes == []


async def test_what_was_told_is_not_told_again(works: Works) -> None:
    """Nor is what is not over."""
    job = await cancelled_elsewhere(works)
    await works.database.write(rows.update_job, job.id, told_at=works.clock.now())
    await works.queued()
    works.messenger.changes.clear()
    assert await works.database.read(rows.list_untold_ends, works.worker.number) == set()


# The member has it, and the message does not show it.


async def rendered(works: Works, films: FilmServer) -> Job:
    """Bring a job to where its video is on our disk."""
    job = await works.processing(films.url)
    await fetch(works.bench, job)
    return await works.job(job.id)


async def test_what_the_member_fetched_is_still_to_be_shown(
    works: Works, films: FilmServer
) -> None:
    """Two facts: the job is over, and its message is not up to date until it was edited."""
    job = await rendered(works, films)
    works.messenger.changes.clear()
    await works.jobs.shown(job)
    assert works.messenger.changes == [job.id]
    assert await works.jobs.outdated(job.guild_id) == [(job.id, job.channel_id)]
    assert list(await works.jobs.outdated(job.guild_id + 1)) == []
    works.clock.advance(OUTDATED_KEPT.total_seconds() + 1)
    assert list(await works.jobs.outdated(job.guild_id)) == []


async def test_a_video_that_came_by_both_ways_is_shown(works: Works, films: FilmServer) -> None:
    """Delivered into the message while the member fetched it: nothing is left to show."""
    job = await rendered(works, films)
    gate = works.messenger.on_deliver.hold(Delivered("in the job's message", called=False))
    delivering = asyncio.create_task(deliver(works.bench, job))
    await gate.reached.wait()
    await works.jobs.shown(job)
    gate.release()
    await delivering
    assert await works.state(job) is State.DELIVERED
    assert list(await works.jobs.outdated(job.guild_id)) == []


async def test_a_delivery_that_was_postponed_leaves_the_message_to_be_shown(
    works: Works, films: FilmServer
) -> None:
    """Fetched while the delivery was refused: the message shows an older state."""
    job = await rendered(works, films)
    works.messenger.on_deliver.plan(Postponed("closed"))
    await deliver(works.bench, job)
    await works.jobs.shown(job)
    assert await works.jobs.outdated(job.guild_id) == [(job.id, job.channel_id)]


async def test_outdated_messages_are_found_by_their_index(works: Works) -> None:
    """Not by way of a server's jobs, of which there are ever more; and so many at a time."""
    statements: Record[str] = Record()

    def plan(tx: Transaction) -> list[str]:
        query = str(
            rows.outdated_in(1, works.clock.now(), MOST_OUTDATED).compile(
                tx.engine, compile_kwargs={"literal_binds": True}
            )
        )
        statements.append(query)
        return [row.detail for row in tx.execute(text(f"EXPLAIN QUERY PLAN {query}"))]

    steps = await works.database.read(plan)
    assert "LIMIT" in statements[0]
    assert any("ix_messages_outdated" in step for step in steps), steps
    assert not [step for step in steps if "ix_jobs" in step or step.startswith("SCAN")], steps
