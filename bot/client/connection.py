"""Logs in and holds the gateway, whatever happens; the library ends both at the first failure."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace

import aiohttp
import discord
import structlog
from discord.ext import commands
from discord.gateway import ReconnectWebSocket
from discord.http import Route

from bot.client.session import GatewaySession
from bot.clock import Clock
from bot.errors import ConfigError
from bot.jobs.pace import retry_delay_seconds
from bot.redaction import hide_secrets

RECONNECT_SECONDS = (2.0, 300.0)
"""The first and the longest wait before another try."""
RESUME_SECONDS = (2.0, 60.0)
"""The same where a session has only lost its connection; the first time at once."""
BAD_TOKEN = 4004
FATAL = frozenset({BAD_TOKEN, 4010, 4011, 4012, 4013, 4014})
"""Codes with which Discord closes a session that no other try mends (its documentation)."""
UNAUTHORIZED = 401

log = structlog.get_logger()


async def stay_connected(
    client: discord.Client,
    session: GatewaySession,
    token: str,
    clock: Clock,
    logged_in: Callable[[], object] = lambda: None,
) -> None:
    """Log in and hold the gateway until cancelled; raise ConfigError where that is no use."""
    await _supervise("login", lambda: _log_in(client, token), clock)
    logged_in()
    await _supervise("gateway", session.attempt, clock)


async def _log_in(client: discord.Client, token: str) -> None:
    try:
        await client.login(token)
    except BaseException:
        # The library would keep the broken session and its closed connector.
        await client.http.close()
        client.http.connector = discord.utils.MISSING
        raise


async def _supervise(what: str, attempt: Callable[[], Awaitable[None]], clock: Clock) -> None:
    """Try until it succeeds, with growing pauses; raise ConfigError where that is no use."""
    failures = 0
    while True:
        began = clock.monotonic()
        said: dict[str, object] = {}
        lost = False
        try:
            return await attempt()
        except ReconnectWebSocket:
            lost = True
        except commands.ExtensionError:  # a fault of ours: no other try mends it
            raise
        except Exception as error:  # noqa: BLE001 - a list of types would miss one
            _raise_if_refused(error)
            said = {"kind": type(error).__name__, "detail": hide_secrets(str(error))[:200]}
            if not isinstance(error, (discord.DiscordException, aiohttp.ClientError, OSError)):
                said["advice"] = "this is not what Discord sends: is there a proxy in between?"
        if clock.monotonic() - began > RECONNECT_SECONDS[1]:
            failures = 0
        if lost:
            seconds = retry_delay_seconds(failures, *RESUME_SECONDS) if failures else 0.0
            log.info("gateway.lost", next_try_seconds=seconds)
        else:
            seconds = retry_delay_seconds(failures + 1, *RECONNECT_SECONDS)
            log.warning("discord.unreachable", what=what, **said, next_try_seconds=seconds)
        failures += 1
        await clock.sleep(seconds)


def _raise_if_refused(error: Exception) -> None:
    """Raise ConfigError where Discord says that this token, or this bot, gets no further."""
    if isinstance(error, discord.LoginFailure) or _is_unauthorized(error):
        raise _refused(BAD_TOKEN) from None
    if isinstance(error, discord.ConnectionClosed) and error.code in FATAL:
        raise _refused(error.code) from None


def _is_unauthorized(error: Exception) -> bool:
    return isinstance(error, discord.HTTPException) and error.status == UNAUTHORIZED


def _refused(code: int) -> ConfigError:
    if code == BAD_TOKEN:
        return ConfigError("discord.token", "a value that Discord refuses", "the bot's own token")
    found = f"a session that Discord closes with {code}"
    return ConfigError("discord", found, "a bot in fewer than 2,500 servers, with its intents on")


class TokenDoubt:
    """Whether Discord still takes the bot's token: it may be reset at any time.

    Each request with a dead one counts towards the ban of an address, 10,000 in ten minutes.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known = False
        self._doubted = asyncio.Event()

    def trust(self) -> None:
        """Take note that Discord has taken it: from now on a refusal is a change."""
        self._known = True

    def listen(self, trace: aiohttp.TraceConfig) -> None:
        """Hear of every request that carried the token and was refused."""
        trace.on_request_end.append(self._note)

    async def settle(self, client: discord.Client) -> None:
        """Ask Discord whenever there is doubt, until cancelled; raise ConfigError at a no."""
        while True:
            await self._doubted.wait()
            try:
                await client.http.request(Route("GET", "/users/@me"))
            except Exception as error:  # noqa: BLE001 - whatever it is, it proves nothing
                _raise_if_refused(error)
            log.warning("discord.unauthorized", advice="Discord takes the token all the same")
            await self._clock.sleep(RECONNECT_SECONDS[1])
            self._doubted.clear()

    async def _note(
        self, _: aiohttp.ClientSession, __: SimpleNamespace, ended: aiohttp.TraceRequestEndParams
    ) -> None:
        refused = ended.response.status == UNAUTHORIZED
        if self._known and refused and "Authorization" in ended.headers:
            self._doubted.set()
