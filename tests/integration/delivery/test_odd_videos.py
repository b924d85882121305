"""Whatever a provider sends: it is taken for what it is, and what leaves the bot plays anywhere."""

from pathlib import Path

import pytest
from PIL import Image

from bot.delivery.fit import fit
from bot.delivery.video import probe
from tests.files import read, write
from tests.odd_videos import ODD_VIDEOS, OddVideo, make
from tests.pictures import QUARTERS, quarters_of
from tests.videos import first_picture

pytestmark = pytest.mark.slow

LIMIT_BYTES = 10 << 20


@pytest.fixture(scope="session")
def odd_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of this run's odd videos."""
    return tmp_path_factory.mktemp("odd")


def expected(odd: OddVideo) -> tuple[tuple[int, ...], ...]:
    """Tell which colours its quarters are to have, turned as its notes say."""
    orders = {"": (0, 1, 2, 3), "turned-90.mp4": (1, 3, 0, 2), "turned-180.mp4": (3, 2, 1, 0)}
    order = (1, 0, 3, 2) if odd.name == "mirrored.mp4" else orders.get(odd.name, orders[""])
    return tuple(QUARTERS[each] for each in order)


def strangeness(seen: Image.Image, meant: tuple[tuple[int, ...], ...]) -> int:
    """Tell by how much the colours of the quarters are off, of 255."""
    width, height = seen.size
    points = [(x, y) for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]
    found = [seen.getpixel(point) for point in points]
    return max(
        abs(int(a) - b)
        for one, other in zip(found, meant, strict=True)
        if isinstance(one, tuple)
        for a, b in zip(one, other, strict=True)
    )


@pytest.mark.parametrize("odd", ODD_VIDEOS, ids=lambda odd: odd.name)
async def test_an_odd_video_leaves_the_bot_as_every_device_plays_it(
    odd: OddVideo, odd_folder: Path, tmp_path: Path
) -> None:
    """Its length, shape, colours and sound are kept, and the original is byte for byte."""
    source = make(odd, odd_folder)
    video = await probe(write(tmp_path / "1.mp4", read(source)))
    assert video.seconds == pytest.approx(odd.seconds, abs=0.15)
    assert (video.sound is None) == (odd.sound is None)
    assert video.plays_everywhere == odd.untouched

    copy = await fit(video, LIMIT_BYTES)

    assert copy.file is not None
    assert (copy.file == video.path) == odd.untouched
    assert read(video.path) == read(source)
    sent = await probe(copy.file)
    assert sent.plays_everywhere
    assert sent.seconds == pytest.approx(odd.seconds, abs=0.15)
    assert (sent.width, sent.height) == odd.shown
    assert (sent.sound is None) == (odd.sound is None)
    seen = first_picture(copy.file, tmp_path)
    assert quarters_of(seen) == expected(odd)
    assert odd.exact is False or strangeness(seen, expected(odd)) <= 24
