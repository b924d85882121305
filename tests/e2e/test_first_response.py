"""A job begins only when Discord has confirmed its message: else nothing is sent or charged."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.jobs.recovery import ORPHANS_SECONDS, STRAY_AFTER
from bot.sandbox.discord import NoResponse
from bot.sandbox.faults import Faults
from tests.books import balances, query, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import MovableClock, World, status_of, text_of, within
from tests.e2e.pictures import save

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]

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


@pytest.mark.parametrize("pictured", [False, True])
async def test_a_message_that_discord_refuses_is_said_plainly(
    world: World, bot: App, tmp_path: Path, pictured: bool
) -> None:
    """The job goes on: its first message says what matters, and the next shows all of it."""
    method, path = ("PATCH", "@original") if pictured else ("POST", CALLBACK)
    refused = {"message": "Invalid Form Body", "code": 50035, "errors": {}}
    world.discord.faults.answer(method, path, 400, refused)
    options: dict[str, Any] = {"image": save(tmp_path, "a.png")} if pictured else {}

    use = await world.create(**options)
    message = await world.answer(use)

    assert "Job #1: Sora 2 · 4 s · 720x1280 for 40 credits ($0.40)." in message.content
    await world.until(lambda: status_of(message) == "COMPLETED")


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


UNREADABLE: list[tuple[int, bytes | dict[str, Any]]] = [
    (503, b""),
    (200, b""),
    (200, b"{"),
    (200, {"interaction": "odd"}),
    (200, {"interaction": {"id": "1", "type": 2}, "resource": {"type": 4, "message": {}}}),
    (204, b""),
]


async def test_a_response_that_stands_and_was_not_confirmed_is_a_beginning(
    world: World, bot: App
) -> None:
    """Whatever became of Discord's answer: it is asked, the message stands, the job goes on."""
    world.guild.add_member("Ben")
    for answer in (None, *UNREADABLE):
        channel = world.guild.add_channel(f"video-{len(world.guild.channels)}")
        if answer is None:
            world.discord.faults.reset("POST", CALLBACK, after=True)
        else:
            status, body = answer
            world.discord.faults.answer("POST", CALLBACK, status, body, after=True)
        message = await world.shown(await world.create(channel=channel), "COMPLETED")
        assert channel.messages == [message], f"no second message after {answer}"
    assert len(world.segmind.generations) == 1 + len(UNREADABLE)


async def test_a_picture_s_answer_that_cannot_be_read_is_a_beginning_too(
    world: World, bot: App, tmp_path: Path
) -> None:
    """The deferral's answer and that of the edit which fills it: the job goes on."""
    world.discord.faults.answer("POST", CALLBACK, 200, {"interaction": "odd"}, after=True)
    world.discord.faults.answer("PATCH", "/webhooks/", 200, {"odd": True}, after=True)
    use = await world.create(image=save(tmp_path, "boat.png"))
    message = await world.shown(use, "COMPLETED")
    assert world.channel.messages == [message]
    assert use.followups == []


async def test_a_beginning_that_cannot_be_cleared_up_waits_until_it_can(
    world: World, bot: App, log: BotLog, clock: MovableClock
) -> None:
    """While Discord can't be asked nothing is said or sent; the periodic round asks again."""
    world.discord.faults.reset("POST", CALLBACK, after=True)
    world.discord.faults.answer("GET", "/messages/@original", 400, {"code": 0}, times=None)
    use = await world.create()
    await log.wait("response.unknown")
    assert states(world.database) == ["held"]
    assert use.followups == []
    assert world.segmind.generations == []

    world.discord.faults.clear()
    clock.advance(STRAY_AFTER.total_seconds())
    clock.advance(ORPHANS_SECONDS)

    await world.shown(use, "COMPLETED")
    assert len(world.segmind.generations) == 1


async def test_a_refusal_is_not_taken_for_the_jobs_message(
    world: World, bot: App, log: BotLog
) -> None:
    """What stands as the answer must be the job's: another message begins nothing."""
    gate = world.discord.faults.hold("GET", "/messages/@original")
    world.discord.faults.reset("POST", CALLBACK, after=True)
    use = await world.create()
    await within(gate.reached.wait())
    assert use.message is not None
    use.message.versions[-1].embeds[0]["footer"]["text"] = "Job #77"
    gate.release()
    await world.shown(use, "CANCELLED")
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
