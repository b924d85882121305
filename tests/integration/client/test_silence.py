"""A gateway that takes the connection and says nothing: left within a bounded time, and told so.

The times are cut short here; ``Patience`` says what they are.
"""

import asyncio

import pytest
from discord.gateway import DiscordWebSocket
from yarl import URL

from bot.client.session import RESUMES, Patience
from bot.sandbox.discord.gateway import Silence
from tests.integration.client.conftest import Desk

pytestmark = pytest.mark.slow

SHORT = Patience(silence_seconds=1.0, ready_seconds=1.0, connect_seconds=1.2)
QUICK = Patience(silence_seconds=1.0, ready_seconds=0.25, connect_seconds=0.8)
HEARTBEAT_SECONDS = 0.4


@pytest.fixture(autouse=True)
def often(desk: Desk) -> None:
    """Let heartbeats come as often as the times are short."""
    desk.discord.gateway.heartbeat_seconds = HEARTBEAT_SECONDS


@pytest.mark.parametrize("silence", [Silence.HELLO, Silence.READY], ids=lambda each: each.name)
async def test_a_gateway_that_never_begins_a_session_is_left(desk: Desk, silence: Silence) -> None:
    """Also where it greets and answers heartbeats, which the library takes for all that is due."""
    desk.discord.gateway.silence = silence

    async with desk.connecting(SHORT) as running:
        await desk.until(lambda: desk.connections >= 2)
        assert not running.hears
        begun = desk.identifies
        desk.discord.gateway.silence = Silence.NOTHING
        await desk.until(lambda: running.hears)

    assert begun == 0 if silence is Silence.HELLO else 1 <= begun <= 2
    assert desk.clock.elapsed > 0, "each try after a longer pause"


async def test_a_server_that_never_answers_the_connection_is_left(desk: Desk) -> None:
    """It accepts TCP and is silent: not even the WebSocket comes about."""
    connections = 0

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while await reader.read(1024):
            pass
        writer.close()

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    there = DiscordWebSocket.DEFAULT_GATEWAY
    silent = URL(f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
    async with server:
        DiscordWebSocket.DEFAULT_GATEWAY = silent
        async with desk.connecting(SHORT) as running:
            await desk.until(lambda: connections >= 2)
            DiscordWebSocket.DEFAULT_GATEWAY = there
            await desk.until(lambda: running.hears)

    assert desk.identifies == 1, "what was never connected was never begun"


async def test_a_session_that_falls_silent_is_resumed(desk: Desk) -> None:
    """No event and no answer to a heartbeat: it is left, and hears again soon."""
    async with desk.connecting(SHORT) as running:
        await desk.until(lambda: running.hears)
        desk.discord.mute_gateway()
        await desk.until(lambda: desk.connections == 2)
        await desk.until(lambda: running.hears)

    assert desk.identifies == 1
    assert len(desk.find("gateway.lost")) == 1


async def test_a_quiet_session_is_kept(desk: Desk) -> None:
    """Answers to heartbeats are a sign of life, though nothing happens in any server."""
    async with desk.connecting(SHORT) as running:
        await desk.until(lambda: running.hears)
        await asyncio.sleep(2 * SHORT.silence_seconds)
        assert running.hears

    assert desk.connections == 1


async def test_a_session_that_cannot_be_resumed_is_given_up(desk: Desk) -> None:
    """The gateway greets and closes, each time: another session is begun after a few tries."""
    async with desk.connecting(QUICK) as running:
        await desk.until(lambda: running.hears)
        desk.discord.gateway.silence = Silence.READY
        desk.discord.mute_gateway()
        await desk.until(lambda: desk.identifies == 2)
        desk.discord.gateway.silence = Silence.NOTHING
        await desk.until(lambda: running.hears)

    assert desk.connections >= 1 + RESUMES + 1
    assert sum(desk.clock.slept) >= 2.0 + 4.0 + 8.0 + 16.0, "each after a longer pause"
