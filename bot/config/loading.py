"""Settings from their sources, with all that is wrong in them told at once."""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from bot.catalogue import load_catalogue
from bot.config.settings import ADDRESS_KEYS, SECRET_KEYS, SQLITE, Settings, all_keys, keys_at
from bot.config.sources import PREFIX, Source, read_environment, read_file, variable
from bot.errors import ConfigError, ConfigErrors
from bot.redaction import keep_secret, looks_secret
from bot.validation import (
    NOT_SHOWN,
    Path,
    expected_of,
    findings,
    found_in,
    hint_of,
    nearest,
    one_of,
    shown_key,
)

DEFAULT_FILE = FilePath("config.toml")
"""Read where it is there and no other is named; else the environment alone has the settings."""


def find_file(named: FilePath | None) -> FilePath | None:
    """Tell which file holds the settings: that which was named, the default one, or none."""
    if named is None and os.path.lexists(DEFAULT_FILE):
        return DEFAULT_FILE
    return named


def load_settings(file: FilePath | None) -> Settings:
    """Read the file (where one is given) and the environment; raise ConfigErrors."""
    read = Source() if file is None else read_file(file)
    environment = read_environment(os.environ)
    tables = _laid_over(read.tables, environment.tables)
    mistakes = [*read.mistakes, *environment.mistakes]
    settings = Settings()
    try:
        settings = Settings.model_validate(tables)
    except ValidationError as error:
        found = [_in_words(each) for each in findings(error)]
        mistakes += _placed(found, read, environment)
    mistakes += _placed(_wrong_models(tables.get("models")), read, environment)
    told = {mistake.path for _, mistake in mistakes}
    misplaced = [each for each in _misplaced(tables) if each.path not in told]
    mistakes += _placed(misplaced, read, environment)
    if mistakes:
        mistakes.sort(key=lambda each: each[0])
        raise ConfigErrors(tuple(mistake for _, mistake in mistakes))
    return settings


def _laid_over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    both = {**below, **above}
    for key in below.keys() & above.keys():
        if isinstance(below[key], Mapping) and isinstance(above[key], Mapping):
            both[key] = _laid_over(below[key], above[key])
    return both


def _in_words(mistake: Mapping[str, Any]) -> ConfigError:
    """Put one of pydantic's findings into words."""
    path: Path = tuple(mistake["loc"])
    key = shown_key(path)
    if mistake["type"] == "extra_forbidden":
        known = keys_at(path[:-1])
        kind = "section" if len(path) == 1 else "key"
        return ConfigError(key, f"an unknown {kind}", one_of(known), path=path)
    if mistake["type"] in {"model_type", "dict_type"}:
        # What stands in a section's place may be a secret that was meant for one of its keys.
        return ConfigError(key, NOT_SHOWN, f"a section with keys, [{key}]", path=path)
    found = NOT_SHOWN if SECRET_KEYS & set(path) else found_in(mistake)
    return ConfigError(key, found, expected_of(mistake), hint_of(mistake), path=path)


def _wrong_models(models: object) -> Sequence[ConfigError]:
    """List what the catalogue finds in the models' tables."""
    if not isinstance(models, Mapping):
        return ()
    try:
        load_catalogue({name: each for name, each in models.items() if isinstance(each, Mapping)})
    except ConfigErrors as errors:
        return errors.mistakes
    return ()


def _misplaced(value: object, path: Path = ()) -> Iterator[ConfigError]:
    """Find what looks like a secret where none belongs, and hide it from now on."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if looks_secret(name):
                keep_secret(name)
                if path == ("models",):
                    yield _secret_at((*path, name))
            yield from _misplaced(inner, (*path, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _misplaced(inner, (*path, number))
    elif isinstance(value, str) and not (SECRET_KEYS | ADDRESS_KEYS) & set(path):
        # In the path of a file the names of folders are what they are.
        text = value.removeprefix(SQLITE)
        if looks_secret(text) and not text.startswith(("/", "./", "../", "~")):
            keep_secret(text)
            yield _secret_at(path)


def _secret_at(path: Path) -> ConfigError:
    return ConfigError(
        shown_key(path),
        "what looks like a key or a token",
        "no secret here",
        f"Secrets belong in {one_of(_secrets())} alone.",
        path=path,
    )


def _secrets() -> Sequence[str]:
    return [".".join(path) for path in all_keys() if path[-1] in SECRET_KEYS]


def _placed(
    mistakes: Sequence[ConfigError], file: Source, environment: Source
) -> Iterator[tuple[int, ConfigError]]:
    """Tell where each mistake stands, and what probably was meant by an unknown name there."""
    for mistake in mistakes:
        places = [_place(mistake.path, each) for each in (environment, file)]
        near = max((each for each in places if each), default=None, key=lambda each: each[0])
        order, where = near[1] if near else (0, "")
        hint = mistake.hint
        if mistake.found.startswith("an unknown") and not hint:
            hint = _meant(mistake.path, where)
        told = ConfigError(mistake.key, mistake.found, mistake.allowed, hint, where, mistake.path)
        yield order, told


def _place(path: Path, source: Source) -> tuple[int, tuple[int, str]] | None:
    """Find the nearest key around a mistake, or the first one within; tell how many lead there."""
    for length in range(len(path), 0, -1):
        if path[:length] in source.places:
            return length, source.places[path[:length]]
    within = [place for each, place in source.places.items() if each[: len(path)] == path]
    return (len(path), min(within)) if within else None


def _meant(path: Path, where: str) -> str:
    """Ask whether a known key was meant: one of the same section, or of that name elsewhere."""
    near = nearest(str(path[-1]), keys_at(path[:-1]))
    meant = [(*path[:-1], near)] if near else [each for each in all_keys() if each[-1] == path[-1]]
    if not meant:
        return ""
    if where.startswith(PREFIX):
        rest = where.lower().split("__")[len(path) :]
        names = [variable((*each, *rest)) for each in meant]
    else:
        names = [_name(each, path[:-1]) for each in meant]
    return f"Did you mean {one_of(names)}?"


def _name(path: Path, section: Path) -> str:
    """Name a section, or a key with its section where that is another."""
    if keys_at(path) or path == ("models",):
        return f"[{shown_key(path)}]"
    return shown_key(path[-1:]) + (f" in [{shown_key(path[:-1])}]" if path[:-1] != section else "")
