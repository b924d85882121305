"""The picture's columns: days, or weeks or months where days would be too many."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from bot.reports.report import Report

MOST_DAYS = 31
MOST_WEEKS_DAYS = 182
"""A longest period in days that is shown by week; a longer one is shown by month."""

COLUMN_WIDTH = 0.72
"""Of a column, as a share of the distance between two."""


@dataclass(frozen=True)
class Column:
    """What was spent in a day, week or month."""

    name: str
    credits: int


def columns(report: Report) -> tuple[str, list[Column]]:
    """Divide the period into columns, and say by what; the first and last may be cut short."""
    length = len(report.credits_by_day)
    if length <= MOST_DAYS:
        return "By day", _grouped(report, lambda day: day, _day_name)
    if length <= MOST_WEEKS_DAYS:
        return "By week (from Monday)", _grouped(report, _monday, _day_name)
    return "By month", _grouped(report, lambda day: day.replace(day=1), _month_name)


def named(credits_by_column: Sequence[int], room: Sequence[float], least: float) -> set[int]:
    """Choose the columns whose amounts can be written above them, the highest first.

    ``room`` is the width of each column's text as a share of the distance between two columns.
    What was written leaves the place above its neighbours to nobody else, and no text is put
    where a higher column stands: one that is less than ``least`` higher counts as level.
    """
    chosen: set[int] = set()
    for index in sorted(range(len(room)), key=lambda index: -credits_by_column[index]):
        height = credits_by_column[index]
        reach = [
            other
            for other in range(len(room))
            if other != index and abs(other - index) < (room[index] + COLUMN_WIDTH) / 2
        ]
        free = all(credits_by_column[other] <= height + least for other in reach)
        apart = all(abs(other - index) >= (room[index] + room[other]) / 2 for other in chosen)
        if height and free and apart:
            chosen.add(index)
    return chosen


def _grouped(
    report: Report, start: Callable[[date], date], name: Callable[[date], str]
) -> list[Column]:
    """Sum up the days that have the same start; a column goes by its first day."""
    days = [report.first_day + timedelta(days=index) for index in range(len(report.credits_by_day))]
    spent = dict(zip(days, report.credits_by_day, strict=True))
    groups = [list(group) for _, group in groupby(days, key=start)]
    return [Column(name(group[0]), sum(spent[day] for day in group)) for group in groups]


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _day_name(day: date) -> str:
    return f"{day.day} {day:%b}"


def _month_name(day: date) -> str:
    return f"{day:%b %Y}"
