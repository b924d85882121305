"""What admins and the operator change: each change is carried out once, and written down."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Table, and_, insert, update
from sqlalchemy.exc import IntegrityError

from bot.credits.ledger import Posting
from bot.errors import RepeatedInteraction
from bot.storage import Transaction
from bot.storage.books import changes, handled_interactions


def once(tx: Transaction, interaction_id: int | None, at: datetime) -> None:
    """Refuse to carry out an interaction again that Discord delivers twice.

    None: it did not come by way of Discord. Raises RepeatedInteraction.
    """
    if interaction_id is None:
        return
    try:
        tx.execute(insert(handled_interactions), {"interaction_id": interaction_id, "at": at})
    except IntegrityError as error:
        raise RepeatedInteraction(interaction_id) from error


def record(
    tx: Transaction,
    guild_id: int,
    changed: Mapping[str, object],
    posting: Posting,
    *,
    member_id: int = 0,
    target_id: int = 0,
) -> None:
    """Write into the history what was set: names and their new values, None for set no more."""
    for name, value in changed.items():
        tx.execute(
            insert(changes).values(
                at=posting.at,
                guild_id=guild_id,
                member_id=member_id,
                target_id=target_id,
                name=name,
                value=as_text(value),
                actor_id=posting.actor_id,
                reason=posting.reason,
            )
        )


def as_text(value: object) -> str | None:
    """Write a value as the history keeps it: 500, yes, sora-2,sora-2-pro."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        return ",".join(sorted(value))
    return str(value)


def put(
    tx: Transaction, table: Table, key: Mapping[str, int | str], values: Mapping[str, Any]
) -> None:
    """Write the values into the row of this key, making it where there is none."""
    here = and_(*(table.c[name] == value for name, value in key.items()))
    if tx.execute(update(table).where(here).values(values)).rowcount == 0:
        tx.execute(insert(table).values({**key, **values}))
