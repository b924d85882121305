"""Budgets that a role or a channel shares."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy.dialects import sqlite

from bot.credits import Source, Spender
from bot.credits import pools as pools_module
from bot.errors import AmountOutOfRange, InsufficientCredits, NoSuchPool
from tests.books import balances, query
from tests.integration.credits.conftest import ADA, ADMIN, BEN, GUILD, Books

DAY_SECONDS = 86_400
ROLE, OTHER_ROLE, CHANNEL = 5, 6, 7


def asking(spender: Spender) -> Spender:
    """Let somebody with both roles ask in the channel."""
    return replace(
        spender, role_ids=frozenset({ROLE, OTHER_ROLE}), channel_ids=frozenset({CHANNEL, 70})
    )


@pytest.fixture
async def pooled(books: Books) -> Books:
    """Give books without allowances, with two pools of roles and one of the channel."""
    await books.rules.change_settings(GUILD, ADMIN, "", default_allowance=100)
    await books.rules.set_pool(GUILD, ("role", ROLE), (300, None), ADMIN, "")
    await books.rules.set_pool(GUILD, ("channel", CHANNEL), (200, 50), ADMIN, "")
    await books.rules.set_pool(GUILD, ("role", OTHER_ROLE), (40, None), ADMIN, "")
    return books


async def test_the_order_is_allowance_channel_older_role_younger_role_grants(
    pooled: Books,
) -> None:
    """A hold tells which source pays what; what is left is told in the same order."""
    await pooled.budgets.grant(ADA, 25, ADMIN, "")
    balance = await pooled.budgets.balance(asking(ADA))
    assert [(each.kind, each.target_id, each.amount) for each in balance.sources] == [
        ("allowance", 0, 100),
        ("pool", CHANNEL, 50),
        ("pool", ROLE, 300),
        ("pool", OTHER_ROLE, 40),
        ("grant", 0, 25),
    ]
    assert await pooled.hold(1, 120, asking(ADA)) == [
        Source("allowance", 100),
        Source("pool", 20, 2, CHANNEL, "channel"),
    ]
    parts = await pooled.hold(2, 385, asking(ADA))
    assert [(part.target_id, part.amount) for part in parts] == [
        (CHANNEL, 30),
        (ROLE, 300),
        (OTHER_ROLE, 40),
        (0, 15),
    ]
    await pooled.settle(2, 385)
    await pooled.release(1)
    assert balances(pooled.database.path) == {
        "issued": -25,
        "grant": 10,
        "allowance": 0,
        "pool": -370,
        "held": 0,
        "spent": 385,
    }


async def test_a_pool_is_shared_and_a_share_is_not(pooled: Books) -> None:
    """What one has used is gone for the other, but not the other's share."""
    await pooled.hold(1, 150, asking(ADA))
    ben = await pooled.budgets.balance(asking(BEN))
    [channel, role, _] = ben.pools
    assert (channel.left, channel.share_left, channel.available) == (150, 50, 50)
    assert (role.left, role.share_left) == (300, None)
    ada = await pooled.budgets.balance(asking(ADA))
    assert (ada.pools[0].left, ada.pools[0].share_left) == (150, 0)


async def test_who_is_elsewhere_or_lacks_the_role_does_not_spend_from_it(pooled: Books) -> None:
    """Also where the job was held when they still had it: it ends as it was booked."""
    with pytest.raises(InsufficientCredits) as refused:
        await pooled.hold(1, 101, ADA)
    assert refused.value.available == 100
    await pooled.hold(1, 200, asking(ADA))
    await pooled.release(1)
    assert (await pooled.budgets.balance(asking(ADA))).available == 490


async def test_many_at_once_do_not_overspend_a_pool(pooled: Books) -> None:
    """The last credits go to whoever is first."""
    await pooled.rules.change_settings(GUILD, ADMIN, "", default_allowance=0)
    of_role = [replace(who, role_ids=frozenset({ROLE})) for who in (ADA, BEN)]
    outcomes = await asyncio.gather(
        *(pooled.hold(number, 50, of_role[number % 2]) for number in range(1, 13)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, InsufficientCredits) for each in outcomes) == 6
    assert balances(pooled.database.path)["pool"] == -300


async def test_a_pool_renews_with_the_servers_period(pooled: Books) -> None:
    """What is settled later counts where it was held."""
    await pooled.hold(1, 150, asking(ADA))
    pooled.clock.advance(15 * DAY_SECONDS)
    balance = await pooled.budgets.balance(asking(ADA))
    assert balance.pools[0].left == 200
    await pooled.settle(1, 150)
    assert await pooled.budgets.balance(asking(ADA)) == replace(balance, held=0)


