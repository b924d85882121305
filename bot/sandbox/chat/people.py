"""People: whom the page's visitor can be."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot.sandbox.discord import Channel, DiscordSandbox, Member, Message
from bot.sandbox.discord.permissions import Permission


@dataclass(frozen=True)
class Person:
    """A member whose place the visitor can take."""

    member: Member
    about: str
    """What sets this one apart, in a few words: "manages the server"."""

    @property
    def id(self) -> str:
        """The member's id, as JSON carries it."""
        return str(self.member.id)

    def channels(self, discord: DiscordSandbox) -> Sequence[Channel]:
        """List the channels that this person can see; direct messages once there are some."""
        direct = discord.world.directs.get(self.member.id)
        seen = [
            channel
            for channel in [*self.member.guild.channels, *self.member.guild.threads]
            if self.member.permissions_in(channel) & Permission.VIEW_CHANNEL
        ]
        return [*seen, direct] if direct is not None and direct.stored else seen

    def commands(self, discord: DiscordSandbox) -> list[dict[str, Any]]:
        """List the registered commands that this person's client offers."""
        return discord.commands_for(self.member.guild, self.member)

    def sees(self, discord: DiscordSandbox, message: Message) -> bool:
        """Tell whether this person's client shows a message."""
        if message.ephemeral and (message.interaction or {}).get("user", {}).get("id") != self.id:
            return False
        return any(channel.id == message.channel_id for channel in self.channels(discord))
