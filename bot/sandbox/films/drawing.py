"""Still pictures for the videos: a background with the prompt on it, and a counter of seconds."""

import colorsys
import textwrap
import zlib
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

PAN_SHARE = 0.08
"""How much wider than the video the background is, so that the view can travel over it."""
COUNTER_SIZE = (256, 64)

_MAX_LINES = 9
_BUBBLES = 9


@dataclass(frozen=True)
class Scene:
    """What a video shows; equal scenes are equal videos."""

    title: str
    text: str
    width: int
    height: int
    seconds: int
    image: Path | None = None
    """A picture to show behind the words in place of a coloured gradient."""

    @property
    def hue(self) -> float:
        """From 0 to 1, always the same for the same words."""
        return zlib.crc32(_printable(self.title + self.text).encode()) / 0xFFFFFFFF


def draw_background(scene: Scene) -> Image.Image:
    """Draw the scene's words on a picture that is ``PAN_SHARE`` wider than the video."""
    pan = round(scene.width * PAN_SHARE)
    size = (scene.width + pan, scene.height)
    picture = _coloured(scene.hue, size) if scene.image is None else _fitted(scene.image, size)
    draw = ImageDraw.Draw(picture)
    unit = min(scene.width, scene.height) // 18
    words = ImageFont.load_default(unit)
    small = ImageFont.load_default(unit * 0.6)
    margin = pan + unit
    lines = _wrapped(_printable(scene.text), words, size[0] - 2 * margin)
    shadow = max(1, unit // 16)
    top = (scene.height - round(len(lines) * unit * 1.3)) // 2
    for number, line in enumerate(lines):
        place = (margin, top + round(number * unit * 1.3))
        draw.text((place[0] + shadow, place[1] + shadow), line, font=words, fill="black")
        draw.text(place, line, font=words, fill="white")
    caption = f"{scene.title}   {scene.width} x {scene.height}   {scene.seconds} s"
    draw.text((margin, unit), _printable(caption), font=small, fill="white")
    return picture


def draw_counter(seconds: int) -> Image.Image:
    """Draw a label for each second, one below the other, each of ``COUNTER_SIZE``."""
    width, height = COUNTER_SIZE
    strip = Image.new("RGB", (width, height * seconds), "#101014")
    draw = ImageDraw.Draw(strip)
    font = ImageFont.load_default(height * 0.6)
    for second in range(seconds):
        middle = (width // 2, second * height + height // 2)
        draw.text(middle, f"{second + 1} / {seconds} s", font=font, fill="white", anchor="mm")
    return strip


def _coloured(hue: float, size: tuple[int, int]) -> Image.Image:
    dark, light = (
        "#" + "".join(f"{round(part * 255):02x}" for part in colorsys.hsv_to_rgb(*colour))
        for colour in ((hue, 0.8, 0.25), ((hue + 0.15) % 1, 0.65, 0.75))
    )
    ramp = Image.linear_gradient("L").rotate(90).resize(size)
    picture = ImageOps.colorize(ramp, black=dark, white=light)
    draw = ImageDraw.Draw(picture, "RGBA")
    for number in range(_BUBBLES):  # spread by the golden ratio: even, but without a pattern
        share = (hue + number * 0.618) % 1
        middle = (size[0] * share, size[1] * (number + 0.5) / _BUBBLES)
        draw.circle(middle, min(size) * (0.06 + 0.16 * share), fill=(255, 255, 255, 22))
    return picture


def _fitted(image: Path, size: tuple[int, int]) -> Image.Image:
    with Image.open(image) as picture:
        return ImageOps.fit(picture.convert("RGB"), size)


def _printable(text: str) -> str:
    """Replace what no font can draw: control characters, and halves of surrogate pairs."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _wrapped(
    text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont, width: int
) -> list[str]:
    sample = text[:400]
    letter_width = max(1.0, font.getlength(sample) / max(1, len(sample)))
    columns = max(1, int(width / letter_width * 0.92))
    return textwrap.wrap(text, columns, max_lines=_MAX_LINES, placeholder=" …")
