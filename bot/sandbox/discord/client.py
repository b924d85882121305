"""The members' side: using commands, pressing buttons, answering modals, as a real client does."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.sandbox.discord import client_rules, interactions
from bot.sandbox.discord.cdn import Attachment, safe_filename
from bot.sandbox.discord.client_rules import ClientRefusal
from bot.sandbox.discord.command_rules import (
    ATTACHMENT,
    BOOLEAN,
    CHANNEL,
    CHAT_INPUT,
    GROUP,
    INTEGER,
    NUMBER,
    ROLE,
    STRING,
    SUBCOMMAND,
    USER,
)
from bot.sandbox.discord.commands import Commands
from bot.sandbox.discord.component_rules import BUTTON, TEXT_INPUT, walk
from bot.sandbox.discord.guild import Channel, Member
from bot.sandbox.discord.hub import Event
from bot.sandbox.discord.interactions import Interaction, Interactions
from bot.sandbox.discord.message import Message
from bot.sandbox.discord.role import Role
from bot.sandbox.discord.world import World

Options = Mapping[str, Any]


@dataclass
class Client:
    """The clients of all members of one sandbox."""

    world: World
    commands: Commands
    interactions: Interactions
    response_deadline_seconds: float
    """Real seconds from the dispatch to the first response."""
    token_lifetime_seconds: float
    """The sandbox's seconds for which an interaction's token works."""

    async def use(
        self, member: Member, channel: Channel | None, path: str, options: Options, *, forced: bool
    ) -> Interaction:
        """Use a command; raise ClientRefusal where a real client would not send it."""
        where = self.world.direct(member.user) if channel is None else channel
        command, specs = self._find(member, where, path, forced=forced)
        if not forced:
            client_rules.check_options(specs, options)
        data = self._command_data(command, path, specs, options, where)
        return await self._send(interactions.COMMAND, member, where, data)

    async def autocomplete(
        self, member: Member, channel: Channel | None, path: str, options: Options, *, focused: str
    ) -> Interaction:
        """Ask for choices of the focused option while the others are as given."""
        where = self.world.direct(member.user) if channel is None else channel
        command, specs = self._find(member, where, path, forced=False)
        client_rules.check_autocomplete(specs, focused)
        data = self._command_data(command, path, specs, {focused: "", **options}, where)
        leaf = data
        while leaf["options"][0]["type"] in {SUBCOMMAND, GROUP}:
            leaf = leaf["options"][0]
        for option in leaf["options"]:
            if option["name"] == focused:
                option["focused"] = True
        return await self._send(interactions.AUTOCOMPLETE, member, where, data)

    async def press(
        self,
        member: Member,
        message: Message,
        custom_id: str,
        values: Sequence[str],
        *,
        forced: bool,
    ) -> Interaction:
        """Press a button, or choose values of a select; raise ClientRefusal where one could not."""
        found = [part for _, part in walk(message.components) if part.get("custom_id") == custom_id]
        component = found[0] if found else None
        if not forced:
            client_rules.check_component(member, message, component, list(values))
        kind = BUTTON if component is None else component["type"]
        data: dict[str, Any] = {"custom_id": custom_id, "component_type": kind, "id": 1}
        if kind != BUTTON:
            data["values"] = list(values)
        channel = next(
            (place for place in self.world.channels() if place.id == message.channel_id), None
        )
        if channel is None:
            raise ClientRefusal("The channel has been deleted")
        return await self._send(interactions.COMPONENT, member, channel, data, message)

    async def submit(
        self, member: Member, opened: Interaction, values: Mapping[str, str]
    ) -> Interaction:
        """Fill the text fields of a modal, by custom_id, and send it."""
        if opened.modal is None:
            raise ClientRefusal("No modal is open")
        fields = {
            part["custom_id"]: part
            for _, part in walk(opened.modal["components"])
            if part.get("type") == TEXT_INPUT
        }
        for custom_id, field in fields.items():
            value = values.get(custom_id, "")
            low = field.get("min_length", 0) if value or field.get("required", True) else 0
            needed = max(low, int(bool(field.get("required", True))))
            if not needed <= len(value) <= field.get("max_length", 4000):
                raise ClientRefusal(f"The field {custom_id!r} is too short or too long")
        filled = [_filled(part, values) for part in opened.modal["components"]]
        data = {"custom_id": opened.modal["custom_id"], "components": filled}
        kind = interactions.MODAL_SUBMIT
        return await self._send(kind, member, opened.channel, data, opened.source)

    def _find(
        self, member: Member, channel: Channel, path: str, *, forced: bool
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        found = self.commands.find(path, channel.guild_id)
        if found is None:
            if not forced:
                raise ClientRefusal(f"There is no command /{path}")
            return {"id": "0", "name": path.split(maxsplit=1)[0], "type": CHAT_INPUT}, []
        command, chain = found
        if not forced:
            client_rules.check_place(command, member, channel)
        return command, (chain[-1] if chain else command).get("options") or []

    def _command_data(
        self,
        command: dict[str, Any],
        path: str,
        specs: list[dict[str, Any]],
        options: Options,
        channel: Channel,
    ) -> dict[str, Any]:
        types = {spec["name"]: spec["type"] for spec in specs}
        resolved: dict[str, dict[str, Any]] = {}
        given: list[dict[str, Any]] = []
        for name, value in options.items():
            sent = self._resolve(value, channel, resolved)
            given.append({"name": name, "type": types.get(name, _type_of(value)), "value": sent})
        for level, word in enumerate(reversed(path.split()[1:])):
            given = [{"name": word, "type": GROUP if level else SUBCOMMAND, "options": given}]
        data = {"id": command["id"], "name": command["name"], "type": CHAT_INPUT, "options": given}
        scope = {"guild_id": command["guild_id"]} if "guild_id" in command else {}
        return data | scope | ({"resolved": resolved} if resolved else {})

    def _resolve(self, value: Any, channel: Channel, resolved: dict[str, dict[str, Any]]) -> Any:
        """Give what an option's value is sent as; things go by id, and are told in resolved."""
        if isinstance(value, Member):
            rendered = value.to_json()
            rendered["permissions"] = str(int(value.permissions_in(channel)))
            resolved.setdefault("users", {})[str(value.id)] = rendered.pop("user")
            # Of somebody who is not in the server only the user is told.
            if channel.guild is not None and value in channel.guild.members:
                resolved.setdefault("members", {})[str(value.id)] = rendered
            return str(value.id)
        if isinstance(value, Role):
            resolved.setdefault("roles", {})[str(value.id)] = value.to_json()
            return str(value.id)
        if isinstance(value, Channel):
            told = value.to_json() | {"permissions": str(int(value.bot_permissions))}
            resolved.setdefault("channels", {})[str(value.id)] = told
            return str(value.id)
        if isinstance(value, Path):
            uploaded = self._upload(value, channel)
            resolved.setdefault("attachments", {})[str(uploaded.id)] = uploaded.to_json()
            return str(uploaded.id)
        return value

    def _upload(self, path: Path, channel: Channel) -> Attachment:
        cdn, size = self.world.hub.cdn, path.stat().st_size
        attachment = Attachment(
            id=self.world.hub.ids.next(),
            channel_id=channel.id,
            filename=safe_filename(path.name),
            path=path,
            size=size,
            cdn=cdn,
            ephemeral=True,
        )
        cdn.keep(attachment)
        return attachment

    async def _send(
        self,
        kind: int,
        member: Member,
        channel: Channel,
        data: dict[str, Any],
        source: Message | None = None,
    ) -> Interaction:
        hub = self.world.hub
        interaction_id, token = hub.ids.next(), secrets.token_urlsafe(48)
        payload = _payload(member, channel, data) | {
            "id": str(interaction_id),
            "application_id": str(hub.application_id),
            "type": kind,
            "token": token,
            "version": 1,
        }
        if source is not None:
            payload["message"] = source.to_json(hub.users)
        interaction = Interaction(
            hub=hub,
            interaction_id=interaction_id,
            token=token,
            kind=kind,
            channel=channel,
            user=member.user,
            data=payload,
            attachment_limit_bytes=channel.attachment_limit_bytes,
            deadline=asyncio.get_running_loop().time() + self.response_deadline_seconds,
            dies_at=hub.clock.now() + timedelta(seconds=self.token_lifetime_seconds),
            source=source,
        )
        self.interactions.add(interaction)
        await self.dispatch(interaction)
        return interaction

    async def dispatch(self, interaction: Interaction) -> None:
        """Tell every session of the interaction, for the first time or again."""
        event = Event("INTERACTION_CREATE", interaction.data, interaction.channel.guild_id)
        self.world.hub.dispatcher.dispatch(event)
        await self.world.hub.dispatcher.flushed()


