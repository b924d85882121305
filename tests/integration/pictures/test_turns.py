"""Members' pictures are worked on in turn, and one of them keeps no other waiting for long."""

import asyncio
from collections.abc import Callable

import pytest

from bot.pictures import Pictures
from bot.pictures.turns import Turns
from bot.pixels.image import KEPT_SIDE_PIXELS, MAX_KEPT_BYTES
from tests.integration.pictures.conftest import Album
from tests.pictures import encoded, noise, png_of, quartered

pytestmark = pytest.mark.slow


async def turns_of(turns: Turns, *wanted: str) -> list[str]:
    """Let members want a turn one after another while another has it; tell whose each was."""
    had: list[str] = []

    async def work(whose: str) -> None:
        async with turns.turn(whose):
            had.append(whose)
            await asyncio.sleep(0)

    async with turns.turn("ada"):
        working = [asyncio.create_task(work(whose)) for whose in wanted]
        await asyncio.sleep(0)
    await asyncio.gather(*working)
    return had


@pytest.mark.parametrize(
    ("wanted", "had"),
    [
        ("aaaab", "abaaa"),
        ("aabbcc", "abcabc"),
        ("abab", "abab"),
        ("", ""),
    ],
)
async def test_members_have_their_turns_after_one_another(wanted: str, had: str) -> None:
    """Whoever wants many waits behind those that want one; nobody's own order changes."""
    assert "".join(await turns_of(Turns(1), *wanted)) == had


async def test_who_has_just_had_a_turn_goes_behind() -> None:
    """The others come first, also those that wait for a shorter time."""
    assert await turns_of(Turns(1), "ada", "ada", "ben") == ["ben", "ada", "ada"]


@pytest.mark.parametrize("moment", ["waiting", "called"])
async def test_who_waits_no_more_costs_nobody_a_turn(moment: str) -> None:
    """Given up while it waits, or just when its turn has come."""
    turns = Turns(1)

    async def work(whose: str) -> str:
        async with turns.turn(whose):
            return whose

    async with turns.turn("ada"):
        given_up, other = (asyncio.create_task(work(whose)) for whose in ("ben", "cem"))
        await asyncio.sleep(0)
        if moment == "waiting":
            given_up.cancel()
    given_up.cancel()
    assert await other == "cem"
    assert await work("dan") == "dan"


async def test_many_large_pictures_of_one_keep_another_waiting_for_one(album: Album) -> None:
    """Twelve of 25 million pixels, in a file of no size, and then the other's."""
    for number in range(12):
        album.script.plan(png_of(5000, 4900 + number, 4900 + number))
    ended: list[str] = []

    async def receive(whose: str) -> None:
        await album.pictures.receive(album.url, whose=whose)
        ended.append(whose)

    many = [asyncio.create_task(receive("ada")) for _ in range(12)]
    await until(lambda: waiting(album.pictures) == len(many) - 1)
    album.script.plan(encoded(quartered(), "PNG"))
    await receive("ben")
    assert ended in (["ben"], ["ada", "ben"])
    for task in many:
        task.cancel()
    await asyncio.gather(*many, return_exceptions=True)


async def until(happens: Callable[[], bool]) -> None:
    """Wait for what other tasks bring about."""
    async with asyncio.timeout(30):
        while not happens():  # noqa: ASYNC110 - turns tell nobody
            await asyncio.sleep(0.01)


def waiting(pictures: Pictures) -> int:
    """Count those that wait for their turn."""
    return sum(map(len, pictures._turns._waiting.values()))


async def test_what_is_kept_of_a_picture_is_bounded(album: Album) -> None:
    """Noise of the most pixels would take 39 MiB; it is kept smaller, in its shape."""
    kept = await album.kept(encoded(noise(2600, 2000), "PNG"))
    [file] = album.files
    assert (album.pictures.folder / file).stat().st_size <= MAX_KEPT_BYTES
    assert kept.width < KEPT_SIDE_PIXELS
    assert kept.width / kept.height == pytest.approx(1.3, abs=0.01)
