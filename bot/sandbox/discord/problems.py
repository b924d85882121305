"""What is wrong with a request body, and the tree of errors in which Discord says so."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One broken rule, at one place of a body."""

    path: Path
    code: str
    message: str

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.path)) or 'body'}: {self.message}"


Problems = Iterator[Problem]


def tree(problems: Iterable[Problem]) -> dict[str, Any]:
    """Arrange problems as Discord does: nested by path, each place with its ``_errors``."""
    root: dict[str, Any] = {}
    for problem in problems:
        node = root
        for step in problem.path:
            node = node.setdefault(str(step), {})
        node.setdefault("_errors", []).append({"code": problem.code, "message": problem.message})
    return root


def key_set(names: str) -> frozenset[str]:
    """Read the names of keys, parted by blanks."""
    return frozenset(names.split())


def keys(value: dict[str, Any], path: Path, known: frozenset[str]) -> Problems:
    """Refuse keys that Discord does not know: most are a mistyped name."""
    for key in value.keys() - known:
        yield Problem((*path, key), "UNKNOWN_KEY", "This key is not known here")


def text(value: Any, path: Path, *, most: int, least: int = 0) -> Problems:
    """Refuse what is no text or has a length outside the range; blanks at the ends don't count."""
    if not isinstance(value, str):
        yield Problem(path, "BASE_TYPE_STRING", "Must be a string")
        return
    length = len(value.strip())
    if least and not length:
        yield Problem(path, "BASE_TYPE_REQUIRED", "This field is required")
    elif not least <= length <= most:
        wanted = f"between {least} and {most}" if least else f"{most} or fewer"
        yield Problem(path, "BASE_TYPE_BAD_LENGTH", f"Must be {wanted} in length.")


def whole(value: Any, path: Path, *, least: int, most: int) -> Problems:
    """Refuse what is no whole number of the range."""
    if isinstance(value, bool) or not isinstance(value, int):
        yield Problem(path, "NUMBER_TYPE_COERCE", f'Value "{value}" is not int.')
    elif not least <= value <= most:
        yield Problem(path, "NUMBER_TYPE_RANGE", f"int value should be {least} to {most}.")


def flag(value: Any, path: Path) -> Problems:
    """Refuse what is no boolean."""
    if not isinstance(value, bool):
        yield Problem(path, "BASE_TYPE_BOOLEAN", "Must be either true or false.")


def count(value: Any, path: Path, *, most: int, least: int = 0) -> Problems:
    """Refuse what is no list, or has too few or too many entries."""
    if not isinstance(value, list):
        yield Problem(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
    elif not least <= len(value) <= most:
        message = f"Must be between {least} and {most} in length."
        yield Problem(path, "BASE_TYPE_BAD_LENGTH", message)


def entries(value: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Give the objects of a list with their places; other entries are left to ``objects``."""
    if isinstance(value, list):
        for index, entry in enumerate(value):
            if isinstance(entry, dict):
                yield (*path, index), entry


def objects(value: Any, path: Path, *, most: int, least: int = 0) -> Problems:
    """Refuse what is no list of so many objects."""
    yield from count(value, path, most=most, least=least)
    if isinstance(value, list):
        for index, entry in enumerate(value):
            if not isinstance(entry, dict):
                message = "Only dictionaries may be used in a DictType"
                yield Problem((*path, index), "DICT_TYPE_CONVERT", message)
