"""Something that is to be brought to a member, by the ways that Discord leaves for it."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

import structlog

from bot.delivery.plan import Fitted, Unattached
from bot.delivery.video import Video
from bot.notifier.doors import DEFAULT_LIMIT_BYTES
from bot.notifier.ways import Outcome, Refused, Way, learn, next_way

log = structlog.get_logger()


@dataclass
class Errand:
    """What is to be brought, what is known of the ways, and how to go one."""

    job_id: int
    send: Callable[[Way, Fitted], Awaitable[Outcome]]
    """Goes a way with a file, or without one and the reason for that."""
    keep: Callable[[frozenset[Refused]], Awaitable[None]]
    """Writes down what is refused, before the next way is tried."""
    limits: Callable[[Way], Collection[int]] = lambda _: (DEFAULT_LIMIT_BYTES,)
    """Tells what an upload may have, in bytes."""
    fit: Callable[[Video, int], Awaitable[Fitted]] | None = None
    """Makes a copy of the video that fits."""
    at_hand: Callable[[Video, int], Awaitable[Fitted | None]] | None = None
    """Gives such a copy where it need not be made first."""
    knock: Callable[[Way], Awaitable[Outcome]] | None = None
    """Finds out without the file whether a way is open, before a copy is made for it."""
    video: Video | None = None
    why_not: Unattached = Unattached.REFUSED
    """Why the video is not attached, where it is not."""
    refused: frozenset[Refused] = frozenset()
    knocked: bool = False
    """Whether it is known that the way is open."""
    gone: bool = False
    """Whether there is no message that could be edited."""

    async def run(self) -> tuple[Outcome, Way]:
        """Try the ways in turn, until one is taken or no other follows from what is heard."""
        attachable = self.video is not None
        while True:
            way = next_way(self.refused, video=attachable, gone=self.gone)
            outcome = await self._go(way)
            if outcome is Outcome.MESSAGE_GONE and not way.anew:
                self.gone = True
                continue
            if outcome is Outcome.TOO_LARGE and way.video:
                attachable = False
                continue
            learned = learn(self.refused, way, outcome, gone=self.gone)
            if outcome is Outcome.DONE or learned == self.refused:
                return outcome, way
            log.warning("way.refused", job=self.job_id, way=str(way), outcome=outcome.name)
            self.refused = learned
            await self.keep(learned)

    async def _go(self, way: Way) -> Outcome:
        if way.video and self.video is not None:
            return await self._attach(way, self.video)
        return await self.send(way, Fitted(None, self.why_not))

    async def _attach(self, way: Way, video: Video) -> Outcome:
        """Try the video at the limits, and at the least limit that Discord has.

        The limit that Discord names can be more than it takes (Discord's documentation). What was
        refused is not sent again under a limit that it keeps as well. TOO_LARGE: it is to be
        linked; ``why_not`` tells why.
        """
        assert self.fit is not None  # noqa: S101 - where there is a video, it is given
        refused_bytes = math.inf
        self.why_not = Unattached.TOO_LARGE
        limits = self.limits(way)
        for each in sorted({*limits, min(*limits, DEFAULT_LIMIT_BYTES)}, reverse=True):
            if each >= refused_bytes:
                continue
            if (outcome := await self._knock(way, video, each)) is not Outcome.DONE:
                self.why_not = Unattached.REFUSED
                return outcome
            copy = await self.fit(video, each)
            if copy.file is None:
                self.why_not = copy.why_not or Unattached.TOO_LARGE
                break
            outcome = await self.send(way, copy)
            self.knocked = True  # a file was answered: the way is open
            if outcome is not Outcome.TOO_LARGE:
                self.why_not = Unattached.REFUSED
                return outcome
            refused_bytes = (await asyncio.to_thread(copy.file.stat)).st_size
        return Outcome.TOO_LARGE

    async def _knock(self, way: Way, video: Video, limit_bytes: int) -> Outcome:
        """Knock before the work, once; what only the file can tell is no obstacle."""
        if self.knock is None or self.at_hand is None or self.knocked or self.gone or way.anew:
            return Outcome.DONE
        if await self.at_hand(video, limit_bytes) is not None:
            return Outcome.DONE
        outcome = await self.knock(way)
        self.knocked = outcome is Outcome.DONE
        return Outcome.DONE if outcome is Outcome.REJECTED else outcome
