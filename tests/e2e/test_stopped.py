"""An admin pauses the server or freezes a member while videos wait in line."""

import pytest

from bot.app import App
from bot.credits.settings import LONGEST_PAUSE
from bot.sandbox.discord import Interaction
from tests.books import balances, states
from tests.e2e.harness import MovableClock, World, text_of

pytestmark = [
    pytest.mark.usefixtures("at_once"),
    pytest.mark.settings(jobs={"max_running_per_member": 1}),
]


async def says(world: World, use: Interaction, words: str) -> None:
    """Wait until a job's message says this."""
    message = await world.answer(use)
    await world.until(lambda: words in text_of(message))


async def test_a_pause_and_a_freeze_take_hold_of_what_waits(
    world: World, bot: App, clock: MovableClock
) -> None:
    """Members read why, Approve says why not, and the provider hears of none of them."""
    plan = world.plan(hold=True)
    first = await world.create()
    await world.shown(first, "PROCESSING")
    waiting = await world.create()
    await world.answer(waiting)
    await world.ask(world.admin, "budget approve-above", amount="0", hours=100)
    question = await world.create()
    message = await world.answer(question)

    await world.ask(world.admin, "budget pause")
    for use in (waiting, question):
        await says(world, use, "paused new videos")
    pressed = await world.discord.press(world.admin, message, "approve:3")
    assert "cannot be approved now" in text_of(await world.answer(pressed))
    plan.release()
    await world.shown(first, "COMPLETED")
    await world.ask(world.admin, "budget resume")
    await says(world, question, "needs a moderator's approval")
    await world.shown(waiting, "COMPLETED")
    await world.ask(world.admin, "budget pause")
    clock.advance(LONGEST_PAUSE.total_seconds() + 60)
    text = text_of(await world.shown(question, "CANCELLED"))
    assert "the pause has lasted too long" in text
    assert "Nothing was charged" in text

    await world.ask(world.admin, "budget resume")
    await world.ask(world.admin, "budget approve-above", amount="0", hours=100)
    question = await world.create()
    await world.answer(question)
    answer = await world.ask(world.admin, "budget freeze", member=world.ada)
    assert "Videos that wait in line are cancelled" in answer
    text = text_of(await world.shown(question, "CANCELLED"))
    assert "frozen your budget in this server before this was sent" in text
    assert states(world.database) == ["delivered", "delivered", "cancelled", "cancelled"]
    assert balances(world.database)["held"] == 0
    assert len(world.segmind.find_calls("POST", "/v2/")) == 2
