"""The pictures that a submit brings."""

import struct
import warnings
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

_HEADER_BYTES = 24
"""Of a PNG, as far as its height."""


@dataclass(frozen=True)
class Picture:
    """What the address of a picture leads to."""

    path: Path | None
    """None: to nothing that could be fetched."""
    pixels: tuple[int, int] | None
    """None: to nothing that is a picture."""


def look_at(path: Path | None) -> Picture:
    """Measure the picture in a file; a path must lead to one."""
    if path is None:
        return Picture(None, None)
    return Picture(path, pixels_of(path))


def pixels_of(path: Path) -> tuple[int, int] | None:
    """Read a picture's size from its first bytes; None where it is none, or a bomb."""
    try:
        # Nothing is unpacked here, so that a warning of its size would be a false alarm.
        with (
            warnings.catch_warnings(action="ignore", category=Image.DecompressionBombWarning),
            Image.open(path) as picture,
        ):
            return picture.size
    except (OSError, Image.DecompressionBombError):
        return None
    except ValueError:  # a note in a PNG that is too large for the library
        return _size_of_png(path.read_bytes()[:_HEADER_BYTES])


def _size_of_png(start: bytes) -> tuple[int, int] | None:
    """Read the first chunk, which every PNG begins with."""
    if len(start) < _HEADER_BYTES or start[12:16] != b"IHDR":
        return None
    width, height = struct.unpack(">II", start[16:_HEADER_BYTES])
    return width, height
