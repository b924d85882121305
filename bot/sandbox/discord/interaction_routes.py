"""REST: the first response to an interaction, and the messages that its token reaches."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.sandbox.discord import interactions, messages
from bot.sandbox.discord.answers import json_answer
from bot.sandbox.discord.command_rules import CHAT_INPUT, check_choices
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.interactions import Interaction, Interactions
from bot.sandbox.discord.message import Message
from bot.sandbox.discord.message_rules import EPHEMERAL, Door
from bot.sandbox.discord.messages import Draft
from bot.sandbox.discord.modal_rules import check_modal
from bot.sandbox.discord.problems import Problem, keys
from bot.sandbox.discord.refusals import Reason, Refusal
from bot.sandbox.discord.uploads import Body, read_body

COMMAND_RESPONSE, MENU_RESPONSE = 20, 23
"""The message types of the responses to a slash command, and to one of a menu."""


@dataclass
class InteractionRoutes:
    """Handlers of /interactions and of an interaction's /webhooks."""

    hub: Hub
    interactions: Interactions
    directory: Path

    def table(self, prefix: str) -> list[web.RouteDef]:
        """Name each route with its handler."""
        webhook = prefix + r"/webhooks/{application:\d+}/{token}"
        message = webhook + r"/messages/{message:@original|\d+}"
        return [
            web.post(prefix + r"/interactions/{interaction:\d+}/{token}/callback", self.callback),
            web.post(webhook, self.follow_up),
            web.get(message, self.get),
            web.patch(message, self.edit),
            web.delete(message, self.delete),
        ]

    async def callback(self, request: web.Request) -> web.Response:
        """Take the first response; ``with_response`` asks for what came of it."""
        interaction_id, token = int(request.match_info["interaction"]), request.match_info["token"]
        interaction = self.interactions.to_acknowledge(interaction_id, token)
        body = await read_body(request, self.directory, interaction.attachment_limit_bytes)
        # Reading took time: another session may have been first, or the deadline has passed.
        interaction.check_open()
        response_type = _response_type(interaction, body)
        self._respond(interaction, response_type, body)
        interaction.acknowledge(response_type)
        if request.query.get("with_response") not in {"1", "true"}:
            return web.Response(status=204)
        return json_answer(self._outcome(interaction, response_type))

    def _respond(self, interaction: Interaction, response_type: int, body: Body) -> None:
        said = body.object.get("data") or {}
        draft = Draft(said, body.files, Door.CALLBACK, ("data",))
        match response_type:
            case interactions.RESPOND:
                message = self._message(interaction, draft, _kind(interaction))
                interaction.original = messages.post(self.hub, interaction.channel, draft, message)
            case interactions.DEFER:
                interaction.original = self._message(interaction, draft, _kind(interaction))
                if not interaction.original.ephemeral:
                    interaction.channel.stored[interaction.original.id] = interaction.original
            case interactions.DEFER_UPDATE:
                interaction.original = interaction.source
            case interactions.UPDATE if interaction.source is not None:
                messages.edit(self.hub, interaction.channel, draft, interaction.source)
                interaction.original = interaction.source
            case interactions.CHOICES:
                interaction.choices = _choices(said)
            case interactions.MODAL:
                if problems := [*check_modal(said, ("data",))]:
                    raise Refusal(Reason.INVALID_FORM, problems)
                interaction.modal = said

    def _message(self, interaction: Interaction, draft: Draft, kind: int = 0) -> Message:
        channel = interaction.channel
        if channel.guild is not None and not channel.guild.holds(channel):
            raise Refusal(Reason.UNKNOWN_CHANNEL)
        return Message(
            id=self.hub.ids.next(),
            channel_id=channel.id,
            guild_id=channel.guild_id,
            author=self.hub.bot,
            created_at=self.hub.clock.now(),
            ephemeral=draft.ephemeral,
            kind=kind,
            interaction=interaction.metadata(),
            webhook_id=self.hub.application_id,
        )

    def _outcome(self, interaction: Interaction, response_type: int) -> dict[str, Any]:
        told: dict[str, Any] = {"id": str(interaction.interaction_id), "type": interaction.kind}
        message = interaction.original
        if message is None:
            return {"interaction": told}
        told["response_message_id"] = str(message.id)
        told["response_message_loading"] = message.loading
        told["response_message_ephemeral"] = message.ephemeral
        if response_type in {interactions.DEFER, interactions.DEFER_UPDATE}:
            return {"interaction": told}
        shown = {"type": response_type, "message": message.to_json(self.hub.users)}
        return {"interaction": told, "resource": shown}

    def _interaction(self, request: web.Request) -> Interaction:
        if int(request.match_info["application"]) != self.hub.application_id:
            raise Refusal(Reason.UNKNOWN_WEBHOOK)
        interaction = self.interactions.by_token(request.match_info["token"])
        if interaction.response_type is None:
            raise Refusal(Reason.UNKNOWN_WEBHOOK)
        return interaction

    def _answer(self, message: Message) -> web.Response:
        return json_answer(message.to_json(self.hub.users))

    async def get(self, request: web.Request) -> web.Response:
        """Tell of one of the token's messages."""
        interaction = self._interaction(request)
        return self._answer(interaction.own(request.match_info["message"]))

    async def edit(self, request: web.Request) -> web.Response:
        """Edit one of the token's messages."""
        interaction = self._interaction(request)
        interaction.own(request.match_info["message"])
        body = await read_body(request, self.directory, interaction.attachment_limit_bytes)
        # It may have been deleted while the body was read.
        message = interaction.own(request.match_info["message"])
        draft = Draft(body.object, body.files, Door.TOKEN_EDIT)
        return self._answer(messages.edit(self.hub, interaction.channel, draft, message))

    async def delete(self, request: web.Request) -> web.Response:
        """Delete one of the token's messages."""
        interaction = self._interaction(request)
        message = interaction.own(request.match_info["message"])
        await interaction.channel.delete_message(message)
        return web.Response(status=204)

    async def follow_up(self, request: web.Request) -> web.Response:
        """Post another message; where the response still loads, this becomes its content."""
        interaction = self._interaction(request)
        body = await read_body(request, self.directory, interaction.attachment_limit_bytes)
        draft = Draft(body.object, body.files, Door.FOLLOW_UP)
        original = interaction.original
        if original is not None and original.loading and not original.deleted:
            return self._answer(messages.post(self.hub, interaction.channel, draft, original))
        message = self._message(interaction, draft)
        messages.post(self.hub, interaction.channel, draft, message)
        interaction.followups.append(message)
        return self._answer(message)


