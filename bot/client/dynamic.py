"""A button that is made anew from its id at each press."""

import re
from abc import ABC, abstractmethod
from typing import Any, Self

import discord

from bot.client.answers import answer_error

Interaction = discord.Interaction[Any]
Item = discord.ui.Item[Any]


class DynamicButton(discord.ui.DynamicItem[discord.ui.Button[Any]], ABC, template=r"never"):
    """A button that is made anew from its id at each press."""

    def __init__(self, item: discord.ui.Button[Any], match: re.Match[str]) -> None:
        super().__init__(item)
        self.match = match

    @classmethod
    async def from_custom_id(cls, _: Interaction, item: Item, match: re.Match[str], /) -> Self:
        """Make the button anew from its id."""
        assert isinstance(item, discord.ui.Button)  # noqa: S101 - the ids are given to buttons only
        return cls(item, match)

    async def callback(self, interaction: Interaction) -> None:
        """Act; the library's own handling of errors does not reach here."""
        try:
            await self.act(interaction)
        except Exception as error:  # noqa: BLE001 - it is told and logged there
            await answer_error(interaction, error)

    @abstractmethod
    async def act(self, interaction: Interaction) -> None:
        """Do what the button stands for; raise a Refusal."""
