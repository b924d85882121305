"""A local AI/ML API and a bare HTTP client that speaks to it."""

import base64
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from multidict import CIMultiDictProxy
from PIL import Image

from bot.sandbox.aimlapi import AimlapiSandbox
from bot.sandbox.clock import SandboxClock

KEY = "sandbox-key"
OTHER_KEY = "other-key"
STUB = b"stands for a video"
PATH = "/v2/video/generations"
T2V, I2V = "openai/sora-2-t2v", "openai/sora-2-i2v"
PRO_T2V, PRO_I2V = "openai/sora-2-pro-t2v", "openai/sora-2-pro-i2v"
PROMPT = "a fox in the snow"


@pytest.fixture
async def aimlapi() -> AsyncIterator[AimlapiSandbox]:
    """Run a stand-in with $10 on each key; its clock stands until a test moves it."""
    clock = SandboxClock(speed=0.0)
    async with AimlapiSandbox(keys={KEY: 10.0, OTHER_KEY: 10.0}, clock=clock) as sandbox:
        yield sandbox


@dataclass
class Answer:
    """What came back: the JSON body, or its bytes."""

    status: int
    headers: CIMultiDictProxy[str]
    body: Any


@dataclass
class Client:
    """Bare requests, with the key unless told otherwise."""

    session: aiohttp.ClientSession
    aimlapi: AimlapiSandbox

    async def call(
        self, method: str, path: str, *, key: str | None = KEY, **options: Any
    ) -> Answer:
        """Send one request; ``path`` may be a whole address."""
        url = path if "://" in path else self.aimlapi.base_url + path
        authorization = {"Authorization": f"Bearer {key}"} if key else {}
        headers = {**authorization, **options.pop("headers", {})}
        async with self.session.request(method, url, headers=headers, **options) as answer:
            is_json = answer.content_type == "application/json"
            body = await (answer.json() if is_json else answer.read())
            return Answer(answer.status, answer.headers, body)

    async def submit(self, model: str = T2V, *, key: str = KEY, **fields: Any) -> Answer:
        """Submit a generation of a prompt and the given fields."""
        body = {"model": model, "prompt": PROMPT, **fields}
        return await self.call("POST", PATH, key=key, json=body)

    async def accepted(self, model: str = T2V, *, key: str = KEY, **fields: Any) -> str:
        """Submit what must be accepted, and tell its id."""
        answer = await self.submit(model, key=key, **fields)
        assert answer.status == 200, answer.body
        return str(answer.body["id"])

    async def poll(self, generation_id: str, *, key: str = KEY) -> Answer:
        """Ask how a generation is doing."""
        return await self.call("GET", PATH, key=key, params={"generation_id": generation_id})

    async def balance(self, key: str = KEY) -> float:
        """Ask what is left on the key, in US dollars."""
        answer = await self.call("GET", "/v2/billing", key=key)
        assert answer.body["currency"] == "USD"
        return float(answer.body["current_balance"])


@pytest.fixture
async def client(aimlapi: AimlapiSandbox) -> AsyncIterator[Client]:
    """Speak to the stand-in over HTTP."""
    async with aiohttp.ClientSession() as session:
        yield Client(session, aimlapi)


@pytest.fixture
def stubbed(aimlapi: AimlapiSandbox) -> None:
    """Serve a few bytes in place of every video, for tests that need none."""
    aimlapi.plan(video=STUB, times=None)


async def finish(aimlapi: AimlapiSandbox) -> None:
    """Let every generation come to its end by the clock and the renderer."""
    aimlapi.clock.advance(aimlapi.queue_seconds + aimlapi.processing_seconds)
    for generation in aimlapi.generations:
        if generation.film is not None:
            await generation.film


def png(width: int, height: int) -> bytes:
    """Draw a picture of so many pixels."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, "PNG")
    return file.getvalue()


def data_uri(content: bytes) -> str:
    """Write a file into an address, as an image."""
    return f"data:image/png;base64,{base64.b64encode(content).decode()}"


def is_there(path: Path) -> bool:
    """Tell whether there is such a file or folder."""
    return path.exists()
