"""Many commands at once: never more jobs than the budget pays for, nor than the limits let run."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.app import App
from bot.sandbox.discord import Interaction
from tests.books import balances, states
from tests.e2e.harness import PATIENCE_SECONDS, BotProcess, World, text_of, within

pytestmark = [pytest.mark.usefixtures("quick_films"), pytest.mark.slow]

PRICE = 40
COMMANDS = 20
AFFORDED = 3


async def all_answers(world: World, uses: list[Interaction]) -> tuple[list[str], list[str]]:
    """Wait for every first response; give the texts of the jobs' messages and of the refusals."""
    messages = [await within(use.responded()) for use in uses]
    shown = [message for message in messages if message is not None]
    assert len(shown) == len(uses)
    jobs = [text_of(message) for message in shown if not message.ephemeral]
    refusals = [text_of(message) for message in shown if message.ephemeral]
    return jobs, refusals


async def allow_three(world: World) -> None:
    """Let the admin set a budget that is one credit short of four videos."""
    amount = str(AFFORDED * PRICE + PRICE - 1)
    await world.ask(world.admin, "budget set", member=world.ada, amount=amount)


async def burst(world: World) -> None:
    """Use the command twenty times at once, with a budget for three; the videos are held back."""
    plan = world.plan(times=None, hold=True)

    uses = await asyncio.gather(*(world.create() for _ in range(COMMANDS)))
    jobs, refusals = await all_answers(world, list(uses))

    assert len(jobs) == AFFORDED
    assert len(refusals) == COMMANDS - AFFORDED
    for refusal in refusals:
        assert "costs 40 credits" in refusal
        assert "you have 39 credits left" in refusal
        assert "Nothing was charged" in refusal
    assert balances(world.database)["held"] == AFFORDED * PRICE
    await within(world.segmind.wait_submitted(AFFORDED))
    plan.release()


def assert_three_were_made(world: World) -> None:
    """Check that three videos were made, shown and paid for."""
    assert states(world.database) == ["delivered"] * AFFORDED
    assert len(world.segmind.generations) == AFFORDED
    assert [len(message.attachments) for message in world.channel.messages] == [1] * AFFORDED
    spent = balances(world.database)
    assert (spent["held"], spent["spent"]) == (0, AFFORDED * PRICE)


async def logged_by_any(processes: Sequence[BotProcess], event: str, times: int) -> None:
    """Wait until the processes have logged so many such events together."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while sum(len(each.events(event)) for each in processes) < times:
            more = {
                asyncio.create_task(each.logged(event, len(each.events(event)) + 1))
                for each in processes
            }
            await asyncio.wait(more, return_when=asyncio.FIRST_COMPLETED)
            for task in more:
                task.cancel()


async def test_a_budget_for_three_makes_three_of_twenty(world: World, process: BotProcess) -> None:
    """Three jobs, seventeen refusals for the member alone, and never below zero."""
    await process.start()
    await allow_three(world)

    await burst(world)

    await process.logged("job.delivered", AFFORDED)
    assert await process.stop() == 0
    assert_three_were_made(world)


async def test_two_processes_make_three_of_twenty(world: World, process: BotProcess) -> None:
    """Both are told of every command and share one database: still three jobs, each made once."""
    other = BotProcess(world)
    await process.start()
    await allow_three(world)
    await other.start()
    try:
        await burst(world)
        await logged_by_any([process, other], "job.delivered", AFFORDED)
        await logged_by_any([process, other], "interaction.repeated", AFFORDED)
    finally:
        assert await other.stop() == 0
    assert await process.stop() == 0
    assert_three_were_made(world)
    assert "crashed" not in process.log + other.log


def prompts(world: World) -> list[str]:
    """List what was submitted, in order."""
    return [str(generation.body["prompt"]) for generation in world.segmind.generations]


async def shows(world: World, use: Interaction, words: str) -> None:
    """Wait until a job's message says this."""
    await world.until(lambda: use.message is not None and words in text_of(use.message))


async def test_a_member_s_fourth_video_waits_in_line(world: World, bot: App) -> None:
    """Three run; the others wait with their place shown, keep nobody else back, and move up."""
    bob = world.guild.add_member("Bob")
    plans = [world.plan(hold=True) for _ in range(5)]
    mine = []
    for number in range(1, 4):
        mine.append(await world.create(prompt=f"take {number}"))
        await within(world.segmind.wait_submitted(number))
    for place in (1, 2):
        mine.append(await world.create(prompt=f"take {3 + place}"))
        await shows(world, mine[-1], f"Number {place} in line")
    await world.create(bob, prompt="another member's")
    await within(world.segmind.wait_submitted(4))
    assert prompts(world) == ["take 1", "take 2", "take 3", "another member's"]

    plans[1].release()
    await within(world.segmind.wait_submitted(5))
    assert prompts(world)[4:] == ["take 4"]
    await shows(world, mine[4], "Number 1 in line")

    for plan in (plans[0], *plans[2:]):
        plan.release()
    for use in mine:
        await world.shown(use, "COMPLETED")
    assert prompts(world)[5:] == ["take 5"]


@pytest.mark.settings(jobs={"max_running_per_guild": 1})
async def test_a_server_s_second_video_waits_in_line(world: World, bot: App) -> None:
    """One runs in each server: another member of the same server waits, one elsewhere does not."""
    bob = world.guild.add_member("Bob")
    elsewhere = world.discord.add_guild("Chess club")
    first = world.plan(hold=True)
    await world.create(prompt="here")
    await within(world.segmind.wait_submitted(1))
    waiting = await world.create(bob, prompt="here again")
    await shows(world, waiting, "Number 1 in line")
    await world.create(elsewhere.add_member("Eve"), elsewhere.add_channel("videos"), prompt="there")
    await within(world.segmind.wait_submitted(2))

    assert prompts(world) == ["here", "there"]
    first.release()
    await world.shown(waiting, "COMPLETED")
    assert prompts(world)[2:] == ["here again"]


@pytest.mark.settings(jobs={"max_running": 1})
async def test_no_more_run_than_the_operator_allows(world: World, bot: App) -> None:
    """With a limit of one, the next begins when the one before has ended, whoever asked."""
    bob = world.guild.add_member("Bob")
    first = world.plan(hold=True)
    await world.create(prompt="first")
    running = await within(world.segmind.wait_submitted(1))
    waiting = await world.create(bob, prompt="second")
    await shows(world, waiting, "Number 1 in line")
    # Time enough to begin, for a job that may.
    await within(world.segmind.wait_polled(running, running.polls + 5))
    assert "number 1 in line" in await world.ask(bob, "sora status")

    first.fail("no pictures today")
    await world.shown(waiting, "COMPLETED")

    assert prompts(world) == ["first", "second"]
    assert first.released_at is not None
    assert world.segmind.generations[1].submitted_at > first.released_at
