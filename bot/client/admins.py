"""Who may manage a server's budgets.

The declared permission hides the commands, but servers can override it and clients can be
bypassed: it is checked again before anything is read or written.
"""

from typing import Any

import discord

from bot.client.ordering import channels_of, roles_of
from bot.credits import Payer, Spender
from bot.errors import NotAdmin, OutsideGuild


def admins_guild(interaction: discord.Interaction[Any]) -> int:
    """Tell the server that whoever asks manages; raise OutsideGuild or NotAdmin."""
    if interaction.guild_id is None:
        raise OutsideGuild
    if not interaction.permissions.manage_guild:
        raise NotAdmin
    return interaction.guild_id


def spender_named(
    interaction: discord.Interaction[Any], member: discord.User | discord.Member
) -> Spender:
    """Tell whose budget an admin means, with what pools it has in this channel.

    Raises OutsideGuild or NotAdmin.
    """
    payer = Payer(admins_guild(interaction), member.id)
    return Spender(payer, roles_of(member), channels_of(interaction))
