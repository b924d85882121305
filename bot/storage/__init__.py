"""The database: engine, transactions, tables and their migrations."""

from bot.storage.database import Database, Transaction

__all__ = ["Database", "Transaction"]
