"""Submits: a request's id, a definite no, or an outcome that nobody can tell; never two jobs."""

import asyncio
import json
from typing import Any

import pytest
from aiohttp import web

from bot.catalogue import PROMPT_LIMIT
from bot.errors import (
    ContentRefused,
    KeyRejected,
    ModelRetired,
    NotSubmitted,
    OutcomeUnknown,
    OutOfCredits,
    ProviderError,
    RefusedPart,
    RequestRejected,
)
from bot.providers.base import Completed
from tests.integration.providers.apis import HTML, KEY, PROMPT, Api, OnAimlapi, OnV1, OnV2
from tests.local_server import Endless, closing, redirect, send_raw, serving, unreachable

JSON = {"Content-Type": "application/json"}


# What is sent.


async def test_an_order_arrives_as_it_was_placed(api: Api) -> None:
    """Every field by the provider's own name, in its type, and nothing else."""
    await api.accepted()

    [generation] = api.sandbox.generations
    assert generation.body == api.BODY
    assert api.sandbox.find_calls("POST", api.SUBMIT)[0].body == generation.body


async def test_what_is_the_default_is_sent_all_the_same(api: Api) -> None:
    """Duration and size cost money: the provider's defaults may change, what is sent does not."""
    await api.accepted(api.order(duration_seconds=4, size="720x1280"))

    [generation] = api.sandbox.generations
    assert generation.body.keys() == api.BODY.keys()
    assert generation.body != api.BODY


@pytest.mark.parametrize(
    "prompt",
    [
        "naïve 狐狸 🦊 👩‍🚀",
        '"quoted" \\ fox\r\nin two\tlines\n',
        "\u202eabc שלום \u2066مرحبا\u2069 \u200b",  # noqa: RUF001 - from right to left, and unseen
        "  a fox  ",
        "nothing \x00 here \x1b[0m",
        "<@1> @everyone &amp; %s {prompt} ${prompt}",
        "🦊" * PROMPT_LIMIT,
    ],
    ids=["scripts", "lines", "directions", "blanks", "controls", "spells", "longest"],
)
async def test_a_prompt_arrives_exactly_as_typed(api: Api, prompt: str) -> None:
    """Neither escapes nor scripts nor directions nor length change a prompt on its way."""
    await api.accepted(api.order(prompt=prompt))

    [generation] = api.sandbox.generations
    assert generation.body[api.order().offer.prompt_field] == prompt


@pytest.mark.parametrize("status", [200, 201, 202])
async def test_any_success_with_an_id_is_one(polled: Api, status: int) -> None:
    """The id is opaque, and 201 and 202 accept as well as 200."""
    body = {"request_id": "an: odd/id", "id": "an: odd/id"}
    polled.sandbox.faults.answer("POST", polled.SUBMIT, status, body)

    assert await polled.provider.submit(polled.order()) == "an: odd/id"


async def test_an_answer_in_pieces_is_read_whole(polled: Api) -> None:
    """A slow answer is waited for to its last byte."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        answer = web.StreamResponse(headers=JSON)
        await answer.prepare(request)
        for letter in json.dumps({"request_id": "the id", "id": "the id"}):
            await answer.write(letter.encode())
        return answer

    async with serving(handle) as server, polled.provider_at(server.origin) as provider:
        assert await provider.submit(polled.order()) == "the id"


@pytest.mark.parametrize("kind", [OnV2, OnV1])
async def test_an_odd_slug_stays_in_its_path(kind: type[Api], tmp_path: Any) -> None:
    """What a catalogue names is one part of the address, whatever its characters."""
    async with (
        serving(unreachable) as server,
        kind.running(tmp_path) as api,
        api.provider_at(server.origin) as provider,
    ):
        with pytest.raises(ProviderError):
            await provider.submit(api.order_from("../v1/a b?c#d"))

    [request] = server.requests
    assert request.raw_path.endswith("/..%2Fv1%2Fa%20b%3Fc%23d")


# A definite no: nothing was made, and it is not sent again.


@pytest.mark.parametrize("key", ["other-key", "", "revoked-key"])
async def test_a_key_that_is_not_accepted_is_a_definite_no(api: Api, key: str) -> None:
    """An unknown key, none at all and a revoked one are told alike."""
    async with api.provider_at(api.sandbox.base_url, key=key) as provider:
        with pytest.raises(KeyRejected):
            await provider.submit(api.order())

    assert len(api.submits) == 1


async def test_a_revoked_key_is_a_definite_no(api: Api) -> None:
    """What worked before can be refused now."""
    api.sandbox.revoke(KEY)

    assert type(await api.refused()) is KeyRejected


async def test_a_model_that_is_not_known_is_a_definite_no(api: Api) -> None:
    """404 on a submit: the provider does not serve this model (any more)."""
    assert type(await api.refused(api.order_from("sora-9"))) is ModelRetired


async def test_a_retired_model_is_a_definite_no(api: Api) -> None:
    """The model is gone, and nothing was made."""
    api.sandbox.retire(api.SLUG)

    assert type(await api.refused()) is ModelRetired
    assert api.sandbox.generations == []


async def test_v2_does_not_serve_what_v1_alone_does(v2: OnV2, v1: OnV1) -> None:
    """One slug, two answers: a model can be retired for v2 and be had from v1."""
    assert type(await v2.refused(v2.order_from(v1.SLUG))) is ModelRetired

    await v1.accepted()


async def test_too_few_credits_are_a_definite_no(api: Api) -> None:
    """They are the operator's account, not the member's values."""
    api.sandbox.out_of_credits(KEY)

    assert type(await api.refused()) is OutOfCredits
    assert api.sandbox.generations == []


async def test_segmind_has_two_ways_to_tell_of_too_few_credits(segmind: OnV2 | OnV1) -> None:
    """402 has been seen beside 406."""
    segmind.sandbox.no_credits_status = 402
    segmind.sandbox.out_of_credits(KEY)

    assert type(await segmind.refused()) is OutOfCredits


async def test_a_spend_cap_is_a_definite_no(segmind: OnV2 | OnV1) -> None:
    """406 for a spend cap that was reached is told as the account's, too."""
    segmind.sandbox.spend_cap(KEY)

    assert type(await segmind.refused()) is OutOfCredits


