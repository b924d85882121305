"""What a file really is: every packet of it is read, and its first picture unpacked."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import NotAVideo, ToolFailed
from bot.exhaustion import own_files
from bot.process import Limits, run_module

PROBE_LIMITS = Limits(seconds=60.0, memory_bytes=1 << 30)
"""Reading took 0.2 GiB of address space for a video of 7680x4320."""
MAX_SIDE_PIXELS = 4096
"""What decoders in phones and computers take of H.264."""
_PROFILES = {"Constrained Baseline", "Baseline", "Main", "High"}
_STANDARD_COLOURS = {1, 2}
"""BT.709 and what is not told, which players take for it; numbers of ITU-T H.273."""
_SDR_TRANSFERS = {1, 2, 6, 13, 14, 15}
"""Curves that screens show alike: BT.709, BT.601, sRGB, BT.2020."""
_HDR_TRANSFERS = {16, 18}
"""PQ and HLG."""
_SOUND_PROFILES = {"LC", "HE-AAC", "HE-AACv2"}


@dataclass(frozen=True)
class Picture:
    """A video's stream of pictures; colours by their numbers in ITU-T H.273."""

    codec: str
    width: int
    height: int
    """Of what is stored, in pixels; shown, it may be stretched or turned."""
    stream: int = 0
    """Its number in the file."""
    profile: str | None = "High"
    pixel_format: str = "yuv420p"
    rgb: bool = False
    depth: int = 8
    """Bits a sample."""
    aspect: tuple[int, int] = (1, 1)
    """Width to height of a pixel."""
    interlaced: bool = False
    upright: bool = True
    on_its_side: bool = False
    """To be shown turned by a quarter."""
    primaries: int = 2
    transfer: int = 2
    matrix: int = 2
    full_range: bool = False

    @property
    def is_hdr(self) -> bool:
        """Tell whether it is made for brighter screens than most."""
        return self.transfer in _HDR_TRANSFERS

    @property
    def plays_everywhere(self) -> bool:
        """H.264 as every phone, browser and decoder in hardware takes it, with usual colours."""
        return (
            self.codec == "h264"
            and self.profile in _PROFILES
            and self.pixel_format == "yuv420p"
            and max(self.width, self.height) <= MAX_SIDE_PIXELS
            and not (self.width % 2 or self.height % 2)
            and self.aspect == (1, 1)
            and self.upright
            and not self.interlaced
            and not self.full_range
            and {self.primaries, self.matrix} <= _STANDARD_COLOURS
            and self.transfer in _SDR_TRANSFERS
        )


@dataclass(frozen=True)
class Sound:
    """A video's sound."""

    codec: str
    stream: int = 1
    """Its number in the file."""
    profile: str | None = "LC"
    channels: int = 2
    bits_per_second: int = 96_000

    @property
    def plays_everywhere(self) -> bool:
        """AAC in the forms that every player knows."""
        return self.codec == "aac" and self.profile in _SOUND_PROFILES and self.channels <= 2  # noqa: PLR2004 - stereo


@dataclass(frozen=True)
class Video:
    """A whole, playable video on disk."""

    path: Path
    size_bytes: int
    seconds: float
    """From the first packet's time to the last one's end, whatever the header says."""
    picture: Picture
    sound: Sound | None
    faststart: bool
    """Whether it is a plain MP4 that can be played before all of it is there."""

    @property
    def width(self) -> int:
        """Its stored width in pixels."""
        return self.picture.width

    @property
    def height(self) -> int:
        """Its stored height in pixels."""
        return self.picture.height

    @property
    def has_common_codecs(self) -> bool:
        """H.264 with AAC or without sound: what Discord plays inline on every device."""
        return self.picture.plays_everywhere and (self.sound is None or self.sound.plays_everywhere)

    @property
    def plays_everywhere(self) -> bool:
        """With common codecs, and ready to stream."""
        return self.faststart and self.has_common_codecs


async def probe(path: Path) -> Video:
    """Read the whole file; raise NotAVideo where it is none or is cut short, or a StorageError.

    ToolFailed, where its reader was stopped or took too long, says nothing of the file.
    """
    told = await run_module("bot.delivery.probe_child", [str(path)], PROBE_LIMITS)
    if "fault" in told:
        raise NotAVideo(told["fault"])
    try:
        size_bytes = await asyncio.to_thread(_size, path)
    except FileNotFoundError:
        raise NotAVideo("gone") from None
    return _video(path, size_bytes, told["video"])


def _video(path: Path, size_bytes: int, told: dict[str, Any]) -> Video:
    picture, sound = told["picture"], told["sound"]
    aspect = tuple(picture.pop("aspect"))
    try:
        return Video(
            path=path,
            size_bytes=size_bytes,
            seconds=told["seconds"],
            picture=Picture(aspect=aspect, **picture),
            sound=Sound(**sound) if sound else None,
            faststart=told["faststart"],
        )
    except TypeError as error:
        raise ToolFailed(f"another reader than expected: {error}") from error


def _size(path: Path) -> int:
    with own_files():
        return path.stat().st_size
