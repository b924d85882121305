"""How long a provider asks to be left alone. Pure."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

DEFAULT_PAUSE_SECONDS = 30.0
LONGEST_PAUSE_SECONDS = 3600.0
SHORTEST_PAUSE_SECONDS = 1.0


def pause_seconds(headers: Mapping[str, str], now: datetime) -> float:
    """Read how long a 429 asks to wait.

    Segmind names the moment in a header of its own, in UTC; others the seconds, or a date.
    """
    moment = headers.get("x-rate-limit-reset-at-utc", "").strip().removesuffix(" UTC")
    hint = headers.get("Retry-After", "").strip()
    seconds = _until(moment, datetime.fromisoformat, now)
    if seconds is None and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,6})?", hint):
        # No more digits than make sense: a number may be written that no float can hold.
        seconds = float(hint)
    if seconds is None:
        seconds = _until(hint, parsedate_to_datetime, now)
    if seconds is None:
        return DEFAULT_PAUSE_SECONDS
    return min(max(SHORTEST_PAUSE_SECONDS, seconds), LONGEST_PAUSE_SECONDS)


def _until(text: str, read: Callable[[str], datetime], now: datetime) -> float | None:
    try:
        moment = read(text)
    except (ValueError, OverflowError):
        return None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return (aware - now).total_seconds()
