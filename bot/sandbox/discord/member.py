"""Members: users in a server."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from bot.sandbox.discord import permissions
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.role import Role
from bot.sandbox.discord.user import User

if TYPE_CHECKING:  # servers, channels and members know one another
    from bot.sandbox.discord.channel import Channel
    from bot.sandbox.discord.guild import Guild


@dataclass(eq=False)
class Member:
    """A user in a server."""

    guild: "Guild"
    user: User
    joined_at: datetime
    roles: list[Role] = field(default_factory=list)
    silent_until: datetime | None = None
    """Until when moderators have timed it out."""

    @property
    def timed_out(self) -> bool:
        """Whether it is silent now."""
        until = self.silent_until
        return until is not None and until > self.guild.hub.clock.now()

    @property
    def id(self) -> int:
        """The user's id."""
        return self.user.id

    @property
    def name(self) -> str:
        """The user's name."""
        return self.user.name

    @property
    def accepts_direct(self) -> bool:
        """Whether the bot may write to the user directly; else it is refused with 50007."""
        return self.user.accepts_direct

    @accepts_direct.setter
    def accepts_direct(self, accepts: bool) -> None:
        self.user.accepts_direct = accepts

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
        granted = permissions.in_channel(
            self.permissions,
            channel.overwrites,
            member_id=self.id,
            everyone_id=self.guild.id,
            role_ids=[role.id for role in self.roles],
        )
        return granted & permissions.TIMED_OUT if self.timed_out else granted

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
            "communication_disabled_until": self.silent_until and self.silent_until.isoformat(),
            "deaf": False,
            "mute": False,
            "pending": False,
            "flags": 0,
        }
