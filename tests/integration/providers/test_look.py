"""Looks: what a request shows, and that one which fails says nothing of the job."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from aiohttp import web

from bot.catalogue import Order
from bot.errors import KeyRejected, LookFailed, ProviderError, RequestForgotten
from bot.providers.base import Completed, Failed, Processing, Queued
from bot.providers.segmind import Segmind
from bot.sandbox.segmind import FORBIDDEN_WORD, SegmindSandbox
from bot.sandbox.segmind.plans import OutputShape
from tests.fakes import FakeClock
from tests.integration.providers.conftest import provider_at
from tests.local_server import Endless, redirect, serving, unreachable

STATUS = "/v2/requests/[^/]+/status$"
RESULT = "/v2/requests/[^/]+$"


async def failure_of(segmind: Segmind, request_id: str = "some-id") -> ProviderError:
    """Look and tell how it failed."""
    with pytest.raises(ProviderError) as caught:
        await segmind.look(request_id)
    return caught.value


async def finish(sandbox: SegmindSandbox) -> None:
    """Let the time pass that the last generation takes."""
    film = sandbox.generations[-1].film
    if film is not None:
        await film
    sandbox.clock.advance(sandbox.queue_seconds + sandbox.processing_seconds)


async def test_sees_each_state_on_the_way(
    segmind: Segmind, sandbox: SegmindSandbox, order: Order
) -> None:
    """Queued, processing, and the video's address in the end."""
    request_id = await segmind.submit(order)
    queued = await segmind.look(request_id)
    sandbox.clock.advance(sandbox.queue_seconds)
    processing = await segmind.look(request_id)
    await finish(sandbox)
    completed = await segmind.look(request_id)

    url = f"{sandbox.base_url}/media/{sandbox.generations[0].media_name}"
    assert [queued, processing, completed] == [Queued(), Processing(), Completed(url)]


async def test_sees_a_failure_and_its_reason(
    segmind: Segmind, sandbox: SegmindSandbox, order: Order
) -> None:
    """FAILED comes as 422; its text is for the log."""
    sandbox.plan(fail="internal pipeline error")
    request_id = await segmind.submit(order)
    await finish(sandbox)

    assert await segmind.look(request_id) == Failed("internal pipeline error", moderated=False)


async def test_sees_that_the_content_was_refused(
    segmind: Segmind, sandbox: SegmindSandbox, order: Order
) -> None:
    """Moderation comes as any failure; only its text tells."""
    refused = Order(order.model, FORBIDDEN_WORD, 4, order.size, 40)
    request_id = await segmind.submit(refused)
    await finish(sandbox)

    seen = await segmind.look(request_id)

    assert isinstance(seen, Failed)
    assert seen.moderated


@pytest.mark.parametrize("shape", ["string", "video", "list", "object"])
async def test_finds_the_video_in_every_shape_of_result(
    segmind: Segmind, sandbox: SegmindSandbox, order: Order, shape: OutputShape
) -> None:
    """The address comes as text, under video, in a list or in an object."""
    sandbox.plan(video=b"film", output_shape=shape)
    request_id = await segmind.submit(order)
    await finish(sandbox)

    seen = await segmind.look(request_id)

    assert isinstance(seen, Completed)
    assert seen.url.endswith(sandbox.generations[0].media_name)


async def test_a_request_that_is_not_known_is_forgotten(
    segmind: Segmind, sandbox: SegmindSandbox, order: Order
) -> None:
    """An id that never was and one whose hour is over are told alike."""
    request_id = await segmind.submit(order)
    sandbox.clock.advance(timedelta(hours=2).total_seconds())

    assert type(await failure_of(segmind)) is RequestForgotten
    assert type(await failure_of(segmind, request_id)) is RequestForgotten


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, {"error": "Something went wrong"}),
        (502, "<html>Bad Gateway</html>"),
        (504, "<html>Gateway Time-out</html>"),
        (404, "<html>Not Found</html>"),
        (401, {"error": "Invalid API key"}),
        (403, {"error": "Forbidden"}),
        (422, {"error": "Unprocessable"}),
        (422, {"status": "PROCESSING"}),
        (200, "<html>Maintenance</html>"),
        (200, b""),
        (200, b'{"status": "COMPL'),
        (200, b'["COMPLETED"]'),
        (200, b"\xff\xfe"),
        (200, {}),
        (200, {"status": None}),
        (200, {"status": "RUNNING"}),
        (301, b""),
        (204, b""),
    ],
)
async def test_a_status_that_cannot_be_read_says_nothing_of_the_job(
    segmind: Segmind, sandbox: SegmindSandbox, order: Order, status: int, body: Any
) -> None:
    """Errors, pages, broken JSON, unknown words: the look failed, and the next one succeeds."""
    request_id = await segmind.submit(order)
    sandbox.faults.answer("GET", STATUS, status, body)

    assert type(await failure_of(segmind, request_id)) is LookFailed
    assert await segmind.look(request_id) == Queued()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, {"error": "Something went wrong"}),
        (502, "<html>Bad Gateway</html>"),
        (200, {"status": "COMPLETED"}),
        (200, {"status": "COMPLETED", "output": None}),
        (200, {"status": "COMPLETED", "output": "film.mp4"}),
        (200, {"status": "COMPLETED", "output": ["file:///etc/hosts"]}),
        (200, {"status": "COMPLETED", "video": "none"}),
    ],
)
async def test_a_result_that_cannot_be_read_says_nothing_of_the_job(
    segmind: Segmind, sandbox: SegmindSandbox, order: Order, status: int, body: Any
) -> None:
    """Completed without an address that can be fetched: it is looked for again."""
    request_id = await segmind.submit(order)
    await finish(sandbox)
    sandbox.faults.answer("GET", RESULT, status, body)

    assert type(await failure_of(segmind, request_id)) is LookFailed
    assert isinstance(await segmind.look(request_id), Completed)


