"""Videos to deliver, and fetchers to bring them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from yarl import URL

from bot.clock import SystemClock
from bot.delivery.fetch import Fetcher
from bot.sandbox.segmind import SegmindSandbox
from tests.videos import Videos

CAP_BYTES = 300_000
"""The most that the fetchers of these tests fetch."""


@pytest.fixture(scope="session")
def videos(tmp_path_factory: pytest.TempPathFactory) -> Videos:
    """Give the videos of this run."""
    return Videos(tmp_path_factory.mktemp("videos"))


@pytest.fixture
async def segmind() -> AsyncIterator[SegmindSandbox]:
    """Run a local Segmind that has done its work at once."""
    async with SegmindSandbox(queue_seconds=0, processing_seconds=0) as sandbox:
        yield sandbox


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """Name the file that is fetched to."""
    return tmp_path / "1.part"


def fetcher(own_origin: URL | str, proxy: str | None = None) -> Fetcher:
    """Make a fetcher for the provider at this origin."""
    return Fetcher(URL(own_origin).origin(), CAP_BYTES, SystemClock(), proxy)
