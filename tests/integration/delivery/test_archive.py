"""The archive: a name appears only when the video behind it is whole and checked."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from aiohttp import web

from bot.delivery.archive import Archive
from bot.delivery.fit import fit
from bot.errors import DeliveryError, FetchFailed, NotAVideo, ToolFailed, VideoTooLarge
from tests.files import names_in, read, write
from tests.integration.delivery.conftest import CAP_BYTES, fetcher
from tests.local_server import Handler, serving
from tests.tools import spoilt_python
from tests.videos import SECONDS, Videos, cut


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    """Name an archive whose folder is not there yet."""
    return Archive(tmp_path / "kept" / "videos")


def sending(content: bytes) -> Handler:
    """Answer every request with this file."""

    async def handle(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=content, content_type="video/mp4")

    return handle


async def take(archive: Archive, content: bytes) -> None:
    """Let the archive take this file as the video of job 1."""
    async with serving(sending(content)) as server:
        await archive.take(1, str(server.origin / "film.mp4"), fetcher(server.origin))


async def test_keeps_a_whole_video_under_the_jobs_number(archive: Archive, videos: Videos) -> None:
    """The folder is made, the file is there byte for byte, and nothing lies beside it."""
    async with serving(sending(read(videos.plain()))) as server:
        url = str(server.origin / "film.mp4")
        video = await archive.take(1, url, fetcher(server.origin))

    assert video.path == archive.path(1)
    assert video == await archive.open(1)
    assert video.seconds == SECONDS
    assert read(archive.path(1)) == read(videos.plain())
    assert names_in(archive.folder) == ["1.mp4"]


async def test_a_video_that_comes_anew_has_none_of_an_older_ones_copies(
    archive: Archive, videos: Videos
) -> None:
    """The number may be that of another database's job."""
    await take(archive, read(videos.hevc()))
    await fit(await archive.open(1), 10 << 20)
    assert names_in(archive.folder) == ["1.copies", "1.mp4"]

    await take(archive, read(videos.plain()))

    assert names_in(archive.folder) == ["1.mp4"]


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"", NotAVideo), (b"no video", NotAVideo), (bytes(CAP_BYTES + 1), VideoTooLarge)],
    ids=["empty", "text", "too large"],
)
async def test_keeps_nothing_that_is_no_video(
    archive: Archive, content: bytes, error: type[DeliveryError]
) -> None:
    """What is refused leaves no file behind, under any name."""
    with pytest.raises(error):
        await take(archive, content)

    assert names_in(archive.folder) == []


async def test_keeps_nothing_of_a_video_cut_short(
    archive: Archive, videos: Videos, tmp_path: Path
) -> None:
    """A file that the server itself has only in part is fetched whole and still refused."""
    broken = cut(videos.plain(), tmp_path / "broken.mp4", 0.8)

    with pytest.raises(NotAVideo):
        await take(archive, read(broken))

    assert names_in(archive.folder) == []


async def test_a_spoilt_second_copy_leaves_the_first_one_alone(
    archive: Archive, videos: Videos
) -> None:
    """A job fetched again keeps the video that it had where the new one is none."""
    await take(archive, read(videos.plain()))

    with pytest.raises(NotAVideo):
        await take(archive, b"no video")

    assert (await archive.open(1)).seconds == SECONDS


async def test_a_stop_in_the_middle_leaves_nothing_that_opens(
    archive: Archive, videos: Videos
) -> None:
    """Cut off while the file comes in, the video has no name yet; taking it again brings it."""
    content, half_sent = read(videos.plain()), asyncio.Event()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "video/mp4"})
        answer.content_length = len(content)
        await answer.prepare(request)
        await answer.write(content[: len(content) // 2])
        half_sent.set()
        await asyncio.Event().wait()
        return answer

    async with serving(handle) as server:
        taking = asyncio.create_task(
            archive.take(1, str(server.origin / "film.mp4"), fetcher(server.origin))
        )
        await half_sent.wait()
        taking.cancel()
        await asyncio.wait({taking})

    with pytest.raises(NotAVideo):
        await archive.open(1)
    await take(archive, content)
    assert (await archive.open(1)).seconds == SECONDS
    assert names_in(archive.folder) == ["1.mp4"]


async def test_a_whole_part_file_is_not_opened_before_it_was_checked(
    archive: Archive, videos: Videos
) -> None:
    """A crash between the fetch and the check leaves a part file, which is not the video."""
    write(archive.folder / "1.part", read(videos.plain()))

    with pytest.raises(NotAVideo):
        await archive.open(1)


async def test_a_file_that_could_not_be_checked_is_kept_and_checked_later(
    archive: Archive, videos: Videos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ffmpeg killed by the system says nothing of the file: it is not fetched a second time."""
    async with serving(sending(read(videos.plain()))) as server:
        url, source = str(server.origin / "film.mp4"), fetcher(server.origin)
        with monkeypatch.context() as spoilt:
            spoilt_python(spoilt, tmp_path, "kill -9 $$")
            with pytest.raises(ToolFailed):
                await archive.take(1, url, source)
        video = await archive.take(1, url, source)
        assert server.paths == ["/film.mp4"]

    assert (video.path, video.seconds) == (archive.path(1), SECONDS)
    assert names_in(archive.folder) == ["1.mp4"]


async def test_a_file_of_another_address_is_not_taken_for_this_one(
    archive: Archive, videos: Videos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older database's job may have had the number: its file is nobody's."""
    async with serving(sending(read(videos.plain()))) as server:
        source = fetcher(server.origin)
        with monkeypatch.context() as spoilt:
            spoilt_python(spoilt, tmp_path, "kill -9 $$")
            with pytest.raises(ToolFailed):
                await archive.take(1, str(server.origin / "old.mp4"), source)
        await archive.take(1, str(server.origin / "new.mp4"), source)
        assert server.paths == ["/old.mp4", "/new.mp4"]


async def test_a_kept_video_that_was_spoilt_is_noticed(archive: Archive, videos: Videos) -> None:
    """Opening checks again: a disk can lose what was there."""
    await take(archive, read(videos.plain()))
    cut(archive.path(1), archive.path(1), 0.7)

    with pytest.raises(NotAVideo):
        await archive.open(1)


async def test_a_failure_of_the_network_passes_through(archive: Archive) -> None:
    """What may work later is told as such."""
    with pytest.raises(FetchFailed):
        await archive.take(1, "http://127.0.0.1:9/film.mp4", fetcher("http://127.0.0.1:9"))


def test_old_leftovers_of_a_killed_process_are_swept_away(archive: Archive) -> None:
    """Half fetches and half copies go after a day; younger ones and videos stay."""
    now = datetime.now(UTC)
    for name in ("1.part", "1.ab.fit.mp4", "2.part", "3.mp4"):
        write(archive.folder / name, b"half")
    yesterday = (now - timedelta(hours=25)).timestamp()
    for name in ("1.part", "1.ab.fit.mp4", "3.mp4"):
        os.utime(archive.folder / name, (yesterday, yesterday))

    archive.sweep(now)

    assert names_in(archive.folder) == ["2.part", "3.mp4"]
