"""The table for spreadsheets."""

import codecs
import csv
import io
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given

from bot.reports import SpendingRow, VideoRow, write_csv, write_videos
from tests.unit.reports.samples import ADA, FIRST, row
from tests.unit.samples import TEXTS


def cells(rows: list[SpendingRow], delimiter: str = ",") -> list[list[str]]:
    """Read a table as a spreadsheet does."""
    text = write_csv(rows).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def video(name: str = "Ada") -> VideoRow:
    """Describe one video."""
    at = datetime(2026, 11, 1, 23, 5, tzinfo=timezone(timedelta(hours=9)))
    return VideoRow(7, at, ADA, name, name, 8, "720x1280", "allowance + pool of role 5", 1280)


def video_cells(*rows: VideoRow) -> list[list[str]]:
    """Read the table of videos as a spreadsheet does."""
    return list(csv.reader(io.StringIO(write_videos(rows).decode("utf-8-sig"), newline="")))


def test_a_video_is_a_line() -> None:
    """When in the server's own time, whose, what, and who paid how much."""
    header, line = video_cells(video())
    assert dict(zip(header, line, strict=True)) == {
        "job": "7",
        "day": "2026-11-01",
        "time": "23:05",
        "member": "<@100000000000000001>",
        "member_id": "100000000000000001",
        "member_name": "Ada",
        "model": "Ada",
        "seconds": "8",
        "size": "720x1280",
        "paid_from": "allowance + pool of role 5",
        "credits": "1280",
        "dollars": "$12.80",
    }


def test_a_row_is_a_line() -> None:
    """Under a header, in the order given; UTF-8 with the mark that Excel needs."""
    assert write_csv([row(name='Zoë "Z", the 1st')]) == codecs.BOM_UTF8 + (
        b"day,member,member_id,member_name,model,videos,credits,dollars\r\n"
        b"2026-11-01,<@100000000000000001>,100000000000000001,"
        b'"Zo\xc3\xab ""Z"", the 1st",sora-2,1,80,$0.80\r\n'
    )


def test_without_rows_there_is_the_header() -> None:
    """A table of nothing is still a table."""
    assert len(cells([])) == 1


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'=1"),
        ("\r=1", "'=1"),
        ("\u200b=1", "'=1"),
        ("\uff1d1", "'\uff1d1"),
        ("a;=1", "a;'=1"),
        ("a; =1", "a; '=1"),
        ("a=b-c@d", "a=b-c@d"),
        ("two\nlines", "two lines"),
    ],
)
def test_no_cell_runs_as_a_formula(name: str, shown: str) -> None:
    """Names of members and models alike; where it is harmless, a name stays as it is."""
    assert cells([row(name=name, model=name)])[1][3:5] == [shown, shown]
    assert video_cells(video(name))[1][5:7] == [shown, shown]


@given(TEXTS)
def test_whatever_the_name_the_table_keeps_its_shape(name: str) -> None:
    """Eight cells a line of sums; no cell begins a formula, parted at commas or semicolons."""
    table = cells([row(name=name), row(FIRST, name=name, model=name)])

    assert [len(line) for line in table] == [8, 8, 8]
    for line in (*table, *video_cells(video(name)), *cells([row(name=name)], ";")):
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in line)
