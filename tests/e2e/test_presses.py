"""A press on a button that orders is one order, however often it is pressed, and says so."""

import asyncio

import pytest

from bot.app import App
from bot.sandbox.discord import Interaction, Message
from tests.books import balances, query, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import (
    BotProcess,
    MovableClock,
    World,
    buttons_of,
    links_of,
    running_bot,
    text_of,
    within,
)

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]

NEAREST = "Sora 2 · 8 s · 1280x720 for 80 credits ($0.80)"
AGAIN = "Try again · Sora 2 · 4 s · 720x1280 for 40 credits ($0.40)"
SAME_SECONDS = 10


async def offered(world: World) -> Message:
    """Ask Sora 2 for a size that it lacks; give the answer, which is the member's alone."""
    return await world.answer(await world.create(size="1792x1024", duration=8))


async def offered_for_long(world: World) -> Message:
    """Give an answer that nothing edits any more: its button stays."""
    use = await world.create(size="1792x1024", duration=8)
    message = await world.answer(use)
    use.expire()
    return message


async def failed(world: World) -> Message:
    """Give the message of a job that the provider could not make."""
    world.plan(fail="Safety service timed out")
    return await world.shown(await world.create(), "FAILED")


def link_to(world: World, message: Message) -> str:
    """Write the address of a message."""
    return f"https://discord.com/channels/{world.guild.id}/{message.channel_id}/{message.id}"


async def told_of(world: World, press: Interaction, shown: Message) -> int:
    """Check that a press was answered with the way to what is ordered already; give its number."""
    answer = await world.answer(press)
    assert answer.ephemeral
    assert link_to(world, shown) in text_of(answer)
    [(number,)] = query(world.database, "SELECT max(id) FROM jobs")
    assert f"Ordered: [#{number}]" in text_of(answer)
    return int(number)


@pytest.mark.parametrize("of", [offered, failed])
async def test_two_presses_at_once_are_one_order(
    world: World, bot: App, log: BotLog, of: object
) -> None:
    """Whichever comes second is answered with a link to the first one's message."""
    message = await (offered(world) if of is offered else failed(world))
    before, [label, *_] = len(states(world.database)), buttons_of(message)
    held = world.plan(hold=True)

    presses = await asyncio.gather(*(world.press(world.ada, message, label) for _ in range(2)))
    answers = [await world.answer(press) for press in presses]

    assert len(states(world.database)) == before + 1
    [second] = [each for each in answers if each.ephemeral]
    [first] = [each for each in answers if not each.ephemeral]
    assert link_to(world, first) in text_of(second)
    held.release()
    await log.wait("job.delivered")
    assert len(world.segmind.generations) == before + 1


@pytest.mark.parametrize("of", [offered, failed])
async def test_the_button_says_what_was_ordered_and_goes(
    world: World, bot: App, log: BotLog, of: object
) -> None:
    """In its place is a link to the new message; what else was offered stays."""
    message = await (offered(world) if of is offered else failed(world))
    label, *others = buttons_of(message)

    shown = await world.shown(await world.press(world.ada, message, label), "COMPLETED")
    await world.until(lambda: label not in buttons_of(message))

    [(number,)] = query(world.database, "SELECT max(id) FROM jobs")
    assert links_of(message) == {f"Ordered: #{number}": link_to(world, shown)}
    assert list(buttons_of(message)) == others
    await log.wait("job.delivered")


async def test_a_press_is_the_same_order_until_it_is_sent_and_for_ten_seconds(
    world: World, bot: App, log: BotLog, clock: MovableClock
) -> None:
    """After that it is a second order, at the price that the button says."""
    message = await offered_for_long(world)
    first = await world.shown(await world.press(world.ada, message, NEAREST), "COMPLETED")
    await log.wait("job.delivered")

    async def pressed() -> Interaction:
        return await world.press(world.ada, message, NEAREST)

    await told_of(world, await pressed(), first)
    clock.advance(SAME_SECONDS + 1)
    await world.shown(await pressed(), "COMPLETED")

    await log.wait("job.delivered", 2)
    assert balances(world.database)["spent"] == 160


