"""Fixtures of the jobs' tests: everything real but time, the provider and the way to members."""

import asyncio
import dataclasses
import itertools
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from structlog.testing import capture_logs
from yarl import URL

from bot.catalogue import Order, Wish, load_catalogue, place_order
from bot.clock import SystemClock
from bot.credits import Budgets, Payer, Terms
from bot.delivery.archive import Archive
from bot.delivery.fetch import Fetcher
from bot.jobs import rows
from bot.jobs.caps import Caps
from bot.jobs.intake import Intake
from bot.jobs.job import Job, Request
from bot.jobs.queue import UNLIMITED, Limits
from bot.jobs.recovery import Recovery
from bot.jobs.service import Jobs
from bot.jobs.stages import Messenger, Pace, Workbench
from bot.jobs.states import State
from bot.jobs.supply import Supply
from bot.jobs.tracker import Tracker
from bot.pictures import MAX_PICTURE_BYTES, Pictures
from bot.storage import Database
from bot.storage.database import URL_PREFIX
from bot.storage.workers import Owner, Worker
from tests.books import EVERYWHERE, assert_balanced, query
from tests.fakes import FakeClock, FakeMessenger, FakeProvider, Record, Script
from tests.local_server import LocalServer
from tests.videos import Videos

ADA = Payer(guild_id=1, member_id=10)
BEN = Payer(guild_id=1, member_id=20)
ALLOWANCE = 500
PRICE = 40
"""Credits; four seconds of the first model."""
PACE = Pace(least_seconds=2.0, most_seconds=15.0)
MAX_VIDEO_BYTES = 1_000_000

OwnModels = Mapping[str, Mapping[str, Any]] | None
"""What the operator says of models."""

_numbers = itertools.count(1_000_000)
_epochs = itertools.count(1)


@dataclass(frozen=True)
class Works:
    """The jobs' parts, as the application puts them together, and short cuts for tests."""

    bench: Workbench
    clock: FakeClock
    """The bench's, unless a test runs on the machine's."""
    provider: FakeProvider
    """Segmind, the first of the catalogue's providers."""
    second: FakeProvider
    """AI/ML API, which serves some of the same models; it is used once ``keys`` has it."""
    third: FakeProvider
    """Segmind's v1, which serves what an operator says."""
    keys: set[str]
    """The providers that the operator has a key for."""
    messenger: FakeMessenger
    jobs: Jobs
    worker: Worker
    owner: Owner
    line_moves: Record[None]

    @property
    def database(self) -> Database:
        """The database of everything."""
        return self.bench.database

    def order(self, *, pictured: bool = False) -> Order:
        """Order the shortest video of Sora 2, or of the one model that there is."""
        menu = self.bench.supply.menu()
        model = "sora-2" if "sora-2" in menu else None
        return place_order(menu, Wish("a fox in the snow", model, pictured=pictured))

    def request(self, payer: Payer = ADA, interaction_id: int | None = None) -> Request:
        """Make an interaction, one of its own unless told otherwise."""
        return Request(
            interaction_id=interaction_id or next(_numbers),
            guild_id=payer.guild_id,
            channel_id=3,
            member_id=payer.member_id,
            application_id=4,
            token="token",
            token_expires_at=self.clock.now() + timedelta(minutes=15),
            attachment_limit=10_000_000,
        )

    async def held(self, payer: Payer = ADA, picture: str | None = None) -> Job:
        """Write a job that waits for its turn."""
        order = self.order(pictured=picture is not None)
        view = await self.jobs.create(self.request(payer), order, picture)
        await self.jobs.announce(view.job.id, message_id=next(_numbers))
        return await self.job(view.job.id)

    async def submitting(self, payer: Payer = ADA, picture: str | None = None) -> Job:
        """Write a job whose turn has come."""
        return await self.turn(await self.held(payer, picture))

    async def turn(self, job: Job) -> Job:
        """Let a job's turn come."""
        return await self._moved(job, State.SUBMITTING)

    async def queued(self, payer: Payer = ADA) -> Job:
        """Write a job that the provider has."""
        job = await self.submitting(payer)
        now = self.clock.now()
        return await self._moved(job, State.QUEUED, request_id=f"r{job.id}", submitted_at=now)

    async def processing(self, url: str | None = None, payer: Payer = ADA) -> Job:
        """Write a job that the provider works on, or whose video is at an address."""
        job = await self.queued(payer)
        return await self._moved(job, State.PROCESSING, result_url=url)

    async def job(self, job_id: int) -> Job:
        """Read a job."""
        return await self.database.read(rows.get_job, job_id)

    async def state(self, job: Job) -> State:
        """Tell where a job stands."""
        return (await self.job(job.id)).state

    def events(self, job: Job) -> list[str]:
        """List the states that a job came to, in order."""
        statement = "SELECT to_state FROM job_events WHERE job_id = ? ORDER BY id"
        return [state for (state,) in query(self.database.path, statement, job.id)]

    def tracker(self, limits: Limits = UNLIMITED) -> Tracker:
        """Make a tracker for this process's jobs."""
        return Tracker(self.bench, self.owner, limits)

    def recovery(self, tracker: Tracker) -> Recovery:
        """Make what takes up the jobs that were left."""
        return Recovery(self.bench, self.worker, self.owner, tracker)

    def restarted(self) -> "Works":
        """Give the same parts to the process that comes after this one, with its number."""
        return dataclasses.replace(self, owner=Owner(self.worker.number, next(_epochs)))

    def telling(self, messenger: Messenger) -> "Works":
        """Give the same parts with another way to the members."""
        return dataclasses.replace(self, bench=dataclasses.replace(self.bench, messenger=messenger))

    async def _moved(self, job: Job, target: State, **values: Any) -> Job:
        now = self.clock.now()
        await self.database.write(rows.move_job, job.id, target, now, **values)
        return await self.job(job.id)