def _kind(interaction: Interaction) -> int:
    if interaction.kind != interactions.COMMAND:
        return 0
    by_name = interaction.data["data"]["type"] == CHAT_INPUT
    return COMMAND_RESPONSE if by_name else MENU_RESPONSE


def _response_type(interaction: Interaction, body: Body) -> int:
    response_type = body.object.get("type")
    problems = [*keys(body.object, (), frozenset({"type", "data"}))]
    allowed = interactions.ALLOWED_RESPONSES[interaction.kind]
    if response_type not in allowed:
        message = f"Value must be one of {sorted(allowed)}."
        problems.append(Problem(("type",), "BASE_TYPE_CHOICES", message))
    data = body.object.get("data")
    if data is not None and not isinstance(data, dict):
        message = "Only dictionaries may be used in a DictType"
        problems.append(Problem(("data",), "DICT_TYPE_CONVERT", message))
    elif response_type == interactions.DEFER:
        problems += keys(data or {}, ("data",), frozenset({"flags"}))
        if (data or {}).get("flags", 0) not in {0, EPHEMERAL}:
            message = "A deferral can only be ephemeral"
            problems.append(Problem(("data", "flags"), "BASE_TYPE_CHOICES", message))
    if problems or not isinstance(response_type, int):
        raise Refusal(Reason.INVALID_FORM, problems)
    return response_type


def _choices(said: dict[str, Any]) -> list[dict[str, Any]]:
    problems = [*keys(said, ("data",), frozenset({"choices"}))]
    problems += check_choices(said.get("choices"), ("data", "choices"), (str, int, float))
    if problems:
        raise Refusal(Reason.INVALID_FORM, problems)
    return list(said["choices"])
