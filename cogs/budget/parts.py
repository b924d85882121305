"""What the parts of /budget share: who may use them, and options that mean the same everywhere."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import CheckRefused, Services, SoraClient, clickable
from bot.client.admins import admins_guild
from bot.credits import parse_amount
from bot.errors import Refusal
from bot.presentation.changes import beyond_text

Interaction = discord.Interaction[SoraClient]
AmountText = app_commands.Range[str, 1, 20]
Reason = app_commands.Range[str, 1, 200]


class AdminCommands(commands.Cog):
    """Some of the commands for those who manage the server."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._budgets = services.budgets
        self._rules = services.rules

    async def interaction_check(self, interaction: discord.Interaction[Any], /) -> bool:
        """Let only admins in, before anything is read; raise CheckRefused."""
        try:
            admins_guild(interaction)
        except Refusal as refusal:
            raise CheckRefused(refusal) from None
        return True

    async def _tell_given(self, interaction: Interaction, text: str, amount: int | None) -> None:
        """Tell what was given, and where the operator's ceilings cannot pay it; None: nothing."""
        if amount is not None:
            under = await self._rules.ceilings(admins_guild(interaction))
            text = "\n".join(filter(None, (text, beyond_text(amount, under))))
        await answer(interaction, text)


def amount_unless(word: str, text: str) -> int | None:
    """Read an amount; None for the word that stands for none. Raises AmountUnreadable."""
    return None if text.strip().lower() == word else parse_amount(text)


async def answer(interaction: Interaction, text: str) -> None:
    """Tell whoever asked."""
    await interaction.response.send_message(clickable(interaction, text), ephemeral=True)
