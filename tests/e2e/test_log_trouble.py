"""Nobody reads what the bot logs, or nothing more can be written: no video is lost or bought twice.

Standard error and standard output are a pipe whose reader goes away, or stops reading, or a disk
that is full.
"""

import asyncio
import contextlib
import os
import sys
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tests.books import balances, query, states
from tests.e2e.harness import BotProcess, World, status_of, within

pytestmark = [pytest.mark.usefixtures("quick_films"), pytest.mark.slow]

PRICE = 40
"""What the video of ``World.create`` costs."""


class Reader:
    """Whoever reads what the bot writes, and may go away."""

    def __init__(self, process: BotProcess) -> None:
        ours, theirs = os.pipe()
        self._end = Connection(ours, writable=False)
        process.output = Connection(theirs, readable=False)

    def go(self) -> None:
        """Read no more: whoever writes gets EPIPE."""
        self._end.close()


def standard_streams(pid: int) -> set[str]:
    """Tell what a process has for its standard streams."""
    return {str(Path(f"/proc/{pid}/fd/{stream}").readlink()) for stream in range(3)}


async def until_delivered(world: World, process: BotProcess) -> None:
    """Wait until the row says that the member has the video; no log tells of it."""
    while states(world.database) != ["delivered"]:
        assert process.running, "it has ended"
        await asyncio.sleep(0.01)


async def assert_bought_once(world: World, process: BotProcess) -> None:
    """Stop the bot, start it where it can be read again, and check that all is as it was."""
    assert await process.stop() == 0
    process.output = None
    await process.start()
    assert "460 credits" in await world.ask(world.ada, "sora balance")
    assert await process.stop() == 0

    assert states(world.database) == ["delivered"]
    assert len(world.segmind.find_calls("POST", "^/v2/")) == 1
    assert len(world.segmind.generations) == 1
    [message] = world.channel.messages
    assert status_of(message) == "COMPLETED"
    assert len(message.attachments) == 1
    spent = balances(world.database)
    assert (spent["held"], spent["spent"]) == (0, PRICE)


async def test_a_reader_that_is_gone_before_the_start(world: World, process: BotProcess) -> None:
    """Not a single line can be written, not even that the bot is connected."""
    Reader(process).go()
    await process.start()
    await world.create()
    await until_delivered(world, process)
    await assert_bought_once(world, process)


async def test_a_reader_that_goes_while_the_bot_waits(world: World, process: BotProcess) -> None:
    """Connected and idle: the next order is served as ever."""
    reader = Reader(process)
    await process.start()
    reader.go()
    await world.create()
    await until_delivered(world, process)
    await assert_bought_once(world, process)


async def test_a_reader_that_goes_during_the_submit(world: World, process: BotProcess) -> None:
    """The provider has taken the job and answers into the silence: its id is kept."""
    reader = Reader(process)
    await process.start()
    gate = world.segmind.faults.hold("POST", "^/v2/", after=True)
    await world.create()
    await within(gate.reached.wait())
    reader.go()
    gate.release()
    await until_delivered(world, process)
    await assert_bought_once(world, process)


async def test_a_stop_right_after_such_a_submit(world: World, process: BotProcess) -> None:
    """SIGTERM while the answer is on its way: the restart takes up what was bought."""
    reader = Reader(process)
    await process.start()
    plan = world.plan(hold=True)
    gate = world.segmind.faults.hold("POST", "^/v2/", after=True)
    await world.create()
    await within(gate.reached.wait())
    reader.go()
    process.terminate()
    gate.release()
    assert await process.ended() == 0
    [(request,)] = query(world.database, "SELECT request_id FROM jobs")
    assert request is not None

    process.output = None
    await process.start()
    plan.release()
    await process.logged("job.delivered")
    await assert_bought_once(world, process)


@pytest.mark.parametrize("stage", ["PROCESSING", "delivery"])
async def test_a_reader_that_goes_later(world: World, process: BotProcess, stage: str) -> None:
    """While the provider works, and over the upload: the video comes."""
    reader = Reader(process)
    await process.start()
    plan = world.plan(hold=True)
    await world.shown(await world.create(), "PROCESSING")
    if stage == "delivery":
        gate = world.discord.faults.hold("PATCH", "/webhooks/", after=True)
        plan.release()
        await within(gate.reached.wait())
        reader.go()
        gate.release()
    else:
        reader.go()
        plan.release()
    await until_delivered(world, process)
    await assert_bought_once(world, process)


async def test_a_reader_that_stops_reading(world: World, process: BotProcess) -> None:
    """A pipe that is full to the brim before the first line keeps nobody waiting."""
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(theirs, b"." * 4096)
    os.set_blocking(theirs, True)
    process.output = Connection(theirs, readable=False)
    await process.start()
    await world.create()
    await until_delivered(world, process)
    await assert_bought_once(world, process)
    os.close(ours)


async def test_a_full_disk_under_the_log(world: World, process: BotProcess) -> None:
    """From the first line to the last: the bot connects, buys, delivers and stops with 0."""
    process.output = Connection(os.open("/dev/full", os.O_WRONLY), readable=False)
    await process.start()
    plan = world.plan(hold=True)
    await world.shown(await world.create(), "PROCESSING")
    plan.release()
    await until_delivered(world, process)
    await assert_bought_once(world, process)


@pytest.mark.parametrize("phase", ["submitting", "PROCESSING"])
async def test_a_stop_over_a_full_disk(world: World, process: BotProcess, phase: str) -> None:
    """Stopped over the submit or while the provider works, and started again: bought once."""
    process.output = Connection(os.open("/dev/full", os.O_WRONLY), readable=False)
    await process.start()
    plan = world.plan(hold=True)
    gate = world.segmind.faults.hold("POST", "^/v2/", after=True)
    use = await world.create()
    await within(gate.reached.wait())
    if phase == "submitting":
        process.terminate()
    gate.release()
    if phase == "PROCESSING":
        await world.shown(use, "PROCESSING")
        process.terminate()
    assert await process.ended() == 0

    process.output = None
    await process.start()
    plan.release()
    await process.logged("job.delivered")
    await assert_bought_once(world, process)


async def test_closed_streams_are_not_taken_for_files(world: World) -> None:
    """As a daemon starts a program (2>&-): no line of the log may get into the database."""
    environment = BotProcess(world).environment()
    process = await asyncio.create_subprocess_exec(
        *("sh", "-c", 'exec "$0" -m bot run <&- >&- 2>&-', sys.executable), env=environment
    )
    await within(world.discord.wait_connected())
    message = await world.shown(await world.create(), "COMPLETED")
    opened = standard_streams(process.pid)
    process.terminate()

    assert await within(process.wait()) == 0
    assert opened == {os.devnull}
    assert world.videos_shown() == [message]


async def test_a_mistake_that_nobody_can_read_still_has_its_exit_code(world: World) -> None:
    """What could not be flushed does not make another one of it."""
    environment = {**BotProcess(world).environment(), "SORA_BOT_DISCORD__TOKEN": ""}
    for stream in ("2>/dev/full", "2>&-"):
        process = await asyncio.create_subprocess_exec(
            *("sh", "-c", f'exec "$0" -m bot run {stream}', sys.executable), env=environment
        )
        assert await within(process.wait()) == 2
