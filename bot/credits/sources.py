"""Where credits come from, and in which order they are spent. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

SourceKind = Literal["allowance", "pool", "grant"]


@dataclass(frozen=True)
class Source:
    """So many credits of one source: what is left there, or what it pays."""

    kind: SourceKind
    amount: int
    pool_id: int = 0
    """0 unless it is a pool."""
    target_id: int = 0
    """The role or channel that shares the pool."""
    shared_by: Literal["role", "channel"] | None = None
    """None unless it is a pool."""


def draw(sources: Iterable[Source], amount: int) -> list[Source]:
    """Take the amount from the sources in their order, from each as much as there is.

    Tells what each one pays; the amounts sum to less than ``amount`` where there is not enough.
    """
    parts = []
    for source in sources:
        part = min(amount, source.amount)
        if part > 0:
            parts.append(replace(source, amount=part))
            amount -= part
    return parts


def give_back(parts: Iterable[int], amount: int) -> list[int]:
    """Tell how much of ``amount`` goes back to each part, what was taken last first.

    ``parts`` are in the order in which they were taken, and so is what is told.
    """
    returned = []
    for part in reversed(list(parts)):
        returned.append(min(part, amount))
        amount -= returned[-1]
    return returned[::-1]
