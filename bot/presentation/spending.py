"""A report as a message: the picture, words for those who do not see it, and a table."""

import io
from typing import Any

import discord

from bot.presentation.embeds import COLOUR, MOST_CHARACTERS
from bot.presentation.text import tame

PICTURE_NAME, TABLE_NAME = "spending.png", "spending.csv"


def report_reply(words: str, picture: bytes, table: bytes) -> dict[str, Any]:
    """Put a report into a message; the words are the picture's text as well."""
    embed = discord.Embed(
        title="Spending report", description=tame(words, MOST_CHARACTERS), colour=COLOUR
    )
    embed.set_image(url=f"attachment://{PICTURE_NAME}")
    embed.set_footer(text=f"Every line is in {TABLE_NAME}. Amounts are credits; 100 are $1.")
    files = [
        discord.File(io.BytesIO(picture), filename=PICTURE_NAME, description=words),
        discord.File(io.BytesIO(table), filename=TABLE_NAME),
    ]
    return {"embed": embed, "files": files}