async def test_an_unknown_status_word_says_nothing_of_the_job(
    segmind: Segmind, sandbox: SegmindSandbox, order: Order
) -> None:
    """A word that was never seen before is not an end."""
    sandbox.plan(video=b"film", status_word="WARMING_UP")
    request_id = await segmind.submit(order)
    failed = await failure_of(segmind, request_id)
    await finish(sandbox)

    assert type(failed) is LookFailed
    assert isinstance(await segmind.look(request_id), Completed)


@pytest.mark.parametrize("after", [False, True])
async def test_a_connection_that_breaks_says_nothing_of_the_job(
    segmind: Segmind, sandbox: SegmindSandbox, order: Order, *, after: bool
) -> None:
    """A cut connection is a look that failed."""
    request_id = await segmind.submit(order)
    # The library asks once more by itself.
    sandbox.faults.reset("GET", STATUS, times=2, after=after)

    assert type(await failure_of(segmind, request_id)) is LookFailed
    assert await segmind.look(request_id) == Queued()


async def test_nobody_there_says_nothing_of_the_job(
    segmind: Segmind, sandbox: SegmindSandbox
) -> None:
    """A refused connection is a look that failed."""
    await sandbox.close()

    assert type(await failure_of(segmind)) is LookFailed


async def test_an_answer_without_an_end_says_nothing_of_the_job(clock: FakeClock) -> None:
    """An answer that grows for ever is left at a cap."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        answer = Endless(headers={"Content-Type": "application/json"})
        await answer.prepare(request)
        return answer

    async with serving(handle) as server, provider_at(server.origin, clock) as segmind:
        assert type(await failure_of(segmind)) is LookFailed


async def test_the_addresses_in_an_answer_are_not_followed(
    segmind: Segmind, sandbox: SegmindSandbox, order: Order
) -> None:
    """Wherever poll_url, status_url and response_url point, the key goes to the API alone."""
    async with serving(unreachable) as other:

        async def point_elsewhere(_: web.Request) -> web.StreamResponse:
            elsewhere = str(other.origin / "steal")
            keys = ("poll_url", "status_url", "response_url", "cancel_url")
            known = {"request_id": sandbox.generations[0].request_id, "status": "QUEUED"}
            return web.json_response(known | dict.fromkeys(keys, elsewhere))

        sandbox.faults.plan("POST", "/v2/", point_elsewhere, after=True)
        sandbox.faults.plan("GET", STATUS, point_elsewhere, after=True)
        request_id = await segmind.submit(order)
        assert await segmind.look(request_id) == Queued()
        await finish(sandbox)
        assert isinstance(await segmind.look(request_id), Completed)

    assert other.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(clock: FakeClock, status: int) -> None:
    """The key goes to the API's own address or nowhere."""
    async with serving(unreachable) as other:

        async def handle(_: web.BaseRequest) -> web.StreamResponse:
            return redirect(str(other.origin / "steal"), status)

        async with serving(handle) as server, provider_at(server.origin, clock) as segmind:
            assert type(await failure_of(segmind)) is LookFailed
            with pytest.raises(LookFailed):
                await segmind.credits_left()

    assert other.requests == []


async def test_an_odd_id_stays_in_its_path(clock: FakeClock) -> None:
    """An id is opaque: whatever its characters, it is one part of the address."""
    async with serving(unreachable) as server, provider_at(server.origin, clock) as segmind:
        await failure_of(segmind, "../a b?c#d:é")

    [request] = server.requests
    assert request.raw_path == "/v2/requests/..%2Fa%20b%3Fc%23d:%C3%A9/status"


async def test_tells_the_credits_that_are_left(
    segmind: Segmind, sandbox: SegmindSandbox, order: Order
) -> None:
    """The account's dollars, before and after a submit, to the cent."""
    before = await segmind.credits_left()
    await segmind.submit(order)

    assert before == Decimal(10)
    assert await segmind.credits_left() == before - Decimal(order.price) / 100


async def test_free_credits_count(segmind: Segmind, sandbox: SegmindSandbox) -> None:
    """Free credits are spent like others."""
    body = {"credits": 1.25, "free-credits": 0.5}
    sandbox.faults.answer("GET", "get-user-credits", 200, body)

    assert await segmind.credits_left() == Decimal("1.75")


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, {"error": "Invalid API key"}, KeyRejected),
        (403, {"error": "Forbidden"}, KeyRejected),
        (500, {"error": "Something went wrong"}, LookFailed),
        (502, "<html>Bad Gateway</html>", LookFailed),
        (200, {"credits": "many"}, LookFailed),
        (200, {"credits": None}, LookFailed),
        (200, {"balance": 7}, LookFailed),
    ],
)
async def test_credits_that_cannot_be_read_are_told_as_such(
    segmind: Segmind, sandbox: SegmindSandbox, status: int, body: Any, expected: type[ProviderError]
) -> None:
    """A key that is refused is told apart from everything else that can go wrong."""
    sandbox.faults.answer("GET", "get-user-credits", status, body)

    with pytest.raises(expected):
        await segmind.credits_left()
