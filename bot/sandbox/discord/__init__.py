"""A strict stand-in for Discord: gateway v10 and the REST routes that a bot needs.

``DiscordSandbox`` is the server. Members act through its ``use``, ``use_on``, ``press``, ``submit``
and ``autocomplete`` and through a channel's ``post``; what they see is in the channels' and
interactions' messages, and in the ``Changes`` that ``subscribe`` gives.
"""

from bot.sandbox.discord.changes import Change, Changes
from bot.sandbox.discord.channel import Channel
from bot.sandbox.discord.client_refusal import ClientRefusal
from bot.sandbox.discord.guild import Guild
from bot.sandbox.discord.interactions import Interaction, NoResponse
from bot.sandbox.discord.limits import Limit, Limits
from bot.sandbox.discord.member import Member
from bot.sandbox.discord.message import Message, Version
from bot.sandbox.discord.role import Role
from bot.sandbox.discord.server import DiscordSandbox
from bot.sandbox.discord.team import Mate, Team
from bot.sandbox.discord.thread import Thread
from bot.sandbox.discord.user import User

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
    "Mate",
    "Member",
    "Message",
    "NoResponse",
    "Role",
    "Team",
    "Thread",
    "User",
    "Version",
]
