"""The panel beside the chat: what happens underneath, and the switches."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from bot.sandbox.chat.acts import Act, Answer
from bot.sandbox.chat.asks import Ask, Malformed
from bot.sandbox.chat.books import Books
from bot.sandbox.chat.people import Person
from bot.sandbox.chat.traffic import calls_view
from bot.sandbox.chat.troubles import Provider, Troubles, all_troubles
from bot.sandbox.discord import DiscordSandbox

SPEEDS = (1, 10, 60)
"""Sandbox seconds of the providers in one real second."""


class BotControl(Protocol):
    """Who starts the bot's process and kills it."""

    @property
    def running(self) -> bool:
        """Whether the process is there."""

    async def start(self) -> None:
        """Start it, where it is not running."""

    async def kill(self) -> None:
        """Kill it with -9, where it is running."""


@dataclass
class Panel:
    """What is shown of the bot, the providers and Discord, and what can be done to them."""

    discord: DiscordSandbox
    providers: Mapping[str, Provider]
    bot: BotControl
    books: Books
    troubles: Troubles = field(init=False)

    def __post_init__(self) -> None:
        self.troubles = Troubles(all_troubles(self.discord, self.providers))

    async def parts(self) -> dict[str, Any]:
        """Render everything as it is when this returns, by the name of its part."""
        books = await self.books.read()
        speeds = [provider.clock.speed for provider in self.providers.values()]
        return {
            "bot": {"running": self.bot.running, "connected": bool(self.discord.sessions.live)},
            "speed": {"choices": SPEEDS, "now": max(speeds, default=1)},
            "troubles": self.troubles.view(),
            "books": books,
            "calls": calls_view({"Discord": self.discord, **self.providers}),
        }

    def table(self) -> Mapping[str, Act]:
        """Name each kind of ask with what it does."""
        return {
            "trouble": self.switch,
            "drop": self.drop,
            "speed": self.set_speed,
            "kill": self.kill,
            "start": self.start,
        }

    async def switch(self, _: Person, ask: Ask) -> Answer:
        """Begin or end a trouble."""
        key = ask.text("key")
        if key not in self.troubles.known:
            raise Malformed(f"there is no switch {key!r}")
        self.troubles.switch(key, on=ask.flag("on"))
        return {}

    async def drop(self, _: Person, __: Ask) -> Answer:
        """Cut the bot's connection to the gateway."""
        await self.discord.drop_gateway()
        return {}

    async def set_speed(self, _: Person, ask: Ask) -> Answer:
        """Let the providers' time run faster or slower."""
        factor = ask.said.get("factor")
        if factor not in SPEEDS:
            raise Malformed(f"{factor!r} is not among the speeds")
        for provider in self.providers.values():
            provider.clock.speed = factor
        return {}

    async def kill(self, _: Person, __: Ask) -> Answer:
        """Kill the bot with -9."""
        await self.bot.kill()
        return {}

    async def start(self, _: Person, __: Ask) -> Answer:
        """Start the bot."""
        await self.bot.start()
        return {}
