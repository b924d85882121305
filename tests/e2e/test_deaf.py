"""A bot that hears nothing, or whose token is dead, says so and does not pretend to live."""

import asyncio
import os
import time

import pytest
from aiohttp import web

from bot.alive import ALIVE_SECONDS, all_well
from bot.app import App
from bot.client.identify import FACT
from bot.client.session import Patience
from bot.config import Settings
from bot.errors import ConfigError
from bot.sandbox.discord.gateway import Silence
from tests.books import balances, query, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import PATIENCE_SECONDS, BotProcess, MovableClock, World, running_bot, within

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]

SHORT = Patience(silence_seconds=1.0, ready_seconds=1.0, connect_seconds=1.2)


async def hearing(app: App, clock: MovableClock, *, wanted: bool) -> None:
    """Wait until the bot hears its gateway, or does not; it waits for nothing itself."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while app.client.session.hears is not wanted:
            clock.advance(ALIVE_SECONDS)
            await asyncio.sleep(0.01)


async def test_a_deaf_bot_is_not_healthy(world: World, clock: MovableClock) -> None:
    """The library calls it ready for ever; the health check goes by what is heard."""
    gateway = world.discord.gateway
    gateway.heartbeat_seconds = 0.4
    async with running_bot(world, clock, SHORT) as app:
        [file] = world.folder.glob("bot.db.alive-*")

        async def shown_within(rounds: int) -> bool:
            os.utime(file, (0, 0))
            for _ in range(rounds):
                clock.advance(ALIVE_SECONDS)
                await asyncio.sleep(0.02)
                if all_well(world.database, time.time()):
                    return True
            return False

        assert await shown_within(100)
        gateway.silence = Silence.HELLO
        world.discord.mute_gateway()
        await hearing(app, clock, wanted=False)
        assert app.client.is_ready()
        assert not await shown_within(5)
        gateway.silence = Silence.NOTHING
        await hearing(app, clock, wanted=True)
        assert await shown_within(100)


async def test_a_token_that_is_reset_ends_the_bot(world: World, process: BotProcess) -> None:
    """At the first refusal it asks once more, and ends with what is wrong; the job waits."""
    await process.start()
    plan = world.plan(hold=True)
    use = await world.create()
    await world.shown(use, "PROCESSING")
    use.expire()
    world.discord.reset_token("another-token")
    before = len(world.discord.calls)

    plan.release()

    assert await within(process.ended()) == 2
    assert "discord.token" in process.log
    refused = [call for call in world.discord.calls[before:] if call.status == 401]
    assert 2 <= len(refused) <= 5
    assert states(world.database) in (["rendered"], ["processing"])
    assert balances(world.database)["spent"] in (0, 40)

    world.discord.reset_token("sandbox-token")
    await process.start()
    await process.logged("job.delivered")
    assert world.videos_shown() == [use.message]


async def test_one_refusal_that_is_none_of_discord_s_ends_nothing(
    world: World, log: BotLog
) -> None:
    """A proxy said it: Discord, asked again, takes the token."""
    async with running_bot(world):
        plan = world.plan(hold=True)
        use = await world.create()
        await world.shown(use, "PROCESSING")
        use.expire()
        world.discord.faults.answer("PATCH", r"/channels/\d+/messages/", 401, "<html>", times=1)
        plan.release()
        await log.wait("job.delivered")
        await log.wait("discord.unauthorized")
        assert world.videos_shown() == [use.message]


async def test_a_token_that_is_dead_at_the_start_is_tried_once(world: World) -> None:
    """Each refused request counts towards the ban of an address."""
    world.discord.reset_token("another-token")

    with pytest.raises(ConfigError) as caught:
        await within(App(Settings(**world.tables())).run(asyncio.Event(), lambda: None))

    assert caught.value.key == "discord.token"
    assert world.discord.invalid_requests == 1


async def test_a_login_that_is_refused_halfway_asks_nothing_more(world: World) -> None:
    """The refusal's body is slow to come: meanwhile nothing else goes out with the token."""

    async def refuse(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(status=401, headers={"Content-Type": "application/json"})
        await answer.prepare(request)
        await asyncio.sleep(0.1)
        await answer.write(b"{}")
        return answer

    world.discord.faults.plan("GET", "/applications/@me$", refuse)

    with pytest.raises(ConfigError):
        await within(App(Settings(**world.tables())).run(asyncio.Event(), lambda: None))

    assert len(world.discord.find_calls("GET", "/users/@me$")) == 1


async def test_the_bot_notes_each_session_that_it_begins(world: World, bot: App) -> None:
    """For its next start: a crash loop begins sessions as well."""
    facts = dict(query(world.database, "SELECT name, value FROM facts"))
    assert facts[FACT].startswith("1 ")
