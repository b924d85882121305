"""What is kept of a member, and what goes when they ask."""

import gzip
import io
import json
from collections.abc import Mapping
from typing import Any

import discord

from bot.jobs.privacy import Kept

FILE_NAME = "my-data.json"
EXPORT_TEXT = (
    "All that the bot keeps of you in this server is in this file: your videos with their prompts, "
    "states and prices, every movement of your credits, and your settings. Times are in UTC. "
    "`/sora privacy delete` deletes prompts, pictures and videos."
)
KEPT_TEXT = "Nothing was deleted."
_ELSEWHERE = (
    "Messages in channels are Discord's: please delete those yourself, or ask a moderator. The "
    "video services keep copies of their own for some time."
)


def export_file(kept: Mapping[str, Any], limit_bytes: int) -> discord.File:
    """Write the file, in UTF-8; compressed, where Discord would not take it else."""
    content, name = json.dumps(kept, ensure_ascii=False, indent=2).encode(), FILE_NAME
    if len(content) > limit_bytes:
        content, name = gzip.compress(content), f"{FILE_NAME}.gz"
    return discord.File(io.BytesIO(content), filename=name)


def ask_text(kept: Kept) -> str:
    """Ask before anything is deleted."""
    return (
        f"This deletes the prompts, pictures and videos of your {_videos(kept.ended)} that "
        f"{'is' if kept.ended == 1 else 'are'} over, and orders that you did not place. It cannot "
        "be undone, and `/sora show` cannot bring those videos back.\n"
        f"{_stays(kept)}What you spent stays in the books, without what it was for. {_ELSEWHERE}"
    )


def nothing_text(kept: Kept) -> str:
    """Say that there is nothing to delete."""
    return f"There is nothing of yours here to delete. {_stays(kept)}".strip()


def forgotten_text(kept: Kept) -> str:
    """Say what was deleted."""
    return (
        f"Deleted: the prompts, pictures and videos of {_videos(kept.ended)}. {_stays(kept)}"
        f"{_ELSEWHERE}"
    )


def _stays(kept: Kept) -> str:
    if not kept.under_way:
        return ""
    if kept.under_way == 1:
        return "1 video is still under way and stays until it is over; you can ask again then. "
    return (
        f"{_videos(kept.under_way)} are still under way and stay until they are over; you can ask "
        "again then. "
    )


def _videos(count: int) -> str:
    return f"{count:,} video{'' if count == 1 else 's'}"
