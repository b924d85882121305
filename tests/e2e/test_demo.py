"""The demo plays each family of engines; `make demo-all` plays every one of the catalogue."""

import asyncio
import sys

import pytest

FAMILIES = {"sora-2": 4, "veo-3.1-fast": 4, "kling-3-standard": 3, "hailuo-02-fast": 6}
"""With seconds. Pixels in one field; resolution and ratio; ratio alone; no shape but a picture's.
"""
PATIENCE_SECONDS = 110.0


async def demo(*arguments: str) -> tuple[int, str]:
    """Run the demo to its end; tell its exit code and what it wrote."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "demo", "--headless", "--speed", "60", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_the_demo_makes_a_video_with_each_family_of_engines() -> None:
    """It checks the pixels and seconds itself, and says where the video lies."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        plays = await asyncio.gather(
            *(
                demo("--model", model, "--duration", str(seconds))
                for model, seconds in FAMILIES.items()
            )
        )

    for code, output in plays:
        assert code == 0, output
        assert "The video, checked to be" in output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--model", "sora-9"), "there is no model sora-9, but sora-2, sora-2-pro"),
        (("--duration", "5"), "the bot refused: sora-2 has no duration 5 s"),
    ],
)
async def test_what_the_demo_cannot_play_is_said(arguments: tuple[str, ...], said: str) -> None:
    """With an exit code for scripts, and what there is instead."""
    code, output = await demo(*arguments)

    assert code == 1
    assert "The demo failed" in output
    assert said in output
