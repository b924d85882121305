"""True pictures, small, in the formats and with the peculiarities that members' files have."""

import io
import random
import struct
import zlib
from typing import Any

from PIL import ExifTags, Image, ImageCms, PngImagePlugin

QUARTERS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0))
"""The colours of the four quarters: top left and right, bottom left and right."""
GREY = 0x7F


def quartered(width: int = 160, height: int = 120) -> Image.Image:
    """Draw four quarters of different colours: what was turned or mirrored shows."""
    picture = Image.new("RGB", (width, height))
    for number, colour in enumerate(QUARTERS):
        left, top = (number % 2) * width // 2, (number // 2) * height // 2
        picture.paste(colour, (left, top, left + width // 2, top + height // 2))
    return picture


def noise(width: int, height: int) -> Image.Image:
    """Draw what no format makes much smaller, always the same."""
    randoms = random.Random(7)  # noqa: S311 - a picture, no secret
    return Image.frombytes("RGB", (width, height), randoms.randbytes(3 * width * height))


def quarters_of(picture: Image.Image) -> tuple[tuple[int, ...], ...]:
    """Read the colours of a picture's four quarters, rounded to full or nothing."""
    width, height = picture.size
    points = [(x, y) for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]
    colours = picture.convert("RGB")
    return tuple(
        tuple(255 * (part > GREY) for part in found)
        for point in points
        if isinstance(found := colours.getpixel(point), tuple)
    )


def encoded(picture: Image.Image, kind: str, **options: Any) -> bytes:
    """Write a picture in a format."""
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def decoded(content: bytes) -> Image.Image:
    """Read a picture whole."""
    with Image.open(io.BytesIO(content)) as picture:
        picture.load()
        return picture


def exif_turning(orientation: int) -> Image.Exif:
    """Write a camera's note on how to turn the picture, and where and by whom it was made."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    exif[ExifTags.Base.Artist] = "Jane Doe"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (51.0, 28.0, 38.0)
    return exif


def profile() -> bytes:
    """Give a colour profile."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def talkative_png() -> bytes:
    """Write a PNG that tells of its maker in every way that a PNG has."""
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "Jane Doe")
    texts.add_itxt("Comment", "Jane Doe at home")
    texts.add_itxt("XML:com.adobe.xmp", "<x:xmpmeta>Jane Doe</x:xmpmeta>")
    picture, exif = quartered(), exif_turning(1)
    return encoded(picture, "PNG", pnginfo=texts, exif=exif, icc_profile=profile())


def moving(kind: str, frames: int) -> bytes:
    """Write a moving picture whose first frame has the four quarters; the others do not."""
    others = [Image.new("RGB", (160, 120), (number * 2, 9, 9)) for number in range(1, frames)]
    options: dict[str, Any] = {"duration": 40, "save_all": True, "append_images": others}
    if kind == "WEBP":
        options["lossless"] = True
    return encoded(quartered(), kind, **options)


def chunk(name: bytes, content: bytes) -> bytes:
    """Write a chunk of a PNG."""
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


def png_of(width: int, height: int, rows: int, depth: int = 8, colours: int = 2) -> bytes:
    """Write a PNG that claims so many pixels and has so many rows of zeros, tightly packed."""
    header = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, 0)
    samples = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colours]
    row = bytes(1 + (width * depth * samples + 7) // 8) if rows else b""
    packer = zlib.compressobj(9)
    packed = b"".join([*(packer.compress(row) for _ in range(rows)), packer.flush()])
    return b"".join(
        [b"\x89PNG\r\n\x1a\n", chunk(b"IHDR", header), chunk(b"IDAT", packed), chunk(b"IEND", b"")]
    )
