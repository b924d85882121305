"""Making, editing and removing messages: the rules are checked here, whatever the door."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from bot.sandbox.discord.cdn import Attachment
from bot.sandbox.discord.channel import Channel
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.mentions import Audience, pings
from bot.sandbox.discord.message import Message, Version
from bot.sandbox.discord.message_rules import (
    EPHEMERAL,
    MAX_ATTACHMENTS,
    Door,
    check_attachments,
    check_message,
    number_of,
)
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.problems import Path, Problem
from bot.sandbox.discord.refusals import Reason, Refusal
from bot.sandbox.discord.uploads import Upload


@dataclass(frozen=True)
class Draft:
    """A message as a request brings it."""

    said: dict[str, Any]
    files: Mapping[int, Upload]
    door: Door
    path: Path = ()
    """Where ``said`` stands in the request's body, for the errors."""

    @property
    def ephemeral(self) -> bool:
        """Whether it asks to be shown to one member only."""
        flags = self.said.get("flags")
        return isinstance(flags, int) and bool(flags & EPHEMERAL)


def post(hub: Hub, channel: Channel, draft: Draft, message: Message) -> Message:
    """Give a new message, or one that still loads, its first content, and show it.

    Raises Refusal where the draft breaks a rule.
    """
    version = _compose(hub, channel, draft, message, Version(hub.clock.now()))
    message.versions.append(version)
    allowed = draft.said.get("allowed_mentions")
    message.mentioned = pings(version.content, allowed, _audience(channel, message))
    if not message.ephemeral:
        channel.stored[message.id] = message
    _serve(hub, (), version.attachments)
    channel.wake()
    hub.publish("created", message)
    return message


def edit(hub: Hub, channel: Channel, draft: Draft, message: Message) -> Message:
    """Change a message, or raise Refusal where the draft breaks a rule."""
    if message.loading:
        return post(hub, channel, draft, message)
    before = message.versions[-1]
    version = _compose(hub, channel, draft, message, before)
    message.versions.append(version)
    _serve(hub, before.attachments, version.attachments)
    hub.publish("edited", message)
    return message


def _serve(hub: Hub, before: tuple[Attachment, ...], after: tuple[Attachment, ...]) -> None:
    for attachment in before:
        if attachment not in after:
            hub.cdn.drop(attachment)
    for attachment in after:
        hub.cdn.keep(attachment)


def _compose(
    hub: Hub, channel: Channel, draft: Draft, message: Message, before: Version
) -> Version:
    attachments, problems = _attachments(hub, draft, message, before)
    names = {attachment.filename: attachment.content_type for attachment in attachments}
    problems += check_message(draft.said, draft.path, draft.door, names)
    if problems:
        raise Refusal(Reason.INVALID_FORM, problems)
    hub.filters.check(draft.said, [upload.filename for upload in draft.files.values()])
    flags = draft.said.get("flags")
    version = Version(
        at=hub.clock.now(),
        content=(draft.said.get("content", before.content) or "").strip(),
        embeds=tuple(draft.said.get("embeds", before.embeds) or ()),
        attachments=attachments,
        components=tuple(draft.said.get("components", before.components) or ()),
        flags=before.flags if flags is None else flags & ~EPHEMERAL,
    )
    return _permitted(version, channel, draft)


def _permitted(version: Version, channel: Channel, draft: Draft) -> Version:
    """Drop what the bot may not embed, and refuse what is then empty.

    Told in issue 2601 of discord-api-docs: a post of which nothing is left is answered
    50013, an edit 50006. Responses to interactions need no permission.
    """
    may_embed = channel.bot_permissions & Permission.EMBED_LINKS
    by_channel = draft.door in {Door.CHANNEL_POST, Door.CHANNEL_EDIT}
    if by_channel and version.embeds and not may_embed:
        version = replace(version, embeds=())
        if version.empty and draft.door is Door.CHANNEL_POST:
            raise Refusal(Reason.MISSING_PERMISSIONS)
    if version.empty:
        raise Refusal(Reason.EMPTY_MESSAGE)
    return version


def _attachments(
    hub: Hub, draft: Draft, message: Message, before: Version
) -> tuple[tuple[Attachment, ...], list[Problem]]:
    """Work out the files that the message will have.

    Without a list the old ones stay and the uploads join them; with one, what it names is kept.
    """
    existing = {attachment.id: attachment for attachment in before.attachments}
    path = (*draft.path, "attachments")
    listed = draft.said.get("attachments")
    if "attachments" not in draft.said:
        listed = [{"id": attachment_id} for attachment_id in existing]
    problems = list(check_attachments(listed or [], path, draft.files, existing))
    if problems:
        return (), problems
    named = {number_of(entry): entry for entry in listed or []}
    named |= {index: {} for index in draft.files if index not in named}
    if len(named) > MAX_ATTACHMENTS:
        message_text = f"Must be {MAX_ATTACHMENTS} or fewer in length."
        return (), [Problem(path, "BASE_TYPE_MAX_LENGTH", message_text)]
    return tuple(
        existing.get(number)  # type: ignore[arg-type]  # checked: every entry has a number
        or _attach(hub, message, draft.files[number], entry)  # type: ignore[index]  # checked: the same
        for number, entry in named.items()
    ), []


def _attach(hub: Hub, message: Message, upload: Upload, entry: dict[str, Any]) -> Attachment:
    return Attachment(
        id=hub.ids.next(),
        channel_id=message.channel_id,
        filename=upload.filename,
        path=upload.path,
        size=upload.size,
        cdn=hub.cdn,
        description=entry.get("description"),
        ephemeral=message.ephemeral,
    )


def _audience(channel: Channel, message: Message) -> Audience:
    replied_to = None
    if message.reference is not None:
        answered = channel.stored.get(int(message.reference["message_id"]))
        replied_to = None if answered is None else answered.author_id
    guild = channel.guild
    if guild is None:
        recipient = channel.recipient
        users = frozenset() if recipient is None else frozenset({recipient.id})
        return Audience(users, replied_to=replied_to)
    held = {
        role.id: [member.id for member in guild.members if role in member.roles]
        for role in guild.roles
    }
    everyone = bool(channel.bot_permissions & Permission.MENTION_EVERYONE)
    users = frozenset(member.id for member in guild.members)
    return Audience(users, held, everyone, replied_to)
