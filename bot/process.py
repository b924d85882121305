"""Run another program as a process of its own: limited, and never outliving the work it was for.

What reads bytes from outside runs in one: a fault in a decoder ends the process and not the bot,
and the memory that it took is the system's again.
"""

import asyncio
import contextlib
import json
import math
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import ResourcesExhausted, ToolFailed
from bot.exhaustion import is_exhaustion

OUTPUT_BYTES = 20_000
"""So much is kept of each output's beginning, and as much of its end."""
_NICENESS = 10
_PIECE_BYTES = 16_384
_ROOT = str(Path(__file__).parent.parent)
_RUN_MODULE = (
    "import importlib, json, sys\n"
    "sys.path[:] = json.loads(sys.argv[1])\n"
    "importlib.import_module(sys.argv[2]).main(*sys.argv[3:])\n"
)
"""Looks for modules where this process does: what is installed differs from one set-up to the
next, and neither the folder it runs in nor the environment has a say."""


@dataclass(frozen=True)
class Limits:
    """What a process may take."""

    seconds: float
    """Of the clock; an orphan ends after as much of the time of all processors."""
    memory_bytes: int
    """Of address space."""


@dataclass(frozen=True)
class Ended:
    """How a process ended by itself."""

    code: int
    """Negative: the signal that ended it."""
    output: bytes
    complaints: bytes
    """What it wrote to standard error; like ``output``, of much its beginning and its end."""


async def run_limited(command: Sequence[str], limits: Limits) -> Ended:
    """Run a program to its end, with an empty environment and nothing to read.

    Raises ToolFailed where it did not start or took too long, in which case it is killed with all
    that it started, and ResourcesExhausted where no handle is left to start it.
    """
    name = Path(command[0]).name
    process = await _start(command)
    _limit(process.pid, limits)
    try:
        async with asyncio.timeout(limits.seconds):
            output, complaints = await asyncio.gather(
                _read_ends(process.stdout), _read_ends(process.stderr)
            )
            code = await process.wait()
    except TimeoutError:
        raise ToolFailed(f"{name} took over {limits.seconds:.0f} s", too_slow=True) from None
    finally:
        if process.returncode is None:
            _kill_group(process.pid)
            await process.wait()
    return Ended(code, output, complaints)


async def run_module(module: str, arguments: Sequence[str], limits: Limits) -> Any:
    """Run a module's ``main`` in a Python of its own; give what it printed, which is JSON.

    Raises like ``run_limited``, and ToolFailed where it ended in any way but well.
    """
    path = json.dumps([_ROOT, *filter(None, sys.path)])
    start = [sys.executable, "-I", "-S", "-X", "utf8", "-c", _RUN_MODULE, path, module]
    ended = await run_limited([*start, *arguments], limits)
    if ended.code != 0:
        raise ToolFailed(f"{module} ended with {ended.code}: {_last_line(ended.complaints)}")
    try:
        return json.loads(ended.output)
    except ValueError:
        raise ToolFailed(f"{module} printed no JSON") from None


async def _start(command: Sequence[str]) -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env={},  # ours has the token and the keys in it; what it reads comes from strangers
            start_new_session=True,
        )
    except (OSError, RuntimeError) as error:  # the second: no more threads
        if is_exhaustion(error):
            raise ResourcesExhausted from error
        raise ToolFailed(f"{Path(command[0]).name} did not start: {error}") from error


async def _read_ends(stream: asyncio.StreamReader | None) -> bytes:
    """Read to the end, and keep no more than the beginning and the end."""
    assert stream is not None  # noqa: S101 - it was asked for at the start
    head, tail = b"", b""
    while piece := await stream.read(_PIECE_BYTES):
        room = OUTPUT_BYTES - len(head)
        head += piece[:room]
        tail = (tail + piece[room:])[-OUTPUT_BYTES:]
    return head + tail


def _limit(pid: int, limits: Limits) -> None:
    """Bound memory and time and let the bot go first; Linux alone can do so from outside."""
    if sys.platform != "linux":
        return
    import resource  # noqa: PLC0415 - Unix only

    # More than the clock lets it have: what ends it first tells why.
    cpu_seconds = (math.ceil(limits.seconds) + 1) * (os.cpu_count() or 1)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        resource.prlimit(pid, resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
        resource.prlimit(pid, resource.RLIMIT_CPU, (cpu_seconds, cpu_seconds + 1))
        os.setpriority(os.PRIO_PROCESS, pid, _NICENESS)


def _kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _last_line(complaints: bytes) -> str:
    lines = complaints.decode("utf-8", "replace").splitlines()
    return lines[-1][:300] if lines else ""
