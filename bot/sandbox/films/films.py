"""True video files, rendered on demand by ffmpeg and shared between equal scenes."""

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, TypeVarTuple

import imageio_ffmpeg

from bot.sandbox.films.drawing import (
    COUNTER_SIZE,
    PAN_SHARE,
    Scene,
    draw_background,
    draw_counter,
)

Parts = TypeVarTuple("Parts")
Result = TypeVar("Result")

FRAMES_A_SECOND = 12
MAX_PROCESSES = 2


class RenderError(Exception):
    """ffmpeg refused; the message is what it wrote."""


class Films:
    """The video files of one sandbox: each a future path, as it may yet have to be rendered."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._films: dict[Scene | bytes | Path, asyncio.Task[Path]] = {}
        self._free = asyncio.Semaphore(MAX_PROCESSES)

    def render(self, scene: Scene) -> asyncio.Future[Path]:
        """Start to render a scene, or hand out the film that there is or will be.

        The future raises RenderError where ffmpeg refuses.
        """
        if scene not in self._films:
            self._films[scene] = asyncio.create_task(self._render(scene, self._new_stem()))
        return self._films[scene]

    def keep(self, video: bytes | Path) -> asyncio.Future[Path]:
        """Take a video that was made elsewhere, whatever its bytes are.

        The future raises OSError where there is no such file.
        """
        if video not in self._films:
            film = self._new_stem().with_suffix(".mp4")
            self._films[video] = asyncio.create_task(_on_thread(_store, video, film))
        return self._films[video]

    async def close(self) -> None:
        """End the renders that still run."""
        for film in self._films.values():
            film.cancel()
        await asyncio.gather(*self._films.values(), return_exceptions=True)

    def _new_stem(self) -> Path:
        return self._folder / f"film-{len(self._films)}"

    async def _render(self, scene: Scene, stem: Path) -> Path:
        async with self._free:
            background, counter = stem.with_suffix(".ppm"), stem.with_suffix(".counter.ppm")
            film = stem.with_suffix(".mp4")
            await _on_thread(_draw, scene, background, counter)
            await _run(ffmpeg_arguments(scene, background, counter, film))
            background.unlink()
            counter.unlink()
            return film


def ffmpeg_arguments(scene: Scene, background: Path, counter: Path, film: Path) -> list[str]:
    """Tell ffmpeg to travel over the background, count the seconds and hum a soft tone."""
    pan = round(scene.width * PAN_SHARE)
    width, height = COUNTER_SIZE
    still = "format=yuv420p,loop=loop=-1:size=1"
    graph = (
        f"[0:v]{still},crop={scene.width}:{scene.height}:'{pan}*t/{scene.seconds}':0[view];"
        f"[1:v]{still},crop={width}:{height}:0:'{height}*floor(t)'[counter];"
        f"[view][counter]overlay=W-w-{width // 8}:H-h-{height // 2}[video];"
        "[2:a]volume=0.15[audio]"
    )
    tone = f"sine=frequency={round(220 + 220 * scene.hue)}:sample_rate=44100"
    pictures = [
        part
        for picture in (background, counter)
        for part in ("-framerate", str(FRAMES_A_SECOND), "-i", str(picture))
    ]
    sound = ["-f", "lavfi", "-i", tone]
    codecs = "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -threads 1 -c:a aac -b:a 64k"
    length = ["-t", str(scene.seconds), "-movflags", "+faststart", str(film)]
    maps = ["-filter_complex", graph, "-map", "[video]", "-map", "[audio]"]
    return ["-nostdin", "-v", "error", *pictures, *sound, *maps, *codecs.split(), *length]


def _draw(scene: Scene, background: Path, counter: Path) -> None:
    draw_background(scene).save(background)
    draw_counter(scene.seconds).save(counter)


def _store(video: bytes | Path, film: Path) -> Path:
    film.write_bytes(video if isinstance(video, bytes) else video.read_bytes())
    return film


async def _on_thread(work: Callable[[*Parts], Result], *parts: *Parts) -> Result:
    """Run on a thread; cancelled, it lasts until the thread has ended and writes no more."""
    running = asyncio.ensure_future(asyncio.to_thread(work, *parts))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.gather(running, return_exceptions=True)
        raise


async def _run(arguments: list[str]) -> None:
    nice = shutil.which("nice")  # absent on Windows, where a demo may run as well
    ffmpeg = imageio_ffmpeg.get_ffmpeg_exe()
    command = [*([nice, "-n", "10"] if nice else []), shutil.which(ffmpeg) or ffmpeg, *arguments]
    process = await asyncio.create_subprocess_exec(
        *command,
        env={},  # nothing that is there is any of its business
        stdin=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        _, errors = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode:
        raise RenderError(errors.decode(errors="replace"))
