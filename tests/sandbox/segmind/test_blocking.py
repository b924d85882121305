"""The older API: one call that lasts until the video is there."""

import asyncio
from typing import Any

import aiohttp
import pytest

from bot.sandbox.faults import Gate
from bot.sandbox.segmind import FORBIDDEN_WORD, SegmindSandbox
from bot.sandbox.segmind.blocking import PIECE_BYTES
from bot.sandbox.segmind.fleet import ENGINES
from tests.sandbox.segmind.conftest import KEY, STUB, Answer, Client, png

BODY = {"prompt": "a fox in the snow", "duration": 8}
LONG = bytes(range(256)) * (33 * PIECE_BYTES // 256)
AT_ONCE: dict[str, Any] = {"queue_seconds": 0, "processing_seconds": 0}


def block(client: Client, slug: str = "sora-2") -> asyncio.Task[Answer]:
    """Make the call, and don't wait for its end."""
    return asyncio.create_task(client.call("POST", f"/v1/{slug}", json=BODY))


async def test_answers_with_the_video_itself(client: Client, segmind: SegmindSandbox) -> None:
    """The call is held until the end and answered with bytes and three headers."""
    plan = segmind.plan(video=STUB, hold=True)
    call = block(client)
    generation = await segmind.wait_submitted(1)
    assert not call.done()
    plan.release()
    answer = await call
    assert (answer.status, answer.body) == (200, STUB)
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Content-Length"] == str(len(STUB))
    assert answer.headers["x-request-id"] == generation.request_id
    assert float(answer.headers["x-cost"]) == 0.8
    assert float(answer.headers["x-remaining-credits"]) == 9.2


@pytest.mark.parametrize("slug", ENGINES)
async def test_serves_every_engine(client: Client, segmind: SegmindSandbox, slug: str) -> None:
    """The same fields are read as by the newer API, and those that it does not serve as well."""
    segmind.plan(video=STUB, **AT_ONCE)
    body = {"prompt": "a fox in the snow"}
    for field in ENGINES[slug].image_fields:
        if field.required:
            body[field.name] = await client.upload(png(128, 64))
    answer = await client.call("POST", f"/v1/{slug}", json=body)
    assert (answer.status, answer.body) == (200, STUB)
    assert segmind.generations[0].slug == slug


async def test_answers_a_failure_with_its_text(client: Client, segmind: SegmindSandbox) -> None:
    """A failure is a 500 with the text, and costs nothing."""
    segmind.plan(fail="out of luck", **AT_ONCE)
    answer = await client.call("POST", "/v1/sora-2", json=BODY)
    assert (answer.status, answer.body) == (500, {"error": "out of luck"})
    assert await client.credits() == 10


async def test_tells_what_the_moderation_stopped(client: Client, segmind: SegmindSandbox) -> None:
    """Moderation, too, is told when the work has ended, and costs nothing."""
    segmind.plan(**AT_ONCE)
    body = {**BODY, "prompt": f"a fox {FORBIDDEN_WORD}"}
    answer = await client.call("POST", "/v1/sora-2", json=body)
    assert answer.status == 500
    assert "moderation" in answer.body["error"]
    assert await client.credits() == 10


async def test_refuses_like_a_submit(client: Client) -> None:
    """Unknown slugs, keys and values are refused alike."""
    unknown = await client.call("POST", "/v1/sora-3", json=BODY)
    nobody = await client.call("POST", "/v1/sora-2", key="wrong", json=BODY)
    refused = await client.call("POST", "/v1/sora-2", json={**BODY, "size": "1x1"})
    assert [unknown.status, nobody.status, refused.status] == [404, 401, 406]


@pytest.mark.parametrize(
    ("slug", "body", "missing"),
    [
        ("sora-2", {}, "prompt"),
        ("vintage-1", {"prompt": "  "}, "prompt"),
        ("hailuo-02-fast", {"prompt": "a fox"}, "first_frame_image"),
    ],
)
async def test_misses_at_once_what_is_required(
    client: Client, segmind: SegmindSandbox, slug: str, body: dict[str, str], missing: str
) -> None:
    """Without a queue in between, what is missing is 400, and nothing was begun."""
    answer = await client.call("POST", f"/v1/{slug}", json=body)
    assert (answer.status, answer.body) == (400, {"error": f"The parameter {missing} is required"})
    assert segmind.generations == []


async def test_can_answer_with_an_address(client: Client, segmind: SegmindSandbox) -> None:
    """Planned so, the answer is JSON in one of the output shapes, with the same headers."""
    segmind.plan(video=STUB, v1_answer="json", output_shape="list", **AT_ONCE)
    answer = await client.call("POST", "/v1/sora-2", json=BODY)
    [url] = answer.body["output"]
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.headers["x-request-id"] == segmind.generations[0].request_id
    assert (await client.call("GET", url, key=None)).body == STUB


async def test_a_front_proxy_gives_up_on_work_that_goes_on(
    client: Client, segmind: SegmindSandbox
) -> None:
    """A planned 504 is a page, and the generation behind it completes and is paid."""
    segmind.plan(video=STUB, v1_answer="gateway_timeout", **AT_ONCE)
    answer = await client.call("POST", "/v1/sora-2", json=BODY)
    assert (answer.status, answer.headers["Content-Type"]) == (504, "text/html; charset=utf-8")
    [generation] = segmind.generations
    assert generation.film is not None
    await generation.film
    assert generation.state == "COMPLETED"
    assert await client.credits() == 9.2


async def test_can_be_cut_in_the_middle(client: Client, segmind: SegmindSandbox) -> None:
    """Exactly half of the announced bytes arrive before the end; it is paid all the same."""
    segmind.plan(video=LONG, v1_answer="cut", **AT_ONCE)
    url = f"{segmind.base_url}/v1/sora-2"
    async with client.session.post(url, json=BODY, headers={"x-api-key": KEY}) as answer:
        half = await answer.content.readexactly(len(LONG) // 2)
        with pytest.raises(aiohttp.ClientPayloadError):
            await answer.content.read()
    assert answer.headers["Content-Length"] == str(len(LONG))
    assert half == LONG[: len(LONG) // 2]
    assert await client.credits() == 9.2


async def test_can_be_held_in_the_middle(client: Client, segmind: SegmindSandbox) -> None:
    """Half of a video in many pieces arrives while the rest is held, and then the rest."""
    gate = Gate()
    segmind.plan(video=LONG, halfway=gate, **AT_ONCE)
    url = f"{segmind.base_url}/v1/sora-2"
    async with client.session.post(url, json=BODY, headers={"x-api-key": KEY}) as answer:
        half = await answer.content.readexactly(len(LONG) // 2)
        await gate.reached.wait()
        assert answer.content.total_bytes == len(half)
        gate.release()
        assert half + await answer.read() == LONG


async def test_can_not_be_resumed(client: Client, segmind: SegmindSandbox) -> None:
    """The newer API knows nothing of a call to this one, not even by its id."""
    segmind.plan(video=STUB, **AT_ONCE)
    answer = await client.call("POST", "/v1/sora-2", json=BODY)
    request_id = answer.headers["x-request-id"]
    assert (await client.status(request_id)).status == 404
    assert (await client.result(request_id)).status == 404


@pytest.mark.parametrize("when", ["at work", "halfway"])
async def test_one_who_goes_away_is_billed(
    client: Client, segmind: SegmindSandbox, when: str, caplog: pytest.LogCaptureFixture
) -> None:
    """A call that its client breaks off is worked on to the end, paid, and no error of ours."""
    gate = Gate()
    plan = segmind.plan(video=STUB, hold=True, halfway=gate if when == "halfway" else None)
    call = block(client)
    generation = await segmind.wait_submitted(1)
    if when == "halfway":
        plan.release()
        await gate.reached.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    if when == "at work":
        plan.release()
    gate.release()
    await segmind.wait_calls("POST", "^/v1/")
    assert generation.state == "COMPLETED"
    assert await client.credits() == 9.2
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []
