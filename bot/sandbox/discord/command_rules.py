"""What Discord refuses in application commands, and what their options may take."""

from collections.abc import Iterable
from typing import Any

from bot.sandbox.discord.problems import (
    Path,
    Problem,
    Problems,
    count,
    entries,
    key_set,
    keys,
    objects,
    text,
    whole,
)

CHAT_INPUT, USER_MENU, MESSAGE_MENU = 1, 2, 3
"""Types of commands."""
IN_GUILD, IN_DIRECT = 0, 1
"""Contexts in which a command can be used."""
SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN = 1, 2, 3, 4, 5
USER, CHANNEL, ROLE, MENTIONABLE, NUMBER, ATTACHMENT = 6, 7, 8, 9, 10, 11
WITH_CHOICES = {STRING: (str,), INTEGER: (int,), NUMBER: (int, float)}
"""The option types that may have choices and autocomplete, with the types of their values."""

MAX_COMMAND_TEXT = 8000
MAX_COMMANDS = {CHAT_INPUT: 100, USER_MENU: 15, MESSAGE_MENU: 15}
"""Commands of one scope by type (Discord's documentation); discord.py 2.7.1 allows 5 of a menu."""

_COMMAND_KEYS = key_set(
    "id name name_localizations description description_localizations options "
    "default_member_permissions dm_permission default_permission contexts integration_types "
    "nsfw type handler"
)
_OPTION_KEYS = key_set(
    "type name name_localizations description description_localizations required choices "
    "options channel_types min_value max_value min_length max_length autocomplete"
)


def check_commands(commands: Any) -> Problems:
    """Check the commands of one scope, as they are set together."""
    yield from objects(commands, (), most=sum(MAX_COMMANDS.values()))
    seen: set[tuple[int, str]] = set()
    for place, command in entries(commands, ()):
        yield from check_command(command, place)
        named = (command.get("type") or CHAT_INPUT, str(command.get("name")))
        if named in seen:
            message = "Application command names must be unique"
            yield Problem((*place, "name"), "APPLICATION_COMMANDS_DUPLICATE_NAME", message)
        seen.add(named)
    yield from check_amount(seen)


def check_amount(named: Iterable[tuple[Any, str]]) -> Problems:
    """Check how many commands of each type a scope has, each given as its type and name."""
    kinds = [kind for kind, _ in named]
    for kind, most in MAX_COMMANDS.items():
        if kinds.count(kind) > most:
            message = f"Only {most} commands of type {kind} are allowed"
            yield Problem((), "APPLICATION_COMMANDS_MAX", message)


def check_command(command: dict[str, Any], path: Path = ()) -> Problems:
    """Check one command, whole."""
    yield from keys(command, path, _COMMAND_KEYS)
    kind = command.get("type") or CHAT_INPUT
    if kind not in MAX_COMMANDS:
        yield Problem((*path, "type"), "BASE_TYPE_CHOICES", "Value must be one of 1 to 3.")
    if kind == CHAT_INPUT:
        yield from _check_name(command, path)
        yield from text(command.get("description", ""), (*path, "description"), least=1, most=100)
        yield from _check_options(command.get("options"), (*path, "options"), depth=0)
    else:
        yield from text(command.get("name", ""), (*path, "name"), least=1, most=32)
        if command.get("description") or command.get("options"):
            message = "Context menu commands cannot have a description or options"
            yield Problem(path, "APPLICATION_COMMAND_INVALID_DESCRIPTION", message)
    for key, most in (("contexts", 2), ("integration_types", 1)):
        values = command.get(key) or []
        yield from count(values, (*path, key), most=most + 1)
        for index, value in enumerate(values if isinstance(values, list) else ()):
            yield from whole(value, (*path, key, index), least=0, most=most)
    if _length(command) > MAX_COMMAND_TEXT:
        message = f"Command exceeds maximum size ({MAX_COMMAND_TEXT})"
        yield Problem(path, "APPLICATION_COMMAND_TOO_LARGE", message)


