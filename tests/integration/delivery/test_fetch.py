"""Fetching: the whole file, or the reason why not."""

import asyncio
import gzip
import re
import sys
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from bot.delivery.fetch import Fetcher
from bot.delivery.speed import SPEED_SECONDS
from bot.errors import DeliveryError, FetchFailed, NotAVideo, StorageFull, VideoTooLarge
from bot.sandbox.segmind import SegmindSandbox
from tests.fakes import FakeClock
from tests.files import read, write
from tests.integration.delivery.conftest import CAP_BYTES, fetcher
from tests.local_server import Endless, Handler, redirect, send_raw, serving
from tests.videos import Videos

FILM = bytes(range(256)) * 500
MEDIA = "/media/"
SIGNED = (
    "/a%2Fb%28c%29%3A%7E.mp4?sign=a%2Bb%3D&to=x%2Fy%7e&plus=a+b%20c&empty=&flag&x=[1]",
    "/next%2F%2e%2e/(it)'s%21.mp4?X-Credential=A%2F20261129%2Fus%2Fs3&s=~%7E%3a:",
)


async def made(segmind: SegmindSandbox, video: bytes | Path) -> str:
    """Let the local Segmind make this video, and tell where it lies."""
    segmind.plan(video=video)
    url, headers = f"{segmind.base_url}/v2/sora-2", {"x-api-key": "sandbox-key"}
    async with aiohttp.ClientSession() as session:
        await session.post(url, json={"prompt": "a fox"}, headers=headers)
    generation = await segmind.wait_submitted(1)
    assert generation.film is not None
    await generation.film
    return f"{segmind.base_url}{MEDIA}{generation.media_name}"


def answering(**answer: Any) -> Handler:
    """Answer every request like this."""

    async def handle(_: web.BaseRequest) -> web.StreamResponse:
        return web.Response(**{"content_type": "video/mp4", **answer})

    return handle


async def failure_of(handler: Handler, target: Path) -> DeliveryError:
    """Fetch from a server with this handler, and tell how it failed."""
    async with serving(handler) as server:
        with pytest.raises(DeliveryError) as caught:
            await fetcher(server.origin).fetch(str(server.origin / "film.mp4"), target)
    return caught.value


async def test_writes_the_whole_file(segmind: SegmindSandbox, target: Path) -> None:
    """The provider's file arrives byte for byte."""
    await fetcher(segmind.base_url).fetch(await made(segmind, FILM), target)

    assert read(target) == FILM


async def test_replaces_what_an_earlier_attempt_left(segmind: SegmindSandbox, target: Path) -> None:
    """Nothing of a longer file that was begun before stays behind the new one."""
    write(target, FILM * 2)

    await fetcher(segmind.base_url).fetch(await made(segmind, FILM), target)

    assert read(target) == FILM


async def test_no_key_and_no_cookie_goes_along(target: Path) -> None:
    """The request carries nothing that names a key, a cookie or a user."""
    async with serving(answering(body=FILM)) as server:
        await fetcher(server.origin).fetch(f"{server.origin}/film.mp4?sign=1", target)
        [request] = server.requests

    assert not {"x-api-key", "authorization", "cookie", "referer"} & {
        name.lower() for name in request.headers
    }
    assert request.query_string == "sign=1"


async def test_a_signed_address_is_asked_for_as_it_came(target: Path) -> None:
    """To the letter, after redirects too: a signature is made over letters, not their meaning."""
    first, then = SIGNED

    async def strict(request: web.BaseRequest) -> web.StreamResponse:
        if request.raw_path == first:
            return redirect(f"{server.origin}{then}")
        status = 200 if request.raw_path == then else 403
        return web.Response(status=status, body=FILM, content_type="video/mp4")

    async with serving(strict) as server:
        await fetcher(server.origin).fetch(f"{server.origin}{first}", target)
        assert await fetcher(server.origin).has(f"{server.origin}{first}")

    assert read(target) == FILM


@pytest.mark.parametrize("location", ["b%2Fc%28.mp4?s=%7E%3A", "/d/b%2Fc%28.mp4?s=%7E%3A"])
async def test_a_relative_redirect_is_followed_to_the_letter(target: Path, location: str) -> None:
    """What it is relative to changes, what it says does not."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if request.raw_path == "/d/a.mp4":
            return redirect(location)
        status = 200 if request.raw_path == "/d/b%2Fc%28.mp4?s=%7E%3A" else 403
        return web.Response(status=status, body=FILM, content_type="video/mp4")

    async with serving(handle) as server:
        await fetcher(server.origin).fetch(f"{server.origin}/d/a.mp4", target)

    assert read(target) == FILM


async def test_what_no_request_can_carry_is_quoted(target: Path) -> None:
    """A space and letters beyond ASCII, as browsers do it; what is quoted stays so."""
    async with serving(answering(body=FILM)) as server:
        await fetcher(server.origin).fetch(f" {server.origin}/a b%20\u00fc.mp4?q=\u00e9\n", target)
        [request] = server.requests

    assert request.raw_path == "/a%20b%20%C3%BC.mp4?q=%C3%A9"


async def test_a_file_cut_short_is_to_be_fetched_again(target: Path) -> None:
    """Fewer bytes than announced are a failure that may pass, not a video."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nContent-Length: 9000\r\n\r\n"
        return await send_raw(request, [head, FILM[:5000]])

    assert isinstance(await failure_of(handle, target), FetchFailed)


