"""Logs in and holds the gateway, whatever happens; the library ends both at the first failure."""

from collections.abc import Awaitable, Callable

import aiohttp
import discord
import structlog
from discord.ext import commands

from bot.clock import Clock
from bot.errors import ConfigError
from bot.jobs.pace import retry_delay_seconds
from bot.redaction import hide_secrets

RECONNECT_SECONDS = (2.0, 300.0)
"""The first and the longest wait before another session: Discord allows 1,000 a day."""
BAD_TOKEN, BAD_INTENTS = 4004, 4014
"""Codes with which Discord closes a session (its documentation)."""

log = structlog.get_logger()


async def stay_connected(client: discord.Client, token: str, clock: Clock) -> None:
    """Log in and hold the gateway until cancelled; raise ConfigError where that is no use."""
    await _supervise("login", lambda: _log_in(client, token), clock)
    await _supervise("gateway", lambda: _connect(client), clock)


async def _log_in(client: discord.Client, token: str) -> None:
    try:
        await client.login(token)
    except BaseException:
        # The library would keep the broken session and its closed connector.
        await client.http.close()
        client.http.connector = discord.utils.MISSING
        raise


async def _connect(client: discord.Client) -> None:
    try:
        await client.connect()
    finally:
        if client.ws is not None:
            await client.ws.close(code=1000)


async def _supervise(what: str, attempt: Callable[[], Awaitable[None]], clock: Clock) -> None:
    """Try until it succeeds, with growing pauses; raise ConfigError where that is no use."""
    failures = 0
    while True:
        began = clock.monotonic()
        try:
            return await attempt()
        except discord.LoginFailure:
            raise _refused(BAD_TOKEN) from None
        except discord.ConnectionClosed as error:
            # Only codes that forbid another try come here; the library has closed the client.
            raise _refused(error.code) from None
        except discord.PrivilegedIntentsRequired:
            raise _refused(BAD_INTENTS) from None
        except commands.ExtensionError:  # a fault of ours: no other try mends it
            raise
        except Exception as error:  # noqa: BLE001 - a list of types would miss one
            said = {"kind": type(error).__name__, "detail": hide_secrets(str(error))[:200]}
            if not isinstance(error, (discord.DiscordException, aiohttp.ClientError, OSError)):
                said["advice"] = "this is not what Discord sends: is there a proxy in between?"
        if clock.monotonic() - began > RECONNECT_SECONDS[1]:
            failures = 0
        failures += 1
        seconds = retry_delay_seconds(failures, *RECONNECT_SECONDS)
        log.warning("discord.unreachable", what=what, **said, next_try_seconds=seconds)
        await clock.sleep(seconds)


def _refused(code: int) -> ConfigError:
    if code == BAD_TOKEN:
        return ConfigError("discord.token", "a value that Discord refuses", "the bot's own token")
    found = f"a session that Discord closes with {code}"
    return ConfigError("discord", found, "a bot in fewer than 2,500 servers, with its intents on")
