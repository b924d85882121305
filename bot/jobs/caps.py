"""How much one member may ask for: so many videos waiting, so many orders a minute."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select

from bot.credits import Payer
from bot.errors import OrdersTooFast, TooManyWaiting
from bot.jobs.states import State
from bot.storage import Transaction
from bot.storage.tables import jobs

MINUTE = timedelta(minutes=1)

_MINE = (jobs.c.guild_id == bindparam("guild"), jobs.c.member_id == bindparam("member"))
_WAITING = (
    select(func.count())
    .where(*_MINE, jobs.c.told_at.is_(None), jobs.c.state == State.HELD)
    .scalar_subquery()
)
_EARLIER = (
    select(jobs.c.created_at)
    .where(*_MINE)
    .order_by(jobs.c.id.desc())
    .limit(1)
    .offset(bindparam("before"))
    .scalar_subquery()
)
"""When the member's newest order but so many was placed; a cancelled one counts as well."""
_ASKED_FOR = select(_WAITING.label("waiting"), _EARLIER.label("earlier"))


@dataclass(frozen=True)
class Caps:
    """The operator's limits for a member in a server; 0 is no limit."""

    waiting: int = 0
    """Videos that wait for their turn, or for an approval."""
    orders_per_minute: int = 0


def check_caps(
    tx: Transaction, payer: Payer, caps: Caps, now: datetime, *, written: bool = False
) -> None:
    """Raise TooManyWaiting or OrdersTooFast where a member may order nothing more just now.

    ``written``: the order in question is among the rows already.
    """
    if caps == Caps():
        return
    before = max(0, caps.orders_per_minute - 1) + written
    key = {"guild": payer.guild_id, "member": payer.member_id, "before": before}
    asked_for = tx.execute(_ASKED_FOR, key).one()
    if caps.waiting and asked_for.waiting - written >= caps.waiting:
        raise TooManyWaiting(caps.waiting)
    if caps.orders_per_minute and asked_for.earlier is not None:
        again_at = asked_for.earlier + MINUTE
        if now < again_at:
            raise OrdersTooFast(caps.orders_per_minute, again_at)
