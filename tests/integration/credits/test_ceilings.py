"""What the operator lets a server, and all servers together, spend."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.credits import Payer, Spender, period_at
from bot.credits.use import WHOLE_BOT, largest_in, used_on, uses_in
from bot.errors import AmountOutOfRange, CeilingReached
from tests.books import query
from tests.integration.credits.conftest import ADA, ADMIN, BEN, GUILD, Books

DAY_SECONDS = 86_400
ELSEWHERE = Spender(Payer(2, 10))


async def used(books: Books, guild_id: int = GUILD) -> list[int]:
    """Tell what is used of the ceilings that a server is under."""
    return [each.used for each in (await books.rules.overview(guild_id)).ceilings]


async def test_a_price_over_the_servers_ceiling_is_refused(books: Books) -> None:
    """The refusal tells whose ceiling it is, what is left and when it renews."""
    await books.rules.set_ceiling(GUILD, 200, 0, "")
    await books.hold(1, 150)
    with pytest.raises(CeilingReached) as refused:
        await books.hold(2, 51, BEN)
    error = refused.value
    assert (error.whole_bot, error.price, error.left) == (False, 51, 50)
    assert error.renews_at == datetime(2026, 12, 1, tzinfo=UTC)
    await books.hold(2, 50, BEN)
    await books.hold(3, 500, ELSEWHERE)


async def test_the_ceiling_of_the_whole_bot_counts_all_servers(books: Books) -> None:
    """A server that has room of its own can still be stopped by the others' spending."""
    await books.rules.set_ceiling(WHOLE_BOT, 600, 0, "")
    await books.rules.set_ceiling(GUILD, 500, 0, "")
    await books.hold(1, 400, ELSEWHERE)
    with pytest.raises(CeilingReached) as refused:
        await books.hold(2, 201)
    assert (refused.value.whole_bot, refused.value.left) == (True, 200)
    assert await used(books) == [0, 400]


async def test_the_largest_servers_of_a_period_are_known(books: Books) -> None:
    """By what is held or spent in it, the most first; what went back, and other months, do not."""
    period = period_at("month", books.clock.now())
    await books.hold(1, 100)
    await books.hold(2, 300, ELSEWHERE)
    await books.hold(3, 400, Spender(Payer(3, 10)))
    await books.release(3)

    async def largest(most: int = 5) -> list[tuple[int, int]]:
        return list(await books.database.read(largest_in, period, most))

    assert await largest() == [(2, 300), (GUILD, 100)]
    assert await largest(1) == [(2, 300)]
    today = books.clock.now().date()
    assert await books.database.read(used_on, WHOLE_BOT, today) == 400
    books.clock.advance(40 * DAY_SECONDS)
    await books.hold(4, 500)
    assert await largest() == [(2, 300), (GUILD, 100)]
    assert await books.database.read(used_on, WHOLE_BOT, books.clock.now().date()) == 500


async def test_what_goes_back_is_free_again_and_what_is_spent_is_not(books: Books) -> None:
    """A release gives all back, a cheaper settlement what is over."""
    await books.rules.set_ceiling(GUILD, 400, 0, "")
    await books.hold(1, 200)
    await books.hold(2, 200)
    await books.settle(1, 120)
    assert await used(books) == [320]
    await books.release(2)
    assert await used(books) == [120]


async def test_use_counts_where_it_was_held(books: Books) -> None:
    """In the operator's period: what is held in one and ends in the next is of the first."""
    await books.rules.set_ceiling(GUILD, 400, 0, "")
    await books.hold(1, 300)
    books.clock.advance(15 * DAY_SECONDS)
    assert await used(books) == [0]
    await books.hold(2, 250)
    await books.release(1)
    assert await used(books) == [250]


async def test_the_use_of_a_past_period_can_still_be_told(books: Books) -> None:
    """What was held since is not of it."""
    november = period_at("month", books.clock.now())
    await books.hold(1, 300)
    books.clock.advance(15 * DAY_SECONDS)
    await books.hold(2, 250)
    assert await books.database.read(uses_in, {GUILD}, november) == {GUILD: 300}


