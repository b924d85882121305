"""Whose turn it is, over all processes: first come, first served, within the limits."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.credits import Payer
from bot.jobs import rows
from bot.jobs.queue import UNLIMITED, Limits
from bot.jobs.states import State
from bot.storage.workers import Owner
from tests.integration.jobs.conftest import ADA, BEN, Works

CAT = Payer(guild_id=2, member_id=30)
OTHER = Owner(2, 1)


@dataclass(frozen=True)
class Started:
    """The numbers of those whose turn has come, and of those who wait on."""

    started: Sequence[int]
    waiting: Sequence[int]


async def start_next(
    works: Works, limits: Limits, owner: Owner | None = None, most: int = 100
) -> Started:
    """Let those come forward whose turn it is, and be sent."""
    room = dict.fromkeys(works.bench.providers, most)
    line = await works.database.read(rows.whose_turn, owner or works.owner, limits, room)
    for place in line.turns:
        job = await works.job(place.job_id)
        now = works.clock.now()
        assert await works.database.write(rows.begin_submit, job, limits, now)
    return Started([place.job_id for place in line.turns], line.waiting)


async def test_without_limits_everybody_comes_forward_in_order(works: Works) -> None:
    """Each is submitting from that moment on, and nobody comes twice."""
    waiting = [await works.held(payer) for payer in (ADA, BEN, ADA)]
    line = await start_next(works, UNLIMITED)
    assert (line.started, line.waiting) == ([job.id for job in waiting], [])
    assert [await works.state(job) for job in waiting] == [State.SUBMITTING] * 3
    assert (await start_next(works, UNLIMITED)).started == []


async def test_no_more_come_forward_than_can_be_sent(works: Works) -> None:
    """Whatever the limits allow; the others keep their places."""
    waiting = [await works.held() for _ in range(3)]
    assert (await start_next(works, UNLIMITED, most=0)).started == []
    line = await start_next(works, Limits(50, 0, 0), most=2)
    assert line.started == [job.id for job in waiting[:2]]
    assert line.waiting == [waiting[2].id]
    assert await works.state(waiting[2]) is State.HELD


async def test_the_total_counts_what_the_provider_has(works: Works) -> None:
    """Submitting, queued and processing take a place each; a video that is here takes none."""
    await works.submitting()
    await works.queued()
    processing = await works.processing()
    first, second = [await works.held(BEN) for _ in range(2)]
    assert (await start_next(works, Limits(3, 0, 0))).started == []
    line = await start_next(works, Limits(4, 0, 0))
    assert (line.started, line.waiting) == ([first.id], [second.id])
    assert processing.state is State.PROCESSING


async def test_a_member_at_the_limit_does_not_keep_others_waiting(works: Works) -> None:
    """Those behind go past."""
    ada = [await works.held(ADA) for _ in range(3)]
    ben = await works.held(BEN)
    line = await start_next(works, Limits(0, 0, 2))
    assert line.started == [ada[0].id, ada[1].id, ben.id]
    assert line.waiting == [ada[2].id]


async def test_a_server_at_the_limit_does_not_keep_others_waiting(works: Works) -> None:
    """Its members share the limit; another server has its own."""
    await works.held(ADA)
    late = await works.held(BEN)
    cat = await works.held(CAT)
    line = await start_next(works, Limits(0, 1, 0))
    assert cat.id in line.started
    assert line.waiting == [late.id]


async def test_the_limits_hold_over_all_processes_and_each_starts_its_own(works: Works) -> None:
    """What another process runs counts; what waits there is not started here."""
    job = await works.held()
    assert (await start_next(works, UNLIMITED, owner=OTHER)).started == []
    assert (await start_next(works, Limits(1, 0, 0))).started == [job.id]
    other = await works.held()
    await works.database.write(rows.update_job, other.id, worker=2, epoch=1)
    assert (await start_next(works, Limits(1, 0, 0), owner=OTHER)).started == []
    assert (await start_next(works, Limits(2, 0, 0), owner=OTHER)).started == [other.id]


async def test_a_job_comes_forward_only_when_it_was_shown(works: Works) -> None:
    """Nothing is submitted that the member has not seen."""
    view = await works.jobs.create(works.request(), works.order())
    assert (await start_next(works, UNLIMITED)).started == []
    await works.jobs.announce(view.job.id, 5)
    assert (await start_next(works, UNLIMITED)).started == [view.job.id]
