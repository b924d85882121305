"""The picture's columns."""

from datetime import date, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports import LONGEST_DAYS, make_report
from bot.reports.columns import COLUMN_WIDTH, columns, named
from tests.unit.reports.samples import FIRST, row


@pytest.mark.parametrize(
    ("days", "heading", "count"),
    [
        (1, "By day", 1),
        (31, "By day", 31),
        (32, "By week (from Monday)", 6),
        (182, "By week (from Monday)", 27),
        (183, "By month", 7),
        (LONGEST_DAYS, "By month", 13),
    ],
)
def test_a_long_period_has_wider_columns(days: int, heading: str, count: int) -> None:
    """Days, weeks or months: never so many that they can't be told apart, and nothing is lost."""
    last = FIRST + timedelta(days=days - 1)
    rows = [row(FIRST + timedelta(days=index), amount=index + 1) for index in range(days)]
    told, bars = columns(make_report(rows, FIRST, last, "Owls"))

    assert (told, len(bars)) == (heading, count)
    assert sum(bar.credits for bar in bars) == sum(each.credits for each in rows)


@pytest.mark.parametrize(
    ("last", "names"),
    [
        (date(2026, 11, 3), ["1 Nov", "2 Nov", "3 Nov"]),
        # The first of November 2026 is a Sunday.
        (date(2026, 12, 7), ["1 Nov", "2 Nov", "9 Nov", "16 Nov", "23 Nov", "30 Nov", "7 Dec"]),
        (date(2027, 5, 31), [f"{month} 2026" for month in ("Nov", "Dec")]),
    ],
)
def test_columns_go_by_their_first_day(last: date, names: list[str]) -> None:
    """A week that began before the period goes by the period's first day."""
    _, bars = columns(make_report([row()], FIRST, last, "Owls"))

    assert [bar.name for bar in bars][: len(names)] == names


@given(
    st.lists(
        st.tuples(st.integers(0, 100), st.floats(0.1, 6)),
        min_size=1,
        max_size=31,
    )
)
def test_amounts_never_cover_each_other_or_a_column(bars: list[tuple[int, float]]) -> None:
    """What is written has its room to itself, and the highest column always has its amount."""
    amounts, room = [amount for amount, _ in bars], [share for _, share in bars]
    chosen = named(amounts, room, 0)

    for one, other in combinations(chosen, 2):
        assert abs(one - other) >= (room[one] + room[other]) / 2
    for index in chosen:
        assert amounts[index] > 0
        beside = [
            amount
            for other, amount in enumerate(amounts)
            if abs(other - index) < (room[index] + COLUMN_WIDTH) / 2
        ]
        assert max(beside) == amounts[index]
    assert not max(amounts) or amounts.index(max(amounts)) in chosen


def test_every_amount_is_written_where_there_is_room() -> None:
    """Narrow texts over wide columns leave none out, but where nothing was spent."""
    assert named([5, 9, 0, 7], [0.9] * 4, 0) == {0, 1, 3}
