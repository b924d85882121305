"""Where the videos are kept: a file a job, just as it came, and beside it what was made of it."""

import asyncio
import hashlib
import os
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from bot.delivery.fetch import VideoSource
from bot.delivery.fit import PART_SUFFIX as HALF_COPY_SUFFIX
from bot.delivery.fit import delete_copies
from bot.delivery.video import Video, probe
from bot.errors import DeliveryError
from bot.exhaustion import own_files

PART_SUFFIX = ".part"
WHOLE_SUFFIX = f".whole{PART_SUFFIX}"
LEFTOVER_SECONDS = 86_400.0
"""A half file this old is nobody's any more: fetches and encodes end within minutes."""


@dataclass(frozen=True)
class Archive:
    """A folder of videos, named by the job's number."""

    folder: Path

    def path(self, job_id: int) -> Path:
        """Tell where a job's video is, or would be."""
        return self.folder / f"{job_id}.mp4"

    async def take(self, job_id: int, url: str, source: VideoSource) -> Video:
        """Fetch a job's video, check it and keep it; raise a DeliveryError or StorageError.

        The name appears only when the file is whole and checked. A file that could not be checked
        (ToolFailed) stays: asked again for the same address, it is not fetched again.
        """
        await asyncio.to_thread(_make, self.folder)
        part = self.folder / f"{job_id}{PART_SUFFIX}"
        whole = self.folder / f"{job_id}.{_digest(url)}{WHOLE_SUFFIX}"
        try:
            if not await asyncio.to_thread(whole.exists):
                await source.fetch(url, part)
                await asyncio.to_thread(_rename, part, whole)
            video = await probe(whole)
        except DeliveryError:
            for path in (part, whole):
                await asyncio.to_thread(path.unlink, missing_ok=True)
            raise
        # Copies that are there are of another video: an older one, or an older database's.
        await asyncio.to_thread(_delete_copies, self.path(job_id))
        await asyncio.to_thread(_rename_durably, whole, self.path(job_id))
        return replace(video, path=self.path(job_id))

    async def open(self, job_id: int) -> Video:
        """Look at a kept video; raise NotAVideo where it is gone or spoilt, or a StorageError."""
        return await probe(self.path(job_id))

    def delete(self, job_id: int) -> None:
        """Delete a job's video and its copies, if they are there. Blocking; raises OSError."""
        # In this order: whoever makes a copy just now looks for the video when it is done.
        self.path(job_id).unlink(missing_ok=True)
        delete_copies(self.path(job_id))

    def sweep(self, now: datetime) -> None:
        """Delete what a killed process left half done, once it is surely nobody's. Blocking."""
        for suffix in (PART_SUFFIX, HALF_COPY_SUFFIX):
            for path in self.folder.glob(f"*{suffix}"):
                if now.timestamp() - path.stat().st_mtime > LEFTOVER_SECONDS:
                    path.unlink(missing_ok=True)


def _digest(url: str) -> str:
    """Name an address: numbers alone could be those of an older database's jobs."""
    return hashlib.sha256(url.encode()).hexdigest()[:16]


def _make(folder: Path) -> None:
    with own_files():
        folder.mkdir(parents=True, exist_ok=True)


def _delete_copies(video: Path) -> None:
    with own_files():
        delete_copies(video)


def _rename(source: Path, target: Path) -> None:
    with own_files():
        source.replace(target)


def _rename_durably(source: Path, target: Path) -> None:
    with own_files():
        # First: without a handle for it, nothing is renamed yet.
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            source.replace(target)
            os.fsync(folder)
        finally:
            os.close(folder)
