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
    text_of,
)
from tests.e2e.pictures import handed_over, pixels_of, save

pytestmark = pytest.mark.usefixtures("at_once")

NEAREST = "Sora 2 · 8 s · 1280x720 for 80 credits ($0.80)"
JUST_THAT = "Sora 2 Pro · 8 s · 1792x1024 for 400 credits ($4.00)"
OTHER_SHAPE = "Sora 2 · 8 s · 720x1280 for 80 credits ($0.80)"
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
    assert "Sora 2 doesn't support 1792x1024. Choose 720x1280 or 1280x720." in text
    assert "Nothing was charged" in text
    assert list(buttons_of(message)) == [NEAREST, JUST_THAT, OTHER_SHAPE]
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
    first, *_ = buttons_of(message)
    assert first.startswith("Wan 2.7 · ")


async def test_the_button_is_nobody_else_s(world: World, bot: App) -> None:
    """A client that presses another's button all the same orders nothing."""
    bea = world.guild.add_member("Bea")
    message = await answered(world)

    pressed = buttons_of(message)[NEAREST]
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


async def test_a_press_that_discord_delivers_twice_is_one_order(
    world: World, bot: App, log: BotLog
) -> None:
    """The second delivery is passed over; what a second press does is told elsewhere."""
    message = await answered(world)
    first = await world.press(world.ada, message, NEAREST)
    await world.shown(first, "COMPLETED")
    await world.discord.replay(first)
    await log.wait("interaction.repeated")

    assert len(states(world.database)) == 1


@pytest.mark.settings(budgets={"default_allowance": 50})
async def test_the_button_spends_no_more_than_there_is(world: World, bot: App) -> None:
    """The budget is asked when it is pressed, and the refusal is for the member alone."""
    message = await answered(world)

    refusal = await world.answer(await world.press(world.ada, message, NEAREST))

    assert refusal.ephemeral
    assert "costs 80 credits" in text_of(refusal)
    assert query(world.database, "SELECT count(*) FROM jobs") == [(0,)]
    longest, cheapest = buttons_of(refusal)
    assert cheapest.startswith("Wan 2.7 · 2 s · 1280x720 for 26 credits")
    assert longest == "Sora 2 · 4 s · 1280x720 for 40 credits ($0.40)"
    await world.shown(await world.press(world.ada, refusal, longest), "COMPLETED")


@pytest.mark.settings(budgets={"default_allowance": 130})
async def test_what_fits_the_balance_is_offered_for_what_does_not(world: World, bot: App) -> None:
    """Just that by another model, the longest by the same one, and the cheapest of all."""
    use = await world.create(model="sora-2-pro", duration=8, size="1280x720")
    refusal = await world.answer(use)

    assert "Within your balance:" in text_of(refusal)
    assert list(buttons_of(refusal)) == [
        "Wan 2.7 · 8 s · 1280x720 for 104 credits ($1.04)",
        "Sora 2 Pro · 4 s · 1280x720 for 120 credits ($1.20)",
        "Wan 2.7 · 2 s · 1280x720 for 26 credits ($0.26)",
    ]


@pytest.mark.settings(budgets={"default_allowance": 5})
async def test_nothing_is_offered_to_who_can_afford_nothing(world: World, bot: App) -> None:
    """The words say when the budget renews, and who can grant more."""
    refusal = await world.answer(await world.create(duration=8))

    text = text_of(refusal)
    assert buttons_of(refusal) == {}
    assert "Your budget renews <t:" in text
    assert "an admin can grant more" in text


@pytest.mark.settings(budgets={"default_allowance": 0})
async def test_who_has_no_allowance_is_told_of_no_renewal(world: World, bot: App) -> None:
    """Nothing of theirs renews: an admin is whom to ask."""
    text = text_of(await world.answer(await world.create()))

    assert "renews" not in text
    assert "An admin can grant you some" in text


async def test_what_the_roles_forbid_is_not_offered(world: World, bot: App) -> None:
    """A button would lead to the next refusal; what they allow is offered instead."""
    everyone = world.guild.roles[0]
    await world.ask(world.admin, "budget limits", role=everyone, models="sora-2")

    message = await answered(world)
    assert list(buttons_of(message)) == [NEAREST, OTHER_SHAPE]

    refusal = await world.answer(await world.create(model="sora-2-pro", size="1280x720"))
    assert list(buttons_of(refusal)) == ["Sora 2 · 4 s · 1280x720 for 40 credits ($0.40)"]


@pytest.mark.settings(models={"veo-3.1": {"credits_per_second": 40}})
async def test_lengths_are_sorted_and_models_named_by_their_titles(world: World, bot: App) -> None:
    """The nearest come first: two of the model's own, then another that makes just that."""
    message = await world.answer(await world.create(model="veo-3.1", duration=12))

    assert "Veo 3.1 doesn't support 12 s. Choose 4, 6 or 8 s." in text_of(message)
    first, second, other = buttons_of(message)
    assert first.startswith("Veo 3.1 · 8 s · ")
    assert second.startswith("Veo 3.1 · 6 s · ")
    assert " · 12 s · " in other
    assert not other.startswith("Veo 3.1 ")
