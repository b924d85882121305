"""Which names the letters at hand can show."""

import pytest

from bot.reports.typeface import drawable


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada", "Ada"),
        ("Дмитрий", "Дмитрий"),
        ("مرحبا", "مرحبا"),
        ("Hà Nội", "Hà Nội"),
        ("$x_1^2$ \\frac", "$x_1^2$ \\frac"),
        ("★☆★", "★☆★"),
        # Fancy letters stand for plain ones.
        ("\U0001d4db\U0001d4fe\U0001d4f7\U0001d4ea", "Luna"),
        # What can't be shown goes, if a name is left.
        ("Ada \U0001f9d1\u200d\U0001f680 Lovelace", "Ada Lovelace"),
        ("田中 Bob", "Bob"),
        # Nothing is left, or only what would name nobody.
        ("田中さくら", ""),
        ("田中★", ""),
        ("\u200b\u2060", ""),
        # One mark on a letter at most.
        ("Z\u0337\u0322\u031b\u035aa\u0338\u0321", "Z\u0337a\u0338"),
    ],
)
def test_a_name_is_shown_as_far_as_letters_allow(name: str, shown: str) -> None:
    """Known letters stay, fancy ones become plain, others go; a mere rest is no name."""
    assert drawable(name) == shown