def _payload(member: Member, channel: Channel, data: dict[str, Any]) -> dict[str, Any]:
    """Render what INTERACTION_CREATE tells of the place and the member."""
    shown = channel.to_json()
    guild = channel.guild
    payload: dict[str, Any] = {
        "data": data,
        "channel": shown,
        "channel_id": str(channel.id),
        "locale": "en-US",
        "entitlements": [],
        "app_permissions": str(int(channel.bot_permissions)),
        "attachment_size_limit": channel.attachment_limit_bytes,
        "authorizing_integration_owners": {"0": str(channel.guild_id or 0)},
    }
    if guild is None:
        return payload | {"user": member.user.to_json(), "context": client_rules.IN_DIRECT}
    granted = str(int(member.permissions_in(channel)))
    shown["permissions"] = granted
    return payload | {
        "context": client_rules.IN_GUILD,
        "guild_id": str(guild.id),
        "guild": {"id": str(guild.id), "locale": "en-US", "features": []},
        "guild_locale": "en-US",
        "member": {**member.to_json(), "permissions": granted},
    }


def _type_of(value: Any) -> int:
    """Guess the type of an option that a manipulated client sends unasked."""
    kinds: dict[type, int] = {
        bool: BOOLEAN,
        int: INTEGER,
        float: NUMBER,
        Member: USER,
        Channel: CHANNEL,
        Role: ROLE,
    }
    return ATTACHMENT if isinstance(value, Path) else kinds.get(type(value), STRING)


def _filled(component: dict[str, Any], values: Mapping[str, str]) -> dict[str, Any]:
    """Render a part of a submitted modal: rows and labels hold fields, fields hold values."""
    filled: dict[str, Any] = {"type": component["type"], "id": component.get("id", 1)}
    if "components" in component:
        filled["components"] = [_filled(part, values) for part in component["components"]]
    if "component" in component:
        filled["component"] = _filled(component["component"], values)
    if "custom_id" in component:
        filled["custom_id"] = component["custom_id"]
        filled["value"] = values.get(component["custom_id"], "")
    return filled
