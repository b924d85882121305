"""The bot's memory while it delivers 8 videos at once, large ones and small ones."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path

from bot.sandbox.discord import Interaction
from tests.benchmarks.child import SORA_BOT, running
from tests.benchmarks.figures import Beside, Figure
from tests.benchmarks.measurement import MeasurementFailed
from tests.benchmarks.usage import memory, reset_peak
from tests.benchmarks.worlds import answered, delivered, fresh_world, looked_at
from tests.videos import run_here

VIDEOS = 8
SMALL_MB, LARGE_MB, LARGEST_MB = 5, 50, 90
SECONDS = 8
BOOST_TIER = 3
"""Its upload limit is 100 MiB (Discord's documentation)."""
MOST_MIB = LARGE_MB / 2
"""Whatever their size: no video is ever held in memory, nor the half of one. Small ones are gone
before the buffers of the sockets are full."""
POLL_SECONDS = {"min_poll_seconds": 0.2, "max_poll_seconds": 1.0}
"""So that all are found finished at the same time."""


async def measure_delivery() -> AsyncGenerator[Figure]:
    """Deliver videos of each size, in a fresh process each time."""
    peaks = [
        await _peak_mib(await asyncio.to_thread(noise, megabytes))
        for megabytes in (SMALL_MB, LARGE_MB, LARGEST_MB)
    ]
    small, large, largest = peaks
    name = f"memory above rest, at most, delivering {VIDEOS} videos of"
    beside_small, beside_large = (
        Beside(f"of {SMALL_MB} MB", small),
        Beside(f"of {LARGE_MB} MB", large),
    )
    yield Figure(f"{name} {LARGE_MB} MB", large, "MiB", beside_small, most=MOST_MIB)
    yield Figure(f"{name} {LARGEST_MB} MB", largest, "MiB", beside_large, most=MOST_MIB)


async def _peak_mib(video: Path) -> float:
    """Deliver all at once; tell the bot's peak beyond its size at rest. ffmpeg's is not counted."""
    async with fresh_world(**POLL_SECONDS) as world:
        guild = world.discord.add_guild("Cinema", boost_tier=BOOST_TIER)
        channel = guild.add_channel("screen")
        members = [guild.add_member(f"Member {number}") for number in range(VIDEOS)]
        async with running(world, SORA_BOT) as child:
            world.segmind.plan(video=noise(SMALL_MB))
            first = await world.create(members[0], channel)  # it pays for what is loaded but once
            await delivered(world, [first])
            held = world.segmind.plan(hold=True, video=video, times=VIDEOS)
            uses = await asyncio.gather(*(world.create(member, channel) for member in members))
            await answered(uses)
            await world.segmind.wait_submitted(1 + VIDEOS)
            await looked_at(world, dict.fromkeys(world.segmind.generations[1:], 0))
            rest = memory(child.pid)
            reset_peak(child.pid)
            held.release()
            await delivered(world, uses)
            peak = memory(child.pid).peak
            _check_whole(video, uses)
    return (peak - rest.all) / 1024


def _check_whole(video: Path, uses: list[Interaction]) -> None:
    """Raise MeasurementFailed where a video came made smaller: that is another work."""
    sizes = {use.message.attachments[0].size for use in uses if use.message is not None}
    if sizes != {video.stat().st_size}:
        raise MeasurementFailed(f"a video came with another size: {sizes} bytes")


def noise(megabytes: int) -> Path:
    """Make a true video of about this size, or find it in the temporary folder."""
    path = Path(tempfile.gettempdir()) / f"sora-bot-benchmark-{megabytes}.mp4"
    if not path.exists():
        rate = str(megabytes * 8_000_000 // SECONDS)
        picture = f"color=gray:size=1280x720:rate=24:duration={SECONDS},noise=alls=100:allf=t+u"
        sound = ["-f", "lavfi", "-i", f"sine=duration={SECONDS}", "-c:a", "aac", "-b:a", "64k"]
        codec = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"]
        rates = ["-b:v", rate, "-minrate", rate, "-maxrate", rate, "-bufsize", rate]
        part = path.with_suffix(".part.mp4")
        output = ["-movflags", "+faststart", str(part)]
        run_here(["-f", "lavfi", "-i", picture, *sound, *codec, *rates, *output])
        part.rename(path)
    return path
