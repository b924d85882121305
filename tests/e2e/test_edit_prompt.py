"""What came to nothing has a way on: the prompt can be edited, and a lost video tried again."""

from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.catalogue import PROMPT_LIMIT
from bot.sandbox.discord import Interaction, Message
from bot.sandbox.moderation import FORBIDDEN_WORD
from tests.books import balances, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import BotProcess, World, buttons_of, links_of, running_bot, text_of
from tests.e2e.pictures import handed_over, pixels_of, save

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]

EDIT = "Edit prompt"
AGAIN = "Try again · Sora 2 · 4 s · 720x1280 for 40 credits ($0.40)"
REFUSED = f"a {FORBIDDEN_WORD} cat"


async def opened(world: World, message: Message) -> Interaction:
    """Open the form for the prompt."""
    press = await world.press(world.ada, message, EDIT)
    await press.responded()
    assert press.modal is not None
    return press


def field_of(press: Interaction) -> dict[str, object]:
    """Give the form's one field."""
    assert press.modal is not None
    [label] = press.modal["components"]
    field: dict[str, object] = label["component"]
    return field


async def moderated(world: World, **options: Any) -> Message:
    """Give the message of a job whose prompt a filter has refused."""
    return await world.shown(await world.create(**{"prompt": REFUSED, **options}), "FAILED")


async def sent_in(world: World, form: Interaction, prompt: str) -> Interaction:
    """Send the form in."""
    return await world.discord.submit(world.ada, form, {"prompt": prompt})


async def test_the_form_has_the_prompt_and_what_it_costs(world: World, bot: App) -> None:
    """As it was typed; the button is the first, as it is the likeliest way on."""
    message = await moderated(world, duration=8)
    assert next(iter(buttons_of(message))) == EDIT

    form = await opened(world, message)

    assert field_of(form)["value"] == REFUSED
    assert form.modal is not None
    [label] = form.modal["components"]
    assert label["description"] == "Sora 2 · 8 s · 720x1280 for 80 credits ($0.80)"


async def test_the_longest_prompt_fits_the_form(world: World, bot: App) -> None:
    """As many characters as an order may have."""
    prompt = f"{FORBIDDEN_WORD} " + "x" * (PROMPT_LIMIT - len(FORBIDDEN_WORD) - 1)
    message = await moderated(world, prompt=prompt)

    form = await opened(world, message)
    assert field_of(form)["value"] == prompt
    await world.shown(await sent_in(world, form, "y" * PROMPT_LIMIT), "COMPLETED")


async def test_an_edited_prompt_is_a_new_order_of_the_same_kind(
    world: World, bot: App, log: BotLog, tmp_path: Path
) -> None:
    """The model, seconds, size and picture of the first; the button says which one it is."""
    picture = save(tmp_path, "boat.png")
    message = await moderated(world, duration=8, size="1280x720", image=picture)

    form = await opened(world, message)
    shown = await world.shown(await sent_in(world, form, "a friendly cat"), "COMPLETED")
    await world.until(lambda: EDIT not in buttons_of(message))

    assert list(links_of(message)) == ["Ordered: #2"]
    body = world.segmind.generations[-1].body
    assert (body["prompt"], body["duration"], body["size"]) == ("a friendly cat", "8", "1280x720")
    assert pixels_of(handed_over(world, world.segmind.generations[-1])) == (1280, 720)
    assert "a friendly cat" in text_of(shown)
    await log.wait("job.delivered")
    assert balances(world.database)["spent"] == 80


async def test_a_form_that_is_sent_in_twice_is_one_order(
    world: World, bot: App, log: BotLog
) -> None:
    """Opened twice and sent with the same words, it makes one video; other words, another."""
    message = await moderated(world)
    forms = [await opened(world, message) for _ in range(3)]
    held = world.plan(hold=True)

    first = await world.shown(await sent_in(world, forms[0], "a cat"), "PROCESSING")
    again = await world.answer(await sent_in(world, forms[1], "a cat"))
    other = await sent_in(world, forms[2], "a dog")

    assert again.ephemeral
    assert str(first.id) in text_of(again)
    await world.shown(other, "COMPLETED")
    held.release()
    await log.wait("job.delivered", 2)
    assert len(states(world.database)) == 3


async def test_a_form_of_before_a_restart_is_understood(world: World, process: BotProcess) -> None:
    """What it is about is in its id."""
    await process.start()
    form = await opened(world, await moderated(world))
    await process.kill()

    await process.start()
    await world.shown(await sent_in(world, form, "a friendly cat"), "COMPLETED")

    await process.logged("job.delivered")


async def test_what_was_deleted_cannot_be_edited(world: World, bot: App) -> None:
    """The member is told so, whether it went before the form was opened or while it was."""
    message = await moderated(world)
    form = await opened(world, message)
    use = await world.discord.use(world.ada, world.channel, "sora privacy delete")
    question = await world.answer(use)
    await world.press(world.ada, question, "Delete them")
    await world.until(lambda: not buttons_of(question))

    for act in (world.press(world.ada, message, EDIT), sent_in(world, form, "a friendly cat")):
        refusal = await world.answer(await act)
        assert refusal.ephemeral
        assert "were deleted" in text_of(refusal)
        assert "`/sora create` makes a new one" in text_of(refusal)
    assert states(world.database) == ["failed"]


async def test_another_s_prompt_cannot_be_edited(world: World, bot: App) -> None:
    """Nor read: the form is for who has typed it."""
    bea = world.guild.add_member("Bea")
    message = await moderated(world)

    press = await world.press(bea, message, EDIT)

    assert (await world.answer(press)).ephemeral
    assert press.modal is None


async def test_another_price_than_the_form_says_is_asked_about(world: World) -> None:
    """The answer has the prompt kept, and the new price on a button."""
    async with running_bot(world):
        form = await opened(world, await moderated(world))
    world.overrides = {"models": {"sora-2": {"credits_per_second": 15}}}

    async with running_bot(world):
        question = await world.answer(await sent_in(world, form, "a friendly cat"))
        assert "costs 60 credits ($0.60) by now" in text_of(question)
        [confirm] = buttons_of(question)
        await world.shown(await world.press(world.ada, question, confirm), "COMPLETED")

    assert world.segmind.generations[-1].body["prompt"] == "a friendly cat"


async def test_a_lost_video_can_be_tried_again(world: World, bot: App, log: BotLog) -> None:
    """The message says what that may cost whom; the price is on the button."""
    world.segmind.faults.reset("POST", "^/v2/", after=True)
    message = await world.shown(await world.create(), "FAILED (lost)")

    assert "may have been made all the same" in text_of(message)
    assert "may pay for both" in text_of(message)
    assert "Nothing was charged" in text_of(message)
    await world.shown(await world.press(world.ada, message, AGAIN), "COMPLETED")

    await log.wait("job.delivered")
    assert states(world.database) == ["lost", "delivered"]
    assert balances(world.database)["spent"] == 40
