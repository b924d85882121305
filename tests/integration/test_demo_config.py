"""The demo's own configuration: what members are told to expect is what they see."""

import asyncio

import pytest

from bot.catalogue import load_catalogue
from bot.config import load_settings
from bot.demo.stage import PROCESSING_SECONDS, QUEUE_SECONDS, set_stage


@pytest.mark.parametrize("speed", [1.0, 10.0, 60.0])
@pytest.mark.parametrize("provider", ["segmind", "aimlapi"])
async def test_waits_are_expected_at_the_speed_of_the_local_provider(
    speed: float, provider: str
) -> None:
    """The bar of a video fills while it is made, instead of staying empty."""
    async with set_stage(lambda _: None, speed, provider) as stage:
        settings = await asyncio.to_thread(load_settings, stage.config)
    wait_seconds = (QUEUE_SECONDS + PROCESSING_SECONDS) / speed
    for model in load_catalogue(settings.models).values():
        assert model.usual_wait_seconds is not None
        assert wait_seconds <= model.usual_wait_seconds <= wait_seconds + 2
