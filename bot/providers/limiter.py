"""How often one key may ask: a rate, pauses that the provider asked for, and who goes first."""

import asyncio
import itertools
from enum import IntEnum

from bot.clock import Clock
from bot.errors import NotSubmitted

LONGEST_SLEEP_SECONDS = 3600.0
"""So long at most one who waits for others to go first does not look; it is woken before."""


class Priority(IntEnum):
    """Who goes first where several wait: the least."""

    SUBMIT = 0
    """A member waits for it."""
    POLL = 1


class KeyLimiter:
    """One for each key, whatever the key is used for."""

    def __init__(self, clock: Clock, requests_per_minute: float) -> None:
        self._clock = clock
        self._waiting: dict[tuple[Priority, int], asyncio.Event] = {}
        """By whose turn it is, with what wakes each."""
        self._numbers = itertools.count()
        self._paused_until = 0.0
        self._burst, self._per_second = _shape(requests_per_minute)
        self._tokens = self._burst
        self._counted_at = clock.monotonic()

    @property
    def paused_for_seconds(self) -> float:
        """How long the provider wants to be left alone still; 0: it takes requests."""
        return max(0.0, self._paused_until - self._clock.monotonic())

    def set_rate(self, requests_per_minute: float) -> None:
        """Let so many requests through in any minute from now on."""
        self._count()
        self._burst, self._per_second = _shape(requests_per_minute)
        self._tokens = min(self._tokens, self._burst)
        self._wake_first()

    def pause(self, seconds: float) -> None:
        """Let nothing through for so long: the provider said so."""
        self._paused_until = max(self._paused_until, self._clock.monotonic() + seconds)
        for woken in self._waiting.values():
            woken.set()

    async def acquire(self, priority: Priority) -> None:
        """Wait until a request may go out; it counts as one.

        A submit does not wait for a pause's end, since its job can wait better: NotSubmitted.
        """
        ticket = (priority, next(self._numbers))
        woken = self._waiting[ticket] = asyncio.Event()
        try:
            while (seconds := self._wait_seconds(ticket)) > 0:
                woken.clear()
                await self._clock.wait(woken, min(seconds, LONGEST_SLEEP_SECONDS))
            self._tokens -= 1
        finally:
            del self._waiting[ticket]
            self._wake_first()

    def _wait_seconds(self, ticket: tuple[Priority, int]) -> float:
        """Tell how long a ticket waits if nothing changes; infinity: until its turn comes."""
        pause = self.paused_for_seconds
        if pause > 0 and ticket[0] is Priority.SUBMIT:
            raise NotSubmitted("the provider has asked to be left alone", pause)
        if ticket != min(self._waiting):
            return float("inf")
        self._count()
        missing = max(0.0, 1.0 - self._tokens) / self._per_second
        # A sum of many small steps may miss the whole by a hair, and no clock sleeps so short.
        return max(pause, missing if missing > 1e-6 else 0.0)  # noqa: PLR2004 - a microsecond

    def _wake_first(self) -> None:
        """Let the one whose turn it is look again."""
        if self._waiting:
            self._waiting[min(self._waiting)].set()

    def _count(self) -> None:
        """Add what has come in since the last time."""
        now = self._clock.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._counted_at) * self._per_second)
        self._counted_at = now


def _shape(requests_per_minute: float) -> tuple[float, float]:
    """Tell the burst and the rate a second: no minute has more than is allowed."""
    a_second = requests_per_minute / 60
    if a_second < 1:
        return 1.0, a_second
    return a_second, a_second * 59 / 60
