"""Which servers may spend the operator's money: open ones. In all others only free videos are made.

Open are those that the settings name and those that an operator owns, which is derived, and those
where an operator has used a command or that an operator has opened, which is written down. A server
that an operator has closed is open no more, unless the settings name it.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import bindparam, delete, select

from bot.clock import Clock
from bot.credits.ceilings import UNDER, Ceiling, ceilings_of, under_of
from bot.credits.changes import put, record
from bot.credits.ledger import Posting
from bot.credits.periods import Period, period_at
from bot.credits.settings import Terms
from bot.credits.use import uses_in
from bot.errors import AskedAlready, ServerNamed, ServerNotOpen, ServerOpen
from bot.storage import Database, Transaction
from bot.storage.books import open_guilds
from bot.storage.outbox import Kind, post

ASK_AGAIN = timedelta(days=1)
"""So long after they asked the operator, a server's admins can ask again."""

_HERE = open_guilds.c.guild_id == bindparam("guild")
_OPENING = select(open_guilds.c.how, open_guilds.c.asked_at).where(_HERE)
_ALL = select(open_guilds.c.guild_id, open_guilds.c.how, open_guilds.c.asked_at)
_LEAVE = UNDER.add_columns(
    select(open_guilds.c.how).where(_HERE).scalar_subquery().label("how"),
    select(open_guilds.c.asked_at).where(_HERE).scalar_subquery().label("asked_at"),
)
"""All that the operator lets a server do, at once: orders ask it."""


class Why(StrEnum):
    """Why a server is open, or that it was closed; the last three are written down."""

    NAMED = "named"
    """The settings name it."""
    OWNED = "owned"
    """An operator owns it."""
    USED = "used"
    """An operator has used a command there."""
    ALLOWED = "allowed"
    CLOSED = "closed"


@dataclass(frozen=True)
class Trusted:
    """The servers that are open without a word from the operator."""

    named: Collection[int]
    """By the settings."""
    owned: Callable[[int], bool]
    """Tells whether an operator owns a server; asked in transactions, from any thread."""

    def why(self, guild_id: int, how: Why | None) -> Why | None:
        """Tell why a server is open, or CLOSED; None: nobody has opened it."""
        if guild_id in self.named:
            return Why.NAMED
        if how is not Why.CLOSED and self.owned(guild_id):
            return Why.OWNED
        return how


@dataclass(frozen=True)
class Opening:
    """What is written down of a server."""

    how: Why | None = None
    """None: no operator has said anything of it."""
    asked_at: datetime | None = None
    """When its admins last asked for it to be opened."""

    def asked_lately(self, now: datetime) -> datetime | None:
        """Tell when they asked, where it is too early to ask again."""
        asked = self.asked_at
        return asked if asked is not None and now < asked + ASK_AGAIN else None


@dataclass(frozen=True)
class Server:
    """A server as the operator sees it."""

    guild_id: int
    why: Why | None
    """Why it is open, or CLOSED; None: nobody has opened it."""
    asked_at: datetime | None
    used: int
    """What is held or spent of the operator's present period, in credits."""

    @property
    def open(self) -> bool:
        """Whether videos that cost something are made there."""
        return self.why not in {None, Why.CLOSED}


def read_leave(
    tx: Transaction, guild_id: int, period: Period, terms: Terms
) -> tuple[Opening, Sequence[Ceiling]]:
    """Read what the operator has said of a server, and the ceilings that it is under."""
    *figures, how, asked_at = tx.execute(_LEAVE, under_of(guild_id, period)).one()
    return _opening(how, asked_at), ceilings_of(figures, guild_id, terms)


def read_opening(tx: Transaction, guild_id: int) -> Opening:
    """Read what the operator has said of a server."""
    row = tx.execute(_OPENING, {"guild": guild_id}).one_or_none()
    return Opening() if row is None else _opening(*row)


def check_open(
    trusted: Trusted, guild_id: int, opening: Opening, price: int, now: datetime
) -> None:
    """Raise ServerNotOpen where a video of this price, in credits, is not to be made."""
    if price > 0 and trusted.why(guild_id, opening.how) in {None, Why.CLOSED}:
        raise ServerNotOpen(guild_id, opening.asked_lately(now))


