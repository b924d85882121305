"""Many commands at once, over two connections to one file, never spend more than there is."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.errors import HoldAlreadyEnded, InsufficientCredits, RevokesTooMuch
from bot.storage import Database
from bot.storage.database import URL_PREFIX
from tests.books import query
from tests.integration.credits.conftest import ADA, ADMIN, BEN, Books, new_books


@pytest.fixture
async def twice(books: Books, database_file: Path) -> AsyncIterator[list[Books]]:
    """Open the same books a second time, as another process would."""
    database = Database(f"{URL_PREFIX}{database_file}")
    await database.open()
    yield [books, new_books(database, books.clock, "month")]
    await database.close()


async def test_many_holds_at_once_never_overspend(twice: list[Books]) -> None:
    """Of forty that cost 60 each of 500 and a grant of 100, ten succeed; no credit is left over."""
    await twice[0].budgets.grant(ADA, 100, ADMIN, "")
    holds = [twice[number % 2].hold(number, 60) for number in range(1, 41)]
    outcomes = await asyncio.gather(*holds, return_exceptions=True)
    assert sum(isinstance(each, InsufficientCredits) for each in outcomes) == 30
    assert sum(isinstance(each, list) for each in outcomes) == 10
    assert await twice[1].left() == (0, 0, 600)


async def test_one_member_does_not_take_the_other_s_credits(twice: list[Books]) -> None:
    """Two members at once each get what is theirs."""
    holds = [
        twice[number % 2].hold(number, 100, spender=(ADA, BEN)[number // 2 % 2])
        for number in range(1, 41)
    ]
    outcomes = await asyncio.gather(*holds, return_exceptions=True)
    assert sum(isinstance(each, list) for each in outcomes) == 10
    assert await twice[0].left(ADA) == await twice[1].left(BEN) == (0, 0, 500)


async def test_a_hold_ended_by_many_at_once_ends_once(twice: list[Books]) -> None:
    """Whoever is first decides; nobody else moves anything."""
    await twice[0].hold(1, 500)
    ends = [books.settle(1, 500) for books in twice * 5] + [books.release(1) for books in twice * 5]
    outcomes = await asyncio.gather(*ends, return_exceptions=True)
    assert outcomes.count(None) == 1
    assert sum(isinstance(each, HoldAlreadyEnded) for each in outcomes) == 19
    assert query(twice[0].database.path, "SELECT count(*) FROM entries") == [(2,)]


async def test_credits_are_revoked_or_held_and_never_both(twice: list[Books]) -> None:
    """Revokes race with holds for the same grant: no more goes than was there."""
    await twice[0].budgets.set_allowance(ADA, 0, ADMIN, "")
    await twice[0].budgets.grant(ADA, 100, ADMIN, "")
    races = [twice[n % 2].hold(n, 30) for n in range(1, 9)]
    outcomes = await asyncio.gather(
        *races,
        *(books.budgets.revoke(ADA, 30, ADMIN, "") for books in twice * 4),
        return_exceptions=True,
    )
    refused = [each for each in outcomes if isinstance(each, InsufficientCredits | RevokesTooMuch)]
    assert len(outcomes) - len(refused) == 3
    assert not [e for e in outcomes if isinstance(e, Exception) and e not in refused]
    _, granted, _ = await twice[0].left()
    assert granted == 10
