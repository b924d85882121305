"""A report in words."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.reports import ALT_TEXT_LIMIT, describe, make_report
from bot.reports.words import period_text, short_amount, short_price
from tests.unit.reports.samples import FIRST, GRACE, LAST, crowd, november, row
from tests.unit.samples import TEXTS


def test_the_text_says_what_the_picture_shows() -> None:
    """Server, period, total, the highest day, and the shares of members and models."""
    text = describe(november([row(), row(LAST, GRACE, "Grace", "sora-2-pro", 1200)]))

    assert text == (
        "Spending on videos in Night Owls, 1 to 30 November 2026. "
        "In all 1,280 credits ($12.80) for 2 videos. "
        "The most on one day: 1,200 credits ($12.00) on 30 November 2026. "
        "By member: Grace 1,200 credits ($12.00), Ada 80 credits ($0.80). "
        "By model: sora-2-pro 1,200 credits ($12.00), sora-2 80 credits ($0.80)."
    )


def test_the_text_tells_of_a_period_without_spending() -> None:
    """There is no highest day and nobody to name."""
    assert describe(november([])) == (
        "Spending on videos in Night Owls, 1 to 30 November 2026. Nothing was spent in this time."
    )


def test_the_rest_is_told_as_a_sum() -> None:
    """Ten members are named where there is room, then how many others there are."""
    text = describe(november(crowd(30)))

    assert "30 others" in text
    assert text.count("member ") == 10


def test_what_has_no_name_is_told_apart() -> None:
    """A name of nothing visible: the end of a member's id; words for a server or a model."""
    text = describe(november([row(name="\u200b", model="")], "\u2060"))

    assert "Spending on videos in this server, " in text
    assert "By member: member …0001 80 credits" in text
    assert "By model: unnamed 80 credits" in text


@given(TEXTS, TEXTS, st.integers(1, 10**15), st.sampled_from([1, 7, 300]))
def test_the_text_always_fits(server: str, name: str, amount: int, factor: int) -> None:
    """Long names and great sums shorten the lists, never the sentences, and stay on one line."""
    rows = crowd(30, 200, 30, amount, name * factor)
    rows = [row(each.day, each.member_id, each.member_name, each.member_name) for each in rows]
    text = describe(november([*rows, row(amount=amount)], server * factor))

    assert len(text) <= ALT_TEXT_LIMIT
    assert text.startswith("Spending on videos in ")
    assert "By member: " in text
    assert text.endswith(").")
    assert len(text.splitlines()) == 1


@pytest.mark.parametrize(
    ("first", "last", "text"),
    [
        (FIRST, FIRST, "1 November 2026"),
        (FIRST, LAST, "1 to 30 November 2026"),
        (date(2026, 10, 28), LAST, "28 October to 30 November 2026"),
        (date(2025, 12, 28), date(2026, 1, 3), "28 December 2025 to 3 January 2026"),
    ],
)
def test_a_period_is_named_without_repeating(first: date, last: date, text: str) -> None:
    """Month and year stand once where they are the same."""
    assert period_text(first, last) == text
    assert text in describe(make_report([], first, last, "Owls"))


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0"),
        (99_999, "99,999"),
        (100_000, "100k"),
        (999_499, "999k"),
        (999_500, "1M"),
        (1_234_567, "1.23M"),
        (45_600_000_000, "45.6B"),
        (999_999_999_999, "1T"),
        (10**15, "1,000T"),
    ],
)
def test_great_amounts_are_short(amount: int, text: str) -> None:
    """In full as long as there is room; then three figures and a unit, rounded to the right one."""
    assert short_amount(amount) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (1, "1 · $0.01"),
        (1240, "1,240 · $12.40"),
        (99_999, "99,999 · $999.99"),
        (123_400, "123k · $1,234"),
    ],
)
def test_credits_stand_beside_money(amount: int, text: str) -> None:
    """A credit is a cent; from a thousand dollars on the cents are left out."""
    assert short_price(amount) == text


@pytest.mark.parametrize("name", ["שלום", "مرحبا"])
def test_names_that_run_to_the_left_are_isolated_in_words(name: str) -> None:
    """The amounts beside them stay in their order for a reader, too."""
    text = describe(november([row(name=name)], name))

    assert f"in \u2068{name}\u2069, 1 to 30 November 2026" in text
    assert f"\u2068{name}\u2069 80 credits" in text