class FilmServer:
    """Serves a video, or what its script says: other bytes, or a status."""

    def __init__(self, video: bytes) -> None:
        self._video = video
        self.script: Script[bytes | int] = Script()
        self.server = LocalServer(self._answer)

    @property
    def url(self) -> str:
        """Where the video is."""
        return str(self.server.origin / "film.mp4")

    async def _answer(self, _: web.BaseRequest) -> web.StreamResponse:
        answer = await self.script.play(self._video)
        if isinstance(answer, int):
            return web.Response(status=answer)
        return web.Response(body=answer, content_type="video/mp4")


@pytest.fixture
async def films(videos: Videos) -> AsyncIterator[FilmServer]:
    """Serve a true video."""
    films = FilmServer(await asyncio.to_thread(lambda: videos.plain().read_bytes()))
    runner = await films.server.start()
    yield films
    await runner.cleanup()


@pytest.fixture
def own_models() -> OwnModels:
    """Leave the catalogue as it is shipped; tests that need another put it in this place."""
    return None


@pytest.fixture
async def works(
    database: Database, films: FilmServer, tmp_path: Path, own_models: OwnModels
) -> AsyncIterator[Works]:
    """Give the parts; afterwards the books must balance."""
    works = new_works(database, films.server.origin, tmp_path, own_models)
    yield works
    works.worker.leave()
    assert_balanced(database.path)


@pytest.fixture
async def impatient(database_file: Path, films: FilmServer, tmp_path: Path) -> AsyncIterator[Works]:
    """Give the parts over a database that hardly waits for another's lock."""
    database = Database(f"{URL_PREFIX}{database_file}", busy_timeout_ms=10)
    await database.open()
    works = new_works(database, films.server.origin, tmp_path)
    yield works
    works.worker.leave()
    await database.close()


@pytest.fixture(autouse=True)
def logs() -> Iterator[Sequence[Mapping[str, Any]]]:
    """Collect what is logged: rendering a trace with all its values takes a second."""
    with capture_logs() as entries:
        yield entries


def new_works(database: Database, origin: URL, folder: Path, own: OwnModels = None) -> Works:
    """Put the parts together; videos and pictures may be fetched from the origin."""
    clock, messenger = FakeClock(), FakeMessenger()
    provider, second, third = (FakeProvider(origin=str(origin)) for _ in range(3))
    catalogue, worker = load_catalogue(own), Worker(database.path)
    owner = Owner(worker.number, next(_epochs))
    archive, keys = Archive(folder / "videos"), {"segmind"}
    films = Fetcher(origin, MAX_VIDEO_BYTES, SystemClock())
    bench = Workbench(
        database=database,
        clock=clock,
        catalogue=catalogue,
        providers={"segmind": provider, "aimlapi": second, "segmind-v1": third},
        supply=Supply(database, clock, catalogue, keys),
        fetchers={"segmind": films, "aimlapi": films, "segmind-v1": films},
        archive=archive,
        pictures=Pictures(folder / "pictures", Fetcher(origin, MAX_PICTURE_BYTES, SystemClock())),
        messenger=messenger,
        pace=PACE,
    )
    line_moves: Record[None] = Record()
    intake = Intake(database, clock, bench.pictures)
    jobs = Jobs(
        database=database,
        clock=clock,
        catalogue=catalogue,
        budgets=Budgets(database, clock, Terms(ALLOWANCE, "month"), EVERYWHERE),
        archive=archive,
        owner=owner,
        line_moved=lambda: line_moves.append(None),
        changed=messenger.changed,
        first_shown=lambda _: None,
        spent=lambda: None,
        find_response=messenger.find_response,
        caps=Caps(),
        discard=intake.discard,
    )
    return Works(
        bench=bench,
        clock=clock,
        provider=provider,
        second=second,
        third=third,
        keys=keys,
        messenger=messenger,
        jobs=jobs,
        worker=worker,
        owner=owner,
        line_moves=line_moves,
    )
