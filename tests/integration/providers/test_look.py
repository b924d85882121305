"""Looks: what a request shows, and that one which fails says nothing of the job."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.clock import SystemClock
from bot.delivery.fetch import Fetcher
from bot.errors import FetchFailed, LookFailed, ProviderError, RefusedPart
from bot.providers.base import Completed, Failed, Finished, Processing, Queued, Unclear
from bot.sandbox.moderation import FORBIDDEN_WORDS, MODERATION_TEXTS, Part
from bot.sandbox.segmind.plans import OutputShape
from tests.integration.providers.apis import HTML, KEY, MOST_BYTES, STUB, Api, OnAimlapi, OnV1, OnV2
from tests.local_server import Endless, closing, redirect, send_raw, serving, unreachable

RESULT = "^/v2/requests/[^/]+$"
PARTS: dict[Part, RefusedPart] = {
    "prompt": RefusedPart.PROMPT,
    "image": RefusedPart.PICTURE,
    "video": RefusedPart.VIDEO,
}


async def failure_of(api: Api, request_id: str = "some-id") -> ProviderError:
    """Look and tell how it failed."""
    with pytest.raises(ProviderError) as caught:
        await api.provider.look(request_id)
    return caught.value


async def completed(api: Api, request_id: str) -> str:
    """Look at what has completed, and tell the video's address."""
    seen = await api.provider.look(request_id)
    assert isinstance(seen, Completed)
    return seen.url


# The states.


async def test_sees_each_state_on_the_way(polled: Api) -> None:
    """Queued, processing, and the video's address in the end."""
    request_id = await polled.accepted()
    queued = await polled.provider.look(request_id)
    await polled.begin()
    processing = await polled.provider.look(request_id)
    await polled.finish()

    assert [queued, processing] == [Queued(), Processing()]
    media = f"{polled.sandbox.base_url}/media/{polled.sandbox.generations[0].media_name}"
    assert await completed(polled, request_id) == media
    assert await completed(polled, request_id) == media


async def test_tells_requests_apart(api: Api) -> None:
    """Each id shows its own request."""
    first, second = await api.accepted(), await api.accepted()
    await api.finish()

    assert await completed(api, first) != await completed(api, second)


async def test_sees_a_failure_while_it_was_worked_on(api: Api) -> None:
    """What was processing a moment ago has failed; its text is for the log."""
    plan = api.sandbox.plan(video=STUB, queue_seconds=0, hold=True)
    request_id = await api.accepted()
    assert await api.provider.look(request_id) == Processing()

    plan.fail("CUDA out of memory")
    await api.finish()
    seen = await api.provider.look(request_id)

    assert isinstance(seen, Failed)
    assert seen.refused is None
    assert "CUDA out of memory" in seen.detail


@pytest.mark.parametrize("part", PARTS)
async def test_sees_which_part_a_content_filter_refused(api: Api, part: Part) -> None:
    """It comes as any failure: only its text tells."""
    request_id = await api.accepted(api.order(prompt=f"a fox {FORBIDDEN_WORDS[part]}"))
    await api.finish()

    seen = await api.provider.look(request_id)

    assert isinstance(seen, Failed)
    assert seen.refused is PARTS[part]


@pytest.mark.parametrize(
    ("part", "text"), [(part, text) for part in PARTS for text in MODERATION_TEXTS[part]]
)
async def test_knows_a_content_filter_by_other_words(api: Api, part: Part, text: str) -> None:
    """Every provider, and every model of one, words it differently."""
    api.sandbox.plan(fail=text)
    request_id = await api.accepted()
    await api.finish()

    seen = await api.provider.look(request_id)

    assert isinstance(seen, Failed)
    assert seen.refused is PARTS[part]


