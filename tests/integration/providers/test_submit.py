"""Submits: a request's id, a definite no, or an outcome that nobody can tell; never two jobs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from bot.catalogue import Order
from bot.errors import (
    KeyRejected,
    ModelRetired,
    NotSubmitted,
    OutcomeUnknown,
    OutOfCredits,
    ProviderError,
    RequestRejected,
)
from bot.providers.segmind import Segmind
from bot.sandbox.segmind import SegmindSandbox
from tests.fakes import FakeClock
from tests.integration.providers.conftest import KEY, provider_at
from tests.local_server import Endless, redirect, serving, unreachable

SUBMIT = "/v2/sora-2$"
HTML = "<html><title>504 Gateway Time-out</title></html>"


async def failure_of(segmind: Segmind, order: Order) -> ProviderError:
    """Submit and tell how it failed."""
    with pytest.raises(ProviderError) as caught:
        await segmind.submit(order)
    return caught.value


def with_slug(order: Order, slug: str) -> Order:
    """Order from another model of the provider."""
    return replace(order, model=order.model.model_copy(update={"slug": slug}))


async def test_an_accepted_submit_gives_its_id(
    segmind: Segmind, sandbox: SegmindSandbox, order: Order
) -> None:
    """The order arrives as it was placed, the duration as text, and the id comes back."""
    request_id = await segmind.submit(order)

    [generation] = sandbox.generations
    assert request_id == generation.request_id
    assert generation.slug == "sora-2"
    assert generation.body == {
        "prompt": "a fox in the snow",
        "duration": str(order.duration_seconds),
        "size": order.size,
    }


@pytest.mark.parametrize("prompt", ["naïve 狐狸 🦊", '"quoted" \\ fox\nin two lines', "\u202eabc"])
async def test_a_prompt_arrives_exactly_as_typed(
    segmind: Segmind, sandbox: SegmindSandbox, order: Order, prompt: str
) -> None:
    """Neither escapes nor scripts nor directions change a prompt on its way."""
    await segmind.submit(replace(order, prompt=prompt))

    assert sandbox.generations[0].body["prompt"] == prompt


async def test_an_odd_slug_stays_in_its_path(order: Order, clock: FakeClock) -> None:
    """What a catalogue names is one part of the address, whatever its characters."""
    async with serving(unreachable) as server, provider_at(server.origin, clock) as segmind:
        await failure_of(segmind, with_slug(order, "../v1/a b?c#d"))

    assert [request.raw_path for request in server.requests] == ["/v2/..%2Fv1%2Fa%20b%3Fc%23d"]


# A definite no: nothing was made.


@pytest.mark.parametrize("key", ["other-key", "", "revoked-key"])
async def test_a_key_that_is_not_accepted_is_a_definite_no(
    sandbox: SegmindSandbox, order: Order, clock: FakeClock, key: str
) -> None:
    """An unknown key, none at all and a revoked one are told alike."""
    async with provider_at(sandbox.base_url, clock, key=key) as segmind:
        assert type(await failure_of(segmind, order)) is KeyRejected


async def test_a_model_that_is_not_known_is_a_definite_no(segmind: Segmind, order: Order) -> None:
    """404 on a submit: the provider does not serve this model (any more)."""
    assert type(await failure_of(segmind, with_slug(order, "sora-9"))) is ModelRetired


async def test_a_retired_model_is_a_definite_no(
    segmind: Segmind, sandbox: SegmindSandbox, order: Order
) -> None:
    """410 on a submit: the model is gone."""
    sandbox.plan(retired=True)

    assert type(await failure_of(segmind, order)) is ModelRetired
    assert sandbox.generations == []


@pytest.mark.parametrize("status", [402, 406])
async def test_too_few_credits_are_a_definite_no(
    segmind: Segmind, sandbox: SegmindSandbox, order: Order, status: int
) -> None:
    """402 and 406 with words of money are the operator's account, not the member's values."""
    sandbox.no_credits_status = status
    sandbox.out_of_credits(KEY)

    assert type(await failure_of(segmind, order)) is OutOfCredits
    assert sandbox.generations == []


async def test_a_spend_cap_is_a_definite_no(
    segmind: Segmind, sandbox: SegmindSandbox, order: Order
) -> None:
    """406 for a spend cap that was reached is told as the account's, too."""
    sandbox.spend_cap(KEY)

    assert type(await failure_of(segmind, order)) is OutOfCredits


