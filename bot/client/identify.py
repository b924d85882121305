"""How often a session is begun: Discord allows 1,000 in a day, and then it resets the token.

Every process with the token counts, also those that crash and start again. So the pauses grow over
restarts as well, and Discord is asked how many are left before each one. A resumption is no new
session and passes freely (Discord's documentation).
"""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import discord
import structlog
from discord.http import Route

from bot.clock import Clock
from bot.errors import StorageError
from bot.jobs.pace import retry_delay_seconds
from bot.storage import Database, Transaction
from bot.storage.facts import get_fact, set_fact

FACT = "sessions begun"
SPACING_SECONDS = 5.0
"""Discord takes one session in this time (its documentation)."""
FREE = 5
"""So many sessions in a row are begun without a growing pause: an operator tries settings."""
PAUSE_SECONDS = (5.0, 600.0)
FORGOTTEN_SECONDS = 3600.0
"""After so long without a new session those before it count no more."""
RESERVE_PERCENT = 5
"""So much of a day's sessions is left to other processes, and to the operator."""
HELD_SECONDS = (60.0, 3600.0)
"""The least and the longest time until Discord is asked again how many are left."""
ASK_SECONDS = 30.0
UNKNOWN_ROUTE = (404, 405, 501)

log = structlog.get_logger()


@dataclass(frozen=True)
class Row:
    """Sessions that were begun in a row."""

    count: int = 0
    ago_seconds: float = 0.0
    """Since the last of them."""


@dataclass(frozen=True)
class StartLimit:
    """What Discord says of the sessions that may still be begun with this token."""

    total: int
    remaining: int
    reset_after_seconds: float


def own_pause_seconds(row: Row, *, here: bool) -> float:
    """Tell how long to wait before another session; ``here``: this process has begun one. Pure.

    Over any day this makes fewer than 300 sessions, however each of them ends.
    """
    if row.count <= FREE or row.ago_seconds >= FORGOTTEN_SECONDS:
        pause = 0.0
    else:
        pause = retry_delay_seconds(row.count - FREE, *PAUSE_SECONDS)
    return max(0.0, max(pause, SPACING_SECONDS if here else 0.0) - row.ago_seconds)


def limit_pause_seconds(limit: StartLimit) -> float:
    """Tell how long to wait until Discord is asked again; 0: there are enough left. Pure."""
    if limit.remaining > limit.total * RESERVE_PERCENT // 100:
        return 0.0
    least, most = HELD_SECONDS
    return min(max(limit.reset_after_seconds, least), most)


def read_limit(said: object) -> StartLimit | None:
    """Read Discord's answer; None where it names no limit, as other servers do. Pure."""
    match said:
        case {
            "session_start_limit": {
                "total": int(total),
                "remaining": int(remaining),
                "reset_after": int() | float() as milliseconds,
            }
        }:
            return StartLimit(total, remaining, milliseconds / 1000)
    return None


def read_row(noted: str | None, now: datetime) -> Row:
    """Read what was noted; a time that lies ahead is now: the clock was set back. Pure."""
    try:
        count, _, at = (noted or "").partition(" ")
        return Row(int(count), max(0.0, (now - datetime.fromisoformat(at)).total_seconds()))
    except (ValueError, TypeError, OverflowError):
        return Row()


def note_another(tx: Transaction, now: datetime) -> int:
    """Note that a session is begun now; tell how many that makes in a row."""
    row = read_row(get_fact(tx, FACT), now)
    count = 1 + (row.count if row.ago_seconds < FORGOTTEN_SECONDS else 0)
    set_fact(tx, FACT, f"{count} {now.isoformat()}")
    return count


class Turnstile:
    """Lets one session after the other be begun, each when it is due."""

    def __init__(self, client: discord.Client, database: Database, clock: Clock) -> None:
        self._client = client
        self._database = database
        self._clock = clock
        self._count = 0
        self._last: float | None = None
        """When this process has begun a session, by the monotonic clock."""

    async def admit(self) -> None:
        """Wait until a session may be begun; raise what asking Discord raises."""
        row = await self._row()
        seconds = own_pause_seconds(row, here=self._last is not None)
        if seconds > 0:
            await self._hold(seconds, begun=row.count, advice=_ADVICE_ROW)
        while (limit := await self._ask()) and (pause := limit_pause_seconds(limit)):
            await self._hold(
                pause,
                remaining=limit.remaining,
                total=limit.total,
                reset_after_seconds=limit.reset_after_seconds,
                advice=_ADVICE_LIMIT,
            )

    async def note(self) -> None:
        """Take note that a session is begun now: called right before it is asked for."""
        self._last = self._clock.monotonic()
        self._count += 1
        try:
            self._count = await self._database.write(note_another, self._clock.now())
        except StorageError as error:  # a note is no reason to stay away
            log.warning("gateway.not_noted", error=type(error).__name__)

    async def _row(self) -> Row:
        if self._last is not None:
            return Row(self._count, self._clock.monotonic() - self._last)
        try:
            noted = await self._database.read(get_fact, FACT)
        except StorageError as error:
            log.warning("gateway.not_noted", error=type(error).__name__)
            noted = None
        return read_row(noted, self._clock.now())

    async def _ask(self) -> StartLimit | None:
        try:
            async with asyncio.timeout(ASK_SECONDS):
                said = await self._client.http.request(Route("GET", "/gateway/bot"))
        except discord.HTTPException as error:
            if error.status in UNKNOWN_ROUTE:
                return None
            raise
        if not isinstance(said, dict):
            raise TypeError("GET /gateway/bot answered with no JSON object")
        return read_limit(said)

    async def _hold(self, seconds: float, **why: object) -> None:
        until = self._clock.now() + timedelta(seconds=seconds)
        log.warning("gateway.identify_held", seconds=seconds, until=until.isoformat(), **why)
        await self._clock.sleep(seconds)


_ADVICE_ROW = (
    "too many sessions in a row were begun: see what ended them above, or whether the bot "
    "crashes and is started again"
)
_ADVICE_LIMIT = (
    "Discord resets a token that begins too many sessions in a day: stop other processes that "
    "use it; the bot connects when Discord allows more"
)
