"""Mistakes in the catalogue, in words for whoever edits it."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from bot.catalogue.offers import PRICE_TAGS, SIZE_PATTERN
from bot.errors import ConfigError
from bot.validation import Path, did_you_mean, expected_of, findings, found_in, hint_of, shown_key

SHIPPED = "models.toml"
_NOT_KEYS = {*PRICE_TAGS, "[key]"}
"""What pydantic puts into a mistake's place that is no key in the file."""
A_NAME = "a name of up to 40 letters a to z, figures, dots, dashes and underscores"


def mistakes_in(
    error: ValidationError, model: str, keys: Collection[str], shipped: Collection[str]
) -> Iterator[ConfigError]:
    """Name each mistake in a model's table: the key, what was found, what is expected.

    ``keys`` are those that there can be in any table; ``shipped`` are the models of ours, which
    an operator may have meant.
    """
    found = findings(error)
    lacking = [str(each["loc"][0]) for each in found if _is_lacking(each)]
    if lacking:
        path: Path = ("models", model)
        yield ConfigError(
            shown_key(path),
            f"a new model without {', '.join(lacking)}",
            f"all keys that {SHIPPED} shows, or the name of a model that is there",
            did_you_mean(model, shipped),
            path=path,
        )
    for each in found:
        if not _is_lacking(each):
            yield _in_words(each, model, keys)


def _is_lacking(mistake: Mapping[str, Any]) -> bool:
    return mistake["type"] == "missing" and len(mistake["loc"]) == 1


def _in_words(mistake: Mapping[str, Any], model: str, keys: Collection[str]) -> ConfigError:
    path: Path = tuple(part for part in mistake["loc"] if part not in _NOT_KEYS)
    if path == ("name",):
        path = ("models", model)
        return ConfigError(shown_key(path), "another name", A_NAME, path=path)
    path = ("models", model, *path)
    key = shown_key(path)
    if mistake["type"] == "extra_forbidden":
        hint = did_you_mean(str(path[-1]), keys)
        return ConfigError(
            key, "an unknown key", f"one of those that {SHIPPED} shows", hint, path=path
        )
    allowed = expected_of(mistake)
    if mistake.get("ctx", {}).get("pattern") == SIZE_PATTERN:
        allowed = "width x height in pixels, such as 1280x720"
    return ConfigError(key, found_in(mistake), allowed, hint_of(mistake), path=path)
