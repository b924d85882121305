"""One limit for a key: requests are spread, and a pause that the provider asks for is kept."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web

from bot.errors import LookFailed, NotSubmitted
from bot.providers.base import Processing, Queued, VideoProvider
from bot.providers.http import ConnectionBroke, ProviderHttp
from bot.providers.segmind import Segmind, SegmindAccount, SegmindV1
from bot.providers.waiting import DEFAULT_PAUSE_SECONDS
from tests.fakes import FakeClock
from tests.integration.providers.apis import KEY, MOST_BYTES, STUB, UNLIMITED, Api, OnV1, OnV2, send
from tests.local_server import serving

UPLOAD = "/upload-asset$"
HINTS: dict[str, tuple[Callable[[datetime], dict[str, str]], float]] = {
    "moment": (
        lambda now: {"x-rate-limit-reset-at-utc": f"{_in(now, 100):%Y-%m-%dT%H:%M:%S}"},
        100,
    ),
    "moment with zone": (
        lambda now: {"x-rate-limit-reset-at-utc": f"{_in(now, 100):%Y-%m-%dT%H:%M:%SZ}"},
        100,
    ),
    "seconds": (lambda _: {"Retry-After": "7"}, 7),
    "date": (lambda now: {"Retry-After": format_datetime(_in(now, 90), usegmt=True)}, 90),
    "none": (lambda _: {}, DEFAULT_PAUSE_SECONDS),
    "nonsense": (lambda _: {"Retry-After": "soon"}, DEFAULT_PAUSE_SECONDS),
}
"""How a 429 tells when to come again, and in how many seconds that is."""
hinted = pytest.mark.parametrize("hint", HINTS)


def _in(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=seconds)


def refuse(api: Api, method: str, path: str, hint: str) -> float:
    """Plan a 429 with such a hint, and tell for how many seconds it asks."""
    headers, seconds = HINTS[hint]
    words = api.words("Too many requests", 429)
    api.sandbox.faults.answer(method, path, 429, words, headers=headers(api.clock.now()))
    return seconds


async def rests(api: Api, seconds: float, *others: VideoProvider) -> None:
    """Expect that for so long nothing is sent, and then all that has waited."""
    calls = len(api.sandbox.calls)
    everybody = (api.patient, *others)
    poll = asyncio.create_task(_credits(api))
    await api.clock.asleep()
    api.clock.advance(seconds - 1.5)  # a moment is told in whole seconds
    await api.clock.asleep()
    for each in everybody:
        with pytest.raises(NotSubmitted) as caught:
            await each.turn()
        assert caught.value.retry_after_seconds == pytest.approx(each.paused_for_seconds)
        assert each.paused_for_seconds == pytest.approx(1.5, abs=1)
    assert len(api.sandbox.calls) == calls

    api.clock.advance(1.5)
    for each in everybody:
        await each.turn()
        assert each.paused_for_seconds == 0
    await poll
    assert len(api.sandbox.calls) == calls + 1


async def _all(work: Iterable[Awaitable[object]]) -> None:
    await asyncio.gather(*work)


async def _credits(api: Api) -> None:
    await api.patient.credits_left()


@hinted
async def test_after_a_refused_submit_nothing_is_sent(api: Api, hint: str) -> None:
    """The pause holds for all that the key is used for, and ends when the provider said."""
    seconds = refuse(api, "POST", api.SUBMIT, hint)

    error = await api.refused()

    assert isinstance(error, NotSubmitted)
    assert error.retry_after_seconds == pytest.approx(seconds, abs=1)
    await rests(api, seconds)


@hinted
async def test_after_a_refused_look_nothing_is_sent(polled: Api, hint: str) -> None:
    """A look that came too often says for how long none is to come."""
    request_id = await polled.accepted()
    seconds = refuse(polled, "GET", polled.POLL, hint)

    with pytest.raises(LookFailed) as caught:
        await polled.provider.look(request_id)

    assert caught.value.retry_after_seconds == pytest.approx(seconds, abs=1)
    await rests(polled, seconds)


@hinted
async def test_after_a_refused_upload_nothing_is_sent(segmind: OnV2 | OnV1, hint: str) -> None:
    """Uploads are requests like others."""
    seconds = refuse(segmind, "POST", UPLOAD, hint)

    error = await segmind.refused(segmind.order_with_picture())

    assert isinstance(error, NotSubmitted)
    assert error.retry_after_seconds == pytest.approx(seconds, abs=1)
    assert segmind.submits == []
    await rests(segmind, seconds)


@hinted
async def test_after_a_refused_question_nothing_is_sent(api: Api, hint: str) -> None:
    """The same where the account or a model was asked for."""
    seconds = refuse(api, "GET", api.CREDITS, hint)
    with pytest.raises(LookFailed):
        await api.patient.credits_left()
    await rests(api, seconds)

    seconds = refuse(api, "POST", api.SUBMIT, hint)
    with pytest.raises(LookFailed):
        await api.patient.serves(api.SLUG)
    await rests(api, seconds)


async def test_v1_and_v2_rest_together(v1: OnV1) -> None:
    """It is one key: what v1 is told holds for v2 as well."""
    seconds = refuse(v1, "POST", v1.SUBMIT, "seconds")
    await v1.refused()

    await rests(v1, seconds, Segmind(v1.account))


async def test_the_counterparts_own_limit_is_kept(polled: Api) -> None:
    """The minute that it names is waited for, and then a look is let through again."""
    polled.sandbox.plan(video=STUB, hold=True)
    request_id = await polled.accepted()
    polled.sandbox.requests_per_minute = 1
    error = await polled.refused()
    assert isinstance(error, NotSubmitted)
    assert error.retry_after_seconds is not None

    look = asyncio.create_task(polled.provider.look(request_id))
    await polled.clock.asleep()
    assert not look.done()
    polled.sandbox.clock.advance(error.retry_after_seconds)
    polled.clock.advance(error.retry_after_seconds)
    assert isinstance(await look, Queued | Processing)


async def test_looks_and_submits_share_one_limit(polled: Api) -> None:
    """Of 30 requests at 20 a second, looks or submits, the last ten take half a second."""
    at = polled.provider_at(polled.sandbox.base_url, requests_per_minute=1200)
    async with at as provider:

        async def submit() -> str:
            await provider.turn()
            return await provider.submit(polled.order(duration_seconds=4))

        request_id = await submit()
        looks = [provider.look(request_id) for _ in range(15)]
        everything = _all([*looks, *(submit() for _ in range(14))])
        began = polled.clock.monotonic()
        await polled.clock.run_until(everything)

    assert polled.clock.monotonic() - began >= 0.45
    assert len(polled.sandbox.calls) == 30


async def test_everything_of_one_key_shares_one_limit(v1: OnV1) -> None:
    """Uploads, calls of v1, submits and looks of v2: after a second's four the next waits."""
    account = SegmindAccount(v1.clock, KEY, v1.sandbox.base_url, v1.sandbox.base_url, 240)
    blocking = SegmindV1(account, v1.videos, MOST_BYTES, refusal_seconds=0.0)
    polled = Segmind(account)
    await blocking.turn()
    await send(blocking, v1.order_with_picture())  # its upload takes a turn of its own
    await polled.turn()
    await polled.credits_left()
    fifth = asyncio.create_task(polled.turn())
    await v1.clock.asleep()
    assert not fifth.done()

    v1.clock.advance(0.3)
    await fifth
    await v1.sandbox.wait_submitted(1)
    v1.sandbox.clock.advance(3600)
    await blocking.close()


