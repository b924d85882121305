"""The demo's bot never outlives the demo, and is no other bot than the demo's."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path

import pytest
from filelock import FileLock

import bot
from bot.demo import DemoFailed
from bot.demo.process import demo_bot
from bot.demo.run import unless_it_ends
from bot.demo.stage import set_stage
from tests.e2e.harness import PATIENCE_SECONDS
from tests.files import names_in, read

pytestmark = pytest.mark.slow  # whole demos


async def test_the_bot_goes_when_the_demo_is_killed(tmp_path: Path) -> None:
    """After a kill -9 of the demo in the middle of a video the bot lets go of its lock."""
    demo = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "demo", "--headless"),
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdin=DEVNULL,
        stdout=PIPE,
    )
    assert demo.stdout is not None
    async with asyncio.timeout(PATIENCE_SECONDS):
        await demo.stdout.readuntil(b"PROCESSING")
    names = await asyncio.to_thread(names_in, tmp_path)
    (folder,) = [tmp_path / name for name in names if name.startswith("sora-bot-demo-")]
    lock = FileLock(folder / "sora-bot.db.worker-1.lock")

    demo.kill()
    await demo.communicate()

    await asyncio.to_thread(lock.acquire, timeout=PATIENCE_SECONDS)
    await asyncio.to_thread(lock.release)


async def test_a_bot_that_ends_is_not_waited_for(tmp_path: Path) -> None:
    """Where the bot cannot start, the play ends at once and says so."""
    nowhere = tmp_path / "no-such.toml"

    async with asyncio.timeout(PATIENCE_SECONDS), demo_bot(nowhere, tmp_path / "log") as demo:
        with pytest.raises(DemoFailed, match="the bot ended"):
            await unless_it_ends(demo, asyncio.Event().wait())


@pytest.mark.parametrize("name", ["SORA_BOT_DISCORD__TOKEN", "sora_bot_jobs__edit_seconds"])
async def test_the_settings_of_a_real_bot_stay_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    """What an operator has in the environment would win over the demo's file: it is left out."""
    monkeypatch.setenv(name, "not the demo's")

    async with set_stage(lambda _: None, 10.0) as stage, demo_bot(stage.config, tmp_path / "log"):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await stage.discord.wait_connected()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_no_secret_of_the_environment_is_the_demo_s(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its bot is handed what a program needs to run, and nothing of what else is there."""
    monkeypatch.setenv("CLOUD_KEY", "secret")

    async with demo_bot(tmp_path / "no-such.toml", tmp_path / "log") as demo:
        assert demo._process is not None
        passed_on = await asyncio.to_thread(read, Path(f"/proc/{demo._process.pid}/environ"))

    assert b"PATH=" in passed_on
    assert b"CLOUD_KEY" not in passed_on


async def test_a_folder_may_hold_what_the_bot_imports(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The demo is started wherever somebody is; nothing that lies there is run."""
    for name in ("bot", "cogs", "aiohttp", "discord"):
        strange = tmp_path / name / "__init__.py"
        strange.parent.mkdir()
        strange.write_text("raise SystemExit('a stranger')")
    monkeypatch.setenv("PYTHONPATH", str(Path(bot.__file__).parents[1]))
    monkeypatch.chdir(tmp_path)

    async with set_stage(lambda _: None, 10.0) as stage, demo_bot(stage.config, tmp_path / "log"):
        async with asyncio.timeout(PATIENCE_SECONDS):
            await stage.discord.wait_connected()


async def test_the_demo_runs_with_its_input_closed() -> None:
    """Some services start programs so; a wrong wish is answered as always, not with a traceback."""
    demo = await asyncio.create_subprocess_shell(
        f"exec {sys.executable} -m bot demo --model sora-9 <&-", stdout=PIPE, stderr=PIPE
    )

    _, said = await demo.communicate()

    assert demo.returncode == 1
    assert said.startswith(b"The demo failed: there is no model sora-9")
