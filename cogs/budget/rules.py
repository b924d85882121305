"""What admins set for the server as a whole, and for its roles' allowances."""

import asyncio
from typing import Any, Literal

import discord
from discord import app_commands
from discord.utils import MISSING

from bot.client import clickable_embed
from bot.client.admins import admins_guild
from bot.credits import GuildSettings
from bot.credits.settings import zone_names
from bot.errors import BotCannotWrite
from bot.presentation.approvals import open_embed
from bot.presentation.buttons import open_buttons
from bot.presentation.changes import (
    combined_text,
    default_changed_text,
    paused_text,
    resumed_text,
    role_changed_text,
)
from bot.presentation.overview import alerts_text, approval_text
from cogs.budget.parts import (
    AdminCommands,
    AmountText,
    Interaction,
    Reason,
    amount_unless,
    answer,
)

Writable = discord.TextChannel | discord.VoiceChannel | discord.StageChannel
"""What can be written in; announcements are among the first kind (discord.py 2.7.1)."""
MOST_CHOICES = 25
MOST_APPROVAL_HOURS = 336


class RuleCommands(AdminCommands):
    """Default, role, combine, approve-above, approvals, pause, resume and alerts."""

    @app_commands.command(description="Set what everyone may spend in each period")
    @app_commands.describe(
        amount="Credits or dollars: 500, $5; 'reset' leaves it to whoever runs the bot",
        period="How often budgets renew",
        zone="The time zone by whose calendar they renew, such as Europe/Berlin",
        reason="Shown in the log",
    )
    async def default(
        self,
        interaction: Interaction,
        amount: AmountText,
        period: Literal["day", "week", "month"] | None = None,
        zone: app_commands.Range[str, 1, 64] | None = None,
        reason: Reason | None = None,
    ) -> None:
        """Set the default allowance, and the calendar."""
        values: dict[str, Any] = {"default_allowance": amount_unless("reset", amount)}
        if period is not None:
            values["period"] = period
        if zone is not None:
            values["zone"] = zone.strip()
        guild_id = admins_guild(interaction)
        before = await self._rules.overview(guild_id)
        await self._change(interaction, reason, **values)
        after = await self._rules.overview(guild_id)
        text = default_changed_text(before, after)
        await self._tell_given(interaction, text, after.default_allowance)

    @default.autocomplete("zone")
    async def _zones(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer the IANA names that hold what was typed, those that begin so first."""
        wanted = typed.strip().lower().replace(" ", "_")
        # Hundreds of files are opened the first time: it took 40 ms.
        zones = await asyncio.to_thread(zone_names)
        found = [name for name in zones if wanted in name.lower()]
        found.sort(key=lambda name: not name.rsplit("/", 1)[-1].lower().startswith(wanted))
        return [app_commands.Choice(name=name, value=name) for name in found[:MOST_CHOICES]]

    @app_commands.command(description="Set what members with a role may spend in each period")
    @app_commands.describe(
        role="Whose allowance",
        amount="Credits or dollars: 500, $5; 'remove' for no allowance of this role",
        reason="Shown in the log",
    )
    async def role(
        self,
        interaction: Interaction,
        role: discord.Role,
        amount: AmountText,
        reason: Reason | None = None,
    ) -> None:
        """Set a role's allowance."""
        guild_id = admins_guild(interaction)
        credits_ = amount_unless("remove", amount)
        await self._rules.set_role_allowance(
            guild_id, role.id, credits_, interaction.user.id, reason or "", interaction.id
        )
        overview = await self._rules.overview(guild_id)
        text = role_changed_text(role.id, credits_, overview)
        await self._tell_given(interaction, text, credits_)

    @app_commands.command(description="Choose what counts of several roles' allowances")
    @app_commands.describe(rule="For members who have several such roles", reason="Why")
    @app_commands.choices(
        rule=[
            app_commands.Choice(name="The highest one counts", value="highest"),
            app_commands.Choice(name="They add up", value="sum"),
        ]
    )
    async def combine(
        self, interaction: Interaction, rule: str, reason: Reason | None = None
    ) -> None:
        """Set how allowances of roles go together."""
        await self._change(interaction, reason, role_allowances=rule)
        overview = await self._rules.overview(admins_guild(interaction))
        await answer(interaction, combined_text(overview))

    @app_commands.command(
        name="approve-above", description="Let moderators approve videos above a price"
    )
    @app_commands.describe(
        amount="Credits or dollars: 500, $5; 'off' for no approvals",
        hours="How long a moderator may take; 24 unless set",
        channel="Where moderators are told, with buttons; also of the ceiling's use",
        reason="Shown in the log",
    )
    async def approve_above(
        self,
        interaction: Interaction,
        amount: AmountText,
        hours: app_commands.Range[int, 1, MOST_APPROVAL_HOURS] | None = None,
        channel: Writable | None = None,
        reason: Reason | None = None,
    ) -> None:
        """Set the price above which a moderator is asked."""
        values: dict[str, Any] = {"approve_above": amount_unless("off", amount)}
        if hours is not None:
            values["approval_hours"] = hours
        if channel is not None:
            _check_writable(channel)
            values["alert_channel_id"] = channel.id
        await self._change(interaction, reason, **values)
        await answer(
            interaction, approval_text(await self._rules.overview(admins_guild(interaction)))
        )

    @app_commands.command(description="See the prices that wait for a moderator, and decide")
    async def approvals(self, interaction: Interaction) -> None:
        """List what waits, with buttons for the first of them."""
        waiting = await self._rules.undecided(admins_guild(interaction))
        buttons = open_buttons([each.job_id for each in waiting]) if waiting else MISSING
        await interaction.response.send_message(
            embed=clickable_embed(interaction, open_embed(waiting)), view=buttons, ephemeral=True
        )

    @app_commands.command(description="Take no new videos in this server; running ones finish")
    @app_commands.describe(reason="Shown in the log")
    async def pause(self, interaction: Interaction, reason: Reason | None = None) -> None:
        """Pause the server."""
        await self._change(interaction, reason, paused=True)
        await answer(interaction, paused_text())
        await self._services.jobs.rules_moved(admins_guild(interaction))

    @app_commands.command(description="Take new videos again")
    @app_commands.describe(reason="Shown in the log")
    async def resume(self, interaction: Interaction, reason: Reason | None = None) -> None:
        """End a pause."""
        await self._change(interaction, reason, paused=False)
        await answer(interaction, resumed_text())
        await self._services.jobs.rules_moved(admins_guild(interaction))

    @app_commands.command(description="Choose the channel that is told of the ceiling's use")
    @app_commands.describe(channel="Where to write; without it, nowhere", reason="Why")
    async def alerts(
        self,
        interaction: Interaction,
        channel: Writable | None = None,
        reason: Reason | None = None,
    ) -> None:
        """Set or clear the alerts' channel."""
        if channel is not None:
            _check_writable(channel)
        channel_id = None if channel is None else channel.id
        await self._change(interaction, reason, alert_channel_id=channel_id)
        await answer(
            interaction, alerts_text(await self._rules.overview(admins_guild(interaction)))
        )

    async def _change(
        self, interaction: Interaction, reason: str | None, **values: Any
    ) -> GuildSettings:
        return await self._rules.change_settings(
            admins_guild(interaction), interaction.user.id, reason or "", interaction.id, **values
        )


def _check_writable(channel: Writable) -> None:
    """Raise BotCannotWrite unless the bot may write there."""
    allowed = channel.permissions_for(channel.guild.me)
    needed = ("view_channel", "send_messages")
    if missing := tuple(name for name in needed if not getattr(allowed, name)):
        raise BotCannotWrite(channel.id, missing)
