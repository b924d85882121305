"""The demo plays an engine that starts from a picture; `make demo-all` plays every one."""

import asyncio
import os
import sys

import pytest

pytestmark = pytest.mark.slow  # whole demos

PATIENCE_SECONDS = 110.0


async def demo(*arguments: str, encoding: str = "utf-8") -> tuple[int, str]:
    """Run the demo to its end; tell its exit code and what it wrote."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "demo", "--headless", "--speed", "60", *arguments),
        env={**os.environ, "PYTHONIOENCODING": encoding},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode(encoding)


async def test_the_demo_draws_a_picture_for_an_engine_that_needs_one() -> None:
    """It checks the pixels and seconds itself, and says where the video lies."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        code, output = await demo("--model", "hailuo-02-fast", "--duration", "6")

    assert code == 0, output
    assert "The video, checked to be" in output
    assert "▰" in output, "the bar stays empty"


async def test_the_demo_plays_where_the_terminal_has_few_letters() -> None:
    """What an old encoding lacks is shown as a mark."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        code, output = await demo("--prompt", "a boat, 船", encoding="latin-1")

    assert code == 0, output
    assert "The video, checked to be" in output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "duration: 5 size: 1280x720 model: wan-2.7"),
        (("--model", "ltx-2-fast"), "a local AI/ML API are running"),
    ],
)
async def test_the_demo_plays_the_default_and_what_the_other_provider_alone_serves(
    arguments: tuple[str, ...], said: str
) -> None:
    """Without a model it is the bot's own default; the provider is one that serves the model."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        code, output = await demo(*arguments)

    assert code == 0, output
    assert said in output
    assert "The video, checked to be" in output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--model", "sora-9"), "there is no model sora-9, but wan-2.7, hailuo-02-fast"),
        (("--model", "sora-2", "--duration", "5"), "the bot refused: Sora 2 doesn't support 5 s"),
    ],
)
async def test_what_the_demo_cannot_play_is_said(arguments: tuple[str, ...], said: str) -> None:
    """With an exit code for scripts, and what there is instead."""
    code, output = await demo(*arguments)

    assert code == 1
    assert "The demo failed" in output
    assert said in output
