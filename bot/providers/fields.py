"""Single values of what a provider sends, read within bounds. Pure.

What comes from outside may be of any type and length: a number of 9 letters can take a gigabyte
to be written out, and a text may hold halves of characters, which no file or address can.
"""

import re
from decimal import Decimal
from typing import Any

MOST_LETTERS = 2_000
"""No id is longer, by far."""
_AMOUNT = re.compile(r"[+-]?[0-9]{1,12}(\.[0-9]{0,30})?", re.ASCII)
_LARGEST_AMOUNT = 10.0**12
_HALF = re.compile(r"[\ud800-\udfff]")
MARK = "\N{REPLACEMENT CHARACTER}"


def read_amount(said: object) -> Decimal | None:
    """Read an amount, a JSON number or a text; None for anything else, or beyond a trillion."""
    match said:
        case bool():
            return None
        case float():
            return Decimal(str(said)) if abs(said) < _LARGEST_AMOUNT else None
        case int() | str():
            text = str(said).strip() if isinstance(said, str) or abs(said) < _LARGEST_AMOUNT else ""
            return Decimal(text) if _AMOUNT.fullmatch(text) else None
    return None


def read_id(said: object) -> str | None:
    """Read the number or text by which a request is asked for; None where there is none.

    Whatever it is made of: what was accepted is kept.
    """
    if isinstance(said, bool) or not isinstance(said, str | int):
        return None
    return str(said)[:MOST_LETTERS] or None


def whole_characters(value: Any) -> Any:
    """Mark, in JSON of any kind, the halves of characters that could not be written anywhere."""
    match value:
        case str():
            return _HALF.sub(MARK, value)
        case list():
            return [whole_characters(each) for each in value]
        case dict():
            return {_HALF.sub(MARK, name): whole_characters(each) for name, each in value.items()}
    return value
