"""Two processes of one database do not answer for each other's health."""

import os
import platform
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.alive import Alive, all_well
from bot.storage.workers import Worker
from tests.users import NOBODY, as_nobody, needs_root, shared_folder


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


def test_a_sign_from_the_future_tells_nothing(tmp_path: Path) -> None:
    """After the clock was set back, what hangs would be called well until it has caught up."""
    database = tmp_path / "bot.db"
    worker, alive = started(database)
    ahead = time.time() + 3600
    os.utime(tmp_path / "bot.db.alive-1", (ahead, ahead))
    assert not all_well(database, time.time())
    alive.show()
    assert all_well(database, time.time())
    worker.leave()


def test_a_sign_that_somebody_deletes_comes_back(tmp_path: Path) -> None:
    """By whatever tidies the folder up."""
    database = tmp_path / "bot.db"
    worker, alive = started(database)
    (tmp_path / "bot.db.alive-1").unlink()
    alive.show()
    assert all_well(database, time.time())
    worker.leave()


@needs_root
def test_another_user_s_sign_is_replaced() -> None:
    """Left by a first start as root, in a folder that is the bot's."""
    with shared_folder(0o777) as folder:
        database = folder / "bot.db"
        sign = folder / "bot.db.alive-1"
        sign.write_text("another machine")
        sign.chmod(0o600)
        with as_nobody():
            worker, alive = started(database)
            alive.show()
            assert all_well(database, time.time())
            alive.end()
            worker.leave()


@needs_root
def test_a_sign_that_cannot_be_shown_is_logged_once_and_kills_nobody() -> None:
    """In a folder where nobody may delete another's files; the word is the owner and the remedy."""
    with shared_folder(0o1777) as folder, capture_logs() as logs:
        database = folder / "bot.db"
        sign = folder / "bot.db.alive-1"
        sign.write_text("another machine")
        sign.chmod(0o600)
        with as_nobody():
            worker, alive = started(database)
            alive.show()
            alive.show()
            assert not all_well(database, time.time())
            alive.end()
            worker.leave()
    [line] = logs
    assert line["event"] == "alive.unshown"
    assert line["file"] == str(sign)
    assert f"sudo chown {NOBODY}:" in line["advice"]
    assert "belongs to user 0" in line["advice"]