@pytest.mark.parametrize("shape", ["string", "video", "list", "object"])
async def test_finds_the_video_in_every_shape_of_result(v2: OnV2, shape: OutputShape) -> None:
    """The address comes as text, under video, in a list or in an object."""
    v2.sandbox.plan(video=b"film", output_shape=shape)
    request_id = await v2.accepted()
    await v2.finish()

    assert (await completed(v2, request_id)).endswith(v2.sandbox.generations[0].media_name)


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        (("queued",), Queued()),
        (("waiting",), Queued()),
        (("generating",), Processing()),
        (("active",), Processing()),
        (("GENERATING",), Processing()),
    ],
)
async def test_knows_every_waiting_word_of_aimlapi(
    aimlapi: OnAimlapi, words: tuple[str, ...], seen: Queued | Processing
) -> None:
    """The documented ones, and those that others have seen."""
    aimlapi.sandbox.plan(video=STUB, waiting_words=words)
    request_id = await aimlapi.accepted()

    assert await aimlapi.provider.look(request_id) == seen


async def test_aimlapi_may_go_back_in_the_line(aimlapi: OnAimlapi) -> None:
    """Generating was followed by queued, and that by the end."""
    words = ("queued", "generating", "queued", "generating")
    aimlapi.sandbox.plan(video=STUB, waiting_words=words)
    request_id = await aimlapi.accepted()

    seen = [await aimlapi.provider.look(request_id) for _ in words]
    await aimlapi.finish()

    assert seen == [Queued(), Processing(), Queued(), Processing()]
    assert await completed(aimlapi, request_id)


@pytest.mark.parametrize("word", ["completed", "succeeded", "Completed"])
async def test_knows_every_good_end_of_aimlapi(aimlapi: OnAimlapi, word: str) -> None:
    """The documented word, and the other one."""
    aimlapi.sandbox.plan(video=STUB, completed_word=word)
    request_id = await aimlapi.accepted()
    await aimlapi.finish()

    assert await completed(aimlapi, request_id)


@pytest.mark.parametrize("word", ["error", "failed", "ERROR"])
@pytest.mark.parametrize("shape", ["named", "detail"])
async def test_knows_every_bad_end_of_aimlapi(aimlapi: OnAimlapi, word: str, shape: Any) -> None:
    """Two words, and two forms of the error; both tell its text."""
    aimlapi.sandbox.plan(fail="CUDA out of memory", failed_word=word, error_shape=shape)
    request_id = await aimlapi.accepted()
    await aimlapi.finish()

    seen = await aimlapi.provider.look(request_id)

    assert isinstance(seen, Failed)
    assert "CUDA out of memory" in seen.detail


async def test_an_unknown_word_is_no_end(v2: OnV2, aimlapi: OnAimlapi) -> None:
    """It is told as it came, and the job goes on waiting to its end."""
    v2.sandbox.plan(video=STUB, status_word="WARMING_UP")
    aimlapi.sandbox.plan(video=STUB, waiting_words=("warming_up",))
    for api, word in ((v2, "WARMING_UP"), (aimlapi, "warming_up")):
        request_id = await api.accepted()
        assert await api.provider.look(request_id) == Unclear(word)
        await api.finish()
        assert await completed(api, request_id)


# What is lost.


async def test_an_id_that_nobody_knows_is_lost(api: Api) -> None:
    """It is no failed look: looking again does not help."""
    assert type(await failure_of(api)) is api.UNKNOWN


async def test_segmind_forgets_a_request(v2: OnV2) -> None:
    """Its hour is over: it is told like one that never was."""
    request_id = await v2.accepted()
    v2.sandbox.clock.advance(timedelta(hours=2).total_seconds())

    assert type(await failure_of(v2, request_id)) is v2.UNKNOWN


