"""Messages and every state they have had."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any

from bot.sandbox.discord.cdn import Attachment
from bot.sandbox.discord.mentions import Ping
from bot.sandbox.discord.message_rules import EPHEMERAL, LOADING, SUPPRESS_EMBEDS
from bot.sandbox.discord.user import User

ATTACHED = "attachment://"
"""How an embed names a file of its own message."""
_PICTURES = (("image", "url"), ("thumbnail", "url"), ("author", "icon_url"), ("footer", "icon_url"))


_FORWARDED = [
    "type",
    "content",
    "embeds",
    "attachments",
    "timestamp",
    "edited_timestamp",
    "flags",
    "mentions",
    "mention_roles",
    "components",
]
"""What Discord tells of a message that is forwarded (its documentation: message snapshots)."""


@dataclass(frozen=True)
class Version:
    """One state of a message."""

    at: datetime
    content: str = ""
    embeds: tuple[dict[str, Any], ...] = ()
    """As they were sent; ``Message.embeds`` gives them as Discord answers them."""
    attachments: tuple[Attachment, ...] = ()
    components: tuple[dict[str, Any], ...] = ()
    flags: int = 0

    @property
    def empty(self) -> bool:
        """Whether there is nothing to see."""
        return not (self.content.strip() or self.embeds or self.attachments or self.components)


@dataclass(eq=False)
class Message:
    """A message; without a version it is a deferred response that still says "thinking"."""

    id: int
    channel_id: int
    guild_id: int | None
    author: User = field(repr=False)
    created_at: datetime
    ephemeral: bool = False
    kind: int = 0
    """Discord's message type: 0 a plain one, 19 a reply, 20 a command's response."""
    interaction: dict[str, Any] | None = field(default=None, repr=False)
    """The ``interaction_metadata`` of a response."""
    webhook_id: int | None = None
    reference: dict[str, Any] | None = None
    nonce: int | str | None = None
    versions: list[Version] = field(default_factory=list)
    mentioned: list[Ping] = field(default_factory=list)
    """Whom it pinged: user ids and "everyone". Edits ping nobody."""
    deleted: bool = False
    forwarded: "Message | None" = field(default=None, repr=False)
    """The message that it forwards; it has no words or files of its own then."""

    @property
    def loading(self) -> bool:
        """Whether it still says "thinking"."""
        return not self.versions

    @property
    def _now(self) -> Version:
        return self.versions[-1] if self.versions else Version(self.created_at)

    @property
    def author_id(self) -> int:
        """Who wrote it."""
        return self.author.id

    @property
    def content(self) -> str:
        """Its text."""
        return self._now.content

    @property
    def embeds(self) -> list[dict[str, Any]]:
        """Its embeds as Discord answers them: ``attachment://`` resolved, none if suppressed."""
        if self._now.flags & SUPPRESS_EMBEDS:
            return []
        files = {attachment.filename: attachment for attachment in self.attachments}
        return [shown_embed(embed, files) for embed in self._now.embeds]

    @property
    def components(self) -> list[dict[str, Any]]:
        """Its rows of buttons and selects, numbered as Discord answers them."""
        return numbered(self._now.components, count(1))

    @property
    def attachments(self) -> list[Attachment]:
        """Its files."""
        return list(self._now.attachments)

    @property
    def flags(self) -> int:
        """Discord's message flags."""
        return self._now.flags | EPHEMERAL * self.ephemeral | LOADING * self.loading

    def to_json(self, users: Mapping[int, User]) -> dict[str, Any]:
        """Render it as Discord does; ``users`` are all that it may mention, by id."""
        edited = self.versions[-1].at.isoformat() if len(self.versions) > 1 else None
        rendered: dict[str, Any] = {
            "id": str(self.id),
            "channel_id": str(self.channel_id),
            "type": self.kind,
            "author": self.author.to_json(),
            "content": self.content,
            "timestamp": self.created_at.isoformat(),
            "edited_timestamp": edited,
            "tts": False,
            "pinned": False,
            "mention_everyone": "everyone" in self.mentioned,
            "mentions": [
                users[ping].to_json()
                for ping in self.mentioned
                if ping != "everyone" and ping in users
            ],
            "mention_roles": [],
            "embeds": self.embeds,
            "attachments": [attachment.to_json() for attachment in self.attachments],
            "components": self.components,
            "flags": self.flags,
        }
        if self.interaction is not None:
            rendered["interaction_metadata"] = self.interaction
        if self.webhook_id is not None:
            rendered["webhook_id"] = rendered["application_id"] = str(self.webhook_id)
        if self.reference is not None:
            rendered["message_reference"] = self.reference
        if self.nonce is not None:
            rendered["nonce"] = self.nonce
        if self.forwarded is not None:
            told = self.forwarded.to_json(users)
            rendered["message_snapshots"] = [{"message": {key: told[key] for key in _FORWARDED}}]
        return rendered


def numbered(components: Iterable[dict[str, Any]], ids: Iterator[int]) -> list[dict[str, Any]]:
    """Give each component without an ``id`` the next one, rows and labels before what they hold."""
    shown = []
    for component in components:
        with_id = {"id": component.get("id") or next(ids), **component}
        if "components" in component:
            with_id["components"] = numbered(component["components"], ids)
        if "component" in component:
            (with_id["component"],) = numbered([component["component"]], ids)
        shown.append(with_id)
    return shown


def shown_embed(embed: dict[str, Any], files: Mapping[str, Attachment]) -> dict[str, Any]:
    """Render an embed as Discord answers it; ``files`` are the attachments by file name."""
    shown = {key: value for key, value in embed.items() if value is not None}
    shown["type"] = "rich"
    for key in ("title", "description"):
        if key in shown:
            shown[key] = shown[key].strip()
    if "fields" in shown:
        shown["fields"] = [
            {
                "name": given["name"].strip(),
                "value": given["value"].strip(),
                "inline": bool(given.get("inline")),
            }
            for given in shown["fields"]
        ]
    for part, key in _PICTURES:
        if (url := (shown.get(part) or {}).get(key)) is not None:
            shown[part] = {**shown[part], **_shown_picture(url, key, files)}
    return shown


def _shown_picture(url: str, key: str, files: Mapping[str, Attachment]) -> dict[str, Any]:
    """Render a picture's address, and of an attachment shown large its pixels too."""
    if not url.startswith(ATTACHED):
        return {key: url, f"proxy_{key}": url}
    attachment = files.get(url.removeprefix(ATTACHED))
    if attachment is None:
        return {key: url}  # the file has been taken off the message since
    told = attachment.to_json()
    kept = ("width", "height", "content_type") if key == "url" else ()
    pixels = {name: told[name] for name in kept if name in told}
    return {key: told["url"], f"proxy_{key}": told["url"], **pixels}
