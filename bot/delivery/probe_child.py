"""Look at a file as a player would, in a process of its own, and print what it is, as JSON.

Decoders are large and read hostile bytes. The file's own texts are never looked at: whoever made
the file would have a say in what it is taken for.
"""

import json
import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.sidedata.sidedata import Type
from av.stream import Disposition, Stream

from bot.delivery.boxes import read_layout
from bot.errors import NotAVideo
from bot.exhaustion import is_exhaustion

_OPTIONS = {
    # MP4 and WebM with their kin, and what else is one file. Other formats are text that can
    # name further files to read.
    "format_whitelist": "mov,matroska,avi,flv,mpegts,mpeg,ogg",
    "protocol_whitelist": "file",
}
_FULL_RANGE = 2
_TRIED_PACKETS = 300
"""So many may fail to decode before there is said to be no picture."""
_IDENTITY = (1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
_STILLS = Disposition.attached_pic | Disposition.timed_thumbnails
"""Streams of pictures that are not the video: a cover, previews."""
_PROGRESSIVE_ORDERS = {0, 1}
"""Unknown, and progressive."""


def main(path: str) -> None:
    """Print ``{"video": {...}}``, or ``{"fault": "..."}`` where it is no whole video."""
    try:
        facts: dict[str, Any] = {"video": look(Path(path))}
    except NotAVideo as error:
        facts = {"fault": error.detail}
    except av.error.FFmpegError as error:
        if isinstance(error, MemoryError) or is_exhaustion(error):
            raise
        facts = {"fault": type(error).__name__}
    print(json.dumps(facts))  # noqa: T201 - that is what it is for


def look(path: Path) -> dict[str, Any]:
    """Read every packet and unpack the first picture; raise NotAVideo or the library's errors."""
    if not path.is_file():
        raise NotAVideo("gone")
    layout = read_layout(path)
    with av.open(str(path), options=_OPTIONS, metadata_errors="replace") as container:
        pictures = [each for each in container.streams.video if not each.disposition & _STILLS]
        if not pictures:
            raise NotAVideo("no picture in it")
        picture, sound = pictures[0], next(iter(container.streams.audio), None)
        if picture.codec_context is None:
            raise NotAVideo("of an unknown codec")
        picture.codec_context.thread_count = 1
        streams: list[Stream] = [picture, *([sound] if sound else [])]
        spans = {stream.index: _Span() for stream in streams}
        frame, tries = None, _TRIED_PACKETS
        for packet in container.demux(streams):
            if packet.is_corrupt:
                raise NotAVideo("cut short")
            spans[packet.stream.index].add(packet, packet.stream)
            if frame is None and packet.stream is picture and tries:
                tries -= 1
                frame = _first_frame(picture, packet)
        if frame is None:
            raise NotAVideo("no picture can be unpacked")
        heard = sound if sound is not None and spans[sound.index].packets else None
        return {
            "faststart": layout.faststart,
            "seconds": _seconds(list(spans.values())),
            "picture": _picture(picture, frame),
            "sound": heard and _sound(heard, spans[heard.index]),
        }


class _Span:
    """From when to when a stream's packets are shown, and how many bytes they are."""

    def __init__(self) -> None:
        self.packets = self.size_bytes = 0
        self._starts: Fraction | None = None
        self._ends: Fraction | None = None

    @property
    def seconds(self) -> float:
        if self._starts is None or self._ends is None:
            return 0.0
        return float(self._ends - self._starts)

    def add(self, packet: Any, stream: Stream) -> None:
        at = packet.pts if packet.pts is not None else packet.dts
        if at is None or packet.time_base is None:  # the last one, which is empty
            return
        # Before 0 lies what only primes a decoder.
        starts = max(Fraction(0), at * Fraction(packet.time_base))
        lasts = (packet.duration or 0) * Fraction(packet.time_base)
        ends = at * Fraction(packet.time_base) + (lasts or _frame_seconds(stream))
        self._starts = starts if self._starts is None else min(self._starts, starts)
        self._ends = ends if self._ends is None else max(self._ends, ends)
        self.packets += 1
        self.size_bytes += packet.size


def _frame_seconds(stream: Stream) -> Fraction:
    """Tell how long a picture lasts of which nothing else says so."""
    rate = getattr(stream, "average_rate", None) if stream.type == "video" else None
    return 1 / Fraction(rate) if rate else Fraction(0)


def _seconds(spans: list[_Span]) -> float:
    return round(max(span.seconds for span in spans), 3)


def _first_frame(stream: Any, packet: Any) -> Any:
    """Unpack; None: this packet gave no picture."""
    try:
        return next(iter(stream.codec_context.decode(packet)), None)
    except av.error.FFmpegError as error:
        if isinstance(error, MemoryError):
            raise
        return None


def _picture(stream: Any, frame: Any) -> dict[str, Any]:
    context = stream.codec_context
    aspect = stream.sample_aspect_ratio
    matrix = frame.side_data.get(Type.DISPLAYMATRIX)
    turn = struct.unpack("9i", bytes(matrix)) if matrix is not None else _IDENTITY
    return {
        "stream": stream.index,
        "codec": context.codec.canonical_name,
        "profile": stream.profile,
        "pixel_format": frame.format.name,
        "rgb": bool(frame.format.is_rgb or frame.format.has_palette),
        "depth": max(part.bits for part in frame.format.components),
        "width": frame.width,
        "height": frame.height,
        "aspect": [aspect.numerator, aspect.denominator] if aspect else [1, 1],
        "interlaced": bool(
            frame.interlaced_frame or context.field_order not in _PROGRESSIVE_ORDERS
        ),
        "upright": turn == _IDENTITY,
        "on_its_side": abs(turn[1]) > abs(turn[0]),
        "primaries": int(frame.color_primaries),
        "transfer": int(frame.color_trc),
        "matrix": int(frame.colorspace),
        "full_range": int(frame.color_range) == _FULL_RANGE,
    }


def _sound(stream: Any, span: _Span) -> dict[str, Any]:
    context = stream.codec_context
    return {
        "stream": stream.index,
        "codec": context.codec.canonical_name,
        "profile": stream.profile,
        "channels": context.channels,
        "bits_per_second": round(span.size_bytes * 8 / max(span.seconds, 0.1)),
    }
