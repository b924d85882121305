"""ffmpeg runs as a process with limits, and never outlives the work it was for."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.delivery.ffmpeg import MAX_MEMORY_BYTES, FfmpegRun, run_ffmpeg
from bot.errors import ToolFailed
from bot.process import OUTPUT_BYTES
from tests.files import read
from tests.tools import spoilt_ffmpeg
from tests.videos import Videos

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def processes_on(path: Path) -> list[int]:
    """List the living processes whose command names this file."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:  # it has just ended
            continue
        if os.fsencode(path) in command:
            found.append(int(folder.name))
    return found


@asynccontextmanager
async def waiting(pipe: Path, timeout_seconds: float) -> AsyncIterator[asyncio.Task[FfmpegRun]]:
    """Run ffmpeg on a pipe that is open and empty: it waits for the rest of its input."""
    os.mkfifo(pipe)
    arguments = ["-f", "mpegts", "-i", str(pipe), "-f", "null", "-"]
    task = asyncio.create_task(run_ffmpeg(arguments, timeout_seconds))
    # Opening ends when ffmpeg opens the other end.
    writer = await asyncio.to_thread(pipe.open, "wb", buffering=0)
    try:
        yield task
    finally:
        writer.close()
        await asyncio.wait({task})


async def test_tells_how_a_run_ended(videos: Videos, tmp_path: Path) -> None:
    """The exit code and ffmpeg's complaints come back."""
    good = await run_ffmpeg(["-i", str(videos.plain()), "-f", "null", "-"], 30)
    bad = await run_ffmpeg(["-i", str(tmp_path / "gone.mp4"), "-f", "null", "-"], 30)

    assert (good.code, good.log) == (0, "")
    assert bad.code != 0
    assert "No such file" in bad.log


async def test_memory_and_priority_are_limited(tmp_path: Path) -> None:
    """While it runs, the process has a cap on its memory and lets the bot go first."""
    pipe = tmp_path / "pipe"
    async with waiting(pipe, 30) as task:
        [pid] = processes_on(pipe)
        # The limits are set right after the start: the task needs a few turns of the loop.
        async with asyncio.timeout(20):
            while os.getpriority(os.PRIO_PROCESS, pid) != 10:
                assert not task.done()
                await asyncio.sleep(0)
        limits = read(Path(f"/proc/{pid}/limits")).decode()

    [memory] = [line for line in limits.splitlines() if line.startswith("Max address space")]
    assert memory.split()[3:5] == [str(MAX_MEMORY_BYTES)] * 2


async def test_a_run_beyond_its_time_is_killed(tmp_path: Path) -> None:
    """At the limit the process is gone, and the run is told as a failure."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    with pytest.raises(ToolFailed, match="took over"):
        await run_ffmpeg(["-f", "mpegts", "-i", str(pipe), "-f", "null", "-"], 0.2)
    assert processes_on(pipe) == []


async def test_a_cancelled_run_is_killed(tmp_path: Path) -> None:
    """A stop of the bot takes its ffmpeg along."""
    pipe = tmp_path / "pipe"
    async with waiting(pipe, 30) as task:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert processes_on(pipe) == []


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
async def test_a_run_that_is_stopped_from_outside_says_nothing_of_its_input(
    tmp_path: Path, number: signal.Signals
) -> None:
    """By the system for its memory, or politely by a service manager that stops the whole group."""
    target = tmp_path / "endless.mp4"
    arguments = ["-re", "-f", "lavfi", "-i", "testsrc=duration=3600", "-y", str(target)]
    task = asyncio.create_task(run_ffmpeg(arguments, 30))
    async with asyncio.timeout(20):
        while not target.exists():  # noqa: ASYNC110 - ffmpeg tells nobody
            await asyncio.sleep(0)
    [pid] = processes_on(target)
    os.kill(pid, number)
    with pytest.raises(ToolFailed, match="stopped"):
        await task


@pytest.mark.parametrize(
    "script", ["exit 244", "exit 228", "kill -9 $$", None], ids=["memory", "disk", "killed", "gone"]
)
async def test_what_the_machine_refuses_is_not_the_inputs_fault(
    videos: Videos, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None
) -> None:
    """No memory, no room on the disk, a kill, or no ffmpeg at all."""
    source = videos.plain()
    spoilt_ffmpeg(monkeypatch, tmp_path, script)
    with pytest.raises(ToolFailed):
        await run_ffmpeg(["-i", str(source), "-f", "null", "-"], 30)


async def test_a_full_disk_stops_it_with_the_code_that_is_known(videos: Videos) -> None:
    """The real ffmpeg, on a disk that is full."""
    arguments = ["-y", "-i", str(videos.plain()), "-f", "mpegts", "/dev/full"]
    with pytest.raises(ToolFailed):
        await run_ffmpeg(arguments, 30)


async def test_a_log_without_end_is_not_kept_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its beginning and its end tell what went wrong; what is between goes."""
    script = "echo first >&2; head -c 3000000 /dev/zero >&2; echo last >&2"
    spoilt_ffmpeg(monkeypatch, tmp_path, script)
    run = await run_ffmpeg([], 30)
    assert run.log.startswith("first\n")
    assert run.log.endswith("last\n")
    assert len(run.log) == 2 * OUTPUT_BYTES


async def test_nothing_of_the_environment_is_handed_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What reads strangers' files knows neither the token nor a key, nor where anything is."""
    spoilt_ffmpeg(monkeypatch, tmp_path, f"cat /proc/$$/environ > {tmp_path}/seen")
    monkeypatch.setenv("SORA_BOT_DISCORD__TOKEN", "secret")

    await run_ffmpeg(["-version"], 10)

    assert await asyncio.to_thread(read, tmp_path / "seen") == b""


async def test_an_ffmpeg_of_the_path_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By its name alone, as the setting of imageio-ffmpeg may have it."""
    spoilt_ffmpeg(monkeypatch, tmp_path, "echo ours >&2")
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", "ffmpeg")
    monkeypatch.setenv("PATH", str(tmp_path))

    assert (await run_ffmpeg([], 10)).log == "ours\n"
