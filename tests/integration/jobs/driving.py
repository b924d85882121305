"""Letting a tracker work, and waiting until it has."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from bot.jobs.job import Job
from bot.jobs.queue import UNLIMITED, Limits
from bot.jobs.states import State
from bot.jobs.tracker import Tracker
from tests.integration.jobs.conftest import ADA, Works

PATIENCE_SECONDS = 30.0
"""How long a test waits for what must come before it is taken for lost."""


@contextlib.asynccontextmanager
async def running(
    works: Works, limits: Limits = UNLIMITED, *, recovering: bool = False
) -> AsyncIterator[Tracker]:
    """Let a tracker work, and stop it as the application does.

    ``recovering``: take up what was left first, as a start does.
    """
    works = works.restarted() if recovering else works
    tracker = works.tracker(limits)
    if recovering:
        await works.recovery(tracker).start()
    task = asyncio.create_task(tracker.run())
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            yield tracker
    finally:
        task.cancel()
        await asyncio.wait({task})
        await tracker.stop()


async def quiet(works: Works, tracker: Tracker) -> None:
    """Wait until the tracker has done all that is due: no step is under way, and it sleeps."""
    while True:
        # A way through the loop and the database.
        await works.jobs.history(ADA)
        await works.clock.asleep()
        if tracker._tasks:
            await asyncio.wait(set(tracker._tasks))
        elif not tracker._wake.is_set():
            return


async def brought(works: Works, tracker: Tracker, job: Job, state: State) -> None:
    """Let the time run until a job stands somewhere."""
    await quiet(works, tracker)
    while await works.state(job) is not state:
        works.clock.wake_next()
        await quiet(works, tracker)
