"""A report as tables for spreadsheets: the sums, and the videos one by one."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from bot.presentation.text import plain_line
from bot.reports.report import SpendingRow, VideoRow

HEADER = ("day", "member", "member_id", "member_name", "model", "videos", "credits", "dollars")
VIDEO_HEADER = (
    *("job", "day", "time", "member", "member_id", "member_name"),
    *("model", "seconds", "size", "paid_from", "credits", "dollars"),
)
_NAME_SHOWN = 200
_FORMULA = re.compile(r"(^|[;|])(\s*)(?=[-=+@\uff0d\uff1d\uff0b\uff20])")
"""Where a spreadsheet could see a formula begin; where it parts cells at semicolons, there too.

The last four are the full-width forms that spreadsheets set to East Asian languages accept.
"""


def write_csv(rows: Iterable[SpendingRow]) -> bytes:
    """Write a line for each sum; see ``_written``."""
    lines = (
        (
            row.day.isoformat(),
            *_member(row.member_id, row.member_name),
            _harmless(row.model),
            row.videos,
            row.credits,
            _dollars(row.credits),
        )
        for row in rows
    )
    return _written(HEADER, lines)


def write_videos(rows: Iterable[VideoRow]) -> bytes:
    """Write a line for each video; see ``_written``."""
    lines = (
        (
            row.job_id,
            f"{row.at:%Y-%m-%d}",
            f"{row.at:%H:%M}",
            *_member(row.member_id, row.member_name),
            _harmless(row.model),
            row.seconds,
            row.size,
            row.paid_from,
            row.credits,
            _dollars(row.credits),
        )
        for row in rows
    )
    return _written(VIDEO_HEADER, lines)


def _written(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Write rows under a header, in UTF-8 that begins with a byte order mark.

    Without the mark, Excel takes the file for its old code page and garbles names; other programs
    skip it. Amounts are whole credits, since what a decimal point means depends on the reader's
    language; money has its sign before it.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def _member(member_id: int, name: str) -> tuple[str, str, str]:
    """Name a member three ways: a spreadsheet takes the mention alone for text.

    Of the plain id, for other programs, it would lose the last digits.
    """
    return f"<@{member_id}>", str(member_id), _harmless(name)


def _dollars(credits_: int) -> str:
    return f"${credits_ / 100:.2f}"


def _harmless(name: str) -> str:
    """Put an apostrophe before what would run as a formula; it makes the cell a text."""
    return _FORMULA.sub(r"\1\2'", plain_line(name, _NAME_SHOWN))
