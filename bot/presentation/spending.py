"""A report as a message: the total, the picture, words for who does not see it, and tables."""

import io
from dataclasses import dataclass
from typing import Any

import discord

from bot.credits.spending import MOST_VIDEOS
from bot.presentation.embeds import COLOUR

PICTURE_NAME, TABLE_NAME, VIDEOS_NAME = "spending.png", "spending.csv", "videos.csv"


@dataclass(frozen=True)
class ReportFiles:
    """What a report is made of."""

    picture: bytes
    alt_text: str
    """What the picture shows, for those who do not see it."""
    table: bytes
    videos: bytes
    cut: bool
    """There were more videos than their table has."""


def report_reply(text: str, files: ReportFiles) -> dict[str, Any]:
    """Put a report into a message, whose text leaves to the picture what that shows."""
    embed = discord.Embed(title="Spending report", description=text, colour=COLOUR)
    embed.set_image(url=f"attachment://{PICTURE_NAME}")
    every = f"the first {MOST_VIDEOS:,} videos" if files.cut else "every video"
    embed.set_footer(
        text=f"{TABLE_NAME} has the sums, {VIDEOS_NAME} {every}. Amounts are credits; 100 are $1."
    )
    return {
        "embed": embed,
        "files": [
            discord.File(
                io.BytesIO(files.picture), filename=PICTURE_NAME, description=files.alt_text
            ),
            discord.File(io.BytesIO(files.table), filename=TABLE_NAME),
            discord.File(io.BytesIO(files.videos), filename=VIDEOS_NAME),
        ],
    }
