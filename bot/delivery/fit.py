"""Make a video fit an upload limit, as the plan says; a copy is made once and kept beside it."""

import asyncio
import contextlib
import secrets
import shutil
from pathlib import Path

import structlog

from bot.delivery.encode import copy_arguments
from bot.delivery.ffmpeg import FfmpegRun, run_ffmpeg
from bot.delivery.plan import (
    Attach,
    Fitted,
    Link,
    Reencode,
    Remux,
    Unattached,
    plan_delivery,
)
from bot.delivery.video import Video, probe
from bot.errors import NotAVideo, ToolFailed
from bot.exhaustion import own_files

ENCODE_SECONDS = 600.0
ATTEMPTS = 3
"""The first may be over the limit, for the container or because an encoder overshoots."""
PART_SUFFIX = ".fit.mp4"
COPIES_SUFFIX = ".copies"

log = structlog.get_logger()


def copies_folder(video: Path) -> Path:
    """Tell where a video's copies are, each named by the limit that it was made for."""
    return video.with_suffix(COPIES_SUFFIX)


def delete_copies(video: Path) -> None:
    """Delete a video's copies, if there are any. Blocking; raises OSError."""
    with contextlib.suppress(FileNotFoundError):
        shutil.rmtree(copies_folder(video))


async def at_hand(video: Video, limit_bytes: int) -> Fitted | None:
    """Give what ``fit`` would, where that needs no copy to be made; None: it does."""
    plan = plan_delivery(video, limit_bytes)
    if isinstance(plan, Attach):
        return Fitted(video.path)
    if isinstance(plan, Link):
        return Fitted(None, Unattached.TOO_LARGE)
    kept = _kept(video, limit_bytes)
    return Fitted(kept) if await _is_good(kept, limit_bytes) else None


def _kept(video: Video, limit_bytes: int) -> Path:
    return copies_folder(video.path) / f"{limit_bytes}.mp4"


async def fit(video: Video, limit_bytes: int, encode_seconds: float = ENCODE_SECONDS) -> Fitted:
    """Give a file that may be attached, the video or a copy, or the reason why there is none.

    Each attempt to make a copy has ``encode_seconds``. Raises ToolFailed where ffmpeg was stopped:
    another time it may work. One that took too long would take as long again.
    """
    if (found := await at_hand(video, limit_bytes)) is not None:
        return found
    kept = _kept(video, limit_bytes)
    try:
        copy = await _make(video, limit_bytes, encode_seconds)
    except (NotAVideo, ToolFailed) as error:
        if isinstance(error, ToolFailed) and not error.too_slow:
            raise
        log.warning("fit.failed", file=video.path.name, detail=error.detail)
        there = await asyncio.to_thread(video.path.exists)
        return Fitted(None, Unattached.NOT_CONVERTED if there else Unattached.LOST)
    if copy is None:
        return Fitted(None, Unattached.TOO_LARGE)
    if not await asyncio.to_thread(_keep, copy, kept, video.path):
        return Fitted(None, Unattached.LOST)
    return Fitted(kept)


async def _is_good(kept: Path, limit_bytes: int) -> bool:
    """Tell whether a copy is there and whole: the machine may have lost power over it."""
    if not await asyncio.to_thread(kept.exists):
        return False
    try:
        return (await probe(kept)).size_bytes <= limit_bytes
    except NotAVideo:
        return False


async def _make(video: Video, limit_bytes: int, encode_seconds: float) -> Path | None:
    """Make a copy within the limit; None: none would be watchable. Raises NotAVideo."""
    aim = limit_bytes
    for attempt in range(ATTEMPTS):
        plan = plan_delivery(video, aim, shrink=attempt > 0)
        if isinstance(plan, Attach | Link):
            break
        copy = await _copy(video, plan, encode_seconds)
        if copy.size_bytes <= limit_bytes:
            return copy.path
        await asyncio.to_thread(copy.path.unlink)
        if isinstance(plan, Reencode):  # aim lower by as much as it was over
            aim = int(aim * limit_bytes / copy.size_bytes * 0.95)
    return None


async def _copy(video: Video, plan: Remux | Reencode, encode_seconds: float) -> Video:
    target = video.path.with_suffix(f".{secrets.token_hex(4)}{PART_SUFFIX}")
    try:
        source = ["-y", "-i", str(video.path)]
        run = await run_ffmpeg([*source, *copy_arguments(video, plan), str(target)], encode_seconds)
        _check_end(run)
        return await probe(target)
    except BaseException:  # also where it was cancelled: half a copy is of no use
        await asyncio.to_thread(target.unlink, missing_ok=True)
        raise


def _check_end(run: FfmpegRun) -> None:
    if run.code != 0:
        raise NotAVideo(f"ffmpeg ended with {run.code}: {run.log[-500:]}")


def _keep(copy: Path, kept: Path, original: Path) -> bool:
    """Give a copy its name; False: the video was deleted meanwhile, and its copy with it."""
    with own_files():
        kept.parent.mkdir(exist_ok=True)
        copy.replace(kept)
        if original.exists():
            return True
        delete_copies(original)
        return False
