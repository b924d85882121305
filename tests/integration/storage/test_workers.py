"""A number for each living process; that of a dead one is free at once."""

import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs
from structlog.typing import EventDict

from bot.storage.migrate import migrate
from bot.storage.workers import Worker
from tests.users import NOBODY, as_nobody, needs_root, shared_folder

HOLD = """
import sys
from pathlib import Path
from bot.storage.locks import hold_lock
with hold_lock(Path(sys.argv[1]), "migrating"):
    print("held", flush=True)
    sys.stdin.read()
"""
"""A process that keeps the lock of those who migrate until its input ends."""

CLAIM = """
import sys
from pathlib import Path
from bot.storage.workers import Worker
worker = Worker(Path(sys.argv[1]))
print(worker.number, flush=True)
sys.stdin.read()
"""
"""A process that takes a number, tells it, and lives until its input ends."""


def start(database: Path) -> tuple[subprocess.Popen[bytes], int]:
    """Start a process that takes a number."""
    command = [sys.executable, "-c", CLAIM, str(database)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - ours
    assert process.stdout is not None
    return process, int(process.stdout.readline())


def test_the_first_has_number_one_and_has_it_again_after_leaving(tmp_path: Path) -> None:
    """A restart finds its own jobs by the number that it had."""
    database = tmp_path / "bot.db"
    first = Worker(database)
    assert first.number == 1
    first.leave()
    again = Worker(database)
    assert again.number == 1
    again.leave()


def test_a_number_that_is_held_cannot_be_taken(tmp_path: Path) -> None:
    """Neither one's own nor another's; a free one can, and is free again when it is released."""
    database = tmp_path / "bot.db"
    first, second = Worker(database), Worker(database)
    assert (first.number, second.number) == (1, 2)
    assert first.try_lock(1) is None
    assert first.try_lock(2) is None
    lock = first.try_lock(3)
    assert lock is not None
    assert second.try_lock(3) is None
    lock.release()
    third = Worker(database)
    assert third.number == 3
    for worker in (first, second, third):
        worker.leave()


def test_the_least_free_number_is_taken(tmp_path: Path) -> None:
    """Numbers do not grow with every restart."""
    database = tmp_path / "bot.db"
    workers = [Worker(database) for _ in range(3)]
    workers[1].leave()
    workers[1] = Worker(database)
    assert [worker.number for worker in workers] == [1, 2, 3]
    for worker in workers:
        worker.leave()


def test_the_number_of_a_killed_process_is_free_at_once(tmp_path: Path) -> None:
    """A living one keeps its number; after kill -9 nothing has to run out first."""
    database = tmp_path / "bot.db"
    process, number = start(database)
    assert number == 1
    mine = Worker(database)
    assert mine.number == 2
    assert mine.try_lock(1) is None
    process.kill()
    process.communicate()
    lock = mine.try_lock(1)
    assert lock is not None
    lock.release()
    mine.leave()


def test_each_database_has_numbers_of_its_own(tmp_path: Path) -> None:
    """Two bots in one folder do not know of each other."""
    workers = [Worker(tmp_path / name) for name in ("one.db", "two.db")]
    assert [worker.number for worker in workers] == [1, 1]
    for worker in workers:
        worker.leave()


@needs_root
def test_another_user_s_lock_is_passed_over_and_named() -> None:
    """Whether its process lives cannot be told: neither its number nor its jobs are taken."""
    with shared_folder(0o777) as folder, capture_logs() as logs:
        database = folder / "bot.db"
        held = folder / "bot.db.worker-1.lock"
        held.touch(0o600)
        with as_nobody():
            worker = Worker(database)
            assert worker.number == 2
            assert worker.try_lock(1) is None
            worker.leave()
    [line] = logs
    assert line["event"] == "lock.foreign"
    assert line["file"] == str(held)
    assert f"sudo chown {NOBODY}:" in line["advice"]


@needs_root
def test_a_folder_that_cannot_be_written_ends_the_search_for_a_number() -> None:
    """No number would do."""
    with shared_folder() as folder, as_nobody(), pytest.raises(PermissionError):
        Worker(folder / "bot.db")


def test_who_waits_for_a_lock_says_for_which(database_file: Path) -> None:
    """A start that hangs behind another's migration names the file and the process."""
    process = subprocess.Popen(  # noqa: S603 - ours
        [sys.executable, "-c", HOLD, str(database_file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    said = threading.Event()
    entries: list[Mapping[str, Any]] = []

    def keep(_: object, __: str, entry: EventDict) -> EventDict:
        entries.append(entry)
        said.set()
        raise structlog.DropEvent

    structlog.configure(processors=[keep])
    waiting = threading.Thread(target=migrate, args=(database_file,))
    waiting.start()
    try:
        assert said.wait(10)
        assert waiting.is_alive()
        process.communicate()
        waiting.join(10)
        assert not waiting.is_alive()
    finally:
        structlog.reset_defaults()
    [line] = entries
    assert line["event"] == "lock.waiting"
    assert line["file"] == f"{database_file}.migrating.lock"
    assert line["held_by"] == f"process {process.pid}"