async def test_a_removed_pool_pays_nothing_more_and_takes_back_what_was_held(
    pooled: Books,
) -> None:
    """Set up again in the same period it has used what it has used."""
    await pooled.hold(1, 130, asking(ADA))
    await pooled.hold(2, 20, asking(ADA))
    await pooled.rules.remove_pool(GUILD, ("channel", CHANNEL), ADMIN, "")
    with pytest.raises(NoSuchPool):
        await pooled.rules.remove_pool(GUILD, ("channel", CHANNEL), ADMIN, "")
    pools = (await pooled.budgets.balance(asking(ADA))).pools
    assert [each.pool.target_id for each in pools] == [ROLE, OTHER_ROLE]

    await pooled.settle(1, 130)
    await pooled.release(2)
    await pooled.rules.set_pool(GUILD, ("channel", CHANNEL), (200, 50), ADMIN, "")
    [channel, *_] = (await pooled.budgets.balance(asking(ADA))).pools
    assert (channel.left, channel.share_left) == (170, 20)


async def test_a_deleted_role_takes_its_rules_with_it(pooled: Books) -> None:
    """Its pool, its allowance and its limits; another role's and the channel's stay."""
    await pooled.rules.set_role_allowance(GUILD, ROLE, 900, ADMIN, "")
    await pooled.hold(1, 900 + 50 + 10, asking(ADA))
    await pooled.rules.forget(GUILD, "role", ROLE)
    await pooled.rules.forget(GUILD, "role", ROLE)
    await pooled.rules.forget(GUILD, "channel", 999)
    overview = await pooled.rules.overview(GUILD)
    assert [each.pool.target_id for each in overview.pools] == [CHANNEL, OTHER_ROLE]
    assert overview.role_allowances == {}
    await pooled.release(1)
    log = (await pooled.budgets.log(GUILD)).lines
    deleted = {line.name for line in log if line.reason == "the role was deleted"}
    assert deleted == {"role_pool_amount", "role_allowance"}


async def test_what_was_deleted_while_the_bot_was_away_is_dropped_as_well(pooled: Books) -> None:
    """Of roles and channels that the server no longer has; the others keep their rules."""
    await pooled.rules.set_role_allowance(GUILD, OTHER_ROLE, 900, ADMIN, "")
    await pooled.rules.forget_gone(GUILD, {GUILD, OTHER_ROLE}, {70})
    overview = await pooled.rules.overview(GUILD)
    assert [each.pool.target_id for each in overview.pools] == [OTHER_ROLE]
    assert overview.role_allowances == {OTHER_ROLE: 900}


async def test_a_pool_made_smaller_than_what_is_held_breaks_nothing(pooled: Books) -> None:
    """There is nothing left until enough has come back."""
    await pooled.hold(1, 150, asking(ADA))
    await pooled.rules.set_pool(GUILD, ("channel", CHANNEL), (10, 5), ADMIN, "")
    [channel, *_] = (await pooled.budgets.balance(asking(BEN))).pools
    assert (channel.left, channel.available) == (0, 0)
    await pooled.release(1)
    [channel, *_] = (await pooled.budgets.balance(asking(BEN))).pools
    assert (channel.left, channel.available) == (10, 5)


@pytest.mark.parametrize("budget", [(-1, None), (1.5, None), (100, -1), (10**7, None)])
async def test_pools_that_make_no_sense_are_refused(
    books: Books, budget: tuple[int, int | None]
) -> None:
    """Neither below nothing, nor a fraction, nor beyond every bound."""
    with pytest.raises(AmountOutOfRange):
        await books.rules.set_pool(GUILD, ("role", ROLE), budget, ADMIN, "")
    assert (await books.rules.overview(GUILD)).pools == []


async def test_what_is_used_of_a_pool_is_summed_from_its_index_alone(pooled: Books) -> None:
    """A row for each video of the period: none of them is looked up."""
    statement = str(pools_module._USED.compile(dialect=sqlite.dialect()))
    plan = query(pooled.database.path, f"EXPLAIN QUERY PLAN {statement}", 0, 1, "a", "b")
    [step] = plan
    assert "USING COVERING INDEX ix_accounts_pool (pool_id=? AND period>?" in step[3]
