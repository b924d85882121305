"""A member's data, taken in pages and once at a time."""

import asyncio

import pytest

from bot.jobs.privacy import Privacy
from tests.integration.jobs.conftest import ADA, BEN, Works


def privacy(works: Works) -> Privacy:
    """Put the part together."""
    bench = works.bench
    return Privacy(works.database, works.clock, bench.archive, bench.pictures)


async def test_pages_leave_nothing_out_and_tell_nothing_twice(
    works: Works, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Videos and movements of a member alone, in the order of their numbers, over every edge."""
    monkeypatch.setattr("bot.jobs.export.PAGE", 2)
    mine = [await works.held(ADA), await works.held(ADA)]
    await works.held(BEN)
    mine += [await works.held(ADA), await works.held(ADA)]

    kept = await privacy(works).export(ADA)

    assert [video["number"] for video in kept["videos"]] == [job.id for job in mine]
    assert [move["job_id"] for move in kept["movements_of_credits"]] == [job.id for job in mine]
    assert all(video["message_id"] for video in kept["videos"])
    assert [video["history"][0]["state"] for video in kept["videos"]] == ["held"] * 4


async def test_one_export_a_member_at_a_time(works: Works) -> None:
    """Who asks six times at once is given one; another member one of their own; later, anew."""
    await works.held(ADA)
    part = privacy(works)

    first, *others = await asyncio.gather(*(part.export(ADA) for _ in range(6)))

    assert all(other is first for other in others)
    assert (await part.export(BEN))["videos"] == []
    assert await part.export(ADA) is not first


async def test_who_gives_up_takes_it_from_nobody(works: Works) -> None:
    """One of two that wait for the same export goes away."""
    part = privacy(works)
    gone, stays = (asyncio.create_task(part.export(ADA)) for _ in range(2))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await stays)["member_id"] == ADA.member_id
