"""What admins do about one member."""

import discord
from discord import app_commands

from bot.client import clickable_embed
from bot.client.admins import admins_guild, spender_named
from bot.credits import parse_amount
from bot.presentation.balance import member_embed
from bot.presentation.budget_log import RECENT_READ
from bot.presentation.changes import allowance_text, frozen_text, moved_text, unfrozen_text
from bot.presentation.overview import overview_embed
from cogs.budget.parts import (
    AdminCommands,
    AmountText,
    Interaction,
    Reason,
    amount_unless,
    answer,
)


class MemberCommands(AdminCommands):
    """Show, set, grant, revoke, freeze and unfreeze."""

    @app_commands.command(description="See a member's budget; without a name, the server's rules")
    @app_commands.describe(member="Whose budget")
    async def show(self, interaction: Interaction, member: discord.Member | None = None) -> None:
        """Show a member's sources and latest entries, or the rules of the server."""
        if member is None:
            guild_id = admins_guild(interaction)
            pause = await self._services.pauses.over_guild(guild_id)
            embed = overview_embed(guild_id, await self._rules.overview(guild_id), pause)
        else:
            spender = spender_named(interaction, member)
            recent = await self._budgets.log(spender.payer.guild_id, member.id, limit=RECENT_READ)
            embed = member_embed(
                member.id,
                await self._budgets.standing(spender),
                await self._budgets.limits_of(spender),
                recent.lines,
            )
        await interaction.response.send_message(
            embed=clickable_embed(interaction, embed), ephemeral=True
        )

    @app_commands.command(description="Set what a member may spend in each period")
    @app_commands.describe(
        member="Whose allowance",
        amount="Credits or dollars: 500, $5; 'reset' lets roles and the default decide",
        reason="Shown in the log",
    )
    async def set(
        self,
        interaction: Interaction,
        member: discord.Member,
        amount: AmountText,
        reason: Reason | None = None,
    ) -> None:
        """Set a member's own allowance."""
        credits_ = amount_unless("reset", amount)
        balance = await self._budgets.set_allowance(
            spender_named(interaction, member),
            credits_,
            interaction.user.id,
            reason or "",
            interaction.id,
        )
        text = allowance_text(credits_, member.id, balance)
        await self._tell_given(interaction, text, credits_)

    @app_commands.command(description="Give a member credits that do not expire")
    @app_commands.describe(
        member="Who gets them",
        amount="Credits or dollars: 500, 1,500, $5",
        reason="Shown in the log",
    )
    async def grant(
        self,
        interaction: Interaction,
        member: discord.Member,
        amount: AmountText,
        reason: Reason | None = None,
    ) -> None:
        """Grant credits."""
        credits_ = parse_amount(amount)
        balance = await self._budgets.grant(
            spender_named(interaction, member),
            credits_,
            interaction.user.id,
            reason or "",
            interaction.id,
        )
        text = moved_text("Granted {amount} to", credits_, member.id, balance)
        await self._tell_given(interaction, text, credits_)

    @app_commands.command(description="Take granted credits back")
    @app_commands.describe(
        member="Who loses them",
        amount="Credits or dollars: 500, 1,500, $5",
        reason="Shown in the log",
    )
    async def revoke(
        self,
        interaction: Interaction,
        member: discord.Member,
        amount: AmountText,
        reason: Reason | None = None,
    ) -> None:
        """Revoke granted credits."""
        credits_ = parse_amount(amount)
        balance = await self._budgets.revoke(
            spender_named(interaction, member),
            credits_,
            interaction.user.id,
            reason or "",
            interaction.id,
        )
        await answer(interaction, moved_text("Revoked {amount} from", credits_, member.id, balance))

    @app_commands.command(description="Keep a member from asking for new videos")
    @app_commands.describe(member="Whose budget", reason="Shown in the log")
    async def freeze(
        self, interaction: Interaction, member: discord.Member, reason: Reason | None = None
    ) -> None:
        """Freeze a member's budget."""
        balance = await self._budgets.freeze(
            spender_named(interaction, member), interaction.user.id, reason or "", interaction.id
        )
        await answer(interaction, frozen_text(member.id, balance))
        await self._services.jobs.rules_moved(admins_guild(interaction))

    @app_commands.command(description="Let a member ask for videos again")
    @app_commands.describe(member="Whose budget", reason="Shown in the log")
    async def unfreeze(
        self, interaction: Interaction, member: discord.Member, reason: Reason | None = None
    ) -> None:
        """End a freeze."""
        balance = await self._budgets.unfreeze(
            spender_named(interaction, member), interaction.user.id, reason or "", interaction.id
        )
        await answer(interaction, unfrozen_text(member.id, balance))
        await self._services.jobs.rules_moved(admins_guild(interaction))
