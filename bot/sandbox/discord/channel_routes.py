"""REST: channels and their messages, through the bot's own token."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.sandbox.discord import messages
from bot.sandbox.discord.answers import json_answer
from bot.sandbox.discord.channel import Channel
from bot.sandbox.discord.hub import MESSAGE_CONTENT
from bot.sandbox.discord.message import Message
from bot.sandbox.discord.message_rules import Door
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.problems import Problem
from bot.sandbox.discord.refusals import Reason, Refusal
from bot.sandbox.discord.uploads import Body, read_body
from bot.sandbox.discord.world import World

NONCE_SECONDS = 300.0
"""How long a nonce with ``enforce_nonce`` is remembered; Discord says "a few minutes"."""
REPLY = 19


@dataclass
class ChannelRoutes:
    """Handlers of /channels."""

    world: World
    directory: Path

    def table(self, prefix: str) -> list[web.RouteDef]:
        """Name each route with its handler."""
        channel = prefix + r"/channels/{channel:\d+}"
        message = channel + r"/messages/{message:\d+}"
        return [
            web.get(channel, self.channel),
            web.post(f"{channel}/typing", self.type),
            web.get(f"{channel}/messages", self.history),
            web.post(f"{channel}/messages", self.post),
            web.get(message, self.get),
            web.patch(message, self.edit),
            web.delete(message, self.delete),
        ]

    def _channel(
        self, request: web.Request, needed: Permission = Permission.VIEW_CHANNEL
    ) -> Channel:
        return self.world.channel(int(request.match_info["channel"]), needed)

    def _to_post(self, request: web.Request) -> Channel:
        return self.world.channel_to_post(int(request.match_info["channel"]))

    def _message(self, request: web.Request, channel: Channel) -> Message:
        return self.world.message(channel, int(request.match_info["message"]))

    async def _body(self, request: web.Request, channel: Channel) -> Body:
        body = await read_body(request, self.directory, channel.attachment_limit_bytes)
        if body.files and not channel.bot_permissions & Permission.ATTACH_FILES:
            raise Refusal(Reason.MISSING_PERMISSIONS)
        return body

    def _read(self, message: Message) -> dict[str, Any]:
        hub = self.world.hub
        return hub.read(message, content=bool(hub.privileged_intents & MESSAGE_CONTENT))

    def _answer(self, message: Message) -> web.Response:
        return json_answer(self._read(message))

    async def channel(self, request: web.Request) -> web.Response:
        """Tell of a channel."""
        return json_answer(self._channel(request).to_json())

    async def type(self, request: web.Request) -> web.Response:
        """Show that the bot is typing."""
        self._to_post(request)
        return web.Response(status=204)

    async def history(self, request: web.Request) -> web.Response:
        """List messages, the newest first; none without Read Message History."""
        channel = self._channel(request)
        readable = channel.bot_permissions & Permission.READ_MESSAGE_HISTORY
        found = _page(channel.messages if readable else [], request)
        return json_answer([self._read(message) for message in reversed(found)])

    async def get(self, request: web.Request) -> web.Response:
        """Tell of one message, with fresh addresses of its attachments."""
        channel = self._channel(request, Permission.READ_MESSAGE_HISTORY)
        return self._answer(self._message(request, channel))

    async def post(self, request: web.Request) -> web.Response:
        """Post a message; one whose nonce is enforced and known gives the first message again."""
        channel = self._to_post(request)
        body = await self._body(request, channel)
        said = body.object
        if (first := self._known(channel, said)) is not None:
            return self._answer(first)
        hub = self.world.hub
        reference = _reference(said, channel)
        message = Message(
            id=hub.ids.next(),
            channel_id=channel.id,
            guild_id=channel.guild_id,
            author=hub.bot,
            created_at=hub.clock.now(),
            kind=REPLY if reference else 0,
            reference=reference,
            nonce=said.get("nonce"),
        )
        draft = messages.Draft(said, body.files, Door.CHANNEL_POST)
        return self._answer(messages.post(hub, channel, draft, message))

    def _known(self, channel: Channel, said: dict[str, Any]) -> Message | None:
        if not said.get("enforce_nonce") or said.get("nonce") is None:
            return None
        since = self.world.hub.clock.now() - timedelta(seconds=NONCE_SECONDS)
        for message in channel.stored.values():
            if message.nonce == said["nonce"] and message.created_at > since:
                return message
        return None

    async def edit(self, request: web.Request) -> web.Response:
        """Edit one of the bot's own messages."""
        channel = self._channel(request)
        message = self._message(request, channel)
        if message.author is not self.world.hub.bot:
            raise Refusal(Reason.FOREIGN_MESSAGE)
        if channel.archived:
            raise Refusal(Reason.THREAD_ARCHIVED)
        if channel.guild is not None and channel.guild.bot and channel.guild.bot.timed_out:
            raise Refusal(Reason.MISSING_PERMISSIONS)
        body = await self._body(request, channel)
        if message.deleted:
            raise Refusal(Reason.UNKNOWN_MESSAGE)
        draft = messages.Draft(body.object, body.files, Door.CHANNEL_EDIT)
        return self._answer(messages.edit(self.world.hub, channel, draft, message))

    async def delete(self, request: web.Request) -> web.Response:
        """Delete a message; another's only with Manage Messages."""
        channel = self._channel(request)
        message = self._message(request, channel)
        own = message.author is self.world.hub.bot
        if not own and not channel.bot_permissions & Permission.MANAGE_MESSAGES:
            raise Refusal(Reason.MISSING_PERMISSIONS)
        if channel.archived:
            raise Refusal(Reason.THREAD_ARCHIVED)
        await channel.delete_message(message)
        return web.Response(status=204)


def _page(found: list[Message], request: web.Request) -> list[Message]:
    """Cut what ``limit``, ``before``, ``after`` and ``around`` ask for, oldest first."""
    limit = int(request.query.get("limit", "50"))
    if not 1 <= limit <= 100:  # noqa: PLR2004 - Discord's range of the limit, used once
        problem = Problem(("limit",), "NUMBER_TYPE_RANGE", "int value should be 1 to 100.")
        raise Refusal(Reason.INVALID_FORM, [problem])
    if "after" in request.query:
        return [m for m in found if m.id > int(request.query["after"])][:limit]
    if "around" in request.query:
        middle = int(request.query["around"])
        earlier = [m for m in found if m.id < middle][-(limit // 2) :]
        later = [m for m in found if m.id >= middle][: limit - len(earlier)]
        return earlier + later
    if "before" in request.query:
        found = [m for m in found if m.id < int(request.query["before"])]
    return found[-limit:]


def _reference(said: dict[str, Any], channel: Channel) -> dict[str, Any] | None:
    given = said.get("message_reference")
    if given is None:
        return None
    message_id = given.get("message_id") if isinstance(given, dict) else None
    if str(message_id).isdecimal() and int(str(message_id)) in channel.stored:
        rendered = {"type": 0, "message_id": str(message_id), "channel_id": str(channel.id)}
        return (
            rendered if channel.guild is None else {**rendered, "guild_id": str(channel.guild.id)}
        )
    if isinstance(given, dict) and given.get("fail_if_not_exists") is False:
        return None
    code = "MESSAGE_REFERENCE_UNKNOWN_MESSAGE"
    raise Refusal(Reason.INVALID_FORM, [Problem(("message_reference",), code, "Unknown message")])
