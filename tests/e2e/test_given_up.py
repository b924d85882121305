"""A job that its provider never ends: an admin, the operator or the deadline ends it."""

import pytest

from bot.app import App
from bot.catalogue import DEFAULT_DEADLINE_SECONDS
from bot.jobs.late import FIRST_LOOK, ROUND_SECONDS
from bot.sandbox.discord import Message
from tests.books import balances, query, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import MovableClock, World, text_of
from tests.e2e.test_command_line import sora_bot

pytestmark = pytest.mark.usefixtures("at_once")


async def show(world: World) -> Message:
    """Ask for the first job's video; give the answer."""
    asked = await world.discord.use(world.ada, world.channel, "sora show", {"job": 1})
    return await world.answer(asked)


async def test_an_admin_ends_a_job_and_its_video_comes_after_all(
    world: World, bot: App, log: BotLog, clock: MovableClock
) -> None:
    """Refused before the longest wait; then refunded, told, and shown when it has come."""
    plan = world.plan(hold=True)
    use = await world.create()
    await world.shown(use, "PROCESSING")
    early = await world.ask(world.admin, "budget job end", job=1, reason="stuck")
    assert "may still finish job #1" in early
    clock.advance(1801)
    answer = await world.ask(world.admin, "budget job end", job=1, reason="stuck")
    assert f"40 credits are back with <@{world.ada.id}>" in answer
    text = text_of(await world.shown(use, "FAILED (lost)"))
    assert "has ended the wait for the video service" in text
    assert "Nothing was charged" in text
    assert "**job #1 given up**" in (said := await world.ask(world.admin, "budget log"))
    assert "stuck" in said
    assert "ended without a video" in text_of(await show(world))

    plan.release()
    clock.advance(FIRST_LOOK.total_seconds() + ROUND_SECONDS)
    await log.wait("late.kept")  # once: moved on meanwhile, the clock would end what is fetched
    message = await show(world)
    assert "came after all" in text_of(message)
    assert "it is not charged" in text_of(message)
    assert [each.filename for each in message.attachments] == ["video.mp4"]
    assert states(world.database) == ["lost"]
    assert balances(world.database).get("spent", 0) == 0


@pytest.mark.settings(models={"sora-2": {"longest_wait_seconds": 1}})
async def test_the_operator_ends_a_job_beside_the_running_bot(world: World, bot: App) -> None:
    """The command line writes it, the bot tells it; its price still counts for the ceilings."""
    world.plan(hold=True)
    use = await world.create()
    await world.shown(use, "PROCESSING")
    code, output = 1, "may still be ended"
    while "may still be ended" in output:  # until its longest wait, a second, is over
        code, output = await sora_bot(world, "job", "end", "1", "--reason", "stuck")
    assert code == 0, output
    assert "Job 1 is given up, and 40 credits are back" in output
    await world.shown(use, "FAILED (lost)")
    assert query(world.database, "SELECT used FROM ceiling_use") == [(40,), (40,)]
    code, output = await sora_bot(world, "audit")
    assert code == 0, output


@pytest.mark.slow
async def test_the_operator_cannot_end_what_may_still_come(world: World, bot: App) -> None:
    """Before the longest wait, and what is no job."""
    world.plan(hold=True)
    await world.shown(await world.create(), "PROCESSING")
    code, output = await sora_bot(world, "job", "end", "1", "--reason", "stuck")
    assert code == 1
    assert "Job 1 may still be ended by its provider, until" in output
    code, output = await sora_bot(world, "job", "end", "2", "--reason", "stuck")
    assert (code, "There is no job 2" in output) == (1, True), output
    assert states(world.database) == ["processing"]


async def test_the_last_deadline_ends_a_job(world: World, bot: App, clock: MovableClock) -> None:
    """Nobody needs to do anything."""
    world.plan(hold=True)
    use = await world.create()
    await world.shown(use, "PROCESSING")
    clock.advance(DEFAULT_DEADLINE_SECONDS + 60)
    text = text_of(await world.shown(use, "FAILED (lost)"))
    assert "the bot has stopped waiting" in text
    assert "Nothing was charged" in text
