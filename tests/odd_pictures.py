"""Odd pictures, small, as cameras, generators, editors and broken downloads make them."""

import io
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pillow_heif
from PIL import Image, PngImagePlugin

from tests.pictures import QUARTERS, chunk, encoded, exif_turning, moving, noise, profile, quartered

PNG_HEAD = b"\x89PNG\r\n\x1a\n"
RED, GREEN, BLUE, YELLOW = QUARTERS
WHITE, BLACK = (255, 255, 255), (0, 0, 0)
TURNED = {
    1: (RED, GREEN, BLUE, YELLOW),
    2: (GREEN, RED, YELLOW, BLUE),
    3: (YELLOW, BLUE, GREEN, RED),
    4: (BLUE, YELLOW, RED, GREEN),
    5: (RED, BLUE, GREEN, YELLOW),
    6: (BLUE, RED, YELLOW, GREEN),
    7: (YELLOW, GREEN, BLUE, RED),
    8: (GREEN, YELLOW, RED, BLUE),
}
"""How the quarters are to be shown for each of a camera's notes (Exif 2.3, Orientation)."""
SWAPPED = (GREEN, RED, BLUE, YELLOW)
"""What a profile makes of them that takes red for green and green for red."""


@dataclass(frozen=True)
class OddPicture:
    """How one is made, and which colours its quarters are to have."""

    name: str
    make: Callable[[], bytes]
    shown: tuple[tuple[int, int, int], ...] = QUARTERS
    in_browsers: bool = True
    """Whether a browser can show the original for comparison."""


def _of(kind: str, mode: str = "RGB", **options: Any) -> Callable[[], bytes]:
    return lambda: encoded(quartered().convert(mode), kind, **options)


def swapped_profile() -> bytes:
    """Give a colour profile whose red and green have changed places."""
    return profile().replace(b"rXYZ", b"----").replace(b"gXYZ", b"rXYZ").replace(b"----", b"gXYZ")


def _transparent(mode: str) -> Image.Image:
    """Let the first quarter show what is behind it."""
    picture = quartered().convert("RGBA")
    picture.paste((9, 9, 9, 0), (0, 0, 80, 60))
    return picture.convert(mode)


def _see_through(kind: str, mode: str = "RGBA", **options: Any) -> Callable[[], bytes]:
    return lambda: encoded(_transparent(mode), kind, **options)


def _grey_of(colours: tuple[tuple[int, int, int], ...]) -> tuple[tuple[int, int, int], ...]:
    """Tell black from white as luma does: red and blue are dark."""
    return tuple(WHITE if colour in {GREEN, YELLOW} else BLACK for colour in colours)


def _with_chunks(before: bytes = b"", after: bytes = b"") -> bytes:
    """Write a PNG with more chunks before its pixels or behind them."""
    whole = encoded(quartered(), "PNG")
    start, end = len(PNG_HEAD) + 25, len(whole) - 12
    return whole[:start] + before + whole[start:end] + after + whole[end:]


