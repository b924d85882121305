"""Where the bot's commands are registered: everywhere, or in servers that the settings name."""

from collections.abc import Collection

import discord
import structlog

from bot.storage import Database
from bot.storage.facts import forget_fact, list_facts

EVERYWHERE = "everywhere"
OUT_OF_REACH = (403, 404)
"""The server is gone, or the bot is not in it any more, and neither are its commands."""

log = structlog.get_logger()


def scopes_of(client: discord.Client) -> str:
    """Give what the names of facts about an application's registered commands begin with."""
    return f"commands:{client.application_id}:"


async def clear_elsewhere(
    client: discord.Client, database: Database, guilds: Collection[int]
) -> None:
    """Take the commands back from where the settings do not name them any more.

    Members would see what only answers with a refusal, or each command twice. Where servers are
    named, it is asked what is registered everywhere: another database may have seen to that.
    """
    prefix = scopes_of(client)
    noted = await database.read(list_facts, prefix)
    scopes = {name.removeprefix(prefix) for name in noted}
    scopes -= {str(guild_id) for guild_id in guilds} or {EVERYWHERE}
    if guilds:
        scopes.add(EVERYWHERE)
    for scope in sorted(scopes):
        if await _clear(client, scope):
            await database.write(forget_fact, prefix + scope)


async def _clear(client: discord.Client, scope: str) -> bool:
    """Clear a scope; False where that has to be tried again at the next start."""
    application_id = client.application_id
    assert application_id is not None  # noqa: S101 - the client is logged in
    try:
        if scope != EVERYWHERE:
            await client.http.bulk_upsert_guild_commands(application_id, int(scope), [])
        elif await client.http.get_global_commands(application_id):
            await client.http.bulk_upsert_global_commands(application_id, [])
        else:
            return True
    except discord.HTTPException as error:
        log.warning("commands.not_cleared", where=scope, status=error.status, code=error.code)
        return error.status in OUT_OF_REACH
    log.info("commands.cleared", where=scope)
    return True
