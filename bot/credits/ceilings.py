"""What the operator lets a server, and all servers together, spend in a period.

The operator's period counts, in UTC. Guild 0 (``use.WHOLE_BOT``) is all servers together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, func, insert, select, update

from bot.credits.amounts import check_amount
from bot.credits.changes import put, record
from bot.credits.ledger import Posting
from bot.credits.periods import Period
from bot.credits.settings import Terms
from bot.credits.use import WHOLE_BOT, days_of, sum_of
from bot.errors import CeilingReached
from bot.storage import Transaction
from bot.storage.books import ceiling_alerts, ceilings
from bot.storage.outbox import Kind, post

LEVELS = (50, 80, 100)
"""Percent of a ceiling; each is told once a period when the use reaches it."""
MAX_CEILING = 1_000_000_000
"""Credits."""

_LIFTED = -1
"""Stands for a ceiling that the operator has taken away: None is one that nobody has set."""


def _amount_of(guild_id: ColumnElement[int] | int) -> ScalarSelect[int]:
    set_to = select(func.coalesce(ceilings.c.amount, _LIFTED))
    return set_to.where(ceilings.c.guild_id == guild_id).scalar_subquery()


UNDER = select(
    _amount_of(bindparam("guild")).label("own"),
    sum_of(bindparam("guild")).label("own_used"),
    _amount_of(WHOLE_BOT).label("whole"),
    sum_of(WHOLE_BOT).label("whole_used"),
)
"""One row with the figures that ``ceilings_of`` takes; its parameters are ``under_of``'s."""
_NOTED = select(ceiling_alerts.c.level).where(
    ceiling_alerts.c.guild_id == bindparam("guild"),
    ceiling_alerts.c.period == bindparam("in_period"),
    ceiling_alerts.c.amount == bindparam("ceiling"),
)
_UNTOLD = select(ceiling_alerts.c.level).where(ceiling_alerts.c.told_at.is_(None)).limit(1)


@dataclass(frozen=True)
class Ceiling:
    """A ceiling and what is used of it in the present period, in credits."""

    guild_id: int
    amount: int
    used: int
    """Held or spent."""

    @property
    def left(self) -> int:
        """What may still be held; nothing, where the ceiling was lowered since."""
        return max(0, self.amount - self.used)


@dataclass(frozen=True)
class Alert:
    """The use of a ceiling has reached a level. Amounts are credits."""

    guild_id: int
    period: str
    amount: int
    level: int
    """Percent."""
    used: int
    """When it was reached."""
    at: datetime


def levels_reached(amount: int, used: int) -> list[int]:
    """List the levels of a ceiling that so much use reaches; where nothing is used, none."""
    return [level for level in LEVELS if used > 0 and used * 100 >= amount * level]


def under_of(guild_id: int, period: Period) -> dict[str, Any]:
    """Give the parameters of ``UNDER``."""
    return {"guild": guild_id, **days_of(period)}


def ceilings_of(figures: Sequence[Any], guild_id: int, terms: Terms) -> list[Ceiling]:
    """Tell the ceilings that a server is under: its own, then that of all; where there are any.

    ``figures`` are those of ``UNDER``. Where the operator has set none and lifted none, those of
    the settings are in force.
    """
    own, own_used, whole, whole_used = figures
    both = (
        (guild_id, own, own_used, terms.ceiling_per_guild),
        (WHOLE_BOT, whole, whole_used, terms.ceiling_all),
    )
    found = []
    for whose, amount, used, default in both[1:] if guild_id == WHOLE_BOT else both:
        in_force = default if amount is None else amount
        if in_force is not None and in_force != _LIFTED:
            found.append(Ceiling(whose, in_force, int(used)))
    return found


def read_ceilings(tx: Transaction, guild_id: int, period: Period, terms: Terms) -> list[Ceiling]:
    """Read the ceilings that a server is under, or for guild 0 that of all together."""
    return ceilings_of(tx.execute(UNDER, under_of(guild_id, period)).one(), guild_id, terms)


def check_ceilings(under: Iterable[Ceiling], price: int, period: Period) -> None:
    """Raise CeilingReached where a price does not fit under one of the ceilings."""
    for ceiling in under:
        if price > ceiling.left:
            whole = ceiling.guild_id == WHOLE_BOT
            raise CeilingReached(whole, price, ceiling.left, period.renews_at)


def note_levels(
    tx: Transaction, under: Iterable[Ceiling], added: int, period: Period, now: datetime
) -> None:
    """Note which levels the ceilings reach with what was added, each once a period."""
    for ceiling in under:
        used = ceiling.used + added
        levels = levels_reached(ceiling.amount, used)
        if not levels:
            continue
        key = {"guild": ceiling.guild_id, "in_period": period.key, "ceiling": ceiling.amount}
        noted = set(tx.scalars(_NOTED, key))
        for level in levels:
            if level not in noted:
                tx.execute(
                    insert(ceiling_alerts).values(
                        guild_id=ceiling.guild_id,
                        period=period.key,
                        amount=ceiling.amount,
                        level=level,
                        at=now,
                        used=used,
                    )
                )


def set_ceiling(tx: Transaction, guild_id: int, amount: int | None, posting: Posting) -> None:
    """Set what may be spent in a period; None: no ceiling, also where the settings have one.

    Raises AmountOutOfRange.
    """
    if amount is not None:
        check_amount(amount, least=0, most=MAX_CEILING)
    put(tx, ceilings, {"guild_id": guild_id}, {"amount": amount})
    record(tx, guild_id, {"ceiling": amount}, posting)


def any_untold(tx: Transaction) -> bool:
    """Tell whether there are alerts to send."""
    return tx.scalar(_UNTOLD) is not None


def claim_alerts(tx: Transaction, now: datetime) -> Sequence[Alert]:
    """Put the alerts that nobody has sent into the outbox, each once, and tell which."""
    rows = tx.execute(
        update(ceiling_alerts)
        .where(ceiling_alerts.c.told_at.is_(None))
        .values(told_at=now)
        .returning(
            ceiling_alerts.c.guild_id,
            ceiling_alerts.c.period,
            ceiling_alerts.c.amount,
            ceiling_alerts.c.level,
            ceiling_alerts.c.used,
            ceiling_alerts.c.at,
        )
    )
    alerts = sorted((Alert(*row) for row in rows), key=lambda alert: (alert.at, alert.level))
    for each in alerts:
        key = f"ceiling:{each.guild_id}:{each.period}:{each.amount}:{each.level}"
        post(tx, Kind.CEILING, key, {**asdict(each), "at": each.at.isoformat()}, now)
    return alerts
