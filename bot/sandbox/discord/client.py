"""The members' side: using commands, pressing buttons, answering modals, as a real client does."""

import asyncio
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from bot.sandbox.discord import client_rules, interactions
from bot.sandbox.discord.channel import Channel
from bot.sandbox.discord.client_refusal import ClientRefusal
from bot.sandbox.discord.command_rules import (
    ATTACHMENT,
    BOOLEAN,
    CHANNEL,
    CHAT_INPUT,
    GROUP,
    IN_DIRECT,
    IN_GUILD,
    INTEGER,
    MESSAGE_MENU,
    NUMBER,
    ROLE,
    STRING,
    SUBCOMMAND,
    USER,
    USER_MENU,
)
from bot.sandbox.discord.commands import Command, Commands
from bot.sandbox.discord.component_rules import BUTTON, walk
from bot.sandbox.discord.guild import Guild
from bot.sandbox.discord.hub import Event
from bot.sandbox.discord.interactions import Interaction, Interactions
from bot.sandbox.discord.member import Member
from bot.sandbox.discord.message import Message
from bot.sandbox.discord.modal_answers import Fields, fill
from bot.sandbox.discord.resolved import Resolved
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
            client_rules.check_uploads(options.values(), where)
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

    async def use_on(
        self,
        member: Member,
        channel: Channel,
        target: Message | Member,
        name: str,
        *,
        forced: bool,
    ) -> Interaction:
        """Use a command of a message's or a member's menu; ClientRefusal as in ``use``."""
        kind = MESSAGE_MENU if isinstance(target, Message) else USER_MENU
        command = self.commands.of_kind(kind, name, channel.guild_id)
        if not forced:
            if command is None:
                raise ClientRefusal(f"There is no {name!r} in this menu")
            client_rules.check_place(command, member, channel)
            client_rules.check_target(target, channel)
        resolved = Resolved(self.world.hub, channel)
        told = {"id": "0", "name": name} if command is None else _named(command)
        data = told | {"type": kind, "target_id": resolved.add(target)} | resolved.to_json()
        return await self._send(interactions.COMMAND, member, channel, data)

    def commands_for(self, guild: Guild, member: Member) -> list[dict[str, Any]]:
        """List the commands that the member's client offers somewhere in the server."""
        if guild.bot is None or member not in guild.members:
            return []
        shown = ("type", "name", "description", "default_member_permissions")
        return [
            {key: command[key] for key in shown} | {"options": command.get("options", [])}
            for command in self.commands.offered(guild.id)
            if IN_GUILD in client_rules.contexts(command)
            and not client_rules.hidden_from(command, member.permissions)
        ]

    async def press(
        self,
        member: Member,
        message: Message,
        custom_id: str,
        values: Sequence[Any],
        *,
        forced: bool,
    ) -> Interaction:
        """Press a button, or choose values of a select; raise ClientRefusal where one could not."""
        found = [part for _, part in walk(message.components) if part.get("custom_id") == custom_id]
        component = found[0] if found else None
        if not forced:
            client_rules.check_component(member, message, component, values)
        channel = self.place_of(message)
        resolved = Resolved(self.world.hub, channel)
        data: dict[str, Any] = {"custom_id": custom_id, "component_type": BUTTON, "id": 1}
        if component is not None:
            data |= {"component_type": component["type"], "id": component["id"]}
        if data["component_type"] != BUTTON:
            data["values"] = [resolved.add(value) for value in values]
        data |= resolved.to_json()
        return await self._send(interactions.COMPONENT, member, channel, data, message)

    async def submit(self, member: Member, opened: Interaction, values: Fields) -> Interaction:
        """Fill the fields of a modal, by custom_id, and send it."""
        if opened.modal is None or member.user is not opened.user:
            raise ClientRefusal("No modal is open")
        resolved = Resolved(self.world.hub, opened.channel)
        filled = fill(opened.modal, values, opened.channel, resolved)
        data = {"custom_id": opened.modal["custom_id"], "components": filled} | resolved.to_json()
        kind = interactions.MODAL_SUBMIT
        return await self._send(kind, member, opened.channel, data, opened.source)

    def place_of(self, target: Message | Member) -> Channel:
        """Find the channel of a message, or the first one of a member's server."""
        if isinstance(target, Member):
            return target.guild.channels[0]
        for place in self.world.channels():
            if place.id == target.channel_id:
                return place
        raise ClientRefusal("The channel has been deleted")

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
        resolved = Resolved(self.world.hub, channel)
        given: list[dict[str, Any]] = []
        for name, value in options.items():
            sent = resolved.add(value)
            given.append({"name": name, "type": types.get(name, _type_of(value)), "value": sent})
        for level, word in enumerate(reversed(path.split()[1:])):
            given = [{"name": word, "type": GROUP if level else SUBCOMMAND, "options": given}]
        return _named(command) | {"type": CHAT_INPUT, "options": given} | resolved.to_json()

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
        asyncio.get_running_loop().call_at(interaction.deadline, interaction.give_up)
        await self.dispatch(interaction)
        return interaction

    async def dispatch(self, interaction: Interaction) -> None:
        """Tell every session of the interaction, for the first time or again."""
        event = Event("INTERACTION_CREATE", interaction.data, interaction.channel.guild_id)
        self.world.hub.dispatcher.dispatch(event)
        await self.world.hub.dispatcher.flushed()


def _named(command: Command) -> dict[str, Any]:
    """Render what an interaction's data tells of its command."""
    return {key: command[key] for key in ("id", "name", "guild_id") if key in command}


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
        return payload | {"user": member.user.to_json(), "context": IN_DIRECT}
    granted = str(int(member.permissions_in(channel)))
    shown["permissions"] = granted
    return payload | {
        "context": IN_GUILD,
        "guild_id": str(guild.id),
        "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
        "guild_locale": guild.locale,
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