@pytest.mark.settings(jobs={"max_running_per_member": 1})
async def test_what_waits_in_line_is_the_same_order_however_long(
    world: World, bot: App, log: BotLog, clock: MovableClock
) -> None:
    """Not sent yet, it is what the button has ordered; cancelled, it can be ordered anew."""
    held = world.plan(hold=True)
    await world.shown(await world.create(), "PROCESSING")
    message = await offered_for_long(world)
    waiting = await world.shown(await world.press(world.ada, message, NEAREST), "QUEUED")
    clock.advance(600)

    press = await world.press(world.ada, message, NEAREST)
    number = await told_of(world, press, waiting)
    await world.ask(world.ada, "sora cancel", job=number)
    again = await world.press(world.ada, message, NEAREST)
    await world.shown(again, "QUEUED")

    assert states(world.database) == ["processing", "cancelled", "held"]
    held.release()
    await log.wait("job.delivered", 2)


@pytest.mark.settings(jobs={"max_running_per_member": 1})
async def test_a_restart_forgets_no_press(world: World, process: BotProcess) -> None:
    """Killed between two presses, it still knows the first."""
    held = world.plan(hold=True)
    await process.start()
    await world.shown(await world.create(), "PROCESSING")
    message = await offered_for_long(world)
    first = await world.shown(await world.press(world.ada, message, NEAREST), "QUEUED")
    await process.kill()

    await process.start()
    await told_of(world, await world.press(world.ada, message, NEAREST), first)

    held.release()
    await process.logged("job.delivered", 2)
    assert len(world.segmind.generations) == 2


async def test_a_kill_before_the_answer_lets_the_button_be_pressed_again(
    world: World, process: BotProcess
) -> None:
    """The order that nobody was shown is withdrawn; the next press makes the one video."""
    await process.start()
    message = await offered(world)
    gate = world.discord.faults.hold("POST", r"/callback$")
    await world.press(world.ada, message, NEAREST)
    await within(gate.reached.wait())
    await process.kill()

    await process.start()
    await process.logged("job.told")
    await world.shown(await world.press(world.ada, message, NEAREST), "COMPLETED")

    await process.logged("job.delivered")
    assert len(world.segmind.generations) == 1
    gate.release()


async def test_two_processes_of_one_database_take_one_order(
    world: World, bot: App, log: BotLog
) -> None:
    """Both get both presses: four tries, one job."""
    async with running_bot(world):
        await within(world.discord.wait_connected(2))
        message = await offered(world)
        held = world.plan(hold=True)
        presses = await asyncio.gather(*(world.press(world.ada, message, NEAREST) for _ in "12"))
        answers = [await world.answer(press) for press in presses]
        assert sum(each.ephemeral for each in answers) == 1
        assert len(states(world.database)) == 1
        held.release()
        await log.wait("job.delivered")
    assert len(world.segmind.generations) == 1


@pytest.mark.parametrize("of", [offered, failed])
async def test_another_price_than_the_button_says_is_asked_about(world: World, of: object) -> None:
    """The answer has the new price on a button; pressed, that orders, and only once."""
    async with running_bot(world):
        message = await (offered(world) if of is offered else failed(world))
    before, [label, *_] = len(states(world.database)), buttons_of(message)
    world.overrides = {"models": {"sora-2": {"credits_per_second": 15}}}

    async with running_bot(world):
        press = await world.press(world.ada, message, label)
        question = await world.answer(press)
        assert question.ephemeral
        assert len(states(world.database)) == before
        old, new = ("80", "120 credits ($1.20)") if of is offered else ("40", "60 credits ($0.60)")
        assert f"costs {new} by now" in text_of(question)
        assert f"{old} credits on the button" in text_of(question)
        [confirm] = buttons_of(question)
        assert confirm.endswith(f"for {new}")

        shown = await world.shown(await world.press(world.ada, question, confirm), "COMPLETED")
        await world.until(lambda: not buttons_of(question))
        # The same order, whichever of the two buttons is pressed.
        other = await world.answer(await world.press(world.ada, message, label))
        [second] = buttons_of(other)
        await told_of(world, await world.press(world.ada, other, second), shown)

    assert len(states(world.database)) == before + 1
