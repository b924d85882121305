"""A picture as the start: its bytes arrive as they are, and its way never costs a video."""

from typing import Any

import pytest
from aiohttp import web
from PIL import Image

from bot.errors import (
    KeyRejected,
    NotSubmitted,
    OutcomeUnknown,
    ProviderError,
    RequestRejected,
    SubmitRefused,
)
from bot.providers.base import Completed, Failed
from tests.integration.providers.apis import HTML, KEY, Api, OnAimlapi, OnV1, OnV2, send
from tests.local_server import Endless, closing, redirect, serving, unreachable

UPLOAD = "/upload-asset$"


async def test_a_picture_arrives_as_it_is(api: Api) -> None:
    """Byte for byte, in the engine's own field, with everything else as without it."""
    order = api.order_with_picture()
    assert order.picture is not None

    await api.accepted(order)

    [generation] = api.sandbox.generations
    body = dict(generation.body)
    assert await api.received_picture(body) == order.picture.read_bytes()
    del body[api.IMAGE_FIELD]
    assert body == api.PICTURED_BODY


async def test_a_picture_of_the_size_is_taken(api: Api) -> None:
    """The counterparts look at its pixels: a video comes of it, by the engine for pictures."""
    request_id = await api.accepted(api.order_with_picture())
    await api.finish()

    assert isinstance(await api.provider.look(request_id), Completed)
    slug = api.sandbox.generations[0].body.get("model") or api.submits[0].path.split("/")[-1]
    assert slug == api.PICTURED_SLUG


async def test_a_picture_of_another_size_is_a_technical_failure(api: Api) -> None:
    """The engine says so in the end; it is no content filter's word."""
    order = api.order_with_picture()
    assert order.picture is not None
    Image.new("RGB", (64, 64)).save(order.picture, "JPEG")
    request_id = await api.accepted(order)
    await api.finish()

    seen = await api.provider.look(request_id)

    assert isinstance(seen, Failed)
    assert seen.refused is None
    assert "64x64" in seen.detail


async def test_aimlapi_needs_no_upload(aimlapi: OnAimlapi) -> None:
    """The picture is in the submit itself: one request."""
    await aimlapi.accepted(aimlapi.order_with_picture())

    assert len(aimlapi.sandbox.calls) == 1


# The upload comes before the submit: where it fails, nothing was asked for.


async def test_an_upload_comes_first(segmind: OnV2 | OnV1) -> None:
    """One upload, and then one submit."""
    await segmind.accepted(segmind.order_with_picture())

    paths = [call.path for call in segmind.sandbox.calls if call.method == "POST"]
    assert paths == ["/upload-asset", f"/{segmind.NAME[-2:]}/{segmind.PICTURED_SLUG}"]


@pytest.mark.parametrize("body", [{"urls": ["https://x.example/a"]}, {"file_urls": None}])
async def test_an_uploads_address_has_two_names(segmind: OnV2 | OnV1, body: dict[str, Any]) -> None:
    """The other one is accepted as well; without either nothing was submitted."""
    segmind.sandbox.faults.answer("POST", UPLOAD, 200, body)
    if "urls" not in body:
        assert type(await segmind.refused(segmind.order_with_picture())) is NotSubmitted
        return

    await segmind.accepted(segmind.order_with_picture())

    assert segmind.sandbox.generations[0].body[segmind.IMAGE_FIELD] == body["urls"][0]


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"error": "data_urls must be a list"}, RequestRejected),
        (401, {"error": "Invalid API key"}, KeyRejected),
        (404, {"error": "Not found"}, RequestRejected),
        (410, {"error": "Gone"}, RequestRejected),
        (413, HTML, RequestRejected),
        (429, {"error": "Too many requests"}, NotSubmitted),
        (500, {"error": "Something went wrong"}, NotSubmitted),
        (500, HTML, NotSubmitted),
        (502, HTML, NotSubmitted),
        (504, HTML, NotSubmitted),
        (200, HTML, NotSubmitted),
        (200, b"{", NotSubmitted),
        (200, {}, NotSubmitted),
        (200, {"file_urls": []}, NotSubmitted),
        (200, {"file_urls": [7]}, NotSubmitted),
        (200, {"file_urls": ["file:///etc/hosts"]}, NotSubmitted),
        (200, {"file_urls": "https://x.example/a"}, NotSubmitted),
    ],
)
async def test_an_upload_that_fails_leaves_nothing_unknown(
    segmind: OnV2 | OnV1, status: int, body: Any, expected: type[ProviderError]
) -> None:
    """Nothing is billed for it: a definite no, or it may be tried again; the model is not gone."""
    segmind.sandbox.faults.answer("POST", UPLOAD, status, body)

    assert type(await segmind.refused(segmind.order_with_picture())) is expected
    assert segmind.submits == []


@pytest.mark.parametrize("after", [False, True])
async def test_an_upload_that_breaks_may_be_tried_again(
    segmind: OnV2 | OnV1, *, after: bool
) -> None:
    """However far it came."""
    segmind.sandbox.faults.reset("POST", UPLOAD, after=after)

    assert type(await segmind.refused(segmind.order_with_picture())) is NotSubmitted
    await segmind.accepted(segmind.order_with_picture())


async def test_an_upload_to_nobody_may_be_tried_again(segmind: OnV2 | OnV1) -> None:
    """No connection, one that is closed unread, one whose answer has no end."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        answer = Endless(headers={"Content-Type": "application/json"})
        await answer.prepare(request)
        return answer

    order = segmind.order_with_picture()
    async with closing() as shut, serving(handle) as endless:
        for origin in (shut.origin, endless.origin):
            async with segmind.provider_at(origin) as provider:
                with pytest.raises(NotSubmitted):
                    await send(provider, order)
    await segmind.sandbox.close()
    assert type(await segmind.refused(order)) is NotSubmitted


async def test_an_uploads_redirect_is_not_followed(segmind: OnV2 | OnV1) -> None:
    """Neither the key nor a member's picture goes to another host."""
    order = segmind.order_with_picture()
    async with serving(unreachable) as other:

        async def handle(_: web.BaseRequest) -> web.StreamResponse:
            return redirect(str(other.origin / "upload-asset"), 307)

        async with serving(handle) as server, segmind.provider_at(server.origin) as provider:
            with pytest.raises(SubmitRefused):
                await send(provider, order)

    assert other.requests == []


async def test_a_submit_after_an_upload_is_as_unknown_as_any(api: Api) -> None:
    """A picture changes nothing: what may have been read is not sent again."""
    api.sandbox.faults.reset("POST", api.SUBMIT)

    assert type(await api.refused(api.order_with_picture())) is OutcomeUnknown
    assert len(api.submits) == 1


async def test_a_picture_is_in_no_error(api: Api) -> None:
    """Neither its bytes nor the key get into the log."""
    api.sandbox.faults.answer("POST", UPLOAD, 400, {"error": "no"})
    api.sandbox.faults.answer("POST", api.SUBMIT, 400, api.words("no"))

    error = await api.refused(api.order_with_picture())

    assert "base64" not in error.detail
    assert KEY not in error.detail
