"""A bot as a process of its own, started as an operator starts it."""

import asyncio
import contextlib
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from dataclasses import dataclass

from tests.benchmarks.measurement import MeasurementFailed
from tests.e2e.harness import BotProcess, World

SORA_BOT = ("bot", "run")
SIMPLEST_BOT = ("tests.benchmarks.simplest_bot",)
"""Modules to run, with their arguments."""

START_SECONDS = 60.0
STOP_SECONDS = 15.0


@dataclass(frozen=True)
class Child:
    """A connected bot."""

    process: Process
    connected_seconds: float
    """From its start to its word that it is connected."""

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self.process.pid

    async def kill(self) -> None:
        """End it with -9."""
        self.process.kill()
        await self.process.wait()


@contextlib.asynccontextmanager
async def running(world: World, module: tuple[str, ...]) -> AsyncIterator[Child]:
    """Run a bot, connected to the world; it is gone at the end, whatever happens.

    Raises MeasurementFailed where it ends before it is connected.
    """
    began = time.monotonic()
    with (world.folder / "log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *module,
            env=BotProcess(world).environment(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=PIPE,
            stderr=log,
        )
    try:
        await _connected(process, world)
        yield Child(process, time.monotonic() - began)
    finally:
        await _end(process)


async def _connected(process: Process, world: World) -> None:
    """Wait for the line that says so."""
    assert process.stdout is not None
    async with asyncio.timeout(START_SECONDS):
        async for line in process.stdout:
            if b"connected" in line:
                return
    log = (world.folder / "log").read_text(encoding="utf-8", errors="replace")
    raise MeasurementFailed(f"the bot ended before it was connected: {log[-2000:]}")


async def _end(process: Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    finally:
        # Also where this wait itself is cut short.
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
