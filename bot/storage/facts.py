"""Small things to remember over a restart."""

from sqlalchemy import delete, insert, select

from bot.storage.lanes import Transaction
from bot.storage.tables import facts


def get_fact(tx: Transaction, name: str) -> str | None:
    """Recall a fact; None where it was never noted."""
    return tx.scalar(select(facts.c.value).where(facts.c.name == name))


def set_fact(tx: Transaction, name: str, value: str) -> None:
    """Note a fact in place of what was noted before."""
    tx.execute(delete(facts).where(facts.c.name == name))
    tx.execute(insert(facts).values(name=name, value=value))
