"""The stretches of days that a report can be about."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

_DAY = timedelta(days=1)
_MONTHS_OF_QUARTER = 3
_LATEST_DAYS = 30


class Span(StrEnum):
    """A stretch of days, seen from today."""

    THIS_WEEK = "this week"
    LAST_WEEK = "last week"
    THIS_MONTH = "this month"
    LAST_MONTH = "last month"
    THIS_QUARTER = "this quarter"
    LAST_QUARTER = "last quarter"
    LATEST_DAYS = "30 days"


def span_days(span: Span, today: date) -> tuple[date, date]:
    """Tell the first and the last day, both included; what has begun ends today."""
    if span is Span.LATEST_DAYS:
        return today - (_LATEST_DAYS - 1) * _DAY, today
    begin = _BEGINNINGS[span](today)
    if span.startswith("this"):
        return begin, today
    last = begin - _DAY
    return _BEGINNINGS[span](last), last


def _week(day: date) -> date:
    return day - day.weekday() * _DAY


def _month(day: date) -> date:
    return day.replace(day=1)


def _quarter(day: date) -> date:
    return day.replace(day=1, month=day.month - (day.month - 1) % _MONTHS_OF_QUARTER)


_BEGINNINGS: Mapping[Span, Callable[[date], date]] = MappingProxyType(
    {
        Span.THIS_WEEK: _week,
        Span.LAST_WEEK: _week,
        Span.THIS_MONTH: _month,
        Span.LAST_MONTH: _month,
        Span.THIS_QUARTER: _quarter,
        Span.LAST_QUARTER: _quarter,
    }
)
