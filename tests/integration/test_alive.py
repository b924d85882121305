"""Two processes of one database do not answer for each other's health."""

import os
import platform
import time
from pathlib import Path

import pytest

from bot.alive import Alive, all_well
from bot.storage.workers import Worker


def started(database: Path) -> tuple[Worker, Alive]:
    """Start a process that was never well yet."""
    worker = Worker(database)
    alive = Alive(database, worker.number)
    alive.begin()
    return worker, alive


def test_each_process_must_be_well_itself(tmp_path: Path) -> None:
    """One is connected and the other never was; then both; then one hangs."""
    database = tmp_path / "bot.db"
    (first, one), (second, two) = started(database), started(database)
    assert not all_well(database, time.time())
    one.show()
    assert not all_well(database, time.time())
    two.show()
    assert all_well(database, time.time())
    hung = time.time() - 46
    os.utime(tmp_path / "bot.db.alive-1", (hung, hung))
    assert not all_well(database, time.time())
    for worker in (first, second):
        worker.leave()


def test_a_dead_one_keeps_no_living_one_from_being_well(tmp_path: Path) -> None:
    """Killed, it left its file; stopped, not even that."""
    database = tmp_path / "bot.db"
    (killed, _), (living, alive), (stopped, ended) = (started(database) for _ in range(3))
    alive.show()
    killed.leave()
    ended.end()
    stopped.leave()
    assert all_well(database, time.time())
    living.leave()
    assert not all_well(database, time.time())


def test_another_machine_s_process_is_none_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container asks about the bot that runs in it, whatever becomes of the others."""
    database = tmp_path / "bot.db"
    monkeypatch.setattr(platform, "node", lambda: "the other")
    there, other = started(database)
    other.show()
    monkeypatch.undo()
    assert not all_well(database, time.time())
    here, mine = started(database)
    mine.show()
    os.utime(tmp_path / "bot.db.alive-1", (0, 0))
    assert all_well(database, time.time())
    for worker in (there, here):
        worker.leave()
