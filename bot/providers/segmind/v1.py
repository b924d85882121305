"""Segmind's v1: one call that blocks for minutes and answers the video itself.

Facts: Segmind's documentation and recorded answers: raw bytes, in one sample a JSON body; a front
proxy answers 504 to what takes too long. Nothing can be resumed: a call that the bot's end cut off
is lost, and only what had been written whole by then is kept. For models that v2 does not serve.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

from bot.catalogue import Order
from bot.errors import ContentRefused, NotSubmitted, OutcomeUnknown, SubmitRefused
from bot.providers.base import Completed, Failed, Finished, Processing, Sighting
from bot.providers.body import build_body
from bot.providers.http import Answer, ConnectionBroke, NotConnected
from bot.providers.segmind.account import SegmindAccount
from bot.providers.segmind.answers import raise_refusal, read_result

REFUSAL_SECONDS = 5.0
"""A refusal comes at once; a call that is still open after this is under way."""
SCHEME = "call:"
"""Marks the address of a video that came with its call."""


class SegmindV1:
    """One key's access to v1."""

    def __init__(
        self,
        account: SegmindAccount,
        folder: Path,
        max_video_bytes: int,
        refusal_seconds: float = REFUSAL_SECONDS,
    ) -> None:
        self._account = account
        self._folder = folder
        self._max_video_bytes = max_video_bytes
        self._refusal_seconds = refusal_seconds
        self._calls: dict[str, asyncio.Task[Sighting]] = {}

    @property
    def origin(self) -> str:
        """Scheme, host and port of the API."""
        return self._account.base_url

    @property
    def left(self) -> Decimal | None:
        """What the account had left, in US dollars, when an answer last told."""
        return self._account.left

    @property
    def paused_for_seconds(self) -> float:
        """How long the provider wants to be left alone still."""
        return self._account.http.limiter.paused_for_seconds

    async def prepare(self, order: Order) -> str | None:
        """Upload the order's picture; see ``VideoProvider.prepare``."""
        return await self._account.upload(order.picture)

    async def turn(self) -> None:
        """Wait until a submit may go out; see ``VideoProvider.turn``."""
        await self._account.turn()

    async def submit(self, order: Order, image: str | None = None) -> str:
        """Begin the call; see ``VideoProvider.submit``. The id is ours: there is none before."""
        request_id = secrets.token_hex(16)
        call = asyncio.create_task(self._call(request_id, order, image), name=f"v1:{request_id}")
        try:
            await asyncio.wait({call}, timeout=self._refusal_seconds)
        except asyncio.CancelledError:
            call.cancel()
            raise
        if call.done():
            call.result()
        self._calls[request_id] = call
        return request_id

    async def look(self, request_id: str) -> Sighting:
        """See whether the call has ended; see ``VideoProvider.look``."""
        if await asyncio.to_thread(self._whole(request_id).exists):
            self._calls.pop(request_id, None)
            return Completed(f"{SCHEME}{request_id}")
        call = self._calls.get(request_id)
        if call is None:
            raise OutcomeUnknown("the bot was stopped during the call")
        if not call.done():
            return Processing()
        try:
            return call.result()
        except ContentRefused as error:
            return Failed(error.detail, error.part)
        except (SubmitRefused, NotSubmitted) as error:
            return Failed(error.detail)

    def file_of(self, url: str) -> Path | None:
        """Find the file of a video that came with its call; None for any other address."""
        return self._whole(url.removeprefix(SCHEME)) if url.startswith(SCHEME) else None

    async def serves(self, slug: str) -> bool:
        """Ask whether a model is served; see ``VideoProvider.serves``."""
        return await self._account.serves(_path(slug))

    async def credits_left(self) -> Decimal:
        """Ask the account what is left, in US dollars."""
        return await self._account.credits_left()

    async def close(self) -> None:
        """Cut the calls under way, and close the connections."""
        for call in self._calls.values():
            call.cancel()
        await asyncio.gather(*self._calls.values(), return_exceptions=True)
        self._calls.clear()
        await self._account.close()

    async def _call(self, request_id: str, order: Order, image: str | None) -> Sighting:
        """Hold the line to the end; raise as ``VideoProvider.submit`` does."""
        slug = order.offer.slug_for(pictured=image is not None)
        part = self._folder / f"call-{request_id}.part"
        try:
            await asyncio.to_thread(_make, part)
        except OSError as error:  # there is no place for the video: better not ask for it
            raise NotSubmitted(f"{type(error).__name__}: {error}") from error
        try:
            answer = await self._account.http.post_to_file(
                self._account.base_url + _path(slug),
                build_body(order, image),
                part,
                self._max_video_bytes,
                order.model.longest_wait_seconds,
            )
            self._account.obey(answer)
            return await self._read(request_id, answer, part)
        except NotConnected as error:
            raise NotSubmitted(str(error)) from error
        except (ConnectionBroke, OSError) as error:
            raise OutcomeUnknown(f"{type(error).__name__}: {error}") from error
        finally:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(part.unlink, missing_ok=True)

    async def _read(self, request_id: str, answer: Answer, part: Path) -> Sighting:
        if not answer.ok:
            raise_refusal(answer, self._account.clock.now())
        if answer.in_file:
            await asyncio.to_thread(part.replace, self._whole(request_id))
            return Completed(f"{SCHEME}{request_id}")
        seen = read_result(answer.value())
        if isinstance(seen, Finished):  # and there is no second answer to look at
            raise OutcomeUnknown(f"neither a video nor an address: {seen.shape}")
        return seen

    def sweep(self, awaited: Collection[str], before: datetime) -> None:
        """Delete videos that came for nobody: older, and of no request awaited. Blocking."""
        for path in self._folder.glob("call-*.video"):
            request_id = path.stem.removeprefix("call-")
            old = path.stat().st_mtime < before.timestamp()
            if old and request_id not in awaited:
                path.unlink(missing_ok=True)

    def _whole(self, request_id: str) -> Path:
        return self._folder / f"call-{request_id}.video"


def _make(part: Path) -> None:
    part.parent.mkdir(parents=True, exist_ok=True)
    part.touch()


def _path(slug: str) -> str:
    return f"/v1/{quote(slug, safe='')}"
