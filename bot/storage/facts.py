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


def list_facts(tx: Transaction, prefix: str) -> list[str]:
    """List the names of the facts that begin so."""
    begins = facts.c.name.startswith(prefix, autoescape=True)
    return list(tx.scalars(select(facts.c.name).where(begins).order_by(facts.c.name)))


def forget_fact(tx: Transaction, name: str) -> None:
    """Note that something is no longer so."""
    tx.execute(delete(facts).where(facts.c.name == name))
