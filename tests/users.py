"""Being another user of the machine, for tests that root runs."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NOBODY = 65_534

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")


@contextmanager
def as_nobody() -> Iterator[None]:
    """Do something as a user who owns nothing."""
    os.setresgid(NOBODY, NOBODY, 0)
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
        os.setresgid(0, 0, 0)


@contextmanager
def shared_folder(mode: int = 0o755) -> Iterator[Path]:
    """Make a folder that every user can enter; pytest's own are its user's alone."""
    folder = Path(tempfile.mkdtemp(prefix="sora-bot-test-"))
    folder.chmod(mode)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
