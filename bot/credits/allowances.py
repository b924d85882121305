"""The allowances that roles have."""

from collections.abc import Mapping

from sqlalchemy import bindparam, delete, select

from bot.credits.amounts import check_amount
from bot.credits.changes import put, record
from bot.credits.ledger import Posting
from bot.errors import EveryoneHasTheDefault
from bot.storage import Transaction
from bot.storage.books import role_allowances

_ALLOWANCES = select(role_allowances.c.role_id, role_allowances.c.amount).where(
    role_allowances.c.guild_id == bindparam("guild")
)


def list_role_allowances(tx: Transaction, guild_id: int) -> Mapping[int, int]:
    """List what members with a role may spend in a period, in credits, by the role's id."""
    return {row.role_id: row.amount for row in tx.execute(_ALLOWANCES, {"guild": guild_id})}


def set_role_allowance(
    tx: Transaction, guild_id: int, role_id: int, amount: int | None, posting: Posting
) -> None:
    """Set what members with a role may spend in a period; None: the role says nothing of it.

    Raises AmountOutOfRange, or EveryoneHasTheDefault: that role's allowance is the server's
    default.
    """
    if role_id == guild_id:
        raise EveryoneHasTheDefault
    key = {"guild_id": guild_id, "role_id": role_id}
    if amount is None:
        here = (role_allowances.c.guild_id == guild_id, role_allowances.c.role_id == role_id)
        if tx.execute(delete(role_allowances).where(*here)).rowcount == 0:
            return
    else:
        check_amount(amount, least=0)
        put(tx, role_allowances, key, {"amount": amount})
    record(tx, guild_id, {"role_allowance": amount}, posting, target_id=role_id)
