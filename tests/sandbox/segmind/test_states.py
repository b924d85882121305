"""The way of a generation from QUEUED to its end, as its two addresses tell it."""

from datetime import datetime

import pytest

from bot.sandbox.clock import SandboxClock
from bot.sandbox.moderation import FORBIDDEN_WORD, FORBIDDEN_WORDS, MODERATION_TEXTS, Part
from bot.sandbox.segmind import SegmindSandbox
from bot.sandbox.segmind.fleet import ENGINES
from tests.sandbox.segmind.conftest import OTHER_KEY, STUB, Client


async def finish(segmind: SegmindSandbox) -> None:
    """Let every generation come to its end by the clock and the renderer."""
    segmind.clock.advance(segmind.queue_seconds + segmind.processing_seconds)
    for generation in segmind.generations:
        if generation.film is not None:
            await generation.film


@pytest.mark.usefixtures("stubbed")
async def test_goes_from_queued_over_processing_to_completed(
    client: Client, segmind: SegmindSandbox
) -> None:
    """The state follows from the clock alone; the result appears with COMPLETED."""
    request_id = (await client.submit()).body["request_id"]
    seen = []
    for seconds in (0, 3.9, 0.1, 19.9):
        segmind.clock.advance(seconds)
        status, result = await client.status(request_id), await client.result(request_id)
        assert result.body == {"status": status.body["status"]}
        seen.append(status.body["status"])
    await finish(segmind)
    done = await client.status(request_id)
    assert seen == ["QUEUED", "QUEUED", "PROCESSING", "PROCESSING"]
    assert done.body["status"] == "COMPLETED"
    assert done.body.keys() == {"status", "request_id", "metrics"}
    assert segmind.generations[0].polls == 5


@pytest.mark.usefixtures("stubbed")
async def test_the_result_has_the_video_and_the_figures(
    client: Client, segmind: SegmindSandbox
) -> None:
    """The result carries the address twice, what it cost and how long it took."""
    request_id = (await client.submit("sora-2-pro", duration=8)).body["request_id"]
    await finish(segmind)
    result = await client.result(request_id)
    url = result.body["output"]
    assert result.body == {
        "status": "COMPLETED",
        "output": url,
        "video": {"url": url},
        "metrics": {
            "cost": 2.4,
            "queue_time": 4.0,
            "inference_time": 20.0,
            "total_time": 24.0,
            "remaining_credits": 7.6,
        },
    }
    assert (await client.call("GET", url, key=None)).body == STUB


class SteppingClock(SandboxClock):
    """A clock on which a second passes whenever someone looks at it."""

    def now(self) -> datetime:
        """Let a second pass and tell the time."""
        self.advance(1)
        return super().now()


@pytest.mark.usefixtures("stubbed")
@pytest.mark.parametrize("processing_seconds", range(8, 16))
async def test_an_answer_tells_of_one_moment(
    client: Client, segmind: SegmindSandbox, processing_seconds: int
) -> None:
    """Even where the end comes while an answer is made, its parts don't contradict each other."""
    segmind.clock = SteppingClock(speed=0.0)
    segmind.plan(fail="out of luck", processing_seconds=processing_seconds)
    segmind.plan(video=STUB, processing_seconds=processing_seconds)
    for never in ("COMPLETED", "FAILED"):
        request_id = (await client.submit()).body["request_id"]
        for _ in range(16):
            status, result = await client.status(request_id), await client.result(request_id)
            for answer in (status, result):
                assert answer.body["status"] != never
                assert (answer.body["status"] == "FAILED") is (answer.status == 422)
                assert (answer.body["status"] == "FAILED") is ("error" in answer.body)
            assert (result.body["status"] == "COMPLETED") is ("output" in result.body)


async def test_completes_only_with_its_video(client: Client, segmind: SegmindSandbox) -> None:
    """However fast the clock runs, COMPLETED waits for the renderer."""
    request_id = (await client.submit(duration=4)).body["request_id"]
    segmind.clock.advance(3000)
    film = segmind.generations[0].film
    assert film is not None
    assert not film.done()
    assert segmind.generations[0].state == "PROCESSING"
    await film
    assert (await client.status(request_id)).body["status"] == "COMPLETED"


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"prompt": "  "}, "prompt"),
        ({"prompt": f"a fox {FORBIDDEN_WORD}"}, "moderation"),
        ({"input_reference": "https://example.com/fox.png"}, "fetched"),
    ],
)
async def test_fails_late_what_was_accepted(
    client: Client, segmind: SegmindSandbox, fields: dict[str, str], told: str
) -> None:
    """Blank prompts, moderation and images beyond reach fail at the end, as 422 on both."""
    request_id = (await client.submit(**fields)).body["request_id"]
    assert (await client.status(request_id)).status == 200
    assert segmind.generations[0].error is None
    await finish(segmind)
    status, result = await client.status(request_id), await client.result(request_id)
    assert [status.status, result.status] == [422, 422]
    assert status.body["status"] == result.body["status"] == "FAILED"
    assert told in status.body["error"]
    assert status.body["error"] == result.body["error"] == segmind.generations[0].error


@pytest.mark.parametrize("slug", [slug for slug in ENGINES if not ENGINES[slug].v1_only])
async def test_a_body_without_a_prompt_is_accepted_and_fails(
    client: Client, segmind: SegmindSandbox, slug: str
) -> None:
    """Any engine finds a missing prompt after queueing, and bills nothing in the end."""
    answer = await client.call("POST", f"/v2/{slug}", json={})
    await finish(segmind)
    status = await client.status(answer.body["request_id"])
    assert (answer.status, status.status) == (200, 422)
    assert status.body["error"] == "The parameter prompt is required"
    assert await client.credits() == 10


@pytest.mark.parametrize("part", FORBIDDEN_WORDS)
async def test_a_word_has_a_part_refused(
    client: Client, segmind: SegmindSandbox, part: Part
) -> None:
    """Each forbidden word leads to the first wording for its part, and bills nothing."""
    request_id = (await client.submit(prompt=f"a fox {FORBIDDEN_WORDS[part]}")).body["request_id"]
    await finish(segmind)
    assert (await client.status(request_id)).body["error"] == MODERATION_TEXTS[part][0]
    assert await client.credits() == 10


@pytest.mark.usefixtures("stubbed")
async def test_ids_that_one_may_not_know_are_not_found(client: Client) -> None:
    """Unknown ids and those of another key get the same 404."""
    request_id = (await client.submit()).body["request_id"]
    for answer in (
        await client.status("nothing"),
        await client.result("nothing"),
    ):
        assert (answer.status, answer.body) == (404, {"error": "Request nothing not found"})
    assert (await client.status(request_id, key=OTHER_KEY)).status == 404
    assert (await client.result(request_id, key=OTHER_KEY)).status == 404


@pytest.mark.usefixtures("stubbed")
async def test_forgets_the_record_before_the_video(client: Client, segmind: SegmindSandbox) -> None:
    """After an hour the record is gone, after seven days the video too."""
    request_id = (await client.submit()).body["request_id"]
    await finish(segmind)
    url = (await client.result(request_id)).body["output"]
    segmind.clock.advance(3600)
    assert (await client.status(request_id)).status == 404
    assert (await client.result(request_id)).status == 404
    assert (await client.call("GET", url, key=None)).status == 200
    segmind.clock.advance(7 * 24 * 3600)
    assert (await client.call("GET", url, key=None)).status == 404
