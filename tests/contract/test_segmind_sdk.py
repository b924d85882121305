"""Segmind's own Python SDK (``segmind`` 1.3.0) as a client of the local stand-in.

It was written against the real API: what it refuses here, our own client must not rely on.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image
from segmind import SegmindClient
from segmind.exceptions import SegmindError
from segmind.files import Files
from segmind.v2 import InferenceFailed, InferenceTimeout

from bot.sandbox.clock import SandboxClock
from bot.sandbox.segmind import SegmindSandbox

PROMPT = "a fox in the snow"
STUB = b"stands for a video"


@pytest.fixture
async def segmind(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SegmindSandbox]:
    """Run a stand-in whose minutes pass in a moment, and send uploads to it."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with SegmindSandbox(clock=SandboxClock(speed=200.0)) as sandbox:
        monkeypatch.setattr(Files, "STORAGE_BASE_URL", sandbox.upload_url)
        yield sandbox


@pytest.fixture
async def sdk(segmind: SegmindSandbox) -> AsyncIterator[SegmindClient]:
    """Make a client with the sandbox's key; it is synchronous, so tests call it in a thread."""
    client = SegmindClient("sandbox-key", f"{segmind.base_url}/v1")
    yield client
    client._client.close()


async def test_submits_waits_and_finds_the_video(
    sdk: SegmindClient, segmind: SegmindSandbox
) -> None:
    """The SDK follows the addresses of the answer to a rendered video."""
    job = await asyncio.to_thread(sdk.submit_async, "sora-2", prompt=PROMPT, duration="4")
    assert job.submit_response["status"] == "QUEUED"
    result = await asyncio.to_thread(job.wait, timeout=60, interval=0.02)
    assert result["status"] == "COMPLETED"
    assert result["output"] == result["video"]["url"]
    assert result["metrics"]["cost"] == 0.4
    video = await asyncio.to_thread(sdk._client.get, result["output"])
    assert video.content[4:8] == b"ftyp"
    assert segmind.leaks != [], "the SDK's own session carries the key anywhere: that is noted"


async def test_runs_with_a_number_for_the_duration(
    sdk: SegmindClient, segmind: SegmindSandbox
) -> None:
    """One call submits, waits and hands out the result."""
    segmind.plan(video=STUB, queue_seconds=0, processing_seconds=0)
    result = await asyncio.to_thread(sdk.run, "sora-2-pro", prompt=PROMPT, duration=12)
    assert result["metrics"]["cost"] == 3.6


async def test_reads_every_state(sdk: SegmindClient, segmind: SegmindSandbox) -> None:
    """Before the end both addresses answer with a state, not with an error."""
    plan = segmind.plan(video=STUB, queue_seconds=0, hold=True)
    job = await asyncio.to_thread(sdk.submit_async, "sora-2", prompt=PROMPT)
    status = await asyncio.to_thread(job.status)
    assert status["status"] == "PROCESSING"
    assert status["request_id"] == job.request_id
    assert await asyncio.to_thread(job.result) == {"status": "PROCESSING"}
    plan.release()
    assert (await asyncio.to_thread(job.wait, interval=0.02))["status"] == "COMPLETED"


async def test_raises_the_text_of_a_failure(sdk: SegmindClient, segmind: SegmindSandbox) -> None:
    """A failure under 422 is read as a state and raised with its text."""
    segmind.plan(fail="out of luck", queue_seconds=0, processing_seconds=0)
    job = await asyncio.to_thread(sdk.submit_async, "sora-2", prompt=PROMPT)
    with pytest.raises(InferenceFailed) as failed:
        await asyncio.to_thread(job.wait)
    assert failed.value.detail == "out of luck"
    assert failed.value.status_body["status"] == "FAILED"
    assert (await asyncio.to_thread(job.result))["error"] == "out of luck"


async def test_gives_up_waiting(sdk: SegmindClient, segmind: SegmindSandbox) -> None:
    """What is held outlasts the SDK's patience, and is still there afterwards."""
    plan = segmind.plan(video=STUB, hold=True)
    job = await asyncio.to_thread(sdk.submit_async, "sora-2", prompt=PROMPT)
    with pytest.raises(InferenceTimeout):
        await asyncio.to_thread(job.wait, timeout=0)
    plan.release()
    assert (await asyncio.to_thread(job.wait, interval=0.02))["status"] == "COMPLETED"


async def test_raises_on_a_forgotten_id(sdk: SegmindClient, segmind: SegmindSandbox) -> None:
    """An hour after the submit the id is not found, and the text says so."""
    segmind.plan(video=STUB)
    job = await asyncio.to_thread(sdk.submit_async, "sora-2", prompt=PROMPT)
    segmind.clock.advance(segmind.retention_seconds)
    with pytest.raises(SegmindError) as missing:
        await asyncio.to_thread(job.status)
    assert missing.value.status == 404
    assert missing.value.detail == f"Request {job.request_id} not found"


@pytest.mark.parametrize(
    ("slug", "fields", "status"),
    [("sora-3", {}, 404), ("sora-2", {"size": "1x1"}, 406), ("sora-2", {"seed": 1}, 406)],
)
async def test_raises_on_a_refused_submit(
    sdk: SegmindClient, slug: str, fields: dict[str, object], status: int
) -> None:
    """Refusals carry a status and a text that the SDK finds."""
    with pytest.raises(SegmindError) as refused:
        await asyncio.to_thread(sdk.submit_async, slug, prompt=PROMPT, **fields)
    assert refused.value.status == status
    assert refused.value.detail


async def test_raises_on_a_wrong_key(
    sdk: SegmindClient, segmind: SegmindSandbox, tmp_path: Path
) -> None:
    """A revoked key is a 401 for a submit and for an upload."""
    segmind.revoke("sandbox-key")
    image = tmp_path / "fox.png"
    Image.new("RGB", (1, 1)).save(image)
    with pytest.raises(SegmindError) as submit:
        await asyncio.to_thread(sdk.submit_async, "sora-2", prompt=PROMPT)
    with pytest.raises(SegmindError) as upload:
        await asyncio.to_thread(sdk.files.upload, image)
    assert [submit.value.status, upload.value.status] == [401, 401]


async def test_uploads_an_image_and_uses_it(
    sdk: SegmindClient, segmind: SegmindSandbox, tmp_path: Path
) -> None:
    """An uploaded file has an address that a submit can refer to."""
    image = tmp_path / "fox.png"
    Image.new("RGB", (720, 1280), "teal").save(image)
    uploaded = await asyncio.to_thread(sdk.files.upload, [image, image])
    first, second = uploaded["file_urls"]
    assert first != second
    segmind.plan(video=STUB, queue_seconds=0, processing_seconds=0)
    fields = {"prompt": PROMPT, "size": "720x1280", "input_reference": first}
    result = await asyncio.to_thread(sdk.run, "sora-2", **fields)
    assert result["status"] == "COMPLETED"


async def test_makes_one_blocking_call(sdk: SegmindClient, segmind: SegmindSandbox) -> None:
    """The older API answers with the bytes of the video."""
    segmind.plan(video=STUB)
    answer = await asyncio.to_thread(sdk.run_sync, "sora-2", prompt=PROMPT)
    assert answer.content == STUB
    assert answer.headers["x-request-id"] == segmind.generations[0].request_id
