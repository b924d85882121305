"""Snowflakes: Discord's ids, which sort by the time they were made."""

from bot.sandbox.clock import SandboxClock

EPOCH_MILLISECONDS = 1_420_070_400_000
"""The first second of 2015, from which Discord counts (Discord's documentation)."""


class Snowflakes:
    """Ids of one sandbox: unique, and growing even where the clock stands still."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._last = 0

    def next(self) -> int:
        """Make an id, larger than every one before."""
        milliseconds = int(self._clock.now().timestamp() * 1000) - EPOCH_MILLISECONDS
        self._last = max(self._last + 1, milliseconds << 22)
        return self._last