async def test_a_small_plan_lets_one_request_through_at_a_time(api: Api) -> None:
    """At five a minute the second request waits for its twelve seconds."""
    async with api.provider_at("http://127.0.0.1:9", requests_per_minute=5) as provider:
        await provider.turn()
        second = asyncio.create_task(provider.turn())
        for _ in range(10):
            await asyncio.sleep(0)
        assert not second.done()
        second.cancel()


async def test_who_waits_for_the_limit_sees_a_pause_that_began_meanwhile(v2: OnV2) -> None:
    """After a 429 the next in the line sends nothing into the pause."""
    came = asyncio.Event()

    async def handle(_: web.BaseRequest) -> web.StreamResponse:
        came.set()
        if len(server.requests) > 1:
            return web.json_response({"status": "QUEUED"})
        words = v2.words("Too many requests", 429)
        return web.json_response(words, status=429, headers={"Retry-After": "100"})

    async with (
        serving(handle) as server,
        v2.provider_at(server.origin, requests_per_minute=60) as provider,
    ):
        looks = [asyncio.create_task(provider.look("1")) for _ in range(2)]
        await came.wait()
        await v2.clock.asleep()
        assert len(server.requests) == 1
        refused = await asyncio.wait(looks, return_when=asyncio.FIRST_COMPLETED)
        assert len(refused[0]) == 1
        v2.clock.advance(100)
        outcomes = await asyncio.gather(*looks, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [LookFailed, Queued]


async def test_a_server_that_does_not_answer_is_left_in_time() -> None:
    """A request that hangs ends, and tells that it may have been sent."""
    hung = asyncio.Event()

    async def hang(_: web.BaseRequest) -> web.StreamResponse:
        hung.set()
        await asyncio.Event().wait()
        raise AssertionError

    http = ProviderHttp(FakeClock(), {}, UNLIMITED, answer_seconds=0.2)
    async with serving(hang) as server:
        with pytest.raises(ConnectionBroke):
            await http.post_once(str(server.origin), {})
        with pytest.raises(ConnectionBroke):
            await http.get(str(server.origin))
    await http.close()

    assert hung.is_set()
    assert len(server.requests) >= 2
