"""What pictures cost: the memory that stays with the bot, and that of the work on one."""

import asyncio
import itertools
import os
import resource
import tempfile
import time
from collections.abc import AsyncGenerator
from pathlib import Path

from aiohttp import web

from bot.clock import SystemClock
from bot.delivery.fetch import Fetcher
from bot.pictures import MAX_PICTURE_BYTES, Pictures
from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.usage import memory, reset_peak
from tests.local_server import serving
from tests.pictures import encoded, noise

PICTURES = 100
SIDES = (4000, 3000)
"""As phones take them."""
MOST_KEPT_MIB = 20
MOST_WORK_MIB = 600


async def measure_album() -> AsyncGenerator[Figure]:
    """Receive so many different pictures, one after the other, and see what is left of them."""
    picture = await asyncio.to_thread(_photo)
    numbers = itertools.count()

    async def answer(_: web.BaseRequest) -> web.StreamResponse:
        # What stands behind a picture's end is no part of it, and makes it another file.
        return web.Response(body=picture + str(next(numbers)).encode(), content_type="image/jpeg")

    with tempfile.TemporaryDirectory() as folder:
        async with serving(answer) as server:
            fetcher = Fetcher(server.origin, MAX_PICTURE_BYTES, SystemClock())
            pictures = Pictures(Path(folder), fetcher)
            url, seconds = str(server.origin / "a.jpg"), []
            await pictures.receive(url)  # it pays for what is loaded but once
            before = memory(os.getpid())
            reset_peak(os.getpid())
            for _ in range(PICTURES):
                began = time.monotonic()
                await pictures.receive(url)
                seconds.append(time.monotonic() - began)
            after = memory(os.getpid())
    name = f"{PICTURES} pictures of 12 MP"
    kept, peak = (after.all - before.all) / 1024, (after.peak - before.all) / 1024
    yield Figure(f"memory that the bot keeps after {name}", kept, "MiB", most=MOST_KEPT_MIB)
    yield Figure(f"memory above rest, at most, receiving {name}", peak, "MiB")
    work = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    yield Figure("memory of the process that works on one of them", work, "MiB", most=MOST_WORK_MIB)
    yield Figure("seconds for one of them, median", percentile(seconds, 50), "s")


def _photo() -> bytes:
    grain = noise(400, 300).resize(SIDES)
    return encoded(grain, "JPEG", quality=85)
