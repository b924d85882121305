"""Segmind's older API holds the line for minutes and forgets who hung up: told honestly."""

import pytest

from bot.app import App
from bot.sandbox.discord import Interaction
from bot.sandbox.faults import Gate
from tests.books import balances, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import BotProcess, World, text_of, within
from tests.e2e.test_engines import VINTAGE

pytestmark = [
    pytest.mark.usefixtures("at_once"),
    pytest.mark.settings(models=VINTAGE),
    pytest.mark.slow,
]


async def order(world: World) -> Interaction:
    """Order a video that only the older API makes."""
    return await world.create(model="vintage")


async def lost(world: World, use: Interaction) -> None:
    """Wait until the loss is told: nothing is charged, and it is not made again."""
    message = await world.shown(use, "FAILED (lost)")
    assert "Nothing was charged" in text_of(message)
    assert "not sent again by itself" in text_of(message)


async def test_a_kill_in_the_middle_of_the_calls_is_told_as_a_loss(
    world: World, process: BotProcess
) -> None:
    """One call that was long under way, and one that had just begun: both are refunded."""
    await process.start()
    world.plan(hold=True, times=2)
    long_since = await order(world)
    await world.shown(long_since, "PROCESSING")
    just_now = await order(world)
    await within(world.segmind.wait_submitted(2))

    await process.kill()
    await process.start()

    for use in (long_since, just_now):
        await lost(world, use)
    await process.logged("job.told", 2)
    assert len(process.events("job.lost")) == 2
    assert "usage page" in process.events("job.lost")[0]["advice"]
    assert states(world.database) == ["lost", "lost"]
    assert balances(world.database)["held"] == 0
    assert len(world.segmind.generations) == 2
    assert not [name for name in world.kept if name.endswith(".mp4")]


async def test_a_video_that_was_whole_before_the_kill_is_delivered(
    world: World, process: BotProcess
) -> None:
    """What lies on the disk is not lost, although its call is over."""
    await process.start()
    editing = world.discord.faults.hold("PATCH", "/messages/")
    await order(world)
    await within(editing.reached.wait())
    await process.kill()
    editing.release()

    await process.start()

    await process.logged("job.delivered")
    assert states(world.database) == ["delivered"]
    assert len(world.segmind.generations) == 1
    assert balances(world.database)["spent"] == 20


@pytest.mark.parametrize("answer", ["gateway_timeout", "cut"])
async def test_a_call_that_breaks_is_a_loss(
    world: World, bot: App, log: BotLog, answer: str
) -> None:
    """A front proxy's 504 and half a video say nothing of what was billed."""
    world.plan(v1_answer=answer)

    await lost(world, await order(world))

    assert len(world.segmind.find_calls("POST", "/v1/vintage-1")) == 1
    assert states(world.database) == ["lost"]


async def test_a_slow_video_is_waited_for(world: World, bot: App, log: BotLog) -> None:
    """Its first half comes at once and the rest later: it is delivered whole."""
    halfway = Gate()
    world.plan(halfway=halfway)
    use = await order(world)
    await within(halfway.reached.wait())

    halfway.release()

    await world.shown(use, "COMPLETED")
    await log.wait("job.delivered")
    assert world.kept == ["1.mp4"]
