"""The bot as a process of its own, which never outlives the demo."""

import asyncio
import contextlib
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

STOP_SECONDS = 15.0
PASSED_ON = re.compile(
    r"PATH|HOME|TMPDIR|TEMP|TMP|LANG|LC_\w+|TZ|PYTHON\w+|LD_LIBRARY_PATH|IMAGEIO_FFMPEG_EXE|SYSTEMROOT",
    re.IGNORECASE,
)
"""What of the environment the demo's bot needs; all else may be a secret, or a setting of a real
bot, which would win over the demo's file."""


class DemoBot:
    """Starts the bot, kills it and starts it again."""

    def __init__(self, config: Path, log: Path) -> None:
        self._config = config
        self._log = log
        self._process: asyncio.subprocess.Process | None = None
        self._changing = asyncio.Lock()

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Start it, where it is not running."""
        async with self._changing:
            if self.running:
                return
            with await asyncio.to_thread(self._log.open, "ab") as output:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable,
                    # -P: what lies in the folder that somebody is in is none of the bot's modules.
                    *("-P", "-m", "bot.demo.child", "run", "--config", str(self._config)),
                    env=_environment(),
                    # Nothing is ever written: when it closes, the demo is gone.
                    stdin=asyncio.subprocess.PIPE,
                    stdout=output,
                    stderr=output,
                )

    async def ended(self) -> None:
        """Wait until the process is gone."""
        if self._process is not None:
            await self._process.wait()

    async def kill(self) -> None:
        """Kill it with -9, where it is running."""
        async with self._changing:
            if self._process is not None and self.running:
                self._process.kill()
                await self._process.wait()

    async def stop(self) -> None:
        """Ask it to stop, and kill it where it does not."""
        if self._process is not None and self.running:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_SECONDS):
                    await self._process.wait()
        await self.kill()


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)}


@contextlib.asynccontextmanager
async def demo_bot(config: Path, log: Path) -> AsyncIterator[DemoBot]:
    """Run the bot for as long as the block."""
    bot = DemoBot(config, log)
    await bot.start()
    try:
        yield bot
    finally:
        await bot.stop()
