"""Days, weeks and months in UTC, and when the next one begins."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

PeriodKind = Literal["day", "week", "month"]


@dataclass(frozen=True)
class Period:
    """A stretch of time with an allowance of its own."""

    key: str
    """Names the period in the books: 2026-11-20, 2026-W47 or 2026-11."""
    renews_at: datetime
    """The first moment of the next period."""


def period_at(kind: PeriodKind, now: datetime) -> Period:
    """Find the period of this kind that ``now`` lies in."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    if kind == "day":
        return Period(f"{day:%Y-%m-%d}", day + timedelta(days=1))
    if kind == "week":
        year, week, weekday = day.isocalendar()
        return Period(f"{year}-W{week:02}", day + timedelta(days=8 - weekday))
    # The 28th and four days are always in the next month.
    return Period(f"{day:%Y-%m}", (day.replace(day=28) + timedelta(days=4)).replace(day=1))
