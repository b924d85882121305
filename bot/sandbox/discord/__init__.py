"""A strict stand-in for Discord: gateway v10 and the REST routes that a bot needs.

``DiscordSandbox`` is the server; members act through its ``use``, ``press``, ``submit`` and
``autocomplete``, and what they see is in the channels' and interactions' messages.
"""

from bot.sandbox.discord.client_rules import ClientRefusal
from bot.sandbox.discord.guild import Channel, Guild, Member
from bot.sandbox.discord.hub import Change, Changes
from bot.sandbox.discord.interactions import Interaction, NoResponse
from bot.sandbox.discord.limits import Limit, Limits
from bot.sandbox.discord.message import Message, Version
from bot.sandbox.discord.role import Role
from bot.sandbox.discord.server import DiscordSandbox

__all__ = [
    "Change",
    "Changes",
    "Channel",
    "ClientRefusal",
    "DiscordSandbox",
    "Guild",
    "Interaction",
    "Limit",
    "Limits",
    "Member",
    "Message",
    "NoResponse",
    "Role",
    "Version",
]
