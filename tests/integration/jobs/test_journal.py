"""The journal of what was sent, beside the database; and a backup that knows less than it."""

import asyncio
import fcntl
import json
import multiprocessing
import os
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.credits import Rules, Terms
from bot.credits.approvals import ask
from bot.credits.ledger import Posting
from bot.errors import NotSubmitted
from bot.jobs.job import Job
from bot.jobs.journal import FILE_NAME, KEPT, SubmitJournal, read_journal
from bot.jobs.stages import Rest, Stage
from bot.jobs.states import Failure, State
from bot.jobs.submit import UNWRITTEN_REST_SECONDS, submit
from bot.restored import hold_back_if_restored, let_go_on
from tests.books import balances, query
from tests.disk import files_up_to
from tests.handles import no_handles_left
from tests.integration.jobs.conftest import PRICE, Works
from tests.integration.jobs.driving import quiet, running

AT = datetime(2026, 11, 20, tzinfo=UTC)

Logs = Sequence[Mapping[str, Any]]


def lines(works: Works) -> list[dict[str, Any]]:
    """Read the journal as an operator would."""
    text = works.bench.journal.path.read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def line(job_id: int, when: datetime = AT, **more: Any) -> bytes:
    """Write a line as the journal has it."""
    about = {"at": when.isoformat(), "job": job_id, "interaction": 1, "provider": "segmind"}
    fields = {**about, **more}
    return json.dumps(fields).encode() + b"\n"


def copy(source: Path, target: Path) -> Path:
    """Copy a database as ``sqlite3 FILE ".backup COPY"`` does, over what is there."""
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
    return target


async def backed_up(works: Works) -> Path:
    """Make a backup of the database as it is now."""
    file = works.database.path
    return await asyncio.to_thread(copy, file, file.with_name("copy.db"))


async def restored(works: Works, backup: Path) -> Works:
    """Put the backup in the database's place, and give the process that starts after that."""
    await asyncio.to_thread(copy, backup, works.database.path)
    return works.restarted()


async def start(works: Works) -> None:
    """Start as the application does, and let all be done that is due."""
    await hold_back_if_restored(works.bench)
    async with running(works, recovering=True) as tracker:
        await quiet(works, tracker)


def letters(works: Works) -> list[str]:
    """List what the operator is to be told."""
    found = query(works.database.path, "SELECT data FROM outbox WHERE kind = 'operator'")
    return [json.loads(data)["text"] for (data,) in found]


async def test_the_journal_knows_of_a_request_before_it_is_sent(works: Works) -> None:
    """The job's number first, the request's after the answer; neither a prompt nor a token."""
    job = await works.held()
    gate = works.provider.on_submit.hold("their-id")
    step = asyncio.create_task(submit(works.bench, job))
    await gate.reached.wait()
    about = {"job": job.id, "interaction": job.interaction_id, "provider": "segmind"}
    about["at"] = works.clock.now().isoformat()
    assert lines(works) == [about]
    gate.release()
    await step
    assert lines(works) == [about, {**about, "request": "their-id"}]
    [submitted] = works.bench.journal.read().submits
    assert (submitted.job_id, submitted.request_id) == (job.id, "their-id")
    assert works.bench.journal.path.stat().st_mode & 0o077 == 0


async def test_who_waits_for_the_journal_says_so(works: Works, logs: Logs) -> None:
    """A process that was stopped in the middle keeps all others from sending: it is named."""
    job = await works.held()
    works.bench.journal.folder.mkdir(exist_ok=True)
    with works.bench.journal.path.open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        begun = asyncio.create_task(works.bench.journal.begin(job, AT))
        while not logs:  # noqa: ASYNC110 - a thread says it
            await asyncio.sleep(0.01)
    await begun
    [said] = logs
    assert said["event"] == "lock.waiting"
    assert said["file"] == str(works.bench.journal.path)
    assert said["held_by"] == f"process {os.getpid()}"
    assert [each["job"] for each in lines(works)] == [job.id]


async def test_where_the_disk_is_full_nothing_is_sent(works: Works, logs: Logs) -> None:
    """The job waits on, as often as it must, and goes once there is room; pieces spoil nothing."""
    job = await works.held()
    journal = works.bench.journal
    journal.folder.mkdir()
    journal.path.write_bytes(b" " * 2_000_000 + b"\n")
    for _ in range(10):
        with files_up_to(journal.path.stat().st_size + 20):  # room for a piece of it
            assert await submit(works.bench, job) == Rest("segmind", UNWRITTEN_REST_SECONDS)
        assert await works.state(job) is State.HELD
    assert works.provider.submits == []
    assert works.bench.failures[job.id, Stage.SUBMIT] == 0
    assert balances(works.database.path)["held"] == PRICE
    assert [each["event"] for each in logs].count("journal.unwritten") == 10

    await submit(works.bench, job)
    assert await works.state(job) is State.QUEUED
    told = journal.read()
    assert [each.request_id for each in told.submits] == ["request-1"]
    assert told.unreadable == 10


