"""Doors that were found shut: of many that wait for one, one knocks."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum, auto
from typing import NamedTuple
from weakref import WeakValueDictionary

from bot.clock import Clock
from bot.notifier.ways import Outcome

SHUT_SECONDS = 600.0
"""So long a door that was found shut is taken for that, unless it opens."""


class Act(StrEnum):
    """What is done in a channel; each needs permissions of its own."""

    EDIT = auto()
    SEND = auto()
    LOOK_BACK = auto()


class Door(NamedTuple):
    """A way into a channel."""

    channel_id: int
    act: Act
    files: bool = False


class Latches:
    """What is known of doors. While nothing is known of one, those who come go one at a time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._shut_until: dict[Door, float] = {}
        self._open: set[Door] = set()
        self._queues: WeakValueDictionary[Door, asyncio.Lock] = WeakValueDictionary()

    async def through(self, door: Door, go: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """Go through a door; CLOSED without a request where it was found shut."""
        if door in self._open:
            return self._note(door, await go())
        async with self._queue(door):
            if self.is_shut(door):
                return Outcome.CLOSED
            return self._note(door, await go())

    def _queue(self, door: Door) -> asyncio.Lock:
        """Give the lock of a door; it goes with the last who holds it."""
        lock = self._queues.get(door)
        if lock is None:
            lock = self._queues[door] = asyncio.Lock()
        return lock

    def is_shut(self, door: Door) -> bool:
        """Tell whether a door was found shut, and not long ago."""
        return self._shut_until.get(door, 0.0) > self._clock.monotonic()

    def lift(self, channel_id: int) -> None:
        """Forget what was found of a channel's doors: something has changed there."""
        for door in [each for each in self._shut_until if each.channel_id == channel_id]:
            del self._shut_until[door]
        self._open = {door for door in self._open if door.channel_id != channel_id}

    def _note(self, door: Door, outcome: Outcome) -> Outcome:
        if outcome is Outcome.CLOSED:
            self._open.discard(door)
            self._shut_until[door] = self._clock.monotonic() + SHUT_SECONDS
        elif outcome is Outcome.DONE:
            self._shut_until.pop(door, None)
            self._open.add(door)
        return outcome
