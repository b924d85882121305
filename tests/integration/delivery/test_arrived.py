"""Videos that came with the provider's answer: taken from their file, and lost by no crash."""

from pathlib import Path

import pytest

from bot.delivery.arrived import ArrivedVideos
from bot.errors import NotAVideo
from tests.files import names_in, read, write
from tests.integration.delivery.conftest import fetcher
from tests.local_server import serving, unreachable

URL = "call:abc"
VIDEO = b"a video"


@pytest.fixture
def arrived(tmp_path: Path) -> ArrivedVideos:
    """Take what begins with ``call:`` from the folder, and nothing from the web."""

    def file_of(url: str) -> Path | None:
        return tmp_path / f"{url[5:]}.video" if url.startswith("call:") else None

    return ArrivedVideos(file_of, fetcher("http://127.0.0.1:1"))


async def test_a_video_keeps_its_first_name_until_it_is_forgotten(
    arrived: ArrivedVideos, tmp_path: Path
) -> None:
    """A crash in between finds it again; taken and forgotten twice, it is the same."""
    write(tmp_path / "abc.video", VIDEO)
    target = write(tmp_path / "1.part", b"what a crash left")
    for _ in range(2):
        await arrived.fetch(URL, target)
        assert read(target) == VIDEO
        assert names_in(tmp_path) == ["1.part", "abc.video"]
    for _ in range(2):
        await arrived.forget(URL)
        assert names_in(tmp_path) == ["1.part"]
    assert read(target) == VIDEO


async def test_a_file_that_is_gone_is_no_video(arrived: ArrivedVideos, tmp_path: Path) -> None:
    """Also where it was taken before: half of it must not pass for the whole."""
    with pytest.raises(NotAVideo):
        await arrived.fetch(URL, tmp_path / "1.part")
    assert names_in(tmp_path) == []


async def test_any_other_address_is_the_web_s(tmp_path: Path) -> None:
    """It is fetched like every video; there is nothing to forget."""
    async with serving(unreachable) as server:
        arrived = ArrivedVideos(lambda _: None, fetcher(server.origin))
        url = str(server.origin / "film.mp4")
        with pytest.raises(Exception, match="status 418"):
            await arrived.fetch(url, tmp_path / "1.part")
        await arrived.forget(url)
    assert server.paths == ["/film.mp4"]
