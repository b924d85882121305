"""How long a video takes, and when to look again."""

from statistics import median

from hypothesis import assume, given
from hypothesis import strategies as st

from bot.jobs.pace import (
    ENOUGH_SAMPLES,
    OVERDUE_POLL_SECONDS,
    Expectation,
    expect,
    poll_delay_seconds,
    retry_delay_seconds,
)
from tests.unit.samples import NOW

SECONDS = st.floats(0.1, 1e5)
EXPECTED, LONGEST, LEAST, MOST = 180.0, 1800.0, 2.0, 15.0


def delay(elapsed: float) -> float:
    """Pace a job of a usual model with the usual settings."""
    return poll_delay_seconds(elapsed, EXPECTED, LONGEST, LEAST, MOST)


@given(SECONDS, SECONDS, SECONDS, SECONDS, SECONDS)
def test_polls_keep_to_the_operators_bounds(
    elapsed: float, expected: float, longest: float, least: float, most: float
) -> None:
    """Never faster than the least; slower than the most only for what is overdue."""
    assume(least <= most)

    seconds = poll_delay_seconds(elapsed, expected, longest, least, most)

    assert least <= seconds <= max(most, OVERDUE_POLL_SECONDS)
    if elapsed <= longest:
        assert seconds <= most
    else:
        assert seconds >= most


@given(st.floats(EXPECTED, 1e6), st.floats(EXPECTED, 1e6))
def test_after_the_expected_end_polls_become_rarer(one: float, other: float) -> None:
    """The longer a video is late, the less often it is asked for, also beyond the longest wait."""
    assert delay(min(one, other)) <= delay(max(one, other))


@given(st.floats(0, EXPECTED), st.floats(0, EXPECTED))
def test_towards_the_expected_end_polls_become_more_frequent(one: float, other: float) -> None:
    """While nothing can have happened, nobody asks."""
    assert delay(min(one, other)) >= delay(max(one, other))


def test_a_video_that_comes_as_expected_costs_few_polls_and_is_found_at_once() -> None:
    """About twenty polls for three minutes, and the last one no later than the least pace."""
    elapsed, polls = 0.0, 0
    while elapsed < EXPECTED:
        elapsed += delay(elapsed)
        polls += 1

    assert polls <= 25
    assert elapsed - EXPECTED <= LEAST


def test_a_job_that_is_overdue_is_still_looked_at() -> None:
    """A day late, it is asked for every five minutes."""
    assert delay(24 * 3600.0) == OVERDUE_POLL_SECONDS


def test_an_operators_slow_pace_is_not_overtaken_when_a_job_is_overdue() -> None:
    """Where the most is over five minutes, it holds."""
    assert poll_delay_seconds(1e6, 180, 1800, 2, 900) == 900


@given(st.lists(st.floats(1, 1e5), max_size=30), SECONDS)
def test_what_is_expected_is_learned_from_enough_videos(
    waits: list[float], published: float
) -> None:
    """From three videos on it is their median; before, what is published, and it says so."""
    expectation = expect(waits, published)

    if len(waits) < ENOUGH_SAMPLES:
        assert (expectation.seconds, expectation.samples) == (published, 0)
    else:
        assert (expectation.seconds, expectation.samples) == (median(waits), len(waits))


def test_without_a_published_wait_or_enough_videos_it_is_a_guess_and_says_so() -> None:
    """A guess paces the polls; the embed tells members none."""
    assert not expect([], None).known
    assert not expect([90.0] * (ENOUGH_SAMPLES - 1), None).known
    assert expect([90.0] * ENOUGH_SAMPLES, None) == Expectation(90.0, ENOUGH_SAMPLES)
    assert expect([], 60).known


def test_one_slow_video_does_not_change_what_is_expected() -> None:
    """A median is not moved by a single stray."""
    assert expect([100, 101, 102, 9000], 180).seconds == 101.5


def test_a_video_is_ready_so_many_seconds_after_its_submit() -> None:
    """The moment follows from the submit, not from when somebody looks."""
    assert (expect([], 60).ready_at(NOW) - NOW).total_seconds() == 60


@given(st.integers(1, 5000), st.floats(0.01, 10), st.floats(10, 1e4))
def test_retries_come_twice_as_late_each_time_up_to_the_most(
    attempt: int, first: float, most: float
) -> None:
    """The first after the first wait, none sooner than the one before, none beyond the most."""
    seconds = retry_delay_seconds(attempt, first, most)

    assert retry_delay_seconds(1, first, most) == first
    assert seconds <= most
    following = retry_delay_seconds(attempt + 1, first, most)
    assert following == min(2 * seconds, most) or attempt > 30
