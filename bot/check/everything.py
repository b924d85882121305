"""sora-bot check: say what is missing or wrong before anything starts."""

import asyncio
import shlex
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp

from bot.catalogue import Catalogue
from bot.check.commands import check_commands
from bot.check.findings import Finding, Verdict
from bot.check.models import check_models
from bot.check.places import (
    check_database,
    check_folder,
    obstacle_to_database,
    obstacle_to_folder,
)
from bot.check.tools import check_ffmpeg, check_readers
from bot.client.differences import Payload
from bot.client.invitation import invite_link, missing_permissions
from bot.config import DEFAULT_FILE, Settings, misspelt_variables, proxy_variables
from bot.private import whose_too
from bot.providers.base import VideoProvider
from bot.storage import Database

TIMEOUT = aiohttp.ClientTimeout(total=20)


async def check(
    settings: Settings,
    catalogue: Catalogue,
    providers: Mapping[str, VideoProvider],
    commands: Sequence[Payload],
) -> AsyncIterator[Finding]:
    """Look at everything that the bot needs; the last finding is the invite link.

    ``commands`` are what a start registers.
    """
    for finding in (*check_variables(), *check_proxy(settings)):
        yield finding
    yield await asyncio.to_thread(check_database, Database.file(settings.database.url))
    yield await asyncio.to_thread(check_folder, settings.storage.path)
    yield await check_ffmpeg()
    yield await check_readers()
    for finding in check_ceilings(settings):
        yield finding
    async for finding in check_models(settings, catalogue, providers):
        yield finding
    async for finding in check_discord(settings, commands):
        yield finding


def check_start(settings: Settings) -> Iterator[Finding]:
    """Look at what keeps a bot from running at all and can be seen without a network.

    What a running bot can get over (a full disk, a key that comes later) is none of it.
    """
    token = check_token(settings)
    if token is not None:
        yield token
    yield from check_variables()
    yield from check_places(settings)


def check_places(settings: Settings) -> Iterator[Finding]:
    """Say where neither the database nor the videos can be kept."""
    obstacles = (
        obstacle_to_database(Database.file(settings.database.url)),
        obstacle_to_folder(settings.storage.path, "storage.path"),
    )
    for obstacle in obstacles:
        if obstacle:
            yield Finding(Verdict.WRONG, obstacle)


def check_variables() -> Iterator[Finding]:
    """Name the variables that nobody reads although they were meant for the bot."""
    for name, meant in misspelt_variables().items():
        yield Finding(Verdict.NOTE, f"{name} is set, and not read. Did you mean {meant}?")


def check_proxy(settings: Settings) -> Iterator[Finding]:
    """Say that other programs go through a proxy, and the bot does not."""
    names = " and ".join(proxy_variables())
    if names and settings.network.proxy is None:
        yield Finding(
            Verdict.NOTE,
            f"{names} is set, and not used: the bot reaches everything directly. To go through a "
            "proxy, set network.proxy, or SORA_BOT_NETWORK__PROXY.",
        )


def check_config(file: Path | None) -> Finding:
    """See whether the secrets in the configuration are the operator's alone."""
    if file is None:
        return Finding(
            Verdict.NOTE,
            f"There is no {DEFAULT_FILE} here, and no --config: the settings come from the "
            "environment alone.",
        )
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
        "https://discord.com/developers/applications, copy its bot's token, and set it in the "
        "configuration or as SORA_BOT_DISCORD__TOKEN.",
    )


def check_ceilings(settings: Settings) -> Iterator[Finding]:
    """Warn where nothing ends what servers may spend."""
    ceilings = {
        "ceiling_per_guild": (settings.budgets.ceiling_per_guild, "one server"),
        "ceiling_all": (settings.budgets.ceiling_all, "all servers together"),
    }
    for key, (amount, whose) in ceilings.items():
        if amount is None:
            yield Finding(
                Verdict.WARNING,
                f'budgets.{key} is "off": what {whose} may spend has no end unless you set one '
                "with /operator ceiling or `sora-bot ceiling`.",
            )


async def check_discord(settings: Settings, commands: Sequence[Payload]) -> AsyncIterator[Finding]:
    """Log in, look at permissions and commands in each server, and make the invite link."""
    missing = check_token(settings)
    if missing is not None:
        yield missing
        return
    headers = {"Authorization": f"Bot {settings.discord.token.get_secret_value()}"}
    async with aiohttp.ClientSession(
        headers=headers, timeout=TIMEOUT, proxy=settings.network.proxy
    ) as session:
        try:
            me = await _get(session, f"{settings.discord.api_url}/users/@me")
            application = await _get(session, f"{settings.discord.api_url}/applications/@me")
            guilds = await _get(session, f"{settings.discord.api_url}/users/@me/guilds")
            found = [
                Finding(Verdict.OK, f"Discord knows the bot as {me['username']}."),
                *_guild_findings(guilds, settings.discord.guilds),
            ]
            inside = {int(guild["id"]) for guild in guilds}
            link = invite_link(application["id"])
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError) as error:
            yield Finding(Verdict.WRONG, _discord_trouble(error))
            return
        for finding in found:
            yield finding
        async for finding in check_commands(settings, session, application["id"], inside, commands):
            yield finding
    yield Finding(Verdict.NOTE, f"Invite the bot with {link}")


def _discord_trouble(error: Exception) -> str:
    """Say why Discord was not asked with success, and what to do."""
    status = error.status if isinstance(error, aiohttp.ClientResponseError) else 0
    if status == HTTPStatus.UNAUTHORIZED:
        return (
            "Discord refuses discord.token. Reset it at "
            "https://discord.com/developers/applications and set the new one."
        )
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "Discord takes no more requests just now (429). Try again in an hour."
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"Discord answers {status}. See https://discordstatus.com, and try again."
    if isinstance(error, aiohttp.ClientResponseError | ValueError | KeyError | TypeError):
        return (
            "What answers at discord.api_url is not Discord. Check that address, and whether a "
            "proxy is in between."
        )
    kind = type(error).__name__
    return f"Discord cannot be reached ({kind}). Check the network and discord.api_url."


async def _get(session: aiohttp.ClientSession, url: str) -> Any:
    async with session.get(url, raise_for_status=True) as response:
        return await response.json()


def _guild_findings(guilds: list[dict[str, Any]], wanted: tuple[int, ...]) -> Iterator[Finding]:
    """Name what is missing in each server; channels can forbid more, or allow it again."""
    for guild in guilds:
        if missing := missing_permissions(int(guild["permissions"])):
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