class Servers:
    """What operators say of servers, and what servers' admins ask of them."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        terms: Terms,
        trusted: Trusted,
        told: Callable[[], None],
    ) -> None:
        self._database = database
        self._clock = clock
        self._terms = terms
        self._trusted = trusted
        self._told = told
        """Called when there is something for the operator in the outbox."""

    async def used(self, guild_id: int, operator_id: int) -> None:
        """Take note that an operator has used a command; written once for a server."""
        if (await self._database.read(read_opening, guild_id)).how is None:
            await self._database.write_soon(self._use, guild_id, operator_id)

    async def decide(self, guild_id: int, how: Why, actor_id: int, reason: str = "") -> None:
        """Open a server (ALLOWED) or close it (CLOSED), for the operator alone.

        Raises ServerNamed where the settings keep it open, or StorageBusy.
        """
        if how is Why.CLOSED and guild_id in self._trusted.named:
            raise ServerNamed(guild_id)
        posting = Posting(self._clock.now(), actor_id, reason)
        await self._database.write_soon(_decide, guild_id, how, posting)

    async def ask(self, guild_id: int, text: str) -> None:
        """Put an admins' question into the operator's outbox, at most once in ``ASK_AGAIN``.

        Raises ServerOpen, AskedAlready or StorageBusy.
        """
        await self._database.write_soon(self._ask, guild_id, text)
        self._told()

    async def survey(self, guild_ids: Collection[int]) -> Sequence[Server]:
        """Tell of these servers and all that something is written down of.

        Those that have asked and are not open come first, then by what they use.
        """
        return await self._database.read(self._survey, guild_ids)

    async def obey_settings(self) -> None:
        """Forget that servers were closed which the settings name: they are the later word."""
        await self._database.write(_forget_closed, self._trusted.named)

    def _use(self, tx: Transaction, guild_id: int, operator_id: int) -> None:
        if read_opening(tx, guild_id).how is None:
            _decide(tx, guild_id, Why.USED, Posting(self._clock.now(), operator_id, ""))

    def _ask(self, tx: Transaction, guild_id: int, text: str) -> None:
        now, opening = self._clock.now(), read_opening(tx, guild_id)
        if self._trusted.why(guild_id, opening.how) not in {None, Why.CLOSED}:
            raise ServerOpen(guild_id)
        if (asked_at := opening.asked_lately(now)) is not None:
            raise AskedAlready(asked_at, asked_at + ASK_AGAIN)
        put(tx, open_guilds, {"guild_id": guild_id}, {"asked_at": now})
        post(tx, Kind.OPERATOR, f"ask:{guild_id}", {"text": text}, now)

    def _survey(self, tx: Transaction, guild_ids: Collection[int]) -> Sequence[Server]:
        said = {guild_id: _opening(*said) for guild_id, *said in tx.execute(_ALL)}
        everywhere = {*guild_ids, *said}
        uses = uses_in(tx, everywhere, period_at(self._terms.period, self._clock.now()))
        servers = []
        for guild_id in everywhere:
            opening = said.get(guild_id, Opening())
            why = self._trusted.why(guild_id, opening.how)
            servers.append(Server(guild_id, why, opening.asked_at, uses.get(guild_id, 0)))
        return sorted(servers, key=_urgency)


def _urgency(server: Server) -> tuple[bool, int, int]:
    return (server.open or server.asked_at is None, -server.used, server.guild_id)


def _opening(how: str | None, asked_at: datetime | None) -> Opening:
    return Opening(None if how is None else Why(how), asked_at)


def _decide(tx: Transaction, guild_id: int, how: Why, posting: Posting) -> None:
    said = {"how": how, "decided_at": posting.at, "decided_by": posting.actor_id}
    put(tx, open_guilds, {"guild_id": guild_id}, said)
    record(tx, guild_id, {"server": str(how)}, posting)


def _forget_closed(tx: Transaction, guild_ids: Collection[int]) -> None:
    these = (open_guilds.c.guild_id.in_(guild_ids), open_guilds.c.how == Why.CLOSED)
    tx.execute(delete(open_guilds).where(*these))
