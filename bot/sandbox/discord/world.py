"""All servers and direct messages of one sandbox, and how the API finds its way in them."""

from dataclasses import dataclass, field

from bot.sandbox.discord.guild import Channel, Guild
from bot.sandbox.discord.hub import GUILDS, Event, Hub
from bot.sandbox.discord.message import Message
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.discord.refusals import Reason, Refusal
from bot.sandbox.discord.user import User


@dataclass
class World:
    """The servers and direct messages, by id."""

    hub: Hub
    guilds: dict[int, Guild] = field(default_factory=dict)
    directs: dict[int, Channel] = field(default_factory=dict)
    """The direct messages with each user, by the user's id."""

    def add_guild(self, name: str, *, boost_tier: int = 0) -> Guild:
        """Make a server that the bot has been invited to."""
        owner = self.hub.add_user(f"Owner of {name}")
        guild = Guild(self.hub, self.hub.ids.next(), name, owner.id, boost_tier)
        self.guilds[guild.id] = guild
        self.hub.dispatcher.dispatch(Event("GUILD_CREATE", guild.to_json(), guild.id, GUILDS))
        return guild

    def joined(self) -> list[Guild]:
        """Give the servers that the bot is in."""
        return [guild for guild in self.guilds.values() if guild.bot is not None]

    def direct(self, user: User) -> Channel:
        """Open the direct messages between the bot and a user."""
        if user.id not in self.directs:
            channel = Channel(self.hub, self.hub.ids.next(), user.name, recipient=user)
            self.directs[user.id] = channel
        return self.directs[user.id]

    def channels(self) -> list[Channel]:
        """Give every channel there is."""
        inside = [channel for guild in self.guilds.values() for channel in guild.channels]
        return inside + list(self.directs.values())

    def guild(self, guild_id: int) -> Guild:
        """Find a server that the bot is in; refuse others as Discord does."""
        guild = self.guilds.get(guild_id)
        if guild is None:
            raise Refusal(Reason.UNKNOWN_GUILD)
        if guild.bot is None:
            raise Refusal(Reason.MISSING_ACCESS)
        return guild

    def channel(self, channel_id: int, needed: Permission = Permission.VIEW_CHANNEL) -> Channel:
        """Find a channel in which the bot may do what is needed; refuse others as Discord does."""
        for channel in self.channels():
            if channel.id == channel_id:
                break
        else:
            raise Refusal(Reason.UNKNOWN_CHANNEL)
        granted = channel.bot_permissions
        if not granted & Permission.VIEW_CHANNEL:
            raise Refusal(Reason.MISSING_ACCESS)
        if needed & ~granted:
            raise Refusal(Reason.MISSING_PERMISSIONS)
        return channel

    def message(self, channel: Channel, message_id: int) -> Message:
        """Find a message that is for all to see in this channel."""
        if (message := channel.stored.get(message_id)) is None:
            raise Refusal(Reason.UNKNOWN_MESSAGE)
        return message
