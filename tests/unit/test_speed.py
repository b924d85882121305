"""The least speed: a trickle is cut off, and what waits for something else is not."""

import asyncio
from collections.abc import Iterator

import pytest

from bot.delivery.speed import LEAST_BYTES_PER_SECOND, SPEED_SECONDS, TooSlow, least_speed
from tests.fakes import FakeClock

TICK_SECONDS = 5.0


async def seconds_until_cut_off(counts: Iterator[int | None]) -> float:
    """Let a block move so many bytes, as they are asked for, and tell when it is cut off."""
    clock = FakeClock()

    async def move() -> None:
        async with least_speed(clock, lambda: next(counts)):
            await asyncio.Event().wait()

    task = asyncio.create_task(move())
    while True:
        for _ in range(5):
            await asyncio.sleep(0)
        if task.done():
            break
        clock.advance(TICK_SECONDS)
    with pytest.raises(TooSlow):
        task.result()
    return clock.monotonic()


def moving(*bytes_per_second: float | None) -> Iterator[int | None]:
    """Count on at these speeds, one a tick; None: something else is waited for; then stand."""
    total = 0.0
    yield 0
    for speed in bytes_per_second:
        total += (speed or 0.0) * TICK_SECONDS
        yield None if speed is None else int(total)
    while True:
        yield int(total)


@pytest.mark.parametrize(
    ("speeds", "until"),
    [
        ([20] * 100, SPEED_SECONDS),
        ([LEAST_BYTES_PER_SECOND - 1] * 100, SPEED_SECONDS),
        # A fast beginning does not buy an hour of silence.
        ([10_000_000], SPEED_SECONDS + TICK_SECONDS),
        ([LEAST_BYTES_PER_SECOND] * 100, 100 * TICK_SECONDS + TICK_SECONDS),
        # Fast and slow in turns, fast enough over the time.
        ([2 * LEAST_BYTES_PER_SECOND, 0] * 50, 100 * TICK_SECONDS + TICK_SECONDS),
        # Our own disk, or Discord's rate limit: the time begins anew.
        ([None] * 100, 100 * TICK_SECONDS + SPEED_SECONDS + TICK_SECONDS),
        ([20, 20, 20, 20, 20, None] * 20, 120 * TICK_SECONDS + SPEED_SECONDS + TICK_SECONDS),
    ],
    ids=["trickle", "just too slow", "standstill", "just enough", "in turns", "waiting", "both"],
)
async def test_a_trickle_is_cut_off_and_nothing_else(
    speeds: list[float | None], until: float
) -> None:
    """50 KiB a second over any 30 s, whatever came before."""
    assert await seconds_until_cut_off(moving(*speeds)) == until


async def test_a_block_that_ends_in_time_leaves_nothing_behind() -> None:
    """Its own errors pass through, a timeout of its own too, and the watch is over."""
    clock = FakeClock()
    for error in (TimeoutError, ValueError):
        with pytest.raises(error):
            async with least_speed(clock, lambda: 0):
                raise error
    async with least_speed(clock, lambda: 0):
        pass
    await asyncio.sleep(0)
    assert [each.get_name() for each in asyncio.all_tasks()] == [asyncio.current_task().get_name()]  # type: ignore[union-attr]
