"""Prompts, videos and tokens on the disk are the bot's user's alone."""

import asyncio
import os
import signal
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.harness import PATIENCE_SECONDS, BotProcess, World
from tests.e2e.test_command_line import sora_bot

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]


@pytest.fixture(autouse=True)
def _usual_umask() -> Iterator[None]:
    """Let others read what is made, as most systems do."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> list[str]:
    """List all below a folder that others may read, change or enter."""
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if stat.S_IMODE(path.lstat().st_mode) & 0o077
    ]


async def test_all_that_a_bot_makes_and_finds_is_private(world: World, tmp_path: Path) -> None:
    """A new database with its log, locks and sign, videos; and what an older bot has left open."""
    old = world.videos / "pictures"
    old.mkdir(parents=True)
    for file in (old / "cake.jpg", world.videos / "7.mp4", Path(f"{world.database}.before-1")):
        file.write_bytes(b"of an older bot")
    with (tmp_path / "bot.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", "run"),
            env=BotProcess(world).environment(),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=log,
        )
    await asyncio.wait_for(world.discord.wait_connected(), PATIENCE_SECONDS)
    await world.discord.wait_command("sora create", world.guild)
    await world.shown(await world.create(), "COMPLETED")

    names = [path.name for path in world.folder.rglob("*")]
    assert {"bot.db", "bot.db-wal", "bot.db.before-1", "1.mp4", "7.mp4", "bot.log"} <= {*names}
    assert any("alive" in name for name in names)
    assert await asyncio.to_thread(open_to_others, world.folder) == []

    process.send_signal(signal.SIGTERM)
    assert await asyncio.wait_for(process.wait(), PATIENCE_SECONDS) == 0
    world.database.chmod(0o644)
    code, output = await sora_bot(world, "audit")
    assert code == 0, output
    assert await asyncio.to_thread(open_to_others, world.folder) == []


@pytest.mark.parametrize(
    ("mode", "said"),
    [
        (0o600, "Nobody else can read or change"),
        (0o644, "Others on this machine can read "),
        (0o640, "Others on this machine can read "),
        (0o666, "Others on this machine can read and change "),
        (0o602, "Others on this machine can change "),
    ],
)
async def test_check_names_a_configuration_that_is_not_the_operator_s_alone(
    world: World, mode: int, said: str
) -> None:
    """With what to do about it; the bot can run all the same."""
    config = world.folder / "a config.toml"
    config.write_text("")
    config.chmod(mode)
    code, output = await sora_bot(world, "check", "--config", str(config))
    assert code == 0, output
    [line] = [line for line in output.splitlines() if "a config.toml" in line]
    assert said in line
    assert ("chmod 600 '" in line) == (mode != 0o600)
