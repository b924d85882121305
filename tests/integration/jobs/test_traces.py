"""What was deleted stands nowhere: not in the database, its log, or a backup made later."""

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, update

from bot.jobs import rows
from bot.jobs.guilds import KEPT, forget_departed
from bot.jobs.privacy import Privacy
from bot.jobs.states import Failure, State
from bot.storage import Database, Transaction
from bot.storage.migrate import _back_up
from bot.storage.retention import delete_outlived
from bot.storage.tables import departed_guilds, jobs, messages
from tests.files import read
from tests.integration.jobs.conftest import ADA, BEN, Works

Logs = Sequence[Mapping[str, Any]]

PROMPTS = [f"PARTY-{number:04}-" + "of which nobody knows " * (number % 90) for number in range(60)]
TOKEN = "aW50ZXJhY3Rpb24-live"


async def wrote(works: Works) -> None:
    """Let jobs of two members end, with prompts of all lengths and live tokens."""
    for number, prompt in enumerate(PROMPTS):
        job = await works.submitting(BEN if number % 3 else ADA)
        await works.bench.end(job, State.LOST, Failure.OUTCOME_UNKNOWN)
        await works.database.write(rows.update_job, job.id, told_at=works.clock.now())
        await works.database.write(written, job.id, prompt)


def written(tx: Transaction, job_id: int, prompt: str) -> None:
    """Write what a member typed, and the token by which they are answered."""
    tx.execute(update(jobs).where(jobs.c.id == job_id).values(prompt=prompt))
    tx.execute(
        update(messages).where(messages.c.job_id == job_id).values(token=f"{TOKEN}-{prompt[:10]}")
    )


def left(tx: Transaction, guild_id: int, at: datetime) -> None:
    """Take note that the bot was removed from a server."""
    tx.execute(insert(departed_guilds).values(guild_id=guild_id, at=at))


def traces(path: Path) -> set[bytes]:
    """Read which prompts' beginnings stand in a database's files, with a backup made just now."""
    _back_up(path, "now")
    content = b"".join(read(file) for file in path.parent.glob(f"{path.name}*") if file.is_file())
    return {prompt[:10].encode() for prompt in PROMPTS if prompt[:10].encode() in content}


async def test_a_member_s_prompts_are_overwritten(works: Works) -> None:
    """Those of others stay, and so does what they need."""
    await wrote(works)
    before = await asyncio.to_thread(traces, works.database.path)
    assert len(before) == len(PROMPTS)
    bench = works.bench

    await Privacy(works.database, works.clock, bench.archive, bench.pictures).forget(ADA)

    kept = await asyncio.to_thread(traces, works.database.path)
    assert kept == {prompt[:10].encode() for n, prompt in enumerate(PROMPTS) if n % 3}


async def test_a_server_s_prompts_are_overwritten(works: Works) -> None:
    """After its time, and with the rows that have outlived theirs."""
    await wrote(works)
    now = works.clock.now()
    await works.database.write(left, ADA.guild_id, now - KEPT)

    await forget_departed(works.database, now)
    await delete_outlived(works.database, now + timedelta(days=100))

    assert await works.database.overwrite_deleted()
    assert await asyncio.to_thread(traces, works.database.path) == set()


async def test_who_reads_an_older_state_keeps_the_log_for_now(
    works: Works, logs: Logs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the member nor another's order waits for them; it is said, and done later."""
    monkeypatch.setattr("bot.storage.database.EMPTY_AGAIN_SECONDS", (0.0,))
    await wrote(works)
    bench = works.bench
    privacy = Privacy(works.database, works.clock, bench.archive, bench.pictures)
    with closing(sqlite3.connect(works.database.path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM jobs").fetchall()
        await privacy.forget(ADA)
        assert [each["log_level"] for each in logs if each["event"] == "deletion.log_kept"] == [
            "warning"
        ]
        await works.held(BEN)
    assert await works.database.overwrite_deleted()
    assert len(await asyncio.to_thread(traces, works.database.path)) == len(PROMPTS) * 2 // 3


async def test_a_copy_of_another_process_reads_on(works: Works) -> None:
    """The log's end takes nothing from a process that comes or goes meanwhile."""
    await wrote(works)
    other = Database(f"sqlite+aiosqlite:///{works.database.path}")
    await other.open()
    assert await works.database.overwrite_deleted()
    assert (await other.read(rows.get_job, 1)).prompt == PROMPTS[0]
    await other.close()
