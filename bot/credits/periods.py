"""Days, weeks and months in a time zone, and when the next one begins. Pure."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Literal

PeriodKind = Literal["day", "week", "month"]

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """A stretch of time with an allowance of its own."""

    key: str
    """Names the period: 2026-11-20, 2026-W47 or 2026-11."""
    first_day: date
    """In the zone that the period was asked for."""
    next_day: date
    """The first day of the next period, in the same zone."""
    begins_at: datetime
    """Its first moment, in UTC."""
    renews_at: datetime
    """The first moment of the next period, in UTC."""

    @property
    def slots(self) -> tuple[str, str]:
        """The slot with which it begins, and the first of the next period; see ``slot_at``."""
        return slot_at(self.begins_at), slot_at(self.renews_at)


def period_at(kind: PeriodKind, now: datetime, zone: tzinfo = UTC) -> Period:
    """Find the period of this kind that ``now`` lies in, by the calendar of the zone.

    A day begins at midnight. Where the clocks jump over midnight it begins at that jump, and
    where they show midnight twice, at the first of the two.
    """
    first_day, next_day, key = _calendar(kind, day_at(now, zone))
    begins_at, renews_at = day_begins_at(first_day, zone), day_begins_at(next_day, zone)
    return Period(key, first_day, next_day, begins_at, renews_at)


def slot_at(moment: datetime) -> str:
    """Name the quarter of an hour that a moment lies in, in UTC: 2026-11-20T23:45.

    In every zone a day begins with one of them (tried with tzdata 2026, from 1980 to 2037), so any
    period of any zone is a row of slots. Their names are in the order of time.
    """
    utc = moment.astimezone(UTC)
    return f"{utc:%Y-%m-%dT%H}:{utc.minute // 15 * 15:02}"


def day_at(now: datetime, zone: tzinfo) -> date:
    """Tell which day it is: the latest that has begun.

    Clocks that are put back over midnight show the day before again; that is still the new day.
    """
    shown = now.astimezone(zone).date()
    return shown + _DAY if day_begins_at(shown + _DAY, zone) <= now else shown


def day_begins_at(day: date, zone: tzinfo) -> datetime:
    """Tell the first moment of a day.

    A midnight that is skipped counts by the offset before the jump: that is the jump itself in
    every zone from 1970 to 2037 (tried with tzdata 2026).
    """
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _calendar(kind: PeriodKind, day: date) -> tuple[date, date, str]:
    """Tell the first day of the day's period, that of the next one, and the period's key."""
    if kind == "day":
        return day, day + _DAY, f"{day:%Y-%m-%d}"
    if kind == "week":
        year, week, weekday = day.isocalendar()
        monday = day - timedelta(days=weekday - 1)
        return monday, monday + timedelta(days=7), f"{year}-W{week:02}"
    first = day.replace(day=1)
    # The 28th and four days are always in the next month.
    return first, (day.replace(day=28) + timedelta(days=4)).replace(day=1), f"{day:%Y-%m}"
