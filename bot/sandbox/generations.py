"""Generations: what was submitted, and its state, told from the clock whenever it is asked."""

import asyncio
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal
from uuid import uuid4

from bot.sandbox.clock import SandboxClock
from bot.sandbox.plans import Plan

State = Literal["QUEUED", "PROCESSING", "COMPLETED", "FAILED"]


@dataclass(frozen=True)
class Look:
    """A generation at one moment, whole: its parts can't contradict one another."""

    state: State
    error: str | None
    """Why it has failed; None where it has not."""
    cost: float
    """What its key is charged, in US dollars: failures are given back."""
    queue_seconds: float
    """How long it has waited."""
    processing_seconds: float
    """How long it has been worked on."""

    @property
    def is_over(self) -> bool:
        """Whether it has completed or failed."""
        return self.state in {"COMPLETED", "FAILED"}


@dataclass(eq=False, kw_only=True)
class Generation(ABC):
    """One accepted submit; each stand-in adds what was asked for, in its own terms."""

    key: str
    verdict: str | None
    """Why it will fail whatever is planned; None where nothing is wrong with the request."""
    film: asyncio.Future[Path] | None
    """The video's file; None where it fails and needs none."""
    plan: Plan
    queue_seconds: float
    """Unless the plan says otherwise; so for the next."""
    processing_seconds: float
    clock: SandboxClock
    submitted_at: datetime
    polls: int = 0
    """How many times its status was asked for."""
    downloads: int = 0
    """How many times its video was asked for, parts of it included."""
    media_name: str = field(default_factory=lambda: f"{uuid4().hex}.mp4")

    @property
    @abstractmethod
    def price(self) -> float:
        """What it costs where it does not fail, in US dollars."""

    def look(self) -> Look:
        """Tell what it is at this moment of the sandbox's clock."""
        now, starts_at, ends_at = self.clock.now(), self._starts_at, self._ends_at
        is_due = ends_at is not None and now >= ends_at
        error = self._failure if is_due else None
        until = min(now, ends_at or now)
        return Look(
            state=self._state(now, is_due=is_due, error=error),
            error=error,
            cost=self.price if error is None else 0.0,
            queue_seconds=(min(until, starts_at) - self.submitted_at).total_seconds(),
            processing_seconds=max(0.0, (until - starts_at).total_seconds()),
        )

    @property
    def state(self) -> State:
        """The state that ``look`` tells."""
        return self.look().state

    @property
    def error(self) -> str | None:
        """The error that ``look`` tells."""
        return self.look().error

    @property
    def cost(self) -> float:
        """The cost that ``look`` tells, in US dollars."""
        return self.look().cost

    def _state(self, now: datetime, *, is_due: bool, error: str | None) -> State:
        if error is not None:
            return "FAILED"
        if is_due and self._is_rendered:
            return "COMPLETED"
        return "QUEUED" if now < self._starts_at else "PROCESSING"

    @property
    def _starts_at(self) -> datetime:
        planned = self.plan.queue_seconds
        seconds = self.queue_seconds if planned is None else planned
        return self.submitted_at + timedelta(seconds=seconds)

    @property
    def _ends_at(self) -> datetime | None:
        if self.plan.released_at is not None:
            return max(self.plan.released_at, self.submitted_at)
        if self.plan.hold:
            return None
        planned = self.plan.processing_seconds
        seconds = self.processing_seconds if planned is None else planned
        return self._starts_at + timedelta(seconds=seconds)

    @property
    def _is_rendered(self) -> bool:
        return self.film is not None and self.film.done() and not self.film.cancelled()

    @property
    def _failure(self) -> str | None:
        if self.plan.error is not None:
            return self.plan.error
        if self.verdict is not None:
            return self.verdict
        if self.film is not None and self._is_rendered and (broken := self.film.exception()):
            return f"Rendering failed: {broken}"
        return None
