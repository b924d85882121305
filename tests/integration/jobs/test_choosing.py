"""Which jobs a command offers: only those it can do something with, by what was typed."""

import dataclasses

import pytest
from sqlalchemy import delete, insert

from bot.catalogue import Wish, place_order
from bot.credits import Payer
from bot.credits.ledger import Posting
from bot.jobs.bring import fetch
from bot.jobs.choosing import LOOKED_THROUGH, MOST_OFFERED, Purpose
from bot.jobs.job import Job
from bot.jobs.service import Asker
from bot.jobs.stages import end_job
from bot.jobs.states import Failure, State
from bot.storage.tables import jobs, late_requests
from tests.integration.jobs.conftest import ADA, BEN, FilmServer, Works

ELSEWHERE = Payer(guild_id=2, member_id=10)


async def held(works: Works, prompt: str, payer: Payer = ADA) -> Job:
    """Write a job with a prompt of its own that waits for its turn."""
    wish = dataclasses.replace(Wish(prompt), model="sora-2")
    order = place_order(works.bench.supply.menu(), wish)
    return (await works.jobs.create(works.request(payer), order)).job


async def made(works: Works, films: FilmServer) -> Job:
    """Write a job whose video is here."""
    job = await works.processing(films.url)
    await fetch(works.bench, job)
    return job


async def offered(works: Works, purpose: Purpose, typed: str = "", payer: Payer = ADA) -> list[int]:
    """List the numbers of what is offered, in order."""
    return [job.id for job in await works.jobs.offered(payer, purpose, typed)]


async def test_only_what_can_be_cancelled_is_offered_for_that(works: Works) -> None:
    """What the provider has or may have, what is over, and what is another's is left out."""
    await works.submitting()
    await works.queued()
    await works.processing()
    over = await works.held()
    await works.jobs.cancel(over.id, Asker(ADA, manages_guild=False))
    await works.held(BEN)
    await works.held(ELSEWHERE)
    first, second = await works.held(), await works.held()

    assert await offered(works, Purpose.CANCEL) == [second.id, first.id]


async def test_only_what_has_a_video_is_offered_to_be_shown(
    works: Works, films: FilmServer
) -> None:
    """Also one that came late; not what failed, waits, was deleted or is another's."""
    video = await made(works, films)
    failed = await works.queued()
    posting = Posting(works.clock.now(), 0, "")
    end = (failed.id, State.FAILED, Failure.PROVIDER_FAILED, posting, "")
    await works.database.write(end_job, *end)
    await works.held()
    late = await works.processing()
    assert await offered(works, Purpose.SHOW) == [video.id]

    now = works.clock.now()
    came = insert(late_requests).values(job_id=late.id, at=now, video_at=now)
    await works.database.write(lambda tx: tx.execute(came))
    assert await offered(works, Purpose.SHOW) == [late.id, video.id]
    assert await offered(works, Purpose.SHOW, payer=BEN) == []


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("", [4, 3, 2, 1]),
        ("  CAT ", [3, 1]),
        ("straße", [2]),
        ("STRASSE im", [2]),
        ("ЛИСА", [4]),
        ("1", [1, 4]),
        ("#3", [3]),
        ("³", []),
        ("%", []),
        ("9" * 40, []),
    ],
)
async def test_what_is_typed_is_looked_for_in_prompts_and_numbers(
    works: Works, typed: str, numbers: list[int]
) -> None:
    """In any case of any script; a number that begins so comes first."""
    for prompt in ("A Cat\nsurfing", "die Straße im Regen", "two cats", "рыжая лиса, 1 снег"):
        await held(works, prompt)
    assert await offered(works, Purpose.CANCEL, typed) == numbers


async def test_an_old_video_is_found_by_its_number(works: Works, films: FilmServer) -> None:
    """The search for words goes back so far only that its cost does not grow."""
    old = await made(works, films)
    later = [
        {
            **dataclasses.asdict(await works.job(old.id)),
            "id": old.id + number,
            "interaction_id": number,
            "request_id": f"later {number}",
            "prompt": "a goose",
        }
        for number in range(1, LOOKED_THROUGH + 1)
    ]
    await works.database.write(lambda tx: tx.execute(insert(jobs), later))

    assert (await offered(works, Purpose.SHOW, f"#{old.id}"))[0] == old.id
    assert await offered(works, Purpose.SHOW, "fox") == []
    newest = await offered(works, Purpose.SHOW, "goose")
    assert newest == sorted(newest, reverse=True)
    assert len(newest) == MOST_OFFERED
    await works.database.write(lambda tx: tx.execute(delete(jobs).where(jobs.c.id > old.id)))