async def test_chunks_without_an_end_are_to_be_fetched_again(target: Path) -> None:
    """A chunked body that breaks off before its last chunk is not whole."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        head = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nTransfer-Encoding: chunked\r\n\r\n"
        return await send_raw(request, [head, b"5\r\nabcde\r\n"])

    assert isinstance(await failure_of(handle, target), FetchFailed)


async def test_a_reset_connection_is_to_be_fetched_again(
    segmind: SegmindSandbox, target: Path
) -> None:
    """A connection cut without an answer is a failure that may pass; the next attempt succeeds."""
    url = await made(segmind, FILM)
    segmind.faults.reset("GET", MEDIA, times=2)  # the library asks once more by itself

    with pytest.raises(FetchFailed):
        await fetcher(segmind.base_url).fetch(url, target)
    await fetcher(segmind.base_url).fetch(url, target)

    assert read(target) == FILM


@pytest.mark.parametrize("status", [204, 206, 304, 403, 404, 410, 429, 500, 503])
async def test_a_status_but_200_is_to_be_fetched_again(
    segmind: SegmindSandbox, target: Path, status: int
) -> None:
    """Whatever comes with another status is not taken for the file."""
    url = await made(segmind, FILM)
    segmind.faults.answer("GET", MEDIA, status, b"", headers={"Content-Type": "video/mp4"})

    with pytest.raises(FetchFailed, match=re.compile(str(status))):
        await fetcher(segmind.base_url).fetch(url, target)


async def test_nobody_there_is_to_be_fetched_again(target: Path) -> None:
    """A refused connection is a failure that may pass."""
    async with serving(answering()) as server:
        origin = server.origin

    with pytest.raises(FetchFailed):
        await fetcher(origin).fetch(str(origin / "film.mp4"), target)


async def test_an_empty_file_is_no_video(target: Path) -> None:
    """200 with nothing in it is told apart from a failure of the network."""
    assert isinstance(await failure_of(answering(body=b""), target), NotAVideo)


@pytest.mark.parametrize("body", ["<html>Gone fishing</html>", {"error": "busy"}])
async def test_a_page_or_an_error_is_no_video(
    segmind: SegmindSandbox, target: Path, body: str | dict[str, str]
) -> None:
    """HTML and JSON with status 200 are refused before anything is written."""
    url = await made(segmind, FILM)
    segmind.faults.answer("GET", MEDIA, 200, body)

    with pytest.raises(NotAVideo):
        await fetcher(segmind.base_url).fetch(url, target)
    assert read(target) == b""


@pytest.mark.parametrize("kind", ["text/plain", "text/html", "application/json"])
@pytest.mark.parametrize("film", ["plain", "matroska"])
async def test_a_video_that_is_called_a_text_is_one(
    videos: Videos, target: Path, film: str, kind: str
) -> None:
    """Servers that know no videos, and object stores told nothing, give any type."""
    content = read(getattr(videos, film)())
    async with serving(answering(body=content, content_type=kind)) as server:
        url = str(server.origin / "film.mp4")
        await fetcher(server.origin).fetch(url, target)
        assert await fetcher(server.origin).has(url)

    assert read(target) == content


@pytest.mark.parametrize("kind", ["text/plain", "text/html", "application/json"])
async def test_a_page_is_nothing_to_point_a_member_to(kind: str) -> None:
    """What stands where the video was is no video."""
    page = answering(body="<p>Expired, façade and all \t</p>\n".encode(), content_type=kind)
    async with serving(page) as server:
        assert not await fetcher(server.origin).has(str(server.origin / "film.mp4"))


async def test_a_file_announced_as_too_large_is_not_begun(target: Path) -> None:
    """Over the cap by its Content-Length: refused before anything is written."""
    error = await failure_of(answering(body=bytes(CAP_BYTES + 1)), target)

    assert isinstance(error, VideoTooLarge)
    assert read(target) == b""


async def test_a_file_exactly_at_the_cap_is_taken(target: Path) -> None:
    """The cap itself is allowed."""
    async with serving(answering(body=bytes(CAP_BYTES))) as server:
        await fetcher(server.origin).fetch(str(server.origin / "film.mp4"), target)

    assert len(read(target)) == CAP_BYTES


async def test_a_file_without_an_end_is_left_at_the_cap(target: Path) -> None:
    """Chunks that announce no size are counted; no more than the cap is ever written."""
    hung_up = asyncio.Event()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        answer = Endless(headers={"Content-Type": "video/mp4"})
        try:
            await answer.prepare(request)
        finally:
            hung_up.set()
        return answer

    async with serving(handle) as server:
        with pytest.raises(VideoTooLarge):
            await fetcher(server.origin).fetch(str(server.origin / "film.mp4"), target)
        await asyncio.wait_for(hung_up.wait(), 10)

    assert len(read(target)) <= CAP_BYTES


async def test_a_trickle_is_to_be_fetched_again(target: Path) -> None:
    """It may be faster next time; meanwhile its place is another video's."""
    begun, clock = asyncio.Event(), FakeClock()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Type": "video/mp4"})
        await answer.prepare(request)
        await answer.write(b"twenty bytes and no m")
        begun.set()
        await asyncio.Event().wait()
        return answer

    async with serving(handle) as server:
        slow = Fetcher(server.origin, CAP_BYTES, clock)
        task = asyncio.create_task(slow.fetch(str(server.origin / "film.mp4"), target))
        await begun.wait()
        while not task.done():
            await clock.asleep()
            clock.advance(SPEED_SECONDS / 6)
            await asyncio.wait({task}, timeout=0.01)
        with pytest.raises(FetchFailed, match="bytes/s"):
            await task


