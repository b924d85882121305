"""A report as a table for spreadsheets."""

import csv
import io
import re
from collections.abc import Iterable

from bot.presentation.text import plain_line
from bot.reports.report import SpendingRow

HEADER = ("day", "member_id", "member_name", "model", "videos", "credits")
_NAME_SHOWN = 200
_FORMULA = re.compile(r"(^|[;|])(\s*)(?=[-=+@\uff0d\uff1d\uff0b\uff20])")
"""Where a spreadsheet could see a formula begin; where it parts cells at semicolons, there too.

The last four are the full-width forms that spreadsheets set to East Asian languages accept.
"""


def write_csv(rows: Iterable[SpendingRow]) -> bytes:
    """Write a line for each row, under a header, in UTF-8 that begins with a byte order mark.

    Without the mark, Excel takes the file for its old code page and garbles names; other programs
    skip it. A member's id stands as a mention, which every spreadsheet takes for text: as a number
    its last digits would be lost. Amounts are whole credits, since what a decimal point means
    depends on the reader's language.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for row in rows:
        mention = f"<@{row.member_id}>"
        name, model = _harmless(row.member_name), _harmless(row.model)
        writer.writerow((row.day.isoformat(), mention, name, model, row.videos, row.credits))
    return text.getvalue().encode("utf-8-sig")


def _harmless(name: str) -> str:
    """Put an apostrophe before what would run as a formula; it makes the cell a text."""
    return _FORMULA.sub(r"\1\2'", plain_line(name, _NAME_SHOWN))
