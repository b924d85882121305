"""Turning the log's pages back and forth, and what the commands ask for besides."""

import pytest

from bot.credits import Payer, RoleLimits, Spender
from bot.credits.log import NEWEST
from bot.errors import RepeatedInteraction
from tests.integration.credits.conftest import ADA, ADMIN, BEN, GUILD, Books

ROLE = 5


async def amounts_from_the_top(books: Books, member_id: int | None, limit: int) -> list[list[int]]:
    """Read all pages, from the newest on."""
    page = await books.budgets.log(GUILD, member_id, limit=limit)
    pages = [[line.amount for line in page.lines]]
    while page.older is not None:
        page = await books.budgets.log(GUILD, member_id, page.older, limit)
        pages.append([line.amount for line in page.lines])
    return pages


@pytest.mark.parametrize("member_id", [None, ADA.payer.member_id])
async def test_the_way_back_shows_the_same_pages(books: Books, member_id: int | None) -> None:
    """Movements and settings at different and at equal times, of one member and of all."""
    for amount in range(1, 40):
        spender = BEN if amount % 5 == 0 else ADA
        if amount % 3 == 0:
            await books.budgets.set_allowance(spender, amount, ADMIN, "")
        else:
            await books.budgets.grant(spender, amount, ADMIN, "")
        if amount % 7:
            books.clock.advance(1)
    down = await amounts_from_the_top(books, member_id, 4)

    page = await books.budgets.log(GUILD, member_id, limit=4)
    assert page.newer is None
    while page.older is not None:
        page = await books.budgets.log(GUILD, member_id, page.older, 4)
    up = [[line.amount for line in page.lines]]
    while page.newer is not None:
        page = await books.budgets.newer_log(GUILD, member_id, page.newer, 4)
        up.append([line.amount for line in page.lines])

    assert up[::-1] == down


async def test_the_way_back_ends_at_what_has_happened_meanwhile(books: Books) -> None:
    """Where fewer lines than a page are newer, it is the newest page."""
    for amount in range(1, 8):
        await books.budgets.grant(ADA, amount, ADMIN, "")
        books.clock.advance(1)
    first = await books.budgets.log(GUILD, limit=3)
    assert first.older is not None
    second = await books.budgets.log(GUILD, before=first.older, limit=3)
    await books.budgets.grant(ADA, 8, ADMIN, "")
    assert second.newer is not None
    third = await books.budgets.newer_log(GUILD, None, second.newer, 3)
    assert [line.amount for line in third.lines] == [7, 6, 5]
    assert third.newer is not None
    newest = await books.budgets.newer_log(GUILD, None, third.newer, 3)
    assert [line.amount for line in newest.lines] == [8, 7, 6]
    assert newest.newer is None
    assert newest == await books.budgets.log(GUILD, None, NEWEST, 3)


async def test_a_standing_says_whose_rule_the_allowance_follows(books: Books) -> None:
    """The member's own before the roles', these before the server's, and the operator's last."""
    spender = Spender(Payer(GUILD, 10), frozenset({ROLE}))

    async def standing() -> tuple[str, int]:
        now = await books.budgets.standing(spender)
        return now.decided_by, now.balance.allowance

    assert await standing() == ("operator", 500)
    await books.rules.change_settings(GUILD, ADMIN, "", default_allowance=70)
    assert await standing() == ("server", 70)
    await books.rules.set_role_allowance(GUILD, ROLE, 60, ADMIN, "")
    assert await standing() == ("roles", 60)
    await books.budgets.set_allowance(spender, 0, ADMIN, "")
    assert await standing() == ("member", 0)


async def test_some_limits_change_and_the_others_stay(books: Books) -> None:
    """Once for an interaction; what is lifted is no limit any more."""
    models = frozenset({"a", "b"})
    await books.rules.change_limits(GUILD, ROLE, {"models": models}, ADMIN, "", 1)
    with pytest.raises(RepeatedInteraction):
        await books.rules.change_limits(GUILD, ROLE, {"models": None}, ADMIN, "", 1)
    after = await books.rules.change_limits(GUILD, ROLE, {"longest_seconds": 8}, ADMIN, "")
    assert after == RoleLimits(models=models, longest_seconds=8)
    spender = Spender(Payer(GUILD, 10), frozenset({ROLE}))
    assert await books.budgets.limits_of(spender) == [after]
    await books.rules.change_limits(
        GUILD, ROLE, {"models": None, "longest_seconds": None}, ADMIN, ""
    )
    assert await books.budgets.limits_of(spender) == []


async def test_an_overview_tells_what_is_in_force(books: Books) -> None:
    """The operator's terms where the server has set nothing; pools can be looked up."""
    overview = await books.rules.overview(GUILD)
    assert (overview.default_allowance, overview.period_kind) == (500, "month")
    await books.rules.change_settings(GUILD, ADMIN, "", default_allowance=0, period="day")
    await books.rules.set_pool(GUILD, ("role", ROLE), (50, None), ADMIN, "")
    overview = await books.rules.overview(GUILD)
    assert (overview.default_allowance, overview.period_kind) == (0, "day")
    assert overview.pool_of("channel", ROLE) is None
    found = overview.pool_of("role", ROLE)
    assert found is not None
    assert (found.pool.amount, found.used) == (50, 0)