# What says nothing of the job.


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, None),
        (502, HTML),
        (504, HTML),
        (404, HTML),
        (401, None),
        (402, None),
        (403, None),
        (410, None),
        (422, None),
        (429, None),
        (422, {"status": "PROCESSING"}),
        (200, HTML),
        (200, b""),
        (200, b'{"status": "COMPL'),
        (200, b'["COMPLETED"]'),
        (200, b"\xff\xfe"),
        (200, {}),
        (200, None),
        (200, {"status": None}),
        (200, {"status": 7}),
        (200, {"status": ""}),
        (200, {"status": ["QUEUED"]}),
        (301, b""),
        (204, b""),
    ],
)
async def test_a_status_that_cannot_be_read_says_nothing_of_the_job(
    polled: Api, status: int, body: Any
) -> None:
    """Errors (None: in the API's own form), pages, broken JSON, missing fields: look again."""
    request_id = await polled.accepted()
    if body is None:
        body = polled.words("Something went wrong", status)
    polled.sandbox.faults.answer("GET", polled.POLL, status, body)

    assert type(await failure_of(polled, request_id)) is LookFailed
    polled.clock.advance(60)  # after a 429 it rests
    assert await polled.provider.look(request_id) == Queued()


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"output": None, "video": None},
        {"output": "film.mp4", "video": {"url": "film.mp4"}},
        {"output": ["file:///etc/hosts"], "video": {"url": "file:///etc/hosts"}},
        {"output": "javascript:alert(1)", "video": {"url": "javascript:alert(1)"}},
        {"output": {}, "video": {}},
        {"output": 7, "video": "none"},
    ],
)
async def test_an_end_without_a_video_is_told_as_such(polled: Api, more: dict[str, Any]) -> None:
    """Completed without an address that can be fetched: another look may show one."""
    request_id = await polled.accepted()
    await polled.finish()
    where = RESULT if isinstance(polled, OnV2) else polled.POLL
    polled.sandbox.faults.answer("GET", where, 200, {"status": "COMPLETED", **more})

    assert isinstance(await polled.provider.look(request_id), Finished)
    assert await completed(polled, request_id)


@pytest.mark.parametrize(
    ("status", "body"),
    [(500, {"error": "x"}), (502, HTML), (404, HTML), (200, {"status": "PROCESSING"})],
)
async def test_segminds_result_may_fail_where_its_status_did_not(
    v2: OnV2, status: int, body: Any
) -> None:
    """The second of the two questions says as little of the job."""
    request_id = await v2.accepted()
    await v2.finish()
    v2.sandbox.faults.answer("GET", RESULT, status, body)

    error = await failure_of(v2, request_id)
    assert isinstance(error, LookFailed)
    assert error.finished, "the first question was answered"
    assert await completed(v2, request_id)


async def test_a_video_is_found_where_nobody_has_documented_it(polled: Api) -> None:
    """At any depth; what was sent for it, and its thumbnail, are not taken for it."""
    request_id = await polled.accepted()
    await polled.finish()
    film = "https://media.example/film"
    said = {
        "status": "completed",
        "input": {"prompt": "https://evil.example/1.mp4", "image": "https://a.example/fox"},
        "result": {"thumbnail": "https://a.example/small", "files": [{"uri": film}]},
    }
    where = RESULT if isinstance(polled, OnV2) else polled.POLL
    polled.sandbox.faults.answer("GET", where, 200, said)

    assert await polled.provider.look(request_id) == Completed(film)


@pytest.mark.parametrize("after", [False, True])
async def test_a_connection_that_breaks_says_nothing_of_the_job(
    polled: Api, *, after: bool
) -> None:
    """A cut connection is a look that failed."""
    request_id = await polled.accepted()
    # The library asks once more by itself.
    polled.sandbox.faults.reset("GET", polled.POLL, times=2, after=after)

    assert type(await failure_of(polled, request_id)) is LookFailed
    assert await polled.provider.look(request_id) == Queued()


