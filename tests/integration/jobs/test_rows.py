"""The statements over jobs: only the ways that a job's life allows, each with its event."""

import asyncio
import itertools
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from bot.errors import NoSuchJob, RepeatedInteraction, StaleTransition
from bot.jobs import rows
from bot.jobs.pace import ENOUGH_SAMPLES
from bot.jobs.states import TRANSITIONS, UNCHARGED_ENDS, Failure, State
from bot.storage import Database, Transaction
from bot.storage.books import holds
from bot.storage.database import URL_PREFIX
from bot.storage.tables import jobs
from bot.storage.workers import Owner
from tests.books import query
from tests.fakes import START
from tests.integration.jobs.conftest import ADA, BEN, Works


def needed_in(state: State) -> dict[str, Any]:
    """Tell what the table wants of a job in this state, its number apart."""
    if state in UNCHARGED_ENDS:
        return {"failure": Failure.CANCELLED_BY_MEMBER}
    if state in {State.HELD, State.SUBMITTING}:
        return {}
    return {"request_id": "made by hand"}


def put_in(tx: Transaction, state: State) -> int:
    """Write a job that stands somewhere, with the hold that belongs to it."""
    row = {
        "interaction_id": 7,
        "guild_id": 1,
        "channel_id": 3,
        "member_id": 10,
        "model": "sora-2",
        "provider": "segmind",
        "prompt": "a fox",
        "duration_seconds": 4,
        "size": "720x1280",
        "price": 40,
        "state": state,
        "worker": 1,
        "created_at": START,
        **needed_in(state),
    }
    job_id = int(tx.execute(insert(jobs).values(row).returning(jobs.c.id)).scalar_one())
    ended = {State.RENDERED: "settled", State.DELIVERED: "settled"}
    put_hold(tx, job_id, "released" if state in UNCHARGED_ENDS else ended.get(state, "held"))
    return job_id


def put_hold(tx: Transaction, job_id: int, state: str = "held") -> None:
    """Give a job written without the service the hold that the books want."""
    settled = 40 if state == "settled" else None
    day = f"{START:%Y-%m-%d}"
    tx.execute(
        insert(holds).values(
            job_id=job_id, guild_id=1, day=day, amount=40, state=state, settled=settled
        )
    )


@pytest.mark.parametrize(("before", "target"), list(itertools.product(State, State)))
async def test_a_job_goes_only_the_ways_of_its_life(
    database: Database, before: State, target: State
) -> None:
    """An allowed step is written with its event; any other raises and leaves no trace."""
    job_id = await database.write(put_in, before)
    values = {"failure": None, **needed_in(target)}
    move = database.write(rows.move_job, job_id, target, START, "a note", **values)
    events = "SELECT from_state, to_state, note FROM job_events"
    if target in TRANSITIONS[before]:
        await move
        assert (await database.read(rows.get_job, job_id)).state is target
        assert query(database.path, events) == [(before, target, "a note")]
    else:
        with pytest.raises(StaleTransition) as refused:
            await move
        assert (refused.value.job_id, refused.value.wanted) == (job_id, target)
        assert (await database.read(rows.get_job, job_id)).state is before
        assert query(database.path, events) == []


async def test_a_job_that_does_not_exist_cannot_be_moved_or_read(database: Database) -> None:
    """No row is taken for another."""
    with pytest.raises(StaleTransition):
        await database.write(rows.move_job, 99, State.SUBMITTING, START)
    with pytest.raises(NoSuchJob) as refused:
        await database.read(rows.get_job, 99)
    assert refused.value.job_id == 99


async def test_of_many_who_move_a_job_at_once_one_succeeds(works: Works) -> None:
    """Over two connections to the file: one event, and everybody else is told."""
    job = await works.held()
    other = Database(f"{URL_PREFIX}{works.database.path}")
    moves = [
        each.write(rows.move_job, job.id, State.SUBMITTING, START)
        for each in [works.database, other] * 5
    ]
    outcomes = await asyncio.gather(*moves, return_exceptions=True)
    await other.close()
    assert outcomes.count(None) == 1
    assert sum(isinstance(each, StaleTransition) for each in outcomes) == 9
    assert works.events(job) == ["held", "submitting"]


async def test_a_new_job_is_read_as_it_was_written(works: Works) -> None:
    """Every field, with aware times and proper states."""
    request, order = works.request(), works.order()
    job_id = await works.database.write(rows.insert_job, request, order, Owner(5, 1), START)
    await works.database.write(rows.insert_message, job_id, request)
    job = await works.job(job_id)
    assert (job.interaction_id, job.payer, job.channel_id) == (request.interaction_id, ADA, 3)
    assert (job.model, job.provider, job.prompt) == ("sora-2", "segmind", order.prompt)
    assert (job.duration_seconds, job.size, job.price) == (4, "720x1280", 40)
    assert (job.state, job.worker, job.created_at) == (State.HELD, 5, START)
    assert job.created_at.utcoffset() == timedelta(0)
    empty = (job.submitted_at, job.rendered_at, job.request_id, job.result_url, job.failure)
    assert empty == (None,) * 5
    assert job.told_at is None
    address = await works.database.read(rows.get_message, job_id)
    assert (address.channel_id, address.message_id, address.token) == (3, None, "token")
    assert address.token_expires_at == request.token_expires_at
    await works.database.write(put_hold, job_id)


