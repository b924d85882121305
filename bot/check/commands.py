"""Whether the commands are in place: what Discord has, compared with what a start registers."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp

from bot.check.findings import Finding, Verdict
from bot.client.differences import Payload, differences
from bot.client.invitation import invite_link
from bot.config import Settings
from bot.storage import Database
from bot.storage.soundness import open_to_look

OUT_OF_REACH = (403, 404)
MOST_NAMED = 5


async def check_commands(
    settings: Settings,
    session: aiohttp.ClientSession,
    application_id: str,
    inside: Collection[int],
    commands: Sequence[Payload],
) -> AsyncIterator[Finding]:
    """Compare what Discord has everywhere, and in each server where commands are or were wanted.

    ``inside`` are the servers that the bot is in; of others it is said elsewhere that it is not.
    """
    url = f"{settings.discord.api_url}/applications/{application_id}"
    named = set(settings.discord.guilds)
    noted = await asyncio.to_thread(
        noted_guilds, Database.file(settings.database.url), application_id
    )
    for guild_id in (None, *sorted((named | noted) & set(inside))):
        scope = f"{url}/commands" if guild_id is None else f"{url}/guilds/{guild_id}/commands"
        wanted = commands if (guild_id in named if named else guild_id is None) else []
        where = "everywhere" if guild_id is None else f"in server {guild_id}"
        try:
            async with session.get(scope, raise_for_status=True) as response:
                finding = compare(where, wanted, await response.json())
        except aiohttp.ClientResponseError as error:
            finding = _refused(where, wanted, error.status, application_id)
        except Exception as error:  # noqa: BLE001 - also what is no list of commands
            text = f"Discord does not tell the commands {where}: {type(error).__name__}."
            finding = Finding(Verdict.WRONG, text)
        if finding is not None:
            yield finding


def compare(where: str, wanted: Sequence[Payload], present: Any) -> Finding | None:
    """Say whether a scope's commands are as they should be; None: there are none, as is right."""
    changed = differences(wanted, present)
    if not changed:
        return Finding(Verdict.OK, f"The commands are in place {where}.") if wanted else None
    if not wanted:
        text = f"Commands are registered {where}, where they are not wanted: a start clears them."
    elif not present:
        text = f"No commands are registered {where}: a start registers them."
    else:
        told = ", ".join(changed[:MOST_NAMED])
        more = f" and {len(changed) - MOST_NAMED} more" if len(changed) > MOST_NAMED else ""
        text = (
            f"The commands {where} are others than these settings make: {told}{more}. A start "
            "registers them anew."
        )
    return Finding(Verdict.NOTE, text)


def _refused(
    where: str, wanted: Sequence[Payload], status: int, application_id: str
) -> Finding | None:
    if status not in OUT_OF_REACH:
        text = f"Discord does not tell the commands {where}: it answers {status}. Try again later."
        return Finding(Verdict.WRONG, text)
    if not wanted:
        return None
    return Finding(
        Verdict.WRONG,
        f"The bot may have no commands {where} ({status}). Invite it again, with "
        f"{invite_link(application_id)}",
    )


def noted_guilds(file: Path, application_id: str) -> set[int]:
    """List the servers where the bot has noted that it registered commands. Blocking."""
    begins = f"commands:{application_id}:"
    query = "SELECT substr(name, ?) FROM facts WHERE substr(name, 1, ?) = ?"
    try:
        if not file.exists() or file.stat().st_size == 0:  # SQLite would delete the log beside that
            return set()
        with closing(open_to_look(file)) as connection:
            values = (len(begins) + 1, len(begins), begins)
            found = connection.execute(query, values).fetchall()
    except (OSError, sqlite3.Error, UnicodeDecodeError):  # the database has a finding of its own
        return set()
    return {int(scope) for (scope,) in found if scope.isdecimal()}
