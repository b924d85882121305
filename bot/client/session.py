"""One session of the gateway: begun or resumed, listened to, and left when it falls silent.

The library's own loop begins sessions without end and without a pause that grows, resumes without
any, and never leaves one that greets and is not begun (measured on discord.py 2.7.1).
"""

import asyncio
from dataclasses import dataclass
from typing import Any, NoReturn

import aiohttp
import discord
import structlog
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from yarl import URL

from bot.client.identify import Turnstile
from bot.clock import Clock

RESUMES = 5
"""So often in a row one session is resumed before another is begun."""
REFUSED_SESSIONS = 3
"""So many sessions in a row that never begin are worth a word."""
GONE_FOR_NOW, GIVEN_UP = 4000, 1000
"""Codes to close with: the session can be resumed, or can't (Discord's documentation)."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Patience:
    """How long a gateway may say nothing, in seconds; closing adds up to 30 where it is deaf too.

    Between two heartbeats Discord lets 41 s pass.
    """

    silence_seconds: float = 60.0
    """Within a connection, from one frame to the next, the first included (the library's rule)."""
    ready_seconds: float = 60.0
    """From the connection to a session that is begun or resumed."""
    connect_seconds: float = 100.0
    """For the connection itself, the first frame included."""


@dataclass(frozen=True)
class Lost:
    """A session whose connection is gone."""

    id: str
    sequence: int | None
    gateway: URL


class GatewaySession:
    """The session of one client."""

    def __init__(
        self, client: discord.Client, turnstile: Turnstile, clock: Clock, patience: Patience
    ) -> None:
        self._client = client
        self._turnstile = turnstile
        self._clock = clock
        self._patience = patience
        self._lost: Lost | None = None
        self._resumes = 0
        self._refused = 0
        self._heard: float | None = None
        """When the gateway was last heard, while there is a session."""

    @property
    def hears(self) -> bool:
        """Whether there is a session, and its gateway has said something lately."""
        heard = self._heard
        return (
            heard is not None and self._clock.monotonic() - heard < self._patience.silence_seconds
        )

    async def attempt(self) -> NoReturn:
        """Resume what was lost, or begin a session, and listen until it ends, which raises."""
        lost, self._lost = self._lost, None
        if lost is None:
            await self._turnstile.admit()
        socket, code = None, GIVEN_UP
        made: list[DiscordWebSocket] = []
        try:
            socket = await self._open(lost, _noted_in(made))
            await self._listen(socket, "READY" if lost is None else "RESUMED")
        except ReconnectWebSocket as end:
            if end.resume:
                code = self._keep(socket, lost)
            raise
        except TimeoutError:
            code = self._keep(socket, lost)
            raise TimeoutError("the gateway says nothing that begins a session") from None
        except (OSError, aiohttp.ClientError):
            code = self._keep(socket, lost)
            raise
        finally:
            self._heard = None
            for each in made:  # also one that the library did not get to hand over
                await each.close(code)

    async def _open(self, lost: Lost | None, kind: type[DiscordWebSocket]) -> DiscordWebSocket:
        resumed: dict[str, Any] = {}
        if lost is not None:
            resumed = {
                "resume": True,
                "session": lost.id,
                "sequence": lost.sequence,
                "gateway": lost.gateway,
            }
        async with asyncio.timeout(self._patience.connect_seconds):
            # "Initial": the library need not wait before it begins a session, that is done.
            return await kind.from_client(self._client, initial=True, **resumed)

    async def _listen(self, socket: DiscordWebSocket, beginning: str) -> NoReturn:
        self._client.ws = socket
        begun = socket.wait_for(beginning, lambda _: True)
        self._refused += beginning == "READY"
        if self._refused > REFUSED_SESSIONS:
            log.warning("gateway.session_refused", times=self._refused - 1, advice=_ADVICE)
        async with asyncio.timeout(self._patience.ready_seconds):
            while not begun.done():
                await socket.poll_event()
        self._refused = self._resumes = 0
        while True:
            self._heard = self._clock.monotonic()
            await socket.poll_event()

    def _keep(self, socket: DiscordWebSocket | None, lost: Lost | None) -> int:
        """Keep what can be resumed, and tell the code to close with."""
        if socket is not None and socket.session_id is not None:
            lost = Lost(socket.session_id, socket.sequence, socket.gateway)
        self._resumes += 1
        self._lost = lost if self._resumes <= RESUMES else None
        return GIVEN_UP if self._lost is None else GONE_FOR_NOW


def _noted_in(made: list[DiscordWebSocket]) -> type[DiscordWebSocket]:
    """Make the kind of socket that is noted as soon as it is made.

    Its heart beats, on a thread, from the greeting on; broken off while it identifies itself, it
    would go on beating.
    """

    class Noted(DiscordWebSocket):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            made.append(self)

    return Noted


_ADVICE = (
    "Discord calls each new session invalid: see whether other processes use this token, and "
    "https://discordstatus.com"
)
