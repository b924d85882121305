"""What a restart does, and what it leaves alone; and what a living process does for a dead one."""

import contextlib
from collections.abc import AsyncIterator

import pytest

from bot.clock import SystemClock
from bot.jobs.look import FORGET_AFTER_SECONDS
from tests.books import balances, query, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import (
    BotProcess,
    MovableClock,
    World,
    running_bot,
    status_of,
    text_of,
    within,
)

pytestmark = [pytest.mark.usefixtures("quick_films"), pytest.mark.slow]

HOUR_SECONDS = 3600


def workers(world: World) -> list[int]:
    """List the numbers of the processes that the jobs belong to."""
    return [number for (number,) in query(world.database, "SELECT worker FROM jobs ORDER BY id")]


async def test_a_restart_repeats_nothing(world: World, process: BotProcess) -> None:
    """What is over stays as it is: no edit, no message, no commands registered anew."""
    await process.start()
    world.plan(fail="no pictures today")
    await world.shown(await world.create(), "FAILED")
    await world.shown(await world.create(), "COMPLETED")
    await process.logged("job.told")
    await process.logged("job.delivered")
    assert await process.stop() == 0
    before = len(world.discord.calls)

    await process.start()
    assert "460 credits" in await world.ask(world.ada, "sora balance")
    assert await process.stop() == 0

    changing = [
        f"{call.method} {call.path}"
        for call in world.discord.calls[before:]
        if call.method != "GET" and not call.path.endswith("/callback")
    ]
    assert changing == []
    assert states(world.database) == ["failed", "delivered"]


async def test_what_the_provider_decided_meanwhile_is_told(
    world: World, process: BotProcess
) -> None:
    """A video that failed while the bot was down is refunded, with its reason."""
    await process.start()
    plan = world.plan(hold=True)
    message = await world.shown(await world.create(), "PROCESSING")
    await process.kill()
    plan.fail("this prompt was flagged by our safety system")

    await process.start()
    await process.logged("job.told")

    assert "content filter refused the prompt" in text_of(message)
    assert balances(world.database)["held"] == 0


async def test_a_video_s_address_outlives_the_provider_s_memory(
    world: World, process: BotProcess
) -> None:
    """Killed over the download and down for hours: the request is forgotten, the video is not."""
    await process.start()
    gate = world.segmind.faults.hold("GET", "^/media/")
    use = await world.create()
    await within(gate.reached.wait())
    await process.kill()
    world.segmind.clock.advance(5 * HOUR_SECONDS)

    await process.start()

    await process.logged("job.delivered")
    assert world.videos_shown() == [use.message]


async def test_a_request_that_the_provider_forgot_meanwhile_is_refunded(
    world: World, process: BotProcess, clock: MovableClock, log: BotLog
) -> None:
    """Down for longer than the provider remembers: lost, refunded, and the member is told."""
    await process.start()
    world.plan(hold=True)
    use = await world.create()
    await world.shown(use, "PROCESSING")
    await process.kill()
    world.segmind.clock.advance(5 * HOUR_SECONDS)

    async with running_bot(world, clock):
        await log.wait("look.unknown_request")
        clock.elapse(FORGET_AFTER_SECONDS)
        message = await world.shown(use, "FAILED (lost)")

    assert "no longer knows of it" in text_of(message)
    assert "Nothing was charged" in text_of(message)
    assert balances(world.database)["held"] == 0
    assert len(world.segmind.generations) == 1


class HastyClock(SystemClock):
    """The machine's clock for a test without patience: every sleep is short."""

    async def sleep(self, seconds: float) -> None:
        """Sleep for a twentieth of a second at most."""
        await super().sleep(min(seconds, 0.05))


@contextlib.asynccontextmanager
async def second_bot(world: World) -> AsyncIterator[None]:
    """Run a second bot on the same database; the jobs of the first stay where they are."""
    async with running_bot(world, HastyClock()):
        await within(world.discord.wait_connected(2))
        assert set(workers(world)) == {1}, "a living process keeps its jobs"
        yield


@pytest.mark.settings(jobs={"max_running_per_member": 1})
async def test_the_living_take_over_the_jobs_of_the_dead(
    world: World, process: BotProcess, log: BotLog
) -> None:
    """One job was processed and one waited in line: both go on without any restart."""
    await process.start()
    plan = world.plan(hold=True)
    uses = [await world.create(), await world.create()]
    await world.shown(uses[0], "PROCESSING")

    async with second_bot(world):
        await process.kill()
        await log.wait("recovery.adopted")
        plan.release()
        await log.wait("job.delivered", 2)

    assert states(world.database) == ["delivered"] * 2
    assert workers(world) == [2, 2]
    assert world.videos_shown() == [use.message for use in uses]
    assert len(world.segmind.generations) == 2


async def test_the_living_never_repeat_a_submit_of_the_dead(
    world: World, process: BotProcess, log: BotLog
) -> None:
    """The dead process may have reached the provider: the job is lost, and told so."""
    await process.start()
    gate = world.segmind.faults.hold("POST", "^/v2/", after=True)
    use = await world.create()
    await within(gate.reached.wait())

    async with second_bot(world):
        await process.kill()
        gate.release()
        await log.wait("job.told")

    assert use.message is not None
    assert status_of(use.message) == "FAILED (lost)"
    assert len(world.segmind.generations) == 1
    assert balances(world.database)["held"] == 0


async def test_the_living_deliver_what_the_dead_had_uploaded_once(
    world: World, process: BotProcess, log: BotLog
) -> None:
    """The video was in the message and nobody had written it down: it stays the only one."""
    await process.start()
    plan = world.plan(hold=True)
    message = await world.shown(await world.create(), "PROCESSING")
    gate = world.discord.faults.hold("PATCH", "/webhooks/", after=True)
    plan.release()
    await within(gate.reached.wait())

    async with second_bot(world):
        await process.kill()
        gate.release()
        await log.wait("job.delivered")

    assert world.channel.messages == [message]
    assert len(message.attachments) == 1
    assert states(world.database) == ["delivered"]


async def test_the_living_tell_what_the_dead_had_no_time_to_tell(
    world: World, process: BotProcess, log: BotLog
) -> None:
    """The job had failed and its credits were back: the member reads so all the same."""
    await process.start()
    plan = world.plan(hold=True)
    message = await world.shown(await world.create(), "PROCESSING")
    gate = world.discord.faults.hold("PATCH", "/webhooks/")
    plan.fail("no pictures today")
    await within(gate.reached.wait())

    async with second_bot(world):
        await process.kill()
        await log.wait("job.told")

    assert status_of(message) == "FAILED"
    assert balances(world.database)["held"] == 0