def _length(node: dict[str, Any]) -> int:
    """Count a command's characters: of each name and description the longest translation."""
    total = len(node["value"]) if isinstance(node.get("value"), str) else 0
    for key in ("name", "description"):
        translations = node.get(f"{key}_localizations") or {}
        said = [node.get(key), *(translations.values() if isinstance(translations, dict) else ())]
        total += max((len(words) for words in said if isinstance(words, str)), default=0)
    for key in ("options", "choices"):
        total += sum(_length(entry) for _, entry in entries(node.get(key), ()))
    return total


def _check_name(node: dict[str, Any], path: Path) -> Problems:
    name = node.get("name", "")
    yield from text(name, (*path, "name"), least=1, most=32)
    if isinstance(name, str) and (
        name != name.lower() or not all(letter.isalnum() or letter in "-_'" for letter in name)
    ):
        message = "Command name is invalid"
        yield Problem((*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", message)


def _check_options(options: Any, path: Path, depth: int) -> Problems:
    if options is None:
        return
    yield from objects(options, path, most=25)
    seen: set[str] = set()
    optional = False
    types = {entry.get("type") for _, entry in entries(options, path)}
    if types & {SUBCOMMAND, GROUP} and types - {SUBCOMMAND, GROUP}:
        message = "Sub-command and sub-command group options can't stand beside other options"
        yield Problem(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
    for place, option in entries(options, path):
        yield from _check_option(option, place, depth)
        if option.get("required") and optional:
            message = "Required options must be placed before non-required options"
            yield Problem((*place, "required"), "APPLICATION_COMMAND_OPTIONS_REQUIRED", message)
        optional = optional or not option.get("required")
        if option.get("name") in seen:
            message = "Option names must be unique"
            yield Problem((*place, "name"), "APPLICATION_COMMAND_OPTIONS_NAME_INVALID", message)
        seen.add(str(option.get("name")))


def _check_option(option: dict[str, Any], path: Path, depth: int) -> Problems:
    yield from keys(option, path, _OPTION_KEYS)
    yield from _check_name(option, path)
    yield from text(option.get("description", ""), (*path, "description"), least=1, most=100)
    kind = option.get("type")
    if kind not in range(SUBCOMMAND, ATTACHMENT + 1):
        yield Problem((*path, "type"), "BASE_TYPE_CHOICES", "Value must be one of 1 to 11.")
    elif kind in {SUBCOMMAND, GROUP}:
        if depth > {SUBCOMMAND: 1, GROUP: 0}[kind]:
            message = "Groups nest one level, and sub-commands hold no sub-commands"
            yield Problem((*path, "type"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
        # A sub-command counts as the last level, wherever it stands.
        below = depth + 1 if kind == GROUP else 2
        yield from _check_options(option.get("options"), (*path, "options"), below)
    elif option.get("options"):
        message = "Only sub-commands and groups have options"
        yield Problem((*path, "options"), "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", message)
    yield from _check_choices(option, path)


def _check_choices(option: dict[str, Any], path: Path) -> Problems:
    choices = option.get("choices")
    wanted = WITH_CHOICES.get(option.get("type", 0))
    if (choices or option.get("autocomplete")) and wanted is None:
        message = "This type of option takes no choices and no autocomplete"
        yield Problem(path, "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID", message)
    if choices and option.get("autocomplete"):
        message = "Choices and autocomplete can't be used together"
        yield Problem((*path, "autocomplete"), "APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES", message)
    if choices is not None and wanted is not None:
        yield from check_choices(choices, (*path, "choices"), wanted)


def check_choices(choices: Any, path: Path, wanted: tuple[type, ...]) -> Problems:
    """Check an option's choices, or the answer to an autocompletion."""
    yield from objects(choices, path, most=25)
    for place, choice in entries(choices, path):
        known = frozenset({"name", "name_localizations", "value"})
        yield from keys(choice, place, known)
        yield from text(choice.get("name", ""), (*place, "name"), least=1, most=100)
        value = choice.get("value")
        if isinstance(value, bool) or not isinstance(value, wanted):
            message = f'Could not interpret "{value}" as the type of this option.'
            yield Problem((*place, "value"), "CHOICE_VALUE_INVALID", message)
        elif isinstance(value, str):
            yield from text(value, (*place, "value"), most=100)
