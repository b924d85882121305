"""The database: engine, transactions, tables and their migrations."""

from bot.storage.database import Database
from bot.storage.lanes import Transaction

__all__ = ["Database", "Transaction"]
