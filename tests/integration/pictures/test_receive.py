"""Pictures on receipt: upright, plain, without a word about where they come from."""

import asyncio
import itertools
import os
from pathlib import Path

import pytest
from PIL import Image

from bot.errors import ToolFailed
from bot.pictures import Fit
from bot.pixels.image import KEPT_SIDE_PIXELS, MAX_FRAMES
from tests.integration.pictures.conftest import Album
from tests.odd_pictures import BLUE, GREEN, RED, TURNED, YELLOW
from tests.pictures import (
    QUARTERS,
    decoded,
    encoded,
    exif_turning,
    moving,
    png_of,
    profile,
    quartered,
    quarters_of,
    talkative_png,
)
from tests.tools import spoilt_python

PATIENCE_SECONDS = 10.0
"""How long a test waits for what must come before it is taken for lost."""
XMP = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/>Jane Doe</x:xmpmeta>'


@pytest.mark.parametrize(
    "content",
    [
        encoded(quartered(), "PNG"),
        encoded(quartered(), "PNG", interlace=1),
        encoded(quartered(), "JPEG"),
        encoded(quartered(), "JPEG", progressive=True),
        encoded(quartered(), "WEBP"),
        encoded(quartered(), "WEBP", lossless=True),
        encoded(quartered().convert("CMYK"), "JPEG"),
        encoded(quartered().convert("P", palette=Image.Palette.ADAPTIVE), "PNG"),
        encoded(quartered().convert("P", palette=Image.Palette.ADAPTIVE), "PNG", bits=2),
        encoded(quartered().convert("RGBA"), "PNG"),
        encoded(quartered().convert("RGBA"), "WEBP", lossless=True),
        encoded(quartered(), "MPO", save_all=True, append_images=[Image.new("RGB", (160, 120))]),
    ],
    ids=[
        *("png", "png interlaced", "jpeg", "jpeg progressive", "webp", "webp lossless"),
        *("jpeg cmyk", "png palette", "png 2 bits", "png alpha", "webp alpha", "jpeg of two"),
    ],
)
async def test_each_format_is_kept_as_it_looks(album: Album, content: bytes) -> None:
    """One JPEG in plain colours, whatever the file's way of storing them."""
    kept = await album.kept(content)
    assert (kept.format, kept.mode, kept.size) == ("JPEG", "RGB", (160, 120))
    assert quarters_of(kept) == QUARTERS
    assert len(album.files) == 1


@pytest.mark.parametrize("mode", ["L", "1", "LA"])
async def test_greys_stay_greys(album: Album, mode: str) -> None:
    """Black and white at their places."""
    drawn = Image.new("L", (160, 120))
    drawn.paste(255, (80, 0, 160, 120))
    kept = await album.kept(encoded(drawn.convert(mode), "PNG"))
    assert quarters_of(kept) == ((0, 0, 0), (255, 255, 255)) * 2


@pytest.mark.parametrize("transparency", [None, 0])
async def test_sixteen_bits_are_scaled_and_not_cut_off(
    album: Album, transparency: int | None
) -> None:
    """A middle grey of 65,536 stays a middle grey."""
    options = {} if transparency is None else {"transparency": transparency}
    half = Image.new("I;16", (160, 120), 32_768)
    kept = await album.kept(encoded(half, "PNG", **options))
    for corner in ((0, 0), (159, 119)):
        pixel = kept.getpixel(corner)
        assert isinstance(pixel, tuple)
        assert all(126 <= part <= 130 for part in pixel)


async def test_sixteen_bits_of_each_colour_are_read(album: Album) -> None:
    """As cameras and scanners write them."""
    assert (await album.kept(png_of(160, 120, 120, depth=16, colours=6))).size == (160, 120)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
