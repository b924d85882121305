"""/budget: what admins do. Hidden from others, and checked again on every call."""

from discord import app_commands
from discord.ext import commands

from bot.client import SoraClient
from cogs.budget.books import BookCommands
from cogs.budget.jobs import JobCommands
from cogs.budget.limits import LimitCommands
from cogs.budget.members import MemberCommands
from cogs.budget.pools import PoolCommands
from cogs.budget.rules import RuleCommands


@app_commands.guild_only()
@app_commands.default_permissions(manage_guild=True)
class Budget(
    # The last of them come first in the list of commands.
    BookCommands,
    JobCommands,
    PoolCommands,
    LimitCommands,
    RuleCommands,
    MemberCommands,
    commands.GroupCog,
    group_name="budget",
    group_description="Manage video budgets",
):
    """The commands for those who manage the server."""


async def setup(bot: SoraClient) -> None:
    """Add the commands; discord.py calls this on loading."""
    await bot.add_cog(Budget(bot.services))
