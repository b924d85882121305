"""Plans: what a test or the demo's page wants the next generations to do."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from bot.sandbox.clock import SandboxClock

OutputShape = Literal["string", "video", "list", "object"]


@dataclass(eq=False)
class Plan:
    """What the next generations do; ``SegmindSandbox.plan`` makes and queues it."""

    clock: SandboxClock
    times: int | None = 1
    """How many submits it is still for; None: every one."""
    error: str | None = None
    """The text of the error in which they end; None: they succeed."""
    retired: bool = False
    """The submit is refused with 410."""
    hold: bool = False
    """They stay in PROCESSING until ``release`` or ``fail``."""
    queue_seconds: float | None = None
    """None: as long as the sandbox says."""
    processing_seconds: float | None = None
    """None: as long as the sandbox says."""
    video: bytes | Path | None = None
    """Exactly what is served as the video; None: one is rendered."""
    status_word: str | None = None
    """What is said in place of QUEUED and PROCESSING."""
    output_shape: OutputShape = "string"
    released_at: datetime | None = field(default=None, init=False)

    def release(self) -> None:
        """Let what is held complete, as soon as its video is rendered.

        Raises RuntimeError where the plan holds nothing back, or no longer.
        """
        if not self.hold or self.released_at is not None:
            raise RuntimeError("This plan holds nothing back")
        self.released_at = self.clock.now()

    def fail(self, error: str) -> None:
        """Let what is held fail at once. Raises RuntimeError as ``release`` does."""
        self.release()
        self.error = error


class Plans(list[Plan]):
    """The plans that wait for submits: counted ones in order, then the newest standing one."""

    def take(self) -> Plan | None:
        """Hand out the plan for a submit that is accepted; None where nothing is planned."""
        plan = self._next
        if plan is not None and plan.times is not None:
            plan.times -= 1
            if plan.times <= 0:
                self.remove(plan)
        return plan

    def take_retirement(self) -> bool:
        """Tell whether the submit at hand is to be refused with 410; if so, count it."""
        if self._next is None or not self._next.retired:
            return False
        self.take()
        return True

    @property
    def _next(self) -> Plan | None:
        counted = (plan for plan in self if plan.times is not None)
        return next(counted, self[-1] if self else None)
