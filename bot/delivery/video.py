"""What a file really is: read every packet of it and tell its size, seconds and codecs."""

import asyncio
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from bot.delivery.ffmpeg import run_ffmpeg
from bot.errors import NotAVideo
from bot.exhaustion import own_files

PROBE_SECONDS = 60.0
_FAR_BYTES = 1 << 40
"""Beyond the end of any video; no file system lets a file be sought as far as a box can claim."""
_CONTAINERS = "mov,matroska"
"""MP4 and WebM with their kin. Other formats are text that can name further files to read."""
_VIDEO = re.compile(r"Stream #0:\d+.*?: Video: (\w+).*?, (\d{2,5})x(\d{2,5})")
_AUDIO = re.compile(r"Stream #0:\d+.*?: Audio: (\w+)")
_DURATION = re.compile(r"Duration: (\d+):(\d+):(\d+\.\d+)")


@dataclass(frozen=True)
class Video:
    """A whole, playable video on disk."""

    path: Path
    size_bytes: int
    width: int
    height: int
    seconds: float
    video_codec: str
    audio_codec: str | None
    faststart: bool
    """Whether a player can begin before it has the whole file."""

    @property
    def has_common_codecs(self) -> bool:
        """H.264 with AAC or without sound: what Discord plays inline on every device."""
        return self.video_codec == "h264" and self.audio_codec in {"aac", None}

    @property
    def plays_everywhere(self) -> bool:
        """With common codecs, and ready to stream."""
        return self.faststart and self.has_common_codecs


async def probe(path: Path) -> Video:
    """Read the whole file; raise NotAVideo where it is none or is cut short, or a StorageError."""
    read_all = ["-map", "0:v:0", "-map", "0:a:0?", "-c", "copy", "-f", "null", "-"]
    source = ["-format_whitelist", _CONTAINERS, "-i", str(path)]
    run = await run_ffmpeg(["-xerror", *source, *read_all], PROBE_SECONDS)
    complaint = re.search(r"partial file|prematurely|Invalid data|Error |error reading", run.log)
    video, duration = _VIDEO.search(run.log), _DURATION.search(run.log)
    if run.code != 0 or complaint or not video or not duration:
        raise NotAVideo(complaint.group() if complaint else f"ffmpeg ended with {run.code}")
    hours, minutes, seconds = duration.groups()
    audio = _AUDIO.search(run.log)
    size_bytes, faststart = await asyncio.to_thread(_measure, path)
    return Video(
        path=path,
        size_bytes=size_bytes,
        width=int(video.group(2)),
        height=int(video.group(3)),
        seconds=int(hours) * 3600 + int(minutes) * 60 + float(seconds),
        video_codec=video.group(1),
        audio_codec=audio and audio.group(1),
        faststart=faststart,
    )


def _measure(path: Path) -> tuple[int, bool]:
    with own_files():
        return path.stat().st_size, is_faststart(path)


def is_faststart(path: Path) -> bool:
    """Tell whether the index (moov) comes before the data (mdat) in an MP4.

    Raises NotAVideo where either is cut short: ffmpeg forgives a cut index, browsers do not.
    """
    size_bytes, found = path.stat().st_size, []
    with own_files(), path.open("rb") as file:
        for name in iter(lambda: _next_box(file), None):
            if name in {b"moov", b"mdat"}:
                found.append(name)
                if file.tell() > size_bytes:
                    raise NotAVideo("cut short")
    return found[:1] == [b"moov"]


def _next_box(file: BinaryIO) -> bytes | None:
    """Read the name of the box at the file's position and skip to the next one."""
    header = file.read(8)
    if len(header) < 8:  # noqa: PLR2004 - a box's header
        return None
    size, name = struct.unpack(">I4s", header)
    if size == 1:  # the real size follows, in 64 bits
        size = int.from_bytes(file.read(8), "big") - 8
    if size < 8:  # noqa: PLR2004 - 0: to the end of the file
        file.seek(0, 2)
        return bytes(name) if name in {b"moov", b"mdat"} else None
    file.seek(min(size - 8, _FAR_BYTES), 1)
    return bytes(name)
