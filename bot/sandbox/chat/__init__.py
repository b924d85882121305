"""The demo's page: a chat in the browser, whose visitor is a member of the local Discord.

``ChatPage`` is the server. It is a client of the sandbox like any other; the bot knows nothing
of it.
"""

from bot.sandbox.chat.page import ChatPage
from bot.sandbox.chat.panel import BotControl
from bot.sandbox.chat.people import Person

__all__ = ["BotControl", "ChatPage", "Person"]
