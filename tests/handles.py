"""A process that has no file handle left."""

import contextlib
import os
import resource
from collections.abc import Iterator
from pathlib import Path

FEW = 1024


@contextlib.contextmanager
def no_handles_left() -> Iterator[None]:
    """Take every handle that this process may have; they are given back afterwards."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken: list[int] = []
    resource.setrlimit(resource.RLIMIT_NOFILE, (FEW, hard))
    try:
        with contextlib.suppress(OSError):
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        yield
    finally:
        for each in taken:
            os.close(each)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def open_files() -> set[Path]:
    """List the files that this process has open."""
    found = set()
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):  # that of the listing itself
            found.add(link.readlink())
    return found
