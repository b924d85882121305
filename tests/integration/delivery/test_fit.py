"""Making a video fit: as it is, smaller, or not at all."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.delivery.ffmpeg import run_ffmpeg
from bot.delivery.fit import fitted
from bot.delivery.video import Video, probe
from bot.errors import ToolFailed
from tests.files import names_in, read, write
from tests.tools import spoilt_ffmpeg
from tests.videos import HEIGHT, SECONDS, WIDTH, Videos


async def copied(source: Path, folder: Path) -> Video:
    """Put a video into a folder of its own, where copies show."""
    return await probe(write(folder / "1.mp4", read(source)))


def shape(video: Video) -> tuple[int, int, int]:
    """Tell width, height and whole seconds."""
    return video.width, video.height, round(video.seconds)


async def test_a_video_that_fits_is_given_as_it_is(videos: Videos, tmp_path: Path) -> None:
    """At exactly the limit the file itself is attached; it is there afterwards."""
    video = await copied(videos.plain(), tmp_path)

    async with fitted(video, video.size_bytes) as file:
        assert file == video.path
    assert video.path.exists()


@pytest.mark.parametrize("share", [0.9, 0.5, 0.25])
async def test_a_larger_video_is_made_smaller(videos: Videos, tmp_path: Path, share: float) -> None:
    """The copy is below the limit and plays everywhere, with the same size, seconds and sound."""
    video = await copied(videos.rich(), tmp_path)
    limit_bytes = int(video.size_bytes * share)

    async with fitted(video, limit_bytes) as file:
        assert file is not None
        assert file != video.path
        smaller = await probe(file)
    assert smaller.size_bytes <= limit_bytes
    assert smaller.plays_everywhere
    assert shape(smaller) == shape(video) == (WIDTH, HEIGHT, SECONDS)
    assert smaller.audio_codec == "aac"
    assert names_in(tmp_path) == ["1.mp4"]


async def test_a_silent_video_stays_silent(videos: Videos, tmp_path: Path) -> None:
    """Where there is no sound, none is added."""
    video = await copied(videos.silent(), tmp_path)

    async with fitted(video, video.size_bytes - 1) as file:
        assert file is not None
        assert (await probe(file)).audio_codec is None


@pytest.mark.parametrize("kind", ["hevc", "late_index"])
async def test_a_video_that_fits_and_does_not_play_is_made_to(
    videos: Videos, tmp_path: Path, kind: str
) -> None:
    """HEVC, or an index at the end: the copy plays everywhere and fits."""
    video = await copied(getattr(videos, kind)(), tmp_path)
    limit_bytes = 10 * video.size_bytes

    async with fitted(video, limit_bytes) as file:
        assert file is not None
        better = await probe(file)
    assert better.plays_everywhere
    assert better.size_bytes <= limit_bytes
    assert shape(better) == shape(video)


@pytest.mark.parametrize("limit_bytes", [0, 1, 1000])
async def test_what_would_not_be_watchable_is_not_made(
    videos: Videos, tmp_path: Path, limit_bytes: int
) -> None:
    """Where too few bits are left for the picture, there is no file: it is to be linked."""
    video = await copied(videos.plain(), tmp_path)

    async with fitted(video, limit_bytes) as file:
        assert file is None
    assert names_in(tmp_path) == ["1.mp4"]


async def test_an_encoder_that_takes_too_long_is_ended(videos: Videos, tmp_path: Path) -> None:
    """Beyond its time there is no file, and nothing of the half copy is left."""
    video = await copied(videos.rich(), tmp_path)

    async with fitted(video, video.size_bytes // 2, encode_seconds=0.0) as file:
        assert file is None
    assert names_in(tmp_path) == ["1.mp4"]


async def test_an_encoder_that_the_system_stops_is_told_apart(
    videos: Videos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may work later: the video is not linked for it, and no half copy is left."""
    video = await copied(videos.rich(), tmp_path / "kept")
    spoilt_ffmpeg(monkeypatch, tmp_path, "kill -9 $$")

    with pytest.raises(ToolFailed):
        async with fitted(video, video.size_bytes // 2):
            raise AssertionError
    assert names_in(tmp_path / "kept") == ["1.mp4"]


async def test_a_stop_while_encoding_leaves_no_half_copy(videos: Videos, tmp_path: Path) -> None:
    """Cancelled when the copy has begun to appear on the disk, it takes it along."""
    video = await copied(videos.rich(), tmp_path)

    async def upload() -> None:
        async with fitted(video, video.size_bytes // 2):
            await asyncio.Event().wait()

    task = asyncio.create_task(upload())
    async with asyncio.timeout(20):
        while names_in(tmp_path) == ["1.mp4"]:  # noqa: ASYNC110 - ffmpeg tells nobody
            await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    assert names_in(tmp_path) == ["1.mp4"]


async def test_an_original_that_is_gone_is_linked(videos: Videos, tmp_path: Path) -> None:
    """Where there is nothing left to make a copy of, there is no file and no crash."""
    video = replace(await copied(videos.rich(), tmp_path), path=tmp_path / "gone.mp4")

    async with fitted(video, video.size_bytes // 2) as file:
        assert file is None
    assert names_in(tmp_path) == ["1.mp4"]


async def test_the_copy_is_deleted_after_an_error_too(videos: Videos, tmp_path: Path) -> None:
    """Whatever happens in the block, the copy does not stay on the disk."""
    video = await copied(videos.rich(), tmp_path)

    async def upload() -> None:
        async with fitted(video, video.size_bytes // 2) as file:
            assert file is not None
            raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await upload()
    assert names_in(tmp_path) == ["1.mp4"]


async def test_a_late_index_is_moved_without_encoding_again(videos: Videos, tmp_path: Path) -> None:
    """The copy is ready to stream and its streams are the very same, bit for bit."""
    video = await copied(videos.late_index(), tmp_path)

    async with fitted(video, video.size_bytes * 2) as file:
        assert file is not None
        ready = await probe(file)
        hashes = [await stream_hash(video.path), await stream_hash(file)]
    assert ready.faststart
    assert hashes[0] == hashes[1]


async def stream_hash(path: Path) -> str:
    """Hash the packets of a file, whatever its container says."""
    target = path.with_suffix(".hash")
    await run_ffmpeg(
        ["-y", "-i", str(path), "-map", "0", "-c", "copy", "-f", "streamhash", str(target)], 30
    )
    return read(target).decode()
