"""All servers and direct messages of one sandbox, and how the API finds its way in them."""

from dataclasses import dataclass, field

from bot.sandbox.discord.channel import Channel
from bot.sandbox.discord.guild import Guild
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

    def add_guild(self, name: str, *, boost_tier: int = 0, owner: User | None = None) -> Guild:
        """Make a server that the bot has been invited to; the operator's own unless told."""
        owner_id = (owner or self.hub.owner).id
        guild = Guild(self.hub, self.hub.ids.next(), name, owner_id, boost_tier)
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
        guilds = self.guilds.values()
        inside = [place for guild in guilds for place in (*guild.channels, *guild.threads)]
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

    def channel_to_post(self, channel_id: int) -> Channel:
        """Find a channel in which the bot may post now; refuse others as Discord does."""
        channel = self.channel(channel_id)
        granted = channel.bot_permissions
        if channel.needed_to_post & ~granted:
            raise Refusal(Reason.MISSING_PERMISSIONS)
        if channel.locked and not granted & Permission.MANAGE_THREADS:
            raise Refusal(Reason.THREAD_ARCHIVED)
        if channel.recipient is not None and not self._reaches(channel.recipient):
            raise Refusal(Reason.CANNOT_MESSAGE_USER)
        return channel

    def _reaches(self, user: User) -> bool:
        """Tell whether the bot may write to a user directly: they must share a server.

        Of the operator that is taken for granted.
        """
        people = {member.user.id for guild in self.joined() for member in guild.members}
        return user.accepts_direct and (user is self.hub.owner or user.id in people)

    def message(self, channel: Channel, message_id: int) -> Message:
        """Find a message that is for all to see in this channel."""
        if (message := channel.stored.get(message_id)) is None:
            raise Refusal(Reason.UNKNOWN_MESSAGE)
        return message
