"""The providers' accounts are watched: each level is told once, on the way down."""

import asyncio
from dataclasses import dataclass
from decimal import Decimal

import pytest

from bot.errors import LookFailed, StorageBusy
from bot.jobs.status import Account
from bot.watch import ASK_SECONDS, LOOK_SECONDS, AccountWatch, level_below
from tests.fakes import FakeClock, FakeProvider, Record

LEVELS = (50, 20, 5)


@dataclass
class CountingProvider(FakeProvider):
    """Counts how often the account was asked."""

    asked: int = 0

    async def credits_left(self) -> Decimal:
        """Count, and tell what is left."""
        self.asked += 1
        return await super().credits_left()


@pytest.mark.parametrize(
    ("left", "level"), [("80", None), ("50", None), ("49.99", 50), ("12", 20), ("0", 5), ("-3", 5)]
)
def test_the_lowest_level_that_is_passed_counts(left: str, level: int | None) -> None:
    """An account just at a level is not below it."""
    assert level_below(LEVELS, Decimal(left)) == level


async def test_each_level_is_told_once_on_the_way_down() -> None:
    """Topped up in between, a level is told again; going up tells nothing."""
    clock, provider, told = FakeClock(), FakeProvider(), Record[str]()

    async def tell(text: str, _: str) -> None:
        told.append(text)

    watch = asyncio.create_task(AccountWatch({"segmind": provider}, clock, LEVELS, tell).run())
    for dollars, texts in ((60, 0), (49, 1), (45, 1), (4, 2), (30, 2), (19, 3), (90, 3), (49, 4)):
        provider.left = Decimal(dollars)
        await clock.asleep()
        clock.advance(LOOK_SECONDS)
        await clock.asleep()
        assert len(told) == texts, (dollars, list(told))
    watch.cancel()
    assert "below your $5" in told[1]
    assert "segmind" in told[1]


async def test_the_account_is_asked_once_an_hour() -> None:
    """Other answers tell what is left for nothing; the account's own call is seldom made."""
    clock, provider = FakeClock(), CountingProvider()

    async def tell(_: str, __: str) -> None:
        return

    watch = asyncio.create_task(AccountWatch({"segmind": provider}, clock, LEVELS, tell).run())
    await clock.asleep()
    assert provider.asked == 1
    for _ in range(int(ASK_SECONDS / LOOK_SECONDS)):
        clock.advance(LOOK_SECONDS)
        await clock.asleep()
    assert provider.asked == 2
    watch.cancel()


async def test_a_level_that_could_not_be_told_is_told_a_minute_later() -> None:
    """The database was locked: the level counts as told only once it is."""
    clock, provider, told = FakeClock(), FakeProvider(left=Decimal(4)), Record[str]()
    busy = [True]

    async def tell(_: str, key: str) -> None:
        if busy:
            busy.clear()
            raise StorageBusy
        told.append(key)

    watch = asyncio.create_task(AccountWatch({"segmind": provider}, clock, LEVELS, tell).run())
    await clock.asleep()
    clock.advance(LOOK_SECONDS)
    await clock.asleep()
    assert told == ["account:segmind:5"]
    watch.cancel()


async def test_what_is_known_of_an_account_has_its_moment() -> None:
    """When it was asked, or an answer to another request told something new."""
    clock, provider, silent = FakeClock(), FakeProvider(), FakeProvider()
    silent.on_credits.plan(LookFailed("no answer"))
    began = clock.now()

    async def tell(_: str, __: str) -> None:
        return

    accounts = {"segmind": provider, "aimlapi": silent}
    watch = AccountWatch(accounts, clock, LEVELS, tell)
    assert watch.known()[0] == Account("segmind", None, None)
    task = asyncio.create_task(watch.run())
    await clock.asleep()
    assert watch.known() == [
        Account("segmind", Decimal(100), began),
        Account("aimlapi", None, None),
    ]
    provider.left = Decimal(100)
    clock.advance(LOOK_SECONDS)
    await clock.asleep()
    assert watch.known()[0].as_of == began, "nothing new"
    provider.left = Decimal(60)
    clock.advance(LOOK_SECONDS)
    await clock.asleep()
    assert watch.known()[0] == Account("segmind", Decimal(60), clock.now())
    task.cancel()
