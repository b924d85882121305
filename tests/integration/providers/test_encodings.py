"""Answers that are packed, or said to be: what the bytes are counts."""

import gzip
import json
from collections.abc import Callable

import pytest
from aiohttp import web

from bot.errors import OutcomeUnknown
from bot.providers.base import Completed
from tests.files import read
from tests.integration.providers.apis import Api, OnV1
from tests.local_server import Handler, send_raw, serving

URL = "https://media.example/1.mp4"
FILM = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 40
LABELS = ["gzip", "x-gzip", "gzip, aws-chunked", "br", "zstd"]
Pack = Callable[[bytes], bytes]


def labelled(body: bytes, label: str, kind: str = "application/json") -> Handler:
    """Answer every request with these bytes, and this label on them."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        await request.read()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Encoding: {label}\r\n"
        rest = f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        return await send_raw(request, [(head + rest).encode(), body])

    return handle


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "packed"])
async def test_an_answer_is_read_whatever_its_label_says(api: Api, pack: Pack, label: str) -> None:
    """A submit that was accepted must not be lost over a wrong header."""
    said = {"request_id": "1", "id": "1", "status": "completed", "output": URL}
    handle = labelled(pack(json.dumps(said).encode()), label)
    async with serving(handle) as server, api.provider_at(server.origin) as provider:
        request_id = await provider.submit(api.order())
        assert await provider.look(request_id) == Completed(URL)

    assert {each.headers["Accept-Encoding"] for each in server.requests} == {"identity"}


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "packed"])
async def test_a_video_that_comes_with_its_call_is_kept_as_it_was_made(
    v1: OnV1, pack: Pack, label: str
) -> None:
    """There is no second fetch of it."""
    handle = labelled(pack(FILM), label, "video/mp4")
    async with serving(handle) as server, v1.provider_at(server.origin) as provider:
        assert isinstance(await provider.look(await provider.submit(v1.order())), Completed)

    [kept] = v1.videos.iterdir()
    assert read(kept) == FILM


async def test_an_answer_that_cannot_be_unpacked_has_an_unknown_outcome(api: Api) -> None:
    """Something was said, and nobody can tell what."""
    handle = labelled(gzip.compress(b'{"id": "1", "request_id": "1"}' * 40)[:-12], "gzip")
    async with serving(handle) as server, api.provider_at(server.origin) as provider:
        with pytest.raises(OutcomeUnknown):
            await provider.submit(api.order())
