"""Programs that do something else."""

import sys
from pathlib import Path

import pytest


def spoilt_ffmpeg(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str | None) -> None:
    """Put a shell script in the place of ffmpeg, or nothing at all."""
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", _program(folder / "ffmpeg", script))


def spoilt_python(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str | None) -> None:
    """Put a shell script in the place of the Python that reads files, or nothing at all."""
    monkeypatch.setattr(sys, "executable", _program(folder / "python", script))


def _program(path: Path, script: str | None) -> str:
    if script is not None:
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o700)
    return str(path)
