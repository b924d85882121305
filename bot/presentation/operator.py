"""What the operator sees."""

from collections.abc import Mapping, Sequence

import discord

from bot.credits.ceilings import Ceiling
from bot.presentation.embeds import COLOUR, add_field
from bot.presentation.text import price_text, tame_line


def ceilings_embed(under: Sequence[Ceiling], names: Mapping[int, str]) -> discord.Embed:
    """Show ceilings and what is used of them in the present period."""
    embed = discord.Embed(title="Ceilings", colour=COLOUR)
    for ceiling in under:
        name = tame_line(names.get(ceiling.guild_id, str(ceiling.guild_id)), 100)
        percent = ceiling.used * 100 // ceiling.amount if ceiling.amount else 100
        add_field(
            embed,
            name,
            f"{price_text(ceiling.used)} of {price_text(ceiling.amount)} are held or spent, "
            f"{percent} %",
        )
    if not under:
        embed.description = "There is no ceiling. `/operator ceiling` sets one."
    return embed
