"""Pictures that cannot be used: each has its reason, and leaves nothing behind."""

import subprocess
import sys

import pytest
from PIL import Image

from bot.errors import PictureFault, PictureRefused, ResourcesExhausted
from bot.pictures import MAX_PICTURE_BYTES
from bot.pixels.image import MAX_FRAMES, MAX_PIXELS, MIN_SIDE_PIXELS
from bot.presentation.refusals import explain
from tests.files import write
from tests.handles import no_handles_left
from tests.integration.pictures.conftest import Album
from tests.pictures import encoded, moving, png_of, quartered

pytestmark = pytest.mark.slow

MIB = 1 << 20
GREY = Image.new("L", (80, 80))
PNG = encoded(quartered(), "PNG")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 100 100\n(%pipe%id) (r) file\n"


async def refused(album: Album, content: bytes | int) -> PictureRefused:
    """Receive what must be refused; check that nothing is kept and that there are words."""
    album.script.plan(content)
    with pytest.raises(PictureRefused) as refusal:
        await album.pictures.receive(album.url)
    assert album.files == []
    words = explain(refusal.value)
    assert words.endswith("Nothing was charged.")
    assert "None" not in words
    return refusal.value


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"x",
        b"<!DOCTYPE html><html></html>",
        SVG,
        EPS,
        encoded(quartered(), "GIF"),
        encoded(quartered(), "TIFF"),
        encoded(quartered(), "BMP"),
        encoded(quartered(), "ICO"),
        encoded(quartered(), "JPEG2000"),
        encoded(quartered(), "PDF"),
        b"GIF89a" + PNG,
        b"PK\x03\x04" + bytes(100),
        b"\x00\x00\x00\x18ftypheic" + bytes(100),
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\x24\x00\x00\x00WEBP",
    ],
    ids=[
        *("nothing", "a byte", "html", "svg", "eps", "gif", "tiff", "bmp", "ico", "jpeg 2000"),
        *("pdf", "a gif's head", "zip", "heic", "a png's head", "a webp's head"),
    ],
)
async def test_what_is_none_of_the_three_formats_is_not_read(album: Album, content: bytes) -> None:
    """Going by its bytes, whatever its name and the type that the server claims."""
    assert (await refused(album, content)).fault is PictureFault.NOT_A_PICTURE


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
async def test_a_picture_that_breaks_off_is_refused(album: Album, kind: str, share: float) -> None:
    """Nobody wants a video of half a picture."""
    whole = encoded(Image.effect_noise((300, 300), 90).convert("RGB"), kind)
    fault = (await refused(album, whole[: int(len(whole) * share)])).fault
    assert fault in {PictureFault.BROKEN, PictureFault.NOT_A_PICTURE}


async def test_a_picture_that_contradicts_itself_is_refused(album: Album) -> None:
    """Sizes that cannot be, and pixels that cannot be unpacked."""
    webp = b"RIFF\xff\xff\xff\xffWEBPVP8 " + bytes(64)
    assert (await refused(album, webp)).fault is PictureFault.BROKEN
    broken = PNG.replace(b"IDAT", b"IDAT" + b"\xff" * 8, 1)
    assert (await refused(album, broken)).fault is PictureFault.BROKEN


@pytest.mark.parametrize(
    ("content", "fault", "limit"),
    [
        (png_of(5001, 5000, 0), PictureFault.TOO_MANY_PIXELS, MAX_PIXELS),
        (png_of(30_000, 30_000, 0), PictureFault.TOO_MANY_PIXELS, None),
        (png_of(2**31 - 1, 2**31 - 1, 0), PictureFault.TOO_MANY_PIXELS, None),
        (png_of(1, 4000, 4000), PictureFault.TOO_SMALL, MIN_SIDE_PIXELS),
        (png_of(4000, 63, 63), PictureFault.TOO_SMALL, None),
        (encoded(Image.new("L", (63, 64)), "JPEG"), PictureFault.TOO_SMALL, None),
        (moving("PNG", MAX_FRAMES + 1), PictureFault.TOO_MANY_FRAMES, MAX_FRAMES),
        (moving("WEBP", MAX_FRAMES + 1), PictureFault.TOO_MANY_FRAMES, None),
    ],
    ids=[
        *("a pixel too many", "a bomb", "as many as a png can claim", "strip", "low"),
        *("small", "png frames", "webp frames"),
    ],
)
async def test_the_limits(
    album: Album, content: bytes, fault: PictureFault, limit: int | None
) -> None:
    """Each is told with what is allowed."""
    refusal = await refused(album, content)
    assert refusal.fault is fault
    assert limit in {None, refusal.limit}
    assert refusal.limit is not None


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
async def test_the_pixels_are_limited_in_every_format(album: Album, kind: str) -> None:
    """The header tells them in each."""
    fault = (await refused(album, encoded(Image.new("L", (5001, 5000)), kind))).fault
    assert fault is PictureFault.TOO_MANY_PIXELS


