"""The rendered videos: true files of exactly what was asked for."""

import asyncio
import re
import subprocess
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import imageio_ffmpeg
import pytest
from PIL import Image, ImageChops

from bot.sandbox.films.drawing import Scene
from bot.sandbox.films.films import Films
from bot.sandbox.segmind import SegmindSandbox
from tests.sandbox.segmind.conftest import Client, is_there

pytestmark = pytest.mark.slow  # films are drawn

SCENE = Scene("sora-2", "a fox in the snow", 1280, 720, 8)


@pytest.fixture
async def films(tmp_path: Path) -> AsyncIterator[Films]:
    """Render into a temporary folder."""
    films = Films(tmp_path)
    yield films
    await films.close()


def ffmpeg(*arguments: str) -> str:
    """Run ffmpeg and tell what it says."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stderr  # noqa: S603 - our own arguments


@pytest.mark.parametrize(
    ("width", "height", "seconds"), [(1280, 720, 8), (720, 1280, 4), (1024, 1792, 12)]
)
async def test_renders_what_discord_plays(
    films: Films, width: int, height: int, seconds: int
) -> None:
    """A film is H.264 in yuv420p with AAC, of exactly the size and the seconds asked for."""
    film = await films.render(replace(SCENE, width=width, height=height, seconds=seconds))
    told = ffmpeg("-i", str(film), "-f", "null", "-")
    assert re.search(rf"Video: h264.*yuv420p.* {width}x{height}[ ,]", told)
    assert "Audio: aac" in told
    assert f"Duration: 00:00:{seconds:02}.00" in told
    assert "Error" not in told


async def test_plays_before_it_is_loaded(films: Films) -> None:
    """The index stands before the data (faststart)."""
    content = (await films.render(replace(SCENE, seconds=4))).read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")


async def test_moves(films: Films, tmp_path: Path) -> None:
    """Between the start and the end the view travels and the seconds are counted."""
    film = await films.render(replace(SCENE, seconds=4))
    frames = []
    for second in ("0", "3.5"):
        frame = tmp_path / f"{second}.png"
        ffmpeg("-ss", second, "-i", str(film), "-frames:v", "1", str(frame))
        with Image.open(frame) as picture:
            frames.append(picture.convert("L"))
    difference = ImageChops.difference(*frames)
    view, counter = (0, 0, 1280, 600), (1000, 630, 1240, 684)
    for part in (view, counter):
        # Compression alone changes single pixels a little, and none by as much as this.
        assert sum(difference.crop(part).histogram()[100:]) > 0


async def test_renders_fast(films: Films) -> None:
    """Eight seconds at 1280x720 are made faster than they play, on a busy machine too."""
    started = time.monotonic()
    await films.render(SCENE)
    assert time.monotonic() - started < 8


@pytest.mark.parametrize(
    "text",
    ["", "مرحبا بالعالم שלום", "🦊🎬👩‍👩‍👧", "\ud83e\x00\x07\n", "W" * 6000, "word " * 1200],
)
async def test_any_text_can_be_drawn(films: Films, text: str) -> None:
    """Right-to-left text, emoji, halves of surrogate pairs and very long prompts all render."""
    assert (await films.render(replace(SCENE, text=text, seconds=1))).stat().st_size > 0


async def test_shows_a_reference_image(films: Films, tmp_path: Path) -> None:
    """A film of an image looks like the image."""
    image = tmp_path / "teal.png"
    Image.new("RGBA", (1280, 720), (0, 128, 128)).save(image)
    film = await films.render(replace(SCENE, image=image, seconds=1))
    frame = tmp_path / "frame.png"
    ffmpeg("-i", str(film), "-frames:v", "1", str(frame))
    with Image.open(frame) as picture:
        red, green, blue = picture.convert("RGB").getpixel((1270, 10))  # type: ignore[misc]  # a pixel of three
    assert red < 20
    assert abs(green - 128) < 20
    assert abs(blue - 128) < 20


async def test_renders_equal_scenes_once(films: Films) -> None:
    """Equal scenes share a film, even while it is rendered; another second makes another."""
    first, second = films.render(SCENE), films.render(replace(SCENE))
    assert first is second
    assert films.render(replace(SCENE, seconds=4)) is not first


async def test_tells_what_ffmpeg_refuses(client: Client, segmind: SegmindSandbox) -> None:
    """A film that can't be made fails its generation and says why."""
    segmind.plan(video=Path("/nowhere/film.mp4"), queue_seconds=0, processing_seconds=0)
    await client.submit()
    film = segmind.generations[0].film
    assert film is not None
    await asyncio.wait([film])
    assert "Rendering failed" in (segmind.generations[0].error or "")


async def test_leaves_nothing_behind() -> None:
    """Closed in the middle of a render, the sandbox ends it and removes its folder."""
    async with SegmindSandbox() as segmind:
        folder = Path(segmind._folder.name)
        film = segmind._films.render(SCENE)
        while not is_there(folder / "film-0.mp4"):  # noqa: ASYNC110 - ffmpeg tells nobody
            await asyncio.sleep(0.01)
    assert film.cancelled()
    assert not is_there(folder)