async def test_a_refused_value_is_a_definite_no(api: Api) -> None:
    """A length that the model lacks is the request's fault; the words go to the log."""
    error = await api.refused(api.order(duration_seconds=99))

    assert type(error) is RequestRejected
    assert "duration" in error.detail or "num_seconds" in error.detail
    assert api.sandbox.generations == []


@pytest.mark.parametrize(
    ("status", "text", "expected"),
    [
        (400, "prompt is too short", RequestRejected),
        (401, "API Key not found", KeyRejected),
        (401, "Unauthorized", KeyRejected),
        (402, "Payment required", OutOfCredits),
        (404, "Model not found", ModelRetired),
        (406, "Content-Type must be application/json", RequestRejected),
        (410, "This model has been retired", ModelRetired),
        (415, "Unsupported Media Type", RequestRejected),
        (422, "duration must be one of 4, 8, 12", RequestRejected),
    ],
)
async def test_other_refusals_are_a_definite_no(
    api: Api, status: int, text: str, expected: type[ProviderError]
) -> None:
    """Every 4xx but 429 says that nothing was made; who has to act differs."""
    api.sandbox.faults.answer("POST", api.SUBMIT, status, api.words(text, status))

    error = await api.refused()

    assert type(error) is expected
    assert text in error.detail


async def test_403_differs_by_provider(api: Api) -> None:
    """Segmind means the key by it, AI/ML API the credits."""
    api.sandbox.faults.answer("POST", api.SUBMIT, 403, api.words("Forbidden", 403))

    assert type(await api.refused()) is api.FORBIDDEN


async def test_a_refusal_as_a_page_is_one_all_the_same(api: Api) -> None:
    """405 comes from the front proxy: nothing went through."""
    api.sandbox.faults.answer("POST", api.SUBMIT, 405, HTML)

    assert type(await api.refused()) is RequestRejected


@pytest.mark.parametrize("status", [400, 406, 422])
@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Your prompt violates the content policy", RefusedPart.PROMPT),
        ("The input image was flagged by our moderation", RefusedPart.PICTURE),
        ("The generated video was flagged by the safety check", RefusedPart.VIDEO),
        ("Rejected by the moderation system", RefusedPart.UNTOLD),
    ],
)
async def test_a_content_filters_no_tells_which_part_it_refused(
    api: Api, status: int, text: str, part: RefusedPart
) -> None:
    """It is told from a refused value by its words alone."""
    api.sandbox.faults.answer("POST", api.SUBMIT, status, api.words(text, status))

    error = await api.refused()

    assert isinstance(error, ContentRefused)
    assert error.part is part


async def test_a_content_filters_no_may_come_as_a_fault_of_the_server(
    segmind: OnV2 | OnV1,
) -> None:
    """Segmind's 500 is often about the request: it is not sent again and again."""
    text = "Your prompt violates the content policy"
    segmind.sandbox.faults.answer("POST", segmind.SUBMIT, 500, segmind.words(text))

    assert type(await segmind.refused()) is ContentRefused


