"""/budget: what admins do. Hidden from others, and checked again on every call."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import Services, SoraClient
from bot.credits import MAX_AMOUNT, Balance, Payer
from bot.errors import NotAdmin, OutsideGuild
from bot.presentation.lists import balance_embed, left_text, log_embed

Interaction = discord.Interaction[SoraClient]
Amount = app_commands.Range[int, 1, MAX_AMOUNT]
Reason = app_commands.Range[str, 1, 200]

RECENT_ENTRIES = 8


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class Budget(commands.GroupCog, group_name="budget", group_description="Manage video budgets"):
    """The commands for those who manage the server."""

    def __init__(self, services: Services) -> None:
        self._budgets = services.budgets

    @app_commands.command(description="See what a member can spend; yours without a name")
    @app_commands.describe(member="Whose budget")
    async def show(self, interaction: Interaction, member: discord.Member | None = None) -> None:
        """Show a member's budget and latest entries."""
        payer = _admins_choice(interaction, member or interaction.user)
        balance = await self._budgets.balance(payer)
        recent = await self._budgets.log(payer.guild_id, payer.member_id, RECENT_ENTRIES)
        name = (member or interaction.user).display_name
        embed = balance_embed(f"Budget of {discord.utils.escape_markdown(name)}", balance, recent)
        await interaction.response.send_message(embed=embed, ephemeral=True)

    @app_commands.command(description="Give a member credits that do not expire")
    @app_commands.describe(
        member="Who gets them", amount="How many credits; 100 are $1", reason="Shown in the log"
    )
    async def grant(
        self,
        interaction: Interaction,
        member: discord.Member,
        amount: Amount,
        reason: Reason | None = None,
    ) -> None:
        """Grant credits."""
        payer = _admins_choice(interaction, member)
        balance = await self._budgets.grant(
            payer, amount, interaction.user.id, reason or "", interaction.id
        )
        await self._confirm(interaction, f"Granted {amount:,} credits to", member, balance)

    @app_commands.command(description="Take granted credits back")
    @app_commands.describe(
        member="Who loses them", amount="How many credits", reason="Shown in the log"
    )
    async def revoke(
        self,
        interaction: Interaction,
        member: discord.Member,
        amount: Amount,
        reason: Reason | None = None,
    ) -> None:
        """Revoke granted credits."""
        payer = _admins_choice(interaction, member)
        balance = await self._budgets.revoke(
            payer, amount, interaction.user.id, reason or "", interaction.id
        )
        await self._confirm(interaction, f"Revoked {amount:,} credits from", member, balance)

    @app_commands.command(description="Set what a member may spend in each period")
    @app_commands.describe(member="Whose allowance", amount="How many credits", reason="Why")
    async def set(
        self,
        interaction: Interaction,
        member: discord.Member,
        amount: app_commands.Range[int, 0, MAX_AMOUNT],
        reason: Reason | None = None,
    ) -> None:
        """Set a member's own allowance."""
        payer = _admins_choice(interaction, member)
        balance = await self._budgets.set_allowance(
            payer, amount, interaction.user.id, reason or "", interaction.id
        )
        await self._confirm(interaction, f"Allowance set to {amount:,} for", member, balance)

    @app_commands.command(description="See who changed which budget, when and why")
    @app_commands.describe(member="Only this member's entries")
    async def log(self, interaction: Interaction, member: discord.Member | None = None) -> None:
        """List the latest entries."""
        payer = _admins_choice(interaction, member or interaction.user)
        lines = await self._budgets.log(payer.guild_id, member.id if member else None)
        await interaction.response.send_message(embed=log_embed(lines), ephemeral=True)

    async def _confirm(
        self, interaction: Interaction, done: str, member: discord.Member, balance: Balance
    ) -> None:
        """Say what was done and what the member has now."""
        await interaction.response.send_message(
            f"{done} <@{member.id}>. {left_text(balance)}", ephemeral=True
        )


def _admins_choice(interaction: Interaction, member: discord.User | discord.Member) -> Payer:
    """Tell whose budget an admin means; raise OutsideGuild or NotAdmin.

    The declared permission hides the commands, but servers can override it and clients can be
    bypassed.
    """
    if interaction.guild_id is None:
        raise OutsideGuild
    if not interaction.permissions.manage_guild:
        raise NotAdmin
    return Payer(interaction.guild_id, member.id)


async def setup(bot: SoraClient) -> None:
    """Add the commands; discord.py calls this on loading."""
    await bot.add_cog(Budget(bot.services))
