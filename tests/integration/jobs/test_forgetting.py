"""A member's files go after the commit: no order waits for them, and no crash keeps one."""

import asyncio
import itertools
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event

from bot.delivery.archive import LEFTOVER_SECONDS, Archive
from bot.jobs import rows
from bot.jobs.deletions import delete_files, sweep_pictures
from bot.jobs.job import Job
from bot.jobs.privacy import Privacy
from bot.jobs.states import Failure, State
from tests.books import query
from tests.files import names_in, write
from tests.integration.jobs.conftest import ADA, BEN, FilmServer, Works
from tests.pictures import encoded, noise

_numbers = itertools.count()


@dataclass(frozen=True)
class SlowArchive(Archive):
    """An archive on a disk that takes its time."""

    asked: threading.Event = field(default_factory=threading.Event)
    go_on: threading.Event = field(default_factory=threading.Event)

    def delete(self, job_id: int) -> None:
        """Delete a video, once it may."""
        self.asked.set()
        self.go_on.wait()
        super().delete(job_id)


def privacy(works: Works, archive: Archive | None = None) -> Privacy:
    """Put the part together."""
    bench = works.bench
    return Privacy(works.database, works.clock, archive or bench.archive, bench.pictures)


async def over(works: Works, picture: str | None = None) -> Job:
    """Write a job that is over and was told, and a file where its video would be."""
    job = await works.submitting(ADA, picture)
    await works.bench.end(job, State.LOST, Failure.OUTCOME_UNKNOWN)
    await works.database.write(rows.update_job, job.id, told_at=works.clock.now())
    await asyncio.to_thread(write, works.bench.archive.path(job.id), b"a film")
    return job


async def received(works: Works, films: FilmServer, days_ago: float = 2) -> str:
    """Receive another picture, some days ago, and fit it to the size of the cheapest video."""
    films.script.plan(encoded(noise(64, 64 + next(_numbers)), "PNG"))
    picture = await works.bench.pictures.receive(films.url)
    await works.bench.pictures.fitted(picture, works.order(pictured=True).size)
    then = (works.clock.now() - timedelta(days=days_ago)).timestamp()
    for path in works.bench.pictures.folder.glob(f"{picture.split(':')[1]}.*"):
        os.utime(path, (then, then))
    return picture


async def pictures(works: Works) -> list[str]:
    """List the files of pictures."""
    return await asyncio.to_thread(names_in, works.bench.pictures.folder)


async def videos(works: Works) -> list[str]:
    """List the files of videos."""
    found = await asyncio.to_thread(names_in, works.bench.archive.folder)
    return [name for name in found if name.endswith(".mp4")]


def planned(works: Works) -> Sequence[tuple[Any, ...]]:
    """List what is still to be deleted: whose video, and which picture."""
    statement = "SELECT job_id, picture FROM file_deletions ORDER BY id"
    return query(works.database.path, statement)


async def test_an_order_waits_for_no_file(works: Works) -> None:
    """A disk takes as long as it likes over a member's videos: orders and reads go on."""
    job = await over(works)
    archive = SlowArchive(works.bench.archive.folder)
    forgetting = asyncio.create_task(privacy(works, archive).forget(ADA))
    assert await asyncio.to_thread(archive.asked.wait, 10)

    held = await works.held(BEN)

    assert await works.state(held) is State.HELD
    assert (await works.job(job.id)).forgotten
    assert not forgetting.done()
    archive.go_on.set()
    assert (await forgetting).ended == 1
    assert await videos(works) == []


async def test_what_was_cut_off_is_deleted_at_the_next_start(
    works: Works, films: FilmServer
) -> None:
    """The process is killed between the commit and the first file: nothing is forgotten of it."""
    picture = await received(works, films)
    job = await over(works, picture)
    part = privacy(works)
    await works.database.write(part._forget, ADA, 0)
    assert await videos(works) == [f"{job.id}.mp4"]
    assert planned(works) == [(job.id, picture)]

    gone = await delete_files(works.database, works.bench.archive, works.bench.pictures)

    assert gone == 1
    assert (await videos(works), await pictures(works), planned(works)) == ([], [], [])


async def test_a_file_that_cannot_be_deleted_is_tried_again(works: Works) -> None:
    """It stands in the way of no other, and stays written down until it is gone."""
    stuck, other = await over(works), await over(works)
    path = works.bench.archive.path(stuck.id)
    await asyncio.to_thread(path.unlink)
    await asyncio.to_thread(path.mkdir)

    await privacy(works).forget(ADA)

    assert await videos(works) == [f"{stuck.id}.mp4"]
    assert planned(works) == [(stuck.id, None)]
    assert not await asyncio.to_thread(works.bench.archive.path(other.id).exists)
    await asyncio.to_thread(path.rmdir)
    await delete_files(works.database, works.bench.archive, works.bench.pictures)
    assert planned(works) == []


async def test_a_picture_that_somebody_needs_stays(works: Works, films: FilmServer) -> None:
    """Another member's video starts from it, or it was received again since for a new order."""
    shared, again = await received(works, films), await received(works, films, days_ago=-1)
    for picture in (shared, again):
        await over(works, picture)
    await works.held(BEN, shared)

    await privacy(works).forget(ADA)

    contents = {name.split(".")[0] for name in await pictures(works)}
    assert contents == {shared.split(":")[1], again.split(":")[1]}
    assert planned(works) == []


async def test_nothing_is_written_down_twice(works: Works) -> None:
    """Who asks again has nothing left to delete; the books of what was paid stay."""
    await over(works)
    part = privacy(works)
    await part.forget(ADA)
    await works.database.write(part._forget, ADA, 0)
    assert planned(works) == []


async def test_a_long_past_is_forgotten_in_parts(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No transaction holds the writer for all of it; what is not over stays between them."""
    monkeypatch.setattr("bot.jobs.privacy.BATCH", 2)
    past = [await over(works) for _ in range(3)]
    waiting = await works.held(ADA)
    past += [await over(works) for _ in range(2)]
    forgotten: list[int] = []

    def note(connection: Connection) -> None:
        forgotten.append(
            connection.exec_driver_sql("SELECT count(*) FROM jobs WHERE prompt = ''").scalar_one()
        )

    event.listen(Engine, "commit", note)
    try:
        kept = await privacy(works).forget(ADA)
    finally:
        event.remove(Engine, "commit", note)
    assert (kept.ended, kept.under_way) == (5, 1)
    assert [job.id for job in past if not (await works.job(job.id)).forgotten] == []
    assert not (await works.job(waiting.id)).forgotten
    assert sorted(set(forgotten) - {0}) == [2, 4, 5]
    assert planned(works) == []


async def test_the_sweep_takes_old_pictures_that_nothing_starts_from(
    works: Works, films: FilmServer
) -> None:
    """Not those of a job, nor young ones; those of a cancelled job go."""
    await received(works, films)
    young = await received(works, films, days_ago=0.5)
    needed = await received(works, films)
    await works.held(ADA, needed)
    cancelled = await works.held(ADA, await received(works, films))
    await works.bench.end(cancelled, State.CANCELLED, Failure.CANCELLED_BY_MEMBER)
    await works.database.write(rows.update_job, cancelled.id, told_at=works.clock.now())

    await sweep_pictures(works.database, works.clock, works.bench.pictures, LEFTOVER_SECONDS)

    contents = {name.split(".")[0] for name in await pictures(works)}
    assert contents == {young.split(":")[1], needed.split(":")[1]}
