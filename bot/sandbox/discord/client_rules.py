"""What a member's own client refuses before anything is sent. Pure: it looks and raises."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bot.sandbox.discord.channel import Channel
from bot.sandbox.discord.client_refusal import ClientRefusal
from bot.sandbox.discord.command_rules import (
    ATTACHMENT,
    BOOLEAN,
    CHANNEL,
    IN_DIRECT,
    IN_GUILD,
    INTEGER,
    MENTIONABLE,
    NUMBER,
    ROLE,
    STRING,
    USER,
)
from bot.sandbox.discord.commands import Command
from bot.sandbox.discord.component_rules import (
    BUTTON,
    CHANNEL_SELECT,
    LINK,
    MENTIONABLE_SELECT,
    PREMIUM,
    ROLE_SELECT,
    SELECTS,
    USER_SELECT,
)
from bot.sandbox.discord.member import Member
from bot.sandbox.discord.message import Message
from bot.sandbox.discord.modal_rules import FILE_UPLOAD
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.post_rules import check_upload
from bot.sandbox.discord.role import Role

MAX_STRING = 6000
MAX_INTEGER = 2**53

_TYPES: dict[int, tuple[type, ...]] = {
    STRING: (str,),
    INTEGER: (int,),
    BOOLEAN: (bool,),
    USER: (Member,),
    CHANNEL: (Channel,),
    ROLE: (Role,),
    MENTIONABLE: (Member, Role),
    NUMBER: (int, float),
    ATTACHMENT: (Path,),
}


_SELECTED: dict[int, tuple[type, ...]] = {
    USER_SELECT: (Member,),
    ROLE_SELECT: (Role,),
    MENTIONABLE_SELECT: (Member, Role),
    CHANNEL_SELECT: (Channel,),
    FILE_UPLOAD: (Path,),
}
"""What is chosen in each kind of component; texts in the others."""


def check_place(command: Command, member: Member, channel: Channel) -> None:
    """Raise ClientRefusal where the client would not offer the command here."""
    name, guild = command["name"], channel.guild
    if guild is None:
        if IN_DIRECT not in contexts(command) or command.get("dm_permission") is False:
            raise ClientRefusal(f"/{name} can't be used in direct messages")
        return
    if IN_GUILD not in contexts(command):
        raise ClientRefusal(f"/{name} can't be used in servers")
    if member not in guild.members:
        raise ClientRefusal(f"{member.name} is not in {guild.name}")
    if guild.bot is None:
        raise ClientRefusal(f"The bot is not in {guild.name}")
    granted = member.permissions_in(channel)
    needed = Permission.VIEW_CHANNEL | Permission.USE_APPLICATION_COMMANDS
    if needed & ~granted:
        raise ClientRefusal(f"{member.name} can't use commands in #{channel.name}")
    if hidden_from(command, granted):
        raise ClientRefusal(f"{member.name} lacks the permissions that /{name} asks for")


def contexts(command: Command) -> list[int]:
    """Tell where a command can be used: in servers, in direct messages, or both."""
    return command.get("contexts") or [IN_GUILD, IN_DIRECT]


def hidden_from(command: Command, granted: Permission) -> bool:
    """Tell whether a command asks for more permissions than these."""
    if (wanted := command.get("default_member_permissions")) is None:
        return False
    # "0" hides the command from everyone but administrators.
    return bool((int(wanted) or int(Permission.ADMINISTRATOR)) & ~int(granted))


def check_target(target: Message | Member, channel: Channel) -> None:
    """Raise ClientRefusal where the client would open no menu of the bot on this target here."""
    if isinstance(target, Message) and (target.deleted or target.loading or target.ephemeral):
        raise ClientRefusal("The message is gone, not there yet, or shown to one member only")
    if isinstance(target, Member) and channel.guild is not target.guild:
        raise ClientRefusal(f"{target.name} is not in this server")


def check_options(
    specs: list[dict[str, Any]], given: Mapping[str, Any], *, complete: bool = True
) -> None:
    """Raise ClientRefusal for options that the client would not send.

    ``complete``: required options must be there; while a member still types they need not be.
    """
    known = {spec["name"]: spec for spec in specs}
    for name in given:
        if name not in known:
            raise ClientRefusal(f"There is no option {name!r}")
    for name, spec in known.items():
        if name in given:
            _check_value(spec, given[name])
        elif spec.get("required") and complete:
            raise ClientRefusal(f"The option {name!r} is required")


def _check_value(spec: dict[str, Any], value: Any) -> None:
    name, kind = spec["name"], spec["type"]
    if isinstance(value, bool) != (kind == BOOLEAN) or not isinstance(value, _TYPES[kind]):
        raise ClientRefusal(f"{value!r} is not of the type of the option {name!r}")
    check_kind(spec, value)
    choices = [choice["value"] for choice in spec.get("choices") or ()]
    if choices and value not in choices:
        raise ClientRefusal(f"{value!r} is not among the choices of {name!r}: {choices}")
    if kind == STRING:
        low, high = spec.get("min_length", 0), spec.get("max_length", MAX_STRING)
        fits = low <= len(str(value)) <= high
    elif kind in {INTEGER, NUMBER}:
        low, high = spec.get("min_value", -MAX_INTEGER), spec.get("max_value", MAX_INTEGER)
        fits = low <= value <= high
    else:
        return
    if not fits:
        raise ClientRefusal(f"{value!r} is outside the range {low} to {high} of {name!r}")


def check_kind(spec: Mapping[str, Any], value: Any) -> None:
    """Raise ClientRefusal for a channel of a kind that an option or a select does not offer."""
    wanted = spec.get("channel_types")
    if isinstance(value, Channel) and wanted and value.to_json()["type"] not in wanted:
        raise ClientRefusal(f"#{value.name} is not of the types of {spec['name']!r}")


def check_uploads(values: Iterable[Any], channel: Channel) -> None:
    """Raise ClientRefusal where a file among these is larger than the place allows."""
    for value in values:
        if isinstance(value, Path):
            check_upload(value, channel)


def check_autocomplete(specs: list[dict[str, Any]], focused: str) -> None:
    """Raise ClientRefusal where the client would not ask for choices of this option."""
    for spec in specs:
        if spec["name"] == focused and spec.get("autocomplete"):
            return
    raise ClientRefusal(f"The option {focused!r} has no autocompletion")


def check_component(
    member: Member, message: Message, component: dict[str, Any] | None, values: Sequence[Any]
) -> None:
    """Raise ClientRefusal where the member could not use this component of the message."""
    if message.deleted:
        raise ClientRefusal("The message has been deleted")
    shown_to = (message.interaction or {}).get("user", {}).get("id")
    if message.ephemeral and shown_to != str(member.id):
        raise ClientRefusal(f"{member.name} can't see this message")
    if component is None:
        raise ClientRefusal("The message has no such component")
    if component.get("disabled"):
        raise ClientRefusal("The component is disabled")
    kind = component["type"]
    if kind == BUTTON and component["style"] not in {LINK, PREMIUM}:
        return
    if kind not in SELECTS:
        raise ClientRefusal("Nothing is sent to the bot when this component is used")
    check_selected(component, values)


def check_selected(component: dict[str, Any], values: Sequence[Any]) -> None:
    """Raise ClientRefusal for values that a select, a group or an upload does not take."""
    name, kind = component["custom_id"], component["type"]
    low, high = component.get("min_values"), component.get("max_values")
    if not (1 if low is None else low) <= len(values) <= (1 if high is None else high):
        raise ClientRefusal(f"Too few or too many values for {name!r}")
    for value in values:
        if not isinstance(value, _SELECTED.get(kind, (str,))):
            raise ClientRefusal(f"{value!r} is nothing that {name!r} takes")
        check_kind({**component, "name": name}, value)
    # The same file may be uploaded twice.
    if kind != FILE_UPLOAD and len(set(values)) < len(values):
        raise ClientRefusal(f"A value of {name!r} is given twice")
    offered = {option["value"] for option in component.get("options") or ()}
    if offered and not offered.issuperset(values):
        raise ClientRefusal(f"{name!r} offers {sorted(offered)}")
