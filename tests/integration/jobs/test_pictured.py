"""Jobs that start from a picture: it is fitted before anything is sent."""

import asyncio
import shutil

import pytest

from bot.catalogue import Wish, place_order
from bot.jobs.job import Job
from bot.jobs.states import Failure, State
from bot.jobs.submit import submit
from bot.pictures import Fit
from bot.providers.base import Completed
from tests.books import balances
from tests.disk import files_up_to
from tests.files import names_in, read
from tests.integration.jobs.conftest import FilmServer, Works
from tests.integration.jobs.driving import brought, quiet, running
from tests.pictures import QUARTERS, decoded, encoded, noise, quartered, quarters_of


async def received(works: Works, films: FilmServer, fit: Fit = Fit.COVER) -> str:
    """Receive a picture as a command does."""
    films.script.plan(encoded(quartered(), "PNG"))
    return await works.bench.pictures.receive(films.url, fit)


async def test_the_picture_is_handed_over_in_the_size_s_pixels(
    works: Works, films: FilmServer
) -> None:
    """The row knows which picture it is; the video is brought as any other."""
    job = await works.held(picture=await received(works, films))
    works.provider.sighting = Completed(films.url)
    async with running(works) as tracker:
        await brought(works, tracker, job, State.DELIVERED)
    [order] = works.provider.submits
    assert order.picture is not None
    handed = decoded(read(order.picture))
    assert handed.size == (720, 1280)
    assert quarters_of(handed) == QUARTERS
    assert (await works.job(job.id)).picture == job.picture


@pytest.mark.parametrize("size", ["720x1280", "1280x720", "1024x1792", "1792x1024"])
@pytest.mark.parametrize("fit", list(Fit))
async def test_each_size_and_each_way_to_fill_it_has_a_picture_of_its_own(
    works: Works, films: FilmServer, size: str, fit: Fit
) -> None:
    """What the member chose is what is handed over."""
    wish = Wish("a fox", "sora-2-pro", size=size, pictured=True)
    order = place_order(works.bench.supply.menu(), wish)
    picture = await received(works, films, fit)
    view = await works.jobs.create(works.request(), order, picture)
    await works.jobs.announce(view.job.id, 1)
    await submit(works.bench, await works.job(view.job.id))
    [sent] = works.provider.submits
    assert sent.picture is not None
    assert "x".join(map(str, decoded(read(sent.picture)).size)) == size
    assert f".{size}.{fit}." in sent.picture.name


async def assert_unusable(works: Works, job: Job) -> None:
    """Submit, and check that nothing was sent, the credits are back and the member hears why."""
    works.messenger.changes.clear()
    assert await submit(works.bench, await works.job(job.id)) is None
    after = await works.job(job.id)
    assert (after.state, after.failure) == (State.FAILED, Failure.PICTURE_UNUSABLE)
    assert (works.provider.submits, works.provider.turns) == ([], [])
    assert balances(works.database.path)["held"] == 0
    assert works.messenger.changes == [job.id]


async def test_a_picture_that_is_gone_gives_the_credits_back(
    works: Works, films: FilmServer
) -> None:
    """The folder was emptied while the job waited in line."""
    job = await works.held(picture=await received(works, films))
    await asyncio.to_thread(shutil.rmtree, works.bench.pictures.folder)
    await assert_unusable(works, job)


@pytest.mark.parametrize("content", [b"", b"<html>", encoded(quartered(), "JPEG")[:300]])
async def test_a_picture_that_was_spoilt_gives_the_credits_back(
    works: Works, films: FilmServer, content: bytes
) -> None:
    """A disk that lost power keeps half a file: that is no fault for which a job is lost."""
    job = await works.held(picture=await received(works, films))
    [name] = names_in(works.bench.pictures.folder)
    (works.bench.pictures.folder / name).write_bytes(content)
    await assert_unusable(works, job)


async def test_a_full_disk_keeps_the_job_waiting(works: Works, films: FilmServer) -> None:
    """Nothing was sent, so nothing is lost: it is tried again until there is room."""
    films.script.plan(encoded(noise(720, 1280), "PNG"))
    job = await works.held(picture=await works.bench.pictures.receive(films.url))
    works.provider.sighting = Completed(films.url)
    async with running(works) as tracker:
        with files_up_to(1_000_000):
            for _ in range(3):
                await quiet(works, tracker)
                assert await works.state(job) is State.HELD
                works.clock.wake_next()
            await quiet(works, tracker)
        assert works.provider.submits == []
        assert len(names_in(works.bench.pictures.folder)) == 1
        await brought(works, tracker, job, State.DELIVERED)
    assert len(works.provider.submits) == 1


async def test_a_stop_while_a_picture_is_fitted_lets_the_job_wait_again(
    works: Works, films: FilmServer
) -> None:
    """Nothing was sent: the next start sends it."""
    job = await works.held(picture=await received(works, films))
    turns = works.bench.pictures._turns
    async with turns.turn("another's"):
        step = asyncio.create_task(submit(works.bench, await works.job(job.id)))
        while not turns._waiting and not step.done():  # noqa: ASYNC110 - turns tell nobody
            await asyncio.sleep(0)
        step.cancel()
        with pytest.raises(asyncio.CancelledError):
            await step
    assert await works.state(job) is State.HELD
