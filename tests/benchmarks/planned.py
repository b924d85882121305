"""What the pace plans for a job, to compare what is done with it."""

from collections.abc import Iterator
from itertools import takewhile

from bot.catalogue import load_catalogue
from bot.jobs.pace import poll_delay_seconds
from bot.jobs.stages import Pace

MODEL = load_catalogue()["sora-2"]
"""What members get who name no model."""


def poll_ages_seconds(pace: Pace, expected_seconds: float) -> Iterator[float]:
    """Give a job's age at each of its polls, without end."""
    age = pace.least_seconds
    while True:
        yield age
        age += poll_delay_seconds(
            age, expected_seconds, MODEL.longest_wait_seconds, pace.least_seconds, pace.most_seconds
        )


def polls_between(pace: Pace, expected_seconds: float, since: float, until: float) -> int:
    """Count the polls of a job between two ages in seconds."""
    ages = takewhile(lambda age: age <= until, poll_ages_seconds(pace, expected_seconds))
    return sum(age > since for age in ages)


def polls_of_life(pace: Pace, expected_seconds: float, seconds: float) -> int:
    """Count the polls of a job that takes so long, with the one that finds it finished."""
    return polls_between(pace, expected_seconds, 0, seconds) + 1
