"""On which line of a TOML text each key stands. Pure."""

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.validation import Path


def lines_of(text: str) -> Mapping[Path, int]:
    """Find the first line, from 1 on, of each section, key and table in a list.

    The text must be TOML. It is read statement by statement, so that its cost grows with the text.
    """
    lines: dict[Path, int] = {}
    section: Path = ()
    counts: dict[Path, int] = {}
    for number, tables in _statements(text):
        if isinstance(tables, str):
            section = _enter(tables, counts)
            paths: Iterator[Path] = (section[: end + 1] for end in range(len(section)))
        else:
            paths = (section + path for path in _paths(tables))
        for path in paths:
            lines.setdefault(path, number)
    return lines


def _statements(text: str) -> Iterator[tuple[int, str | Mapping[str, Any]]]:
    """Give each statement with its line: the text of a section's head, or the keys of another."""
    begun, number = "", 1
    for at, line in enumerate(re.findall(r"[^\n]*\n|[^\n]+", text), start=1):
        if not begun:
            number = at
        begun += line
        try:
            tables = tomllib.loads(begun)
        except tomllib.TOMLDecodeError:
            continue  # it goes on in the next line
        yield number, begun if begun.lstrip().startswith("[") else tables
        begun = ""


def _enter(head: str, counts: dict[Path, int]) -> Path:
    """Read [a.b] or [[a.b]], with the places in lists of tables that lead there."""
    names = next(_deepest(tomllib.loads(head)))
    listed = head.lstrip().startswith("[[")
    path: Path = ()
    for name in names:
        path += (name,)
        if listed and len([each for each in path if isinstance(each, str)]) == len(names):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path += (counts[path],)
    return path


def _deepest(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if isinstance(value, Sequence):
        value = value[0]
    if not value:
        yield path
    for name, inner in value.items():
        yield from _deepest(inner, (*path, name))


def _paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """List the keys of a statement, and those within it."""
    if path:
        yield path
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _paths(inner, (*path, name))
