"""How much a member may ask for: videos that wait, orders a minute, choices at each key."""

import asyncio
from pathlib import Path

import pytest

from bot.app import App
from bot.catalogue import Wish, place_order
from bot.jobs.job import Request
from bot.storage import Transaction
from tests.books import query, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import MovableClock, World, text_of
from tests.e2e.pictures import save

pytestmark = pytest.mark.usefixtures("at_once")

MANY = 400
"""Views of so many took the database seconds."""


@pytest.mark.settings(jobs={"max_waiting_per_member": 2})
async def test_what_waits_of_a_member_is_capped(world: World, bot: App) -> None:
    """The third is told how to make room; another member is not concerned."""
    ben = world.guild.add_member("Ben")
    await world.ask(world.admin, "budget approve-above", amount="0")
    for _ in range(2):
        await world.shown(await world.create(), "WAITING FOR APPROVAL")
    refusal = await world.answer(await world.create())
    assert refusal.ephemeral
    assert "2 videos waiting" in text_of(refusal)
    assert "`/sora cancel` makes room" in text_of(refusal)
    assert len(states(world.database)) == 2, "what is refused was not written"

    await world.shown(await world.create(ben), "WAITING FOR APPROVAL")
    await world.ask(world.ada, "sora cancel", job=1)
    await world.shown(await world.create(), "WAITING FOR APPROVAL")


@pytest.mark.settings(jobs={"orders_per_minute": 3})
async def test_orders_of_a_member_have_a_pace(
    world: World, bot: App, clock: MovableClock, tmp_path: Path
) -> None:
    """Cancelled ones count; the refusal says when it goes on, and nothing is fetched for it."""
    ben = world.guild.add_member("Ben")
    await world.ask(world.admin, "budget approve-above", amount="0")
    for number in range(1, 4):
        await world.shown(await world.create(), "WAITING FOR APPROVAL")
        await world.ask(world.ada, "sora cancel", job=number)
    picture = save(tmp_path, "fox.png")
    for options in ({}, {"image": picture}, {"image": picture, "size": "1792x1024"}):
        refusal = await world.answer(await world.create(**options))
        assert refusal.ephemeral
        assert "3 videos, the most within a minute" in text_of(refusal)
        assert "<t:" in text_of(refusal)
    assert not (world.videos / "pictures").exists()
    assert query(world.database, "SELECT count(*) FROM jobs") == [(3,)]

    await world.shown(await world.create(ben), "WAITING FOR APPROVAL")
    clock.advance(60)
    await world.shown(await world.create(), "WAITING FOR APPROVAL")


@pytest.mark.settings(jobs={"orders_per_minute": 1, "max_waiting_per_member": 1})
async def test_an_order_that_is_delivered_again_is_not_a_further_one(
    world: World, bot: App, log: BotLog
) -> None:
    """It is known as a repeat, and refused nothing."""
    await world.ask(world.admin, "budget approve-above", amount="0")
    use = await world.create()
    await world.shown(use, "WAITING FOR APPROVAL")
    await world.discord.replay(use)
    await log.wait("interaction.repeated")
    assert len(states(world.database)) == 1


@pytest.mark.settings(
    budgets={"default_allowance": 100_000, "ceiling_per_guild": "off", "ceiling_all": "off"}
)
async def test_another_member_is_answered_while_one_with_many_waiting_videos_types(
    world: World, bot: App
) -> None:
    """Four hundred wait, and each key asks for them anew: the first and the last are read."""
    ben = world.guild.add_member("Ben")
    first = await world.create()
    await world.shown(first, "COMPLETED")
    await bot.database.write(write_waiting, world, bot)
    typed = [
        asyncio.create_task(
            world.discord.autocomplete(
                world.ada, world.channel, "sora cancel", {"job": str(number)}, focused="job"
            )
        )
        for number in range(20)
    ]
    assert "100,000 credits" in await world.ask(ben, "sora balance")
    answers = await asyncio.gather(*typed)
    assert sum(map(bool, answers)) <= 2


def write_waiting(tx: Transaction, world: World, bot: App) -> None:
    """Write what waits as if it had been ordered."""
    order = place_order(bot.supply.menu(), Wish("a fox", "sora-2"))
    for number in range(MANY):
        request = Request(
            interaction_id=number + 1,
            guild_id=world.guild.id,
            channel_id=world.channel.id,
            member_id=world.ada.id,
            application_id=1,
            token="t",
            token_expires_at=bot.clock.now(),
            attachment_limit=1,
        )
        bot.jobs._create(tx, request, order, None)
