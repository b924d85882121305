"""Where the settings come from, a file and the environment, with the place of each."""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from bot.config.lines import lines_of
from bot.config.settings import SECRET_KEYS, Settings, all_keys, keys_at
from bot.errors import ConfigError
from bot.redaction import looks_secret
from bot.validation import NOT_SHOWN, Path, shown_key

PREFIX = "SORA_BOT_"
MOST_SECRET_BYTES = 1 << 16
"""A file of a secret is read no further: it may be a device."""
_AFTER_FILES = 10**9
"""The order of what comes from the environment."""
_SYNTAX = (
    (
        ("Cannot", "Duplicate"),
        "a key or a section that is there already",
        "each of them once",
    ),
    (
        ("Unterminated", "Illegal character", 'Expected "'),
        "text without its closing quote",
        "text between two quotes, in one line",
    ),
    (
        ("Unescaped", "Invalid hex", "Escaped"),
        "a backslash that means nothing in TOML",
        "two backslashes for one, or the text in single quotes",
    ),
    (("Unclosed",), "a bracket that is not closed", "the closing bracket"),
    (("Expected ']",), "a section without its closing bracket", "[SECTION] in a line of its own"),
    (
        ("Invalid value", "Expected newline"),
        "a value that is not TOML",
        "text in quotes, a number, true, false or a list in brackets",
    ),
)
"""What tomllib finds, by the beginning of its sentence, and what to say of it."""


@dataclass
class Source:
    """The tables of a file or of the environment, and the mistakes in reading them."""

    tables: dict[str, Any] = field(default_factory=dict)
    places: dict[Path, tuple[int, str]] = field(default_factory=dict)
    """Where each key stands: its order, and its place in words."""
    mistakes: list[tuple[int, ConfigError]] = field(default_factory=list)

    def blame(self, order: int, mistake: ConfigError) -> None:
        """Note a mistake."""
        self.mistakes.append((order, mistake))


def read_file(file: FilePath) -> Source:
    """Read a TOML file; what cannot be read is among the mistakes."""
    source, name = Source(), shown_path(str(file))
    text = ""
    try:
        text = file.read_bytes().decode("utf-8-sig")
        source.tables = tomllib.loads(text)
    except OSError as error:
        source.blame(0, ConfigError(name, _why(error), "a file that can be read", _remedy(error)))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        where = f"{name}, line {line}"
        wrong = ConfigError("the text", "bytes that are not UTF-8", "TOML in UTF-8", where=where)
        source.blame(line, wrong)
    except tomllib.TOMLDecodeError as error:
        source.blame(*_syntax_error(str(error), name, text))
    except (ValueError, RecursionError):  # Python's own limits
        long = ConfigError(name, "a number or a list without end", "numbers of a few digits")
        source.blame(0, long)
    else:
        lines = lines_of(text).items()
        source.places = {path: (line, f"{name}, line {line}") for path, line in lines}
    return source


def _syntax_error(message: str, name: str, text: str) -> tuple[int, ConfigError]:
    """Put what tomllib found into words; its own may repeat a name, which may be a secret."""
    place = re.search(r"\(at line (\d+)", message)
    line = int(place[1]) if place else text.count("\n", 0, len(text.rstrip())) + 1
    found, allowed = next(
        (words for starts, *words in _SYNTAX if message.startswith(starts)),
        ("a line that is not TOML", "KEY = VALUE, or [SECTION]"),
    )
    return line, ConfigError("the text", found, allowed, where=f"{name}, line {line}")


