"""The stand-in for AI/ML API takes and answers what its own OpenAPI files describe.

The files lie beside the checkout and are not part of it. Where they are absent nothing can be
checked, which is fine on a desk and an error in continuous integration (environment ``CI=true``).
"""

import functools
import json
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import jsonschema_rs
import pytest
from jsonschema_rs import Validator

from bot.sandbox.aimlapi import AimlapiSandbox
from bot.sandbox.aimlapi.fleet import MODELS
from bot.sandbox.aimlapi.models import order_of
from bot.sandbox.clock import SandboxClock
from bot.sandbox.moderation import FORBIDDEN_WORD
from tests import openapi

PATH = "/v2/video/generations"
HEADERS = {"Authorization": "Bearer sandbox-key"}
IMAGE = "data:image/png;base64,AAAA"
LEFT_OUT = object()
POLLS = openapi.spec_path().with_name("aimlapi-video-fetch.json")

VALUES: dict[str, tuple[Any, ...]] = {
    "prompt": ("a fox", LEFT_OUT, None, 7, ["a fox"]),
    "duration": (4, 8, 12, 5, 6, 10, 15, 20, 30, LEFT_OUT, None, 0, 31, -4, "4", 4.5, True, [4]),
    "resolution": ("720p", "1080p", "hd", "2K", "768P", LEFT_OUT, None, "480p", "720P", 720, ""),
    "aspect_ratio": ("16:9", "9:16", LEFT_OUT, None, "1:1", "auto", "", 1.5),
    "ratio": (LEFT_OUT, "16:9", "adaptive", "16:10", 1.5),
    "image_url": (IMAGE, "https://example.com/fox.png", LEFT_OUT, None, 7, "fox.png", ""),
    "generate_audio": (LEFT_OUT, True, False, "true", 1),
    "seed": (LEFT_OUT, 7, "7"),
}
"""What each key is tried with; of those that a model needs, some are good for it."""


def _spec(model: str) -> Path:
    """Find the file that describes a model: its own name is in it."""
    folder = openapi.spec_path().parent
    name = json.dumps({"enum": [model]})[1:-1]
    found = [each for each in folder.glob("aimlapi-*.json") if name in _plain(each)]
    if not found and os.environ.get("CI") != "true":
        pytest.skip(f"AI/ML API's OpenAPI file of {model} is not in {folder}")
    [spec] = found
    return spec


@functools.cache
def _plain(spec: Path) -> str:
    return json.dumps(json.loads(spec.read_bytes()))


def _route(spec: Path) -> dict[str, Any]:
    if not spec.exists() and os.environ.get("CI") != "true":
        pytest.skip(f"AI/ML API's OpenAPI file is not at {spec}")
    route: dict[str, Any] = json.loads(spec.read_bytes())["paths"][PATH]
    return route


def _body_schema(model: str) -> dict[str, Any]:
    content = _route(_spec(model))["post"]["requestBody"]["content"]
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


def _answer_validator(spec: Path, method: str) -> Validator:
    answer = _route(spec)[method]["responses"]["200"]["content"]["application/json"]["schema"]
    return _validator(answer)


def _good(model: str) -> dict[str, Any]:
    """Write the least that a model takes."""
    body = {"model": model, "prompt": "a fox"}
    return {**body, "image_url": IMAGE} if MODELS[model].takes_image else body


def _bodies(model: str) -> Iterator[dict[str, Any]]:
    """Vary each key of a good body on its own, with each resolution."""
    good = _good(model)
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
def test_knows_the_values_that_are_described(model: str) -> None:
    """Of each key that the stand-in knows, in all: no more than the model's file has, no less."""
    described = _body_schema(model)["properties"]
    for name, field in MODELS[model].fields.items():
        known = described[name].get("enum")
        if known is None and "maximum" in described[name]:
            known = range(described[name]["minimum"], described[name]["maximum"] + 1)
        assert sorted(field.values) == sorted(known or ()), name
    assert _body_schema(model).get("required", []) == ["model", *MODELS[model].required]


@pytest.mark.parametrize("model", MODELS)
def test_fills_in_the_described_defaults(model: str) -> None:
    """What is left out is what the model's file says, where it says anything."""
    described = _body_schema(model)["properties"]
    for name, field in MODELS[model].fields.items():
        if "default" in described[name]:
            # The files write the default of a duration as text, though they want a whole number.
            assert str(field.default) == str(described[name]["default"]), name
    order = order_of(MODELS[model], _good(model))
    assert order.seconds == MODELS[model].fields["duration"].default


@pytest.mark.parametrize("model", MODELS)
async def test_answers_a_submit_as_described(session: aiohttp.ClientSession, model: str) -> None:
    """The answer to a submit fits the model's file."""
    described = _answer_validator(_spec(model), "post")
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
    described = _answer_validator(POLLS, "get")
    words = []
    async for body in _states(aimlapi, session, prompt):
        described.validate(body)
        words.append(body["status"])
    assert words == ["queued", "generating", end]


async def test_only_plans_leave_the_description(
    aimlapi: AimlapiSandbox, session: aiohttp.ClientSession
) -> None:
    """Words and an error that others have seen do not fit: a client can't rely on the file."""
    described = _answer_validator(POLLS, "get")
    aimlapi.plan(fail="out of luck", waiting_words=("waiting", "active"), error_shape="detail")
    async for body in _states(aimlapi, session, "a fox"):
        assert not described.is_valid(body)
