"""What a visitor filled in, turned into what the sandbox's client takes.

The page names members, roles and channels by their ids and files by their tickets. What there is
not, and every other value, stays as it is: the client's rules refuse it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.sandbox.chat.uploads import Uploads
from bot.sandbox.discord import Guild
from bot.sandbox.discord.command_rules import ATTACHMENT, CHANNEL, MENTIONABLE, ROLE, USER
from bot.sandbox.discord.component_rules import walk
from bot.sandbox.discord.modal_rules import FILE_UPLOAD

USER_SELECT, ROLE_SELECT, MENTIONABLE_SELECT, CHANNEL_SELECT = 5, 6, 7, 8
"""Component types (Discord's documentation)."""

_OPTION_KINDS = {
    USER: "members",
    ROLE: "roles",
    CHANNEL: "channels",
    MENTIONABLE: "members roles",
    ATTACHMENT: "files",
}
_COMPONENT_KINDS = {
    USER_SELECT: "members",
    ROLE_SELECT: "roles",
    CHANNEL_SELECT: "channels",
    MENTIONABLE_SELECT: "members roles",
    FILE_UPLOAD: "files",
}


@dataclass
class Values:
    """Finds the things of one server."""

    guild: Guild
    uploads: Uploads

    def of_options(
        self, specs: Iterable[Mapping[str, Any]], given: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Read a command's options, by name."""
        kinds = {spec["name"]: _OPTION_KINDS.get(spec["type"], "") for spec in specs}
        return {name: self._find(kinds.get(name, ""), value) for name, value in given.items()}

    def of_component(self, components: Any, custom_id: str, given: Sequence[str]) -> list[Any]:
        """Read the values of one select among a message's components."""
        kind = _component_kinds(components).get(custom_id, "")
        return [self._find(kind, value) for value in given]

    def of_modal(self, components: Any, given: Mapping[str, Any]) -> dict[str, Any]:
        """Read the fields of a modal, by custom_id."""
        kinds = _component_kinds(components)
        return {
            name: [self._find(kinds.get(name, ""), each) for each in value]
            if isinstance(value, list)
            else value
            for name, value in given.items()
        }

    def _find(self, kind: str, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        if kind == "files":
            return self.uploads.find(value) or value
        things: list[Any] = []
        for each in kind.split():
            things += getattr(self.guild, each)
        return next((thing for thing in things if str(thing.id) == value), value)


def _component_kinds(components: Any) -> dict[str, str]:
    return {
        part["custom_id"]: _COMPONENT_KINDS.get(part["type"], "")
        for _, part in walk(components)
        if "custom_id" in part
    }
