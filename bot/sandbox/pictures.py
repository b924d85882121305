"""The pictures that a submit brings."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image


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
    try:
        with Image.open(path) as picture:
            return Picture(path, picture.size)
    except OSError:
        return Picture(path, None)
