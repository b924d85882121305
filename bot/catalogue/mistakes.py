"""Mistakes in the catalogue, in words for whoever edits it."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from bot.catalogue.offers import PRICE_TAGS, SIZE_PATTERN
from bot.errors import ConfigError

SHIPPED = "models.toml"
_NOT_KEYS = {*PRICE_TAGS, "[key]"}
"""What pydantic puts into a mistake's place that is no key in the file."""
_NUMBER, _TABLE = "a whole number", "a table with keys"
_ALLOWED = {
    "missing": "a value: this key is needed",
    "extra_forbidden": f"no such key; {SHIPPED} shows them all",
    "string_type": "text in quotes",
    "string_too_short": "text that is not empty",
    "string_too_long": "text of at most {max_length} characters",
    "too_short": "at least one value",
    "tuple_type": "a list in brackets",
    "int_type": _NUMBER,
    "int_parsing": _NUMBER,
    "int_from_float": _NUMBER,
    "greater_than": "a whole number above {gt}",
    "greater_than_equal": "a whole number from {ge} on",
    "less_than_equal": "a whole number up to {le}",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dict_type": _TABLE,
    "mapping_type": _TABLE,
    "model_type": _TABLE,
}
"""What a key may be, by pydantic's name of the mistake."""


def first_mistake(error: ValidationError, model: str, *, ours: bool) -> ConfigError:
    """Name the first mistake in a model's table: the key, what was found, what is allowed."""
    first = error.errors(include_url=False)[0]
    keys = [str(part) for part in first["loc"] if part not in _NOT_KEYS]
    table = f'"{model}"' if "." in model else model
    where = f"{SHIPPED}: " if ours else "models."
    if keys == ["name"]:
        allowed = "a name of up to 40 letters a to z, figures, dots, dashes and underscores"
        return ConfigError(f"{where}{table}", repr(model)[:200], allowed)
    return ConfigError(where + ".".join([table, *keys]), _found(first), _allowed(first))


def _found(mistake: Mapping[str, Any]) -> str:
    if mistake["type"] == "missing":
        return "nothing"
    if mistake["type"] == "value_error" and isinstance(mistake["input"], Mapping):
        return "values that do not go together"
    return repr(mistake["input"])[:200]


def _allowed(mistake: Mapping[str, Any]) -> str:
    context = mistake.get("ctx", {})
    if context.get("pattern") == SIZE_PATTERN:
        return "width x height in pixels, such as 1280x720"
    if mistake["type"] in _ALLOWED:
        return _ALLOWED[mistake["type"]].format(**context)
    text: str = mistake["msg"]
    return text.removeprefix("Value error, ").removeprefix("Input should be ")
