"""A job begins only when Discord has confirmed its message: else nothing is sent or charged."""

import asyncio

import pytest

from bot.app import App
from bot.sandbox.discord import NoResponse
from bot.sandbox.faults import Faults
from tests.books import balances, query, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import World, status_of, text_of, within

pytestmark = pytest.mark.usefixtures("at_once")

CALLBACK = r"/callback$"
UNKNOWN_INTERACTION = {"message": "Unknown interaction", "code": 10062}


def expired(faults: Faults) -> asyncio.Event:
    """Let Discord say that it does not know the interaction."""
    return faults.answer("POST", CALLBACK, 404, UNKNOWN_INTERACTION).struck


def failing(faults: Faults) -> asyncio.Event:
    """Let Discord fail for longer than a first response may take."""
    return faults.answer("POST", CALLBACK, 500, {"message": "500"}, times=None).struck


def broken(faults: Faults) -> asyncio.Event:
    """Let the connection break before Discord has read anything."""
    return faults.reset("POST", CALLBACK).struck


def silent(faults: Faults) -> asyncio.Event:
    """Let Discord say nothing at all."""
    return faults.hold("POST", CALLBACK).reached


def assert_nothing_was_bought(world: World) -> None:
    """Check that the job ended before the provider heard of it, with its credits back."""
    assert set(states(world.database)) == {"cancelled"}
    assert world.segmind.find_calls("POST", "/v2/") == []
    assert world.segmind.generations == []
    accounts = balances(world.database)
    assert (accounts["held"], accounts["allowance"]) == (0, 0)
    assert accounts.get("spent", 0) == 0


async def test_responses_that_do_not_arrive_start_nothing(world: World, bot: App) -> None:
    """Members are told in the channel that nothing was started, and can try again at once."""
    channels = []
    for trouble in (expired, broken, silent, failing):
        channels.append(world.guild.add_channel(trouble.__name__))
        struck = trouble(world.discord.faults)
        await world.create(channel=channels[-1])
        await within(struck.wait())

    await world.until(lambda: all(channel.messages for channel in channels))

    for channel in channels:
        [message] = channel.messages
        assert status_of(message) == "CANCELLED", channel.name
        assert message.mentioned == [world.ada.id]
        assert "never started" in text_of(message)
        assert "Nothing was charged" in text_of(message)
        assert "use the command again" in text_of(message)
    assert_nothing_was_bought(world)
    world.discord.faults.clear()
    await world.shown(await world.create(), "COMPLETED")


@pytest.mark.parametrize("answer", ["reset", "error"])
async def test_a_response_that_arrived_unconfirmed_is_corrected(
    world: World, bot: App, answer: str
) -> None:
    """The message that Discord made says afterwards that nothing was started."""
    faults = world.discord.faults
    if answer == "reset":
        faults.reset("POST", CALLBACK, after=True)
    else:
        faults.answer("POST", CALLBACK, 503, after=True)
    use = await world.create()

    message = await world.shown(use, "CANCELLED")

    assert world.channel.messages == [message], "no second message"
    assert "never started" in text_of(message)
    assert_nothing_was_bought(world)


async def test_a_command_that_the_bot_hears_of_too_late_starts_nothing(
    world: World, bot: App, log: BotLog
) -> None:
    """A resumed session tells of a command whose time to respond has passed."""
    gate = world.discord.faults.hold("GET", "/gateway/")
    await world.discord.drop_gateway()
    await within(gate.reached.wait())
    late = await world.create()
    late.deadline = 0.0
    with pytest.raises(NoResponse):
        await late.responded()

    gate.release()

    await log.wait("show.failed")
    assert len(world.discord.find_calls("POST", CALLBACK)) == 1
    assert_nothing_was_bought(world)


async def test_a_response_that_appears_late_is_corrected(
    world: World, bot: App, log: BotLog
) -> None:
    """Discord makes the message after the bot has given up, and still within the three seconds."""
    gate = world.discord.faults.hold("POST", CALLBACK)
    use = await world.create()
    use.deadline += 60
    await log.wait("show.failed")

    gate.release()

    message = await world.shown(use, "CANCELLED")
    assert world.channel.messages == [message], "no second message"
    assert_nothing_was_bought(world)


async def test_a_job_waits_for_the_confirmation(world: World, bot: App) -> None:
    """While Discord has not answered the price is held and the provider not called."""
    gate = world.discord.faults.hold("POST", CALLBACK, after=True)
    use = await world.create()
    await within(gate.reached.wait())
    bot.tracker.line_moved()
    await world.ask(world.ada, "sora models")
    assert states(world.database) == ["held"]
    assert balances(world.database)["held"] == 40
    assert world.segmind.calls == []

    gate.release()

    await world.shown(use, "COMPLETED")
    assert len(world.segmind.generations) == 1


async def test_an_interaction_told_twice_makes_one_job(world: World, bot: App, log: BotLog) -> None:
    """A replay is recognised while the job runs and after it has ended."""
    held = world.plan(hold=True)
    use = await world.create()
    await world.shown(use, "PROCESSING")

    await world.discord.replay(use)
    await log.wait("interaction.repeated")
    held.release()
    await world.shown(use, "COMPLETED")
    await world.discord.replay(use)
    await log.wait("interaction.repeated", 2)

    assert query(world.database, "SELECT count(*) FROM jobs") == [(1,)]
    assert len(world.segmind.generations) == 1
    assert len(world.discord.find_calls("POST", CALLBACK)) == 1
    assert len(world.channel.messages) == 1
