"""What is played: one member's command."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from bot.catalogue import load_catalogue

USUAL_SECONDS, USUAL_SIZE = 8, "1280x720"
T = TypeVar("T")


class DemoFailed(Exception):
    """The play did not end as it should; the text says where."""


@dataclass(frozen=True)
class Play:
    """What the member asks for."""

    prompt: str
    duration: int
    size: str
    model: str
    image: Path | None = None

    def options(self) -> Mapping[str, Any]:
        """Name the command's options."""
        return {name: value for name, value in vars(self).items() if value is not None}


def plan_play(
    prompt: str, model: str, duration: int | None, size: str | None, image: Path | None
) -> Play:
    """Fill in what was not said by what the model has; raise DemoFailed for no such model."""
    catalogue = load_catalogue()
    if model not in catalogue:
        raise DemoFailed(f"there is no model {model}, but {', '.join(catalogue)}")
    chosen = catalogue[model]
    return Play(
        prompt,
        duration or _usual(USUAL_SECONDS, chosen.durations_seconds),
        size or _usual(USUAL_SIZE, chosen.sizes),
        model,
        image,
    )


def _usual(wanted: T, possible: Sequence[T]) -> T:
    return wanted if wanted in possible else possible[0]
