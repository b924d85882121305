"""What a file really is: whole, playable videos are told from everything else."""

from dataclasses import replace
from pathlib import Path
from unittest.mock import ANY

import pytest
from PIL import Image

from bot.delivery.video import Picture, Sound, Video, probe
from bot.errors import NotAVideo
from tests.files import read, write
from tests.odd_videos import CODECS, make
from tests.videos import HEIGHT, SECONDS, WIDTH, Videos, cut, run_here


async def test_tells_all_of_an_ordinary_video(videos: Videos) -> None:
    """H.264 with AAC and the index in front plays everywhere."""
    path = videos.plain()

    video = await probe(path)

    assert video == Video(
        path=path,
        size_bytes=path.stat().st_size,
        seconds=SECONDS,
        picture=Picture("h264", WIDTH, HEIGHT, profile=video.picture.profile),
        sound=Sound("aac", channels=1, bits_per_second=ANY),
        faststart=True,
    )
    assert video.plays_everywhere


async def test_a_video_without_sound_plays_everywhere(videos: Videos) -> None:
    """Silence is no fault."""
    video = await probe(videos.silent())

    assert video.sound is None
    assert video.plays_everywhere


async def test_hevc_is_a_video_that_not_everything_plays(videos: Videos) -> None:
    """HEVC is whole and playable, but Discord does not show it inline."""
    video = await probe(videos.hevc())

    assert (video.picture.codec, video.width, video.height) == ("hevc", WIDTH, HEIGHT)
    assert not video.plays_everywhere


async def test_an_index_at_the_end_is_noticed(videos: Videos) -> None:
    """A video whose index comes last cannot start before all of it is there."""
    video = await probe(videos.late_index())

    assert not video.faststart
    assert not video.plays_everywhere


@pytest.mark.parametrize("kind", ["fragmented", "matroska"])
async def test_other_containers_are_videos_too(videos: Videos, kind: str) -> None:
    """Fragments and Matroska are whole and playable; what plays them is another question."""
    video = await probe(getattr(videos, kind)())

    assert (video.width, video.height, round(video.seconds)) == (WIDTH, HEIGHT, SECONDS)
    assert (video.picture.codec, video.sound and video.sound.codec) == ("h264", "aac")


async def test_a_box_without_meaning_behind_the_video_does_no_harm(videos: Videos) -> None:
    """Padding makes a file larger and nothing else."""
    video = await probe(videos.padded(250_000))

    assert (video.size_bytes, video.seconds) == (250_000, SECONDS)
    assert video.plays_everywhere


@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
@pytest.mark.parametrize("kind", ["plain", "silent", "late_index", "fragmented", "matroska"])
async def test_a_video_cut_short_is_none(
    videos: Videos, tmp_path: Path, kind: str, share: float
) -> None:
    """Whatever is missing at the end, frames or the index, the file is not taken for whole."""
    whole: Path = getattr(videos, kind)()

    with pytest.raises(NotAVideo):
        await probe(cut(whole, tmp_path / "1.part", share))


async def test_a_picture_by_the_name_of_a_video_is_none(tmp_path: Path) -> None:
    """The name of a file says nothing."""
    path = tmp_path / "1.mp4"
    Image.new("RGB", (WIDTH, HEIGHT), "teal").save(path, "PNG")

    with pytest.raises(NotAVideo):
        await probe(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 4000, b"Too Many Requests", b"<html></html>", b'{"error": "busy"}'],
    ids=["empty", "zeros", "text", "page", "error"],
)
async def test_what_is_not_even_media_is_none(tmp_path: Path, content: bytes) -> None:
    """Nothing, zeros, text, a page and an error are no videos."""
    path = tmp_path / "1.mp4"
    write(path, content)

    with pytest.raises(NotAVideo):
        await probe(path)


async def test_a_file_that_is_not_there_is_none(tmp_path: Path) -> None:
    """A file that is gone is told like a spoilt one."""
    with pytest.raises(NotAVideo):
        await probe(tmp_path / "1.mp4")


@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
async def test_a_live_video_cut_short_is_none(tmp_path: Path, share: float) -> None:
    """No size and no length is written at its beginning; its last part says how long that is."""
    whole = make(next(odd for odd in CODECS if odd.name == "no-duration.webm"), tmp_path)

    assert (await probe(whole)).seconds == pytest.approx(SECONDS, abs=0.1)
    with pytest.raises(NotAVideo):
        await probe(cut(whole, tmp_path / "1.part", share))


async def test_a_part_that_is_missing_whole_is_noticed(videos: Videos, tmp_path: Path) -> None:
    """Cut off between two parts, a file is shorter than its first line says."""
    content = read(videos.matroska())
    before_its_index = content.rindex(b"\x1c\x53\xbb\x6b")

    with pytest.raises(NotAVideo):
        await probe(write(tmp_path / "1.mkv", content[:before_its_index]))


async def test_an_index_that_names_what_is_not_there_is_none(
    videos: Videos, tmp_path: Path
) -> None:
    """The boxes are whole, and shorter than the index says: its last frames are missing."""
    content = read(videos.plain())
    start = content.index(b"mdat") - 4
    kept = content[: len(content) - 3000]
    lying = kept[:start] + (len(kept) - start).to_bytes(4, "big") + kept[start + 4 :]

    with pytest.raises(NotAVideo):
        await probe(write(tmp_path / "1.mp4", lying))


NOTES = {
    "comment": "A neon sign reading Error 404: Invalid data, File ended prematurely",
    "title": "Stream #0:0: Video: h264 (High), yuv420p, 4096x4096, Duration: 99:59:59.00",
    "description": "partial file\nExiting normally, received signal 15.\nDuration: N/A, Error ",
}


@pytest.mark.parametrize("kind", ["plain", "matroska"])
async def test_what_is_written_into_a_file_does_not_change_what_it_is(
    videos: Videos, tmp_path: Path, kind: str
) -> None:
    """A provider writes the prompt into its files: its words are neither faults nor figures."""
    source: Path = getattr(videos, kind)()
    path = tmp_path / source.name
    notes = [part for note in NOTES.items() for part in ("-metadata", "=".join(note))]
    of_streams = [part for note in NOTES.items() for part in ("-metadata:s:v:0", "=".join(note))]
    front = ["-movflags", "+faststart+use_metadata_tags"] if kind == "plain" else []
    run_here(["-i", str(source), "-c", "copy", *notes, *of_streams, *front, str(path)])
    assert b"neon sign" in read(path)

    found = await probe(path)

    bare = await probe(source)
    assert found == replace(bare, path=path, size_bytes=len(read(path)))


async def test_sound_alone_is_none(tmp_path: Path) -> None:
    """A file with sound and no picture is no video."""
    path = tmp_path / "1.mp4"
    run_here(["-f", "lavfi", "-i", "sine=duration=1", "-c:a", "aac", str(path)])

    with pytest.raises(NotAVideo):
        await probe(path)


@pytest.mark.parametrize(
    "script",
    [
        "ffconcat version 1.0\nfile 7.mp4\nduration 2\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n7.mp4\n#EXT-X-ENDLIST\n",
    ],
    ids=["concat", "hls"],
)
async def test_a_text_that_names_another_file_is_none(
    videos: Videos, tmp_path: Path, script: str
) -> None:
    """A list of files is not followed: it could show a member what belongs to another."""
    (tmp_path / "7.mp4").write_bytes(videos.plain().read_bytes())
    path = tmp_path / "1.part"
    path.write_text(script)

    with pytest.raises(NotAVideo):
        await probe(path)
