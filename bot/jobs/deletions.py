"""Files that are to go: written down with what makes them nobody's, deleted after the commit.

A disk may take minutes over thousands of files, and a transaction that waits for it keeps every
order waiting. What a crash cuts off is found in the table and done at the next sweep.
"""

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Row, Table, delete, insert, literal, select

from bot.clock import Clock
from bot.delivery.archive import Archive
from bot.jobs.states import Failure, State
from bot.pictures import Fit, Pictures
from bot.storage import Database, Transaction
from bot.storage.tables import drafts, file_deletions, jobs

AT_ONCE = 200
"""So many files are deleted between two looks at the database."""

log = structlog.get_logger()


def plan_deletion(tx: Transaction, table: Table, mine: ColumnElement[bool], now: datetime) -> None:
    """Write down the files of these jobs or drafts; one statement, however many there are.

    A job's video goes by its number, a picture by its content, in the size that the job asked for.
    """
    job_id = table.c.id if table is jobs else literal(None)
    columns = ("at", "job_id", "picture", "size")
    found = select(literal(now, file_deletions.c.at.type), job_id, table.c.picture, table.c.size)
    tx.execute(insert(file_deletions).from_select(columns, found.where(mine)))


def unused_pictures(tx: Transaction, contents: Iterable[str]) -> Sequence[str]:
    """Choose the pictures that no job and no draft starts from.

    Cancelled jobs cost nothing: theirs do not count, else a member could fill the disk with them.
    One that was not cancelled by its member may offer a new try until that was told.
    """
    named = {f"{fit}:{content}": content for content in contents for fit in Fit}
    if not named:
        return []
    of_jobs = select(jobs.c.picture).where(
        jobs.c.picture.in_(named),
        (jobs.c.state != State.CANCELLED)
        | (jobs.c.told_at.is_(None) & (jobs.c.failure != Failure.CANCELLED_BY_MEMBER)),
    )
    of_drafts = select(drafts.c.picture).where(drafts.c.picture.in_(named))
    used = {named[name] for query in (of_jobs, of_drafts) for name in tx.scalars(query)}
    return [content for content in dict.fromkeys(named.values()) if content not in used]


async def delete_files(database: Database, archive: Archive, pictures: Pictures) -> int:
    """Delete what was written down, as far as nothing has come to need it since; count it.

    A file that cannot be deleted stays written down. Raises StorageError.
    """
    last, gone = 0, 0
    while planned := await database.read_long(_planned, last):
        last = planned[-1].id
        contents = [content_of(row.picture) for row in planned if row.picture is not None]
        unused = set(await database.read_long(unused_pictures, contents))
        done = await asyncio.to_thread(_delete, planned, unused, archive, pictures)
        await database.write(_strike, done)
        gone += len(done)
    return gone


async def sweep_pictures(database: Database, clock: Clock, pictures: Pictures, age: float) -> None:
    """Delete pictures older than so many seconds that nothing starts from, half ones too.

    A picture is received before its order is accepted, so that many are never used.
    """
    before = clock.now() - timedelta(seconds=age)
    old = await asyncio.to_thread(pictures.older, before)
    for first in range(0, len(old), AT_ONCE):
        unused = await database.read_long(unused_pictures, old[first : first + AT_ONCE])
        await asyncio.to_thread(pictures.delete_older, unused, before)


def _planned(tx: Transaction, after: int) -> Sequence[Row[Any]]:
    found = select(file_deletions).where(file_deletions.c.id > after)
    return tx.execute(found.order_by(file_deletions.c.id).limit(AT_ONCE)).all()


def _delete(
    planned: Sequence[Row[Any]], unused: set[str], archive: Archive, pictures: Pictures
) -> list[int]:
    """Delete the files of these rows; list the rows that are done with. Blocking."""
    done = []
    for row in planned:
        try:
            if row.job_id is not None:
                archive.delete(row.job_id)
            if row.picture is not None and content_of(row.picture) in unused:
                pictures.delete(row.picture, row.size, row.at)
        except OSError as error:
            log.warning("deletion.failed", job=row.job_id, kind=type(error).__name__)
        else:
            done.append(row.id)
    return done


def _strike(tx: Transaction, ids: Sequence[int]) -> None:
    tx.execute(delete(file_deletions).where(file_deletions.c.id.in_(ids)))


def content_of(picture: str) -> str:
    """Tell the content by which a picture is named, however it is fitted."""
    return picture.split(":")[1]
