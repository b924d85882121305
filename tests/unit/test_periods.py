"""Days, weeks and months, in UTC and in any zone."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.credits import PeriodKind, period_at
from bot.credits.periods import slot_at
from tests.unit.samples import MOMENTS

KINDS = st.sampled_from(["day", "week", "month"])
LONGEST = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=31)}
TICK = timedelta(microseconds=1)


def at(text: str) -> datetime:
    """Read a moment; without a zone it is UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@given(KINDS, MOMENTS)
def test_a_period_renews_soon_and_never_in_the_past(kind: PeriodKind, now: datetime) -> None:
    """The next period begins after now, at midnight UTC, no later than the kind is long."""
    renews_at = period_at(kind, now).renews_at

    assert now < renews_at <= now + LONGEST[kind]
    assert renews_at.tzinfo is UTC
    assert renews_at.time() == datetime.min.time()


@given(KINDS, MOMENTS)
def test_the_key_is_the_same_up_to_the_renewal_and_then_another(
    kind: PeriodKind, now: datetime
) -> None:
    """The levels of a ceiling are told once within one key."""
    period = period_at(kind, now)

    assert period_at(kind, period.renews_at - TICK) == period
    assert period_at(kind, period.renews_at).key != period.key


@given(KINDS, MOMENTS, MOMENTS)
def test_two_moments_share_a_key_exactly_when_they_share_a_period(
    kind: PeriodKind, one: datetime, other: datetime
) -> None:
    """No key ever comes back in another year."""
    first, second = period_at(kind, one), period_at(kind, other)

    assert (first.key == second.key) == (first.renews_at == second.renews_at)


@given(MOMENTS)
def test_keys_of_different_kinds_differ(now: datetime) -> None:
    """An alert that was told of one kind of period is told of another as well."""
    assert len({period_at(kind, now).key for kind in ("day", "week", "month")}) == 3


@pytest.mark.parametrize(
    ("kind", "now", "key", "renews_at"),
    [
        ("day", "2026-11-20T23:59:59.999999", "2026-11-20", "2026-11-21"),
        ("day", "2028-02-29", "2028-02-29", "2028-03-01"),
        ("week", "2026-11-20", "2026-W47", "2026-11-23"),
        ("week", "2026-11-23", "2026-W48", "2026-11-30"),
        ("week", "2026-12-31", "2026-W53", "2027-01-04"),
        ("week", "2027-01-03T23:59", "2026-W53", "2027-01-04"),
        ("week", "2024-12-30", "2025-W01", "2025-01-06"),
        ("month", "2026-01-31T12:00", "2026-01", "2026-02-01"),
        ("month", "2026-12-31T23:59:59", "2026-12", "2027-01-01"),
        ("month", "2028-02-29T12:00", "2028-02", "2028-03-01"),
        ("month", "2026-12-31T23:30-05:00", "2027-01", "2027-02-01"),
        ("day", "2026-01-01T00:30+14:00", "2025-12-31", "2026-01-01"),
    ],
)
def test_periods_end_where_the_calendar_says(
    kind: PeriodKind, now: str, key: str, renews_at: str
) -> None:
    """Weeks begin on Monday and follow ISO's years; other zones are read as UTC."""
    period = period_at(kind, at(now))

    assert (period.key, period.renews_at) == (key, at(renews_at))


def test_the_zone_of_the_clock_does_not_matter() -> None:
    """The same moment is in the same period, however it is written."""
    now = at("2026-11-20T23:00")
    zones = [timezone(timedelta(hours=hours)) for hours in (-12, 0, 14)]

    assert len({period_at("day", now.astimezone(zone)) for zone in zones}) == 1


ZONES = [
    "Europe/Berlin",
    "America/New_York",
    "America/Santiago",  # its summer begins at midnight, which there is none of on that day
    "America/Goose_Bay",  # until 2011 its clocks went back over midnight
    "Pacific/Apia",  # has skipped a whole day
    "Africa/Cairo",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
]


@given(KINDS, MOMENTS, st.sampled_from(ZONES).map(ZoneInfo))
def test_periods_of_a_zone_follow_each_other_without_gap(
    kind: PeriodKind, now: datetime, zone: ZoneInfo
) -> None:
    """Up to the renewal it is the same period, from then on another that renews later."""
    period = period_at(kind, now, zone)

    assert now < period.renews_at <= now + LONGEST[kind] + timedelta(days=1)
    assert period_at(kind, period.renews_at - TICK, zone) == period
    following = period_at(kind, period.renews_at, zone)
    assert following.key > period.key
    assert following.renews_at > period.renews_at