async def test_a_small_file_that_unpacks_beyond_the_cap_is_refused(target: Path) -> None:
    """What counts is what would be written, not what went over the wire."""

    async def handle(_: web.BaseRequest) -> web.StreamResponse:
        answer = web.Response(body=bytes(CAP_BYTES * 3), content_type="video/mp4")
        answer.enable_compression(web.ContentCoding.gzip)
        return answer

    assert isinstance(await failure_of(handle, target), VideoTooLarge)


LABELS = ["gzip", "x-gzip", "gzip, aws-chunked", "aws-chunked", "br", "zstd", "deflate", "nonsense"]


@pytest.mark.parametrize("label", [*LABELS, "", None])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, zlib.compress], ids=["plain", "gz", "zlib"])
async def test_what_the_bytes_are_counts_and_not_their_label(
    target: Path, pack: Callable[[bytes], bytes], label: str | None
) -> None:
    """Plain bytes are asked for; servers label them wrongly, or pack them all the same."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        head = "HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nConnection: close\r\n"
        head += "" if label is None else f"Content-Encoding: {label}\r\n"
        body = pack(FILM)
        return await send_raw(
            request, [f"{head}Content-Length: {len(body)}\r\n\r\n".encode(), body]
        )

    async with serving(handle) as server:
        await fetcher(server.origin).fetch(str(server.origin / "film.mp4"), target)
        [request] = server.requests

    assert read(target) == FILM
    assert request.headers["Accept-Encoding"] == "identity"


async def test_a_packed_file_cut_short_is_to_be_fetched_again(target: Path) -> None:
    """The connection ended well, and the packed file in its middle."""
    body = gzip.compress(FILM)[:-10]

    assert isinstance(await failure_of(answering(body=body), target), FetchFailed)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /dev/full")
@pytest.mark.parametrize("size_bytes", [1, CAP_BYTES])
async def test_a_full_disk_is_told_apart_from_a_failure_to_fetch(size_bytes: int) -> None:
    """The disk is the operator's trouble: it must not count against the provider's video."""
    async with serving(answering(body=bytes(size_bytes))) as server:
        with pytest.raises(StorageFull):
            await fetcher(server.origin).fetch(f"{server.origin}/film.mp4", Path("/dev/full"))


async def test_a_file_that_cannot_be_made_is_told_apart_as_well(tmp_path: Path) -> None:
    """A folder that is gone, or a disk that may only be read."""
    target = tmp_path / "gone" / "1.part"
    async with serving(answering(body=FILM)) as server:
        with pytest.raises(StorageFull):
            await fetcher(server.origin).fetch(f"{server.origin}/film.mp4", target)


@pytest.mark.parametrize("url", ["", "film.mp4", "http://", "http://[::1", "http://a b/", "//x/y"])
async def test_what_is_no_address_is_a_failure_of_delivery(target: Path, url: str) -> None:
    """Whatever the provider writes in place of an address ends as our own error."""
    with pytest.raises(DeliveryError):
        await fetcher("http://127.0.0.1:9").fetch(url, target)


async def test_a_large_file_does_not_hold_up_the_loop(
    segmind: SegmindSandbox, target: Path, videos: Videos
) -> None:
    """Other work goes on while a file is written: the loop turns between the chunks."""
    url, turns = await made(segmind, videos.padded(CAP_BYTES)), 0
    task = asyncio.create_task(fetcher(segmind.base_url).fetch(url, target))

    while not task.done():
        await asyncio.sleep(0)
        turns += 1

    await task
    assert turns > CAP_BYTES // (256 * 1024)
