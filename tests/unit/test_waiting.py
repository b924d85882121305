"""How long a provider asks to be left alone."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from bot.providers.waiting import pause_seconds
from tests.unit.samples import MOMENTS, NOW

OWN, USUAL = "x-rate-limit-reset-at-utc", "Retry-After"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 30),
        ({OWN: "2026-11-20T12:01:00"}, 60),
        ({"X-Rate-Limit-Reset-At-UTC": "2026-11-20T12:01:00Z"}, 60),
        ({OWN: " 2026-11-20 12:01:00 UTC"}, 60),
        ({OWN: "2026-11-20T13:01:00+01:00"}, 60),
        ({OWN: "2026-11-20T12:00:07.500000"}, 7.5),
        ({OWN: "2026-11-20T11:00:00"}, 1),
        ({OWN: "2027-11-20T11:00:00"}, 3600),
        ({OWN: "soon"}, 30),
        ({OWN: ""}, 30),
        ({USUAL: "5"}, 5),
        ({USUAL: "2.25"}, 2.25),
        ({"retry-after": "0"}, 1),
        ({USUAL: "99999"}, 3600),
        ({USUAL: "9" * 400}, 30),
        ({USUAL: "\u00b2"}, 30),
        ({USUAL: "-5"}, 30),
        ({USUAL: "in a minute"}, 30),
        ({USUAL: "Fri, 20 Nov 2026 12:01:00 GMT"}, 60),
        ({USUAL: "Fri, 20 Nov 2026 13:01:00 +0100"}, 60),
        ({USUAL: "Fri, 20 Nov 2026 11:00:00 GMT"}, 1),
        ({USUAL: "Fri, 20 Nov 2037 12:00:00 GMT"}, 3600),
        ({USUAL: "Fri, 99 Nov 2026 12:01:00 GMT"}, 30),
        ({OWN: "2026-11-20T12:01:00", USUAL: "5"}, 60),
        ({OWN: "soon", USUAL: "5"}, 5),
        ({OWN: "soon", USUAL: "later"}, 30),
    ],
)
def test_a_pause_is_read_from_either_header(headers: dict[str, str], seconds: float) -> None:
    """Segmind's moment with or without a zone; else seconds or a date; never without a bound."""
    assert pause_seconds(CIMultiDict(headers), NOW) == seconds


@given(st.sampled_from([OWN, USUAL]), st.text(max_size=40))
def test_no_header_makes_a_pause_that_cannot_be_kept(name: str, value: str) -> None:
    """From a second to an hour, whatever is written there."""
    assert 1 <= pause_seconds(CIMultiDict({name: value}), NOW) <= 3600


@given(st.datetimes(timezones=st.just(UTC)) | MOMENTS)
def test_every_moment_makes_a_pause_that_can_be_kept(at: datetime) -> None:
    """Also those long past or far ahead, in any zone."""
    seconds = pause_seconds(CIMultiDict({OWN: at.isoformat()}), NOW)

    assert seconds == min(max(timedelta(seconds=1), at - NOW), timedelta(hours=1)).total_seconds()
