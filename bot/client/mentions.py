"""Commands in answers as mentions that one can click, where their ids are known. Pure."""

import contextlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

SUBCOMMANDS = {1, 2}
"""The types of options that are subcommands, or groups of them (Discord's documentation)."""
_NAMED = re.compile(r"`/([a-z-]+(?: [a-z-]+){0,2})((?: [a-z_]+:[^ `]+)*)`")

Ids = Mapping[str, int]
"""The id by which each command is mentioned, by its path: "budget pool set"."""


def ids_of(commands: Any) -> Ids:
    """Read the ids of a scope's commands from Discord's answer; a group alone can't be used.

    What is no list of commands has none: nothing else hangs on it.
    """
    found: dict[str, int] = {}
    with contextlib.suppress(AttributeError, KeyError, TypeError, ValueError):
        for command in commands:
            if command.get("type", 1) == 1:
                found |= dict.fromkeys(_paths(command), int(command["id"]))
    return found


def mentioned(text: str, ids: Ids) -> str:
    """Write commands that stand in backticks as mentions; their values stay beside them."""

    def mention(found: re.Match[str]) -> str:
        path, values = found[1], found[2].strip()
        if path not in ids:
            return found[0]
        return f"</{path}:{ids[path]}>" + (f" `{values}`" if values else "")

    return _NAMED.sub(mention, text)


def _paths(command: Mapping[str, Any]) -> Iterator[str]:
    below = [each for each in command.get("options") or () if each["type"] in SUBCOMMANDS]
    if not below:
        yield command["name"]
    for each in below:
        for path in _paths(each):
            yield f"{command['name']} {path}"