@pytest.mark.parametrize(
    ("zone", "now", "key", "renews_at"),
    [
        # Days of 23 and of 25 hours.
        ("Europe/Berlin", "2026-03-28T23:00", "2026-03-29", "2026-03-29T22:00"),
        ("Europe/Berlin", "2026-10-24T22:00", "2026-10-25", "2026-10-25T23:00"),
        ("Europe/Berlin", "2026-10-25T22:59:59", "2026-10-25", "2026-10-25T23:00"),
        # Midnight of 6 September 2026 is skipped: the day begins at one o'clock.
        ("America/Santiago", "2026-09-06T03:59:59", "2026-09-05", "2026-09-06T04:00"),
        ("America/Santiago", "2026-09-06T04:00", "2026-09-06", "2026-09-07T03:00"),
        # Midnight of 4 April 2027 comes twice: the day before has 25 hours.
        ("America/Santiago", "2027-04-04T03:30", "2027-04-03", "2027-04-04T04:00"),
        # At 00:01 the clocks went back to 23:01 of the day before: that was the new day already.
        ("America/Goose_Bay", "2010-11-07T03:00:30", "2010-11-07", "2010-11-08T04:00"),
        ("America/Goose_Bay", "2010-11-07T03:30", "2010-11-07", "2010-11-08T04:00"),
        ("America/Goose_Bay", "2010-11-07T02:59:59", "2010-11-06", "2010-11-07T03:00"),
        # There was no 30 December 2011.
        ("Pacific/Apia", "2011-12-30T09:59:59", "2011-12-29", "2011-12-30T10:00"),
        ("Pacific/Apia", "2011-12-30T10:00", "2011-12-31", "2011-12-31T10:00"),
    ],
)
def test_days_begin_when_the_zones_clocks_say(
    zone: str, now: str, key: str, renews_at: str
) -> None:
    """Also where the clocks are changed at midnight."""
    period = period_at("day", at(now), ZoneInfo(zone))

    assert (period.key, period.renews_at) == (key, at(renews_at))


@pytest.mark.parametrize(
    ("kind", "now", "key", "renews_at"),
    [
        ("month", "2026-10-31T22:59:59", "2026-10", "2026-10-31T23:00"),
        ("month", "2026-10-31T23:00", "2026-11", "2026-11-30T23:00"),
        ("month", "2026-03-31T21:59:59", "2026-03", "2026-03-31T22:00"),
        ("week", "2026-03-29T21:59:59", "2026-W13", "2026-03-29T22:00"),
        ("week", "2027-01-03T22:59:59", "2026-W53", "2027-01-03T23:00"),
    ],
)
def test_weeks_and_months_of_a_zone_end_at_its_midnight(
    kind: PeriodKind, now: str, key: str, renews_at: str
) -> None:
    """Summer time moves the moment, never the day."""
    period = period_at(kind, at(now), ZoneInfo("Europe/Berlin"))

    assert (period.key, period.renews_at) == (key, at(renews_at))


def test_a_period_tells_its_days() -> None:
    """From its first day to before the first of the next, in the zone asked for."""
    berlin = period_at("week", at("2026-11-22T23:30"), ZoneInfo("Europe/Berlin"))
    assert (str(berlin.first_day), str(berlin.next_day)) == ("2026-11-23", "2026-11-30")
    utc = period_at("month", at("2026-11-20"))
    assert (str(utc.first_day), str(utc.next_day)) == ("2026-11-01", "2026-12-01")


@given(KINDS, st.datetimes(datetime(2026, 1, 1), datetime(2037, 12, 31)), st.timezones())  # noqa: DTZ001 - hypothesis adds the zone
def test_every_period_is_a_row_of_slots(kind: PeriodKind, naive: datetime, zone: ZoneInfo) -> None:
    """A moment's slot is one of its period's, and of no other's, in every zone."""
    now = naive.replace(tzinfo=UTC)
    period = period_at(kind, now, zone)

    assert period.begins_at <= now < period.renews_at
    first, following = period.slots
    assert first <= slot_at(now) < following
    for edge in (period.begins_at, period.renews_at):
        assert edge == at(slot_at(edge)), "a day begins with a slot"


@given(MOMENTS, MOMENTS)
def test_slots_are_in_the_order_of_time(one: datetime, other: datetime) -> None:
    """As texts; each lasts a quarter of an hour."""
    first, second = sorted([one, other])

    assert slot_at(first) <= slot_at(second)
    if second - first >= timedelta(minutes=15):
        assert slot_at(first) < slot_at(second)
