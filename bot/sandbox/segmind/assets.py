"""Uploaded files, kept for as long as the sandbox runs."""

import asyncio
import base64
import binascii
import mimetypes
import re
from pathlib import Path
from uuid import uuid4

_DATA_URL = re.compile(r"data:((?:image|audio|video)/[\w.+-]+);base64,(.+)", re.DOTALL)


def parse_data_url(url: str) -> tuple[str, bytes]:
    """Take a media type and the bytes out of a base64 data URL.

    Raises ValueError where it is none, is empty, or is of a kind that is not taken.
    """
    match = _DATA_URL.fullmatch(url)
    extension = match and mimetypes.guess_extension(match[1])
    if not match or not extension:
        raise ValueError("Not a data URL of an image, a sound or a video in base64")
    try:
        return extension, base64.b64decode(match[2], validate=True)
    except binascii.Error as broken:
        raise ValueError(f"Not base64: {broken}") from broken


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
