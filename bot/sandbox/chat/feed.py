"""The feed: what members can see happen, handed to everyone who has the page open."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.chat.people import Person
from bot.sandbox.chat.viewer import Viewer
from bot.sandbox.chat.views import message_view
from bot.sandbox.discord import DiscordSandbox, Message


@dataclass
class Feed:
    """All messages that the page shows, and to whom."""

    discord: DiscordSandbox
    viewers: set[Viewer] = field(default_factory=set)
    _private: dict[int, Message] = field(default_factory=dict)
    """Ephemeral messages; no channel keeps them."""

    async def run(self) -> None:
        """Hand on every change from now on."""
        async for change in self.discord.subscribe():
            if change.message is not None:
                self.note(change.message)

    def note(self, message: Message) -> None:
        """Tell those who see a message how it stands now."""
        if message.deleted:
            self._private.pop(message.id, None)
            for viewer in self.viewers:
                viewer.send("gone", id=str(message.id))
            return
        if message.ephemeral:
            self._private[message.id] = message
        view = self.render(message)
        for viewer in self.viewers:
            if viewer.person.sees(self.discord, message):
                viewer.send("message", value=view)

    def dismiss(self, message: Message) -> None:
        """Take away an ephemeral message, as its reader may."""
        self._private.pop(message.id, None)
        for viewer in self.viewers:
            viewer.send("gone", id=str(message.id))

    def seen_by(self, person: Person) -> Iterator[Message]:
        """Give every message that a person sees, oldest first."""
        stored = [m for channel in person.channels(self.discord) for m in channel.stored.values()]
        for message in sorted([*stored, *self._private.values()], key=lambda each: each.id):
            if person.sees(self.discord, message):
                yield message

    def find(self, person: Person, message_id: str) -> Message | None:
        """Find a message that a person sees."""
        return next((m for m in self.seen_by(person) if str(m.id) == message_id), None)

    def render(self, message: Message) -> dict[str, Any]:
        """Render a message for the page."""
        told = message.interaction
        answered = None if told is None else self.discord.interactions.by_id(int(told["id"]))
        return message_view(message, self.discord.origin, answered)
