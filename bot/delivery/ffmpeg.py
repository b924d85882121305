"""Run ffmpeg, which comes with the installation, and tell whose fault its failures are.

Only its exit code is read. Its log is prose with the file's own texts in between: whoever made
the file would have a say in what it is taken for.
"""

import errno
import shutil
from collections.abc import Sequence
from dataclasses import dataclass

import imageio_ffmpeg

from bot.errors import ToolFailed
from bot.process import Limits, run_limited

MAX_MEMORY_BYTES = 4 << 30
"""Of address space; an encode of 12 s at 1792x1024 took 1.0 GiB of it."""
_STOPPED = 255
"""What it ends with after a polite signal (measured)."""
_MACHINE_ERRORS = {
    256 - number
    for number in (
        *(errno.ENOMEM, errno.EMFILE, errno.ENFILE),
        *(errno.EACCES, errno.ENOSPC, errno.EDQUOT, errno.EROFS),
    )
}
"""Exit codes for what the machine refused; ffmpeg ends with the error's negative number
(measured: 228 on a full disk, 254 for a file that is not there)."""


@dataclass(frozen=True)
class FfmpegRun:
    """How a run ended."""

    code: int
    log: str
    """Its complaints, for the operator's log; of a long one its beginning and its end."""


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
    try:
        ffmpeg = ffmpeg_path()
    except RuntimeError as error:
        raise ToolFailed(f"no ffmpeg: {error}") from error
    command = [ffmpeg, "-hide_banner", "-nostdin", "-loglevel", "error", *arguments]
    ended = await run_limited(command, Limits(timeout_seconds, MAX_MEMORY_BYTES))
    if ended.code < 0 or ended.code in {_STOPPED, *_MACHINE_ERRORS}:
        raise ToolFailed(f"ffmpeg was stopped with {ended.code}")
    return FfmpegRun(ended.code, ended.complaints.decode("utf-8", "replace"))
