"""Two processes of one token: with one database they are one bot, with two somebody must know."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.app import App
from bot.client.instances import AGAIN_SECONDS, ANSWERS, WITHIN_SECONDS, Instances
from bot.errors import StorageBusy
from bot.sandbox.discord import Channel
from tests.books import assert_balanced, balances, query
from tests.e2e.botlog import BotLog
from tests.e2e.harness import World, running_bot, within
from tests.e2e.pictures import save
from tests.fakes import FakeClock

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]

CALLBACK = r"/interactions/\d+/[^/]+/callback$"
TRIES = 2 * ANSWERS - 1
"""Of so many one of two instances loses enough."""


@contextlib.asynccontextmanager
async def second_bot(world: World) -> AsyncIterator[App]:
    """Run another bot with the same token."""
    async with running_bot(world) as app:
        await within(world.discord.wait_connected(2))
        yield app


@pytest.fixture
def elsewhere(world: World) -> World:
    """Give the same world with another folder for the bot, and so another database."""
    folder = world.folder / "elsewhere"
    folder.mkdir()
    return replace(world, folder=folder)


@pytest.fixture
def direct(world: World) -> Channel:
    """Give the operator's direct messages."""
    operator = world.guild.add_member("Op", permissions=("administrator",))
    world.discord.set_owner(operator)
    return world.discord.direct(operator)


async def test_another_instance_with_its_own_database_is_told_to_the_operator(
    world: World, direct: Channel, bot: App, elsewhere: World, log: BotLog
) -> None:
    """By a warning with what to do, and once by a message; no video is bought twice."""
    async with second_bot(elsewhere):
        uses = [await world.create(prompt=f"take {number}") for number in range(TRIES)]
        for use in uses:
            await world.shown(use, "COMPLETED")
        entry = await log.wait("instance.other")
        await world.until(lambda: bool(direct.messages))
        for _ in range(TRIES):
            await world.ask(world.ada, "sora models")
        await log.wait("job.delivered", TRIES)

    assert entry["level"] == "warning"
    assert "stop one of them, or let both use one database" in entry["advice"]
    assert "Another instance of this bot" in direct.messages[0].content
    assert "budgets are kept twice" in direct.messages[0].content
    assert len(log.find("instance.other")) <= 2, "each of them once"
    assert len(world.segmind.generations) == TRIES
    assert len(world.videos_shown()) == TRIES
    assert_balanced(elsewhere.database)
    kept = [balances(each.database) for each in (world, elsewhere)]
    assert sum(each.get("spent", 0) for each in kept) == TRIES * 40
    assert [each.get("held", 0) for each in kept] == [0, 0]


async def test_reading_commands_alone_tell_of_it_too(
    world: World, bot: App, elsewhere: World, log: BotLog
) -> None:
    """Nothing is written for them: whoever else answers is none of this database."""
    async with second_bot(elsewhere):
        for _ in range(TRIES):
            await world.ask(world.ada, "sora balance")
        await log.wait("instance.other")


async def test_who_loses_the_deferral_for_a_picture_notices_too(
    world: World, bot: App, elsewhere: World, log: BotLog, tmp_path: Path
) -> None:
    """Before anything is fetched or written."""
    picture = save(tmp_path, "fox.png")
    async with second_bot(elsewhere):
        for _ in range(TRIES):  # two pictures of a member at once are the most
            await world.shown(await world.create(image=picture), "COMPLETED")
        await log.wait("instance.other")
    assert len(world.segmind.generations) == TRIES


async def test_two_processes_of_one_database_are_no_cause_for_alarm(
    world: World, bot: App, log: BotLog, direct: Channel
) -> None:
    """Whatever is asked: the rows and the processes' locks tell."""
    async with second_bot(world):
        for _ in range(TRIES):
            await world.ask(world.ada, "sora balance")
        for _ in range(TRIES):
            await world.shown(await world.create(), "COMPLETED")
        await log.wait("job.delivered", TRIES)
        # One is told of the commands that only read, the other of those that write.
        await log.wait("interaction.repeated", 2 * TRIES)
    assert log.find("instance.other") == []
    assert direct.messages == []
    assert query(world.database, "SELECT count(*) FROM jobs") == [(TRIES,)]


async def test_an_answer_of_our_own_that_is_repeated_is_nobody_else_s(
    world: World, bot: App, log: BotLog
) -> None:
    """Discord fails after it took the response, and the library tries again: the jobs go on."""
    world.discord.faults.answer("POST", CALLBACK, 500, times=ANSWERS, after=True)

    uses = await asyncio.gather(*(world.create() for _ in range(ANSWERS)))

    for use in uses:
        await world.shown(use, "COMPLETED")
    assert len(log.find("response.failed")) == ANSWERS
    assert log.find("instance.other") == []


class Told(list[str]):
    """What the operator was told."""

    def tell(self, text: str, key: str) -> None:
        """Keep it."""
        self.append(f"{key}: {text}")


async def answered(instances: Instances, times: int, *, claimed: bool = True) -> None:
    """Let interactions be answered by somebody else."""
    for number in range(times):
        assert await instances.answered_before(number, claimed=claimed)


async def test_a_few_answers_over_a_long_time_are_a_chance() -> None:
    """Only so many within some minutes are another instance; and then it is said once a day."""
    clock, told = FakeClock(), Told()
    instances = Instances(clock, lambda: False, told.tell)
    for _ in range(10):
        await answered(instances, ANSWERS - 1)
        clock.advance(WITHIN_SECONDS)
    assert told == []
    await answered(instances, 10 * ANSWERS)
    assert len(told) == 1
    clock.advance(AGAIN_SECONDS)
    await answered(instances, ANSWERS)
    assert len(told) == 2


async def test_what_another_process_of_the_database_may_have_answered_counts_for_nothing() -> None:
    """Nor where nobody can tell; what was ours by the database counts all the same."""

    def unknown() -> bool:
        raise StorageBusy

    for siblings in (lambda: True, unknown):
        told = Told()
        instances = Instances(FakeClock(), siblings, told.tell)
        await answered(instances, 10 * ANSWERS, claimed=False)
        assert told == []
        await answered(instances, ANSWERS)
        assert len(told) == 1