async def test_without_a_handle_for_it_nothing_is_sent(works: Works, logs: Logs) -> None:
    """It is our own lack: the job waits on, and the operator is told what is missing."""
    job = await works.held()
    await works.jobs.history(job.payer)  # whatever opens files once has done so
    works.bench.journal.folder.mkdir()
    with no_handles_left():
        rest = await submit(works.bench, job)
    assert rest == Rest("segmind", UNWRITTEN_REST_SECONDS)
    assert await works.state(job) is State.HELD
    assert works.provider.submits == []
    assert "resources.exhausted" in [each["event"] for each in logs]


async def test_an_answer_that_the_journal_does_not_take_is_kept_in_the_row(
    works: Works, logs: Logs
) -> None:
    """The row is the truth; the journal is for a row that is gone."""
    job = await works.held()
    journal = works.bench.journal
    gate = works.provider.on_submit.hold("their-id")
    step = asyncio.create_task(submit(works.bench, job))
    await gate.reached.wait()
    journal.path.unlink()
    journal.path.mkdir()
    gate.release()
    await step
    assert (await works.job(job.id)).request_id == "their-id"
    [told] = [each for each in logs if each["event"] == "journal.unanswered"]
    assert (told["job"], told["request"]) == (job.id, "their-id")


def test_torn_lines_are_passed_over() -> None:
    """The last may still be written; another is counted, and the lines around it are read."""
    torn = line(2)[:30]
    told = read_journal(line(1) + torn + b"\n" + b"[]\n\n" + line(3, request="r") + torn)
    assert [(each.job_id, each.request_id) for each in told.submits] == [(1, None), (3, "r")]
    assert (told.highest, told.unreadable) == (3, 2)
    for fields in ({"at": "2026-11-20"}, {"at": 5}, {"job": None}, {"interaction": "x"}):
        assert read_journal(line(1, **fields)).submits == []
    assert read_journal(b"\xff\xfe\n").unreadable == 1


def test_of_a_job_that_was_sent_twice_the_last_time_counts() -> None:
    """An answer belongs to the submit of its time, whatever the order of the lines."""
    later = AT + timedelta(minutes=1)
    content = line(1, request="first") + line(1, later) + line(1) + line(1, later, request="second")
    [submitted] = read_journal(content).submits
    assert (submitted.at, submitted.request_id) == (later, "second")


def append_many(folder: Path, numbers: range, job: Job) -> None:
    """Write many lines, as a process of its own."""
    journal = SubmitJournal(folder)
    for number in numbers:
        asyncio.run(journal.begin(job, AT + timedelta(days=100, seconds=number)))


async def test_several_processes_write_while_another_drops_old_lines(
    works: Works, tmp_path: Path
) -> None:
    """No line is torn, and none gets lost with the file that was replaced."""
    job = await works.held()
    journal, count = SubmitJournal(tmp_path), 150
    context = multiprocessing.get_context("spawn")
    others = [
        context.Process(target=append_many, args=(tmp_path, range(start, start + count), job))
        for start in (0, count)
    ]
    for each in others:
        each.start()
    old = 0
    while any(each.is_alive() for each in others):
        await journal.begin(job, AT)
        await asyncio.to_thread(journal.compact, AT + timedelta(days=99))
        old += 1
    for each in others:
        each.join()
        assert each.exitcode == 0
    assert old > 1
    kept = [json.loads(each) for each in journal.path.read_bytes().splitlines()]
    times = sorted(each["at"] for each in kept if "job" in each)
    assert times == [(AT + timedelta(days=100, seconds=i)).isoformat() for i in range(2 * count)]


def test_lines_that_nobody_needs_any_more_go_and_the_highest_number_stays(tmp_path: Path) -> None:
    """A submit and its answer go together; without an old line the file is left alone."""
    journal = SubmitJournal(tmp_path)
    journal.compact(AT)
    assert list(tmp_path.iterdir()) == []
    young = line(2, AT + KEPT) + line(2, AT + KEPT, request="r")
    journal.path.write_bytes(line(70) + line(3, request="r") + young)
    before = journal.path.stat().st_ino
    journal.compact(AT + KEPT)
    assert journal.path.stat().st_ino == before
    journal.compact(AT + KEPT + timedelta(seconds=1))
    assert journal.path.read_bytes() == b'{"highest":70}\n' + young
    journal.compact(AT + 3 * KEPT)
    assert journal.path.read_bytes() == b'{"highest":70}\n'
    assert journal.read().highest == 70
    assert [each.name for each in tmp_path.iterdir()] == [FILE_NAME]


async def test_a_start_finds_nothing_where_the_rows_know_it_all(works: Works, logs: Logs) -> None:
    """A job that came back into the line, one that was cut off, and one that was made."""
    back, cut, made = [await works.held() for _ in range(3)]
    works.provider.on_submit.plan(NotSubmitted("no connection"))
    await submit(works.bench, back)
    works.provider.on_submit.hold()
    step = asyncio.create_task(submit(works.bench, cut))
    await works.provider.submits.reach(2)
    step.cancel()
    await asyncio.wait({step})
    await submit(works.bench, made)
    works = works.restarted()
    await start(works)
    assert await works.state(cut) is State.LOST
    assert await works.state(back) is State.QUEUED
    assert "journal.ahead" not in [each["event"] for each in logs]
    assert letters(works) == []


