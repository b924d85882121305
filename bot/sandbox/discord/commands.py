"""The commands that the bot has registered."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.discord.bell import Bell
from bot.sandbox.discord.command_rules import (
    CHAT_INPUT,
    GROUP,
    IN_DIRECT,
    MESSAGE_MENU,
    SUBCOMMAND,
    USER_MENU,
)
from bot.sandbox.discord.ids import Snowflakes

Command = dict[str, Any]

_EVERYWHERE_ONLY = frozenset({"contexts", "dm_permission", "integration_types"})
"""What Discord keeps of commands that are registered everywhere alone (its documentation)."""
_UNTOLD: tuple[tuple[str, Any], ...] = (
    *(("required", False), ("autocomplete", False)),
    *(("options", []), ("choices", []), ("channel_types", [])),
)
"""What an answer leaves out where it is so."""


@dataclass
class Commands:
    """Commands by scope: a server's id, or None for everywhere."""

    ids: Snowflakes
    application_id: int
    scopes: dict[int | None, dict[int, Command]] = field(default_factory=dict)
    bell: Bell = field(default_factory=Bell)

    def of(self, guild_id: int | None) -> dict[int, Command]:
        """Give the commands of one scope, by id."""
        return self.scopes.setdefault(guild_id, {})

    def replace(self, guild_id: int | None, given: Sequence[Command]) -> list[Command]:
        """Set a scope's commands; those of the same type and name keep their ids."""
        ids = {named(command): command_id for command_id, command in self.of(guild_id).items()}
        kept = [self._rendered(command, guild_id, ids.get(named(command))) for command in given]
        self.scopes[guild_id] = {int(command["id"]): command for command in kept}
        self.bell.ring()
        return kept

    def put(self, guild_id: int | None, given: Command) -> Command:
        """Add a command to a scope, in place of the one of its type and name."""
        others = [old for old in self.of(guild_id).values() if named(old) != named(given)]
        return self.replace(guild_id, [*others, given])[-1]

    def change(self, guild_id: int | None, command_id: int, given: Command) -> Command:
        """Change a command, which keeps its id even under another name."""
        changed = self._rendered(given, guild_id, command_id)
        self.of(guild_id)[command_id] = changed
        self.bell.ring()
        return changed

    def _rendered(self, given: Command, guild_id: int | None, known_id: int | None) -> Command:
        permissions = given.get("default_member_permissions")
        contexts = given.get("contexts")
        kept = {
            "description": "",
            "nsfw": False,
            **_told(given),
            "id": str(known_id or self.ids.next()),
            "version": str(self.ids.next()),
            "type": given.get("type") or CHAT_INPUT,
            "application_id": str(self.application_id),
            "default_member_permissions": None if permissions is None else str(permissions),
            "dm_permission": given.get("dm_permission", contexts is None or IN_DIRECT in contexts),
            "contexts": contexts,
            "integration_types": given.get("integration_types") or [0],
        }
        if guild_id is None:
            return kept
        told = {key: value for key, value in kept.items() if key not in _EVERYWHERE_ONLY}
        return {**told, "guild_id": str(guild_id)}

    def offered(self, guild_id: int | None) -> list[Command]:
        """List the commands for a server, or for direct messages.

        A server's own come first. One that is registered everywhere as well is there twice, as
        clients show it.
        """
        scopes = dict.fromkeys((guild_id, None))
        return [command for scope in scopes for command in self.of(scope).values()]

    def find(self, path: str, guild_id: int | None) -> tuple[Command, list[Command]] | None:
        """Find a slash command by its words; with it the sub-commands that lead to the last word.

        None where there is no such command, or where the words do not end at one to use.
        """
        root, *rest = path.split()
        command = self.of_kind(CHAT_INPUT, root, guild_id)
        chain = None if command is None else _follow(command, rest)
        return None if command is None or chain is None else (command, chain)

    def of_kind(self, kind: int, name: str, guild_id: int | None) -> Command | None:
        """Find a command by its type and name."""
        for command in self.offered(guild_id):
            if named(command) == (kind, name):
                return command
        return None

    def knows(self, path: str, guild_id: int | None) -> bool:
        """Tell whether there is a slash command of these words, or a menu's of this name."""
        menus = (USER_MENU, MESSAGE_MENU)
        by_menu = any(self.of_kind(kind, path, guild_id) is not None for kind in menus)
        return by_menu or self.find(path, guild_id) is not None


def named(command: Command) -> tuple[int, str]:
    """Tell a command's type and name, which are unique in a scope."""
    return command.get("type") or CHAT_INPUT, command["name"]


def _told(node: Command) -> Command:
    """Leave out of a command or an option what an answer does not tell."""
    told = {key: value for key, value in node.items() if (key, value) not in _UNTOLD}
    if "options" in told:
        told["options"] = [_told(option) for option in told["options"]]
    return told


def _follow(command: Command, words: list[str]) -> list[Command] | None:
    chain: list[Command] = []
    node = command
    for word in words:
        for option in node.get("options") or ():
            if option["name"] == word and option["type"] in {SUBCOMMAND, GROUP}:
                node = option
                chain.append(node)
                break
        else:
            return None
    below = node.get("options") or ()
    return None if any(option["type"] in {SUBCOMMAND, GROUP} for option in below) else chain
