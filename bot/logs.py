"""Logs: one JSON object a line on standard error, each with a stable event name.

At a terminal they are for people instead: the same names and values, in columns.

A line that can't be written must not hurt the work that it tells of: the reader of standard error
may be gone, its disk full, or it may read no more.
"""

import io
import json
import logging
import os
import queue
import select
import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from bot.redaction import redact_entry

Renderer = Callable[[WrappedLogger, str, EventDict], str]
"""Makes an entry's line, without its line feed."""

QUIET_LIBRARIES = ("discord", "aiohttp", "alembic", "sqlalchemy")
WAITING_LINES = 10_000
"""So many lines wait for a reader that is slow; what comes after them is dropped."""
CLOSE_SECONDS = 2.0
"""How long the end of the process waits for the last lines to be written."""
STDERR = 2


class LineSink:
    """Writes lines to a file descriptor on a thread of its own: it never raises, and never waits.

    What can't be written is dropped and counted; ``log.dropped`` tells how many lines were, as
    soon as one gets through again.
    """

    def __init__(
        self,
        descriptor: int,
        waiting_lines: int = WAITING_LINES,
        render: Renderer | None = None,
    ) -> None:
        self._descriptor = descriptor
        self._render = render or render_json
        """How it writes its own line."""
        self._lines: queue.Queue[bytes | None] = queue.Queue(waiting_lines)
        self._counting = threading.Lock()
        self._dropped = 0
        self._torn = False
        """Whether the last line was cut off in its middle."""
        self._thread = threading.Thread(target=self._write_lines, name="lines", daemon=True)
        self._thread.start()

    def write(self, text: str) -> int:
        """Take a line, with its line feed, to be written soon."""
        try:
            self._lines.put_nowait(text.encode("utf-8", "backslashreplace"))
        except queue.Full:
            self.drop()
        return len(text)

    def flush(self) -> None:
        """Do nothing: a line is on its way as soon as it is taken."""

    def drop(self, lines: int = 1) -> None:
        """Count lines that nobody will read."""
        with self._counting:
            self._dropped += lines

    def close(self) -> None:
        """Write what was taken, as far as it can be written within ``CLOSE_SECONDS``."""
        try:
            self._lines.put(None, timeout=CLOSE_SECONDS)
        except queue.Full:
            return
        self._thread.join(CLOSE_SECONDS)

    def _write_lines(self) -> None:
        while (line := self._lines.get()) is not None:
            if not (self._tell_dropped() and self._write(line)):
                self.drop()
        self._tell_dropped()

    def _tell_dropped(self) -> bool:
        """Say how many lines were dropped; False where that can't be written either."""
        dropped = self._dropped
        if dropped == 0:
            return True
        entry = {"event": "log.dropped", "count": dropped, "level": "warning", "timestamp": _now()}
        told = self._write(f"{self._render(None, 'warning', entry)}\n".encode())
        if told:
            self.drop(-dropped)
        return told

    def _write(self, line: bytes) -> bool:
        """Write a line, however long it takes; False where it can't be."""
        left = memoryview(b"\n" + line if self._torn else line)
        while left:
            try:
                written = os.write(self._descriptor, left)
            except BlockingIOError:  # another process has set that, which shares the descriptor
                self._wait_for_room()
                continue
            except OSError:
                return False
            self._torn = left[written - 1] != ord("\n")
            left = left[written:]
        return True

    def _wait_for_room(self) -> None:
        room = select.poll()
        room.register(self._descriptor, select.POLLOUT)
        room.poll()


class _Handler(logging.StreamHandler[LineSink]):
    """Passes the libraries' lines on; one that can't be put together is dropped."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: ARG002, N802 - the library's
        self.stream.drop()


def set_up_logs() -> LineSink:
    """Send our events and the libraries' warnings to standard error; close it at the end."""
    render = render_for_people if os.isatty(STDERR) else render_json
    sink = LineSink(STDERR, render=render)
    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact_entry,
    ]
    structlog.configure(
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        # It needs no more of a file than a sink has.
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, sink)),
    )
    handler = _Handler(sink)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.captureWarnings(capture=True)
    for name in QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    return sink


def render_json(logger: WrappedLogger, method: str, entry: EventDict) -> str:
    """Make an entry's line; a value that can't be shown costs its entry, and not the work."""
    try:
        return str(structlog.processors.JSONRenderer()(logger, method, entry))
    except Exception as error:  # noqa: BLE001 - whatever a value's own code raises
        return json.dumps(_unreadable(entry, error))


def render_for_people(logger: WrappedLogger, method: str, entry: EventDict) -> str:
    """Make an entry's line for a terminal, which must not obey what a value holds."""
    console = structlog.dev.ConsoleRenderer()
    try:
        visible: EventDict = {name: _visible(value) for name, value in entry.items()}
        return console(logger, method, visible)
    except Exception as error:  # noqa: BLE001 - as above
        return console(logger, method, _unreadable(entry, error))


def _visible(value: object) -> str:
    """Show a value without what would steer a terminal."""
    return "".join(
        each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in str(value)
    )


def _unreadable(entry: EventDict, error: Exception) -> EventDict:
    return {
        "event": "log.unreadable",
        "of": ascii(entry.get("event")),
        "kind": type(error).__name__,
        "level": "error",
        "timestamp": _now(),
    }


def hold_standard_streams() -> None:
    """Take the numbers of closed standard streams, before a database's file gets one of them.

    What a stream's own encoding lacks (PYTHONIOENCODING, an old console) is shown as a mark.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def let_go_of_streams() -> None:
    """Drop what can't be written any more; the interpreter would end with another exit code."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, stream.fileno())
            os.close(nowhere)


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
