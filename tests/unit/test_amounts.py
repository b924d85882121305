"""Amounts as people write them."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.credits import MAX_AMOUNT, affordable, parse_amount
from bot.credits.amounts import check_amount
from bot.errors import AmountOutOfRange, AmountUnreadable
from tests.unit.samples import TEXTS


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("500", 500),
        (" 500 ", 500),
        ("0", 0),
        ("1,500", 1500),
        ("1,234,567", 1_234_567),
        ("500 credits", 500),
        ("1 Credit", 1),
        ("$5", 500),
        ("5$", 500),
        ("$ 5", 500),
        ("5 $", 500),
        ("$4.99", 499),
        ("4.99$", 499),
        ("$0.05", 5),
        ("$1,500", 150_000),
        ("$1,500.25", 150_025),
        ("007", 7),
    ],
)
def test_amounts_are_read_as_they_are_meant(text: str, amount: int) -> None:
    """Credits as they are, money in cents."""
    assert parse_amount(text) == amount


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "$", "$$5", "$5$", "five", "-5", "+5", "$-5", "-$5", "1e3", "0x10", "5 5"),
        *("1.500", "4.99", "1,5", "1,50", "12,34", "1,5000", ",500", "1,500,", "1.500,00"),
        *("$5.5", "$4.999", "$5.", "$.99", "$1.500", "$1,5", "5€", "5 dollars", "5$ credits"),
        *("\u0665", "\uff15\uff10\uff10", "1_000", "9" * 40, "1\n2"),
    ],
)
def test_what_is_no_amount_or_could_mean_two_is_refused(text: str) -> None:
    """It is told back as it was typed."""
    with pytest.raises(AmountUnreadable) as refused:
        parse_amount(text)
    assert refused.value.text == text


@given(st.integers(0, 10**15 - 1))
def test_every_amount_can_be_written_with_and_without_commas(amount: int) -> None:
    """What the bot writes can be typed back."""
    assert parse_amount(str(amount)) == parse_amount(f"{amount:,}") == amount
    assert parse_amount(f"${amount // 100:,}.{amount % 100:02}") == amount


@given(TEXTS)
def test_any_text_is_an_amount_or_is_refused(text: str) -> None:
    """Nothing else comes of it."""
    with contextlib.suppress(AmountUnreadable):
        assert parse_amount(text) >= 0


@pytest.mark.parametrize("amount", [0, MAX_AMOUNT + 1, 1.0, True])
def test_an_amount_must_be_whole_and_in_range(amount: int) -> None:
    """The refusal tells the bounds."""
    with pytest.raises(AmountOutOfRange) as refused:
        check_amount(amount, least=1)
    assert (refused.value.least, refused.value.most) == (1, MAX_AMOUNT)
    check_amount(1, least=1)
    check_amount(MAX_AMOUNT, least=1)


def test_what_can_be_afforded_is_counted_in_whole_videos() -> None:
    """Never less than none."""
    assert [affordable(available, 40) for available in (-5, 0, 39, 40, 100)] == [0, 0, 0, 1, 2]
