"""The provider under test, and the local Segmind that it speaks to over real HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.catalogue import Order, load_catalogue, place_order
from bot.providers.segmind import Segmind
from bot.sandbox.clock import SandboxClock
from bot.sandbox.segmind import SegmindSandbox
from tests.fakes import FakeClock

KEY = "sandbox-key"
UNLIMITED = 1_000_000
"""Requests a minute, where the limit is not what is tested."""


@pytest.fixture
async def sandbox() -> AsyncIterator[SegmindSandbox]:
    """Run a local Segmind whose clock stands, which makes stubs in place of videos."""
    async with SegmindSandbox(keys={KEY: 10.0}, clock=SandboxClock(speed=0.0)) as sandbox:
        sandbox.plan(video=b"stands for a video", times=None)
        yield sandbox


@pytest.fixture
def clock(sandbox: SegmindSandbox) -> FakeClock:
    """Give the provider's clock, at the same time as the sandbox's."""
    return FakeClock(sandbox.clock.now())


@pytest.fixture
async def segmind(sandbox: SegmindSandbox, clock: FakeClock) -> AsyncIterator[Segmind]:
    """Give the provider with the sandbox's key."""
    async with provider_at(sandbox.base_url, clock) as provider:
        yield provider


@pytest.fixture
def order() -> Order:
    """Order an ordinary video."""
    return place_order(load_catalogue(), "a fox in the snow")


@asynccontextmanager
async def provider_at(
    origin: object, clock: FakeClock, *, key: str = KEY, requests_per_minute: int = UNLIMITED
) -> AsyncIterator[Segmind]:
    """Make a provider that speaks to this server, as long as the block lasts."""
    provider = Segmind(clock, key, str(origin), requests_per_minute)
    try:
        yield provider
    finally:
        await provider.close()
