"""The bot's end."""

import asyncio
import os
import signal
from collections.abc import Iterator

import pytest

from bot.supervision import cancel_until_done, stop_at_signals


@pytest.fixture
def nohup() -> Iterator[None]:
    """Ignore SIGHUP from the start, as ``nohup`` lets a program do."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGHUP, before)


async def signalled(how: signal.Signals) -> bool:
    """Tell whether a signal stops the bot."""
    stop = asyncio.Event()
    stop_at_signals(stop)
    os.kill(os.getpid(), how)
    try:
        async with asyncio.timeout(0.1):
            return await stop.wait()
    except TimeoutError:
        return False
    finally:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().remove_signal_handler(each)


@pytest.fixture
def terminal() -> Iterator[None]:
    """Let SIGHUP do what it does at a terminal, also where the tests run under ``nohup``."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_a_signal_stops_the_bot(how: signal.Signals) -> None:
    """Ctrl-C, a supervisor, and a terminal that is closed."""
    assert await signalled(how)


@pytest.mark.usefixtures("nohup")
async def test_a_bot_that_was_started_to_outlive_its_terminal_does() -> None:
    """``nohup sora-bot run`` goes on when the terminal is closed."""
    assert not await signalled(signal.SIGHUP)


async def test_a_lost_cancellation_does_not_keep_the_bot_from_stopping() -> None:
    """A task that passes over the first cancellation, as discord.py's may, gets another."""
    lost = asyncio.Event()

    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            lost.set()
        await asyncio.Event().wait()

    tasks = [asyncio.create_task(stubborn())]
    await asyncio.sleep(0)

    await cancel_until_done(tasks)

    assert lost.is_set()
    assert all(task.cancelled() for task in tasks)
