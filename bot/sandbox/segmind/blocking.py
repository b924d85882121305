"""The older API's answer to its one call: the video itself, in pieces.

The ways in which it goes wrong are a plan's.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from aiohttp import web

from bot.sandbox.segmind.plans import Plan

PIECE_BYTES = 64 * 1024


def gateway_timeout() -> web.Response:
    """Answer in the place of a server that takes too long: with a page, as a front proxy does."""
    page = "<html><body><h1>504 Gateway Time-out</h1></body></html>"
    return web.Response(status=504, text=page, content_type="text/html")


async def send_film(
    request: web.Request, film: Path, headers: Mapping[str, str], plan: Plan
) -> web.StreamResponse:
    """Send a video's bytes, as far and as fast as the plan lets them go."""
    video = await asyncio.to_thread(film.read_bytes)
    answer = web.StreamResponse(headers=headers)
    answer.content_type = "video/mp4"
    answer.content_length = len(video)
    half = len(video) // 2
    try:
        await answer.prepare(request)
        await _send(answer, video[:half])
        if plan.halfway is not None:
            await plan.halfway.hold()
        if plan.v1_answer == "cut":
            _cut(request)
        await _send(answer, video[half:])
        await answer.write_eof()
    except ConnectionError as gone:  # its client went away: there is nobody to tell
        raise asyncio.CancelledError from gone
    return answer


async def _send(answer: web.StreamResponse, part: bytes) -> None:
    for start in range(0, len(part), PIECE_BYTES):
        await answer.write(part[start : start + PIECE_BYTES])


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.close()  # what was written still arrives, and nothing after it
    raise asyncio.CancelledError