async def test_what_is_transparent_becomes_white(album: Album, kind: str) -> None:
    """A video has no transparency; a half is mixed with the white."""
    drawn = Image.new("RGBA", (160, 120), (0, 0, 0, 0))
    drawn.paste((0, 0, 0, 255), (80, 0, 160, 60))
    drawn.paste((0, 0, 0, 128), (0, 60, 80, 120))
    options = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    kept = await album.kept(encoded(drawn, kind, **options))
    found = [kept.getpixel(point) for point in ((20, 20), (120, 20), (20, 100), (120, 100))]
    levels = [each[0] for each in found if isinstance(each, tuple)]
    assert levels == [255, 0, pytest.approx(127, abs=3), 255]


async def test_a_transparent_colour_of_a_palette_becomes_white(album: Album) -> None:
    """The other way in which a PNG can be transparent; for plain colours as well."""
    drawn = Image.new("P", (160, 120), 0)
    drawn.putpalette([0, 0, 0, 0, 0, 255])
    drawn.paste(1, (80, 0, 160, 120))
    kept = await album.kept(encoded(drawn, "PNG", transparency=0))
    assert quarters_of(kept)[:2] == ((255, 255, 255), BLUE)
    kept = await album.kept(encoded(quartered(), "PNG", transparency=RED))
    assert quarters_of(kept) == ((255, 255, 255), GREEN, BLUE, YELLOW)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", TURNED)
async def test_a_picture_is_turned_as_the_camera_was_held(
    album: Album, kind: str, orientation: int
) -> None:
    """Really turned: nothing is left that a viewer would turn again."""
    kept = await album.kept(encoded(quartered(), kind, exif=exif_turning(orientation)))
    assert quarters_of(kept) == TURNED[orientation]
    assert kept.size == ((160, 120) if orientation < 5 else (120, 160))
    assert dict(kept.getexif()) == {}


async def test_a_turn_that_only_xmp_tells_is_made(album: Album) -> None:
    """Some programs write it there alone."""
    kept = await album.kept(encoded(quartered(), "JPEG", xmp=XMP))
    assert quarters_of(kept) == TURNED[6]


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("orientation", [0, 9, 65_535])
async def test_a_turn_that_makes_no_sense_is_none(album: Album, orientation: int) -> None:
    """The picture is shown as its pixels are."""
    exif = exif_turning(1)
    exif[274] = orientation
    assert quarters_of(await album.kept(encoded(quartered(), "JPEG", exif=exif))) == QUARTERS


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("cut", [7, 8, 12, 20, 60, 120])
async def test_a_broken_note_of_the_camera_does_not_cost_the_picture(
    album: Album, cut: int
) -> None:
    """Every viewer shows such a picture; so do we."""
    exif = exif_turning(1).tobytes()[:cut]
    for kind in ("JPEG", "PNG", "WEBP"):
        kept = await album.kept(encoded(quartered(), kind, exif=exif))
        assert quarters_of(kept) == QUARTERS