async def test_after_an_old_backup_nothing_is_sent_twice(works: Works, logs: Logs) -> None:
    """What was sent is lost, all that waits is held until the operator has looked, and goes on."""
    sent, waiting = await works.held(), await works.held()
    backup = await backed_up(works)
    await submit(works.bench, sent)
    gone = await works.held()
    await submit(works.bench, gone)

    works = await restored(works, backup)
    await start(works)
    after = await works.job(sent.id)
    assert (after.state, after.failure) == (State.LOST, Failure.OUTCOME_UNKNOWN)
    assert works.messenger.changes[-1] == sent.id
    assert await works.state(waiting) is State.HELD
    new = await works.held()
    assert new.id > gone.id
    [told] = [each for each in logs if each["event"] == "journal.ahead"]
    assert (told["jobs"], told["lost"]) == ([sent.id, gone.id], [sent.id])
    assert told["requests"] == ["request-1", "request-2"]
    [letter] = letters(works)
    assert f"of jobs {sent.id} to {gone.id}" in letter
    assert "sora-bot resume" in letter

    works = works.restarted()
    await start(works)
    assert {await works.state(job) for job in (waiting, new)} == {State.HELD}
    assert len(works.provider.submits) == 2
    assert len(letters(works)) == 1

    assert await let_go_on(works.database, works.bench.journal) == 2
    assert await let_go_on(works.database, works.bench.journal) is None
    works = works.restarted()
    await start(works)
    assert {await works.state(job) for job in (waiting, new)} == {State.QUEUED}
    assert len(works.provider.submits) == 4
    assert len([each for each in logs if each["event"] == "journal.ahead"]) == 2


async def test_a_running_process_holds_back_as_well(works: Works) -> None:
    """The fact is in the database that they share; what is being made ready is not sent."""
    job = await works.held()
    gate = works.provider.on_turn.hold()
    step = asyncio.create_task(submit(works.bench, job))
    await gate.reached.wait()
    works.bench.journal.folder.mkdir()
    works.bench.journal.path.write_bytes(line(99, works.clock.now()))
    await hold_back_if_restored(works.bench)
    gate.release()
    assert await step is None
    async with running(works) as tracker:
        await quiet(works, tracker)
    assert await works.state(job) is State.HELD
    assert works.provider.submits == []
    assert (await works.held()).id > 99


async def test_no_rule_of_the_moment_keeps_what_was_sent_in_the_line(works: Works) -> None:
    """In a server that was paused, too, it would be sent again later; a question is closed."""
    sent, asked = await works.held(), await works.held()
    backup = await backed_up(works)
    for each in (sent, asked):
        await submit(works.bench, each)
    works = await restored(works, backup)
    rules = Rules(works.database, works.clock, Terms(500, "month"))
    await rules.change_settings(sent.guild_id, 9, "", paused=True)
    now = works.clock.now()
    posting = Posting(now, 9, "", asked.id)
    await works.database.write(ask, asked.payer, PRICE, now + timedelta(hours=1), posting)
    await hold_back_if_restored(works.bench)
    assert {await works.state(job) for job in (sent, asked)} == {State.LOST}
    assert balances(works.database.path)["held"] == 0
    assert query(works.database.path, "SELECT verdict FROM approvals") == [("withdrawn",)]


async def test_another_job_of_the_same_number_is_not_lost(works: Works) -> None:
    """A line from before it was asked for tells nothing; a later one, that rows are missing."""
    job = await works.held()
    works.bench.journal.folder.mkdir()
    works.bench.journal.path.write_bytes(line(job.id, works.clock.now() - timedelta(hours=1)))
    await hold_back_if_restored(works.bench)
    assert letters(works) == []
    works.bench.journal.path.write_bytes(line(job.id, works.clock.now() + timedelta(hours=1)))
    await hold_back_if_restored(works.bench)
    assert len(letters(works)) == 1
    assert await works.state(job) is State.HELD


async def test_what_waits_beyond_its_deadline_ends_though_it_is_held_back(works: Works) -> None:
    """An operator who never looks leaves nobody's credits held for ever."""
    sent, waiting = await works.held(), await works.held()
    backup = await backed_up(works)
    await submit(works.bench, sent)
    works = await restored(works, backup)
    await hold_back_if_restored(works.bench)
    works.clock.advance(86_400)
    await start(works)
    after = await works.job(waiting.id)
    assert (after.state, after.failure) == (State.CANCELLED, Failure.WAITED_TOO_LONG)
    assert balances(works.database.path)["held"] == 0
    assert len(works.provider.submits) == 1


@pytest.mark.parametrize("content", [b"", b"\n\n", b"no journal at all\n"])
async def test_a_journal_that_tells_nothing_holds_nothing_back(
    works: Works, content: bytes
) -> None:
    """An empty one, and one that something else has written into."""
    works.bench.journal.folder.mkdir()
    works.bench.journal.path.write_bytes(content)
    job = await works.held()
    works = works.restarted()
    await start(works)
    assert await works.state(job) is State.QUEUED
