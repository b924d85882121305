"""A measurement: something that is done once in a run and yields figures."""

from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from tests.benchmarks.figures import Figure


class MeasurementFailed(Exception):
    """What should have been measured did not happen; the message says what did."""


@dataclass(frozen=True)
class Measurement:
    """What is measured together, in one world or in equal ones."""

    name: str
    figures: Callable[[], AsyncGenerator[Figure]]
    """Gives each figure as soon as it is known; raises MeasurementFailed."""
    most_seconds: float
    """Longer than this it is given up."""