async def test_the_key_is_in_no_error(api: Api) -> None:
    """Details go to the log: they hold the provider's words and never the key."""
    failures = [await api.refused(api.order_from("sora-9"))]
    for status in (401, 406, 500, 502):
        api.sandbox.faults.answer("POST", api.SUBMIT, status, HTML)
        failures.append(await api.refused())
    api.sandbox.faults.reset("POST", api.SUBMIT)
    failures.append(await api.refused())
    await api.sandbox.close()
    failures.append(await api.refused())

    assert len(failures) == 7
    assert not any(KEY in f"{failure!r} {failure.detail}" for failure in failures)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(api: Api, status: int) -> None:
    """A submit goes to the API's own address or nowhere: neither key nor prompt leave it."""
    moved = status in {301, 307, 308}  # 302 and 303 may follow a request that was carried out
    async with serving(unreachable) as other:

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            return redirect(str(other.origin / request.path.lstrip("/")), status)

        async with serving(handle) as server, api.provider_at(server.origin) as provider:
            with pytest.raises(RequestRejected if moved else OutcomeUnknown):
                await provider.submit(api.order())

    assert len(server.requests) == 1
    assert other.requests == []


# Not submitted: it may be tried again.


async def test_nobody_there_may_be_tried_again(api: Api) -> None:
    """A refused connection carried nothing."""
    await api.sandbox.close()

    assert type(await api.refused()) is NotSubmitted


@pytest.mark.parametrize("status", [500, 503])
async def test_a_documented_fault_of_the_server_may_be_tried_again(api: Api, status: int) -> None:
    """The API's own 5xx, in its own form, made nothing."""
    words = api.words("Something went wrong", status)
    api.sandbox.faults.answer("POST", api.SUBMIT, status, words)

    assert type(await api.refused()) is NotSubmitted
    assert api.sandbox.generations == []
    await api.accepted()


async def test_too_many_requests_may_be_tried_again(api: Api) -> None:
    """429 made nothing, and says when to come again; see the limits."""
    api.sandbox.requests_per_minute = 1
    await api.accepted()

    error = await api.refused()

    assert isinstance(error, NotSubmitted)
    left = 60 - api.sandbox.clock.now().second - api.sandbox.clock.now().microsecond / 1e6
    assert error.retry_after_seconds == pytest.approx(max(1.0, left), abs=1)
    assert len(api.sandbox.generations) == 1


# An unknown outcome: never again.


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 524])
async def test_what_a_front_proxy_says_tells_nothing(api: Api, status: int) -> None:
    """A gateway's page comes in place of the API's answer, which may have made the video."""
    await _spoilt_after_it_was_made(api, status, HTML)


@pytest.mark.parametrize("status", [502, 504])
async def test_a_gateways_status_tells_nothing_in_any_words(api: Api, status: int) -> None:
    """502 and 504 are a gateway's, even where they look like the API's own."""
    await _spoilt_after_it_was_made(api, status, api.words("Bad Gateway", status))


@pytest.mark.parametrize("body", [b"", b"{", {}, {"detail": "Internal server error"}])
async def test_a_fault_in_nobodys_words_tells_nothing(api: Api, body: Any) -> None:
    """A 500 that is not in the API's own form may come from anywhere on the way."""
    await _spoilt_after_it_was_made(api, 500, body)


async def test_a_gateways_words_are_not_the_apis(v2: OnV2, aimlapi: OnAimlapi) -> None:
    """Each has a form of its own, and the other's proves nothing."""
    await _spoilt_after_it_was_made(v2, 500, {"message": "Internal server error"})
    await _spoilt_after_it_was_made(aimlapi, 500, {"error": "Internal server error"})


@pytest.mark.parametrize(
    "body",
    [
        {"message": "Service Unavailable"},
        {"statusCode": 503, "message": "x", "error": "Service Unavailable"},
        {"status": 503, "error": "Service Unavailable", "path": "/v2", "timestamp": "2026-11-20"},
    ],
)
async def test_a_gateway_that_is_overloaded_proves_nothing(api: Api, body: Any) -> None:
    """It answers 503 in words of its own after the API behind it has taken the request."""
    await _spoilt_after_it_was_made(api, 503, body)


@pytest.mark.parametrize(
    "body",
    [HTML, b"", b"{", b"[]", b"7", b"\xff\xfe", {}, {"id": None, "request_id": None, "output": 7}],
    ids=["page", "empty", "broken", "list", "number", "bytes", "nothing", "null"],
)
@pytest.mark.parametrize("headers", [JSON, {}], ids=["json", "html"])
async def test_a_success_that_cannot_be_read_tells_nothing(
    api: Api, body: Any, headers: dict[str, str]
) -> None:
    """It was accepted, and nobody can look for it: the outcome is unknown."""
    api.sandbox.faults.answer("POST", "^/v[12]/", 200, body, headers=headers)

    assert type(await api.refused()) is OutcomeUnknown


@pytest.mark.parametrize("body", [{"request_id": "", "id": ""}, {"request_id": [7], "id": [7]}])
async def test_an_id_that_is_none_tells_nothing(polled: Api, body: dict[str, Any]) -> None:
    """An id that can't be asked for is as good as none."""
    await _spoilt_after_it_was_made(polled, 200, body)


