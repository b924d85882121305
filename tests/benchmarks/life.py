"""How often a job is polled and edited over its whole life, once the bot knows how long it takes.

All times are a tenth of the real ones: a video takes 18 s, polls come 0.2 to 1.5 s apart, edits
one a second. The catalogue still says 180 s, so that the bot has to learn.
"""

import asyncio
from collections.abc import AsyncGenerator
from statistics import median

from bot.config import JobSettings
from bot.jobs.pace import ENOUGH_SAMPLES
from bot.jobs.stages import Pace
from tests.benchmarks.child import SORA_BOT, running
from tests.benchmarks.figures import Beside, Figure
from tests.benchmarks.planned import polls_of_life
from tests.benchmarks.worlds import answered, delivered, edits, fresh_world, needless_edits
from tests.books import query
from tests.e2e.harness import World

SCALE = 10
QUEUE_SECONDS, PROCESSING_SECONDS = 2.0, 16.0
JOBS = 20
MOST_POLLS_TIMES = 1.15
"""Beside what the pace says: the way to the provider and back takes time as well."""
CHANGES_OF_STATE = 3
"""After the first response: PROCESSING, its end, and the video."""

_WAITS = "SELECT (julianday(rendered_at) - julianday(submitted_at)) * 86400 FROM jobs"


async def measure_life() -> AsyncGenerator[Figure]:
    """Let the bot make a few videos and then those that count."""
    default = JobSettings()
    pace = Pace(default.min_poll_seconds / SCALE, default.max_poll_seconds / SCALE)
    edit_seconds = default.edit_seconds / SCALE
    async with fresh_world(
        min_poll_seconds=pace.least_seconds,
        max_poll_seconds=pace.most_seconds,
        edit_seconds=edit_seconds,
        max_running_per_member=0,
    ) as world:
        world.segmind.queue_seconds = QUEUE_SECONDS
        world.segmind.processing_seconds = PROCESSING_SECONDS
        async with running(world, SORA_BOT):
            await _make(world, ENOUGH_SAMPLES)
            learned = median(wait for (wait,) in query(world.database, _WAITS))
            called, needless = len(world.discord.calls), needless_edits(world)
            await _make(world, JOBS)
        waits = [wait for (wait,) in query(world.database, _WAITS)][-JOBS:]
    seconds = QUEUE_SECONDS + PROCESSING_SECONDS
    polled = sum(each.polls for each in world.segmind.generations[-JOBS:]) / JOBS
    planned = polls_of_life(pace, learned, seconds)
    yield Figure(
        f"polls of a job in its life of {seconds:.0f} s, times by {SCALE}",
        polled,
        beside=Beside("by the pace", planned),
        most_times=MOST_POLLS_TIMES,
    )
    edited = edits(world.discord.calls[called:]) / JOBS
    yield Figure("  edits", edited, most=seconds / edit_seconds + CHANGES_OF_STATE)
    changed_nothing = (needless_edits(world) - needless) / JOBS
    yield Figure("  edits that changed nothing", changed_nothing, most=0)
    yield Figure("  from the submit to the video on disk", median(waits), "s")


async def _make(world: World, count: int) -> None:
    """Let Ada ask for so many videos at once, and wait until they are there."""
    uses = await asyncio.gather(*(world.create() for _ in range(count)))
    await answered(uses)
    await delivered(world, uses)
