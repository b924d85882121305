"""Plans: what a test or the demo's page wants the next generations to do."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from bot.sandbox.clock import SandboxClock


@dataclass(eq=False)
class Plan:
    """What the next generations do, whoever makes them; each stand-in adds its own wishes."""

    clock: SandboxClock
    times: int | None = 1
    """How many submits it is still for; None: every one."""
    error: str | None = None
    """The text of the error in which they end; None: they succeed."""
    hold: bool = False
    """They stay at work until ``release`` or ``fail``."""
    queue_seconds: float | None = None
    """None: as long as the sandbox says."""
    processing_seconds: float | None = None
    """None: as long as the sandbox says."""
    video: bytes | Path | None = None
    """Exactly what is served as the video; None: one is rendered."""
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


AnyPlan = TypeVar("AnyPlan", bound=Plan)


class Plans(list[AnyPlan]):
    """The plans that wait for submits: counted ones in order, then the newest standing one."""

    def take(self) -> AnyPlan | None:
        """Hand out the plan for a submit that is accepted; None where nothing is planned."""
        plan = self.peek()
        if plan is not None and plan.times is not None:
            plan.times -= 1
            if plan.times <= 0:
                self.remove(plan)
        return plan

    def peek(self) -> AnyPlan | None:
        """Show the plan that the next submit will take; None where nothing is planned."""
        counted = (plan for plan in self if plan.times is not None)
        return next(counted, self[-1] if self else None)
