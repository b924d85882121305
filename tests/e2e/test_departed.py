"""The bot is removed from a server, while it runs and while it does not; an outage is neither."""

import asyncio

import pytest

from bot.app import App
from bot.jobs.guilds import KEPT
from tests.books import balances, query, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import MovableClock, World, running_bot

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("at_once"),
    pytest.mark.settings(jobs={"max_running_per_member": 1}),
]

TOKEN_SECONDS = 901
"""A token outlives the removal, and opens the message without any permission."""


async def test_nothing_is_bought_for_a_server_that_the_bot_was_removed_from(
    world: World, bot: App, log: BotLog, clock: MovableClock
) -> None:
    """What waits is released; what the service has ends in the archive; nothing is tried on."""
    plan = world.plan(hold=True)
    first = await world.create()
    await world.shown(first, "PROCESSING")
    await world.answer(await world.create())
    await world.guild.remove_bot()
    await log.wait("guild.left")
    await log.wait("job.told")
    clock.advance(TOKEN_SECONDS)
    plan.release()
    await log.wait("job.archived")
    assert states(world.database) == ["rendered", "cancelled"]
    assert query(world.database, "SELECT id FROM jobs WHERE told_at IS NULL") == []
    assert balances(world.database)["held"] == 0
    assert len(world.segmind.find_calls("POST", "/v2/")) == 1
    assert world.kept == ["1.mp4"]

    await world.guild.invite_bot()
    await log.wait("guild.returned")
    await log.wait("job.delivered")
    world.plan(times=None)
    await world.shown(await world.create(), "COMPLETED")


async def test_a_server_that_is_gone_at_the_start_was_left_meanwhile(
    world: World, log: BotLog, clock: MovableClock
) -> None:
    """READY does not name it: what waited there is released, not bought."""
    plan = world.plan(hold=True)
    async with running_bot(world, clock):
        await world.shown(await world.create(), "PROCESSING")
        await world.answer(await world.create())
        while query(world.database, "SELECT 1 FROM messages WHERE message_id IS NULL"):
            await world.ask(world.ada, "sora status")
    await world.guild.remove_bot()
    clock.advance(TOKEN_SECONDS)
    async with running_bot(world, clock):
        await log.wait("guild.left")
        await log.wait("job.told")
        plan.release()
        await log.wait("job.archived")
    assert states(world.database) == ["rendered", "cancelled"]
    assert len(world.segmind.find_calls("POST", "/v2/")) == 1


async def test_an_outage_is_no_removal(world: World, bot: App, log: BotLog) -> None:
    """Discord takes the server away for a while: the jobs wait, and go on."""
    plan = world.plan(hold=True)
    first, second = await world.create(), await world.create()
    await world.shown(first, "PROCESSING")
    await world.guild.become_unavailable()
    await world.discord.drop_gateway(resumable=False)
    await world.discord.wait_connected()
    await world.guild.recover()
    plan.release()
    await world.shown(first, "COMPLETED")
    await world.shown(second, "COMPLETED")
    assert log.find("guild.left") == []
    assert query(world.database, "SELECT * FROM departed_guilds") == []


async def test_after_its_time_nothing_of_a_server_is_left_on_the_disk(
    world: World, bot: App, log: BotLog, clock: MovableClock
) -> None:
    """The sweep overwrites the prompt in the database and ends the log that it stood in."""
    prompt = "a party of which nobody knows"
    await world.shown(await world.create(prompt=prompt), "COMPLETED")
    await log.wait("job.delivered")
    await world.guild.remove_bot()
    await log.wait("guild.left")
    assert await asyncio.to_thread(mentioning, world, prompt)
    clock.advance(KEPT.total_seconds())
    await log.wait("guild.forgotten")
    await bot._sweep()
    assert await asyncio.to_thread(mentioning, world, prompt) == []
    assert world.kept == []


def mentioning(world: World, prompt: str) -> list[str]:
    """List the bot's files that a prompt stands in."""
    files = [path for path in world.folder.rglob("*") if path.is_file()]
    return [path.name for path in files if prompt.encode() in path.read_bytes()]
