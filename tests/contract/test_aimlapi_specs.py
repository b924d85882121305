"""The stand-in for AI/ML API takes and answers what its own OpenAPI files describe.

The files lie beside the checkout and are not part of it. Where they are absent nothing can be
checked, which is fine on a desk and an error in continuous integration (environment ``CI=true``).
"""

import json
import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import jsonschema_rs
import pytest
from jsonschema_rs import Validator

from bot.sandbox.aimlapi import AimlapiSandbox
from bot.sandbox.aimlapi.models import MODELS, order_of
from bot.sandbox.clock import SandboxClock
from bot.sandbox.moderation import FORBIDDEN_WORD
from tests import openapi

PATH = "/v2/video/generations"
HEADERS = {"Authorization": "Bearer sandbox-key"}
IMAGE = "data:image/png;base64,AAAA"
LEFT_OUT = object()

VALUES: dict[str, tuple[Any, ...]] = {
    "prompt": ("a fox", LEFT_OUT, None, 7, ["a fox"]),
    "duration": (4, 8, 12, LEFT_OUT, None, 0, 5, 16, -4, "4", 4.5, True, [4]),
    "resolution": ("720p", "1080p", LEFT_OUT, None, "480p", "720P", 720, ""),
    "aspect_ratio": ("16:9", "9:16", LEFT_OUT, None, "1:1", "", 1.5),
    "image_url": (IMAGE, "https://example.com/fox.png", LEFT_OUT, None, 7, "fox.png", ""),
    "seed": (LEFT_OUT, 7),
}
"""What each key is tried with; the first is good for some model."""


def _read(name: str) -> dict[str, Any]:
    path = openapi.spec_path().with_name(f"aimlapi-{name}.json")
    if not path.exists() and os.environ.get("CI") != "true":
        pytest.skip(f"AI/ML API's OpenAPI file is not at {path}")
    route: dict[str, Any] = json.loads(path.read_bytes())["paths"][PATH]
    return route


def _body_schema(model: str) -> dict[str, Any]:
    content = _read(model.removeprefix("openai/"))["post"]["requestBody"]["content"]
    schema: dict[str, Any] = content["application/json"]["schema"]
    return schema


def _strict(node: Any) -> Any:
    """Read OpenAPI's ``nullable``, and refuse keys that an object's schema does not name."""
    if isinstance(node, list):
        return [_strict(child) for child in node]
    if not isinstance(node, dict):
        return node
    schema = {name: _strict(child) for name, child in node.items()}
    if schema.get("type") == "object":
        schema["additionalProperties"] = False
    return {"anyOf": [schema, {"type": "null"}]} if schema.pop("nullable", False) else schema


def _validator(schema: dict[str, Any]) -> Validator:
    return jsonschema_rs.Draft7Validator(_strict(schema), validate_formats=True)


def _answer_validator(name: str, method: str) -> Validator:
    answer = _read(name)[method]["responses"]["200"]["content"]["application/json"]["schema"]
    return _validator(answer)


def _bodies(model: str) -> Iterator[dict[str, Any]]:
    """Vary each key of a good body on its own, with each pair of resolution and ratio."""
    good = {"model": model, "prompt": "a fox"}
    if MODELS[model].takes_image:
        good["image_url"] = IMAGE
    yield good
    for resolution in VALUES["resolution"]:
        for name, values in VALUES.items():
            for value in values:
                body = {**good, "resolution": resolution, name: value}
                yield {key: value for key, value in body.items() if value is not LEFT_OUT}


@pytest.fixture
async def aimlapi() -> AsyncIterator[AimlapiSandbox]:
    """Run a stand-in that serves a few bytes for every video; its clock stands."""
    clock = SandboxClock(speed=0.0)
    async with AimlapiSandbox(keys={"sandbox-key": 1e6}, clock=clock) as sandbox:
        sandbox.plan(video=b"stands for a video", times=None)
        yield sandbox


@pytest.fixture
async def session(aimlapi: AimlapiSandbox) -> AsyncIterator[aiohttp.ClientSession]:
    """Speak to the stand-in with its key."""
    async with aiohttp.ClientSession(aimlapi.base_url, headers=HEADERS) as session:
        yield session


@pytest.mark.parametrize("model", MODELS)
async def test_takes_exactly_what_is_described(session: aiohttp.ClientSession, model: str) -> None:
    """A body is accepted where the model's file describes it, and is 400 where it does not."""
    described = _validator(_body_schema(model))
    statuses = set()
    for body in _bodies(model):
        async with session.post(PATH, json=body) as answer:
            assert answer.status == (200 if described.is_valid(body) else 400), body
            statuses.add(answer.status)
    assert statuses == {200, 400}


@pytest.mark.parametrize("model", MODELS)
def test_fills_in_the_described_defaults(model: str) -> None:
    """What is left out is what the model's file says."""
    described = _body_schema(model)["properties"]
    order = order_of(MODELS[model], {"model": model, "prompt": "a fox"})
    # The files write the default of the duration as text, though they want a whole number.
    assert str(order.seconds) == described["duration"]["default"]
    assert order.resolution == described["resolution"]["default"]
    assert order.aspect_ratio == described["aspect_ratio"]["default"]


@pytest.mark.parametrize("model", MODELS)
async def test_answers_a_submit_as_described(session: aiohttp.ClientSession, model: str) -> None:
    """The answer to a submit fits the model's file."""
    described = _answer_validator(model.removeprefix("openai/"), "post")
    async with session.post(PATH, json=next(_bodies(model))) as answer:
        described.validate(await answer.json())


async def _states(
    aimlapi: AimlapiSandbox, session: aiohttp.ClientSession, prompt: str
) -> AsyncIterator[dict[str, Any]]:
    body = {"model": "openai/sora-2-t2v", "prompt": prompt}
    async with session.post(PATH, json=body) as answer:
        query = {"generation_id": (await answer.json())["id"]}
    if (film := aimlapi.generations[-1].film) is not None:
        await film
    for seconds in (0, aimlapi.queue_seconds, aimlapi.processing_seconds):
        aimlapi.clock.advance(seconds)
        async with session.get(PATH, params=query) as answer:
            yield await answer.json()


@pytest.mark.parametrize(("prompt", "end"), [("a fox", "completed"), (FORBIDDEN_WORD, "error")])
async def test_answers_polls_as_described(
    aimlapi: AimlapiSandbox, session: aiohttp.ClientSession, prompt: str, end: str
) -> None:
    """Every state from queued to either end fits the file for polls."""
    described = _answer_validator("video-fetch", "get")
    words = []
    async for body in _states(aimlapi, session, prompt):
        described.validate(body)
        words.append(body["status"])
    assert words == ["queued", "generating", end]


async def test_only_plans_leave_the_description(
    aimlapi: AimlapiSandbox, session: aiohttp.ClientSession
) -> None:
    """Words and an error that others have seen do not fit: a client can't rely on the file."""
    described = _answer_validator("video-fetch", "get")
    aimlapi.plan(fail="out of luck", waiting_words=("waiting", "active"), error_shape="detail")
    async for body in _states(aimlapi, session, "a fox"):
        assert not described.is_valid(body)
