"""What a model cannot make is answered with what it has, and the nearest as a button."""

from pathlib import Path

import pytest

from bot.app import App
from bot.sandbox.discord import Message
from tests.books import balances, query, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import (
    BotProcess,
    MovableClock,
    World,
    buttons_of,
    running_bot,
    text_of,
)
from tests.e2e.pictures import handed_over, pixels_of, save

pytestmark = pytest.mark.usefixtures("at_once")

NEAREST = "Sora 2 · 8 s · 1280x720 for 80 credits ($0.80)"
HOUR_SECONDS = 3600


async def answered(world: World) -> Message:
    """Ask Sora 2 for a size that only Sora 2 Pro has; give the answer."""
    use = await world.create(prompt="  a cat  ", size="1792x1024", duration=8)
    message = await world.answer(use)
    assert message.ephemeral
    return message


async def test_the_answer_says_what_there_is_and_offers_the_nearest(
    world: World, bot: App, log: BotLog
) -> None:
    """The button names seconds, size and price; pressed, it makes just that, as typed."""
    message = await answered(world)

    text = text_of(message)
    assert "sora-2 has no size 1792x1024; it has 720x1280 and 1280x720." in text
    assert "`model:sora-2-pro`" in text
    assert "Nothing was charged" in text
    assert list(buttons_of(message)) == [NEAREST]
    assert states(world.database) == []

    press = await world.press(world.ada, message, NEAREST)
    shown = await world.shown(press, "COMPLETED")

    assert not shown.ephemeral
    assert f"<@{world.ada.id}>" in text_of(shown)
    [generation] = world.segmind.generations
    assert generation.body == {"prompt": "  a cat  ", "duration": "8", "size": "1280x720"}
    await log.wait("job.delivered")
    assert balances(world.database)["spent"] == 80


async def test_the_button_keeps_the_picture_that_was_attached(
    world: World, bot: App, log: BotLog, tmp_path: Path
) -> None:
    """The picture was fetched when it was attached; the video starts from it."""
    picture = save(tmp_path, "boat.png")
    use = await world.create(size="1792x1024", duration=8, image=picture)
    message = await world.answer(use)
    assert message.ephemeral

    shown = await world.shown(await world.press(world.ada, message, NEAREST), "COMPLETED")

    await log.wait("job.delivered")
    [generation] = world.segmind.generations
    assert pixels_of(handed_over(world, generation)) == (1280, 720)
    assert "thumbnail" in shown.embeds[0]


async def test_a_model_that_needs_a_picture_says_so(world: World, bot: App) -> None:
    """And names what can be made of the words alone."""
    message = await world.answer(await world.create(model="hailuo-02-fast"))

    assert "always starts from a picture" in text_of(message)
    assert "attach one as `image`" in text_of(message)
    [label] = buttons_of(message)
    assert label.startswith("Wan 2.7 · 5 s · ")


async def test_the_button_is_nobody_else_s(world: World, bot: App) -> None:
    """A client that presses another's button all the same orders nothing."""
    bea = world.guild.add_member("Bea")
    message = await answered(world)

    [pressed] = buttons_of(message).values()
    press = await world.discord.press(bea, message, pressed, forced=True)
    refusal = await world.answer(press)

    assert refusal.ephemeral
    assert "another member's" in text_of(refusal)
    assert states(world.database) == []


async def test_the_button_lives_as_long_as_an_hour(
    world: World, bot: App, clock: MovableClock
) -> None:
    """After that it says that it is too old, and what to do."""
    message = await answered(world)
    clock.advance(HOUR_SECONDS - 60)
    await world.shown(await world.press(world.ada, message, NEAREST), "COMPLETED")

    clock.advance(120)
    refusal = await world.answer(await world.press(world.ada, message, NEAREST))

    assert refusal.ephemeral
    assert "too old" in text_of(refusal)
    assert "/sora create" in text_of(refusal)
    assert len(world.segmind.generations) == 1


async def test_the_button_works_after_a_restart(world: World, process: BotProcess) -> None:
    """What it means is in its id and in the database."""
    await process.start()
    message = await answered(world)
    await process.kill()

    await process.start()
    await world.shown(await world.press(world.ada, message, NEAREST), "COMPLETED")

    await process.logged("job.delivered")


async def test_each_press_is_one_order(world: World, bot: App, log: BotLog) -> None:
    """A press that Discord delivers twice makes one video; a second press is a second order.

    Its price is on the button, each order has a message of its own, and the client lets nobody
    press again before the first press is answered.
    """
    message = await answered(world)
    first = await world.press(world.ada, message, NEAREST)
    await world.shown(first, "COMPLETED")
    await world.discord.replay(first)
    await log.wait("interaction.repeated")
    assert len(states(world.database)) == 1

    second = await world.press(world.ada, message, NEAREST)
    await world.shown(second, "COMPLETED")

    await log.wait("job.delivered", 2)
    assert first.message is not second.message
    assert balances(world.database)["spent"] == 160


@pytest.mark.settings(budgets={"default_allowance": 50})
async def test_the_button_spends_no_more_than_there_is(world: World, bot: App) -> None:
    """The budget is asked when it is pressed, and the refusal is for the member alone."""
    message = await answered(world)

    refusal = await world.answer(await world.press(world.ada, message, NEAREST))

    assert refusal.ephemeral
    assert "costs 80 credits" in text_of(refusal)
    assert query(world.database, "SELECT count(*) FROM jobs") == [(0,)]


async def test_a_button_whose_price_has_risen_orders_nothing(world: World) -> None:
    """The operator has set another price meanwhile: the member is told both, and decides anew."""
    async with running_bot(world):
        message = await answered(world)
    world.overrides = {"models": {"sora-2": {"credits_per_second": 15}}}

    async with running_bot(world):
        refusal = await world.answer(await world.press(world.ada, message, NEAREST))

    assert refusal.ephemeral
    assert "would cost 120 credits" in text_of(refusal)
    assert "80 credits on the button" in text_of(refusal)
    assert "Nothing was charged" in text_of(refusal)
    assert states(world.database) == []
