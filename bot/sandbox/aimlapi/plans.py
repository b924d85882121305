"""What a plan can wish of AI/ML API in particular."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.sandbox import plans

ErrorShape = Literal["named", "detail"]
"""How an error is told: with a name and a message, or as a list of what is wrong."""


@dataclass(eq=False)
class Plan(plans.Plan):
    """What the next generations do; ``AimlapiSandbox.plan`` makes and queues it."""

    waiting_words: Sequence[str] = ()
    """What polls are told before the end, one after another, the last one for as long as it takes.

    Empty: queued and generating, as it is.
    """
    completed_word: str = "completed"
    failed_word: str = "error"
    error_shape: ErrorShape = "named"
