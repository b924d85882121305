"""Tasks that go on as long as the bot does: kept running, waited for, and ended."""

import asyncio
import signal
from collections.abc import Awaitable, Callable, Collection

import structlog

from bot.clock import Clock
from bot.jobs.pace import retry_delay_seconds

CANCEL_SECONDS = 2.0
CALM_SECONDS = 60.0
"""A task that ran for so long had begun well; also the longest wait before another try."""

log = structlog.get_logger()


async def keep_running(clock: Clock, name: str, work: Callable[[], Awaitable[None]]) -> None:
    """Do work that has no end, until cancelled; what breaks it off is logged, and it goes on."""
    failures = 0
    while True:
        began = clock.monotonic()
        try:
            return await work()
        except Exception:  # a fault of ours in one of them must not end the bot
            log.exception("task.crashed", task=name)
        failures = failures + 1 if clock.monotonic() - began < CALM_SECONDS else 1
        await clock.sleep(retry_delay_seconds(failures, 1.0, CALM_SECONDS))


def stop_at_signals(stop: asyncio.Event) -> None:
    """Set ``stop`` at Ctrl-C, SIGTERM, and SIGHUP: a terminal that is closed cuts no submit short.

    A SIGHUP that is ignored stays so: ``nohup`` starts a bot that outlives its terminal.
    """
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if name is not signal.SIGHUP or signal.getsignal(name) is not signal.SIG_IGN:
            loop.add_signal_handler(name, stop.set)


async def until_first(stop: asyncio.Event, running: Collection[asyncio.Task[None]]) -> None:
    """Wait for the stop, or for a task that should never end."""
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({stopped, *running}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopped.cancel()


async def cancel_until_done(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel tasks, again and again where it is lost.

    ``asyncio.wait_for`` loses one that comes as its work ends (measured on Python 3.11), and the
    libraries await connections so: a stop while the gateway goes away would never end.
    """
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=CANCEL_SECONDS)
