"""What a visitor does: each ask of the page becomes what a member does on the sandbox."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.sandbox.chat.asks import Ask, Malformed
from bot.sandbox.chat.feed import Feed
from bot.sandbox.chat.people import Person
from bot.sandbox.chat.uploads import Uploads
from bot.sandbox.chat.values import Values
from bot.sandbox.chat.views import version_view
from bot.sandbox.discord import (
    Channel,
    ClientRefusal,
    DiscordSandbox,
    Interaction,
    Message,
)

Answer = dict[str, Any]
Act = Callable[[Person, Ask], Awaitable[Answer]]


@dataclass
class Acts:
    """The members' side of one page."""

    discord: DiscordSandbox
    feed: Feed
    uploads: Uploads
    _opened: dict[str, Interaction] = field(default_factory=dict)
    """What opened a modal, by its id."""

    def table(self) -> Mapping[str, Act]:
        """Name each kind of ask with what it does."""
        return {
            "use": self.use,
            "use_on": self.use_on,
            "complete": self.complete,
            "press": self.press,
            "submit": self.submit,
            "say": self.say,
            "dismiss": self.dismiss,
            "history": self.history,
        }

    async def use(self, person: Person, ask: Ask) -> Answer:
        """Use a slash command."""
        path, channel = ask.text("path"), self._channel(person, ask)
        options = self._options(person, path, ask.table("options"))
        interaction = await self.discord.use(person.member, channel, path, options)
        return await self._outcome(interaction)

    async def use_on(self, person: Person, ask: Ask) -> Answer:
        """Use a command of a message's menu."""
        path, message = ask.text("path"), self._message(person, ask)
        interaction = await self.discord.use_on(person.member, message, path)
        return await self._outcome(interaction)

    async def complete(self, person: Person, ask: Ask) -> Answer:
        """Ask the bot for the choices of an option."""
        path, channel = ask.text("path"), self._channel(person, ask)
        options = self._options(person, path, ask.table("options"))
        choices = await self.discord.autocomplete(
            person.member, channel, path, options, focused=ask.text("focused")
        )
        return {"choices": choices}

    async def press(self, person: Person, ask: Ask) -> Answer:
        """Press a button or choose values of a select."""
        message, custom_id = self._message(person, ask), ask.text("custom_id")
        values = self._values(person).of_component(
            message.components, custom_id, ask.texts("values")
        )
        interaction = await self.discord.press(person.member, message, custom_id, values)
        return await self._outcome(interaction)

    async def submit(self, person: Person, ask: Ask) -> Answer:
        """Send a modal."""
        opened = self._opened.get(ask.text("opened"))
        if opened is None or opened.modal is None:
            raise Malformed("this form is not open")
        values = self._values(person).of_modal(opened.modal["components"], ask.table("values"))
        interaction = await self.discord.submit(person.member, opened, values)
        return await self._outcome(interaction)

    async def say(self, person: Person, ask: Ask) -> Answer:
        """Post a message, with the files that were uploaded before."""
        found = [self.uploads.find(ticket) for ticket in ask.texts("files")]
        files = [file for file in found if file is not None]
        await self._channel(person, ask).post(person.member, ask.text("content"), files)
        return {}

    async def dismiss(self, person: Person, ask: Ask) -> Answer:
        """Take away an ephemeral message."""
        message = self._message(person, ask)
        if not message.ephemeral:
            raise ClientRefusal("Only messages that you alone can see can be dismissed")
        self.feed.dismiss(message)
        return {}

    async def history(self, person: Person, ask: Ask) -> Answer:
        """Tell everything that a message has said."""
        message = self._message(person, ask)
        origin = self.discord.origin
        return {"versions": [version_view(version, origin) for version in message.versions]}

    async def _outcome(self, interaction: Interaction) -> Answer:
        """Wait for the first response; a modal comes as the answer, messages by the feed."""
        await interaction.responded()
        if interaction.original is not None:
            self.feed.note(interaction.original)
        if interaction.modal is None:
            return {}
        opened = str(interaction.interaction_id)
        self._opened[opened] = interaction
        return {"modal": {**interaction.modal, "opened": opened}}

    def _channel(self, person: Person, ask: Ask) -> Channel:
        wanted = ask.text("channel")
        for channel in person.channels(self.discord):
            if str(channel.id) == wanted:
                return channel
        raise ClientRefusal("There is no such channel")

    def _message(self, person: Person, ask: Ask) -> Message:
        message = self.feed.find(person, ask.text("message"))
        if message is None:
            raise ClientRefusal("The message is gone")
        return message

    def _options(self, person: Person, path: str, given: Mapping[str, Any]) -> dict[str, Any]:
        found = self.discord.commands.find(path, person.member.guild.id)
        if found is None:
            raise ClientRefusal(f"There is no command /{path}")
        command, chain = found
        specs = (chain[-1] if chain else command).get("options") or []
        return self._values(person).of_options(specs, given)

    def _values(self, person: Person) -> Values:
        return Values(person.member.guild, self.uploads)
