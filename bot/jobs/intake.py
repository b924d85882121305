"""Members' pictures on their way into an order: few of each at once, and none is left behind."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import TypeVar

import structlog

from bot.clock import Clock
from bot.credits import Payer
from bot.errors import PicturesUnderWay, StorageError
from bot.jobs.deletions import content_of, unused_pictures
from bot.pictures import Fit, Pictures
from bot.storage import Database

MOST_UNDER_WAY = 2
"""So many pictures of a member are received at the same time."""

T = TypeVar("T")

log = structlog.get_logger()


@dataclass(frozen=True)
class Intake:
    """Receives pictures for orders."""

    database: Database
    clock: Clock
    pictures: Pictures
    _under_way: Counter[Payer] = field(default_factory=Counter)
    _in_hand: Counter[str] = field(default_factory=Counter)
    """The contents of which an order is just being made: the database does not know them yet."""

    def check(self, payer: Payer) -> None:
        """Raise PicturesUnderWay where a member must wait for the pictures before this one."""
        if self._under_way[payer] >= MOST_UNDER_WAY:
            raise PicturesUnderWay(MOST_UNDER_WAY)

    @contextlib.asynccontextmanager
    async def received(self, payer: Payer, url: str, fit: Fit) -> AsyncIterator[str]:
        """Receive a picture for what is done with it here; without success nothing stays of it.

        Raises PicturesUnderWay, PictureRefused or a StorageError.
        """
        self.check(payer)
        self._under_way[payer] += 1
        try:
            picture = await self.pictures.receive(url, fit, payer)
        finally:
            _count_down(self._under_way, payer)
        content = content_of(picture)
        self._in_hand[content] += 1
        used = False
        try:
            yield picture
            used = True
        finally:
            _count_down(self._in_hand, content)
            if not used:
                await self.discard(picture)

    async def discard(self, picture: str, size: str | None = None) -> None:
        """Delete a picture that a draft or a job had, unless something else starts from it.

        ``size``: as in jobs. What fails here the sweep does once it is a day old.
        """
        content = content_of(picture)
        try:
            unused = await self.database.read(unused_pictures, [content])
            if unused and not self._in_hand[content]:
                now = self.clock.now()
                await asyncio.to_thread(self.pictures.delete, picture, size, now)
        except (OSError, StorageError) as error:
            log.warning("picture.kept", kind=type(error).__name__)


def _count_down(counts: Counter[T], key: T) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