async def test_a_connection_that_breaks_at_any_time_says_nothing_of_the_job(polled: Api) -> None:
    """Before the request is read, and in the middle of the answer."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n"
        return await send_raw(request, [head, b'{"status": "queued"}'])

    async with closing() as shut, serving(handle) as cut:
        for origin in (shut.origin, cut.origin):
            async with polled.provider_at(origin) as provider:
                with pytest.raises(LookFailed):
                    await provider.look("1")


async def test_nobody_there_says_nothing_of_the_job(polled: Api) -> None:
    """A refused connection is a look that failed."""
    await polled.sandbox.close()

    assert type(await failure_of(polled)) is LookFailed


async def test_an_answer_without_an_end_says_nothing_of_the_job(polled: Api) -> None:
    """An answer that grows for ever is left at a cap."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        answer = Endless(headers={"Content-Type": "application/json"})
        await answer.prepare(request)
        return answer

    async with serving(handle) as server, polled.provider_at(server.origin) as provider:
        with pytest.raises(LookFailed):
            await provider.look("1")


# Where the key goes.


async def test_the_addresses_in_an_answer_are_not_followed(polled: Api) -> None:
    """Wherever they point, the key goes to the API alone."""
    async with serving(unreachable) as other:
        elsewhere = str(other.origin / "steal")
        keys = ("poll_url", "status_url", "response_url", "cancel_url", "url", "next")

        async def point_elsewhere(_: web.Request) -> web.StreamResponse:
            known = {"request_id": request_id, "id": request_id, "status": "queued"}
            return web.json_response(known | dict.fromkeys(keys, elsewhere))

        request_id = await polled.accepted()
        polled.sandbox.faults.plan("POST", polled.SUBMIT, point_elsewhere)
        polled.sandbox.faults.plan("GET", polled.POLL, point_elsewhere)
        assert await polled.provider.submit(polled.order()) == request_id
        assert await polled.provider.look(request_id) == Queued()
        await polled.finish()
        assert await completed(polled, request_id)

    assert other.requests == []


async def test_the_key_does_not_go_where_the_video_is(api: Api, tmp_path: Path) -> None:
    """Media lie on other hosts: their address is handed on, and is fetched without the key."""
    async with serving(unreachable) as other:
        url = str(other.origin / "film.mp4")
        body = {"status": "COMPLETED", "output": url, "video": {"url": url}}
        if isinstance(api, OnV1):
            api.sandbox.faults.answer("POST", api.SUBMIT, 200, body)
            request_id = await api.patient.submit(api.order())
            assert await api.patient.look(request_id) == Completed(url)
        else:
            request_id = await api.accepted()
            await api.finish()
            where = RESULT if isinstance(api, OnV2) else api.POLL
            api.sandbox.faults.answer("GET", where, 200, body)
            assert await completed(api, request_id) == url
        assert other.requests == []

        with pytest.raises(FetchFailed):
            await Fetcher(other.origin, MOST_BYTES, SystemClock()).fetch(url, tmp_path / "1.part")

    [request] = other.requests
    assert KEY not in str(request.raw_headers)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(polled: Api, status: int) -> None:
    """The key goes to the API's own address or nowhere."""
    async with serving(unreachable) as other:

        async def handle(_: web.BaseRequest) -> web.StreamResponse:
            return redirect(str(other.origin / "steal"), status)

        async with serving(handle) as server, polled.provider_at(server.origin) as provider:
            with pytest.raises(LookFailed):
                await provider.look("1")

    assert len(server.requests) == 1
    assert other.requests == []


async def test_an_odd_id_stays_in_its_place(v2: OnV2, aimlapi: OnAimlapi) -> None:
    """An id is opaque: whatever its characters, it is one part of the address."""
    asked = []
    for api in (v2, aimlapi):
        async with serving(unreachable) as server, api.provider_at(server.origin) as provider:
            with pytest.raises(LookFailed):
                await provider.look("../a b?c#d:é&f=%2F+")
        asked.append(server.requests[0].raw_path)

    assert asked == [
        "/v2/requests/..%2Fa%20b%3Fc%23d:%C3%A9&f=%252F%2B/status",
        "/v2/video/generations?generation_id=../a%20b?c%23d:%C3%A9%26f%3D%252F%2B",
    ]
