"""Single values of foreign answers: bounded, whatever they are made of."""

import json
import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.providers.aimlapi import parse_credits as parse_balance
from bot.providers.aimlapi import parse_submit as parse_generation
from bot.providers.fields import MOST_LETTERS, read_amount, read_id
from bot.providers.http import Answer
from bot.providers.segmind.answers import parse_credits, parse_submit, remaining_credits
from tests.unit.samples import NOW

HUGE = (
    "1E+999999999",
    "9" * 100_000,
    "1e-999999999",
    "0x10",
    "NaN",
    "Infinity",
    "",
    "1_000",
    "\u0661",
)


def answered(body: str, **headers: str) -> Answer:
    """Make an answer of success."""
    return Answer(
        200, {name.replace("_", "-"): said for name, said in headers.items()}, body.encode()
    )


@pytest.mark.parametrize(
    ("said", "amount"),
    [
        ("12.5", Decimal("12.5")),
        (" 7 ", Decimal(7)),
        (-3, Decimal(-3)),
        (0.25, Decimal("0.25")),
        (1e-7, Decimal("1e-7")),
        (True, None),
        (None, None),
        ([], None),
        (10**300, None),
        (float("inf"), None),
        (float("nan"), None),
        *((each, None) for each in HUGE),
    ],
)
def test_an_amount_is_a_number_within_reason(said: object, amount: Decimal | None) -> None:
    """In digits of ours: nobody has a trillion, and no text makes the bot write out gigabytes."""
    assert read_amount(said) == amount


@pytest.mark.parametrize("said", HUGE)
def test_what_an_account_has_left_costs_no_time_to_read(said: str) -> None:
    """A header of twelve letters took seconds and a gigabyte to be shown."""
    began = time.monotonic()
    left = remaining_credits(answered("{}", x_remaining_credits=said))
    assert left is None
    assert time.monotonic() - began < 0.1


def test_accounts_are_read_as_before() -> None:
    """In dollars, free ones included; AI/ML API says in what it counts."""
    assert parse_credits(answered('{"credits": 7.5, "free-credits": "0.5"}')) == 8
    assert parse_balance(answered('{"current_balance": 7.5, "currency": "USD"}')) == Decimal("7.5")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("abc", "abc"),
        (12345, "12345"),
        ("half \ud800 a pair", "half \N{REPLACEMENT CHARACTER} a pair"),
        ("a\x00b / ../ ?", "a\x00b / ../ ?"),
        ("x" * 100_000, "x" * MOST_LETTERS),
    ],
)
def test_an_accepted_request_is_kept_whatever_its_id_is(sent: object, kept: str) -> None:
    """It was taken and is paid for: an odd id is one that can be written down."""
    assert parse_submit(answered(json.dumps({"request_id": sent})), NOW) == kept
    assert parse_generation(answered(json.dumps({"id": sent})), NOW) == kept
    kept.encode()


@given(st.text(st.characters(), min_size=1))
def test_any_id_can_be_written(sent: str) -> None:
    """Into the database, the journal and an address."""
    kept = parse_submit(answered(json.dumps({"request_id": sent})), NOW)
    kept.encode()


@pytest.mark.parametrize("said", [None, True, "", [], {}, 1.5])
def test_what_is_no_id_is_none(said: object) -> None:
    """Then the outcome is not known."""
    assert read_id(said) is None


@given(st.recursive(st.text(st.characters()), lambda each: st.dictionaries(st.text(), each)))
def test_no_answer_brings_what_cannot_be_written(value: object) -> None:
    """Nor does an address or a reason anywhere in it."""
    read = answered(json.dumps(value)).value()
    json.dumps(read, ensure_ascii=False).encode()
