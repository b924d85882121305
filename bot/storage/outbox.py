"""What is to be said outside a job's message, kept until it was said.

It is written in the transaction of the fact that it tells, and deleted once Discord has it: a
kill in between loses nothing. Said twice it is known by the row's number, which is never given
again; who comes first takes a row for a while, so that others leave it alone.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, delete, insert, or_, select, update

from bot.storage.lanes import Transaction
from bot.storage.tables import outbox

LONGEST_WAIT = timedelta(days=1)
"""Nothing is put off for so long."""


class Kind(StrEnum):
    """What a row tells, to whom; the notifier knows how."""

    CALL = "call"
    """The member, that a video has come: ``job``."""
    CEILING = "ceiling"
    """A server's admins, or the operator, how much of a ceiling is used: an alert's fields."""
    RETIRED = "retired"
    """The operator, that a model is gone: ``provider``, ``slug`` and ``detail``."""
    APPROVAL = "approval"
    """A server's moderators, that a price waits for them: ``job`` and its model's ``title``."""
    OPERATOR = "operator"
    """All who run the bot, a ``text``."""
    TO_ONE = "to_one"
    """One of them, by the id ``to``, a ``text``."""


@dataclass(frozen=True)
class Letter:
    """One thing to be said."""

    id: int
    kind: str
    data: str
    """JSON."""
    attempts: int
    """This one is counted."""


def post(tx: Transaction, kind: Kind, key: str, data: Mapping[str, Any], now: datetime) -> None:
    """Put something into the outbox, unless the same, by its key, is waiting there."""
    if tx.scalar(select(outbox.c.id).where(outbox.c.key == key)) is None:
        row = {"kind": kind, "key": key, "data": json.dumps(data), "attempts": 0}
        tx.execute(insert(outbox).values(created_at=now, due_at=now, **row))


def _is_due(now: datetime) -> ColumnElement[bool]:
    """Tell what is due; also what a clock that was set back since has put off for ever."""
    return or_(outbox.c.due_at <= now, outbox.c.due_at > now + LONGEST_WAIT)


def any_due(tx: Transaction, now: datetime) -> bool:
    """Tell whether there is something to be said now."""
    return tx.scalar(select(outbox.c.id).where(_is_due(now)).limit(1)) is not None


def take_next(tx: Transaction, now: datetime, lease: timedelta) -> Letter | None:
    """Take what has waited longest; until the lease ends nobody else does."""
    longest = select(outbox.c.id).where(_is_due(now)).order_by(outbox.c.due_at).limit(1)
    row = tx.execute(
        update(outbox)
        .where(outbox.c.id == longest.scalar_subquery())
        .values(due_at=now + lease, attempts=outbox.c.attempts + 1)
        .returning(outbox.c.id, outbox.c.kind, outbox.c.data, outbox.c.attempts)
    ).one_or_none()
    return None if row is None else Letter(*row)


def put_off(tx: Transaction, letter_id: int, due_at: datetime, attempts: int) -> None:
    """Say it again later, after so many attempts."""
    later = {"due_at": due_at, "attempts": attempts}
    tx.execute(update(outbox).where(outbox.c.id == letter_id).values(**later))


def drop(tx: Transaction, letter_id: int) -> None:
    """Be done with it: it was said, or nobody can be told."""
    tx.execute(delete(outbox).where(outbox.c.id == letter_id))
