"""What admins allow members to ask for, and how many videos at once."""

from collections.abc import Collection
from typing import Any

import discord
from discord import app_commands

from bot.client.admins import admins_guild
from bot.credits import RoleLimits
from bot.errors import UnknownModel, UnknownSize
from bot.presentation.limits import role_limits_text, running_text
from cogs.budget.parts import AdminCommands, Interaction, Reason, answer

ANY = "any"
MOST_CHOICES = 25
Names = app_commands.Range[str, 1, 500]
Count = app_commands.Range[int, 0, 1000]


class LimitCommands(AdminCommands):
    """Limits and running."""

    @app_commands.command(description="Set what a role, or everyone, may ask for; or see it")
    @app_commands.describe(
        role="Whose limits; without it, those of everyone who has no such role",
        models="The models allowed, parted by commas; 'any' for all",
        seconds="The longest video; 0 for no limit",
        sizes="The sizes allowed, parted by commas; 'any' for all",
        running="Videos of one member at once; 0 for no limit",
        clear="Take all limits of the role away",
        reason="Shown in the log",
    )
    async def limits(  # noqa: PLR0913, PLR0917 - a command's options are its arguments
        self,
        interaction: Interaction,
        role: discord.Role | None = None,
        models: Names | None = None,
        seconds: app_commands.Range[int, 0, 3600] | None = None,
        sizes: Names | None = None,
        running: Count | None = None,
        clear: bool = False,
        reason: Reason | None = None,
    ) -> None:
        """Change some of a role's limits, or all, and tell what is in force."""
        guild_id = admins_guild(interaction)
        role_id = guild_id if role is None else role.id
        values: dict[str, Any] = {}
        if models is not None:
            values["models"] = self._models(models)
        if sizes is not None:
            values["sizes"] = self._sizes(sizes)
        if seconds is not None:
            values["longest_seconds"] = seconds or None
        if running is not None:
            values["most_running"] = running or None
        await self._change_limits(interaction, role_id, values, clear, reason or "")
        overview = await self._rules.overview(guild_id)
        limits = overview.limits.get(role_id, RoleLimits())
        await answer(interaction, role_limits_text(guild_id, role_id, limits))

    @limits.autocomplete("models")
    async def _offer_models(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer the models, each behind those that were named already."""
        return _choices(typed, self._services.menu())

    @limits.autocomplete("sizes")
    async def _offer_sizes(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer the sizes, each behind those that were named already."""
        return _choices(typed, self._all_sizes())

    @app_commands.command(description="Set how many videos may be made at once; or see it")
    @app_commands.describe(
        member="Of one member, unless their roles say otherwise; 0 for the bot's own limit",
        server="Of this server; 0 for the bot's own limit",
        reason="Shown in the log",
    )
    async def running(
        self,
        interaction: Interaction,
        member: Count | None = None,
        server: Count | None = None,
        reason: Reason | None = None,
    ) -> None:
        """Change the limits of running videos, and tell what is in force."""
        guild_id = admins_guild(interaction)
        values = {"most_running_per_member": member, "most_running_per_guild": server}
        given = {name: value or None for name, value in values.items() if value is not None}
        if given:
            await self._rules.change_settings(
                guild_id, interaction.user.id, reason or "", interaction.id, **given
            )
        overview = await self._rules.overview(guild_id)
        await answer(interaction, running_text(overview.settings))

    async def _change_limits(
        self,
        interaction: Interaction,
        role_id: int,
        values: dict[str, Any],
        clear: bool,
        reason: str,
    ) -> None:
        by = (interaction.user.id, reason, interaction.id)
        guild_id = admins_guild(interaction)
        if clear:
            await self._rules.set_limits(guild_id, role_id, RoleLimits(**values), *by)
        elif values:
            await self._rules.change_limits(guild_id, role_id, values, *by)

    def _models(self, text: str) -> frozenset[str] | None:
        """Read names of models; None: any. Raises UnknownModel."""
        known = tuple(self._services.menu())
        names = _names(text)
        for name in names:
            if name not in known and name != ANY:
                raise UnknownModel(name, known)
        return None if ANY in names else frozenset(names)

    def _sizes(self, text: str) -> frozenset[str] | None:
        """Read sizes; None: any. Raises UnknownSize."""
        known = self._all_sizes()
        names = _names(text)
        for name in names:
            if name not in known and name != ANY:
                raise UnknownSize(name, known)
        return None if ANY in names else frozenset(names)

    def _all_sizes(self) -> tuple[str, ...]:
        models = (dish.model for dish in self._services.menu().values())
        return tuple(dict.fromkeys(size for model in models for size in model.sizes))


def _names(text: str) -> list[str]:
    """Part a list at its commas; one without any name means any."""
    return [name for part in text.split(",") if (name := part.strip().lower())] or [ANY]


def _choices(typed: str, known: Collection[str]) -> list[app_commands.Choice[str]]:
    """Complete the last name of a list."""
    *before, last = (part.strip().lower() for part in typed.split(","))
    found = [name for name in (ANY, *known) if last in name and name not in before]
    texts = [", ".join((*before, name)) for name in found]
    # A choice takes 100 characters.
    fitting = [text for text in texts if len(text) <= 100]  # noqa: PLR2004 - said above
    return [app_commands.Choice(name=text, value=text) for text in fitting[:MOST_CHOICES]]
