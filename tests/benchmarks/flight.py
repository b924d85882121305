"""1,000 jobs in flight: memory, processor, polls and edits; and a restart in their midst."""

import asyncio
import time
from collections.abc import AsyncGenerator

from bot.config import JobSettings
from bot.jobs.stages import Pace
from tests.benchmarks.child import SORA_BOT, Child, running
from tests.benchmarks.figures import Beside, Figure
from tests.benchmarks.measurement import MeasurementFailed
from tests.benchmarks.planned import MODEL, polls_between
from tests.benchmarks.usage import Memory, cpu_seconds, memory
from tests.benchmarks.worlds import edits, fresh_world, looked_at, needless_edits, start_jobs
from tests.books import query
from tests.e2e.harness import World

JOBS = 1000
WARM_UP_JOBS = 50
"""In flight before anything is measured: they pay for what is loaded and cached but once."""
WINDOW_SECONDS = 30.0
AFTER_RESTART_SECONDS = 10.0
"""How long edits are counted once every job has been looked at again."""
MOST_KIB = 10.0
MOST_POLLS_TIMES = 1.1
"""Beside what the pace says: some polls stand at the edge of the window."""

_DEFAULTS = JobSettings()
_PACE = Pace(_DEFAULTS.min_poll_seconds, _DEFAULTS.max_poll_seconds)
_UNLIMITED = {"max_running": 0, "max_running_per_guild": 0, "max_running_per_member": 0}


async def measure_flight() -> AsyncGenerator[Figure]:
    """Measure with the default pace of polls and edits, and no limit of running jobs."""
    async with fresh_world(**_UNLIMITED) as world:
        world.segmind.plan(hold=True, video=b"stub", times=None)
        async with running(world, SORA_BOT) as child:
            await start_jobs(world, WARM_UP_JOBS)
            warm, stored_kib = memory(child.pid), _stored_kib(world)
            await start_jobs(world, JOBS)
            for figure in await _watch(world, child):
                yield figure
            grown_kib = _stored_kib(world) - stored_kib
            for figure in _memory(warm, memory(child.pid), grown_kib):
                yield figure
            await child.kill()
        for figure in await _restart(world):
            yield figure


async def _watch(world: World, child: Child) -> list[Figure]:
    """Let the bot do its work for a while."""
    generations, calls = world.segmind.generations, world.discord.calls
    now = world.segmind.clock.now()
    ages = [(now - generation.submitted_at).total_seconds() for generation in generations]
    polls, called = sum(generation.polls for generation in generations), len(calls)
    began, cpu = time.monotonic(), cpu_seconds(child.pid)
    await asyncio.sleep(WINDOW_SECONDS)
    seconds, count = time.monotonic() - began, len(generations)
    cpu_ms = (cpu_seconds(child.pid) - cpu) * 1000 / count / seconds
    polled = (sum(generation.polls for generation in generations) - polls) / count
    edited = edits(calls[called:]) / count
    usual = float(MODEL.usual_wait_seconds or 0)
    planned = sum(polls_between(_PACE, usual, age, age + seconds) for age in ages) / count
    within = f"in {seconds:.0f} s of a wait of {usual:.0f} s"
    return [
        Figure(f"processor time of a job a second, {count:,} in flight", cpu_ms, "ms"),
        Figure(
            f"  polls of a job {within}",
            polled,
            beside=Beside("by the pace", planned),
            most_times=MOST_POLLS_TIMES,
        ),
        Figure(f"  edits of a job {within}", edited, most=WINDOW_SECONDS / _DEFAULTS.edit_seconds),
        Figure("  edits that changed nothing", needless_edits(world), most=0),
    ]


def _memory(before: Memory, after: Memory, stored_kib: float) -> list[Figure]:
    whole, private = after.all - before.all, after.private - before.private
    return [
        Figure(f"memory of a job, {JOBS:,} in flight", whole / JOBS, "KiB", most=MOST_KIB),
        Figure("  without pages of files, but with SQLite's cache", private / JOBS, "KiB"),
        Figure("  in the database, of which SQLite caches up to 6 MiB", stored_kib / JOBS, "KiB"),
    ]


async def _restart(world: World) -> list[Figure]:
    """Start the bot that was killed, and see how soon it is back at each job."""
    polls = {generation: generation.polls for generation in world.segmind.generations}
    called, needless = len(world.discord.calls), needless_edits(world)
    began = time.monotonic()
    looking = asyncio.create_task(looked_at(world, polls))
    looking.add_done_callback(lambda _: ended.append(time.monotonic()))
    ended: list[float] = []
    try:
        async with running(world, SORA_BOT) as child:
            await looking
            await asyncio.sleep(AFTER_RESTART_SECONDS)
    finally:
        looking.cancel()
    if len(world.segmind.generations) != len(polls):
        raise MeasurementFailed("a job was submitted again")
    edited = edits(world.discord.calls[called:]) / len(polls)
    changed_nothing = (needless_edits(world) - needless) / len(polls)
    return [
        Figure("started after a kill -9 with them open: connected", child.connected_seconds, "s"),
        Figure("  each looked at again (limit: 1,000 a second)", ended[0] - began, "s"),
        Figure(f"  edits of a job until {AFTER_RESTART_SECONDS:.0f} s later", edited),
        Figure("  of them such that changed nothing", changed_nothing, most=0),
    ]


def _stored_kib(world: World) -> float:
    [[pages]] = query(world.database, "PRAGMA page_count")
    [[page_bytes]] = query(world.database, "PRAGMA page_size")
    return float(pages * page_bytes / 1024)
