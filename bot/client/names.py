"""The names of members, without the privileged intent that would bring all of them."""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping

import discord
import structlog

MOST_ASKED = 20
"""So many members are asked for, one request each: a picture names ten, and some have left."""
ASK_SECONDS = 8.0

log = structlog.get_logger()


async def names_of(guild: discord.Guild, member_ids: Iterable[int]) -> Mapping[int, str]:
    """Tell the names of the first of these members, as Discord shows them; others by their id.

    Who has left, and who Discord does not tell about in time, goes by the id as well.
    """
    ids = list(member_ids)
    names = {member_id: str(member_id) for member_id in ids}
    try:
        async with asyncio.timeout(ASK_SECONDS):
            for member_id in ids[:MOST_ASKED]:
                names[member_id] = await _name_of(guild, member_id)
    except Exception as error:  # noqa: BLE001 - an odd answer raises whatever it does
        log.warning("names.unknown", guild=guild.id, kind=type(error).__name__)
    return names


async def _name_of(guild: discord.Guild, member_id: int) -> str:
    known = guild.get_member(member_id)
    if known is not None:
        return known.display_name
    with contextlib.suppress(discord.NotFound):
        return (await guild.fetch_member(member_id)).display_name
    return str(member_id)
