"""How many sessions a day the bot begins, whatever goes wrong.

At 1,000 Discord resets the token (its documentation).
"""

import asyncio
import threading
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from bot.client.identify import FACT, HELD_SECONDS, PAUSE_SECONDS, SPACING_SECONDS
from bot.errors import ConfigError
from bot.storage.facts import get_fact, set_fact
from tests.integration.client.conftest import PATIENCE_SECONDS, Desk

DAY_SECONDS = 86_400.0
MOST_A_DAY = 200
GATEWAY_BOT = ("GET", "/gateway/bot$")


async def test_sessions_that_are_invalid_for_ever_are_begun_ever_less_often(desk: Desk) -> None:
    """A day of them costs the token a sixth of what Discord allows, and the log says why."""
    desk.discord.gateway.invalid_identifies = 10_000

    async with desk.connecting():
        await desk.until(lambda: desk.clock.elapsed > DAY_SECONDS)

    assert 50 < desk.identifies < MOST_A_DAY
    assert max(desk.clock.slept) == PAUSE_SECONDS[1]
    assert "other processes" in desk.find("gateway.session_refused")[0]["advice"]
    held = desk.find("gateway.identify_held")[-1]
    assert held["begun"] > 50
    assert held["advice"]


async def test_two_sessions_are_never_begun_within_discord_s_five_seconds(desk: Desk) -> None:
    """Also the first ones, which wait for nothing else."""
    desk.discord.gateway.invalid_identifies = 3
    async with desk.connecting() as running:
        await desk.until(lambda: running.hears)

    assert desk.identifies == 4
    assert desk.clock.elapsed >= 3 * SPACING_SECONDS


async def test_a_crash_loop_after_connecting_is_the_same(desk: Desk) -> None:
    """Each process connects and dies; the pauses grow from one to the next."""
    starts = 0
    while desk.clock.elapsed < DAY_SECONDS:
        starts += 1
        async with desk.connecting() as running:
            await desk.until(lambda running=running: running.hears)
        await desk.clock.sleep(2.0)  # until its supervisor starts it again

    assert starts == desk.identifies
    assert 50 < desk.identifies < MOST_A_DAY


async def test_an_operator_who_starts_it_a_few_times_waits_for_nothing(desk: Desk) -> None:
    """Five starts in a row, and one after a long session, connect at once."""
    for _ in range(5):
        async with desk.connecting() as running:
            await desk.until(lambda running=running: running.hears)
    await desk.clock.sleep(3600.0)
    async with desk.connecting() as running:
        await desk.until(lambda: running.hears)

    assert desk.clock.slept == [3600.0]
    assert await desk.database.read(get_fact, FACT) == f"1 {desk.clock.now().isoformat()}"


async def test_the_last_sessions_of_a_day_are_left_alone(desk: Desk) -> None:
    """Other processes have begun 950: the bot waits for Discord's new day, and says so."""
    gateway = desk.discord.gateway
    gateway.identifies_elsewhere, gateway.reset_after_seconds = 950, 5400.0

    async with desk.connecting() as running:
        await asyncio.wait_for(desk.clock.slept.reach(2), PATIENCE_SECONDS)
        gateway.identifies_elsewhere = 0
        await desk.until(lambda: running.hears)

    assert desk.identifies == 1
    held = desk.find("gateway.identify_held")[0]
    assert (held["remaining"], held["total"]) == (50, 1000)
    assert held["reset_after_seconds"] == 5400.0
    assert "stop other processes" in held["advice"]
    assert set(desk.clock.slept) == {HELD_SECONDS[1]}, "asked again each hour"


