"""Credits that are not there, and rules of budgets that do not fit."""

from dataclasses import dataclass
from datetime import datetime

from bot.errors.base import Refusal
from bot.errors.orders import Offering, Suggestion


@dataclass(eq=False)
class AmountOutOfRange(Refusal):
    """An amount of credits that is not whole, or outside ``least`` to ``most``."""

    amount: float
    least: int
    most: int


@dataclass(eq=False)
class AmountUnreadable(Refusal):
    """What was typed is no amount, or could mean two."""

    text: str


@dataclass(eq=False)
class UnknownZone(Refusal):
    """There is no time zone of that name."""

    name: str


@dataclass(eq=False)
class UnknownSize(Refusal):
    """No model makes videos of that size; ``known`` are those that there are."""

    name: str
    known: tuple[str, ...]


class OneSharerNeeded(Refusal):
    """A pool is shared by a role or by a channel: just one of them must be named."""


@dataclass(eq=False)
class InsufficientCredits(Offering):
    """The member has fewer credits than the price."""

    price: int
    available: int
    renews_at: datetime | None
    """None: nothing of theirs renews."""
    suggestions: tuple[Suggestion, ...] = ()


@dataclass(eq=False)
class CeilingReached(Offering):
    """The price does not fit under what the operator lets the server spend in a period.

    Or all servers together, with ``whole_bot``. Amounts are credits.
    """

    whole_bot: bool
    price: int
    left: int
    renews_at: datetime
    suggestions: tuple[Suggestion, ...] = ()


@dataclass(eq=False)
class ServerNotOpen(Refusal):
    """Whoever runs the bot pays for the videos, and has not opened this server for them."""

    guild_id: int
    asked_at: datetime | None
    """When its admins asked for that, where it is too early to ask again."""
    free: tuple[str, ...] = ()
    """Models that cost nothing: they can be had all the same."""


@dataclass(eq=False)
class AskedAlready(Refusal):
    """The server's admins have asked the operator lately; from ``again_at`` on they can again."""

    asked_at: datetime
    again_at: datetime


@dataclass(eq=False)
class ServerOpen(Refusal):
    """There is nothing to ask the operator for: the server is open."""

    guild_id: int


@dataclass(eq=False)
class ServerNamed(Refusal):
    """The settings name the server (``discord.guilds``): it cannot be closed but there."""

    guild_id: int


class GuildPaused(Refusal):
    """An admin has paused the server: no new video may be asked for."""


class MemberFrozen(Refusal):
    """An admin has frozen the member's budget: they may ask for no new video."""


@dataclass(eq=False)
class NotForYourRoles(Offering):
    """None of the member's roles allows this value; ``allowed`` is what the nearest one does."""

    option: str
    value: str
    allowed: tuple[str, ...]
    suggestions: tuple[Suggestion, ...] = ()


@dataclass(eq=False)
class RevokesTooMuch(Refusal):
    """The member has fewer granted credits left than were to be revoked."""

    amount: int
    available: int


class EveryoneHasTheDefault(Refusal):
    """The role @everyone has no allowance of its own: that is the server's default."""


class NoSuchPool(Refusal):
    """That role or channel has no pool (any more)."""


@dataclass(eq=False)
class ApprovalDecided(Refusal):
    """The question was decided before; ``decided_by`` is 0 where nobody did."""

    job_id: int
    verdict: str
    decided_by: int


@dataclass(eq=False)
class ApprovalStopped(Refusal):
    """Nothing can be approved now; ``rule`` is what stops the job: ``paused`` or ``frozen``."""

    job_id: int
    member_id: int
    rule: str
