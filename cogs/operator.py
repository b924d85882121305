"""/operator: what whoever runs the bot may do. Others do not see it, and it is checked again."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import CheckRefused, Services, SoraClient
from bot.credits import parse_amount
from bot.errors import NotOperator, UnknownGuild
from bot.presentation.operator import ceilings_embed

Interaction = discord.Interaction[Any]


@app_commands.default_permissions()
class Operator(
    commands.GroupCog, group_name="operator", group_description="For whoever runs this bot"
):
    """The commands for the owner of the bot's application."""

    def __init__(self, bot: SoraClient, services: Services) -> None:
        self._bot = bot
        self._rules = services.rules

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Let only the owner in, or a member of the team that owns the bot; raise CheckRefused."""
        if not await self._bot.is_owner(interaction.user):
            raise CheckRefused(NotOperator())
        return True

    @app_commands.command(description="Limit what a server, or all together, may spend")
    @app_commands.describe(
        amount="Credits or dollars a period: 50000, $500; 'off' for no ceiling",
        server="The server's id; without it, all servers together",
        reason="Shown in the log",
    )
    async def ceiling(
        self,
        interaction: Interaction,
        amount: app_commands.Range[str, 1, 20],
        server: app_commands.Range[str, 1, 20] | None = None,
        reason: app_commands.Range[str, 1, 200] | None = None,
    ) -> None:
        """Set or lift a ceiling."""
        guild_id = self._guild_id(server)
        limit = None if amount.strip().lower() == "off" else parse_amount(amount)
        under = await self._rules.set_ceiling(guild_id, limit, interaction.user.id, reason or "")
        embed = ceilings_embed(under, self._names(guild_id))
        await interaction.response.send_message(embed=embed, ephemeral=True)

    @app_commands.command(description="See the ceilings and what is used of them")
    @app_commands.describe(server="The server's id; without it, this one")
    async def ceilings(
        self, interaction: Interaction, server: app_commands.Range[str, 1, 20] | None = None
    ) -> None:
        """Show the ceilings that a server is under."""
        guild_id = self._guild_id(server) or interaction.guild_id or 0
        under = await self._rules.ceilings(guild_id)
        embed = ceilings_embed(under, self._names(guild_id))
        await interaction.response.send_message(embed=embed, ephemeral=True)

    def _guild_id(self, server: str | None) -> int:
        """Read a server's id; 0 is all servers together. Raises UnknownGuild."""
        if server is None:
            return 0
        guild = self._bot.get_guild(int(server)) if server.isdecimal() else None
        if guild is None:
            raise UnknownGuild(server)
        return guild.id

    def _names(self, guild_id: int) -> dict[int, str]:
        guild = self._bot.get_guild(guild_id)
        return {0: "All servers together", **({guild.id: guild.name} if guild else {})}


async def setup(bot: SoraClient) -> None:
    """Add the commands; discord.py calls this on loading."""
    await bot.add_cog(Operator(bot, bot.services))
