"""Segmind's v1: what is on our disk at each moment, and what is left of a call that was cut off."""

import asyncio
import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from yarl import URL

from bot.clock import SystemClock
from bot.delivery.arrived import ArrivedVideos
from bot.delivery.fetch import Fetcher
from bot.errors import (
    AddressRefused,
    ContentRefused,
    NotAVideo,
    NotSubmitted,
    OutcomeUnknown,
    ProviderError,
    RequestRejected,
    StorageFull,
)
from bot.providers.base import Completed, Failed, Processing
from bot.providers.http import HANDLE_SECONDS, ProviderHttp
from bot.providers.segmind import SegmindV1
from bot.sandbox.faults import Gate
from bot.sandbox.segmind.plans import OutputShape
from tests.fakes import FakeClock
from tests.handles import no_handles_left, open_files
from tests.integration.providers.apis import HTML, MOST_BYTES, STUB, OnV1
from tests.local_server import serving, unreachable

LONG = bytes(range(256)) * 4096
"""A video of a megabyte: it comes in several parts."""
NOW: dict[str, Any] = {"queue_seconds": 0, "processing_seconds": 0}


async def lost(provider: SegmindV1, request_id: str) -> bool:
    """Tell whether a call is known to have no known outcome."""
    try:
        await provider.look(request_id)
    except OutcomeUnknown:
        return True
    return False


def arrived(v1: OnV1) -> ArrivedVideos:
    """Make the source of v1's videos, as the bot does."""
    return ArrivedVideos(
        v1.provider.file_of, Fetcher(URL(v1.sandbox.base_url), MOST_BYTES, SystemClock())
    )


def read(path: Path) -> bytes:
    """Read a file."""
    return path.read_bytes()


# What is on disk.


async def test_a_place_is_on_disk_before_anything_is_sent(v1: OnV1) -> None:
    """The call is held: there is an empty part, and it is shown as being worked on."""
    v1.sandbox.plan(video=STUB, hold=True)
    request_id = await v1.accepted()

    assert await v1.provider.look(request_id) == Processing()
    assert v1.on_disk() == [".part"]


async def test_half_a_video_has_no_name_yet(v1: OnV1) -> None:
    """While it streams only a part is there, and the job goes on; then the whole, at once."""
    gate = Gate()
    v1.sandbox.plan(video=LONG, halfway=gate, **NOW)
    request_id = await v1.accepted()
    await gate.reached.wait()
    assert await v1.provider.look(request_id) == Processing()
    assert v1.on_disk() == [".part"]

    gate.release()
    await v1.ended(v1.provider)

    seen = await v1.provider.look(request_id)
    assert isinstance(seen, Completed)
    assert v1.on_disk() == [".video"]
    file = v1.provider.file_of(seen.url)
    assert file is not None
    assert read(file) == LONG


async def test_a_video_of_many_pieces_is_written_exactly(v1: OnV1) -> None:
    """Pieces of any size, one after another, without an announced length."""
    pieces = [bytes([number % 256]) * (number * 37 % 5000 + 1) for number in range(200)]

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "video/mp4"})
        answer.enable_chunked_encoding()
        await answer.prepare(request)
        for piece in pieces:
            await answer.write(piece)
        return answer

    async with serving(handle) as server, v1.provider_at(server.origin) as provider:
        request_id = await provider.submit(v1.order())
        seen = await provider.look(request_id)

    assert isinstance(seen, Completed)
    file = v1.provider.file_of(seen.url)
    assert file is not None
    assert read(file) == b"".join(pieces)


