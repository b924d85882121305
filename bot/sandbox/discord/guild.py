"""Servers: their channels, roles and members."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from bot.sandbox.discord import permissions
from bot.sandbox.discord.channel import DEFAULT_ATTACHMENT_LIMIT_BYTES, MIB, TEXT, Channel
from bot.sandbox.discord.hub import GUILD_MEMBERS, GUILDS, Event, Hub
from bot.sandbox.discord.member import Member
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.role import Role
from bot.sandbox.discord.thread import Thread

BOOSTED_ATTACHMENT_LIMIT_BYTES = {2: 50 * MIB, 3: 100 * MIB}
"""By boost tier (Discord's documentation)."""


@dataclass(eq=False)
class Guild:
    """A server."""

    hub: Hub
    id: int
    name: str
    owner_id: int
    boost_tier: int = 0
    locale: str = "en-US"
    """The preferred language, as interactions tell it."""
    bot: Member | None = None
    """The bot's membership; None where it has been removed."""
    channels: list[Channel] = field(default_factory=list)
    threads: list[Thread] = field(default_factory=list)
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

    def add_channel(self, name: str, kind: int = TEXT) -> Channel:
        """Open a channel of a kind: for text, or a forum, in whose posts alone one writes."""
        place = len(self.channels)
        channel = Channel(self.hub, self.hub.ids.next(), name, self, position=place, kind=kind)
        self.channels.append(channel)
        self._tell("CHANNEL_CREATE", channel.to_json())
        return channel

    def holds(self, channel: Channel) -> bool:
        """Tell whether this channel or thread is still here."""
        return channel in self.channels or channel in self.threads

    def add_thread(self, parent: Channel, name: str) -> Thread:
        """Open a public thread in a channel, as the owner of the server."""
        thread = Thread(
            self.hub,
            self.hub.ids.next(),
            name,
            self,
            overwrites=parent.overwrites,
            parent=parent,
            owner_id=self.owner_id,
            created_at=self.hub.clock.now(),
        )
        self.threads.append(thread)
        self._tell("THREAD_CREATE", thread.to_json() | {"newly_created": True})
        return thread

    def add_role(self, name: str, *, permissions: Iterable[str] = ()) -> Role:
        """Make a role, with permissions by their names in lower case."""
        role = Role(self.hub.ids.next(), name, _named(permissions), len(self.roles))
        self.roles.append(role)
        self._tell("GUILD_ROLE_CREATE", {"guild_id": str(self.id), "role": role.to_json()})
        return role

    def remove_role(self, role: Role) -> None:
        """Delete a role; who held it holds it no longer. Raises ValueError for @everyone."""
        if role is self.everyone:
            raise ValueError("@everyone can't be deleted")
        self.roles.remove(role)
        for member in (*self.members, *([] if self.bot is None else [self.bot])):
            member.roles = [held for held in member.roles if held is not role]
        self._tell("GUILD_ROLE_DELETE", {"guild_id": str(self.id), "role_id": str(role.id)})

    def give(self, member: Member, role: Role) -> None:
        """Give a member a role."""
        if role not in member.roles:
            member.roles.append(role)
            self._tell_of(member)

    def take(self, member: Member, role: Role) -> None:
        """Take a role from a member."""
        if role in member.roles:
            member.roles.remove(role)
            self._tell_of(member)

    def time_out_bot(self, seconds: float) -> None:
        """Keep the bot silent for so many of the sandbox's seconds; their end is told by nobody.

        Raises RuntimeError where it is not in the server.
        """
        if self.bot is None:
            raise RuntimeError("The bot is not in this server")
        self.bot.silent_until = self.hub.clock.now() + timedelta(seconds=seconds)
        self._tell_of(self.bot)

    def _tell_of(self, member: Member) -> None:
        # Of itself a session is told without the members' intent (Discord's documentation).
        intent = 0 if member is self.bot else GUILD_MEMBERS
        changed = {**member.to_json(), "guild_id": str(self.id)}
        self._tell("GUILD_MEMBER_UPDATE", changed, intent)

    def add_member(
        self, name: str, *, permissions: Iterable[str] = (), roles: Iterable[Role] = ()
    ) -> Member:
        """Let someone join; ``permissions`` come by a role of the member's own."""
        held = list(roles)
        if wanted := tuple(permissions):
            held.append(self.add_role(f"{name}'s", permissions=wanted))
        member = Member(self, self.hub.add_user(name), self.hub.clock.now(), held)
        self._let_in(member)
        return member

    def _let_in(self, member: Member) -> None:
        self.members.append(member)
        joined = {**member.to_json(), "guild_id": str(self.id)}
        self._tell("GUILD_MEMBER_ADD", joined, GUILD_MEMBERS)

    def remove_member(self, member: Member) -> None:
        """Let someone leave."""
        self.members.remove(member)
        left = {"guild_id": str(self.id), "user": member.user.to_json()}
        self._tell("GUILD_MEMBER_REMOVE", left, GUILD_MEMBERS)

    def readmit_member(self, member: Member) -> None:
        """Let someone who has left come back: the same account, without roles."""
        member.roles.clear()
        member.joined_at = self.hub.clock.now()
        self._let_in(member)

    async def delete_channel(self, channel: Channel) -> None:
        """Close a channel; its messages and threads are gone with it."""
        self.channels.remove(channel)
        inside = [thread for thread in self.threads if thread.parent is channel]
        self.threads = [thread for thread in self.threads if thread not in inside]
        for closed in (channel, *inside):
            closed.clear()
        self._tell("CHANNEL_DELETE", channel.to_json())
        await self.hub.dispatcher.flushed()

    async def remove_bot(self) -> None:
        """Throw the bot out."""
        self.bot = None
        self._tell("GUILD_DELETE", {"id": str(self.id)})
        await self.hub.dispatcher.flushed()

    async def become_unavailable(self) -> None:
        """Have an outage: sessions are told so until ``recover`` (Discord's documentation)."""
        self._tell("GUILD_DELETE", {"id": str(self.id), "unavailable": True})
        await self.hub.dispatcher.flushed()

    async def recover(self) -> None:
        """End an outage."""
        self._tell("GUILD_CREATE", self.to_json())
        await self.hub.dispatcher.flushed()

    def give_bot(self, *names: str) -> None:
        """Give the bot a role with these permissions, by their names in lower case.

        Raises RuntimeError where it is not in the server.
        """
        if self.bot is None:
            raise RuntimeError("The bot is not in this server")
        self.give(self.bot, self.add_role("For the bot", permissions=names))

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
            "threads": [thread.to_json() for thread in self.threads if not thread.archived],
            "member_count": len(self.members) + len(bot),
            "premium_tier": self.boost_tier,
            "preferred_locale": self.locale,
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
    *("features", "emojis", "stickers", "voice_states", "presences"),
    *("stage_instances", "guild_scheduled_events", "soundboard_sounds"),
)


def _named(names: Iterable[str]) -> Permission:
    # ``permissions`` is also the keyword under which callers pass them.
    return permissions.named(names)
