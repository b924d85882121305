"""From rows to figures."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports import LONGEST_DAYS, SpendingRow, make_report
from bot.reports.report import Share, leading
from tests.unit.reports.samples import ADA, FIRST, GRACE, LAST, november, row

ROWS = st.lists(
    st.builds(
        SpendingRow,
        day=st.dates(FIRST, LAST),
        member_id=st.integers(1, 20),
        member_name=st.text(max_size=3),
        model=st.sampled_from(["a", "b", "c"]),
        credits=st.integers(0, 10**12),
        videos=st.integers(0, 100),
    ),
    max_size=40,
)


@given(ROWS)
def test_nothing_is_lost_or_counted_twice(rows: list[SpendingRow]) -> None:
    """By day, by member and by model, the parts add up to what was spent."""
    report = november(rows)

    spent, made = sum(each.credits for each in rows), sum(each.videos for each in rows)
    assert report.credits == spent
    assert report.videos == made
    for shares in (report.members, report.models, leading(report.members, 10)):
        assert sum(share.credits for share in shares) == spent
        assert sum(share.videos for share in shares) == made
    assert len(report.members) == len({each.member_id for each in rows})


def test_every_day_has_its_place() -> None:
    """Days without spending count as well; the highest is told, the first of two alike."""
    report = november([row(FIRST + timedelta(days=4)), row(FIRST + timedelta(days=9)), row(LAST)])

    assert len(report.credits_by_day) == 30
    assert report.credits_by_day[4] == report.credits_by_day[9] == report.credits_by_day[-1] == 80
    assert report.last_day == LAST
    assert report.highest_day == (FIRST + timedelta(days=4), 80)


def test_a_member_goes_by_the_latest_name() -> None:
    """Rows in any order: one member with two names is one share."""
    report = november([row(LAST, name="Ada the Great"), row(FIRST, name="Ada")])

    assert report.members == (Share("Ada the Great", 160, 2, ADA),)


def test_who_spent_most_comes_first() -> None:
    """Members and models are ranked by credits, and by name where these are the same."""
    report = november(
        [
            row(name="Zoe", model="b"),
            row(member=GRACE, name="Grace", model="a"),
            row(member=3, name="Bob", model="c", amount=81),
        ]
    )

    assert [share.name for share in report.members] == ["Bob", "Grace", "Zoe"]
    assert [share.name for share in report.models] == ["c", "a", "b"]


@pytest.mark.parametrize(
    ("count", "names"),
    [
        (2, ["s0", "s1"]),
        (3, ["s0", "s1", "1 other"]),
        (1003, ["s0", "s1", "1,001 others"]),
    ],
)
def test_the_rest_is_summed_up(count: int, names: list[str]) -> None:
    """What is beyond the first few becomes one share, and only then."""
    shares = [Share(f"s{index}", 10, 1) for index in range(count)]

    assert [share.name for share in leading(shares, 2)] == names
    assert sum(share.credits for share in leading(shares, 2)) == 10 * count


@pytest.mark.parametrize("days", [-1, 0, LONGEST_DAYS + 1])
def test_a_period_has_a_sensible_length(days: int) -> None:
    """A period that ends before it begins, or is longer than a year, is a mistake of the caller."""
    with pytest.raises(ValueError, match=f"not {days}"):
        make_report([], FIRST, FIRST + timedelta(days=days - 1), "Owls")


@pytest.mark.parametrize("day", [FIRST - timedelta(days=1), LAST + timedelta(days=1)])
def test_a_row_from_another_period_is_a_mistake(day: date) -> None:
    """It is named, not left out in silence or counted on another day."""
    with pytest.raises(ValueError, match=f"{day} is outside"):
        november([row(day)])
