"""One limit for a key: requests are spread, and a pause that the provider asks for is kept."""

import asyncio
from datetime import timedelta

import pytest
from aiohttp import web

from bot.catalogue import Order
from bot.errors import LookFailed, NotSubmitted
from bot.providers.base import Processing, Queued
from bot.providers.http import ConnectionBroke, ProviderHttp
from bot.providers.segmind import Segmind
from bot.sandbox.segmind import SegmindSandbox
from tests.fakes import FakeClock
from tests.integration.providers.conftest import UNLIMITED, provider_at
from tests.local_server import serving


async def submit(segmind: Segmind, order: Order) -> None:
    """Submit as the work does: when it is the request's turn."""
    await segmind.turn()
    await segmind.submit(order)


async def test_polls_and_submits_share_one_limit(
    sandbox: SegmindSandbox, order: Order, clock: FakeClock
) -> None:
    """Of 30 requests at 20 a second, polls or submits, the last ten take half a second."""
    async with provider_at(sandbox.base_url, clock, requests_per_minute=1200) as segmind:
        await submit(segmind, order)
        request_id = sandbox.generations[0].request_id
        began = asyncio.get_running_loop().time()
        polls = [segmind.look(request_id) for _ in range(15)]
        await asyncio.gather(*polls, *(submit(segmind, order) for _ in range(14)))

    assert asyncio.get_running_loop().time() - began >= 0.45
    assert len(sandbox.calls) == 30


async def test_a_small_plan_lets_one_request_through_at_a_time(clock: FakeClock) -> None:
    """At five a minute the second request waits for its twelve seconds."""
    async with provider_at("http://127.0.0.1:9", clock, requests_per_minute=5) as segmind:
        await segmind.turn()
        second = asyncio.create_task(segmind.turn())
        for _ in range(10):
            await asyncio.sleep(0)
        assert not second.done()
        second.cancel()


async def test_after_a_429_nothing_is_sent_until_the_provider_said(
    sandbox: SegmindSandbox, segmind: Segmind, order: Order, clock: FakeClock
) -> None:
    """The pause holds for submits and polls alike, and ends at the named moment."""
    request_id = await segmind.submit(order)
    until = clock.now().replace(microsecond=0) + timedelta(seconds=100)
    headers = {"x-rate-limit-reset-at-utc": f"{until:%Y-%m-%dT%H:%M:%SZ}"}
    sandbox.faults.answer("GET", "/status$", 429, {"error": "slow"}, headers=headers)
    pause_seconds = (until - clock.now()).total_seconds()

    with pytest.raises(LookFailed) as caught:
        await segmind.look(request_id)
    assert caught.value.retry_after_seconds == pytest.approx(pause_seconds)
    calls = len(sandbox.calls)
    waiting = [
        asyncio.create_task(segmind.look(request_id)),
        asyncio.create_task(submit(segmind, order)),
    ]
    await clock.asleep(2)
    clock.advance(pause_seconds - 0.001)
    await clock.asleep(2)
    assert len(sandbox.calls) == calls

    clock.advance(0.001)
    assert await waiting[0] == Queued()
    await waiting[1]
    assert len(sandbox.calls) == calls + 2


async def test_a_429_on_a_submit_holds_the_polls(
    sandbox: SegmindSandbox, segmind: Segmind, order: Order, clock: FakeClock
) -> None:
    """The minute that the sandbox names is waited for, and then it is let through again."""
    sandbox.plan(hold=True, video=b"film")
    request_id = await segmind.submit(order)
    sandbox.requests_per_minute = 1
    with pytest.raises(NotSubmitted) as caught:
        await segmind.submit(order)
    assert caught.value.retry_after_seconds is not None

    look = asyncio.create_task(segmind.look(request_id))
    await clock.asleep()
    assert not look.done()
    sandbox.clock.advance(caught.value.retry_after_seconds)
    clock.advance(caught.value.retry_after_seconds)
    assert isinstance(await look, Queued | Processing)


async def test_who_waits_for_the_limit_sees_a_pause_that_began_meanwhile(clock: FakeClock) -> None:
    """After a 429 the next in the line sends nothing into the pause."""

    async def handle(_: web.BaseRequest) -> web.StreamResponse:
        if len(server.requests) > 1:
            return web.json_response({"status": "QUEUED"})
        until = f"{clock.now() + timedelta(seconds=100):%Y-%m-%dT%H:%M:%S.%fZ}"
        headers = {"x-rate-limit-reset-at-utc": until}
        return web.json_response({"error": "slow"}, status=429, headers=headers)

    async with (
        serving(handle) as server,
        provider_at(server.origin, clock, requests_per_minute=60) as segmind,
    ):
        looks = [asyncio.create_task(segmind.look("1")) for _ in range(2)]
        await asyncio.wait_for(clock.asleep(), 20)
        assert len(server.requests) == 1
        clock.advance(100)
        outcomes = await asyncio.gather(*looks, return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [LookFailed, Queued]


async def test_a_server_that_does_not_answer_is_left_in_time(clock: FakeClock) -> None:
    """A request that hangs ends, and tells that it may have been sent."""
    hung = asyncio.Event()

    async def hang(_: web.BaseRequest) -> web.StreamResponse:
        hung.set()
        await asyncio.Event().wait()
        raise AssertionError

    http = ProviderHttp(clock, {}, UNLIMITED, answer_seconds=0.2)
    async with serving(hang) as server:
        with pytest.raises(ConnectionBroke):
            await http.post_once(str(server.origin), {})
        with pytest.raises(ConnectionBroke):
            await http.get(str(server.origin))
    await http.close()

    assert hung.is_set()
    assert len(server.requests) >= 2
