"""Videos that came with the provider's answer and lie on our disk already."""

import asyncio
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.delivery.fetch import Fetcher
from bot.errors import NotAVideo
from bot.exhaustion import own_trouble


@dataclass(frozen=True)
class ArrivedVideos:
    """Takes such a video from its file, and any other from the web."""

    file_of: Callable[[str], Path | None]
    """Tells where an arrived video's file is; None for an address in the web."""
    web: Fetcher

    async def fetch(self, url: str, target: Path) -> None:
        """Give the video a second name, or fetch it; raise a DeliveryError or StorageError.

        It keeps its first until ``forget``: a crash in between finds it again.
        """
        file = self.file_of(url)
        if file is None:
            await self.web.fetch(url, target)
            return
        try:
            await asyncio.to_thread(_link, file, target)
        except FileNotFoundError:
            raise NotAVideo("the arrived file is gone") from None
        except OSError as error:
            # The operator's disk, not the provider's video: it must not end in a refund.
            raise own_trouble(error) from error

    async def has(self, url: str) -> bool:
        """Tell whether the video is in the web: a file of ours is nothing to point to."""
        return self.file_of(url) is None and await self.web.has(url)

    async def forget(self, url: str) -> None:
        """Take the first name away."""
        file = self.file_of(url)
        if file is not None:
            await asyncio.to_thread(file.unlink, missing_ok=True)


def _link(file: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    try:
        os.link(file, target)
    except FileNotFoundError:
        raise
    except OSError:
        # Not every file system knows second names.
        shutil.copyfile(file, target)