async def test_a_limit_that_says_it_is_over_is_not_asked_without_a_pause(desk: Desk) -> None:
    """None left and none to come for no time: the answer of a server that is wrong."""
    desk.discord.gateway.identifies_elsewhere = 1000
    desk.discord.gateway.reset_after_seconds = 0

    async with desk.connecting():
        await asyncio.wait_for(desk.clock.slept.reach(5), PATIENCE_SECONDS)

    assert set(desk.clock.slept) == {HELD_SECONDS[0]}
    assert desk.identifies == 0


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"message": "404: Not Found", "code": 0}),
        (200, {"url": "ws://127.0.0.1/"}),
        (200, {"session_start_limit": None}),
        (200, {"session_start_limit": {"total": 1000, "remaining": "7", "reset_after": 0}}),
    ],
    ids=str,
)
async def test_a_server_without_such_a_limit_is_connected_to(
    desk: Desk, status: int, body: dict[str, Any]
) -> None:
    """Others speak Discord's API too: then the bot's own pauses apply alone."""
    desk.discord.faults.answer(*GATEWAY_BOT, status, body, times=None)

    async with desk.connecting() as running:
        await desk.until(lambda: running.hears)

    assert desk.clock.slept == []


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (429, {"message": "You are being rate limited.", "retry_after": 1.0, "global": False}),
        (503, ""),
        (200, "<html>Please log in to the network</html>"),
        (200, ""),
    ],
    ids=str,
)
async def test_a_question_that_fails_begins_no_session(
    desk: Desk, status: int, body: dict[str, Any] | str
) -> None:
    """It is asked again with growing pauses, until Discord answers."""
    desk.discord.faults.answer(*GATEWAY_BOT, status, body, times=4)

    async with desk.connecting() as running:
        await desk.until(lambda: running.hears)

    assert desk.clock.slept == [2.0, 4.0, 8.0, 16.0]
    assert {entry["what"] for entry in desk.find("discord.unreachable")} == {"gateway"}
    assert desk.identifies == 1


async def test_a_question_that_discord_refuses_ends_the_bot(desk: Desk) -> None:
    """The token was reset between the login and the gateway."""
    body = {"message": "401: Unauthorized", "code": 0}
    desk.discord.faults.answer(*GATEWAY_BOT, 401, body, times=None)

    async with desk.connecting() as running:
        with pytest.raises(ConfigError) as caught:
            await asyncio.wait_for(asyncio.shield(running.task), PATIENCE_SECONDS)

    assert caught.value.key == "discord.token"
    assert len(desk.discord.find_calls(*GATEWAY_BOT)) == 1
    assert desk.identifies == 0


@pytest.mark.parametrize("moved", [timedelta(days=-3650), timedelta(days=3650)], ids=str)
async def test_a_step_of_the_wall_clock_holds_nothing_up(desk: Desk, moved: timedelta) -> None:
    """A time that lies ahead counts as now: the pause is one that was due in any case."""
    note = f"9 {desk.clock.now().isoformat()}"
    await desk.database.write(set_fact, FACT, note)
    desk.clock.wall_moved = moved

    async with desk.connecting() as running:
        await desk.until(lambda: running.hears)

    assert desk.clock.elapsed == (40.0 if moved < timedelta() else 0.0)


@pytest.mark.parametrize("note", ["", "x", "1", "x y", "7 yesterday", "7 2026-11-20T12:00:00"])
async def test_a_note_that_cannot_be_read_is_none(desk: Desk, note: str) -> None:
    """Whatever stands in the row, the bot connects."""
    await desk.database.write(set_fact, FACT, note)

    async with desk.connecting() as running:
        await desk.until(lambda: running.hears)

    assert desk.clock.slept == []


async def test_what_is_broken_off_while_it_begins_leaves_no_heart_beating(desk: Desk) -> None:
    """The library's thread beats from the greeting on, and would go on for a closed connection."""
    noting = asyncio.Event()

    async with desk.connecting() as running:
        running.client.turnstile.note = partial(_never, noting)  # type: ignore[method-assign]
        await asyncio.wait_for(noting.wait(), PATIENCE_SECONDS)
        [beating] = hearts()

    await asyncio.to_thread(beating.join, PATIENCE_SECONDS)
    assert hearts() == []


async def _never(begun: asyncio.Event) -> None:
    begun.set()
    await asyncio.Event().wait()


def hearts() -> list[threading.Thread]:
    """List the threads of connections to the gateway."""
    return [each for each in threading.enumerate() if each.name.startswith("keep-alive-handler")]