def large_note(name: bytes, size_bytes: int = 5_000_000) -> bytes:
    """Write a note that is packed small and unpacks to a workflow of this size."""
    packed = zlib.compress(b'{"nodes": []}' * (size_bytes // 13))
    heads = {b"zTXt": b"workflow\0\0", b"iTXt": b"workflow\0\1\0en\0\0", b"iCCP": b"icc\0\0"}
    return chunk(name, heads[name] + packed)


def _plain_note() -> bytes:
    return chunk(b"tEXt", b"workflow\0" + b"x" * 3_000_000)


def _large_profile(size_bytes: int) -> bytes:
    """Write a profile chunk: a sound profile, as large as those of printers, or a bomb."""
    whole = swapped_profile()
    padded = struct.pack(">I", size_bytes) + whole[4:] + bytes(size_bytes - len(whole))
    return chunk(b"iCCP", b"icc\0\0" + zlib.compress(padded))


def _deep_png(colours: int) -> bytes:
    """Write a PNG of 16 bits a sample."""
    picture = quartered().convert("RGB" if colours == 2 else "L")
    width, height = picture.size
    channels = 3 if colours == 2 else 1
    samples = picture.tobytes()
    rows = [
        b"\0" + b"".join(bytes([each, each]) for each in samples[start : start + width * channels])
        for start in range(0, len(samples), width * channels)
    ]
    header = struct.pack(">IIBBBBB", width, height, 16, colours, 0, 0, 0)
    packed = chunk(b"IDAT", zlib.compress(b"".join(rows)))
    return PNG_HEAD + chunk(b"IHDR", header) + packed + chunk(b"IEND", b"")


def _cut(make: Callable[[], bytes], missing: int) -> Callable[[], bytes]:
    return lambda: make()[:-missing]


def _commented(kind: str) -> bytes:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", "Error 404", zip=True)
    return encoded(quartered(), kind, pnginfo=texts)


def _heic(picture: Image.Image | None = None, **options: Any) -> bytes:
    file = io.BytesIO()
    pillow_heif.from_pillow(picture or quartered()).save(file, quality=90, **options)
    return file.getvalue()


def _large_jpeg(**options: Any) -> bytes:
    grainy = Image.blend(quartered(640, 480), noise(640, 480), 0.1)
    return encoded(grainy, "JPEG", quality=90, **options)


PNGS = [
    OddPicture("plain.png", _of("PNG")),
    OddPicture("palette.png", _of("PNG", "P")),
    OddPicture("alpha.png", _see_through("PNG"), (WHITE, GREEN, BLUE, YELLOW)),
    OddPicture(
        "palette-alpha.png", lambda: encoded(_transparent("RGBA").quantize(8), "PNG"),
        (WHITE, GREEN, BLUE, YELLOW),
    ),
    OddPicture("grey.png", _of("PNG", "L"), _grey_of(QUARTERS)),
    OddPicture("grey-alpha.png", _see_through("PNG", "LA"), (WHITE, WHITE, BLACK, WHITE)),
    OddPicture("two-colours.png", lambda: encoded(
        quartered().convert("L").point(lambda value: 255 * (value > 127)).convert("1"), "PNG"
    ), _grey_of(QUARTERS)),
    OddPicture("16-bit.png", lambda: _deep_png(2)),
    OddPicture("16-bit-grey.png", lambda: _deep_png(0), _grey_of(QUARTERS)),
    OddPicture("comment.png", lambda: _commented("PNG")),
    OddPicture("large-ztxt.png", lambda: _with_chunks(large_note(b"zTXt"))),
    OddPicture("large-itxt.png", lambda: _with_chunks(large_note(b"iTXt"))),
    OddPicture("many-notes.png", lambda: _with_chunks(large_note(b"zTXt") * 20)),
    OddPicture("late-note.png", lambda: _with_chunks(after=large_note(b"iTXt"))),
    OddPicture("long-note.png", lambda: _with_chunks(_plain_note())),
    OddPicture("broken-note.png", lambda: _with_chunks(chunk(b"zTXt", b"workflow\0\0nonsense"))),
    OddPicture("large-profile.png", lambda: _with_chunks(_large_profile(3 << 20)), SWAPPED),
    OddPicture(
        "bomb-of-a-profile.png", lambda: _with_chunks(_large_profile(64 << 20)), in_browsers=False
    ),
    OddPicture("broken-profile.png", lambda: _with_chunks(chunk(b"iCCP", b"icc\0\0nonsense"))),
    OddPicture("profile.png", _of("PNG", icc_profile=swapped_profile()), SWAPPED),
    OddPicture("no-end.png", _cut(_of("PNG"), 12)),
    OddPicture("half-an-end.png", _cut(_of("PNG"), 5)),
    OddPicture("moving.png", lambda: moving("PNG", 3)),
]  # fmt: skip
JPEGS = [
    OddPicture("plain.jpg", _of("JPEG", quality=90)),
    OddPicture("progressive.jpg", _of("JPEG", quality=90, progressive=True)),
    OddPicture("restarts.jpg", _of("JPEG", quality=90, restart_marker_blocks=3)),
    OddPicture("444.jpg", _of("JPEG", quality=90, subsampling=0)),
    OddPicture("grey.jpg", _of("JPEG", "L"), _grey_of(QUARTERS)),
    OddPicture("cmyk.jpg", _of("JPEG", "CMYK", quality=95)),
    OddPicture("several.jpg", lambda: encoded(
        quartered(), "MPO", save_all=True, append_images=[Image.new("RGB", (160, 120))]
    )),
    OddPicture("more-behind.jpg", lambda: _of("JPEG", quality=90)() + b"what an app adds" * 99),
    OddPicture("profile.jpg", _of("JPEG", icc_profile=swapped_profile()), SWAPPED),
    OddPicture("no-profile.jpg", _of("JPEG", icc_profile=b"nonsense" * 40)),
    OddPicture("no-end.jpg", _cut(_of("JPEG", quality=90), 2)),
    OddPicture("lacks-some.jpg", _cut(_large_jpeg, 60)),
    OddPicture("lacks-some-restarts.jpg", _cut(lambda: _large_jpeg(restart_marker_rows=1), 60)),
    OddPicture("no-end-progressive.jpg", _cut(lambda: _large_jpeg(progressive=True), 2)),
    OddPicture("lacks-some-progressive.jpg", _cut(lambda: _large_jpeg(progressive=True), 60)),
    *(
        OddPicture(f"turned-{number}.jpg", _of("JPEG", exif=exif_turning(number)), shown)
        for number, shown in TURNED.items()
    ),
]  # fmt: skip
OTHERS = [
    OddPicture("lossy.webp", _of("WEBP", quality=90)),
    OddPicture("lossless.webp", _of("WEBP", lossless=True)),
    OddPicture("alpha.webp", _see_through("WEBP", lossless=True), (WHITE, GREEN, BLUE, YELLOW)),
    OddPicture("moving.webp", lambda: moving("WEBP", 3)),
    OddPicture("profile.webp", _of("WEBP", icc_profile=swapped_profile()), SWAPPED),
    OddPicture("plain.avif", _of("AVIF", quality=90)),
    OddPicture("444.avif", _of("AVIF", quality=90, subsampling="4:4:4")),
    OddPicture("alpha.avif", _see_through("AVIF"), (WHITE, GREEN, BLUE, YELLOW)),
    OddPicture("moving.avif", lambda: moving("AVIF", 3)),
    OddPicture("profile.avif", _of("AVIF", icc_profile=swapped_profile()), SWAPPED),
    OddPicture("turned.avif", _of("AVIF", exif=exif_turning(6)), TURNED[6]),
    OddPicture("plain.heic", _heic, in_browsers=False),
    OddPicture("alpha.heic", lambda: _heic(_transparent("RGBA")),
               (WHITE, GREEN, BLUE, YELLOW), in_browsers=False),
    OddPicture("turned.heic", lambda: _heic(exif=exif_turning(6).tobytes()),
               TURNED[6], in_browsers=False),
]  # fmt: skip
ODD_PICTURES = [*PNGS, *JPEGS, *OTHERS]
