"""Making a video fit: as it is, smaller, or not at all."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from bot.delivery.archive import Archive
from bot.delivery.encode import picture_filter
from bot.delivery.ffmpeg import run_ffmpeg
from bot.delivery.fit import fit
from bot.delivery.plan import Fitted, Unattached
from bot.delivery.video import Picture, Video, probe
from bot.errors import ToolFailed
from tests.files import names_in, read, write
from tests.tools import spoilt_ffmpeg
from tests.videos import HEIGHT, SECONDS, WIDTH, Videos, cut, run_here


async def copied(source: Path, folder: Path) -> Video:
    """Put a video into a folder of its own, where copies show."""
    return await probe(write(folder / "1.mp4", read(source)))


async def attachable(video: Video, limit_bytes: int) -> Path:
    """Give the file that may be attached; there has to be one."""
    copy = await fit(video, limit_bytes)
    assert copy.file is not None
    return copy.file


def shape(video: Video) -> tuple[int, int, int]:
    """Tell width, height and whole seconds."""
    return video.width, video.height, round(video.seconds)


async def test_a_video_that_fits_is_given_as_it_is(videos: Videos, tmp_path: Path) -> None:
    """At exactly the limit the file itself is attached; it is there afterwards."""
    video = await copied(videos.plain(), tmp_path)

    assert await fit(video, video.size_bytes) == Fitted(video.path)
    assert names_in(tmp_path) == ["1.mp4"]


@pytest.mark.parametrize("share", [0.9, 0.5, 0.25])
async def test_a_larger_video_is_made_smaller(videos: Videos, tmp_path: Path, share: float) -> None:
    """The copy is below the limit and plays everywhere, with the same size, seconds and sound."""
    video = await copied(videos.rich(), tmp_path)
    limit_bytes = int(video.size_bytes * share)

    smaller = await probe(await attachable(video, limit_bytes))

    assert smaller.size_bytes <= limit_bytes
    assert smaller.plays_everywhere
    assert shape(smaller) == shape(video) == (WIDTH, HEIGHT, SECONDS)
    assert smaller.sound is not None
    assert names_in(tmp_path) == ["1.copies", "1.mp4"]


async def test_a_silent_video_stays_silent(videos: Videos, tmp_path: Path) -> None:
    """Where there is no sound, none is added."""
    video = await copied(videos.silent(), tmp_path)

    assert (await probe(await attachable(video, video.size_bytes - 1))).sound is None


@pytest.mark.parametrize("kind", ["hevc", "late_index"])
async def test_a_video_that_fits_and_does_not_play_is_made_to(
    videos: Videos, tmp_path: Path, kind: str
) -> None:
    """HEVC, or an index at the end: the copy plays everywhere and fits."""
    video = await copied(getattr(videos, kind)(), tmp_path)
    limit_bytes = 10 * video.size_bytes

    better = await probe(await attachable(video, limit_bytes))

    assert better.plays_everywhere
    assert better.size_bytes <= limit_bytes
    assert shape(better) == shape(video)


@pytest.mark.parametrize("limit_bytes", [0, 1, 1000])
async def test_what_would_not_be_watchable_is_not_made(
    videos: Videos, tmp_path: Path, limit_bytes: int
) -> None:
    """Where too few bits are left for the picture, there is no file: it is to be linked."""
    video = await copied(videos.plain(), tmp_path)

    assert await fit(video, limit_bytes) == Fitted(None, Unattached.TOO_LARGE)
    assert names_in(tmp_path) == ["1.mp4"]


async def test_an_encoder_that_takes_too_long_is_ended(videos: Videos, tmp_path: Path) -> None:
    """Beyond its time there is no file, and nothing of the half copy is left."""
    video = await copied(videos.rich(), tmp_path)

    copy = await fit(video, video.size_bytes // 2, encode_seconds=0.0)

    assert copy == Fitted(None, Unattached.NOT_CONVERTED)
    assert names_in(tmp_path) == ["1.mp4"]


async def test_an_encoder_that_the_system_stops_is_told_apart(
    videos: Videos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may work later: the video is not linked for it, and no half copy is left."""
    video = await copied(videos.rich(), tmp_path / "kept")
    spoilt_ffmpeg(monkeypatch, tmp_path, "kill -9 $$")

    with pytest.raises(ToolFailed):
        await fit(video, video.size_bytes // 2)
    assert names_in(tmp_path / "kept") == ["1.mp4"]


async def test_a_stop_while_encoding_leaves_no_half_copy(videos: Videos, tmp_path: Path) -> None:
    """Cancelled when the copy has begun to appear on the disk, it takes it along."""
    video = await copied(videos.rich(), tmp_path)

    task = asyncio.create_task(fit(video, video.size_bytes // 2))
    async with asyncio.timeout(20):
        while names_in(tmp_path) == ["1.mp4"]:  # noqa: ASYNC110 - ffmpeg tells nobody
            await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    assert names_in(tmp_path) == ["1.mp4"]


async def test_an_original_that_is_gone_is_linked(videos: Videos, tmp_path: Path) -> None:
    """Where there is nothing left to make a copy of, there is no file and no crash."""
    video = replace(await copied(videos.rich(), tmp_path), path=tmp_path / "gone.mp4")

    assert await fit(video, video.size_bytes // 2) == Fitted(None, Unattached.LOST)
    assert names_in(tmp_path) == ["1.mp4"]


async def test_a_copy_is_made_once_for_each_limit(videos: Videos, tmp_path: Path) -> None:
    """Asked for again, the very same file is given; another limit has one of its own."""
    video = await copied(videos.rich(), tmp_path)
    half, third = video.size_bytes // 2, video.size_bytes // 3

    first = await attachable(video, half)
    made_at = first.stat().st_mtime_ns
    other = await attachable(video, third)

    assert await attachable(video, half) == first
    assert first.stat().st_mtime_ns == made_at
    assert names_in(tmp_path / "1.copies") == sorted([first.name, other.name])


@pytest.mark.parametrize("share", [0.0, 0.6])
async def test_a_copy_that_is_not_whole_is_made_anew(
    videos: Videos, tmp_path: Path, share: float
) -> None:
    """As the machine leaves it that loses its power right after the name has appeared."""
    video = await copied(videos.rich(), tmp_path)
    copy = await attachable(video, video.size_bytes // 2)
    cut(copy, copy, share)

    assert (await probe(await attachable(video, video.size_bytes // 2))).plays_everywhere


async def test_a_video_that_is_deleted_while_its_copy_is_made_leaves_none(
    videos: Videos, tmp_path: Path
) -> None:
    """What a member had deleted does not come back as a copy."""
    video = await copied(videos.hevc(), tmp_path)
    task = asyncio.create_task(fit(video, 10 * video.size_bytes))
    async with asyncio.timeout(20):
        while names_in(tmp_path) == ["1.mp4"]:  # noqa: ASYNC110 - ffmpeg tells nobody
            await asyncio.sleep(0)
    Archive(tmp_path).delete(1)

    assert await task == Fitted(None, Unattached.LOST)
    assert names_in(tmp_path) == []


async def test_a_copy_goes_with_its_video(videos: Videos, tmp_path: Path) -> None:
    """What is deleted is deleted in every form."""
    video = await copied(videos.rich(), tmp_path)
    await attachable(video, video.size_bytes // 2)

    Archive(tmp_path).delete(1)

    assert names_in(tmp_path) == []


async def test_a_video_that_cannot_be_encoded_is_not_called_too_large(
    videos: Videos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An encoder that refuses it is another reason than its size."""
    video = await copied(videos.hevc(), tmp_path / "kept")
    spoilt_ffmpeg(monkeypatch, tmp_path, "exit 187")

    copy = await fit(video, 10 * video.size_bytes)

    assert copy == Fitted(None, Unattached.NOT_CONVERTED)
    assert names_in(tmp_path / "kept") == ["1.mp4"]


async def test_what_came_is_kept_byte_for_byte(videos: Videos, tmp_path: Path) -> None:
    """A copy is attached in its place; the original stays as the provider made it."""
    video = await copied(videos.hevc(), tmp_path)

    await attachable(video, 10 * video.size_bytes)

    assert read(video.path) == read(videos.hevc())


async def test_nothing_that_is_written_into_a_file_is_sent_on(
    videos: Videos, tmp_path: Path
) -> None:
    """A copy has no words of whoever made the original, which may be the prompt."""
    path = tmp_path / "1.mp4"
    notes = ["-metadata", "comment=Jane Doe", "-metadata:s:v:0", "handler_name=Jane Doe"]
    run_here(["-i", str(videos.late_index()), "-c", "copy", *notes, str(path)])
    assert b"Jane Doe" in read(path)

    copy = await attachable(await probe(path), len(read(path)) * 2)

    assert b"Jane Doe" not in read(copy)


async def test_a_late_index_is_moved_without_encoding_again(videos: Videos, tmp_path: Path) -> None:
    """The copy is ready to stream and its streams are the very same, bit for bit."""
    video = await copied(videos.late_index(), tmp_path)

    file = await attachable(video, video.size_bytes * 2)

    ready = await probe(file)
    hashes = [await stream_hash(video.path), await stream_hash(file)]
    assert ready.faststart
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize("transfer", [1, 2, 16, 18])
async def test_whatever_a_file_says_of_its_colours_there_is_a_way(transfer: int) -> None:
    """Reserved numbers and odd pairs are taken for what is usual; none stops a conversion."""
    numbers = [*range(24), 255]
    pictures = [
        *(Picture("hevc", 64, 64, matrix=each, transfer=transfer) for each in numbers),
        *(Picture("hevc", 64, 64, primaries=each, transfer=transfer) for each in numbers),
        *(Picture("hevc", 64, 64, primaries=9, matrix=each, transfer=transfer) for each in (1, 9)),
        Picture("hevc", 64, 64, rgb=True, transfer=transfer),
        Picture("hevc", 64, 64, full_range=True, interlaced=True, transfer=transfer),
    ]
    chains = sorted({picture_filter(each) for each in pictures})
    split = f"split={len(chains)}" + "".join(f"[i{number}]" for number in range(len(chains)))
    ways = [f"[i{number}]{chain}[o{number}]" for number, chain in enumerate(chains)]
    maps = [part for number in range(len(chains)) for part in ("-map", f"[o{number}]")]
    source = ["-f", "lavfi", "-i", "color=size=64x64:duration=0.1"]

    graph = ";".join([split, *ways])
    run = await run_ffmpeg([*source, "-filter_complex", graph, *maps, "-f", "null", "-"], 30)

    assert (run.code, run.log) == (0, "")


async def stream_hash(path: Path) -> str:
    """Hash the packets of a file, whatever its container says."""
    target = path.with_suffix(".hash")
    await run_ffmpeg(
        ["-y", "-i", str(path), "-map", "0", "-c", "copy", "-f", "streamhash", str(target)], 30
    )
    return read(target).decode()