async def test_a_refused_value_is_a_definite_no(
    segmind: Segmind, sandbox: SegmindSandbox, order: Order
) -> None:
    """406 for a size that the model lacks is the request's fault; its words go to the log."""
    error = await failure_of(segmind, replace(order, size="1x1"))

    assert type(error) is RequestRejected
    assert error.detail.startswith("406")
    assert sandbox.generations == []


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (401, {"error": "Unauthorized"}, KeyRejected),
        (403, {"error": "Forbidden"}, KeyRejected),
        (406, {"error": "Content-Type must be application/json"}, RequestRejected),
        (406, {"error": "Billing quota exhausted"}, OutOfCredits),
        (400, {"error": "prompt"}, RequestRejected),
        (405, HTML, RequestRejected),
        (404, HTML, ModelRetired),
    ],
)
async def test_other_refusals_are_a_definite_no(
    segmind: Segmind,
    sandbox: SegmindSandbox,
    order: Order,
    status: int,
    body: str | dict[str, Any],
    expected: type[ProviderError],
) -> None:
    """Every 4xx but 429 says that nothing was made; who has to act differs."""
    sandbox.faults.answer("POST", SUBMIT, status, body)

    assert type(await failure_of(segmind, order)) is expected


async def test_the_key_is_in_no_error(
    segmind: Segmind, sandbox: SegmindSandbox, order: Order
) -> None:
    """Details go to the log: they hold the provider's words and never the key."""
    failures = [await failure_of(segmind, with_slug(order, "sora-9"))]
    for status in (401, 406, 500, 502):
        sandbox.faults.answer("POST", SUBMIT, status, HTML)
        failures.append(await failure_of(segmind, order))
    await sandbox.close()
    failures.append(await failure_of(segmind, order))

    assert not any(KEY in f"{failure!r} {failure.detail}" for failure in failures)


# Not submitted: it may be tried again.


async def test_nobody_there_may_be_tried_again(
    sandbox: SegmindSandbox, segmind: Segmind, order: Order
) -> None:
    """A refused connection carried nothing."""
    await sandbox.close()

    assert type(await failure_of(segmind, order)) is NotSubmitted


async def test_too_many_requests_may_be_tried_again_when_the_provider_says(
    sandbox: SegmindSandbox, segmind: Segmind, order: Order
) -> None:
    """429 names the moment from which requests count anew."""
    sandbox.requests_per_minute = 1
    await segmind.submit(order)

    error = await failure_of(segmind, order)

    assert isinstance(error, NotSubmitted)
    left = 60 - sandbox.clock.now().second - sandbox.clock.now().microsecond / 1e6
    assert error.retry_after_seconds == pytest.approx(max(1.0, left))
    assert len(sandbox.generations) == 1


@pytest.mark.parametrize("status", [500, 503])
async def test_a_documented_fault_of_the_server_may_be_tried_again(
    sandbox: SegmindSandbox, segmind: Segmind, order: Order, status: int
) -> None:
    """The API's own 5xx, which names its error, made nothing."""
    sandbox.faults.answer("POST", SUBMIT, status, {"error": "Something went wrong"})

    assert type(await failure_of(segmind, order)) is NotSubmitted
    assert sandbox.generations == []


