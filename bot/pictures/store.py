"""Where received pictures are kept, each in the sizes in which it is wanted.

A picture is named by how it is to be fitted and by its content: ``cover:0123…``.
"""

import asyncio
import contextlib
import hashlib
import os
import secrets
from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from bot.delivery.fetch import Fetcher
from bot.errors import (
    AddressRefused,
    FetchFailed,
    NotAVideo,
    PictureFault,
    PictureRefused,
    ResourcesExhausted,
    StorageFull,
    VideoTooLarge,
)
from bot.exhaustion import own_files
from bot.pictures.turns import Turns
from bot.process import Limits, run_module

MAX_PICTURE_BYTES = 20 << 20
FETCH_SECONDS = 20.0
"""For a picture from Discord; the member waits."""
AT_ONCE = 1
"""So many pictures are worked on at the same time, for the memory that each may take."""
WORK_LIMITS = Limits(seconds=60.0, memory_bytes=2 << 30)
"""Pictures of 25 million pixels took up to 0.6 GiB of address space, in any format (measured)."""
_TROUBLES = {kind.__name__: kind for kind in (ResourcesExhausted, StorageFull)}
"""What a process that works on a picture may tell of this machine."""
_NAME_LETTERS = 32


class Fit(StrEnum):
    """How a picture of another shape fills the video."""

    COVER = "cover"
    """It fills the frame; what is beyond it is cut off."""
    CONTAIN = "contain"
    """All of it is shown, before a blurred edge."""


@dataclass(frozen=True)
class Pictures:
    """A folder of pictures."""

    folder: Path
    fetcher: Fetcher
    """Fetches from Discord, at most ``MAX_PICTURE_BYTES``."""
    _turns: Turns = field(default_factory=lambda: Turns(AT_ONCE))
    """Members in turn."""

    async def receive(self, url: str, fit: Fit = Fit.COVER, whose: Hashable = None) -> str:
        """Fetch, check and keep a picture; tell its name. ``whose`` turn it takes.

        Raises PictureRefused or a StorageError.
        """
        await asyncio.to_thread(_make_folder, self.folder)
        raw = self.folder / f"{secrets.token_hex(8)}.raw.part"
        try:
            await self._fetch(url, raw)
            name = await asyncio.to_thread(_digest, raw)
            kept = await self._make(whose, self._path(name, "jpg"), "clean", raw)
            # Received again, it is young again: no sweep may take it from its new order.
            await asyncio.to_thread(os.utime, kept)
        finally:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(raw.unlink)
        return f"{fit}:{name}"

    async def fitted(self, picture: str, size: str, whose: Hashable = None) -> Path:
        """Give a received picture in just these pixels.

        Raises PictureRefused where it is gone or spoilt, or a StorageError.
        """
        how, name = picture.split(":")
        width, height = map(int, size.split("x"))
        source = self._path(name, "jpg")
        target = self._path(name, f"{size}.{how}.jpg")
        return await self._make(whose, target, "fit", source, str(width), str(height), Fit(how))

    async def thumbnail(self, picture: str, whose: Hashable = None) -> Path:
        """Give a received picture small; raise like ``fitted``."""
        name = picture.split(":")[1]
        source = self._path(name, "jpg")
        return await self._make(whose, self._path(name, "thumb.jpg"), "shrink", source)

    def delete(self, picture: str, size: str | None, before: datetime) -> None:
        """Delete a picture, and what was made of it for a size. Blocking; raises OSError.

        Each by its name: listing the folder takes as long as there are pictures. One that was
        received again since ``before`` is somebody's new order's.
        """
        how, name = picture.split(":")
        endings = ["jpg", "thumb.jpg"] + ([f"{size}.{how}.jpg"] if size else [])
        if _is_older(self._path(name, "jpg"), before):
            for ending in endings:
                self._path(name, ending).unlink(missing_ok=True)

    def older(self, before: datetime) -> Sequence[str]:
        """List the pictures of which an older file is there, by their content. Blocking."""
        old = (path.name.split(".")[0] for path in self.folder.glob("*") if _is_older(path, before))
        return list(dict.fromkeys(old))

    def delete_older(self, contents: Collection[str], before: datetime) -> None:
        """Delete older files of these pictures, in all sizes. Blocking; raises OSError."""
        unused = set(contents)
        for path in self.folder.glob("*"):
            if path.name.split(".")[0] in unused and _is_older(path, before):
                path.unlink(missing_ok=True)

    async def _fetch(self, url: str, target: Path) -> None:
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                await self.fetcher.fetch(url, target)
        except VideoTooLarge:
            raise PictureRefused(PictureFault.TOO_MANY_BYTES, self.fetcher.max_bytes) from None
        except NotAVideo:
            raise PictureRefused(PictureFault.NOT_A_PICTURE) from None
        except (FetchFailed, AddressRefused, TimeoutError):
            raise PictureRefused(PictureFault.UNREADABLE) from None

    async def _make(
        self, whose: Hashable, target: Path, action: str, source: Path, *how: str
    ) -> Path:
        """Let a file that is not there yet be written; raise PictureRefused or a StorageError."""
        if await asyncio.to_thread(target.exists):
            return target
        async with self._turns.turn(whose):
            if not await asyncio.to_thread(target.exists):
                arguments = [action, str(source), str(target), *how]
                told = await run_module("bot.pixels.child", arguments, WORK_LIMITS)
                if "trouble" in told:
                    raise _TROUBLES[told["trouble"]]
                if "fault" in told:
                    raise PictureRefused(PictureFault(told["fault"]), told["limit"])
        return target

    def _path(self, name: str, ending: str) -> Path:
        return self.folder / f"{name}.{ending}"


def _is_older(path: Path, before: datetime) -> bool:
    """Tell whether it was written before then, or is gone meanwhile."""
    try:
        return path.stat().st_mtime < before.timestamp()
    except FileNotFoundError:
        return True


def _make_folder(folder: Path) -> None:
    with own_files():
        folder.mkdir(parents=True, exist_ok=True)


def _digest(file: Path) -> str:
    with own_files(), contextlib.closing(file.open("rb")) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:_NAME_LETTERS]
