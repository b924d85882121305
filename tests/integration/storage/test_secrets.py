"""What a fault leaves in the log."""

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import SQLAlchemyError

from bot.storage import Database, Transaction
from bot.storage.tables import drafts


async def test_a_statement_s_error_does_not_tell_its_values(database: Database) -> None:
    """Prompts and tokens are among them, and a fault's trace goes to the log."""

    def fail(tx: Transaction) -> None:
        tx.execute(insert(drafts).values(prompt="a secret party", guild_id=None))

    with pytest.raises(SQLAlchemyError) as failed:
        await database.write(fail)
    assert "a secret party" not in str(failed.value)
