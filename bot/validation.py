"""What is wrong with a value that an operator wrote, in our words and without showing a secret.

The checks are pydantic's; its own sentences go nowhere.
"""

import difflib
import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from bot.redaction import looks_secret

Path = tuple[str | int, ...]
"""The keys, and places in lists, that lead to a value."""

NOT_SHOWN = "a value that is not shown here"
KEY_NOT_SHOWN = "(a name that is not shown here)"
LONGEST_KEY = 60
LARGEST_SHOWN = 10**9
"""A longer number may be a key of digits alone."""
SHORT_TEXT = re.compile(r"[0-9.,:x+-]{1,9}[a-zA-Z%]?|[a-zA-Z]{1,3}")
"""Text that is too short to be a secret: numbers with a unit, sizes, a letter or two."""
PLAIN_WORDS = frozenset(
    {"true", "false", "yes", "no", "on", "off", "none", "null", "auto", "default", "all", "many"}
    | {"unlimited", "infinite", "never", "second", "minute", "hour", "hourly", "daily", "weekly"}
    | {"fortnight", "monthly", "quarter", "quarterly", "year", "yearly", "annual", "decade"}
)
"""What people write where a number or one of a few words belongs."""
_OURS = "ours"
_WHOLE, _LIST = "a whole number", "a list in brackets"
_TABLE, _FLAG = "a section with keys", "true or false"
_TEXT = "text in quotes"
_EXPECTED = {
    "missing": "a value: this key is needed",
    "string_type": _TEXT,
    "string_sub_type": _TEXT,
    "string_unicode": _TEXT,
    "path_type": _TEXT,
    "string_too_short": "text that is not empty",
    "string_too_long": "text of at most {max_length} characters",
    "too_short": "at least one value",
    "tuple_type": _LIST,
    "list_type": _LIST,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": "a smaller number",
    "int_from_float": _WHOLE,
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a finite number",
    "bool_type": _FLAG,
    "bool_parsing": _FLAG,
    "dict_type": _TABLE,
    "mapping_type": _TABLE,
    "model_type": _TABLE,
    "model_attributes_type": _TABLE,
}
"""What is expected, by pydantic's name of the mistake."""
_BOUNDS = {
    "greater_than": "above {gt}",
    "greater_than_equal": "from {ge} on",
    "less_than_equal": "up to {le}",
    "less_than": "below {lt}",
}


def refuse(found: str, allowed: str) -> PydanticCustomError:
    """Make the error of a validator that says itself what was found."""
    return PydanticCustomError(_OURS, "{found}{allowed}", {"found": found, "allowed": allowed})


def findings(error: ValidationError) -> Sequence[Mapping[str, Any]]:
    """List what pydantic found, without what merely follows from something else."""
    return [
        each
        for each in error.errors(include_url=False)
        # A list whose members are wrong counts as empty.
        if each["type"] != "too_short" or not each["input"]
    ]


def found_in(mistake: Mapping[str, Any]) -> str:
    """Tell what stands there, as one of pydantic's findings has it."""
    if mistake["type"] == _OURS:
        return str(mistake["ctx"]["found"])
    if mistake["type"] == "missing":
        return "nothing"
    if mistake["type"] == "value_error" and isinstance(mistake["input"], Mapping):
        return "values that do not go together"
    return shown(mistake["input"])


def expected_of(mistake: Mapping[str, Any]) -> str:
    """Tell what should stand there."""
    kind, context = mistake["type"], mistake.get("ctx", {})
    if kind == _OURS:
        return str(context["allowed"])
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return one_of(f'"{each}"' for each in _words_of(context))
    if kind in _BOUNDS:
        bound = next(iter(context.values()))
        number = _WHOLE if isinstance(bound, int) else "a number"
        written = {
            name: f"{each:,g}" if isinstance(each, float) else f"{each:,}"
            for name, each in context.items()
        }
        return f"{number} {_BOUNDS[kind].format(**written)}"
    return _EXPECTED.get(kind, "a value of another kind").format(**context)


def hint_of(mistake: Mapping[str, Any]) -> str:
    """Name the word that probably was meant, where one of a few is expected."""
    if mistake["type"] == "literal_error" and isinstance(mistake["input"], str):
        return did_you_mean(mistake["input"], _words_of(mistake["ctx"]))
    return ""


def _words_of(context: Mapping[str, Any]) -> list[str]:
    return re.findall(r"'([^']*)'", context["expected"])


def shown(value: object) -> str:
    """Show a value that cannot be a secret; of others tell the kind alone."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        odd = isinstance(value, float) and not math.isfinite(value)
        return repr(value) if odd or abs(value) < LARGEST_SHOWN else "a large number"
    if isinstance(value, str):
        return _shown_text(value)
    if isinstance(value, Mapping):
        return "a section with keys" if value else "an empty section"
    if isinstance(value, Sequence):
        return "a list" if value else "an empty list"
    return NOT_SHOWN


def _shown_text(text: str) -> str:
    if not text.strip():
        return "empty text"
    if SHORT_TEXT.fullmatch(text) or text.casefold() in PLAIN_WORDS:
        return f'"{text}"'
    scheme = re.match(r"[a-z]{1,12}(?:\+[a-z]{1,12})?://", text)
    if scheme is not None:
        return f"an address that begins with {scheme[0]}"
    return "text that is not shown here"


def shown_key(path: Iterable[str | int]) -> str:
    """Write the keys that lead to a value as the file has them, without what looks secret."""
    return ".".join(_shown_part(str(part)) for part in path)


def _shown_part(part: str) -> str:
    if looks_secret(part) or len(part) > LONGEST_KEY or not part.isprintable():
        return KEY_NOT_SHOWN
    return f'"{part}"' if "." in part else part


def nearest(word: str, known: Collection[str]) -> str:
    """Find the known word that probably was meant; empty: none is near."""
    return next(iter(difflib.get_close_matches(word.casefold(), sorted(known), n=1)), "")


def did_you_mean(word: str, known: Collection[str]) -> str:
    """Ask whether the nearest known word was meant; empty: none is near."""
    near = nearest(word, known)
    return f"Did you mean {near}?" if near else ""


def one_of(words: Iterable[str]) -> str:
    """List what can be chosen."""
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last
