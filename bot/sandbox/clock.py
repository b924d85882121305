"""The sandbox's own time, which can run faster than ours and can be moved."""

import asyncio
import time
from datetime import UTC, datetime, timedelta


class SandboxClock:
    """Simulated time: it starts at the present and runs ``speed`` times as fast."""

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._origin = datetime.now(UTC)
        self._anchor = time.monotonic()

    @property
    def speed(self) -> float:
        """Simulated seconds that pass in one real second."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._origin, self._anchor = self.now(), time.monotonic()
        self._speed = speed

    def now(self) -> datetime:
        """Tell the simulated time, aware, in UTC."""
        return self._origin + timedelta(seconds=(time.monotonic() - self._anchor) * self._speed)

    def advance(self, seconds: float) -> None:
        """Move the simulated time forward at once; sleepers are not woken early."""
        self._origin += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        """Wait for so many simulated seconds at the present speed."""
        await asyncio.sleep(max(0.0, seconds) / self._speed)