@pytest.mark.parametrize("kind", ["video/mp4", "video/webm", "application/octet-stream", None])
async def test_a_video_may_come_under_several_names(v1: OnV1, kind: str | None) -> None:
    """Whatever is no text is kept; whether it is a video is found out when it is fetched."""

    async def handle(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(body=STUB, content_type=kind)

    async with serving(handle) as server, v1.provider_at(server.origin) as provider:
        request_id = await provider.submit(v1.order())

        assert isinstance(await provider.look(request_id), Completed)


@pytest.mark.parametrize("shape", ["string", "video", "list", "object"])
async def test_an_address_may_come_instead(v1: OnV1, shape: OutputShape) -> None:
    """In one sample the answer was JSON: the video is fetched like any other."""
    v1.sandbox.plan(video=STUB, v1_answer="json", output_shape=shape, **NOW)

    request_id = await v1.patient.submit(v1.order())

    media = f"{v1.sandbox.base_url}/media/{v1.sandbox.generations[0].media_name}"
    assert await v1.patient.look(request_id) == Completed(media)
    assert v1.provider.file_of(media) is None
    assert v1.on_disk() == []


@pytest.mark.parametrize("body", [HTML, {}, {"output": "film.mp4"}, b"", b"{"])
async def test_an_answer_without_a_video_leaves_nothing(v1: OnV1, body: Any) -> None:
    """A page or an empty word is no video: nothing is kept, and it is lost."""
    v1.sandbox.faults.answer("POST", v1.SUBMIT, 200, body)

    assert type(await v1.refused()) is OutcomeUnknown
    assert v1.on_disk() == []


async def test_a_video_of_no_bytes_is_none(v1: OnV1) -> None:
    """Its name alone is not enough."""
    v1.sandbox.plan(video=b"", **NOW)

    assert type(await v1.refused()) is OutcomeUnknown
    assert v1.on_disk() == []


async def test_half_a_video_is_not_kept(v1: OnV1) -> None:
    """The connection ended in the middle: it is lost, and there is no file to take for whole."""
    v1.sandbox.plan(video=LONG, v1_answer="cut", **NOW)

    assert type(await v1.refused()) is OutcomeUnknown
    assert v1.on_disk() == []
    assert len(v1.submits) == 1


@pytest.mark.parametrize("announced", [True, False])
async def test_a_video_over_the_cap_is_not_kept(v1: OnV1, *, announced: bool) -> None:
    """Whatever length was announced: the disk is not filled, and the call is left."""
    v1.sandbox.plan(video=bytes(MOST_BYTES + 1), **NOW)
    if not announced:

        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            answer = web.StreamResponse(headers={"Content-Type": "video/mp4"})
            answer.enable_chunked_encoding()
            await answer.prepare(request)
            for _ in range(MOST_BYTES // 65_536 + 1):
                await answer.write(bytes(65_536))
            return answer

        async with serving(handle) as server, v1.provider_at(server.origin) as provider:
            with pytest.raises(OutcomeUnknown):
                await provider.submit(v1.order())
    else:
        assert type(await v1.refused()) is OutcomeUnknown

    assert v1.on_disk() == []


async def test_a_video_just_under_the_cap_is_kept(v1: OnV1) -> None:
    """The cap itself is allowed."""
    v1.sandbox.plan(video=bytes(MOST_BYTES), **NOW)

    await v1.patient.submit(v1.order())

    assert v1.on_disk() == [".video"]


async def test_a_folder_that_is_gone_meanwhile_loses_the_video(v1: OnV1) -> None:
    """The request was sent: it is not sent again, whatever is wrong with our disk."""
    v1.sandbox.plan(video=STUB, **NOW)
    gate = v1.sandbox.faults.hold("POST", v1.SUBMIT)
    submit = asyncio.create_task(v1.patient.submit(v1.order()))
    await gate.reached.wait()
    shutil.rmtree(v1.videos)
    gate.release()

    with pytest.raises(OutcomeUnknown):
        await submit
    assert len(v1.submits) == 1


async def test_without_a_folder_nothing_is_sent(v1: OnV1) -> None:
    """There would be no place for the video: nothing is asked for, and nothing is billed."""
    v1.videos.write_text("in the way")

    assert type(await v1.refused()) is NotSubmitted
    assert v1.submits == []


# What an open call turns into.


@pytest.mark.parametrize(
    ("status", "text", "expected"),
    [
        (500, "CUDA out of memory", NotSubmitted),
        (406, "size must be one of 720x1280, 1280x720", RequestRejected),
        (500, "The generated video was flagged by the safety check", ContentRefused),
    ],
)
async def test_a_no_is_told_at_once_or_as_a_failure(
    v1: OnV1, status: int, text: str, expected: type[ProviderError]
) -> None:
    """While the submit waits it is the submit's; later it is the job's, and never sent again."""
    v1.sandbox.faults.answer("POST", v1.SUBMIT, status, v1.words(text), times=2)
    at_once = await v1.refused()
    assert type(at_once) is expected

    request_id = await v1.provider.submit(v1.order())
    await v1.ended(v1.provider)
    late = await v1.provider.look(request_id)

    part = at_once.part if isinstance(at_once, ContentRefused) else None
    assert late == Failed(at_once.detail, part)
    assert len(v1.submits) == 2


@pytest.mark.parametrize("answer", ["gateway_timeout", "cut"])
async def test_a_call_that_breaks_late_is_lost(v1: OnV1, answer: Any) -> None:
    """The front proxy gave up, or the line broke: the video may have been made and billed."""
    v1.sandbox.plan(video=LONG, v1_answer=answer, **NOW)
    request_id = await v1.accepted()
    await v1.ended(v1.provider)

    assert await lost(v1.provider, request_id)
    assert v1.on_disk() == []


async def test_a_call_that_takes_too_long_is_lost(v1: OnV1) -> None:
    """It is left at the model's longest wait, and no second one is made."""
    v1.sandbox.plan(video=STUB, hold=True)
    order = v1.order()
    hasty = order.model.model_copy(update={"longest_wait_seconds": 0.2})

    request_id = await v1.accepted(v1.order(model=hasty))
    await v1.ended(v1.provider)

    assert await lost(v1.provider, request_id)
    assert len(v1.submits) == 1


async def test_calls_go_on_side_by_side(v1: OnV1) -> None:
    """Each has a connection of its own, and ends for itself."""
    first = v1.sandbox.plan(video=STUB, hold=True)
    slow = await v1.accepted()
    v1.sandbox.plan(video=LONG, **NOW)
    quick = await v1.patient.submit(v1.order())

    assert isinstance(await v1.patient.look(quick), Completed)
    assert await v1.provider.look(slow) == Processing()
    first.release()
    await v1.ended(v1.provider)
    assert isinstance(await v1.provider.look(slow), Completed)


# After a restart.


async def test_after_a_restart_a_whole_video_is_found(v1: OnV1) -> None:
    """It came before the bot was stopped: nothing is lost."""
    v1.sandbox.plan(video=STUB, **NOW)
    request_id = await v1.patient.submit(v1.order())

    seen = await v1.restarted().look(request_id)

    assert isinstance(seen, Completed)
    file = v1.restarted().file_of(seen.url)
    assert file is not None
    assert read(file) == STUB


async def test_after_a_kill_half_a_video_is_lost(v1: OnV1) -> None:
    """What a killed process left is no video, and is not taken for one."""
    gate = Gate()
    v1.sandbox.plan(video=LONG, halfway=gate, **NOW)
    request_id = await v1.accepted()
    await gate.reached.wait()

    assert await lost(v1.restarted(), request_id)
    gate.release()


async def test_after_a_restart_an_open_call_is_lost(v1: OnV1) -> None:
    """Nothing can be resumed: nobody pretends that it is still being worked on."""
    request_id = await v1.accepted()

    assert await lost(v1.restarted(), request_id)
    assert len(v1.submits) == 1


async def test_closing_cuts_the_calls(v1: OnV1) -> None:
    """The bot stops at once; what was half there is swept away, and is told as lost."""
    gate = Gate()
    v1.sandbox.plan(video=LONG, halfway=gate, **NOW)
    half = await v1.accepted()
    await gate.reached.wait()
    held = await v1.accepted()

    await v1.provider.close()

    assert v1.on_disk() == []
    assert [await lost(v1.provider, half), await lost(v1.provider, held)] == [True, True]
    gate.release()


async def test_closing_keeps_what_is_whole(v1: OnV1) -> None:
    """A video that has come is there after the next start."""
    v1.sandbox.plan(video=STUB, **NOW)
    request_id = await v1.accepted()
    await v1.ended(v1.provider)

    await v1.provider.close()

    assert isinstance(await v1.restarted().look(request_id), Completed)


async def test_a_submit_that_is_cut_off_cuts_its_call(v1: OnV1) -> None:
    """The bot is stopped before there is an id: nobody could ever ask for the video."""
    submit = asyncio.create_task(v1.patient.submit(v1.order()))
    await v1.sandbox.wait_submitted(1)

    submit.cancel()
    with pytest.raises(asyncio.CancelledError):
        await submit

    v1.sandbox.clock.advance(3600)
    await v1.sandbox.wait_calls("POST", v1.SUBMIT)
    assert v1.on_disk() == []


# How the video gets from there into the archive.


async def test_an_arrived_video_can_be_fetched_until_it_is_forgotten(
    v1: OnV1, tmp_path: Path
) -> None:
    """A crash between fetching and writing it down costs nothing: it is fetched again."""
    v1.sandbox.plan(video=STUB, **NOW)
    request_id = await v1.patient.submit(v1.order())
    seen = await v1.patient.look(request_id)
    assert isinstance(seen, Completed)
    source, target = arrived(v1), tmp_path / "1.part"

    await source.fetch(seen.url, target)
    target.write_bytes(read(target))
    await source.fetch(seen.url, target)
    assert read(target) == STUB
    assert await v1.patient.look(request_id) == seen

    await source.forget(seen.url)
    await source.forget(seen.url)
    assert v1.on_disk() == []
    assert read(target) == STUB
    with pytest.raises(NotAVideo):
        await source.fetch(seen.url, tmp_path / "2.part")


async def test_a_broken_disk_is_not_the_videos_fault(v1: OnV1, tmp_path: Path) -> None:
    """What cannot be linked is kept, and comes when the disk is well again."""
    v1.sandbox.plan(video=STUB, **NOW)
    request_id = await v1.patient.submit(v1.order())
    seen = await v1.patient.look(request_id)
    assert isinstance(seen, Completed)
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(StorageFull):
        await arrived(v1).fetch(seen.url, tmp_path / "file" / "1.part")

    assert v1.on_disk() == [".video"]


async def test_any_other_address_is_fetched_from_the_web(v1: OnV1, tmp_path: Path) -> None:
    """By the rules for all videos: capped, without the key, from no private address."""
    v1.sandbox.plan(video=STUB, v1_answer="json", **NOW)
    request_id = await v1.patient.submit(v1.order())
    seen = await v1.patient.look(request_id)
    assert isinstance(seen, Completed)
    source, target = arrived(v1), tmp_path / "1.part"

    await source.fetch(seen.url, target)
    await source.forget(seen.url)

    assert read(target) == STUB
    assert v1.sandbox.leaks == []
    async with serving(unreachable) as other:
        with pytest.raises(AddressRefused):
            await source.fetch(str(other.origin / "film.mp4"), target)
    assert other.requests == []


@pytest.mark.parametrize("url", ["call:../../etc/hosts", "call:", "call:/etc/hosts"])
async def test_no_address_leads_out_of_the_folder(v1: OnV1, url: str, tmp_path: Path) -> None:
    """An id is of our own making; what a provider might have made up finds no file."""
    with pytest.raises(NotAVideo):
        await arrived(v1).fetch(url, tmp_path / "1.part")


async def test_what_came_for_nobody_is_deleted_in_time(v1: OnV1) -> None:
    """A video that some job waits for stays, however old; so does what has just come."""
    v1.sandbox.plan(video=STUB, times=3, **NOW)
    awaited, nobodys, fresh = [await v1.patient.submit(v1.order()) for _ in range(3)]
    hour, now = 3600, datetime.now(UTC)
    for request_id in (awaited, nobodys):
        file = v1.videos / f"call-{request_id}.video"
        os.utime(file, (now.timestamp() - hour, now.timestamp() - hour))

    v1.provider.sweep({awaited}, now - timedelta(seconds=hour / 2))

    assert isinstance(await v1.restarted().look(awaited), Completed)
    assert isinstance(await v1.restarted().look(fresh), Completed)
    assert await lost(v1.restarted(), nobodys)


async def test_a_video_that_comes_while_no_handle_is_left_is_waited_for(tmp_path: Path) -> None:
    """It is paid for and comes once: the call is not given up for a trouble of our own."""
    content, clock, target = bytes(range(256)) * 8_000, FakeClock(), tmp_path / "call.part"
    half_sent, go, end = asyncio.Event(), asyncio.Event(), asyncio.Event()
    target.touch()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "video/mp4"})
        await answer.prepare(request)
        await answer.write(content[:1_000_000])
        half_sent.set()
        await go.wait()
        await answer.write(content[1_000_000:])
        await end.wait()  # with the last byte the connection's own handle would become free
        return answer

    async with serving(handle) as server:
        http = ProviderHttp(clock, {}, 6000)
        posting = http.post_to_file(f"{server.origin}/v1/x", {}, target, MOST_BYTES, 30)
        task = asyncio.create_task(posting)
        await half_sent.wait()
        while target.stat().st_size < 1_000_000 or target in open_files():  # noqa: ASYNC110 - a thread tells nobody
            await asyncio.sleep(0.01)
        with no_handles_left():
            go.set()
            await clock.asleep()
            assert not task.done()
        end.set()
        while not task.done():
            clock.advance(HANDLE_SECONDS)
            await asyncio.wait({task}, timeout=0.01)
        assert (await task).in_file
    assert await asyncio.to_thread(target.read_bytes) == content
