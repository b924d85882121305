"""Pictures that members attach: good ones in every form, and what only looks like one."""

from pathlib import Path
from typing import Any

from PIL import Image

from bot.sandbox.segmind import Generation
from tests.e2e.harness import World

RED, GREEN, BLUE, WHITE = (200, 30, 30), (30, 160, 30), (30, 30, 200), (255, 255, 255)
TURNED_RIGHT = 6
"""The orientation tag of a picture that is stored lying on its left side (EXIF 2.3)."""
ORIENTATION = 0x0112
TOLERANCE = 12
"""How far JPEG moves a colour of a large field."""

Colour = tuple[int, int, int]


def draw(width: int, height: int) -> Image.Image:
    """Draw a picture whose left half is red and whose right half is blue, with a green top."""
    picture = Image.new("RGB", (width, height), RED)
    picture.paste(BLUE, (width // 2, 0, width, height))
    picture.paste(GREEN, (0, 0, width, height // 4))
    return picture


def save(folder: Path, name: str, picture: Image.Image | None = None, **how: Any) -> Path:
    """Write a picture in the format of its name."""
    path = folder / name
    (picture or draw(640, 360)).save(path, **how)
    return path


def shown_in(path: Path, *places: tuple[float, float]) -> list[Colour]:
    """Read the colours at places that are given as shares of width and height."""
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    pixels = [
        picture.getpixel((int(x * picture.width), int(y * picture.height))) for x, y in places
    ]
    return [pixel for pixel in pixels if isinstance(pixel, tuple) and len(pixel) == 3]


def alike(found: list[Colour], wanted: list[Colour]) -> bool:
    """Tell whether colours are the same but for what JPEG does to them."""
    return len(found) == len(wanted) and all(
        abs(one - other) <= TOLERANCE
        for left, right in zip(found, wanted, strict=True)
        for one, other in zip(left, right, strict=True)
    )


def pixels_of(path: Path) -> tuple[int, int]:
    """Read a picture's width and height."""
    with Image.open(path) as opened:
        return opened.size


def handed_over(world: World, generation: Generation) -> Path:
    """Find the file of the picture that Segmind was given."""
    [url] = generation.order.image_urls.values()
    path = world.segmind._find_image(url)
    assert path is not None
    return path