async def test_what_was_used_before_there_was_a_ceiling_counts(books: Books) -> None:
    """So that it holds from the moment when it is set; below it nothing breaks."""
    await books.hold(1, 300)
    await books.rules.set_ceiling(GUILD, 200, 0, "")
    with pytest.raises(CeilingReached) as refused:
        await books.hold(2, 1)
    assert refused.value.left == 0
    await books.settle(1, 300)
    await books.rules.set_ceiling(GUILD, None, 0, "")
    await books.hold(2, 200)


async def test_many_at_once_do_not_break_through_a_ceiling(books: Books) -> None:
    """Of ten members at once as many succeed as there is room for."""
    await books.rules.set_ceiling(WHOLE_BOT, 350, 0, "")
    spenders = [Spender(Payer(number % 3 + 1, number)) for number in range(1, 11)]
    outcomes = await asyncio.gather(
        *(books.hold(n, 50, spender) for n, spender in enumerate(spenders, 1)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, CeilingReached) for each in outcomes) == 3
    assert await used(books) == [350]


async def test_each_level_is_told_once(books: Books) -> None:
    """Not again when the use falls and rises, but in the next period and with a higher ceiling."""
    await books.rules.set_ceiling(GUILD, 400, 0, "")
    await books.hold(1, 199)
    assert await books.rules.claim_alerts() == ()
    await books.hold(2, 121)
    alerts = await books.rules.claim_alerts()
    assert [(a.guild_id, a.amount, a.level, a.used) for a in alerts] == [
        (GUILD, 400, 50, 320),
        (GUILD, 400, 80, 320),
    ]
    await books.release(2)
    await books.hold(3, 201, BEN)
    assert [alert.level for alert in await books.rules.claim_alerts()] == [100]
    assert await books.rules.claim_alerts() == ()

    await books.rules.set_ceiling(GUILD, 800, 0, "")
    assert [(a.amount, a.level) for a in await books.rules.claim_alerts()] == [(800, 50)]
    books.clock.advance(15 * DAY_SECONDS)
    await books.hold(4, 400)
    assert [(a.period, a.level) for a in await books.rules.claim_alerts()] == [("2026-12", 50)]


async def test_what_is_claimed_is_in_the_outbox(books: Books) -> None:
    """In the same transaction: a kill right after it loses no alert."""
    await books.rules.set_ceiling(GUILD, 100, 0, "")
    await books.hold(1, 100)
    claimed = [
        f"ceiling:{GUILD}:{a.period}:100:{a.level}" for a in await books.rules.claim_alerts()
    ]
    letters = query(books.database.path, "SELECT kind, key FROM outbox ORDER BY id")
    assert letters == [("ceiling", key) for key in claimed]
    assert len(letters) == 3


async def test_two_who_claim_at_once_do_not_both_send(books: Books) -> None:
    """Each alert is taken by one of them."""
    await books.rules.set_ceiling(GUILD, 100, 0, "")
    await books.hold(1, 100)
    taken = await asyncio.gather(books.rules.claim_alerts(), books.rules.claim_alerts())
    assert sorted(alert.level for each in taken for alert in each) == [50, 80, 100]


async def test_nothing_is_alerted_where_a_hold_was_refused(books: Books) -> None:
    """What was not held has reached nothing."""
    await books.rules.set_ceiling(GUILD, 100, 0, "")
    with pytest.raises(CeilingReached):
        await books.hold(1, 101)
    assert await books.rules.claim_alerts() == ()


async def test_a_ceiling_that_makes_no_sense_is_refused(books: Books) -> None:
    """Nothing is an amount; less is not."""
    await books.rules.set_ceiling(GUILD, 0, ADMIN, "")
    with pytest.raises(CeilingReached):
        await books.hold(1, 1, ADA)
    for amount in (-1, 10**12):
        with pytest.raises(AmountOutOfRange):
            await books.rules.set_ceiling(GUILD, amount, ADMIN, "")
