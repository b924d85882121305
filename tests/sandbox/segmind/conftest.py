"""A local Segmind and a bare HTTP client that speaks to it."""

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

from bot.sandbox.clock import SandboxClock
from bot.sandbox.segmind import SegmindSandbox

KEY = "sandbox-key"
OTHER_KEY = "other-key"
STUB = b"stands for a video"


@pytest.fixture
async def segmind() -> AsyncIterator[SegmindSandbox]:
    """Run a stand-in with $10 on each key; its clock stands until a test moves it."""
    clock = SandboxClock(speed=0.0)
    async with SegmindSandbox(keys={KEY: 10.0, OTHER_KEY: 10.0}, clock=clock) as sandbox:
        yield sandbox


def png(width: int, height: int) -> bytes:
    """Draw a picture of so many pixels."""
    file = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(file, "PNG")
    return file.getvalue()


def is_there(path: Path) -> bool:
    """Tell whether there is such a file or folder."""
    return path.exists()


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
    segmind: SegmindSandbox

    async def call(
        self, method: str, path: str, *, key: str | None = KEY, **options: Any
    ) -> Answer:
        """Send one request; ``path`` may be a whole address."""
        url = path if "://" in path else self.segmind.base_url + path
        headers = {**({"x-api-key": key} if key else {}), **options.pop("headers", {})}
        async with self.session.request(method, url, headers=headers, **options) as answer:
            is_json = answer.content_type == "application/json"
            body = await (answer.json() if is_json else answer.read())
            return Answer(answer.status, answer.headers, body)

    async def submit(self, slug: str = "sora-2", *, key: str = KEY, **fields: Any) -> Answer:
        """Submit a generation of a prompt and the given fields."""
        body = {"prompt": "a fox in the snow", **fields}
        return await self.call("POST", f"/v2/{slug}", key=key, json=body)

    async def upload(self, content: bytes, media_type: str = "image/png") -> str:
        """Upload a file and tell its address."""
        url = f"data:{media_type};base64,{base64.b64encode(content).decode()}"
        answer = await self.call("POST", "/upload-asset", json={"data_urls": [url]})
        assert answer.status == 200
        return str(answer.body["file_urls"][0])

    async def status(self, request_id: str, *, key: str = KEY) -> Answer:
        """Ask for the status."""
        return await self.call("GET", f"/v2/requests/{request_id}/status", key=key)

    async def result(self, request_id: str, *, key: str = KEY) -> Answer:
        """Ask for the result."""
        return await self.call("GET", f"/v2/requests/{request_id}", key=key)

    async def credits(self, key: str = KEY) -> float:
        """Ask what is left on the key, in US dollars."""
        answer = await self.call("GET", "/v1/get-user-credits", key=key)
        return float(answer.body["credits"])


@pytest.fixture
async def client(segmind: SegmindSandbox) -> AsyncIterator[Client]:
    """Speak to the stand-in over HTTP."""
    async with aiohttp.ClientSession() as session:
        yield Client(session, segmind)


@pytest.fixture
def stubbed(segmind: SegmindSandbox) -> None:
    """Serve a few bytes in place of every video, for tests that need none."""
    segmind.plan(video=STUB, times=None)
