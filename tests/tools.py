"""An ffmpeg that does something else."""

from pathlib import Path

import pytest


def spoilt_ffmpeg(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str | None) -> None:
    """Put a shell script in the place of ffmpeg, or nothing at all."""
    path = folder / "ffmpeg"
    if script is not None:
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o700)
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", str(path))