@pytest.mark.parametrize(("after", "made"), [(False, 0), (True, 1)])
async def test_a_connection_that_breaks_tells_nothing_and_is_not_used_again(
    api: Api, *, after: bool, made: int
) -> None:
    """Whether the request was worked on cannot be told from here: it is sent once, never twice."""
    api.sandbox.faults.reset("POST", api.SUBMIT, after=after)
    api.plan_at_once()

    assert type(await api.refused()) is OutcomeUnknown
    assert len(api.submits) == 1
    assert len(api.sandbox.generations) == made


async def test_a_connection_that_breaks_before_it_was_read_tells_nothing(api: Api) -> None:
    """Our end has handed the request over; what the other did with it cannot be seen."""
    async with closing() as server, api.provider_at(server.origin) as provider:
        with pytest.raises(OutcomeUnknown):
            await provider.submit(api.order())

    assert server.connections == 1


@pytest.mark.parametrize("kind", ["application/json", "text/html", "video/mp4"])
async def test_a_connection_that_breaks_during_the_answer_tells_nothing(
    api: Api, kind: str
) -> None:
    """Half an answer is none, of whatever kind it began to be."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: 1000\r\n\r\n"
        return await send_raw(request, [head.encode(), b'{"request_id": "1", "id": "1"}'])

    async with serving(handle) as server, api.provider_at(server.origin) as provider:
        with pytest.raises(OutcomeUnknown):
            await provider.submit(api.order())

    assert len(server.requests) == 1


@pytest.mark.parametrize(
    "answer", [b"ICY 200 OK\r\n\r\n", b"\x16\x03\x01\x02", b"HTTP/1.1 2000 OK\r\n\r\n"]
)
async def test_what_is_no_http_tells_nothing(api: Api, answer: bytes) -> None:
    """Something else listens there: nobody knows what it makes of a request."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        return await send_raw(request, [answer])

    async with serving(handle) as server, api.provider_at(server.origin) as provider:
        with pytest.raises(OutcomeUnknown):
            await provider.submit(api.order())


@pytest.mark.parametrize("status", [200, 404, 500])
@pytest.mark.parametrize("kind", ["application/json", "text/html", "video/mp4"])
async def test_an_answer_without_an_end_tells_nothing(api: Api, kind: str, status: int) -> None:
    """An answer that grows for ever is left at a cap, in whatever form it comes."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        answer = Endless(status=status, headers={"Content-Type": kind})
        await answer.prepare(request)
        return answer

    async with serving(handle) as server, api.provider_at(server.origin) as provider:
        with pytest.raises(OutcomeUnknown):
            await provider.submit(api.order())


# Which connection is used.


async def test_a_submit_never_uses_a_connection_that_was_kept(api: Api) -> None:
    """A kept connection may be dead already: a submit on it would have no known outcome."""
    used: set[Any] = set()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        peer = request.transport.get_extra_info("peername")
        if peer in used:  # as if the server had closed it at the same moment
            request.transport.abort()
        used.add(peer)
        output = "https://media.example/1.mp4"
        known = {"credits": 1, "current_balance": 1, "currency": "USD"}
        return web.json_response({"request_id": "1", "id": "1", "output": output, **known})

    async with serving(handle) as server, api.provider_at(server.origin) as provider:
        await provider.credits_left()
        assert await provider.submit(api.order())
        assert await provider.submit(api.order())

    assert len(used) == len(server.requests) == 3


async def test_a_submit_that_is_cut_off_is_not_sent_again(api: Api) -> None:
    """The bot is stopped in the middle of it: the request was sent once, and that is all."""
    gate = api.sandbox.faults.hold("POST", api.SUBMIT)
    submit = asyncio.create_task(api.patient.submit(api.order()))
    await gate.reached.wait()

    submit.cancel()
    with pytest.raises(asyncio.CancelledError):
        await submit
    gate.release()
    await api.sandbox.wait_submitted(1)

    assert len(api.submits) == 1


async def test_what_was_accepted_can_be_had(api: Api) -> None:
    """From an order to a finished video, by way of the id alone."""
    request_id = await api.accepted(api.order(prompt=PROMPT))
    await api.finish()

    assert isinstance(await api.provider.look(request_id), Completed)
    assert len(api.submits) == 1


async def _spoilt_after_it_was_made(api: Api, status: int, body: Any) -> None:
    """Let a submit be accepted, spoil its answer, and expect that nobody can tell."""
    api.plan_at_once()
    api.sandbox.faults.answer("POST", api.SUBMIT, status, body, after=True)

    assert type(await api.refused()) is OutcomeUnknown
    assert len(api.submits) == 1
    assert len(api.sandbox.generations) == 1