def read_environment(environment: Mapping[str, str]) -> Source:
    """Read the variables SORA_BOT_SECTION__KEY, and SORA_BOT_SECTION__SECRET_FILE.

    One that is empty counts as not set. One without the double underscore may be somebody else's:
    Kubernetes makes such names of a service's.
    """
    source = Source()
    set_ = {name.upper(): name for name, value in environment.items() if value.strip()}
    for upper, name in sorted(set_.items()):
        path: tuple[str, ...] = tuple(upper.removeprefix(PREFIX).lower().split("__"))
        if not upper.startswith(PREFIX) or (
            len(path) == 1 and path[0] not in Settings.model_fields
        ):
            continue
        value = environment[name].strip()
        secret = path[-1].removesuffix("_file")
        place = (_AFTER_FILES, shown_path(name))
        read: object
        if secret != path[-1] and secret in SECRET_KEYS and secret in keys_at(path[:-1]):
            path = (*path[:-1], secret)
            both = upper.removesuffix("_FILE") in set_
            read = _read_secret(FilePath(value), path, place[1], both=both)
        else:
            read = _read_value(value, path, place[1])
        if isinstance(read, ConfigError):
            source.blame(place[0], read)
        else:
            _put(source.tables, path, read)
            source.places[path] = place
    return source


def _read_value(value: str, path: tuple[str, ...], name: str) -> object:
    """Read a section, or what stands in a model's table, as JSON; all else is text."""
    is_section = bool(keys_at(path)) or path == ("models",)
    if not is_section and path[0] != "models":
        return value
    try:
        read = json.loads(value)
    except (ValueError, RecursionError):
        read = value
    if is_section and not isinstance(read, dict):
        allowed = f"{name}__KEY for each of its keys, or all of them as JSON"
        return ConfigError(shown_key(path), NOT_SHOWN, allowed, where=name, path=path)
    return read


def _read_secret(
    file: FilePath, path: tuple[str, ...], name: str, *, both: bool
) -> str | ConfigError:
    """Read a secret from the file that a variable names."""
    key, shown = shown_key(path), shown_path(str(file))
    if both:
        other = name[: -len("_FILE")]
        return ConfigError(key, f"both {other} and {name}", "one of them", where=name, path=path)
    expected = "a file with the secret alone"
    try:
        with file.open("rb") as opened:
            secret = opened.read(MOST_SECRET_BYTES).decode().strip()
    except OSError as error:
        found = f"{shown}: {_why(error)}"
        return ConfigError(key, found, expected, _remedy(error), name, path)
    except ValueError:  # not UTF-8, or a path that can't be one
        return ConfigError(key, f"{shown}, which is no text", expected, where=name, path=path)
    if not secret:
        return ConfigError(key, f"{shown}, which is empty", expected, where=name, path=path)
    return secret


def _put(tables: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    for part in path[:-1]:
        inner = tables.get(part)
        if not isinstance(inner, dict):
            inner = tables[part] = {}
        tables = inner
    tables[path[-1]] = value


def variable(path: Path) -> str:
    """Name the variable of a setting."""
    return PREFIX + "__".join(map(str, path)).upper()


def misspelt_variables() -> Mapping[str, str]:
    """Find variables that are set and not read, which lack an underscore or the section."""
    meant = {}
    for path in all_keys():
        if len(path) > 1 and not keys_at(path):
            meant[PREFIX + "_".join(path).upper()] = variable(path)
            if path[-1] in SECRET_KEYS:  # what they are called is clear enough
                for start in range(1, len(path)):
                    meant.setdefault(PREFIX + "_".join(path[start:]).upper(), variable(path))
    return {
        name: meant[name.upper()]
        for name, value in os.environ.items()
        if value.strip() and name.upper() in meant
    }


def proxy_variables() -> list[str]:
    """Name the variables by which other programs are told of a proxy; the bot has a setting."""
    return sorted(
        name
        for name, value in os.environ.items()
        if value.strip() and name.upper() in {"HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"}
    )


def shown_path(path: str) -> str:
    """Show a path, unless it looks like a secret that was meant for its file."""
    return "a name that is not shown here" if looks_secret(path) or not path.isprintable() else path


def _why(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, IsADirectoryError):
        return "a folder"
    if isinstance(error, PermissionError):
        return f"a file that user {os.geteuid()} may not read"
    return (error.strerror or "an error of the system").lower()


def _remedy(error: OSError) -> str:
    if isinstance(error, IsADirectoryError):
        return "Docker makes a folder where a file that it is to mount does not exist."
    if isinstance(error, PermissionError):
        return "Change its owner or its mode."
    return ""
