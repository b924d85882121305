"""What every thing of one sandbox shares: its clock, its ids, its bot, and who hears of changes."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol
from weakref import WeakSet

from bot.sandbox.clock import SandboxClock
from bot.sandbox.discord.cdn import Attachment, Cdn, safe_filename
from bot.sandbox.discord.changes import Change, Changes
from bot.sandbox.discord.filters import Filters
from bot.sandbox.discord.ids import Snowflakes
from bot.sandbox.discord.message import Message
from bot.sandbox.discord.team import Team
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
    bare: dict[str, Any] | None = None
    """What sessions without the message content intent are told instead of ``data``."""


class Dispatcher(Protocol):
    """Who carries events to the bot's sessions."""

    def dispatch(self, event: Event) -> None:
        """Hand the event to every session that asked for it."""

    async def flushed(self) -> None:
        """Wait until all events are on the wire, or their connection is gone."""


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
    team: Team | None = None
    """Who owns the application in the owner's place."""
    filters: Filters = field(default_factory=Filters)
    users: dict[int, User] = field(default_factory=dict)
    privileged_intents: int = 0
    """The privileged intents switched on for the bot; others are refused with 4014."""
    subscribers: WeakSet[Changes] = field(default_factory=WeakSet)

    def __post_init__(self) -> None:
        self.users[self.owner.id] = self.owner

    def add_user(self, name: str) -> User:
        """Make a person."""
        user = User(self.ids.next(), name)
        self.users[user.id] = user
        return user

    def upload(self, path: Path, channel_id: int, *, ephemeral: bool = False) -> Attachment:
        """Take a member's file and serve it."""
        attachment = Attachment(
            id=self.ids.next(),
            channel_id=channel_id,
            filename=safe_filename(path.name),
            path=path,
            size=path.stat().st_size,
            cdn=self.cdn,
            ephemeral=ephemeral,
        )
        self.cdn.keep(attachment)
        return attachment

    def read(self, message: Message, *, content: bool) -> dict[str, Any]:
        """Render a message for the bot; ``content``: it may read what others wrote."""
        rendered = message.to_json(self.users)
        return rendered if content else self._bare(message, rendered)

    def _bare(self, message: Message, rendered: dict[str, Any]) -> dict[str, Any]:
        """Take the content from a message, unless the bot may read it in any case.

        That is what it wrote, what mentions it and what stands in direct messages (Discord's
        documentation of the message content intent).
        """
        own = message.author is self.bot or message.guild_id is None
        if own or f"<@{self.bot.id}>" in message.content:
            return rendered
        return rendered | {"content": "", "embeds": [], "attachments": [], "components": []}

    def show(self, change: Change) -> None:
        """Tell the subscribers of a change."""
        for subscriber in self.subscribers:
            subscriber.put_nowait(change)

    def publish(self, kind: Literal["created", "edited", "deleted"], message: Message) -> None:
        """Tell the subscribers, and the bot's sessions where the message is for all to see."""
        self.show(Change(kind, message))
        if message.ephemeral:
            return
        where = {} if message.guild_id is None else {"guild_id": str(message.guild_id)}
        if kind == "deleted":
            data: dict[str, Any] = {"id": str(message.id), "channel_id": str(message.channel_id)}
            bare = data
        else:
            data = message.to_json(self.users)
            bare = self._bare(message, data)
        names = {
            "created": "MESSAGE_CREATE",
            "edited": "MESSAGE_UPDATE",
            "deleted": "MESSAGE_DELETE",
        }
        intent = DIRECT_MESSAGES if message.guild_id is None else GUILD_MESSAGES
        told = Event(names[kind], data | where, message.guild_id, intent, bare | where)
        self.dispatcher.dispatch(told)
