"""The older API: one call that lasts until the video is there."""

import asyncio

from bot.sandbox.segmind import SegmindSandbox
from tests.sandbox.segmind.conftest import STUB, Client

BODY = {"prompt": "a fox in the snow", "duration": 8}


async def test_answers_with_the_video_itself(client: Client, segmind: SegmindSandbox) -> None:
    """The call is held until the end and answered with bytes and three headers."""
    plan = segmind.plan(video=STUB, hold=True)
    call = asyncio.create_task(client.call("POST", "/v1/sora-2", json=BODY))
    generation = await segmind.wait_submitted(1)
    assert not call.done()
    plan.release()
    answer = await call
    assert (answer.status, answer.body) == (200, STUB)
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["x-request-id"] == generation.request_id
    assert float(answer.headers["x-cost"]) == 0.8
    assert float(answer.headers["x-remaining-credits"]) == 9.2


async def test_answers_a_failure_with_its_text(client: Client, segmind: SegmindSandbox) -> None:
    """A failure is a 500 with the text, and costs nothing."""
    segmind.plan(fail="out of luck", queue_seconds=0, processing_seconds=0)
    answer = await client.call("POST", "/v1/sora-2", json=BODY)
    assert (answer.status, answer.body) == (500, {"error": "out of luck"})
    assert await client.credits() == 10


async def test_refuses_like_a_submit(client: Client) -> None:
    """Unknown slugs, keys and values are refused alike."""
    unknown = await client.call("POST", "/v1/sora-3", json=BODY)
    nobody = await client.call("POST", "/v1/sora-2", key="wrong", json=BODY)
    refused = await client.call("POST", "/v1/sora-2", json={**BODY, "size": "1x1"})
    assert [unknown.status, nobody.status, refused.status] == [404, 401, 406]