@pytest.mark.parametrize(
    "content",
    [
        talkative_png(),
        encoded(
            quartered(),
            "JPEG",
            exif=exif_turning(6),
            icc_profile=profile(),
            xmp=XMP,
            comment="Jane Doe at home",
        ),
        encoded(quartered(), "WEBP", exif=exif_turning(6), icc_profile=profile(), xmp=XMP),
    ],
    ids=["png", "jpeg", "webp"],
)
async def test_nothing_is_kept_of_where_and_by_whom_it_was_made(
    album: Album, content: bytes
) -> None:
    """Neither in the picture nor in what is made of it: no place, name, text, profile or maker."""
    assert b"Jane Doe" in content
    name = await album.receive(content)
    await album.pictures.fitted(name, "720x1280")
    await album.pictures.thumbnail(name)
    assert len(album.files) == 3
    for file in album.files:
        bare = (album.pictures.folder / file).read_bytes()
        assert not any(
            word in bare for word in (b"Jane", b"Exif", b"GPS", b"xmp", b"ICC", b"Orientation")
        )
        markers = {bare[place + 1] for place in marker_places(bare)}
        assert markers <= {0xE0, 0xDB, 0xC0, 0xC4}, "no segments but those of the picture"
        assert set(decoded(bare).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def marker_places(jpeg: bytes) -> list[int]:
    """Find a JPEG's segments up to its pixels."""
    places, place = [], 2
    while jpeg[place + 1] != 0xDA:
        places.append(place)
        place += 2 + int.from_bytes(jpeg[place + 2 : place + 4], "big")
    return places


async def test_what_hides_behind_a_picture_is_left_behind(album: Album) -> None:
    """A file that is a picture and something else as well is a picture afterwards."""
    for kind in ("PNG", "JPEG", "WEBP"):
        content = encoded(quartered(), kind) + b"PK\x03\x04<script>alert(1)</script>%PDF-1.7"
        kept = album.kept_bytes(await album.receive(content))
        assert b"script" not in kept
        assert b"PDF" not in kept


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
@pytest.mark.parametrize("frames", [2, MAX_FRAMES])
async def test_of_a_moving_picture_the_first_frame_is_taken(
    album: Album, kind: str, frames: int
) -> None:
    """As many frames as are allowed."""
    kept = await album.kept(moving(kind, frames))
    assert quarters_of(kept) == QUARTERS


async def test_a_large_picture_is_kept_in_as_many_pixels_as_are_of_use(album: Album) -> None:
    """Its shape stays."""
    kept = await album.kept(encoded(quartered(5000, 2500), "JPEG"))
    assert kept.size == (KEPT_SIDE_PIXELS, KEPT_SIDE_PIXELS // 2)
    assert quarters_of(kept) == QUARTERS


async def test_the_name_tells_the_content_and_how_it_is_to_be_fitted(album: Album) -> None:
    """The same picture has one file, whoever sends it and how often; another has another."""
    content = encoded(quartered(), "PNG")
    names = [await album.receive(content, fit) for fit in (*Fit, Fit.COVER)]
    assert [name.split(":")[0] for name in names] == ["cover", "contain", "cover"]
    assert len({name.split(":")[1] for name in names}) == 1
    assert len(album.files) == 1
    other = await album.receive(encoded(quartered(), "WEBP"))
    assert other not in names
    assert all(len(name) <= 64 for name in names), "the row takes so many characters"


async def test_the_same_picture_at_once_is_one(album: Album) -> None:
    """From many members, to be fitted in the same pixels: no half file is ever seen."""
    content = encoded(quartered(1200, 900), "PNG")
    names = await asyncio.gather(*[album.receive(content) for _ in range(6)])
    assert len(set(names)) == 1
    ways = itertools.product(names, ("720x1280", "1280x720"))
    fitted = await asyncio.gather(*[album.pictures.fitted(*way) for way in ways])
    assert len(set(fitted)) == 2
    assert {decoded(path.read_bytes()).size for path in fitted} == {(720, 1280), (1280, 720)}
    assert len(album.files) == 3


async def test_the_loop_turns_while_a_picture_is_worked_on(
    album: Album, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work is another process's: in its middle the loop hears of it, and lets it go on."""
    os.mkfifo(pipe := tmp_path / "pipe")
    name = await album.receive(encoded(quartered(), "PNG"))
    spoilt_python(monkeypatch, tmp_path, f"cat {pipe}; echo '{{}}'")
    making = asyncio.create_task(album.pictures.thumbnail(name))
    # Opening ends when the process opens the other end.
    writer = await asyncio.to_thread(pipe.open, "wb", buffering=0)
    assert not making.done()
    writer.close()
    assert (await making).name.endswith(".thumb.jpg")


@pytest.mark.parametrize("script", ["kill -9 $$", "exit 1", "echo nonsense", None])
async def test_a_picture_whose_reader_is_killed_may_be_tried_again(
    album: Album, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None
) -> None:
    """That says nothing of the picture, and leaves nothing behind."""
    content = encoded(quartered(), "PNG")
    with monkeypatch.context() as spoilt:
        spoilt_python(spoilt, tmp_path, script)
        with pytest.raises(ToolFailed):
            await album.receive(content)
    assert album.files == []

    assert await album.receive(content)
