"""Pictures in just the pixels that a video has, and small ones for messages."""

import asyncio
import shutil

import pytest
from PIL import Image

from bot.catalogue import load_catalogue
from bot.errors import PictureFault, PictureRefused, StorageFull
from bot.pictures import Fit
from bot.pixels.image import THUMBNAIL_PIXELS
from tests.disk import files_up_to
from tests.files import names_in, read, write
from tests.integration.pictures.conftest import Album
from tests.pictures import QUARTERS, decoded, encoded, noise, quartered, quarters_of

pytestmark = pytest.mark.slow

SIZES = sorted({size for model in load_catalogue().values() for size in model.sizes})
SHAPES = [(64, 900), (900, 64), (333, 333)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("fit", list(Fit))
async def test_every_size_of_the_catalogue_is_met_to_the_pixel(
    album: Album, size: str, fit: Fit
) -> None:
    """Whatever the picture's own shape: strips, upright and lying, and squares."""
    for shape in SHAPES:
        name = await album.receive(encoded(quartered(*shape), "PNG"), fit)
        fitted = decoded(read(await album.pictures.fitted(name, size)))
        assert "x".join(map(str, fitted.size)) == size
        assert (fitted.format, fitted.mode) == ("JPEG", "RGB")


async def test_cover_fills_the_frame_and_cuts_the_same_from_both_sides(album: Album) -> None:
    """The middle stays the middle; nothing is stretched."""
    drawn = Image.new("RGB", (800, 400), "white")
    drawn.paste((255, 0, 0), (0, 0, 100, 400))
    drawn.paste((0, 0, 255), (700, 0, 800, 400))
    drawn.paste((0, 0, 0), (350, 150, 450, 250))
    name = await album.receive(encoded(drawn, "PNG"))
    fitted = decoded(read(await album.pictures.fitted(name, "720x1280")))
    assert quarters_of(fitted) == ((255, 255, 255),) * 4, "the coloured ends are beyond the frame"
    black = [x for x in range(720) if is_dark(fitted, x, 640)]
    tall = [y for y in range(1280) if is_dark(fitted, 360, y)]
    assert len(black) == pytest.approx(320, abs=6)
    assert len(tall) == pytest.approx(320, abs=6)
    assert sum(black) / len(black) == pytest.approx(360, abs=3)


def is_dark(picture: Image.Image, x: int, y: int) -> bool:
    """Tell whether a pixel is black."""
    pixel = picture.getpixel((x, y))
    return isinstance(pixel, tuple) and pixel[0] < 128


async def test_contain_shows_all_of_it_before_a_blurred_edge(album: Album) -> None:
    """All four quarters, in the middle; what is beside them is of the picture's own colours."""
    name = await album.receive(encoded(quartered(800, 400), "PNG"), Fit.CONTAIN)
    fitted = decoded(read(await album.pictures.fitted(name, "720x1280")))
    top, height = (1280 - 360) // 2, 360
    inner = fitted.crop((0, top, 720, top + height))
    assert quarters_of(inner) == QUARTERS
    for y in (10, 1270):
        for x in (100, 620):
            pixel = fitted.getpixel((x, y))
            assert isinstance(pixel, tuple)
            assert max(pixel) > 150, "no black bars"


async def test_a_picture_of_the_right_shape_is_the_same_either_way(album: Album) -> None:
    """Nothing is cut, and there is no edge."""
    pixels = []
    for fit in Fit:
        name = await album.receive(encoded(quartered(720, 1280), "PNG"), fit)
        pixels.append(read(await album.pictures.fitted(name, "720x1280")))
    assert pixels[0] == pixels[1]


async def test_what_was_fitted_once_is_not_fitted_again(album: Album) -> None:
    """The file is the one of before; other sizes and fits have files of their own."""
    name = await album.receive(encoded(quartered(), "PNG"))
    first = await album.pictures.fitted(name, "720x1280")
    made = first.stat().st_mtime_ns
    assert await album.pictures.fitted(name, "720x1280") == first
    assert first.stat().st_mtime_ns == made
    others = {
        await album.pictures.fitted(name, "1280x720"),
        await album.pictures.fitted(name.replace("cover", "contain"), "720x1280"),
        await album.pictures.thumbnail(name),
    }
    assert len({first, *others}) == 4


async def test_a_thumbnail_is_small_and_keeps_the_shape(album: Album) -> None:
    """A message shows no more of it; a picture that is smaller stays as it is."""
    name = await album.receive(encoded(quartered(1600, 1200), "PNG"))
    thumbnail = decoded(read(await album.pictures.thumbnail(name)))
    assert thumbnail.size == (THUMBNAIL_PIXELS, THUMBNAIL_PIXELS * 3 // 4)
    assert quarters_of(thumbnail) == QUARTERS
    name = await album.receive(encoded(quartered(80, 64), "PNG"))
    assert decoded(read(await album.pictures.thumbnail(name))).size == (80, 64)


@pytest.mark.parametrize("what", ["the folder", "the picture"])
async def test_a_picture_that_is_gone_is_told_as_such(album: Album, what: str) -> None:
    """The folder was emptied, or is away: neither is made anew out of nothing."""
    name = await album.receive(encoded(quartered(), "PNG"))
    if what == "the folder":
        await asyncio.to_thread(shutil.rmtree, album.pictures.folder)
    else:
        (album.pictures.folder / album.files[0]).unlink()
    for make in (album.pictures.fitted(name, "720x1280"), album.pictures.thumbnail(name)):
        with pytest.raises(PictureRefused) as refusal:
            await make
        assert refusal.value.fault is PictureFault.GONE


async def test_a_picture_that_was_spoilt_on_the_disk_is_told_as_such(album: Album) -> None:
    """Half a file, or none of its bytes."""
    name = await album.receive(encoded(quartered(400, 300), "PNG"))
    [file] = album.files
    whole = read(album.pictures.folder / file)
    for content in (b"", whole[: len(whole) // 2], b"\x00" * len(whole)):
        write(album.pictures.folder / file, content)
        for make in (album.pictures.fitted(name, "720x1280"), album.pictures.thumbnail(name)):
            with pytest.raises(PictureRefused):
                await make
    assert album.files == [file]


async def test_a_full_disk_is_the_operator_s_and_leaves_nothing_half_done(album: Album) -> None:
    """At each step: while it comes, while it is kept, while it is fitted; then it works."""
    content = encoded(noise(700, 700), "PNG")
    for limit in (100_000, 1_600_000):
        with files_up_to(min(limit, len(content) - 1)), pytest.raises(StorageFull):
            await album.receive(content)
        assert names_in(album.pictures.folder) == []
    name = await album.receive(content)
    with files_up_to(200_000), pytest.raises(StorageFull):
        await album.pictures.fitted(name, "720x1280")
    with files_up_to(2_000), pytest.raises(StorageFull):
        await album.pictures.thumbnail(name)
    assert len(album.files) == 1
    await album.pictures.fitted(name, "720x1280")
    await album.pictures.thumbnail(name)
    assert len(album.files) == 3


async def test_a_folder_that_cannot_be_made_is_the_operator_s(album: Album) -> None:
    """A file is in its place: the member is not told that Discord was at fault."""
    write(album.pictures.folder, b"a file")
    with pytest.raises(StorageFull):
        await album.receive(encoded(quartered(), "PNG"))
    assert album.server.requests == []


async def test_a_stop_in_the_middle_leaves_no_half_file(album: Album) -> None:
    """What came in goes; what is being made may still appear, whole."""
    gate = album.script.hold(encoded(quartered(2000, 2000), "PNG"))
    receiving = asyncio.create_task(album.pictures.receive(album.url))
    await gate.reached.wait()
    receiving.cancel()
    await asyncio.wait({receiving})
    gate.release()
    assert album.files == []
