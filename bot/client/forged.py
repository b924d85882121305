"""What a manipulated client may send in place of a command's options, found before it is used.

Discord checks what its own clients send; the library takes it for checked, and fails at the rest.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from discord import AppCommandOptionType, Interaction, InteractionType, app_commands

_PLAIN: Mapping[AppCommandOptionType, type | tuple[type, ...]] = {
    AppCommandOptionType.string: str,
    # Which numbers are right is the command's to say.
    AppCommandOptionType.integer: (int, float),
    AppCommandOptionType.number: (int, float),
    AppCommandOptionType.boolean: bool,
}
_RESOLVED: Mapping[AppCommandOptionType, str] = {
    AppCommandOptionType.channel: "channels",
    AppCommandOptionType.role: "roles",
    AppCommandOptionType.attachment: "attachments",
}
"""Where Discord says more of what an id names; of a user it is the library that misses it."""
_GROUPS = {1, 2}
"""The types of a subcommand and of a group of them."""


def find_forged(interaction: Interaction[Any]) -> str | None:
    """Name the first option that is of no kind which the command takes, or that is missing."""
    command, data = interaction.command, interaction.data
    if interaction.type is not InteractionType.application_command or not data:
        return None
    if not isinstance(command, app_commands.Command):  # a menu's, or one that there is not
        return None
    given = {each.get("name"): each.get("value") for each in _options(data)}
    resolved: Any = data.get("resolved") or {}
    for parameter in command.parameters:
        value = given.get(parameter.display_name)
        if value is None:
            if parameter.required:
                return parameter.display_name
        elif not _fits(parameter.type, value, resolved):
            return parameter.display_name
    return None


def _options(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """List the options of the command itself, below the groups that it is in."""
    for option in data.get("options") or []:
        if option.get("type") in _GROUPS:
            yield from _options(option)
        else:
            yield option


def _fits(kind: AppCommandOptionType, value: Any, resolved: Mapping[str, Any]) -> bool:
    plain = _PLAIN.get(kind)
    if plain is not None:
        return isinstance(value, plain)
    if not isinstance(value, str) or not value.isdecimal():
        return False
    where = _RESOLVED.get(kind)
    return where is None or value in (resolved.get(where) or {})