# An unknown outcome: never again.


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, HTML),
        (502, HTML),
        (503, HTML),
        (504, HTML),
        (502, {"error": "Bad Gateway"}),
        (504, {"error": "Gateway Timeout"}),
        (504, {"message": "Endpoint request timed out"}),
        (500, {"message": "Internal server error"}),
    ],
)
async def test_what_a_front_proxy_says_tells_nothing(
    sandbox: SegmindSandbox,
    segmind: Segmind,
    order: Order,
    status: int,
    body: str | Mapping[str, Any],
) -> None:
    """A gateway answers in place of the API, which may have made the video."""
    spoilt = body if isinstance(body, str) else dict(body)
    sandbox.faults.answer("POST", SUBMIT, status, spoilt, after=True)

    assert type(await failure_of(segmind, order)) is OutcomeUnknown
    assert len(sandbox.generations) == 1


@pytest.mark.parametrize(
    "body", [HTML, b"{", b"[]", {}, {"request_id": None}, {"request_id": ""}, {"request_id": 7}]
)
async def test_a_success_without_an_id_tells_nothing(
    sandbox: SegmindSandbox, segmind: Segmind, order: Order, body: Any
) -> None:
    """It was accepted, and nobody can look for it: the outcome is unknown."""
    sandbox.faults.answer("POST", SUBMIT, 200, body, after=True)

    assert type(await failure_of(segmind, order)) is OutcomeUnknown
    assert len(sandbox.generations) == 1


async def test_any_success_with_an_id_is_one(
    sandbox: SegmindSandbox, segmind: Segmind, order: Order
) -> None:
    """201 and 202 accept as well as 200."""
    for status in (201, 202):
        sandbox.faults.answer("POST", SUBMIT, status, {"request_id": f"id-{status}"})
        assert await segmind.submit(order) == f"id-{status}"


@pytest.mark.parametrize(("after", "made"), [(False, 0), (True, 1)])
async def test_a_connection_that_breaks_tells_nothing_and_is_not_used_again(
    sandbox: SegmindSandbox, segmind: Segmind, order: Order, *, after: bool, made: int
) -> None:
    """Whether the request was read cannot be told from here: it is sent once, never twice."""
    sandbox.faults.reset("POST", SUBMIT, after=after)

    assert type(await failure_of(segmind, order)) is OutcomeUnknown
    assert len(sandbox.find_calls("POST", SUBMIT)) == 1
    assert len(sandbox.generations) == made


async def test_an_answer_without_an_end_tells_nothing(order: Order, clock: FakeClock) -> None:
    """An answer that grows for ever is left at a cap."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        answer = Endless(headers={"Content-Type": "application/json"})
        await answer.prepare(request)
        return answer

    async with serving(handle) as server, provider_at(server.origin, clock) as segmind:
        assert type(await failure_of(segmind, order)) is OutcomeUnknown


# Where the key goes.


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(order: Order, clock: FakeClock, status: int) -> None:
    """A submit goes to the API's own address or nowhere: neither key nor prompt leave it."""
    async with serving(unreachable) as other:

        async def handle(_: web.BaseRequest) -> web.StreamResponse:
            return redirect(str(other.origin / "v2/sora-2"), status)

        async with serving(handle) as server, provider_at(server.origin, clock) as segmind:
            assert type(await failure_of(segmind, order)) is RequestRejected

    assert other.requests == []


async def test_a_submit_never_uses_a_connection_that_was_kept(
    order: Order, clock: FakeClock
) -> None:
    """A kept connection may be dead already: a submit on it would have no known outcome."""
    used: set[Any] = set()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        assert request.transport is not None
        peer = request.transport.get_extra_info("peername")
        if peer in used:  # as if the server had closed it at the same moment
            request.transport.abort()
        used.add(peer)
        return web.json_response({"request_id": "1", "status": "QUEUED"})

    async with serving(handle) as server, provider_at(server.origin, clock) as segmind:
        await segmind.look("1")
        assert await segmind.submit(order) == "1"
        assert await segmind.submit(order) == "1"

    assert len(used) == 3
