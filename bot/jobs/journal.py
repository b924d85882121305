"""What was sent to the providers, in a file beside the videos and outside the database.

A database that is restored from a backup does not know what was sent since, and would send it
again; ``bot.restored`` holds this journal against it. A line tells numbers, names of providers and
a time, never a prompt or a token.
"""

import asyncio
import contextlib
import errno
import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import structlog

from bot.errors import StorageError
from bot.exhaustion import own_files
from bot.jobs.job import Job
from bot.storage.locks import TOLD_SECONDS, holder_of

FILE_NAME = "submits.log"
KEPT = timedelta(days=60)
"""So long a line stays: what waits in a backup older than a day is not sent any more anyway."""

_AGAIN_SECONDS = 0.01

log = structlog.get_logger()


@dataclass(frozen=True)
class Submit:
    """A job of which a request was about to be sent."""

    job_id: int
    interaction_id: int
    provider: str
    at: datetime
    """When its row came to be submitting; of several, the last time."""
    request_id: str | None
    """None: no answer with a number came, or its line is missing."""


@dataclass(frozen=True)
class Told:
    """What a journal tells."""

    submits: Sequence[Submit]
    """One for each job, the oldest first."""
    highest: int
    """The highest number that a job has had; 0: there was none."""
    unreadable: int
    """So many lines could not be read."""


@dataclass(frozen=True)
class SubmitJournal:
    """The file in a folder; any number of processes write to it."""

    folder: Path

    @property
    def path(self) -> Path:
        """Tell where it is."""
        return self.folder / FILE_NAME

    async def begin(self, job: Job, at: datetime) -> None:
        """Write that a request is about to be sent; it is on the disk when this returns.

        Raises StorageFull or ResourcesExhausted: then it must not be sent.
        """
        await asyncio.to_thread(self._append, _line(job, at))

    async def accepted(self, job: Job, at: datetime, request_id: str) -> None:
        """Write the request's number, of what began at that time; a failure is only logged."""
        try:
            await asyncio.to_thread(self._append, _line(job, at, request=request_id))
        except StorageError as error:
            kind = type(error).__name__
            log.warning("journal.unanswered", job=job.id, request=request_id, error=kind)

    def read(self) -> Told:
        """Read it whole; raise StorageFull or ResourcesExhausted. Blocking."""
        with own_files():
            if not self.path.exists():
                return Told((), 0, 0)
            return read_journal(self.path.read_bytes())

    def compact(self, now: datetime) -> None:
        """Drop the lines that nobody needs any more, if there are any; all others stay. Blocking.

        Raises StorageFull or ResourcesExhausted; then it is as it was.
        """
        with own_files():
            if not self.path.exists():
                return
            with self._open() as (file, locked):
                content = _read_all(file)
                times = [
                    (submit.at, line)
                    for line in content.splitlines(keepends=True)
                    if (submit := _submit(_fields(line))) is not None
                ]
                kept = [line for at, line in times if at >= now - KEPT]
                if not locked or len(kept) == len(times):
                    return
                head = {"highest": read_journal(content).highest}
                self._replace(b"".join([_encoded(head), *kept]))

    def _append(self, fields: Mapping[str, Any]) -> None:
        """Write a line in one go, and let the disk have it."""
        with own_files():
            self.folder.mkdir(parents=True, exist_ok=True)
            with self._open() as (file, _):
                size, line = os.fstat(file).st_size, _encoded(fields)
                if size and os.pread(file, 1, size - 1) != b"\n":
                    line = b"\n" + line  # what a full disk tore must not spoil this one as well
                if os.write(file, line) != len(line):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.fsync(file)
            if not size:
                _sync_folder(self.folder)

    def _replace(self, content: bytes) -> None:
        part = self.path.with_name(f"{FILE_NAME}.part")
        with part.open("wb") as target:
            target.write(content)
            target.flush()
            os.fsync(target.fileno())
        part.replace(self.path)
        _sync_folder(self.folder)

    @contextlib.contextmanager
    def _open(self) -> Iterator[tuple[int, bool]]:
        """Open the file under a lock; tell whether there can be one here.

        Who waited for the lock while the file was replaced opens the new one.
        """
        while True:
            file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                locked = _lock(file, self.path)
                if os.fstat(file).st_ino == self.path.stat().st_ino:
                    yield file, locked
                    return
            finally:
                os.close(file)


def read_journal(content: bytes) -> Told:
    """Read lines in any order; one that was torn is counted, unless it may still be written."""
    submits: dict[tuple[int, int], Submit] = {}
    highest = unreadable = 0
    for line in content.splitlines(keepends=True):
        fields = _fields(line)
        submit = _submit(fields)
        number = fields.get("highest", 0) if submit is None else submit.job_id
        if submit is None and "highest" not in fields:
            unreadable += bool(line.strip()) and line.endswith(b"\n")
        highest = max(highest, number if isinstance(number, int) else 0)
        if submit is not None:
            key = submit.job_id, submit.interaction_id
            submits[key] = _later(submits.get(key), submit)
    told = sorted(submits.values(), key=lambda each: (each.at, each.job_id))
    return Told(told, highest, unreadable)


def _later(before: Submit | None, submit: Submit) -> Submit:
    """Keep the last of a job's submits, with the answer to it."""
    if before is None or before.at < submit.at:
        return submit
    if before.at > submit.at:
        return before
    return replace(before, request_id=submit.request_id or before.request_id)


def _line(job: Job, at: datetime, **more: str) -> Mapping[str, Any]:
    fields = {"at": at.isoformat(), "job": job.id, "interaction": job.interaction_id}
    return {**fields, "provider": job.provider, **more}


def _encoded(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, separators=(",", ":")).encode() + b"\n"


def _fields(line: bytes) -> Mapping[str, Any]:
    try:
        fields = json.loads(line)
    except ValueError:
        return {}
    return fields if isinstance(fields, dict) else {}


def _submit(fields: Mapping[str, Any]) -> Submit | None:
    """Read a line's fields; None: it tells of no submit, or nobody can say of which."""
    try:
        at = datetime.fromisoformat(fields["at"])
        job_id, interaction_id = int(fields["job"]), int(fields["interaction"])
        provider, request_id = str(fields["provider"]), fields.get("request")
    except (KeyError, TypeError, ValueError):
        return None
    if at.tzinfo is None:
        return None
    return Submit(job_id, interaction_id, provider, at, request_id and str(request_id))


def _lock(file: int, path: Path) -> bool:
    """Wait for the lock; False: this file system has none, and the file is never replaced."""
    try:
        _wait_for(file, path)
    except OSError as error:
        if error.errno not in {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP}:
            raise
        return False
    return True


def _wait_for(file: int, path: Path) -> None:
    """Take the lock; others have it for milliseconds, unless one of them has been stopped."""
    told_at = time.monotonic() + TOLD_SECONDS
    while time.monotonic() < told_at:
        try:
            return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(_AGAIN_SECONDS)
    log.warning(
        "lock.waiting",
        file=str(path),
        held_by=holder_of(path),
        advice="nothing is sent until it lets go of the journal",
    )
    return fcntl.flock(file, fcntl.LOCK_EX)


def _read_all(file: int) -> bytes:
    return os.pread(file, os.fstat(file).st_size, 0)


def _sync_folder(folder: Path) -> None:
    """Let the disk have a name, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
