"""Fixtures of the end-to-end tests."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from bot.app import App
from bot.redaction import redact_entry
from tests.e2e.botlog import BotLog
from tests.e2e.harness import BotProcess, MovableClock, World, new_world, running_bot
from tests.videos import Videos


@pytest.fixture
async def world(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """Give the servers; ``@pytest.mark.settings(section={...})`` overrides the bot's settings."""
    marker = request.node.get_closest_marker("settings")
    async with new_world(tmp_path, marker.kwargs if marker else {}) as world:
        yield world
        world.check()


@pytest.fixture
def log() -> Iterator[BotLog]:
    """Give what the bot in this process logs."""
    log = BotLog()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            redact_entry,
            log,
        ]
    )
    yield log
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Videos:
    """Give true videos, each made once a test run."""
    return Videos(tmp_path_factory.mktemp("videos"))


@pytest.fixture
def quick_films(world: World, videos: Videos) -> None:
    """Serve a small video that is there already, instead of rendering each."""
    world.film = videos.plain()
    world.plan(times=None)
    world.aimlapi.plan(times=None, video=world.film)


@pytest.fixture
def at_once(world: World, quick_films: None) -> None:
    """Let the provider have its videos ready at once."""
    for api in (world.segmind, world.aimlapi):
        api.queue_seconds = api.processing_seconds = 0.0


@pytest.fixture
def clock() -> MovableClock:
    """Give the clock of the bot in this process."""
    return MovableClock()


@pytest.fixture
async def bot(world: World, clock: MovableClock, log: BotLog) -> AsyncIterator[App]:
    """Run the bot in this process."""
    async with running_bot(world, clock) as app:
        yield app


@pytest.fixture
async def process(world: World) -> AsyncIterator[BotProcess]:
    """Give a bot that can be started, killed and started again."""
    process = BotProcess(world)
    yield process
    if process.running:
        await process.stop()
