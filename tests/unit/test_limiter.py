"""One limit for a key: how fast, who goes first, and how long a provider is left alone."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import NotSubmitted
from bot.providers.limiter import KeyLimiter, Priority
from tests.fakes import FakeClock, Record

SUBMIT, POLL = Priority.SUBMIT, Priority.POLL


async def waiting(
    limiter: KeyLimiter, *kinds: Priority
) -> tuple[Record[str], list[asyncio.Task[None]]]:
    """Let so many wait, and record who goes in which order."""
    went: Record[str] = Record()

    async def ask(number: int, kind: Priority) -> None:
        await limiter.acquire(kind)
        went.append(f"{kind.name}-{number}")

    tasks = [asyncio.create_task(ask(number, kind)) for number, kind in enumerate(kinds)]
    for _ in range(len(kinds) + 5):
        await asyncio.sleep(0)
    return went, tasks


@given(per_minute=st.integers(1, 150))
@settings(max_examples=20)
def test_no_minute_has_more_than_the_rate(per_minute: int) -> None:
    """However many wait: the first minute, burst and all, and each after it keep the rate."""

    async def run() -> None:
        clock = FakeClock()
        limiter = KeyLimiter(clock, per_minute)
        times: Record[float] = Record()

        async def ask() -> None:
            await limiter.acquire(POLL)
            times.append(clock.monotonic())

        tasks = [asyncio.create_task(ask()) for _ in range(per_minute + 5)]
        await clock.run_until(times.reach(len(tasks)))
        assert times == sorted(times)
        for start in times:
            assert len([at for at in times if start <= at < start + 59.99]) <= per_minute

    asyncio.run(run())


async def test_submits_go_before_polls_that_waited_longer() -> None:
    """A member waits for a submit; a poll is made again anyway."""
    clock = FakeClock()
    limiter = KeyLimiter(clock, 60)
    await limiter.acquire(POLL)

    went, tasks = await waiting(limiter, POLL, POLL, SUBMIT, SUBMIT)
    await clock.run_until(went.reach(4))

    assert went == ["SUBMIT-2", "SUBMIT-3", "POLL-0", "POLL-1"]
    await asyncio.gather(*tasks)


async def test_a_pause_holds_polls_and_sends_submits_back() -> None:
    """Polls wait for its end; a submit is told how long it lasts, also one that waited before."""
    clock = FakeClock()
    limiter = KeyLimiter(clock, 60)
    await limiter.acquire(POLL)
    went, (poll, submit) = await waiting(limiter, POLL, SUBMIT)

    limiter.pause(100)
    assert limiter.paused_for_seconds == 100
    with pytest.raises(NotSubmitted) as caught:
        await submit
    assert caught.value.retry_after_seconds == 100
    clock.advance(99)
    for _ in range(10):
        await asyncio.sleep(0)
    assert went == []

    clock.advance(1)
    await poll
    assert (went, limiter.paused_for_seconds) == (["POLL-0"], 0)
    clock.advance(1.1)
    await limiter.acquire(SUBMIT)


async def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    """Two answers may ask for different times: the longer one holds."""
    limiter = KeyLimiter(FakeClock(), 60)
    limiter.pause(100)
    limiter.pause(1)
    assert limiter.paused_for_seconds == 100


async def test_who_goes_away_leaves_the_turn_to_the_next() -> None:
    """A cancelled request keeps nobody waiting, and counts as none."""
    clock = FakeClock()
    limiter = KeyLimiter(clock, 60)
    await limiter.acquire(POLL)
    went, (first, second) = await waiting(limiter, POLL, POLL)

    first.cancel()
    await clock.asleep()
    clock.advance(1.1)
    await second

    assert went == ["POLL-1"]


async def test_a_new_rate_holds_at_once() -> None:
    """Who waits for a slow limit goes as soon as a fast one lets it."""
    clock = FakeClock()
    limiter = KeyLimiter(clock, 1)
    await limiter.acquire(POLL)
    went, tasks = await waiting(limiter, POLL)

    limiter.set_rate(60)
    for _ in range(5):
        await asyncio.sleep(0)
    clock.advance(1.1)
    await asyncio.gather(*tasks)

    assert went == ["POLL-0"]
