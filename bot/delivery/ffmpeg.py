"""Run ffmpeg as a process of its own, with limits of time and memory, never on the loop."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import imageio_ffmpeg

from bot.errors import NotAVideo

MAX_MEMORY_BYTES = 4 << 30
"""Of address space; an encode of 12 s at 1792x1024 took 1.0 GiB of it."""


@dataclass(frozen=True)
class FfmpegRun:
    """How a run ended."""

    code: int
    log: str
    """What ffmpeg wrote to standard error, its end."""


def ffmpeg_path() -> str:
    """Find the ffmpeg that comes with the installation; raise RuntimeError."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())


async def run_ffmpeg(arguments: Sequence[str], timeout_seconds: float) -> FfmpegRun:
    """Run ffmpeg to its end; a run beyond its time is killed and raises NotAVideo."""
    process = await asyncio.create_subprocess_exec(
        ffmpeg_path(),
        "-hide_banner",
        "-nostdin",
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _limit(process.pid)
    try:
        async with asyncio.timeout(timeout_seconds):
            _, log = await process.communicate()
    except TimeoutError:
        raise NotAVideo(f"ffmpeg took over {timeout_seconds:.0f} s") from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return FfmpegRun(process.returncode or 0, log[-20_000:].decode("utf-8", "replace"))


def _limit(pid: int) -> None:
    """Bound the process's memory and let the bot go first; Linux alone can do so from outside."""
    if sys.platform != "linux":
        return
    import resource  # noqa: PLC0415 - Unix only

    with contextlib.suppress(ProcessLookupError, PermissionError):
        resource.prlimit(pid, resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
        os.setpriority(os.PRIO_PROCESS, pid, 10)
