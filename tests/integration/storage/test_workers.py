"""A number for each living process; that of a dead one is free at once."""

import subprocess
import sys
from pathlib import Path

from bot.storage.workers import Worker

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
