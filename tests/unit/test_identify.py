"""When another session may be begun, of how the ones before went and what Discord says."""

from datetime import timedelta

from hypothesis import example, given
from hypothesis import strategies as st

from bot.client.identify import (
    FORGOTTEN_SECONDS,
    FREE,
    HELD_SECONDS,
    PAUSE_SECONDS,
    RESERVE_PERCENT,
    SPACING_SECONDS,
    Row,
    StartLimit,
    limit_pause_seconds,
    own_pause_seconds,
    read_limit,
    read_row,
)
from tests.unit.samples import NOW

DAY_SECONDS = 86_400.0
MOST_A_DAY = 300
LASTED = st.just(0.0) | st.just(FORGOTTEN_SECONDS) | st.floats(0, 7200)
SESSIONS = st.lists(st.tuples(LASTED, st.booleans()), min_size=1, max_size=60)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=5), each),
    max_leaves=5,
)


@given(SESSIONS)
@example([(0.0, False)] * 10 + [(FORGOTTEN_SECONDS, False)])
def test_no_way_to_end_sessions_makes_too_many(ends: list[tuple[float, bool]]) -> None:
    """They last as long as they like, and end with their process or without, over and over."""
    at, count, last, begun = 0.0, 0, None, []
    while at < DAY_SECONDS * 1.5:
        for lasted, here in ends:
            ago = FORGOTTEN_SECONDS if last is None else at - last
            at += own_pause_seconds(Row(count, ago), here=here and last is not None)
            count = 1 + (count if last is not None and at - last < FORGOTTEN_SECONDS else 0)
            last = at
            begun.append(at)
            at += lasted
    for first in range(0, len(begun), 7):
        day = [each for each in begun[first:] if each < begun[first] + DAY_SECONDS]
        assert len(day) <= MOST_A_DAY


@given(st.integers(0, 10**9), st.floats(0, 1e9), st.booleans())
def test_a_pause_has_bounds(count: int, ago: float, here: bool) -> None:
    """At most ten minutes from the last session, at least Discord's spacing within a process."""
    pause = own_pause_seconds(Row(count, ago), here=here)
    assert 0.0 <= pause <= PAUSE_SECONDS[1]
    if here:
        assert pause + ago >= SPACING_SECONDS
    if ago >= FORGOTTEN_SECONDS:
        assert pause == 0.0


def test_a_pause_grows() -> None:
    """The first five follow at once; from then on each pause is twice the one before."""
    pauses = [own_pause_seconds(Row(count, 0.0), here=False) for count in range(FREE + 9)]
    assert pauses == [0, 0, 0, 0, 0, 0, 5, 10, 20, 40, 80, 160, 320, 600]


@given(st.integers(0, 10**6), st.integers(-10, 10**6), st.floats(-1e12, 1e12))
def test_the_reserve_is_left_alone(total: int, remaining: int, reset: float) -> None:
    """Below it the bot waits, an hour at most before it asks again and never without a pause."""
    pause = limit_pause_seconds(StartLimit(total, remaining, reset))
    if remaining <= total * RESERVE_PERCENT // 100:
        assert HELD_SECONDS[0] <= pause <= HELD_SECONDS[1]
    else:
        assert pause == 0.0


@given(JSON | st.dictionaries(st.just("session_start_limit"), JSON))
def test_any_answer_can_be_read(said: object) -> None:
    """One that names no limit is none."""
    assert read_limit(said) is None


def test_discord_s_answer_is_read() -> None:
    """Its times are in milliseconds (Discord's documentation)."""
    start = {"total": 1000, "remaining": 7, "reset_after": 1500, "max_concurrency": 1}
    assert read_limit({"url": "", "session_start_limit": start}) == StartLimit(1000, 7, 1.5)


@given(st.text(max_size=40) | st.none())
def test_any_note_can_be_read(noted: str | None) -> None:
    """What can't be read counts as nothing."""
    row = read_row(noted, NOW)
    assert row.ago_seconds >= 0.0


def test_a_note_of_the_future_is_now() -> None:
    """The clock was set back."""
    later = NOW + timedelta(days=9)
    assert read_row(f"7 {later.isoformat()}", NOW) == Row(7, 0.0)
    assert read_row(f"7 {(NOW - timedelta(hours=1)).isoformat()}", NOW) == Row(7, 3600.0)
