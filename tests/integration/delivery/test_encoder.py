"""One place for all encodes: two at a time, members by turns, each copy once."""

import asyncio
from pathlib import Path

import pytest

from bot.delivery.encoder import WIDTH, Encoder, Turns
from bot.delivery.ffmpeg import ffmpeg_path
from bot.delivery.plan import Fitted, Unattached
from bot.delivery.video import Video, probe
from bot.errors import ToolFailed
from tests.fakes import FakeClock
from tests.files import names_in, read, write
from tests.tools import spoilt_ffmpeg
from tests.videos import Videos

ADA, BEN = 1, 2
LIMIT_BYTES = 10 << 20


@pytest.fixture
async def large(videos: Videos, tmp_path: Path) -> Video:
    """Give a video that needs a copy, in a folder of its own."""
    return await probe(write(tmp_path / "films" / "1.mp4", read(videos.padded(12 << 20))))


async def test_asked_twice_at_once_a_copy_is_made_once(
    large: Video, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty who ask get the same file, of one run of ffmpeg; kept, it is there for the next."""
    runs = tmp_path / "runs"
    spoilt_ffmpeg(monkeypatch, tmp_path, f'echo run >> "{runs}"; exec {ffmpeg_path()} "$@"')
    encoder = Encoder(FakeClock())
    copies = await asyncio.gather(*(encoder.fit(large, LIMIT_BYTES, each) for each in range(40)))

    assert len({copy.file for copy in copies}) == 1
    assert (await encoder.fit(large, LIMIT_BYTES, ADA)).file == copies[0].file
    assert (await Encoder(FakeClock()).fit(large, LIMIT_BYTES, ADA)).file == copies[0].file
    assert runs.read_text(encoding="utf-8").count("run") == 1


async def test_who_stops_waiting_leaves_the_copy_to_the_next(large: Video) -> None:
    """An answer whose time is over does not throw the work away."""
    encoder = Encoder(FakeClock())
    waiting = asyncio.create_task(encoder.fit(large, LIMIT_BYTES, ADA))
    while not encoder._under_way:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})

    [under_way] = encoder._under_way.values()
    assert (await under_way).file is not None
    assert await encoder.at_hand(large, LIMIT_BYTES) == under_way.result()


async def test_what_could_not_be_made_is_not_tried_again_for_an_hour(
    large: Video, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Five tries at a closed door cost one encode, also where that comes to nothing."""
    runs, clock = tmp_path / "runs", FakeClock()
    spoilt_ffmpeg(monkeypatch, tmp_path, f'echo run >> "{runs}"; exit 1')
    encoder = Encoder(clock)
    nothing = Fitted(None, Unattached.NOT_CONVERTED)
    assert [await encoder.fit(large, LIMIT_BYTES, ADA) for _ in range(5)] == [nothing] * 5
    assert runs.read_text(encoding="utf-8").count("run") == 1

    clock.advance(3600)
    assert await encoder.fit(large, LIMIT_BYTES, ADA) == nothing
    assert runs.read_text(encoding="utf-8").count("run") == 2


async def test_a_stop_by_the_machine_is_told_and_tried_again(
    large: Video, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says nothing of the video; nothing half made is left."""
    spoilt_ffmpeg(monkeypatch, tmp_path, "kill -9 $$")
    encoder = Encoder(FakeClock())
    for _ in range(2):
        with pytest.raises(ToolFailed):
            await encoder.fit(large, LIMIT_BYTES, ADA)
    assert names_in(large.path.parent) == ["1.mp4"]


async def test_members_take_turns_and_two_work_at_a_time() -> None:
    """One member's forty do not keep another's first waiting behind them all."""
    turns, begun, most, now = Turns(WIDTH), list[int](), 0, 0

    async def work(member_id: int) -> None:
        nonlocal most, now
        async with turns.turn(member_id):
            begun.append(member_id)
            now += 1
            most = max(most, now)
            await asyncio.sleep(0)
            now -= 1

    await asyncio.gather(*(work(ADA) for _ in range(40)), work(BEN))

    assert most == WIDTH
    assert begun.index(BEN) <= WIDTH + 1
    assert len(begun) == 41


async def test_who_is_cancelled_in_the_line_takes_no_place() -> None:
    """The next in line gets it, and afterwards all places are free."""
    turns = Turns(1)

    async def work() -> None:
        async with turns.turn(ADA):
            await asyncio.sleep(0)

    first, second, third = (asyncio.create_task(work()) for _ in range(3))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.wait({first, second, third})
    assert second.cancelled()
    assert not third.cancelled()
    await asyncio.wait_for(work(), 1)
