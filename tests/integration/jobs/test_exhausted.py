"""No handles are left: that is nobody's failure, counts as no try, and passes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.clock import SystemClock
from bot.errors import LookFailed, NotSubmitted, ResourcesExhausted
from bot.exhaustion import is_exhaustion
from bot.jobs.bring import MAX_UNREAD, deliver, fetch
from bot.jobs.look import look
from bot.jobs.stages import EXHAUSTION_TOLD_SECONDS, Next, Rest, Stage
from bot.jobs.states import State
from bot.jobs.submit import EXHAUSTED_REST_SECONDS, MAX_SUBMITS, submit
from bot.providers.aimlapi import Aimlapi
from bot.providers.base import VideoProvider
from bot.providers.segmind import Segmind, SegmindAccount, SegmindV1
from tests.books import balances
from tests.files import write
from tests.handles import no_handles_left
from tests.integration.jobs.conftest import PRICE, FilmServer, Works
from tests.integration.jobs.driving import quiet, running

Logs = Sequence[Mapping[str, Any]]


def told(logs: Logs) -> int:
    """Count how often the operator was told, and see that the way on was told each time."""
    lines = [line for line in logs if line["event"] == "resources.exhausted"]
    assert all("limit of open files" in line["advice"] for line in lines)
    return len(lines)


@pytest.fixture(params=["segmind", "segmind-v1", "aimlapi"])
def real(request: pytest.FixtureRequest, films: FilmServer, tmp_path: Path) -> VideoProvider:
    """Give each real provider, at an address where somebody would answer."""
    clock, url = SystemClock(), str(films.server.origin)
    if request.param == "aimlapi":
        return Aimlapi(clock, "key", url, 6000)
    account = SegmindAccount(clock, "key", url, url, 6000)
    return Segmind(account) if request.param == "segmind" else SegmindV1(account, tmp_path, 1000)


@pytest.mark.parametrize("pictured", [False, True])
async def test_a_submit_without_a_handle_is_known_for_what_it_is(
    works: Works, real: VideoProvider, films: FilmServer, tmp_path: Path, pictured: bool
) -> None:
    """Nothing was sent, and the provider had no part in it."""
    order = works.order()
    if pictured:
        order = replace(order, picture=write(tmp_path / "small.jpg", b"stands for one"))
    with no_handles_left(), pytest.raises(NotSubmitted) as caught:
        await real.submit(order, await real.prepare(order))
    assert is_exhaustion(caught.value)
    assert films.server.requests == []
    await real.close()


async def test_a_look_without_a_handle_is_known_for_what_it_is(films: FilmServer) -> None:
    """By the name of this machine as well, which is then not found."""
    for host in ("127.0.0.1", "localhost"):
        account = SegmindAccount(SystemClock(), "key", str(films.server.under(host)), "", 6000)
        with no_handles_left():
            with pytest.raises(LookFailed) as caught:
                await Segmind(account).look("r")
            # Of a name that is not found the machine itself is asked, while it still lasts.
            known = is_exhaustion(caught.value)
        await account.close()
        assert known


async def test_what_is_not_sent_for_want_of_handles_is_no_try_of_the_providers(
    works: Works, films: FilmServer, logs: Logs
) -> None:
    """However often: the job waits in line, and the operator is told once and not each time."""
    job = await works.held()
    account = SegmindAccount(SystemClock(), "key", str(films.server.origin), "", 6000)
    failed: NotSubmitted | None = None
    with no_handles_left():
        try:
            await Segmind(account).submit(works.order(), None)
        except NotSubmitted as error:
            failed = error
    assert failed is not None
    works.provider.on_submit.plan(*[failed] * (MAX_SUBMITS + 1))
    for _ in range(MAX_SUBMITS + 1):
        assert await submit(works.bench, job) == Rest("segmind", EXHAUSTED_REST_SECONDS)
        assert await works.state(job) is State.HELD
    assert told(logs) == 1
    assert works.bench.failures == {}
    assert balances(works.database.path)["held"] == PRICE


async def test_the_operator_is_told_again_where_it_lasts(works: Works, logs: Logs) -> None:
    """One line in ten minutes."""
    for _ in range(3):
        works.bench.report_exhaustion()
        works.clock.advance(EXHAUSTION_TOLD_SECONDS / 2)
    assert told(logs) == 2


async def test_a_look_tells_the_operator_and_says_nothing_of_the_job(
    works: Works, logs: Logs
) -> None:
    """The next look comes as usual."""
    job = await works.queued()
    error = LookFailed("no handle")
    error.__cause__ = ResourcesExhausted()
    works.provider.on_look.plan(error)
    following = await look(works.bench, job)
    assert isinstance(following, Next)
    assert following.stage is Stage.LOOK
    assert told(logs) == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_fetch_without_a_handle_is_no_try_of_the_providers(
    works: Works, films: FilmServer, host: str
) -> None:
    """Neither the connection nor the name nor the file can be opened: nothing is counted."""
    job = await works.processing(str(films.server.under(host) / "film.mp4"))
    works.bench.archive.folder.mkdir()
    for _ in range(2):
        with no_handles_left(), pytest.raises(ResourcesExhausted):
            await fetch(works.bench, job)
    assert works.bench.failures == {}
    assert await works.state(job) is State.PROCESSING


async def test_a_delivery_without_a_handle_is_no_try(works: Works, films: FilmServer) -> None:
    """Ffmpeg cannot be started: the file is not taken for gone."""
    job = await works.processing(films.url)
    await fetch(works.bench, job)
    job = await works.job(job.id)
    with no_handles_left(), pytest.raises(ResourcesExhausted):
        await deliver(works.bench, job)
    assert works.bench.failures == {}
    assert works.messenger.deliveries == []
    assert works.bench.archive.path(job.id).exists()


async def test_the_loop_goes_on_until_there_are_handles_again(
    works: Works, films: FilmServer, logs: Logs
) -> None:
    """More tries than a provider is given: the job is as it was, and then it is delivered."""
    job = await works.processing(films.url)
    works.bench.archive.folder.mkdir()
    async with running(works, recovering=True) as tracker:
        with no_handles_left():
            for _ in range(MAX_UNREAD + 1):
                await quiet(works, tracker)
                works.clock.advance(works.bench.pace.most_seconds)
            await quiet(works, tracker)
        assert await works.state(job) is State.PROCESSING
        works.clock.advance(works.bench.pace.most_seconds)
        await works.messenger.deliveries.reach(1)
        await quiet(works, tracker)
    assert await works.state(job) is State.DELIVERED
    assert told(logs) == 1
