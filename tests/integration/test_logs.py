"""The log's sink: whatever becomes of its reader or its disk, it neither raises nor waits."""

import asyncio
import fcntl
import json
import logging
import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from pydantic import SecretStr

from bot import logs
from bot.config import DiscordSettings
from bot.logs import LineSink, render_for_people, render_json, set_up_logs
from bot.redaction import write_about


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Give a pipe's ends, to read and to write; the test may close the first."""
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            continue


def read_lines(descriptor: int, count: int) -> list[str]:
    """Read so many lines from a pipe."""
    text = b""
    while text.count(b"\n") < count:
        part = os.read(descriptor, 1 << 16)
        assert part, "it has ended before"
        text += part
    return text.decode().splitlines()


def dropped_in(line: str) -> int:
    """Tell how many lines a line says were dropped."""
    entry = json.loads(line)
    assert entry["event"] == "log.dropped"
    assert entry["level"] == "warning"
    assert set(entry) == {"event", "level", "timestamp", "count"}
    return int(entry["count"])


def test_lines_come_whole_and_in_order(pipe: tuple[int, int]) -> None:
    """What was taken before the end is written by then, odd characters too."""
    sink = LineSink(pipe[1])
    for number in range(100):
        sink.write(f"line {number} \ud800\n")
    sink.close()
    assert read_lines(pipe[0], 100) == [f"line {number} \\ud800" for number in range(100)]


def test_a_reader_that_is_gone_costs_lines_and_no_work(pipe: tuple[int, int]) -> None:
    """A closed pipe raises nothing, neither at a line nor at the end."""
    sink = LineSink(pipe[1])
    os.close(pipe[0])
    for _ in range(3):
        sink.write("a line\n")
        sink.flush()
    sink.close()


def test_a_reader_that_comes_back_is_told_what_it_has_missed(tmp_path: Path) -> None:
    """The count comes before the first line that gets through."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    writer = os.open(fifo, os.O_WRONLY)
    os.close(reader)
    sink = LineSink(writer)
    for _ in range(3):
        sink.write("nobody reads this\n")
    lost(sink, 3)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    sink.write("somebody reads this\n")
    sink.close()
    first, second = read_lines(reader, 2)
    assert dropped_in(first) == 3
    assert second == "somebody reads this"
    os.close(reader)
    os.close(writer)


def test_a_full_disk_that_has_room_again(tmp_path: Path) -> None:
    """Nothing is raised while it is full; then the count is told, and the lines come again."""
    descriptor = os.open("/dev/full", os.O_WRONLY)
    sink = LineSink(descriptor)
    sink.write("lost\n")
    sink.write("lost, too\n")
    lost(sink, 2)
    file = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
    os.dup2(file, descriptor)
    sink.write("kept\n")
    sink.close()
    first, second = (tmp_path / "log").read_text().splitlines()
    assert dropped_in(first) == 2
    assert second == "kept"
    os.close(file)
    os.close(descriptor)


def test_what_was_lost_at_the_very_end_is_told(tmp_path: Path) -> None:
    """Where the disk has room again and no more line comes, the end tells it."""
    descriptor = os.open("/dev/full", os.O_WRONLY)
    sink = LineSink(descriptor)
    sink.write("lost\n")
    lost(sink, 1)
    file = os.open(tmp_path / "log", os.O_WRONLY | os.O_CREAT)
    os.dup2(file, descriptor)
    sink.close()
    assert dropped_in((tmp_path / "log").read_text()) == 1
    os.close(file)
    os.close(descriptor)


def test_a_line_that_was_cut_off_does_not_spoil_the_next(pipe: tuple[int, int]) -> None:
    """A reader that goes in the middle of a line: the next begins on a line of its own."""
    sink = LineSink(pipe[1])
    spare = os.dup(pipe[0])
    sink.write("x" * (2 * pipe_bytes(pipe[1])) + "\n")  # more than the pipe takes: it stands
    assert os.read(pipe[0], 1) == b"x"
    os.close(pipe[0])
    os.close(spare)
    lost(sink, 1)
    again = os.pipe()
    os.dup2(again[1], pipe[1])
    sink.write("a whole line\n")
    sink.close()
    nothing, first, second = read_lines(again[0], 3)
    assert nothing == ""
    assert dropped_in(first) == 1
    assert second == "a whole line"
    for end in again:
        os.close(end)


@pytest.mark.parametrize("blocking", [True, False])
def test_a_reader_that_reads_no_more_keeps_nobody_waiting(
    pipe: tuple[int, int], *, blocking: bool
) -> None:
    """What has no room is dropped and counted; once it reads on, it is told how much that was."""
    os.set_blocking(pipe[1], blocking)
    stuffing = b"." * 4095 + b"\n"
    for _ in range(pipe_bytes(pipe[1]) // len(stuffing)):
        os.write(pipe[1], stuffing)
    sink = LineSink(pipe[1], waiting_lines=2)
    for number in range(10):
        sink.write(f"line {number}\n")
    lines: list[str] = []
    while not any("log.dropped" in line for line in lines):
        sink.write("again\n")
        lines += read_lines(pipe[0], 1)
    sink.close()
    [told] = [dropped_in(line) for line in lines if "log.dropped" in line]
    assert told >= 7
    # Those that waited came first, in their order.
    assert next(line for line in lines if line.startswith("line")) == "line 0"


def test_the_end_waits_no_longer_than_it_says(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that never reads again does not keep the process alive."""
    monkeypatch.setattr(logs, "CLOSE_SECONDS", 0.01)
    sink = LineSink(pipe[1], waiting_lines=1)
    for _ in range(3):
        sink.write("x" * 2 * pipe_bytes(pipe[1]))
    sink.close()
    assert sink._thread.is_alive(), "it still stands in the first line"

    os.close(pipe[0])
    monkeypatch.undo()
    sink.close()
    assert not sink._thread.is_alive(), "it would write to the next file of that number"