async def test_what_is_just_within_the_limits_is_taken(album: Album) -> None:
    """As many pixels as are allowed, and as few."""
    await album.receive(encoded(Image.new("L", (5000, 5000)), "PNG"))
    await album.receive(encoded(Image.new("L", (MIN_SIDE_PIXELS, MIN_SIDE_PIXELS)), "PNG"))
    await album.receive(encoded(Image.new("L", (MIN_SIDE_PIXELS, 4000)), "PNG"))
    assert len(album.files) == 3


async def test_a_file_that_is_too_large_is_not_fetched_to_its_end(album: Album) -> None:
    """Announced or not."""
    refusal = await refused(album, PNG + bytes(MAX_PICTURE_BYTES))
    assert (refusal.fault, refusal.limit) == (PictureFault.TOO_MANY_BYTES, MAX_PICTURE_BYTES)
    assert "20 MiB" in explain(refusal)


@pytest.mark.parametrize("status", [403, 404, 500])
async def test_what_discord_does_not_hand_over_is_no_fault_of_the_picture(
    album: Album, status: int
) -> None:
    """The member attaches it once more."""
    assert (await refused(album, status)).fault is PictureFault.UNREADABLE


@pytest.mark.parametrize("url", ["http://169.254.169.254/a.png", "file:///etc/passwd", "nothing"])
async def test_what_is_not_discord_s_is_not_asked(album: Album, url: str) -> None:
    """Neither a private address nor a file of ours."""
    with pytest.raises(PictureRefused) as refusal:
        await album.pictures.receive(url)
    assert refusal.value.fault is PictureFault.UNREADABLE
    assert album.server.requests == []


MEASURE = """
import resource, sys
from pathlib import Path
from bot.errors import PictureRefused
from bot.pixels.image import clean

def most():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

before, source = most(), Path(sys.argv[1])
try:
    clean(source, source.with_suffix(".jpg"))
    print("taken", most() - before)
except PictureRefused as refused:
    print(refused.fault, most() - before)
"""


async def test_a_bomb_does_not_explode(album: Album) -> None:
    """A tenth of a megabyte that unpacks to 900: the header is enough, the memory does not grow."""
    content = png_of(30_000, 30_000, 30_000, depth=1, colours=0)
    assert len(content) < MIB // 8
    bomb = write(album.pictures.folder / "bomb", content)
    told = subprocess.run(  # noqa: S603, ASYNC221 - ours, for a moment
        [sys.executable, "-c", MEASURE, str(bomb)], capture_output=True, check=True, text=True
    ).stdout
    fault, grown_mib = told.split()
    assert fault == PictureFault.TOO_MANY_PIXELS
    assert int(grown_mib) < 20


async def test_the_largest_picture_takes_a_bounded_memory(album: Album) -> None:
    """As many pixels as are allowed, transparent and turned, in the format that needs the most."""
    picture = Image.new("RGBA", (5000, 5000), (9, 9, 9, 99))
    large = write(album.pictures.folder / "large", encoded(picture, "WEBP", lossless=True))
    told = subprocess.run(  # noqa: S603, ASYNC221 - ours, for a moment
        [sys.executable, "-c", MEASURE, str(large)], capture_output=True, check=True, text=True
    ).stdout
    verdict, grown_mib = told.split()
    assert verdict == "taken"
    assert int(grown_mib) < 600


async def test_a_picture_is_not_broken_for_want_of_handles(album: Album) -> None:
    """Neither what came nor what is kept: it can be tried again."""
    name = await album.receive(PNG)
    with no_handles_left():
        with pytest.raises(ResourcesExhausted):
            await album.pictures.receive(album.url)
        with pytest.raises(ResourcesExhausted):
            await album.pictures.fitted(name, "1280x720")
        with pytest.raises(ResourcesExhausted):
            await album.pictures.thumbnail(name)
    assert (await album.pictures.fitted(name, "1280x720")).exists()
