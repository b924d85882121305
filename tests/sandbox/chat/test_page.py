"""The page's server: where it listens, and what it reads beside the bot."""

import sqlite3
from pathlib import Path

import pytest

from bot.sandbox.chat import ChatPage, Person
from bot.sandbox.chat.books import Books
from tests.sandbox.chat.conftest import Door, Scene, Switch, Visitor

TABLES = """
CREATE TABLE accounts (id INTEGER PRIMARY KEY, kind TEXT, member_id INTEGER);
CREATE TABLE entries (id INTEGER PRIMARY KEY, at TEXT, kind TEXT, amount INTEGER, job_id INTEGER,
    reason TEXT, from_account INTEGER, to_account INTEGER);
CREATE TABLE jobs (id INTEGER PRIMARY KEY, state TEXT, failure TEXT, model TEXT, provider TEXT,
    duration_seconds INTEGER, size TEXT, price INTEGER, prompt TEXT, created_at TEXT,
    member_id INTEGER);
CREATE TABLE job_events (id INTEGER PRIMARY KEY, job_id INTEGER, at TEXT, from_state TEXT,
    to_state TEXT, note TEXT);
INSERT INTO accounts VALUES (1, 'allowance', 1150000000000000001), (2, 'held', 1150000000000000001);
INSERT INTO entries VALUES (1, '2026-11-20 10:00:00.000000', 'hold', 40, 1, '', 1, 2);
INSERT INTO jobs VALUES (1, 'queued', NULL, 'sora-2', 'segmind', 4, '720x1280', 40, 'a cat',
    '2026-11-20 10:00:00.000000', 1150000000000000001);
INSERT INTO job_events VALUES (1, 1, '2026-11-20 10:00:00.000000', NULL, 'held', ''),
    (2, 1, '2026-11-20 10:00:01.000000', 'held', 'queued', 'sent');
"""


def make_books(file: Path) -> sqlite3.Connection:
    """Make a bot's file, as far as the page reads it, in the bot's own journal mode."""
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(TABLES)
    return connection


async def test_ports_that_are_taken_are_stepped_over(scene: Scene, tmp_path: Path) -> None:
    """A second page listens on the next port."""
    second = ChatPage(
        discord=scene.discord,
        people=[Person(scene.ada, "a member")],
        bot=Switch(),
        providers={},
        underneath=tmp_path / "none.db",
        port=scene.page.port,
    )
    async with second:
        assert scene.page.port < second.port <= scene.page.port + 50


async def test_a_page_can_be_opened_again_after_it_was_closed(scene: Scene, door: Door) -> None:
    """Nothing of the first time is in the way."""
    await scene.page.close()
    await scene.page.start()

    visitor = await door.enter()

    assert await visitor.value("messages") == []


async def test_the_books_are_read_beside_the_bot(tmp_path: Path) -> None:
    """Jobs come with their events, entries with both sides; times with their zone, ids as text."""
    books, file = Books(tmp_path / "bot.db"), tmp_path / "bot.db"
    assert await books.read() == {"jobs": [], "entries": []}
    written = make_books(file)

    read = await books.read()

    [job], [entry] = read["jobs"], read["entries"]
    assert (job["state"], job["member_id"]) == ("queued", "1150000000000000001")
    assert [event["to_state"] for event in job["events"]] == ["held", "queued"]
    assert job["created_at"] == "2026-11-20T10:00:00.000000Z"
    assert (entry["from_kind"], entry["to_kind"], entry["amount"]) == ("allowance", "held", 40)

    with written:
        written.execute("UPDATE jobs SET state = 'processing'")
    assert (await books.read())["jobs"][0]["state"] == "processing"
    written.close()
    books.close()


async def test_the_books_can_only_be_read(tmp_path: Path) -> None:
    """The page could not change the bot's file if it tried."""
    make_books(tmp_path / "bot.db").close()
    books = Books(tmp_path / "bot.db")
    await books.read()
    assert books._connection is not None
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        books._connection.execute("DELETE FROM jobs")
    books.close()


async def test_a_file_that_is_still_being_made_shows_nothing_yet(tmp_path: Path) -> None:
    """Tables that are not there are waited for, without an error."""
    file = tmp_path / "bot.db"
    sqlite3.connect(file).close()
    books = Books(file)
    assert (await books.read())["jobs"] == []

    make_books(file).close()

    assert len((await books.read())["jobs"]) == 1
    books.close()


async def test_what_happens_underneath_is_told_as_it_changes(
    scene: Scene, visitor: Visitor
) -> None:
    """The books, the calls and the bot's state reach the page by themselves."""
    assert (await visitor.value("books"))["jobs"] == []
    assert await visitor.value("bot") == {"running": True, "connected": False}
    make_books(scene.page.underneath).close()

    assert [job["id"] for job in (await visitor.value("books"))["jobs"]] == [1]
    assert await visitor.ask("kill") == {}
    assert await visitor.value("bot") == {"running": False, "connected": False}
    assert await visitor.ask("start") == {}
    assert (await visitor.value("bot"))["running"]
