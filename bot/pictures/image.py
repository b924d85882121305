"""What is done with a picture's pixels. Blocking: these functions run in a thread.

What comes from members may be made to harm: only three formats are read, going by the bytes, and
the header's figures are checked before any pixel is unpacked.
"""

import contextlib
import secrets
import struct
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image, ImageFilter, ImageOps, UnidentifiedImageError

from bot.errors import PictureFault, PictureRefused, ResourcesExhausted
from bot.exhaustion import is_exhaustion, own_trouble

FORMATS = ("PNG", "JPEG", "WEBP")
MAX_PIXELS = 25_000_000
"""What phones usually take, and more: the work on so many took up to 530 MB (measured)."""
MAX_FRAMES = 100
"""Of a moving picture, of which the first frame is taken."""
MIN_SIDE_PIXELS = 64
KEPT_SIDE_PIXELS = 4096
"""What is kept of a larger picture: no engine makes more."""
THUMBNAIL_PIXELS = 320
_QUALITY = 95
_BACKGROUND = "white"
"""What shows through where a picture is transparent; videos have no transparency."""

_UNREADABLE = (
    *(OSError, SyntaxError, ValueError, EOFError, MemoryError),
    *(TypeError, IndexError, struct.error),
)
"""What the library raises for bytes that break off or contradict themselves (tried with random
changes to small pictures of every format)."""


class Fit(StrEnum):
    """How a picture of another shape fills the video."""

    COVER = "cover"
    """It fills the frame; what is beyond it is cut off."""
    CONTAIN = "contain"
    """All of it is shown, before a blurred edge."""


def clean(source: Path, target: Path) -> None:
    """Check a picture and write it upright, without its metadata, as JPEG.

    Raises PictureRefused or a StorageError.
    """
    with _reading(), Image.open(source, formats=FORMATS) as opened:
        _check(opened)
        upright = ImageOps.exif_transpose(_flat(opened))
    _save(upright, target)


def fit_to(source: Path, target: Path, width: int, height: int, how: Fit) -> None:
    """Write a cleaned picture in just these pixels; raise PictureRefused or a StorageError."""
    with _reading(), Image.open(source) as picture:
        covering = ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)
        if how is Fit.CONTAIN:
            whole = ImageOps.contain(picture, (width, height), Image.Resampling.LANCZOS)
            covering = covering.filter(ImageFilter.GaussianBlur(max(width, height) / 40))
            covering.paste(whole, ((width - whole.width) // 2, (height - whole.height) // 2))
    _save(covering, target)


def shrink(source: Path, target: Path) -> None:
    """Write a cleaned picture small enough for a thumbnail; raise like ``fit_to``."""
    with _reading(), Image.open(source) as picture:
        picture.load()
        picture.thumbnail((THUMBNAIL_PIXELS, THUMBNAIL_PIXELS))
    _save(picture, target)


@contextlib.contextmanager
def _reading() -> Iterator[None]:
    """Raise PictureRefused in place of what the library raises for a file that it cannot read."""
    try:
        yield
    except FileNotFoundError:
        raise PictureRefused(PictureFault.GONE) from None
    except UnidentifiedImageError:
        raise PictureRefused(PictureFault.NOT_A_PICTURE) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        # The library's own limits, which are above ours; the second where warnings are errors.
        raise PictureRefused(PictureFault.TOO_MANY_PIXELS, MAX_PIXELS) from None
    except _UNREADABLE as error:
        if is_exhaustion(error):
            raise ResourcesExhausted from error
        raise PictureRefused(PictureFault.BROKEN) from None


def _check(opened: Image.Image) -> None:
    """Go by the header alone."""
    width, height = opened.size
    if width * height > MAX_PIXELS:
        raise PictureRefused(PictureFault.TOO_MANY_PIXELS, MAX_PIXELS)
    if min(width, height) < MIN_SIDE_PIXELS:
        raise PictureRefused(PictureFault.TOO_SMALL, MIN_SIDE_PIXELS)
    if getattr(opened, "n_frames", 1) > MAX_FRAMES:
        raise PictureRefused(PictureFault.TOO_MANY_FRAMES, MAX_FRAMES)


def _flat(opened: Image.Image) -> Image.Image:
    """Unpack the first frame, no larger than is kept and without transparency.

    Of what came along only the note remains of how it is turned.
    """
    opened.load()  # first: what is wrong with the pixels must not pass for a broken note
    orientation = _orientation(opened)
    picture = opened
    if opened.mode.startswith("I;16"):
        # 16 bits a pixel: the library would cut values off instead of scaling them.
        picture = opened.point(lambda value: value / 256).convert("L")
    elif opened.mode in {"P", "PA"} or "transparency" in opened.info:
        picture = opened.convert("RGBA")
    # Before the copies that follow.
    picture.thumbnail((KEPT_SIDE_PIXELS, KEPT_SIDE_PIXELS))
    if picture.mode in {"RGBA", "LA"}:
        layers = picture.convert("RGBA")
        picture = Image.new("RGB", layers.size, _BACKGROUND)
        picture.paste(layers, mask=layers.getchannel("A"))
    flat = picture.convert("RGB")
    flat.info.clear()
    flat.getexif()[ExifTags.Base.Orientation] = orientation
    return flat


def _orientation(opened: Image.Image) -> Any:
    """Read how the camera was held; a note that cannot be read is as good as none."""
    try:
        return opened.getexif().get(ExifTags.Base.Orientation)
    except _UNREADABLE:
        return None


def _save(picture: Image.Image, target: Path) -> None:
    """Write pixels only: whatever came along stays behind."""
    bare = Image.frombytes("RGB", picture.size, picture.convert("RGB").tobytes())
    part = target.with_name(f"{secrets.token_hex(8)}.part")
    try:
        bare.save(part, "JPEG", quality=_QUALITY, subsampling=0)
        part.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise own_trouble(error) from error
