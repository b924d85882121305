"""What tests and the demo can make the next generations do."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.segmind import SegmindSandbox
from bot.sandbox.segmind.plans import OutputShape
from tests.sandbox.segmind.conftest import STUB, Client


async def test_fails_as_often_as_planned(client: Client, segmind: SegmindSandbox) -> None:
    """Two planned failures strike the next two, with the planned text; a standing plan follows."""
    segmind.plan(video=STUB, times=None)
    segmind.plan(fail="out of luck", times=2)
    for _ in range(3):
        await client.submit()
    segmind.clock.advance(24)
    assert [generation.error for generation in segmind.generations] == [
        "out of luck",
        "out of luck",
        None,
    ]


async def test_a_retired_model_is_refused_and_not_billed(
    client: Client, segmind: SegmindSandbox
) -> None:
    """A planned retirement is 410 once, and makes no generation."""
    segmind.plan(retired=True)
    segmind.plan(video=STUB)
    assert [(await client.submit()).status for _ in range(2)] == [410, 200]
    assert len(segmind.generations) == 1


async def test_takes_the_planned_times(client: Client, segmind: SegmindSandbox) -> None:
    """Planned seconds replace those of the sandbox."""
    segmind.plan(video=STUB, queue_seconds=100, processing_seconds=50)
    await client.submit()
    states: list[str] = []
    for seconds in (99, 50):
        segmind.clock.advance(seconds)
        states.append(segmind.generations[0].state)
    assert states == ["QUEUED", "PROCESSING"]


async def test_holds_until_released(client: Client, segmind: SegmindSandbox) -> None:
    """What is held stays in PROCESSING whatever the clock says, and then completes."""
    plan = segmind.plan(hold=True, video=STUB)
    await client.submit()
    generation = segmind.generations[0]
    assert generation.film is not None
    await generation.film
    segmind.clock.advance(3000)
    held: str = generation.state
    plan.release()
    released: str = generation.state
    assert (held, released) == ("PROCESSING", "COMPLETED")
    assert generation.look().processing_seconds == 2996


async def test_holds_until_failed(client: Client, segmind: SegmindSandbox) -> None:
    """What is held can be made to fail; a second word on it is a mistake of the test."""
    plan = segmind.plan(hold=True, video=STUB)
    await client.submit()
    plan.fail("the GPU melted")
    assert segmind.generations[0].state == "FAILED"
    assert segmind.generations[0].error == "the GPU melted"
    with pytest.raises(RuntimeError, match="holds nothing"):
        plan.release()


async def test_serves_a_given_file(client: Client, segmind: SegmindSandbox, tmp_path: Path) -> None:
    """A planned path is served byte for byte."""
    path = tmp_path / "made-elsewhere.mp4"
    path.write_bytes(b"no video at all")
    segmind.plan(video=path, queue_seconds=0, processing_seconds=0)
    request_id = (await client.submit()).body["request_id"]
    assert segmind.generations[0].film is not None
    await segmind.generations[0].film
    url = (await client.result(request_id)).body["output"]
    assert (await client.call("GET", url, key=None)).body == b"no video at all"


async def test_says_words_that_nobody_knows(client: Client, segmind: SegmindSandbox) -> None:
    """A planned word stands for QUEUED and PROCESSING in both answers, not for the end."""
    segmind.plan(video=STUB, status_word="WAITING")
    request_id = (await client.submit()).body["request_id"]
    assert (await client.status(request_id)).body["status"] == "WAITING"
    assert (await client.result(request_id)).body == {"status": "WAITING"}
    segmind.clock.advance(24)
    assert segmind.generations[0].film is not None
    await segmind.generations[0].film
    assert (await client.status(request_id)).body["status"] == "COMPLETED"


@pytest.mark.parametrize(
    ("shape", "output"),
    [
        ("string", {"output": "URL", "video": {"url": "URL"}}),
        ("video", {"video": {"url": "URL"}}),
        ("list", {"output": ["URL"]}),
        ("object", {"output": {"url": "URL"}}),
    ],
)
async def test_shapes_the_output(
    client: Client, segmind: SegmindSandbox, shape: OutputShape, output: dict[str, Any]
) -> None:
    """The address comes in each of the shapes that a client must read."""
    segmind.plan(video=STUB, output_shape=shape, queue_seconds=0, processing_seconds=0)
    request_id = (await client.submit()).body["request_id"]
    generation = segmind.generations[0]
    assert generation.film is not None
    await generation.film
    result = (await client.result(request_id)).body
    url = f"{segmind.base_url}/media/{generation.media_name}"
    told = {key: value for key, value in result.items() if key in {"output", "video"}}
    assert repr(told) == repr(output).replace("URL", url)


async def test_wakes_who_waits_for_submits_and_polls(
    client: Client, segmind: SegmindSandbox
) -> None:
    """Waiting for a count of submits or polls ends when it is reached."""
    segmind.plan(video=STUB, times=None)
    second = asyncio.create_task(segmind.wait_submitted(2))
    request_id = (await client.submit()).body["request_id"]
    assert not second.done()
    await client.submit()
    assert await second is segmind.generations[1]
    polled = asyncio.create_task(segmind.wait_polled(segmind.generations[0], 2))
    await client.status(request_id)
    assert not polled.done()
    await client.status(request_id)
    await polled
