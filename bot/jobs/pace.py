"""How long a video takes, learned from past ones, and when to look again. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

ENOUGH_SAMPLES = 3
"""So many past videos say more than what is published."""
GUESSED_WAIT_SECONDS = 180.0
"""Paces the polls of a model of which nothing is known yet; members are not told it."""
LONGEST_SECONDS = 86_400.0
"""No video takes longer: by then a job is given up."""
OVERDUE_POLL_SECONDS = 300.0
"""The slowest pace, for jobs beyond their model's longest wait."""


@dataclass(frozen=True)
class Expectation:
    """How long a video of this kind takes from submit to finish."""

    seconds: float
    samples: int
    """How many past videos tell so; 0: it is the published figure, or a guess."""
    known: bool = True
    """False: nothing is published, and too few videos have been made to tell."""

    def ready_at(self, submitted_at: datetime) -> datetime:
        """Tell when the video may be expected."""
        return submitted_at + timedelta(seconds=self.seconds)


def took_seconds(submitted_at: datetime, now: datetime) -> float | None:
    """Tell by the wall clock how long a video took that another process has submitted.

    None where a clock that was set in between tells nonsense.
    """
    seconds = (now - submitted_at).total_seconds()
    return seconds if 0 <= seconds <= LONGEST_SECONDS else None


def expect(past_waits_seconds: Sequence[float], usual_wait_seconds: float | None) -> Expectation:
    """Expect the median of the past waits, or the published wait where there are too few."""
    if len(past_waits_seconds) < ENOUGH_SAMPLES:
        if usual_wait_seconds is None:
            return Expectation(GUESSED_WAIT_SECONDS, 0, known=False)
        return Expectation(usual_wait_seconds, 0)
    return Expectation(median(past_waits_seconds), len(past_waits_seconds))


def poll_delay_seconds(
    elapsed_seconds: float,
    expected_seconds: float,
    longest_seconds: float,
    least_seconds: float,
    most_seconds: float,
) -> float:
    """Tell how long to wait before the next poll of a job.

    A quarter of the distance from the expected end, before it as after it: seldom while nothing
    can have happened, often when the video is due. Beyond the model's longest wait a tenth of
    the time that has passed, so that a late video is still found, at ever less cost.
    """
    if elapsed_seconds > longest_seconds:
        return max(most_seconds, min(elapsed_seconds / 10, OVERDUE_POLL_SECONDS))
    return min(max(least_seconds, abs(expected_seconds - elapsed_seconds) / 4), most_seconds)


def retry_delay_seconds(attempt: int, first_seconds: float, most_seconds: float) -> float:
    """Tell how long to wait after the ``attempt``-th failure in a row (from 1): twice each time."""
    return min(first_seconds * 2.0 ** min(attempt - 1, 30), most_seconds)
