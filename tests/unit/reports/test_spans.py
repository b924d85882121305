"""Stretches of days, seen from today."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports import LONGEST_DAYS, Span, span_days

TODAY = date(2026, 11, 20)
"""A Friday."""


@pytest.mark.parametrize(
    ("span", "first", "last"),
    [
        ("this week", date(2026, 11, 16), TODAY),
        ("last week", date(2026, 11, 9), date(2026, 11, 15)),
        ("this month", date(2026, 11, 1), TODAY),
        ("last month", date(2026, 10, 1), date(2026, 10, 31)),
        ("this quarter", date(2026, 10, 1), TODAY),
        ("last quarter", date(2026, 7, 1), date(2026, 9, 30)),
        ("30 days", date(2026, 10, 22), TODAY),
    ],
)
def test_a_span_has_a_first_and_a_last_day(span: str, first: date, last: date) -> None:
    """What has begun ends today; what is over is whole."""
    assert span_days(Span(span), TODAY) == (first, last)


def test_last_quarter_may_be_last_years() -> None:
    """In January it ends with December."""
    assert span_days(Span.LAST_QUARTER, date(2027, 1, 1)) == (
        date(2026, 10, 1),
        date(2026, 12, 31),
    )


@given(st.sampled_from(Span), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_spans_fit_a_report(span: Span, today: date) -> None:
    """None lies in the future or is longer than a report; last and this leave no gap."""
    first, last = span_days(span, today)
    assert first <= last <= today
    assert (last - first).days < LONGEST_DAYS
    if span.startswith("last"):
        following, _ = span_days(Span(span.replace("last", "this")), today)
        assert following - last == timedelta(days=1)
