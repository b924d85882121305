"""What a submit is answered."""

from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from bot.sandbox.segmind import SegmindSandbox
from bot.sandbox.segmind.engines import Engine, Field, Shape
from tests.sandbox.segmind.conftest import KEY, Client, is_there

pytestmark = pytest.mark.usefixtures("stubbed")


async def test_accepts_with_an_id_and_three_addresses(
    client: Client, segmind: SegmindSandbox
) -> None:
    """A submit is answered at once with QUEUED, an id and where to ask."""
    answer = await client.submit()
    request_id = answer.body["request_id"]
    address = f"{segmind.base_url}/v2/requests/{request_id}"
    assert answer.status == 200
    assert answer.body == {
        "request_id": request_id,
        "status": "QUEUED",
        "poll_url": f"{address}/status",
        "status_url": f"{address}/status",
        "response_url": address,
    }


async def test_records_what_was_asked(client: Client, segmind: SegmindSandbox) -> None:
    """Generations and calls keep the body as it was received."""
    await client.submit("sora-2-pro", duration="12", size="1792x1024")
    generation = await segmind.wait_submitted(1)
    body = {"prompt": "a fox in the snow", "duration": "12", "size": "1792x1024"}
    assert (generation.slug, generation.key, generation.state) == ("sora-2-pro", KEY, "QUEUED")
    assert generation.body == body
    assert segmind.calls[0].body == body


async def test_ids_come_in_both_known_forms(client: Client) -> None:
    """One id has hyphens, the next has none: clients must not read them."""
    first, second = [(await client.submit()).body["request_id"] for _ in range(2)]
    assert str(UUID(first)) == first
    assert UUID(second).hex == second


async def test_every_submit_is_a_new_job(client: Client, segmind: SegmindSandbox) -> None:
    """The same body twice is two jobs and is paid twice."""
    ids = {(await client.submit()).body["request_id"] for _ in range(2)}
    assert len(ids) == len(segmind.generations) == 2
    assert await client.credits() == 10 - 2 * 0.4


@pytest.mark.parametrize("duration", ["8", 8])
async def test_takes_a_duration_as_text_or_number(
    client: Client, segmind: SegmindSandbox, duration: str | int
) -> None:
    """Both "8" and 8 are eight seconds."""
    assert (await client.submit(duration=duration)).status == 200
    assert segmind.generations[0].order.seconds == 8


@pytest.mark.parametrize(
    ("slug", "fields", "told"),
    [
        ("sora-2", {"duration": 5}, "duration"),
        ("sora-2", {"duration": 8.0}, "duration"),
        ("sora-2", {"duration": True}, "duration"),
        ("sora-2", {"size": "1792x1024"}, "size"),
        ("sora-2-pro", {"size": "1x1"}, "size"),
        ("sora-2", {"prompt": 7}, "prompt"),
        ("sora-2", {"input_reference": None}, "input_reference"),
        ("sora-2", {"seed": 1, "fps": 24}, "fps, seed"),
    ],
)
async def test_refuses_values_and_keys_that_the_engine_does_not_know(
    client: Client, segmind: SegmindSandbox, slug: str, fields: dict[str, Any], told: str
) -> None:
    """A refused value is 406, its text names the parameter, and nothing is billed."""
    answer = await client.submit(slug, **fields)
    assert answer.status == 406
    assert told in answer.body["error"]
    assert segmind.generations == []


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b'{"seed": 1}'])
async def test_tells_whether_a_slug_is_served_before_it_reads_the_body(
    client: Client, segmind: SegmindSandbox, body: bytes
) -> None:
    """An unknown slug is 404 and a retired one 410, whatever was sent; the key comes first."""
    segmind.retire("sora-2")
    for slug, status in (("sora-3", 404), ("sora-2", 410)):
        for version in ("v1", "v2"):
            answer = await client.call("POST", f"/{version}/{slug}", data=body)
            nobody = await client.call("POST", f"/{version}/{slug}", key=None, data=body)
            assert (answer.status, list(answer.body), nobody.status) == (status, ["error"], 401)
    assert segmind.generations == []


