"""Make a video fit an upload limit, as the plan says."""

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import structlog

from bot.delivery.ffmpeg import run_ffmpeg
from bot.delivery.plan import (
    AUDIO_BITS_PER_SECOND,
    Attach,
    Link,
    Reencode,
    Remux,
    plan_delivery,
)
from bot.delivery.video import Video, probe
from bot.errors import NotAVideo, ToolFailed

ENCODE_SECONDS = 600.0
ATTEMPTS = 2
COPY_SUFFIX = ".fit.mp4"

log = structlog.get_logger()


@contextlib.asynccontextmanager
async def fitted(
    video: Video, limit_bytes: int, encode_seconds: float = ENCODE_SECONDS
) -> AsyncIterator[Path | None]:
    """Give a file that may be attached: the video or a smaller copy; None: it is to be linked.

    A copy lives as long as the block. Each attempt to make one has ``encode_seconds``: what takes
    longer is linked, as it would take as long again. Raises ToolFailed where ffmpeg was stopped.
    """
    try:
        smaller = await _fit(video, limit_bytes, encode_seconds)
    except (NotAVideo, ToolFailed) as error:
        if isinstance(error, ToolFailed) and not error.too_slow:
            raise
        log.warning("fit.failed", file=video.path.name, detail=error.detail)
        smaller = None
    try:
        yield smaller.path if smaller is not None else None
    finally:
        if smaller is not None and smaller is not video:
            # The video may be out by now: what can't be deleted is swept away one day.
            with contextlib.suppress(OSError):
                await asyncio.to_thread(smaller.path.unlink)


async def _fit(video: Video, limit_bytes: int, encode_seconds: float) -> Video | None:
    aim = limit_bytes
    for _ in range(ATTEMPTS):
        plan = plan_delivery(video, aim)
        if isinstance(plan, Attach):
            return video
        if isinstance(plan, Link):
            break
        smaller = await _copy(video, _arguments(video, plan), encode_seconds)
        if smaller.size_bytes <= limit_bytes:
            return smaller
        await asyncio.to_thread(smaller.path.unlink)
        # An encoder may overshoot: aim lower by as much.
        aim = int(aim * limit_bytes / smaller.size_bytes * 0.95)
    return None


def _arguments(video: Video, plan: Remux | Reencode) -> list[str]:
    """Tell ffmpeg what to do with the streams."""
    if isinstance(plan, Remux):
        return ["-c", "copy"]
    rate = plan.video_bits_per_second
    audio = ["-c:a", "aac", "-b:a", str(AUDIO_BITS_PER_SECOND)] if video.audio_codec else ["-an"]
    encoder = ["-c:v", "libx264", "-preset", "medium", "-pix_fmt", "yuv420p", "-threads", "1"]
    return [*encoder, *f"-b:v {rate} -maxrate {rate} -bufsize {2 * rate}".split(), *audio]


async def _copy(video: Video, arguments: list[str], encode_seconds: float) -> Video:
    target = video.path.with_suffix(f".{secrets.token_hex(4)}{COPY_SUFFIX}")
    source = ["-y", "-i", str(video.path), "-map", "0:v:0", "-map", "0:a:0?"]
    try:
        await run_ffmpeg(
            [*source, *arguments, "-movflags", "+faststart", str(target)], encode_seconds
        )
        return await probe(target)
    except BaseException:  # also where it was cancelled: half a copy is of no use
        await asyncio.to_thread(target.unlink, missing_ok=True)
        raise
