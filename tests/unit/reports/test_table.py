"""The table for spreadsheets."""

import codecs
import csv
import io

import pytest
from hypothesis import given

from bot.reports import SpendingRow, write_csv
from tests.unit.reports.samples import FIRST, row
from tests.unit.samples import TEXTS


def cells(rows: list[SpendingRow], delimiter: str = ",") -> list[list[str]]:
    """Read a table as a spreadsheet does."""
    text = write_csv(rows).decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))


def test_a_row_is_a_line() -> None:
    """Under a header, in the order given; UTF-8 with the mark that Excel needs."""
    assert write_csv([row(name='Zoë "Z", the 1st')]) == codecs.BOM_UTF8 + (
        b"day,member_id,member_name,model,videos,credits\r\n"
        b'2026-11-01,<@100000000000000001>,"Zo\xc3\xab ""Z"", the 1st",sora-2,1,80\r\n'
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
    assert cells([row(name=name, model=name)])[1][2:4] == [shown, shown]


@given(TEXTS)
def test_whatever_the_name_the_table_keeps_its_shape(name: str) -> None:
    """A line a row, six cells a line; no cell begins a formula, parted at commas or semicolons."""
    table = cells([row(name=name), row(FIRST, name=name, model=name)])

    assert [len(line) for line in table] == [6, 6, 6]
    for line in (*table, *cells([row(name=name)], ";")):
        assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in line)
