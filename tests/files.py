"""Looking at files from within asynchronous tests."""

from pathlib import Path

from bot.jobs.journal import FILE_NAME


def read(path: Path) -> bytes:
    """Read a whole file; nothing where there is none."""
    return path.read_bytes() if path.exists() else b""


def names_in(folder: Path) -> list[str]:
    """List what is in a folder, sorted; the journal of submits apart."""
    return sorted(each.name for each in folder.iterdir() if each.name != FILE_NAME)


def write(path: Path, content: bytes) -> Path:
    """Write a file, and its folder where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
