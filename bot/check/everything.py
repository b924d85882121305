"""sora-bot check: say what is missing or wrong before anything starts."""

import asyncio
import os
import shlex
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import aiohttp

from bot.catalogue import Catalogue
from bot.check.findings import Finding, Verdict
from bot.check.models import check_models
from bot.config import Settings
from bot.delivery.ffmpeg import run_ffmpeg
from bot.errors import ToolFailed
from bot.private import whose_too
from bot.providers.base import VideoProvider
from bot.storage import Database

PERMISSIONS = {
    "View Channels": 1 << 10,
    "Send Messages": 1 << 11,
    "Embed Links": 1 << 14,
    "Attach Files": 1 << 15,
    "Read Message History": 1 << 16,
    "Send Messages in Threads": 1 << 38,
}
"""What the bot needs in a server (bits: Discord's documentation)."""
ADMINISTRATOR = 1 << 3
LEAST_FREE_BYTES = 1 << 30
TIMEOUT = aiohttp.ClientTimeout(total=20)


async def check(
    settings: Settings, catalogue: Catalogue, providers: Mapping[str, VideoProvider]
) -> AsyncIterator[Finding]:
    """Look at everything that the bot needs; the last finding is the invite link."""
    yield await asyncio.to_thread(check_database, Database.file(settings.database.url))
    yield await asyncio.to_thread(check_folder, settings.storage.path)
    yield await check_ffmpeg()
    async for finding in check_models(settings, catalogue, providers):
        yield finding
    async for finding in check_discord(settings):
        yield finding


def check_start(settings: Settings) -> Iterator[Finding]:
    """Look at what keeps a bot from running at all and can be seen without a network.

    What a running bot can get over (a full disk, a key that comes later) is none of it.
    """
    token = check_token(settings)
    database = Database.file(settings.database.url)
    if token is not None:
        yield token
    if not database.exists():
        yield _writable(database.parent, f"{database} will be created", "database.url")
    yield _writable(settings.storage.path, "Videos can be kept", "storage.path")


def check_config(file: Path) -> Finding:
    """See whether the secrets in the configuration are the operator's alone."""
    theirs = " and ".join(whose_too(file))
    if not theirs:
        return Finding(Verdict.OK, f"Nobody else can read or change {file}.")
    return Finding(
        Verdict.NOTE,
        f"Others on this machine can {theirs} {file}, which holds the token and the keys. Run: "
        f"chmod 600 {shlex.quote(str(file))}",
    )


def check_token(settings: Settings) -> Finding | None:
    """Say how to get a token where there is none."""
    if settings.discord.token.get_secret_value():
        return None
    return Finding(
        Verdict.WRONG,
        "discord.token is empty. Make an application at "
        "https://discord.com/developers/applications and copy its bot's token.",
    )


def check_database(path: Path) -> Finding:
    """Take the write lock of the database, or see whether one could be made."""
    if not path.exists():
        return _writable(path.parent, f"The database {path} will be created", "database.url")
    try:
        with closing(sqlite3.connect(path, timeout=1)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.rollback()
    except sqlite3.Error as error:
        return Finding(
            Verdict.WRONG,
            f"The database {path} cannot be written ({error}). Check database.url, the file's "
            "owner, and that the disk has room.",
        )
    return Finding(Verdict.OK, f"The database {path} can be written.")


def check_folder(folder: Path) -> Finding:
    """See whether videos can be kept, and for how long the disk will last."""
    nearest = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    free = shutil.disk_usage(nearest).free
    if free < LEAST_FREE_BYTES:
        return Finding(
            Verdict.WRONG,
            f"Only {free >> 20} MiB are free for videos in {folder}. Free some space, or set "
            "storage.path to another disk.",
        )
    return _writable(folder, f"Videos are kept in {folder}, {free >> 30} GiB free", "storage.path")


def _writable(folder: Path, good: str, key: str) -> Finding:
    nearest = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return Finding(Verdict.OK, f"{good}.")
    return Finding(
        Verdict.WRONG, f"{nearest} cannot be written. Change its owner, or set {key} elsewhere."
    )


async def check_ffmpeg() -> Finding:
    """See whether ffmpeg runs and has the encoders."""
    try:
        run = await run_ffmpeg(["-h", "encoder=libx264"], timeout_seconds=20)
    except ToolFailed as error:
        found = f"ffmpeg cannot be run ({error.detail}). Reinstall imageio-ffmpeg."
        return Finding(Verdict.WRONG, found)
    if run.code != 0:
        return Finding(Verdict.WRONG, "ffmpeg ends with an error. Reinstall imageio-ffmpeg.")
    return Finding(Verdict.OK, "ffmpeg runs.")


async def check_discord(settings: Settings) -> AsyncIterator[Finding]:
    """Log in, look at the permissions in each server, and make the invite link."""
    missing = check_token(settings)
    if missing is not None:
        yield missing
        return
    headers = {"Authorization": f"Bot {settings.discord.token.get_secret_value()}"}
    async with aiohttp.ClientSession(headers=headers, timeout=TIMEOUT) as session:
        try:
            me = await _get(session, f"{settings.discord.api_url}/users/@me")
            application = await _get(session, f"{settings.discord.api_url}/applications/@me")
            guilds = await _get(session, f"{settings.discord.api_url}/users/@me/guilds")
        except aiohttp.ClientResponseError as error:
            why = "refuses discord.token" if error.status == 401 else f"answers {error.status}"  # noqa: PLR2004 - Unauthorized
            yield Finding(Verdict.WRONG, f"Discord {why}. Reset the token and set it anew.")
            return
        except (aiohttp.ClientError, TimeoutError) as error:
            kind = type(error).__name__
            yield Finding(Verdict.WRONG, f"Discord cannot be reached ({kind}); discord.api_url.")
            return
    yield Finding(Verdict.OK, f"Discord knows the bot as {me['username']}.")
    for finding in _guild_findings(guilds, settings.discord.guilds):
        yield finding
    yield Finding(Verdict.NOTE, f"Invite the bot with {invite_link(application['id'])}")


async def _get(session: aiohttp.ClientSession, url: str) -> Any:
    async with session.get(url, raise_for_status=True) as response:
        return await response.json()


def _guild_findings(guilds: list[dict[str, Any]], wanted: tuple[int, ...]) -> Iterator[Finding]:
    """Name what is missing in each server; channels can forbid more, or allow it again."""
    for guild in guilds:
        granted = int(guild["permissions"])
        missing = [name for name, bit in PERMISSIONS.items() if not granted & bit]
        if missing and not granted & ADMINISTRATOR:
            text = f"In {guild['name']} the bot lacks: {', '.join(missing)}. Invite it again."
            yield Finding(Verdict.WRONG, text)
        else:
            yield Finding(Verdict.OK, f"In {guild['name']} the bot has all permissions it needs.")
    for guild_id in set(wanted) - {int(guild["id"]) for guild in guilds}:
        yield Finding(
            Verdict.WRONG, f"The bot is not in server {guild_id} of discord.guilds. Invite it."
        )
    if not guilds:
        yield Finding(Verdict.NOTE, "The bot is in no server yet.")


def invite_link(application_id: str) -> str:
    """Make the link by which an admin adds the bot, with just the permissions it needs."""
    return (
        "https://discord.com/oauth2/authorize"
        f"?client_id={application_id}&scope=bot+applications.commands"
        f"&permissions={sum(PERMISSIONS.values())}"
    )
