"""Text channels and direct messages."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.sandbox.discord import permissions
from bot.sandbox.discord.changes import Change
from bot.sandbox.discord.hub import GUILDS, Event, Hub
from bot.sandbox.discord.message import Message, Version
from bot.sandbox.discord.permissions import Overwrite, Permission
from bot.sandbox.discord.post_rules import check_post
from bot.sandbox.discord.user import User

if TYPE_CHECKING:  # servers, channels and members know one another
    from bot.sandbox.discord.guild import Guild
    from bot.sandbox.discord.member import Member

MIB = 1024 * 1024
DEFAULT_ATTACHMENT_LIMIT_BYTES = 10 * MIB
"""What may be attached without boosts (Discord's documentation)."""

TEXT, DIRECT = 0, 1
"""Channel types."""
VOICE, STAGE = 2, 13
"""Those in which one speaks, and writes as well."""
FORUM, MEDIA = 15, 16
"""Those that hold posts alone, which are threads."""


@dataclass(eq=False)
class Channel:
    """A text channel, or the direct messages between the bot and one user."""

    hub: Hub
    id: int
    name: str
    guild: "Guild | None" = None
    recipient: User | None = None
    position: int = 0
    overwrites: list[Overwrite] = field(default_factory=list)
    stored: dict[int, Message] = field(default_factory=dict)
    """All public messages, those that still say "thinking" too."""
    archived: bool = False
    """Whether it refuses edits; only threads are ever archived."""
    locked: bool = False
    """Whether only moderators wake it."""
    kind: int = TEXT
    """Discord's number for the kind of a server's channel."""

    @property
    def guild_id(self) -> int | None:
        """The server's id; None for direct messages."""
        return None if self.guild is None else self.guild.id

    @property
    def messages(self) -> list[Message]:
        """What everyone in the channel can read, oldest first."""
        return sorted(
            (message for message in self.stored.values() if not message.loading),
            key=lambda message: message.id,
        )

    @property
    def attachment_limit_bytes(self) -> int:
        """The largest file that the bot or a member may attach here."""
        if self.guild is None:
            return DEFAULT_ATTACHMENT_LIMIT_BYTES
        return self.guild.attachment_limit_bytes

    @property
    def needed_to_post(self) -> Permission:
        """The permission without which nobody posts here."""
        return Permission.SEND_MESSAGES

    def wake(self) -> None:
        """Prepare for a new message; only threads sleep."""

    @property
    def bot_permissions(self) -> Permission:
        """What the bot may do here; nothing where it is not in the server."""
        if self.guild is None:
            return permissions.EVERYONE
        bot = self.guild.bot
        return permissions.NONE if bot is None else bot.permissions_in(self)

    def deny_bot(self, *names: str) -> None:
        """Deny the bot these permissions here, by their names in lower case."""
        overwrite = self._bot_overwrite()
        overwrite.deny |= permissions.named(names)
        overwrite.allow &= ~overwrite.deny
        self.tell("CHANNEL_UPDATE")

    def allow_bot(self, *names: str) -> None:
        """Allow the bot these permissions here, by their names in lower case."""
        overwrite = self._bot_overwrite()
        overwrite.allow |= permissions.named(names)
        overwrite.deny &= ~overwrite.allow
        self.tell("CHANNEL_UPDATE")

    def _bot_overwrite(self) -> Overwrite:
        bot_id = self.hub.bot.id
        for overwrite in self.overwrites:
            if overwrite.target_id == bot_id:
                return overwrite
        self.overwrites.append(Overwrite(bot_id, is_member=True))
        return self.overwrites[-1]

    def tell(self, event: str) -> None:
        """Tell the bot's sessions of the channel as it is now."""
        self.hub.dispatcher.dispatch(Event(event, self.to_json(), self.guild_id, GUILDS))

    async def post(
        self, member: "Member", content: str = "", files: Sequence[Path] = ()
    ) -> Message:
        """Let a member say something here, or show files.

        Raises ClientRefusal where the member's client would not send it.
        """
        check_post(member, self, content, files)
        self.wake()
        message = Message(
            self.hub.ids.next(), self.id, self.guild_id, member.user, self.hub.clock.now()
        )
        attachments = tuple(self.hub.upload(path, self.id) for path in files)
        message.versions.append(Version(message.created_at, content.strip(), (), attachments))
        self.stored[message.id] = message
        self.hub.publish("created", message)
        await self.hub.dispatcher.flushed()
        return message

    async def forward(self, member: "Member", message: Message) -> Message:
        """Let a member forward a message to this channel."""
        self.wake()
        now = self.hub.clock.now()
        forwarding = Message(self.hub.ids.next(), self.id, self.guild_id, member.user, now)
        forwarding.reference = {
            "type": 1,
            "message_id": str(message.id),
            "channel_id": str(message.channel_id),
        }
        forwarding.forwarded = message
        forwarding.versions.append(Version(now))
        self.stored[forwarding.id] = forwarding
        self.hub.publish("created", forwarding)
        await self.hub.dispatcher.flushed()
        return forwarding

    async def delete_message(self, message: Message) -> None:
        """Delete a message as a moderator or the bot would."""
        self.stored.pop(message.id, None)
        message.deleted = True
        for attachment in message.attachments:
            self.hub.cdn.drop(attachment)
        self.hub.publish("deleted", message)
        await self.hub.dispatcher.flushed()

    def clear(self) -> None:
        """Lose every message with the channel: members see them go, the bot is not told of each."""
        for message in self.stored.values():
            message.deleted = True
            self.hub.show(Change("deleted", message))
        self.stored.clear()

    def to_json(self) -> dict[str, Any]:
        """Render it as Discord does."""
        last = max(self.stored, default=None)
        shared: dict[str, Any] = {
            "id": str(self.id),
            "last_message_id": None if last is None else str(last),
            "flags": 0,
        }
        if self.guild is None:
            recipients = [] if self.recipient is None else [self.recipient.to_json()]
            return shared | {"type": DIRECT, "recipients": recipients}
        if self.kind in {VOICE, STAGE}:
            shared |= {"bitrate": 64_000, "user_limit": 0, "rtc_region": None}
        return shared | {
            "type": self.kind,
            "name": self.name,
            "guild_id": str(self.guild.id),
            "position": self.position,
            "parent_id": None,
            "topic": None,
            "nsfw": False,
            "rate_limit_per_user": 0,
            "permission_overwrites": [overwrite.to_json() for overwrite in self.overwrites],
        }
