"""Fixtures of the end-to-end tests."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app import App
from tests.e2e.harness import BotProcess, World, new_world, running_bot


@pytest.fixture
async def world(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[World]:
    """Give the servers; ``@pytest.mark.settings(section={...})`` overrides the bot's settings."""
    marker = request.node.get_closest_marker("settings")
    async with new_world(tmp_path, marker.kwargs if marker else {}) as world:
        yield world
        world.check()


@pytest.fixture
async def bot(world: World) -> AsyncIterator[App]:
    """Run the bot in this process."""
    async with running_bot(world) as app:
        yield app


@pytest.fixture
async def process(world: World) -> AsyncIterator[BotProcess]:
    """Give a bot that can be started, killed and started again."""
    process = BotProcess(world)
    yield process
    if process.running:
        await process.stop()
