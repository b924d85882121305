"""What has outlived its use goes, in small parts; what is still asked for stays."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from bot.storage import Database, Transaction
from bot.storage.books import ceiling_alerts, handled_interactions
from bot.storage.retention import KEPT, delete_outlived
from bot.storage.tables import drafts

NOW = datetime(2026, 11, 20, tzinfo=UTC)
MOMENT = timedelta(seconds=1)


def fill(tx: Transaction) -> None:
    """Write a row of each kind that is just too old, and one that is not; some of one time."""
    for number, past in enumerate((MOMENT, MOMENT, 5 * MOMENT, -MOMENT)):
        at = {table: NOW - kept - past for table, kept in KEPT.items()}
        handled = {"interaction_id": number, "at": at[handled_interactions]}
        tx.execute(insert(handled_interactions), handled)
        draft = {"id": number, "guild_id": 1, "member_id": 1, "prompt": "", "at": at[drafts]}
        tx.execute(insert(drafts), draft)
        level = {"guild_id": 1, "period": str(number), "amount": 1, "level": 50, "used": 1}
        tx.execute(insert(ceiling_alerts), {**level, "at": at[ceiling_alerts], "told_at": NOW})


@pytest.mark.parametrize("at_once", [1, 2, 1_000])
async def test_old_rows_go_and_young_ones_stay(
    database: Database, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """However few go at a time, in the end all have gone that may."""
    monkeypatch.setattr("bot.storage.retention.AT_ONCE", at_once)
    await database.write(fill)

    assert await delete_outlived(database, NOW) == 9

    def left(tx: Transaction) -> list[int | None]:
        return [tx.scalar(select(func.count()).select_from(table)) for table in KEPT]

    assert await database.read(left) == [1, 1, 1]
    assert await delete_outlived(database, NOW) == 0