async def test_a_retired_engine_can_come_back(client: Client, segmind: SegmindSandbox) -> None:
    """A retirement holds for one engine and until it is taken back."""
    segmind.retire("sora-2")
    answers = [await client.submit(slug) for slug in ("sora-2", "sora-2", "sora-2-pro")]
    segmind.restore("sora-2")
    answers.append(await client.submit("sora-2"))
    assert [answer.status for answer in answers] == [410, 410, 200, 200]
    for change in (segmind.retire, segmind.restore):
        with pytest.raises(KeyError):
            change("sora-3")


async def test_an_engine_of_the_older_api_is_unknown_here(client: Client) -> None:
    """A slug that only the blocking API serves is 404."""
    assert (await client.submit("vintage-1", duration=4)).status == 404


async def test_wants_json(client: Client) -> None:
    """Another content type is 406, and what is no JSON object is 400."""
    form = await client.call("POST", "/v2/sora-2", data={"prompt": "a fox"})
    headers = {"Content-Type": "application/json"}
    broken = await client.call("POST", "/v2/sora-2", data="{", headers=headers)
    bare = await client.call("POST", "/v2/sora-2", json=["prompt"])
    assert [form.status, broken.status, bare.status] == [406, 400, 400]


async def test_tells_a_missing_key_from_a_wrong_one(
    client: Client, segmind: SegmindSandbox
) -> None:
    """Both are 401, in two wordings; a revoked key is a wrong one."""
    segmind.revoke(KEY)
    answers = [
        await client.call("POST", "/v2/sora-2", key=key, json={"prompt": "a fox"})
        for key in (None, "wrong", KEY)
    ]
    missing, wrong, revoked = [answer.body["error"] for answer in answers]
    assert {answer.status for answer in answers} == {401}
    assert missing != wrong == revoked


async def test_limits_the_requests_of_a_minute(client: Client, segmind: SegmindSandbox) -> None:
    """Too many requests are 429, told by a reset time and not by Retry-After, until it is over."""
    segmind.requests_per_minute = 2
    into_the_minute = segmind.clock.now().second
    segmind.clock.advance(60 - into_the_minute)
    answers = [await client.submit() for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    headers = answers[-1].headers
    assert "Retry-After" not in headers
    assert headers["x-rate-limit-reset-at-utc"].endswith(":00Z")
    segmind.clock.advance(60)
    assert (await client.submit()).status == 200


async def test_a_lost_answer_is_still_a_job(client: Client, segmind: SegmindSandbox) -> None:
    """A connection cut after the work leaves a billed job that the client knows nothing of."""
    segmind.faults.reset("POST", "^/v2/", after=True)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.submit()
    assert len(segmind.generations) == 1
    assert await client.credits() == 9.6


async def test_a_taken_port_is_told(segmind: SegmindSandbox) -> None:
    """A second sandbox on the same port does not start, and leaves nothing open."""
    second = SegmindSandbox(port=segmind.port)
    with pytest.raises(OSError, match="address already in use"):
        await second.start()
    assert not is_there(Path(second._folder.name))


async def test_an_engine_is_data(client: Client, segmind: SegmindSandbox) -> None:
    """An engine with other fields is served without a line of code for it, beside the rest."""
    segmind.add_engine(
        Engine(
            "veo",
            fields=(
                Field("prompt"),
                Field("duration", ("4", "6"), default="6", types=(int,)),
                Field("resolution", ("720p", "1080p"), default="720p"),
                Field("aspect_ratio", ("16:9", "9:16"), default="16:9"),
                Field("seed", types=(int,)),
            ),
            shape_fields=("resolution", "aspect_ratio"),
            shapes={
                ("720p", "16:9"): Shape(1280, 720, 0.2),
                ("720p", "9:16"): Shape(720, 1280, 0.2),
                ("1080p", "16:9"): Shape(1920, 1080, 0.4),
            },
        )
    )
    assert (await client.submit("sora-2")).status == 200
    assert (await client.submit("veo", aspect_ratio="9:16", seed=7)).status == 200
    assert (await client.submit("veo", seed=True)).status == 406
    assert (await client.submit("veo", duration="6")).status == 406
    both = await client.submit("veo", resolution="1080p", aspect_ratio="9:16")
    assert both.status == 406
    assert segmind.generations[1].order.shape == Shape(720, 1280, 0.2)
    assert segmind.generations[1].order.price == 1.2