class Unspeakable:
    """A value that can't be shown."""

    def __repr__(self) -> str:
        raise ValueError("no")


def test_a_value_that_can_t_be_shown_costs_its_own_line_alone() -> None:
    """The line says which event it was of."""
    entry = {"event": "job.told", "what": Unspeakable()}
    assert "job.told" in render_for_people(None, "info", entry)
    line = json.loads(render_json(None, "info", entry))
    assert line["event"] == "log.unreadable"
    assert "job.told" in line["of"]
    assert line["kind"] == "ValueError"


@pytest.fixture
def stderr(monkeypatch: pytest.MonkeyPatch, pipe: tuple[int, int]) -> Iterator[int]:
    """Let the logs go to a pipe; give the end to read from. What is set up is taken back."""
    monkeypatch.setattr(logs, "STDERR", pipe[1])
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in logs.QUIET_LIBRARIES}
    yield pipe[0]
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, each in levels.items():
        logging.getLogger(name).setLevel(each)


def test_the_libraries_log_into_the_same_sink(stderr: int) -> None:
    """Theirs are JSON lines as well; one that can't be put together is counted, not raised."""
    sink = set_up_logs()
    structlog.get_logger().info("ours", job=1)
    logging.getLogger("discord.gateway").warning("theirs %s", 7)
    logging.getLogger("discord").warning("%d", "no number")
    logging.getLogger("asyncio").error("with a trace", exc_info=ValueError("odd"))
    sink.close()

    entries: list[dict[str, Any]] = [json.loads(line) for line in read_lines(stderr, 4)]
    by_event = {entry["event"]: entry for entry in entries}
    assert (by_event["ours"]["job"], by_event["ours"]["level"]) == (1, "info")
    theirs = by_event["theirs 7"]
    assert (theirs["logger"], theirs["level"]) == ("discord.gateway", "warning")
    assert "ValueError: odd" in by_event["with a trace"]["exception"]
    assert by_event["log.dropped"]["count"] == 1


def test_no_line_carries_a_secret(stderr: int) -> None:
    """Neither ours nor a library's, neither in a value nor in a trace, which has no locals."""
    DiscordSettings(token=SecretStr("swordfish and chips"))
    write_about("a prompt of somebody's")
    address = "https://discord.test/api/v10/webhooks/12/tok-en/messages?sig=abc"
    error = ValueError(f"a prompt of somebody's, {address}, swordfish and chips")

    def fail(secret: str) -> None:
        raise error from KeyError(len(secret))

    sink = set_up_logs()
    try:
        fail("kept to" + " itself")
    except ValueError:
        structlog.get_logger().exception("ours", at=[address], says="Bearer abc")
        logging.getLogger("asyncio").exception("never retrieved")
    logging.getLogger("discord.http").warning("limited: %s", address)
    sink.close()
    write_about("")

    lines = read_lines(stderr, 3)
    words = ("tok-en", "abc", "swordfish", "to itself")
    assert [word for word in words for line in lines if word in line] == []
    assert all("discord.test/api/v10/webhooks/12/[hidden]" in line for line in lines)
    traces = [json.loads(line)["exception"] for line in lines[:2]]
    assert all("ValueError: " in trace and "[prompt]" in trace for trace in traces)
    assert [trace for trace in traces if "somebody" in trace] == []


def test_at_a_terminal_the_log_is_for_people(stderr: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same names and values, without the braces; nothing in a value steers the terminal."""
    shown, terminal = os.openpty()
    monkeypatch.setattr(logs, "STDERR", terminal)
    sink = set_up_logs()
    structlog.get_logger().info("job.lost", job=7, detail="\x1b[2J\x07gone")
    logging.getLogger("discord").warning("theirs")
    sink.drop()
    sink.close()

    text = "\n".join(read_lines(shown, 3))
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert re.search(r"\[info *\] job\.lost +.*job=7", plain)
    assert "theirs" in plain
    assert "log.dropped" in plain
    assert "gone" in plain
    assert "\x1b" not in plain, "but for the colours"
    assert "\x07" not in plain
    assert "{" not in plain
    os.close(shown)
    os.close(terminal)


async def test_a_loop_that_logs_into_a_full_pipe_goes_on(stderr: int) -> None:
    """Not even a pipe that takes nothing more stops the loop."""
    sink = set_up_logs()
    line = "x" * 1000
    for _ in range(200):
        structlog.get_logger().info("much", line=line)
        await asyncio.sleep(0)
    assert threading.active_count() >= 2
    os.close(stderr)
    sink.close()


def lost(sink: LineSink, count: int) -> None:
    """Wait until the sink has given up so many lines."""
    while sink._dropped < count:
        time.sleep(0)


def pipe_bytes(descriptor: int) -> int:
    """Tell what a pipe holds."""
    return fcntl.fcntl(descriptor, fcntl.F_GETPIPE_SZ)
