"""The numbers that SQLite gives to rows and never gives again."""

from sqlalchemy import Table, text

from bot.storage.lanes import Transaction

_RAISE = text("UPDATE sqlite_sequence SET seq = max(seq, :number) WHERE name = :name")
_BEGIN = text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :number)")


def number_above(tx: Transaction, table: Table, number: int) -> None:
    """Let the table's next rows have higher numbers; it must number with AUTOINCREMENT."""
    values = {"name": table.name, "number": number}
    if tx.execute(_RAISE, values).rowcount == 0:
        tx.execute(_BEGIN, values)
