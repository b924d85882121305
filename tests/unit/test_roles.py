"""The roles of whoever asks, as the interaction itself tells them."""

from collections.abc import Sequence
from typing import Any

import discord

from bot.client.ordering import roles_of


def member(*role_ids: int, known: Sequence[int]) -> discord.Member:
    """Make a member as the library does from an interaction, in a server with some known roles."""
    state: Any = discord.Client(intents=discord.Intents.none())._connection
    guild = discord.Guild._create_unavailable(state=state, guild_id=1, data=None)
    for role_id in known:
        colours = {"primary_color": 0, "secondary_color": None, "tertiary_color": None}
        role: Any = {"id": str(role_id), "name": "role", "colors": colours, "permissions": "0"}
        guild._add_role(discord.Role(guild=guild, state=state, data=role))
    data: Any = {
        "user": {"id": "10", "username": "ada", "discriminator": "0", "avatar": None},
        "roles": [str(role_id) for role_id in role_ids],
        "joined_at": "2026-11-20T12:00:00+00:00",
        "flags": 0,
        "deaf": False,
        "mute": False,
    }
    return discord.Member(data=data, guild=guild, state=state)


async def test_roles_count_that_the_library_does_not_know() -> None:
    """After a start, and while a server is unavailable: else no limit of a role would hold."""
    for known in ((), (5,), (5, 6)):
        assert roles_of(member(5, 6, known=known)) >= {5, 6}


async def test_a_user_outside_a_server_has_no_roles() -> None:
    """As when an admin names somebody who has left."""
    state: Any = discord.Client(intents=discord.Intents.none())._connection
    data: Any = {"id": "10", "username": "ada", "discriminator": "0", "avatar": None}
    assert roles_of(discord.User(state=state, data=data)) == frozenset()
