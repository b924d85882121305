"""What the page is told of people, places, messages and commands: plain values for JSON. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bot.sandbox.chat.people import Person
from bot.sandbox.discord import Channel, Guild, Message, Version
from bot.sandbox.discord.cdn import Attachment
from bot.sandbox.discord.command_rules import CHAT_INPUT, GROUP, SUBCOMMAND
from bot.sandbox.discord.interactions import COMMAND, Interaction
from bot.sandbox.discord.message import shown_embed
from bot.sandbox.discord.user import User

View = dict[str, Any]

_PICTURES = (("image", "url"), ("thumbnail", "url"), ("author", "icon_url"), ("footer", "icon_url"))


def moment_view(at: datetime) -> str:
    """Render a time as browsers read it."""
    return at.isoformat(timespec="milliseconds")


def person_view(person: Person) -> View:
    """Render somebody whom the visitor can be."""
    return {"id": person.id, "name": person.member.name, "about": person.about}


def user_view(user: User) -> View:
    """Render an account."""
    return {"id": str(user.id), "name": user.name, "bot": user.is_bot}


def place_view(guild: Guild, bot: User, channels: Iterable[Channel]) -> View:
    """Render the server, as far as somebody sees these channels of it."""
    return {
        "guild": {"name": guild.name},
        "bot": user_view(bot),
        "channels": [channel_view(channel, bot) for channel in channels],
        "members": [user_view(member.user) for member in guild.members],
        # The real client offers @everyone as well, whose name alone has the sign in it.
        "roles": [
            {"id": str(role.id), "name": role.name.removeprefix("@")} for role in guild.roles
        ],
    }


def channel_view(channel: Channel, bot: User) -> View:
    """Render a channel; one without a server is the direct messages with the bot."""
    direct = channel.guild is None
    return {
        "id": str(channel.id),
        "name": bot.name if direct else channel.name,
        "direct": direct,
    }


def page_address(url: str, origin: str) -> str:
    """Lead to the page's own server what the sandbox serves; leave other addresses alone.

    The signature is left out: an address that stays lets a video play on through an edit.
    """
    if not url.startswith(f"{origin}/attachments/"):
        return url
    return url.removeprefix(origin).partition("?")[0]


def message_view(message: Message, origin: str, answered: Interaction | None) -> View:
    """Render a message; ``origin`` is the sandbox's, ``answered`` what the message answers."""
    used = answered if answered is not None and answered.kind == COMMAND else None
    return {
        "id": str(message.id),
        "channel": str(message.channel_id),
        "author": user_view(message.author),
        "at": moment_view(message.created_at),
        "ephemeral": message.ephemeral,
        "loading": message.loading,
        "edits": max(0, len(message.versions) - 1),
        "used_by": None if used is None else str(used.user.id),
        "command": None if used is None else command_name(used.data["data"]),
        "pings": [str(ping) for ping in message.mentioned],
        "content": message.content,
        "embeds": [embed_view(embed, origin) for embed in message.embeds],
        "attachments": [attachment_view(each, origin) for each in message.attachments],
        "components": message.components,
    }


def command_name(data: Mapping[str, Any]) -> str:
    """Name the command of an interaction's data as clients do: "/sora create", a menu's plainly."""
    if data["type"] != CHAT_INPUT:
        return str(data["name"])
    words, options = [data["name"]], data["options"]
    while options and options[0]["type"] in {SUBCOMMAND, GROUP}:
        words.append(options[0]["name"])
        options = options[0]["options"]
    return "/" + " ".join(words)


def version_view(version: Version, origin: str) -> View:
    """Render what a message said at some time."""
    files = {attachment.filename: attachment for attachment in version.attachments}
    embeds = [shown_embed(embed, files) for embed in version.embeds]
    return {
        "at": moment_view(version.at),
        "content": version.content,
        "embeds": [embed_view(embed, origin) for embed in embeds],
        "files": [attachment.filename for attachment in version.attachments],
    }


def embed_view(embed: Mapping[str, Any], origin: str) -> View:
    """Render an embed; its pictures come through the page's own server where they can."""
    shown = dict(embed)
    for part, key in _PICTURES:
        url = (shown.get(part) or {}).get(key)
        if url is not None:
            shown[part] = {**shown[part], key: page_address(url, origin)}
    return shown


def attachment_view(attachment: Attachment, origin: str) -> View:
    """Render a file."""
    told = attachment.to_json()
    return {
        "id": told["id"],
        "name": told["filename"],
        "size": told["size"],
        "url": page_address(told["url"], origin),
        "type": told.get("content_type"),
        "description": told.get("description"),
        "width": told.get("width"),
        "height": told.get("height"),
    }


def command_views(commands: Iterable[Mapping[str, Any]]) -> list[View]:
    """Render registered commands, each sub-command as one of its own."""
    return [leaf for command in commands for leaf in _leaves(command, command["name"])]


def _leaves(node: Mapping[str, Any], path: str) -> list[View]:
    options: Sequence[Mapping[str, Any]] = node.get("options") or ()
    below = [option for option in options if option["type"] in {SUBCOMMAND, GROUP}]
    if below:
        return [leaf for option in below for leaf in _leaves(option, f"{path} {option['name']}")]
    # Of sub-commands ``type`` says only that; what they belong to is a slash command.
    kind = 1 if " " in path and node["type"] in {SUBCOMMAND, GROUP} else node["type"]
    return [
        {
            "path": path,
            "type": kind,
            "description": node.get("description") or "",
            "options": [dict(option) for option in options],
        }
    ]
