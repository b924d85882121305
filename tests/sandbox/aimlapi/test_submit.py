"""What a submit is answered."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import aiohttp
import pytest

from bot.sandbox.aimlapi import AimlapiSandbox
from tests.sandbox.aimlapi.conftest import (
    I2V,
    KEY,
    PATH,
    PRO_I2V,
    PRO_T2V,
    PROMPT,
    T2V,
    Client,
    data_uri,
    png,
)

pytestmark = pytest.mark.usefixtures("stubbed")
IMAGE = data_uri(png(1, 1))


async def test_accepts_with_an_id_that_holds_a_colon(
    client: Client, aimlapi: AimlapiSandbox
) -> None:
    """A submit is answered at once with an id, queued and what it costs in credits."""
    answer = await client.submit()
    generation_id = answer.body["id"]
    assert answer.status == 200
    assert answer.body == {
        "id": generation_id,
        "status": "queued",
        "meta": {"usage": {"credits_used": 800_000}},
    }
    assert ":" in generation_id
    assert aimlapi.generations[0].generation_id == generation_id


async def test_records_what_was_asked(client: Client, aimlapi: AimlapiSandbox) -> None:
    """Generations and calls keep the body as it was received."""
    fields: dict[str, Any] = {"duration": 12, "resolution": "1080p", "aspect_ratio": "9:16"}
    await client.submit(PRO_T2V, **fields)
    generation = await aimlapi.wait_submitted(1)
    assert (generation.model, generation.key, generation.state) == (PRO_T2V, KEY, "QUEUED")
    assert generation.body == {"model": PRO_T2V, "prompt": PROMPT, **fields}
    assert aimlapi.calls[0].body == generation.body
    assert (generation.order.seconds, generation.pixels) == (12, (1024, 1792))


async def test_every_submit_is_a_new_job(client: Client, aimlapi: AimlapiSandbox) -> None:
    """The same body twice is two jobs and is paid twice."""
    assert await client.accepted() != await client.accepted()
    assert len(aimlapi.generations) == 2
    assert await client.balance() == 10 - 2 * 0.4


@pytest.mark.parametrize(
    ("model", "size", "seconds"),
    [(T2V, (1280, 720), 4), (PRO_T2V, (1792, 1024), 4)],
)
async def test_defaults_are_those_of_the_model(
    client: Client, aimlapi: AimlapiSandbox, model: str, size: tuple[int, int], seconds: int
) -> None:
    """Left out, a video has four seconds, lies, and has the model's best resolution."""
    await client.accepted(model)
    [generation] = aimlapi.generations
    assert (generation.pixels, generation.order.seconds) == (size, seconds)


@pytest.mark.parametrize(
    ("model", "fields", "told"),
    [
        (T2V, {"duration": 5}, "duration"),
        (T2V, {"duration": "4"}, "duration"),
        (T2V, {"duration": 4.0}, "duration"),
        (T2V, {"duration": True}, "duration"),
        (T2V, {"duration": None}, "duration"),
        (T2V, {"resolution": "1080p"}, "resolution"),
        (PRO_T2V, {"resolution": "480p"}, "resolution"),
        (PRO_T2V, {"resolution": 720}, "resolution"),
        (T2V, {"aspect_ratio": "1:1"}, "aspect_ratio"),
        (T2V, {"aspect_ratio": None}, "aspect_ratio"),
        (T2V, {"prompt": 7}, "prompt"),
        (T2V, {"seed": 1, "fps": 24}, "fps, seed"),
        (T2V, {"image_url": IMAGE}, "image_url"),
        (PRO_T2V, {"image_url": IMAGE}, "image_url"),
        (I2V, {}, "image_url is required"),
        (PRO_I2V, {"image_url": ""}, "image_url is required"),
        (I2V, {"image_url": None}, "image_url"),
        (I2V, {"image_url": "/fox.png"}, "image_url"),
        (I2V, {"image_url": "ftp://example.com/fox.png"}, "image_url"),
    ],
)
async def test_refuses_values_and_keys_that_the_model_does_not_know(
    client: Client, aimlapi: AimlapiSandbox, model: str, fields: dict[str, Any], told: str
) -> None:
    """A refused body is 400, its message names the field, and nothing is billed."""
    answer = await client.submit(model, **fields)
    assert answer.status == 400
    assert told in answer.body["message"]
    assert aimlapi.generations == []
    assert await client.balance() == 10


async def test_refusals_have_the_form_of_the_api(client: Client, aimlapi: AimlapiSandbox) -> None:
    """An HTTP error tells a message, the path, an id, the status and the time, and no more."""
    answer = await client.submit(duration=5)
    body = answer.body
    assert body.keys() == {"message", "path", "requestId", "statusCode", "timestamp"}
    assert (body["path"], body["statusCode"]) == (PATH, 400)
    assert str(UUID(body["requestId"])) == body["requestId"]
    told = datetime.fromisoformat(body["timestamp"])
    assert told.tzinfo == UTC
    assert abs((told - aimlapi.clock.now()).total_seconds()) < 1


