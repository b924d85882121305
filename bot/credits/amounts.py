"""Amounts of credits, as people write them and within their bounds. Pure."""

import re

from bot.errors import AmountOutOfRange, AmountUnreadable

MAX_AMOUNT = 1_000_000
"""Credits; the most that one admin command moves or sets."""
_WHOLE = r"(?P<whole>[0-9]{1,15}|[0-9]{1,3}(?:,[0-9]{3}){1,4})"
_CREDITS = re.compile(rf"{_WHOLE}(?: ?credits?)?", re.IGNORECASE)
_MONEY = re.compile(rf"(?:\$ ?)?{_WHOLE}(?:\.(?P<cents>[0-9]{{2}}))?(?: ?\$)?")


def parse_amount(text: str) -> int:
    """Read an amount of credits: 500, 1,500, $5, $4.99 or 5$; a credit is one US cent.

    A comma parts thousands, a point stands before cents, which money alone has: what could mean
    two amounts, such as 1.500 or 1,5, raises AmountUnreadable. Whether the amount is in range is
    another question.
    """
    written = text.strip()
    if "$" not in written:
        credits_match = _CREDITS.fullmatch(written)
        if credits_match is None:
            raise AmountUnreadable(text)
        return _number(credits_match["whole"])
    money = _MONEY.fullmatch(written)
    if money is None or written.count("$") != 1:
        raise AmountUnreadable(text)
    return _number(money["whole"]) * 100 + int(money["cents"] or 0)


def check_amount(amount: int, *, least: int, most: int = MAX_AMOUNT) -> None:
    """Raise AmountOutOfRange unless this is a whole number from ``least`` to ``most``."""
    # A manipulated client can send a fraction where a whole number was declared.
    if type(amount) is not int or not least <= amount <= most:
        raise AmountOutOfRange(amount, least, most)


def affordable(available: int, price: int) -> int | None:
    """Tell how many videos of this price, in credits, can be paid; None: any number."""
    return max(0, available) // price if price else None


def _number(digits: str) -> int:
    return int(digits.replace(",", ""))