async def test_an_interaction_makes_one_job(works: Works) -> None:
    """A second one, also from another process, is refused by the database."""
    request = works.request(interaction_id=7)
    await works.jobs.create(request, works.order())
    with pytest.raises(RepeatedInteraction) as refused:
        await works.database.write(rows.insert_job, request, works.order(), Owner(2, 1), START)
    assert refused.value.interaction_id == 7


async def test_waiting_jobs_have_a_place_in_line(works: Works) -> None:
    """Counted over all members and processes, oldest first; who does not wait has none."""
    first, second, third = [await works.held(payer) for payer in (ADA, BEN, ADA)]

    async def places() -> list[int | None]:
        found = [await works.job(job.id) for job in (first, second, third)]
        return [await works.database.read(rows.place_in_line, job) for job in found]

    assert await places() == [1, 2, 3]
    await works.database.write(rows.move_job, first.id, State.SUBMITTING, START)
    assert await places() == [None, 1, 2]


async def test_a_job_that_is_just_being_shown_counts_for_those_behind_it(works: Works) -> None:
    """In a burst nobody is told to be first while others are before them."""
    first = await works.jobs.create(works.request(), works.order())
    second = await works.jobs.create(works.request(), works.order())
    assert (first.place_in_line, second.place_in_line) == (1, 2)


async def test_all_that_can_be_said_of_a_job_is_put_together(works: Works) -> None:
    """The model's title, the place in line, and what the catalogue publishes as the wait."""
    job = await works.held()
    view = await works.database.read(rows.view_job, job, works.bench.catalogue)
    assert (view.job, view.title, view.place_in_line) == (job, "Sora 2", 1)
    assert (view.expectation.seconds, view.expectation.samples) == (180, 0)


async def test_a_job_of_a_model_that_is_gone_can_still_be_shown(works: Works) -> None:
    """By the model's name; how long it takes is not known any more."""
    job = await works.held()
    view = await works.database.read(rows.view_job, job, {})
    assert view.title == "sora-2"
    assert not view.expectation.known


def put_past(tx: Transaction, /, number: int, seconds: float, **values: Any) -> None:
    """Write a video that was made once."""
    rendered = START + timedelta(minutes=number)
    job_id = 1000 + number
    row = {
        "id": job_id,
        "interaction_id": job_id,
        "guild_id": 1,
        "channel_id": 3,
        "member_id": 10,
        "model": "sora-2",
        "provider": "segmind",
        "prompt": "a fox",
        "duration_seconds": 4,
        "size": "720x1280",
        "price": 40,
        "state": "delivered",
        "worker": 1,
        "created_at": START,
        "told_at": START,
        "request_id": f"past-{number}",
        "submitted_at": rendered - timedelta(seconds=seconds),
        "took_seconds": seconds,
        "rendered_at": rendered,
        **values,
    }
    tx.execute(insert(jobs).values(row))
    put_hold(tx, job_id, "settled")


async def test_the_wait_is_learned_from_videos_alike(works: Works) -> None:
    """With enough of them, the median of those of the same seconds and size alone counts."""
    for number, seconds in enumerate((100, 110, 400)):
        await works.database.write(put_past, number, seconds)
    for number in range(10, 20):
        await works.database.write(put_past, number, 900, duration_seconds=12)
        await works.database.write(put_past, number + 50, 900, model="sora-2-pro")
    view = await works.jobs.view((await works.held()).id)
    assert (view.expectation.seconds, view.expectation.samples) == (110, 3)


async def test_where_few_are_alike_all_of_the_model_count(works: Works) -> None:
    """Two of the same kind are too few; other models' videos never count."""
    for number, seconds in enumerate((100, 110)):
        await works.database.write(put_past, number, seconds)
    await works.database.write(put_past, 10, 300, size="1280x720")
    await works.database.write(put_past, 11, 900, model="sora-2-pro")
    waits = await works.database.read(
        rows.past_waits_seconds, "sora-2", 4, "720x1280", ENOUGH_SAMPLES
    )
    assert sorted(waits) == [100, 110, 300]


async def test_only_the_latest_videos_count(works: Works) -> None:
    """A provider that has become faster is believed after fifty videos."""
    for number in range(60):
        await works.database.write(put_past, number, 500 if number < 10 else 50)
    waits = await works.database.read(
        rows.past_waits_seconds, "sora-2", 4, "720x1280", ENOUGH_SAMPLES
    )
    assert waits == [50] * 50


async def test_strays_are_jobs_that_nobody_announced_for_long(works: Works) -> None:
    """Not those that were shown, that are young, that are over, or of another process."""
    stray = await works.jobs.create(works.request(), works.order())
    withdrawn = await works.jobs.create(works.request(), works.order())
    await works.jobs.withdraw(withdrawn.job.id)
    await works.held()
    works.clock.advance(61)
    await works.jobs.create(works.request(), works.order())
    before: datetime = works.clock.now() - timedelta(minutes=1)
    found = await works.database.read(rows.list_stray, works.worker.number, before)
    assert [job.id for job in found] == [stray.job.id]
    assert await works.database.read(rows.list_stray, 9, before) == []
