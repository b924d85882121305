"""/operator: what whoever runs the bot may do. Others do not see it, and it is checked again."""

from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import CheckRefused, Services, SoraClient, clickable_embed
from bot.credits import Why, parse_amount
from bot.errors import NotOperator, UnknownGuild
from bot.jobs.pauses import Scope, Target
from bot.presentation.operator import (
    SCOPES,
    ceilings_embed,
    paused_text,
    resumed_text,
    status_embed,
    target_choices,
)
from bot.presentation.servers import decided_text, servers_embed

Interaction = discord.Interaction[Any]
Name = app_commands.Range[str, 1, 100]
Reason = app_commands.Range[str, 1, 200]

_SCOPES = [app_commands.Choice(name=name, value=scope.value) for scope, name in SCOPES.items()]

LARGEST_ID = 2**63 - 1


@app_commands.default_permissions()
class Operator(
    commands.GroupCog, group_name="operator", group_description="For whoever runs this bot"
):
    """The commands for the owner of the bot's application, or the team that owns it."""

    server = app_commands.Group(name="server", description="Which servers may spend your money")

    def __init__(self, bot: SoraClient, services: Services) -> None:
        self._bot = bot
        self._services = services
        self._rules = services.rules
        self._pauses = services.pauses
        self._status = services.status

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """Let only those in who run the bot; raise CheckRefused."""
        if interaction.user.id not in self._services.operators.ids:
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
        await interaction.response.send_message(
            embed=clickable_embed(interaction, embed), ephemeral=True
        )

    @app_commands.command(description="See the ceilings and what is used of them")
    @app_commands.describe(server="The server's id; without it, this one")
    async def ceilings(
        self, interaction: Interaction, server: app_commands.Range[str, 1, 20] | None = None
    ) -> None:
        """Show the ceilings that a server is under."""
        guild_id = self._guild_id(server) or interaction.guild_id or 0
        under = await self._rules.ceilings(guild_id)
        embed = ceilings_embed(under, self._names(guild_id))
        await interaction.response.send_message(
            embed=clickable_embed(interaction, embed), ephemeral=True
        )

    @app_commands.command(description="Pause new videos: of all, a server, a provider or a model")
    @app_commands.describe(
        scope="What to pause; what a provider has already is finished",
        name="Which server, provider or model; nothing for everything",
        reason="Shown to members, and in the log",
    )
    @app_commands.choices(scope=_SCOPES)
    async def pause(
        self, interaction: Interaction, scope: str, name: Name | None = None, reason: Reason = ""
    ) -> None:
        """Pause something until it is resumed."""
        key = (name or "").strip()
        if scope == Scope.GUILD and key:
            key = str(self._guild_id(key))
        target = Target(Scope(scope), key)
        pause = await self._pauses.pause(target, interaction.user.id, reason, interaction.id)
        text = paused_text(pause, await self._status.look(), self._all_names())
        await interaction.response.send_message(text, ephemeral=True)

    @app_commands.command(description="Resume what you have paused")
    @app_commands.describe(
        scope="What to resume", name="Which server, provider or model; nothing for everything"
    )
    @app_commands.choices(scope=_SCOPES)
    async def resume(self, interaction: Interaction, scope: str, name: Name | None = None) -> None:
        """End a pause."""
        target = Target(Scope(scope), (name or "").strip())
        await self._pauses.resume(target, interaction.user.id, interaction_id=interaction.id)
        text = resumed_text(target, await self._status.look(), self._all_names())
        await interaction.response.send_message(text, ephemeral=True)

    @app_commands.command(
        description="See running and waiting videos, spending, accounts and pauses"
    )
    async def status(self, interaction: Interaction) -> None:
        """Show how the bot is going."""
        embed = status_embed(await self._status.look(), self._all_names())
        await interaction.response.send_message(
            embed=clickable_embed(interaction, embed), ephemeral=True
        )

    @pause.autocomplete("name")
    async def _pausable(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer what can be paused."""
        if not await self._admits(interaction):
            return []
        match interaction.namespace.scope:
            case Scope.GUILD:
                keys = [str(guild.id) for guild in self._bot.guilds]
            case Scope.PROVIDER:
                keys = list(self._pauses.providers())
            case Scope.MODEL:
                keys = list(self._pauses.catalogue)
            case _:
                return []
        targets = [Target(Scope(interaction.namespace.scope), key) for key in keys]
        return target_choices(targets, self._all_names(), typed)

    @resume.autocomplete("name")
    async def _paused(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer what is paused."""
        if not await self._admits(interaction):
            return []
        paused = [each.target for each in await self._pauses.list()]
        scope = interaction.namespace.scope
        named = [each for each in paused if each.key and each.scope == scope]
        return target_choices(named, self._all_names(), typed)

    async def _admits(self, interaction: Interaction) -> bool:
        """Tell whether somebody may be offered choices: the library asks no check for them."""
        try:
            return await self.interaction_check(interaction)
        except CheckRefused:
            return False

    def _all_names(self) -> dict[int, str]:
        return {guild.id: guild.name for guild in self._bot.guilds}

    @app_commands.command(description="See the servers: open or not, who has asked, what they use")
    async def servers(self, interaction: Interaction) -> None:
        """List the servers that the bot is in, and those that something was said of."""
        names = {guild.id: (guild.name, guild.member_count) for guild in self._bot.guilds}
        servers = await self._services.servers.survey(names)
        embed = clickable_embed(interaction, servers_embed(servers, names))
        await interaction.response.send_message(embed=embed, ephemeral=True)

    @server.command(description="Open a server: its videos are paid from your accounts")
    @app_commands.describe(server="The server's id", reason="Shown in the log")
    async def allow(
        self,
        interaction: Interaction,
        server: app_commands.Range[str, 1, 20],
        reason: app_commands.Range[str, 1, 200] | None = None,
    ) -> None:
        """Open a server, also before the bot is invited to it."""
        await self._decide(interaction, server, Why.ALLOWED, reason or "")

    @server.command(description="Close a server: only free videos are made there")
    @app_commands.describe(server="The server's id", reason="Shown in the log")
    async def close(
        self,
        interaction: Interaction,
        server: app_commands.Range[str, 1, 20],
        reason: app_commands.Range[str, 1, 200] | None = None,
    ) -> None:
        """Close a server, and let nothing be sent that waits there."""
        await self._decide(interaction, server, Why.CLOSED, reason or "")

    async def _decide(self, interaction: Interaction, server: str, how: Why, reason: str) -> None:
        """Write down what was decided; raise UnknownGuild for what is no id."""
        if not server.isdecimal() or not 0 < int(server) <= LARGEST_ID:
            raise UnknownGuild(server)
        guild_id = int(server)
        await self._services.servers.decide(guild_id, how, interaction.user.id, reason)
        guild = self._bot.get_guild(guild_id)
        name = None if guild is None else guild.name
        text = decided_text(guild_id, name, how, await self._rules.ceilings(guild_id))
        await interaction.response.send_message(text, ephemeral=True)
        await self._services.jobs.rules_moved(guild_id)

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
