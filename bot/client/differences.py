"""How the commands that Discord has of a scope differ from those that are wanted. Pure.

Discord's answer has ids and versions, leaves out what is as by default, writes permissions as
text, and tells of a server's own commands neither contexts nor ways to install: those are for
commands that are registered everywhere (its documentation).
"""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

Payload = Mapping[str, Any]
"""A command as it is sent to Discord, or as it comes from there."""

_DEFAULTS: Mapping[str, Any] = MappingProxyType(
    {
        "type": 1,
        "description": "",
        "options": (),
        "choices": (),
        "channel_types": (),
        "contexts": None,
        "integration_types": (0,),
        "nsfw": False,
        "required": False,
        "autocomplete": False,
        "default_member_permissions": None,
        "min_value": None,
        "max_value": None,
        "min_length": None,
        "max_length": None,
    }
)
"""What a field means that is not there, or null, in a command, an option or a choice."""
_ANSWERED = frozenset({"id", "version", "application_id", "guild_id"})
"""What only Discord's answer has."""
_UNORDERED = frozenset({"channel_types", "contexts", "integration_types"})
_EVERYWHERE_ONLY = frozenset({"contexts", "integration_types"})


def differences(wanted: Sequence[Payload], present: Sequence[Payload]) -> list[str]:
    """Name what differs: "sora" is there in one set alone, "sora.options.0.name" in both.

    The order of the commands means nothing, that of their options does. Raises TypeError,
    AttributeError or KeyError where there is no list of commands.
    """
    if not isinstance(present, list):
        raise TypeError(type(present).__name__)
    ours, theirs = ({_identity(each): each for each in some} for some in (wanted, present))
    alone = [str(name) for _, name in sorted(ours.keys() ^ theirs.keys())]
    both = sorted(ours.keys() & theirs.keys())
    return alone + [
        path for key in both for path in _in_node(ours[key], theirs[key], str(ours[key]["name"]))
    ]


def _identity(command: Payload) -> tuple[int, str]:
    """Tell what is unique in a scope."""
    return command.get("type") or 1, command["name"]


def _in_node(wanted: Payload, present: Payload, path: str) -> Iterator[str]:
    for key in sorted((wanted.keys() | _DEFAULTS.keys()) - _ANSWERED):
        if key in _EVERYWHERE_ONLY and "guild_id" in present and present.get(key) is None:
            continue
        ours, theirs = _value(wanted, key), _value(present, key)
        if key in {"options", "choices"}:
            yield from _in_list(ours, theirs, f"{path}.{key}")
        elif ours != theirs:
            yield f"{path}.{key}"


def _in_list(wanted: Sequence[Payload], present: Sequence[Payload], path: str) -> Iterator[str]:
    if len(wanted) != len(present):
        yield path
        return
    for index, (ours, theirs) in enumerate(zip(wanted, present, strict=True)):
        yield from _in_node(ours, theirs, f"{path}.{index}")


def _value(node: Payload, key: str) -> Any:
    value = node.get(key)
    if value is None:
        value = _DEFAULTS.get(key)
    if key == "default_member_permissions" and value is not None:
        return str(value)
    return sorted(value) if key in _UNORDERED and value is not None else value
