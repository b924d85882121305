"""Run ffmpeg as a process of its own, with limits of time and memory, never on the loop."""

import asyncio
import contextlib
import errno
import os
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import imageio_ffmpeg

from bot.errors import ResourcesExhausted, ToolFailed
from bot.exhaustion import is_exhaustion

MAX_MEMORY_BYTES = 4 << 30
"""Of address space; an encode of 12 s at 1792x1024 took 1.0 GiB of it."""
LOG_BYTES = 20_000
"""So much is kept of the log's beginning, which tells of the streams, and as much of its end."""
_PIECE_BYTES = 16_384
_MACHINE_ERRORS = {
    256 - number
    for number in (
        *(errno.ENOMEM, errno.EMFILE, errno.ENFILE),
        *(errno.EACCES, errno.ENOSPC, errno.EDQUOT, errno.EROFS),
    )
}
"""Exit codes for what the machine refused; ffmpeg ends with the error's negative number
(measured: 228 on a full disk, 254 for a file that is not there)."""
_STOPPED = re.compile(r"^Exiting normally, received signal", re.MULTILINE)
"""What a polite signal leaves in the log (measured); the exit code is an ordinary one then."""


@dataclass(frozen=True)
class FfmpegRun:
    """How a run ended."""

    code: int
    log: str
    """What ffmpeg wrote to standard error; of a long one its beginning and its end."""


def ffmpeg_path() -> str:
    """Find the ffmpeg that comes with the installation; raise RuntimeError."""
    found = str(imageio_ffmpeg.get_ffmpeg_exe())
    return shutil.which(found) or found


async def run_ffmpeg(arguments: Sequence[str], timeout_seconds: float) -> FfmpegRun:
    """Run ffmpeg to its end; raise ToolFailed where the end says nothing of its input.

    That is so where it did not start, was stopped by a signal, was refused memory, handles or the
    disk by the machine, or took too long, in which case it is killed. Raises ResourcesExhausted
    where no handle is left to start it.
    """
    process = await _start(arguments)
    _limit(process.pid)
    try:
        async with asyncio.timeout(timeout_seconds):
            log = (await _read_ends(process.stderr)).decode("utf-8", "replace")
            code = await process.wait()
    except TimeoutError:
        raise ToolFailed(f"ffmpeg took over {timeout_seconds:.0f} s", too_slow=True) from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    if code < 0 or code in _MACHINE_ERRORS or (code and _STOPPED.search(log)):
        raise ToolFailed(f"ffmpeg was stopped with {code}")
    return FfmpegRun(code, log)


async def _start(arguments: Sequence[str]) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            ffmpeg_path(),
            "-hide_banner",
            "-nostdin",
            *arguments,
            env={},  # ours has the token and the keys in it; what it reads comes from strangers
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
    except (OSError, RuntimeError) as error:  # the second: no ffmpeg, or no more threads
        if is_exhaustion(error):
            raise ResourcesExhausted from error
        raise ToolFailed(f"ffmpeg did not start: {error}") from error


async def _read_ends(stream: asyncio.StreamReader | None) -> bytes:
    """Read to the end, and keep no more than the beginning and the end."""
    assert stream is not None  # noqa: S101 - it was asked for at the start
    head, tail = b"", b""
    while piece := await stream.read(_PIECE_BYTES):
        room = LOG_BYTES - len(head)
        head += piece[:room]
        tail = (tail + piece[room:])[-LOG_BYTES:]
    return head + tail


def _limit(pid: int) -> None:
    """Bound the process's memory and let the bot go first; Linux alone can do so from outside."""
    if sys.platform != "linux":
        return
    import resource  # noqa: PLC0415 - Unix only

    with contextlib.suppress(ProcessLookupError, PermissionError):
        resource.prlimit(pid, resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
        os.setpriority(os.PRIO_PROCESS, pid, 10)
