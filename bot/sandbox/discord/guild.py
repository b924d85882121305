"""Servers, their channels and members."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.sandbox.discord import permissions
from bot.sandbox.discord.hub import GUILD_MEMBERS, GUILDS, Event, Hub
from bot.sandbox.discord.message import Message, Version
from bot.sandbox.discord.permissions import Overwrite, Permission
from bot.sandbox.discord.role import Role
from bot.sandbox.discord.user import User

MIB = 1024 * 1024
DEFAULT_ATTACHMENT_LIMIT_BYTES = 10 * MIB
BOOSTED_ATTACHMENT_LIMIT_BYTES = {2: 50 * MIB, 3: 100 * MIB}
"""By boost tier (Discord's documentation)."""

TEXT, DIRECT = 0, 1
"""Channel types."""


@dataclass(eq=False)
class Member:
    """A user in a server."""

    guild: "Guild"
    user: User
    joined_at: datetime
    roles: list[Role] = field(default_factory=list)

    @property
    def id(self) -> int:
        """The user's id."""
        return self.user.id

    @property
    def name(self) -> str:
        """The user's name."""
        return self.user.name

    @property
    def permissions(self) -> Permission:
        """What the member may do in the server, before a channel's overwrites."""
        granted = self.guild.everyone.permissions
        for role in self.roles:
            granted |= role.permissions
        owns = self.id == self.guild.owner_id or granted & Permission.ADMINISTRATOR
        return permissions.ALL if owns else granted

    def permissions_in(self, channel: "Channel") -> Permission:
        """Tell what the member may do in this channel."""
        return permissions.in_channel(
            self.permissions,
            channel.overwrites,
            member_id=self.id,
            everyone_id=self.guild.id,
            role_ids=[role.id for role in self.roles],
        )

    def to_json(self) -> dict[str, Any]:
        """Render it as Discord does."""
        return {
            "user": self.user.to_json(),
            "roles": [str(role.id) for role in self.roles],
            "joined_at": self.joined_at.isoformat(),
            "nick": None,
            "avatar": None,
            "banner": None,
            "premium_since": None,
            "communication_disabled_until": None,
            "deaf": False,
            "mute": False,
            "pending": False,
            "flags": 0,
        }


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
        """The largest file that the bot may attach here."""
        if self.guild is None:
            return DEFAULT_ATTACHMENT_LIMIT_BYTES
        return self.guild.attachment_limit_bytes

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
        self._tell_of_update()

    def allow_bot(self, *names: str) -> None:
        """Allow the bot these permissions here, by their names in lower case."""
        overwrite = self._bot_overwrite()
        overwrite.allow |= permissions.named(names)
        overwrite.deny &= ~overwrite.allow
        self._tell_of_update()

    def _bot_overwrite(self) -> Overwrite:
        bot_id = self.hub.bot.id
        for overwrite in self.overwrites:
            if overwrite.target_id == bot_id:
                return overwrite
        self.overwrites.append(Overwrite(bot_id, is_member=True))
        return self.overwrites[-1]

    def _tell_of_update(self) -> None:
        event = Event("CHANNEL_UPDATE", self.to_json(), self.guild_id, GUILDS)
        self.hub.dispatcher.dispatch(event)

    def add_message(self, author: Member | User, content: str) -> Message:
        """Let a person say something here."""
        user = author.user if isinstance(author, Member) else author
        now = self.hub.clock.now()
        message = Message(self.hub.ids.next(), self.id, self.guild_id, user, now)
        message.versions.append(Version(now, content))
        self.stored[message.id] = message
        self.hub.publish("created", message)
        return message

    async def delete_message(self, message: Message) -> None:
        """Delete a message as a moderator or the bot would."""
        self.stored.pop(message.id, None)
        message.deleted = True
        for attachment in message.attachments:
            self.hub.cdn.drop(attachment)
        self.hub.publish("deleted", message)
        await self.hub.dispatcher.flushed()

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
        return shared | {
            "type": TEXT,
            "name": self.name,
            "guild_id": str(self.guild.id),
            "position": self.position,
            "parent_id": None,
            "topic": None,
            "nsfw": False,
            "rate_limit_per_user": 0,
            "permission_overwrites": [overwrite.to_json() for overwrite in self.overwrites],
        }


@dataclass(eq=False)
class Guild:
    """A server."""

    hub: Hub
    id: int
    name: str
    owner_id: int
    boost_tier: int = 0
    bot: Member | None = None
    """The bot's membership; None where it has been removed."""
    channels: list[Channel] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    """The people in it."""
    roles: list[Role] = field(default_factory=list)
    attachment_limit_bytes: int = 0
    """What the bot may upload here; set from the boost tier unless given."""

    def __post_init__(self) -> None:
        self.roles.append(Role(self.id, "@everyone", permissions.EVERYONE, 0))
        if not self.attachment_limit_bytes:
            self.attachment_limit_bytes = BOOSTED_ATTACHMENT_LIMIT_BYTES.get(
                self.boost_tier, DEFAULT_ATTACHMENT_LIMIT_BYTES
            )
        self.bot = Member(self, self.hub.bot, self.hub.clock.now())

    @property
    def everyone(self) -> Role:
        """The role that every member has."""
        return self.roles[0]

    def add_channel(self, name: str) -> Channel:
        """Open a text channel."""
        channel = Channel(self.hub, self.hub.ids.next(), name, self, position=len(self.channels))
        self.channels.append(channel)
        self._tell("CHANNEL_CREATE", channel.to_json())
        return channel

    def add_role(self, name: str, *, permissions: Iterable[str] = ()) -> Role:
        """Make a role, with permissions by their names in lower case."""
        role = Role(self.hub.ids.next(), name, _named(permissions), len(self.roles))
        self.roles.append(role)
        self._tell("GUILD_ROLE_CREATE", {"guild_id": str(self.id), "role": role.to_json()})
        return role

    def add_member(
        self, name: str, *, permissions: Iterable[str] = (), roles: Iterable[Role] = ()
    ) -> Member:
        """Let someone join; ``permissions`` come by a role of the member's own."""
        held = list(roles)
        if wanted := tuple(permissions):
            held.append(self.add_role(f"{name}'s", permissions=wanted))
        member = Member(self, self.hub.add_user(name), self.hub.clock.now(), held)
        self.members.append(member)
        joined = {**member.to_json(), "guild_id": str(self.id)}
        self._tell("GUILD_MEMBER_ADD", joined, GUILD_MEMBERS)
        return member

    def remove_member(self, member: Member) -> None:
        """Let someone leave."""
        self.members.remove(member)
        left = {"guild_id": str(self.id), "user": member.user.to_json()}
        self._tell("GUILD_MEMBER_REMOVE", left, GUILD_MEMBERS)

    async def delete_channel(self, channel: Channel) -> None:
        """Close a channel; its messages are gone with it."""
        self.channels.remove(channel)
        for message in channel.stored.values():
            message.deleted = True
        channel.stored.clear()
        self._tell("CHANNEL_DELETE", channel.to_json())
        await self.hub.dispatcher.flushed()

    async def remove_bot(self) -> None:
        """Throw the bot out."""
        self.bot = None
        self._tell("GUILD_DELETE", {"id": str(self.id)})
        await self.hub.dispatcher.flushed()

    def give_bot(self, *names: str) -> None:
        """Give the bot a role with these permissions, by their names in lower case.

        Raises RuntimeError where it is not in the server.
        """
        if self.bot is None:
            raise RuntimeError("The bot is not in this server")
        self.bot.roles.append(self.add_role("For the bot", permissions=names))
        # Of itself a session is told without the members' intent (Discord's documentation).
        self._tell("GUILD_MEMBER_UPDATE", {**self.bot.to_json(), "guild_id": str(self.id)})

    async def invite_bot(self) -> None:
        """Let the bot in again."""
        self.bot = Member(self, self.hub.bot, self.hub.clock.now())
        self._tell("GUILD_CREATE", self.to_json())
        await self.hub.dispatcher.flushed()

    def _tell(self, name: str, data: dict[str, Any], intent: int = GUILDS) -> None:
        if self.bot is None and name != "GUILD_DELETE":
            return  # what happens in a server that it has left is not the bot's business
        self.hub.dispatcher.dispatch(Event(name, data, self.id, intent))

    def to_json(self) -> dict[str, Any]:
        """Render it as Discord does in GUILD_CREATE."""
        bot = [] if self.bot is None else [self.bot.to_json()]
        return {
            "id": str(self.id),
            "name": self.name,
            "icon": None,
            "owner_id": str(self.owner_id),
            "roles": [role.to_json() for role in self.roles],
            "channels": [channel.to_json() for channel in self.channels],
            # Without the members' intent a session is told of itself only.
            "members": bot,
            "member_count": len(self.members) + len(bot),
            "premium_tier": self.boost_tier,
            "preferred_locale": "en-US",
            "verification_level": 0,
            "default_message_notifications": 0,
            "explicit_content_filter": 0,
            "mfa_level": 0,
            "nsfw_level": 0,
            "system_channel_flags": 0,
            "afk_timeout": 300,
            "large": False,
            "unavailable": False,
            "widget_enabled": False,
            "nsfw": False,
            "region": "deprecated",
            "max_presences": None,
            "max_members": 500_000,
            "max_stage_video_channel_users": 50,
            "max_video_channel_users": 25,
            "premium_subscription_count": 0,
            "premium_progress_bar_enabled": False,
            **dict.fromkeys(_UNSET),
            **{key: [] for key in _EMPTY},
        }


_UNSET = (
    *("description", "home_header", "splash", "discovery_splash", "banner", "application_id"),
    *("afk_channel_id", "system_channel_id", "widget_channel_id", "vanity_url_code"),
    *("rules_channel_id", "safety_alerts_channel_id", "public_updates_channel_id"),
    "incidents_data",
)
_EMPTY = (
    *("features", "emojis", "stickers", "threads", "voice_states", "presences"),
    *("stage_instances", "guild_scheduled_events", "soundboard_sounds"),
)


def _named(names: Iterable[str]) -> Permission:
    # ``permissions`` is also the keyword under which callers pass them.
    return permissions.named(names)
