"""What every thing of one sandbox shares: its clock, its ids, its bot, and who hears of changes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from weakref import WeakSet

from bot.sandbox.clock import SandboxClock
from bot.sandbox.discord.cdn import Cdn
from bot.sandbox.discord.ids import Snowflakes
from bot.sandbox.discord.message import Message
from bot.sandbox.discord.user import User

GUILDS = 1 << 0
GUILD_MEMBERS = 1 << 1
GUILD_PRESENCES = 1 << 8
GUILD_MESSAGES = 1 << 9
DIRECT_MESSAGES = 1 << 12
MESSAGE_CONTENT = 1 << 15
"""Gateway intents (Discord's documentation)."""


@dataclass(frozen=True)
class Event:
    """Something that the gateway tells the sessions which asked for it."""

    name: str
    data: dict[str, Any]
    guild_id: int | None = None
    intent: int = 0
    """The intent that a session needs to hear of it; 0 for all sessions."""


class Dispatcher(Protocol):
    """Who carries events to the bot's sessions."""

    def dispatch(self, event: Event) -> None:
        """Hand the event to every session that asked for it."""

    async def flushed(self) -> None:
        """Wait until all events are on the wire, or their connection is gone."""


@dataclass(frozen=True)
class Change:
    """Something that members can see happen to a message."""

    kind: Literal["created", "edited", "deleted"]
    message: Message


class Changes(asyncio.Queue[Change]):
    """The changes since ``subscribe``, in order: ``async for`` them or ``await get()`` one."""

    async def __aiter__(self) -> AsyncIterator[Change]:
        while True:
            yield await self.get()


@dataclass(eq=False)
class Hub:
    """The shared ground of one sandbox."""

    clock: SandboxClock
    ids: Snowflakes
    cdn: Cdn
    bot: User
    owner: User
    """Who runs the bot."""
    application_id: int
    dispatcher: Dispatcher
    users: dict[int, User] = field(default_factory=dict)
    subscribers: WeakSet[Changes] = field(default_factory=WeakSet)

    def add_user(self, name: str) -> User:
        """Make a person."""
        user = User(self.ids.next(), name)
        self.users[user.id] = user
        return user

    def publish(self, kind: Literal["created", "edited", "deleted"], message: Message) -> None:
        """Tell the subscribers, and the bot's sessions where the message is for all to see."""
        for subscriber in self.subscribers:
            subscriber.put_nowait(Change(kind, message))
        if message.ephemeral:
            return
        if kind == "deleted":
            data: dict[str, Any] = {"id": str(message.id), "channel_id": str(message.channel_id)}
        else:
            data = message.to_json(self.users)
        if message.guild_id is not None:
            data["guild_id"] = str(message.guild_id)
        names = {
            "created": "MESSAGE_CREATE",
            "edited": "MESSAGE_UPDATE",
            "deleted": "MESSAGE_DELETE",
        }
        intent = DIRECT_MESSAGES if message.guild_id is None else GUILD_MESSAGES
        self.dispatcher.dispatch(Event(names[kind], data, message.guild_id, intent))
