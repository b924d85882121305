"""True videos, tiny, each made once a test run; and the same spoilt in the ways that happen."""

import struct
import subprocess
from collections.abc import Sequence
from pathlib import Path

from PIL import Image

from bot.delivery.ffmpeg import ffmpeg_path

SECONDS = 2.0
WIDTH, HEIGHT = 160, 90

_PICTURE = f"testsrc=size={WIDTH}x{HEIGHT}:rate=12:duration={SECONDS}"
_SOUND = ("-f", "lavfi", "-i", f"sine=duration={SECONDS}")
_H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")
_AAC = ("-c:a", "aac", "-b:a", "32k")
_FASTSTART = ("-movflags", "+faststart")


class Videos:
    """The videos of a test run, in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def plain(self) -> Path:
        """H.264 and AAC with the index in front: what Discord shows."""
        return self._make("plain.mp4", _PICTURE, *_SOUND, *_H264, *_AAC, *_FASTSTART)

    def silent(self) -> Path:
        """H.264 without sound."""
        return self._make("silent.mp4", _PICTURE, *_H264, *_FASTSTART)

    def hevc(self) -> Path:
        """HEVC, which Discord does not show inline."""
        codec = ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error")
        return self._make("hevc.mp4", _PICTURE, *codec, *_FASTSTART)

    def late_index(self) -> Path:
        """H.264 and AAC with the index at the end: a player has to have all of it."""
        return self._make("late.mp4", _PICTURE, *_SOUND, *_H264, *_AAC)

    def fragmented(self) -> Path:
        """H.264 and AAC in fragments, as streaming services cut them."""
        fragments = ("-movflags", "+frag_keyframe+empty_moov")
        return self._make("fragmented.mp4", _PICTURE, *_SOUND, *_H264, *_AAC, *fragments)

    def matroska(self) -> Path:
        """H.264 and AAC in a container of another kind."""
        return self._make("matroska.mkv", _PICTURE, *_SOUND, *_H264, *_AAC)

    def rich(self) -> Path:
        """H.264 and AAC of many bits: some 600 kB of noise."""
        noise = f"nullsrc=s={WIDTH}x{HEIGHT}:r=12:d={SECONDS},geq=random(1)*255:128:128"
        return self._make("rich.mp4", noise, *_SOUND, *_H264, "-qp", "18", *_AAC, *_FASTSTART)

    def padded(self, size_bytes: int) -> Path:
        """Make the plain one larger by a box that means nothing."""
        path = self._folder / f"padded-{size_bytes}.mp4"
        if not path.exists():
            whole = self.plain().read_bytes()
            room = size_bytes - len(whole)
            path.write_bytes(whole + struct.pack(">I4s", room, b"free"))
            with path.open("r+b") as file:
                file.truncate(size_bytes)
        return path

    def _make(self, name: str, picture: str, *arguments: str) -> Path:
        path = self._folder / name
        if not path.exists():
            run_here(["-f", "lavfi", "-i", picture, *arguments, str(path)])
        return path


def run_here(arguments: Sequence[str]) -> None:
    """Run ffmpeg to its end; for the making of fixtures."""
    command = [ffmpeg_path(), "-nostdin", "-v", "error", "-y", *arguments]
    subprocess.run(command, check=True)  # noqa: S603 - ours, with our own arguments


def cut(source: Path, target: Path, share: float) -> Path:
    """Keep the beginning of a file, as a broken download would."""
    whole = source.read_bytes()
    target.write_bytes(whole[: int(len(whole) * share)])
    return target


def first_picture(video: Path, folder: Path) -> Image.Image:
    """Show a video's first picture, as a player would."""
    path = folder / "first.png"
    run_here(["-i", str(video), "-frames:v", "1", "-update", "1", str(path)])
    with Image.open(path) as picture:
        return picture.convert("RGB")
