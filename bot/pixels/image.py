"""What is done with a picture's pixels. Blocking, and hungry: a process of its own does it.

What comes from members may be made to harm: only five formats are read, going by the bytes, and
the header's figures are checked before any pixel is unpacked.
"""

import contextlib
import io
import math
import secrets
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image, ImageCms, ImageFilter, ImageOps, UnidentifiedImageError

from bot.errors import PictureFault, PictureRefused, ResourcesExhausted
from bot.exhaustion import is_exhaustion, own_trouble
from bot.pixels.mend import mended_jpeg, without_notes

FORMATS = ("PNG", "JPEG", "WEBP", "AVIF")
"""And HEIF, see ``_formats``."""
MAX_PIXELS = 25_000_000
"""What phones usually take, and more: the work on so many took up to 530 MB (measured)."""
MAX_FRAMES = 100
"""Of a moving picture, of which the first frame is taken."""
MIN_SIDE_PIXELS = 64
KEPT_SIDE_PIXELS = 4096
"""What is kept of a larger picture: no engine makes more."""
MAX_KEPT_BYTES = 6 << 20
"""Of a file that is kept: three drafts of a member take less than 20 MiB."""
THUMBNAIL_PIXELS = 320
_QUALITY = 95
_LESS_QUALITY = 85
"""Of what would be too large; a photograph's file becomes half as large."""
_BACKGROUND = "white"
"""What shows through where a picture is transparent; videos have no transparency."""

_UNREADABLE = (
    *(OSError, SyntaxError, ValueError, EOFError, MemoryError),
    *(TypeError, IndexError, struct.error),
)
"""What the library raises for bytes that break off or contradict themselves (tried with random
changes to small pictures of every format)."""


def clean(source: Path, target: Path) -> None:
    """Check a picture and write it upright, without its metadata, as JPEG.

    Raises PictureRefused or a StorageError.
    """
    with _reading():
        content = without_notes(source.read_bytes())
        upright = ImageOps.exif_transpose(_unpacked(content))
    _save(upright, target, MAX_KEPT_BYTES)


def _unpacked(content: bytes) -> Image.Image:
    """Unpack what can be shown; a JPEG that lacks its last bytes too, as browsers show it."""
    with Image.open(io.BytesIO(content), formats=_formats(content)) as opened:
        _check(opened)
        try:
            return _flat(opened)
        except OSError as error:
            if opened.format != "JPEG" or is_exhaustion(error):
                raise
            mended = mended_jpeg(content)
            if mended is None:
                raise
    with Image.open(io.BytesIO(mended), formats=("JPEG",)) as opened:
        return _flat(opened)


def _formats(content: bytes) -> tuple[str, ...]:
    """Choose what it may be read as; HEIF, which phones take, is learned when it is met."""
    if content[4:8] != b"ftyp" or content[8:12] in {b"avif", b"avis"}:
        return FORMATS
    import pillow_heif  # noqa: PLC0415 - it takes longer to import than the rest

    pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
    return ("HEIF",)


def fit_to(source: Path, target: Path, width: int, height: int, *, whole: bool) -> None:
    """Write a cleaned picture in just these pixels; raise PictureRefused or a StorageError.

    One of another shape is cut; ``whole``: all of it is shown, before a blurred edge.
    """
    with _reading(), Image.open(source) as picture:
        covering = ImageOps.fit(picture, (width, height), Image.Resampling.LANCZOS)
        if whole:
            inner = ImageOps.contain(picture, (width, height), Image.Resampling.LANCZOS)
            covering = covering.filter(ImageFilter.GaussianBlur(max(width, height) / 40))
            covering.paste(inner, ((width - inner.width) // 2, (height - inner.height) // 2))
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
    picture = _in_srgb(picture, opened.info.get("icc_profile"))
    if picture.mode in {"RGBA", "LA"}:
        layers = picture.convert("RGBA")
        picture = Image.new("RGB", layers.size, _BACKGROUND)
        picture.paste(layers, mask=layers.getchannel("A"))
    flat = picture.convert("RGB")
    flat.info.clear()
    flat.getexif()[ExifTags.Base.Orientation] = orientation
    return flat


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert the colours of a profile to those that everything takes a picture to have.

    One that cannot be read, or is made for another kind of pixels, is as good as none.
    """
    if not profile or picture.mode not in {"RGB", "RGBA", "L", "LA", "CMYK"}:
        return picture
    alpha = picture.getchannel("A") if picture.mode in {"RGBA", "LA"} else None
    bare = picture.convert(picture.mode.removesuffix("A")) if alpha else picture
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(
            bare, source, ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, *_UNREADABLE):
        return picture
    if converted is None:
        return picture
    if alpha:
        converted.putalpha(alpha)
    return converted


def _orientation(opened: Image.Image) -> Any:
    """Read how the camera was held; a note that cannot be read is as good as none."""
    try:
        return opened.getexif().get(ExifTags.Base.Orientation)
    except _UNREADABLE:
        return None


def _save(picture: Image.Image, target: Path, most_bytes: float = math.inf) -> None:
    """Write pixels only: whatever came along stays behind.

    What would be too large, as of noise, is written with less quality, and then smaller.
    """
    bare = Image.frombytes("RGB", picture.size, picture.convert("RGB").tobytes())
    part = target.with_name(f"{secrets.token_hex(8)}.part")
    quality = _QUALITY
    try:
        bare.save(part, "JPEG", quality=quality, subsampling=0)
        while (taken := part.stat().st_size) > most_bytes:
            if quality == _LESS_QUALITY:
                share = 0.95 * math.sqrt(most_bytes / taken)
                width, height = (max(1, int(side * share)) for side in bare.size)
                bare = bare.resize((width, height), Image.Resampling.LANCZOS)
            quality = _LESS_QUALITY
            bare.save(part, "JPEG", quality=quality, subsampling=0)
        part.replace(target)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink()
        raise own_trouble(error) from error
