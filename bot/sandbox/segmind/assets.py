"""Uploaded files, kept for as long as the sandbox runs."""

import asyncio
from pathlib import Path
from uuid import uuid4


class Assets:
    """The uploads of one sandbox."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._names: set[str] = set()

    async def keep(self, extension: str, content: bytes) -> str:
        """Store a file and tell the name by which it is served."""
        name = uuid4().hex + extension
        await asyncio.to_thread((self._folder / name).write_bytes, content)
        self._names.add(name)
        return name

    def find(self, name: str) -> Path | None:
        """Tell where the file of this name is; None where there is none."""
        return self._folder / name if name in self._names else None