async def test_wants_json(client: Client) -> None:
    """Another content type, broken JSON and what is no object are 400."""
    headers = {"Content-Type": "application/json"}
    answers = [
        await client.call("POST", PATH, data={"model": T2V, "prompt": PROMPT}),
        await client.call("POST", PATH, data="{", headers=headers),
        await client.call("POST", PATH, json=[T2V]),
    ]
    assert [answer.status for answer in answers] == [400, 400, 400]


@pytest.mark.parametrize("prompt", [{}, {"prompt": ""}, {"prompt": " \n"}])
async def test_a_missing_prompt_tells_whether_a_model_is_served(
    client: Client, aimlapi: AimlapiSandbox, prompt: dict[str, str]
) -> None:
    """Without a prompt a served model is 400, a retired or unknown one 404, and nothing is made."""
    aimlapi.retire(PRO_T2V)
    statuses = {
        model: (await client.call("POST", PATH, json={"model": model, **prompt})).status
        for model in (T2V, I2V, PRO_T2V, "openai/sora-3")
    }
    assert statuses == {T2V: 400, I2V: 400, PRO_T2V: 404, "openai/sora-3": 404}
    assert aimlapi.generations == []


@pytest.mark.parametrize("body", [{"prompt": PROMPT}, {"prompt": PROMPT, "model": 7}])
async def test_wants_a_model(client: Client, body: dict[str, Any]) -> None:
    """A body that names no model is 400."""
    answer = await client.call("POST", PATH, json=body)
    assert answer.status == 400
    assert "model" in answer.body["message"]


async def test_a_retired_model_is_not_found_until_it_is_restored(
    client: Client, aimlapi: AimlapiSandbox
) -> None:
    """Retirement refuses new submits of that model alone; what was accepted goes on."""
    before = await client.accepted()
    aimlapi.retire(T2V)
    assert [(await client.submit(model)).status for model in (T2V, PRO_T2V)] == [404, 200]
    assert (await client.poll(before)).status == 200
    aimlapi.restore(T2V)
    assert (await client.submit()).status == 200
    with pytest.raises(KeyError):
        aimlapi.retire("openai/sora-3")
    with pytest.raises(KeyError):
        aimlapi.restore(T2V)


@pytest.mark.parametrize(
    "authorization",
    [None, "", KEY, f"Basic {KEY}", f"bearer {KEY}", "Bearer wrong", "Bearer", f"Bearer  {KEY}"],
)
async def test_every_route_wants_a_bearer_key(client: Client, authorization: str | None) -> None:
    """Any other header than ``Bearer`` and a known key is 401, before all else."""
    headers = {} if authorization is None else {"Authorization": authorization}
    for method, path in (("POST", PATH), ("GET", PATH), ("GET", "/v2/billing")):
        answer = await client.call(method, path, key=None, headers=headers)
        assert (answer.status, answer.body["statusCode"]) == (401, 401)


async def test_a_revoked_key_is_unknown(client: Client, aimlapi: AimlapiSandbox) -> None:
    """A key that was good is 401 once it is revoked."""
    aimlapi.revoke(KEY)
    assert (await client.submit()).status == 401


@pytest.mark.parametrize("sends_retry_after", [True, False])
async def test_limits_the_requests_of_a_minute(
    client: Client, aimlapi: AimlapiSandbox, *, sends_retry_after: bool
) -> None:
    """One request too many is 429, with the seconds to wait or without, until they are over."""
    aimlapi.requests_per_minute = 2
    aimlapi.sends_retry_after = sends_retry_after
    generation_id = await client.accepted()
    assert (await client.poll(generation_id)).status == 200
    refused = await client.submit()
    assert (refused.status, refused.body["statusCode"]) == (429, 429)
    assert ("Retry-After" in refused.headers) is sends_retry_after
    seconds = 60 - aimlapi.clock.now().second
    if sends_retry_after:
        assert int(refused.headers["Retry-After"]) <= seconds
    aimlapi.clock.advance(int(refused.headers.get("Retry-After", seconds)))
    assert (await client.submit()).status == 200


async def test_a_lost_answer_is_still_a_job(client: Client, aimlapi: AimlapiSandbox) -> None:
    """A connection cut after the work leaves a billed job that the client knows nothing of."""
    aimlapi.faults.reset("POST", f"^{PATH}$", after=True)
    with pytest.raises(aiohttp.ServerDisconnectedError):
        await client.submit()
    assert len(aimlapi.generations) == 1
    assert await client.balance() == 9.6


async def test_a_planned_fault_comes_before_the_work(
    client: Client, aimlapi: AimlapiSandbox
) -> None:
    """A fault of the server in place of the route makes no job."""
    aimlapi.faults.answer("POST", f"^{PATH}$", 503, {"message": "Service unavailable"})
    assert [(await client.submit()).status for _ in range(2)] == [503, 200]
    assert len(aimlapi.generations) == 1
