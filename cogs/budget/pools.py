"""Budgets that a role or a channel shares."""

import discord
from discord import app_commands

from bot.client import clickable_embed
from bot.client.admins import admins_guild
from bot.credits import PoolKind, parse_amount
from bot.errors import OneSharerNeeded
from bot.presentation.pools import pool_removed_text, pool_set_text, pools_embed
from cogs.budget.parts import AdminCommands, AmountText, Interaction, Reason, answer

Channel = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.ForumChannel
"""Announcements are among the first kind, media channels among the last (discord.py 2.7.1)."""


class PoolCommands(AdminCommands):
    """The subgroup pool: set, remove and list."""

    pool = app_commands.Group(name="pool", description="Budgets that a role or a channel shares")

    @pool.command(name="set", description="Give a role or a channel credits to share")
    @app_commands.describe(
        amount="Credits or dollars a period for all together: 5000, $50",
        role="The role that shares it",
        channel="Or the channel in which it is spent, threads included",
        share="What one member may take of it; without it, as much as is left",
        reason="Shown in the log",
    )
    async def set_pool(
        self,
        interaction: Interaction,
        amount: AmountText,
        role: discord.Role | None = None,
        channel: Channel | None = None,
        share: AmountText | None = None,
        reason: Reason | None = None,
    ) -> None:
        """Set up a pool, or change it."""
        guild_id = admins_guild(interaction)
        target = _sharer(role, channel)
        budget = (parse_amount(amount), None if share is None else parse_amount(share))
        await self._rules.set_pool(
            guild_id, target, budget, interaction.user.id, reason or "", interaction.id
        )
        overview = await self._rules.overview(guild_id)
        use = overview.pool_of(*target)
        # Another admin may have removed it in the meantime.
        text = pool_removed_text(*target) if use is None else pool_set_text(use, overview)
        await self._tell_given(interaction, text, budget[0])

    @pool.command(name="remove", description="Let a role or a channel share nothing any more")
    @app_commands.describe(
        role="The role that shares it", channel="Or the channel", reason="Shown in the log"
    )
    async def remove_pool(
        self,
        interaction: Interaction,
        role: discord.Role | None = None,
        channel: Channel | None = None,
        reason: Reason | None = None,
    ) -> None:
        """Take a pool away."""
        target = _sharer(role, channel)
        await self._rules.remove_pool(
            admins_guild(interaction), target, interaction.user.id, reason or "", interaction.id
        )
        await answer(interaction, pool_removed_text(*target))

    @pool.command(name="list", description="See the pools and what is used of them")
    async def list_pools(self, interaction: Interaction) -> None:
        """List all pools."""
        overview = await self._rules.overview(admins_guild(interaction))
        await interaction.response.send_message(
            embed=clickable_embed(interaction, pools_embed(overview)), ephemeral=True
        )


def _sharer(role: discord.Role | None, channel: Channel | None) -> tuple[PoolKind, int]:
    """Tell who shares the pool; raise OneSharerNeeded unless just one is named."""
    if role is not None and channel is None:
        return "role", role.id
    if channel is not None and role is None:
        return "channel", channel.id
    raise OneSharerNeeded
