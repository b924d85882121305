"""AI/ML API: submit and poll, one path for both.

Facts: its documentation and OpenAPI files, and recorded answers. There is no idempotency key and
no cancel; failures are not charged; an id may hold a colon; the lifetime of a video's address is
not known, so it is fetched at once.
"""

import base64
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import quote

from bot.catalogue import Order
from bot.clock import Clock
from bot.errors import (
    ContentRefused,
    KeyRejected,
    LookFailed,
    ModelRetired,
    NotSubmitted,
    OutcomeUnknown,
    OutOfCredits,
    RequestForgotten,
    RequestRejected,
    SubmitRefused,
)
from bot.providers.base import Failed, Processing, Queued, Sighting, Unclear
from bot.providers.body import build_body
from bot.providers.fields import read_amount, read_id
from bot.providers.http import Answer, ConnectionBroke, NotConnected, ProviderHttp
from bot.providers.limiter import Priority
from bot.providers.moderation import refused_part
from bot.providers.picture import read_picture
from bot.providers.proof import TOO_MANY_REQUESTS, is_refusal
from bot.providers.results import read_finished
from bot.providers.waiting import pause_seconds
from bot.providers.words import words_of

PATH = "/v2/video/generations"
CREDITS_PER_DOLLAR = 2_000_000
"""Of the provider's own credits (its documentation)."""
_QUEUED = {"queued", "waiting", "pending", "created"}
_WORKING = {"generating", "active", "processing", "in_progress"}
_DONE = {"completed", "succeeded"}
_FAILED = {"error", "failed"}
_DOCUMENTED_FAULTS = {500, 503}


class Aimlapi:
    """One key's access."""

    def __init__(
        self,
        clock: Clock,
        api_key: str,
        base_url: str,
        requests_per_minute: int,
        proxy: str | None = None,
    ) -> None:
        self._clock = clock
        self._base_url = base_url
        headers = {"Authorization": f"Bearer {api_key}"}
        self._http = ProviderHttp(clock, headers, requests_per_minute, proxy=proxy)
        self.left: Decimal | None = None
        """In US dollars, when the account was last asked: other answers do not tell it."""

    @property
    def origin(self) -> str:
        """Scheme, host and port of the API."""
        return self._base_url

    @property
    def paused_for_seconds(self) -> float:
        """How long the provider wants to be left alone still."""
        return self._http.limiter.paused_for_seconds

    async def prepare(self, order: Order) -> str | None:
        """Write the order's picture as the request will carry it."""
        return None if order.picture is None else await _data_uri(order.picture)

    async def turn(self) -> None:
        """Wait until a submit may go out; see ``VideoProvider.turn``."""
        await self._http.limiter.acquire(Priority.SUBMIT)

    async def submit(self, order: Order, image: str | None = None) -> str:
        """Ask for a video, once; see ``VideoProvider.submit``."""
        slug = order.offer.slug_for(pictured=image is not None)
        try:
            answer = await self._http.post_once(
                self._base_url + PATH, {"model": slug, **build_body(order, image)}
            )
        except NotConnected as error:
            raise NotSubmitted(str(error)) from error
        except ConnectionBroke as error:
            raise OutcomeUnknown(str(error)) from error
        self._obey(answer)
        return parse_submit(answer, self._clock.now())

    async def look(self, request_id: str) -> Sighting:
        """See how a request is doing; see ``VideoProvider.look``."""
        answer = await self._get(f"{PATH}?generation_id={quote(request_id, safe='')}")
        return parse_look(answer, self._clock.now())

    async def serves(self, slug: str) -> bool:
        """Ask whether a model is served, by a request that none takes; raise LookFailed.

        Some need no prompt (its OpenAPI files); a video of no seconds nobody makes, nor bills.
        """
        await self._http.limiter.acquire(Priority.POLL)
        body = {"model": slug, "duration": 0}
        try:
            answer = await self._http.post_once(self._base_url + PATH, body)
        except (NotConnected, ConnectionBroke) as error:
            raise LookFailed(str(error)) from error
        self._obey(answer)
        if answer.status in {401, 403, TOO_MANY_REQUESTS} or answer.status // 100 in {3, 5}:
            # Of the key, of the way there, of the server: it says nothing of the model.
            raise LookFailed(answer.summary())
        return not answer.is_gone

    async def credits_left(self) -> Decimal:
        """Ask the account what is left, in US dollars."""
        self.left = parse_credits(await self._get("/v2/billing"))
        return self.left

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    async def _get(self, path: str) -> Answer:
        try:
            answer = await self._http.get(self._base_url + path)
        except (NotConnected, ConnectionBroke) as error:
            raise LookFailed(str(error)) from error
        self._obey(answer)
        return answer

    def _obey(self, answer: Answer) -> None:
        if answer.status == TOO_MANY_REQUESTS:
            self._http.limiter.pause(pause_seconds(answer.headers, self._clock.now()))


async def _data_uri(picture: Path) -> str:
    content = await read_picture(picture)
    return "data:image/jpeg;base64," + base64.b64encode(content).decode()


def parse_submit(answer: Answer, now: datetime) -> str:
    """Read the generation's id; raise what the answer means."""
    if not answer.ok:
        raise_refusal(answer, now)
    accepted = answer.json() or {}
    generation_id = read_id(accepted.get("id")) or read_id(accepted.get("generation_id"))
    if generation_id is None:
        raise OutcomeUnknown(f"without an id: {answer.summary()}")
    return generation_id


def raise_refusal(answer: Answer, now: datetime) -> NoReturn:
    """Raise what an answer to a submit that is no success means.

    A repeat needs the API's own words that nothing was taken: 429, or a fault in its own form. A
    gateway knows nothing of what lies behind it, nor does the API's own 502 or 504.
    """
    detail, text = answer.summary(), f"{answer.status}: {answer.text()}"
    own_form = _is_own_form(answer)
    if answer.status == TOO_MANY_REQUESTS:
        raise NotSubmitted(detail, pause_seconds(answer.headers, now))
    if answer.status in _DOCUMENTED_FAULTS and own_form:
        if part := refused_part(str((answer.json() or {}).get("message"))):
            raise ContentRefused(detail, part)
        raise NotSubmitted(detail)
    if answer.is_gone:
        raise ModelRetired(detail)
    if is_refusal(answer.status, own_form=own_form):
        raise _refusal(answer.status, text, detail)
    raise OutcomeUnknown(detail)


def _is_own_form(answer: Answer) -> bool:
    """Tell whether an error has the API's own form (its documentation); others lack the marks."""
    body = answer.json() or {}
    marks = [body.get(name) for name in ("requestId", "path", "timestamp")]
    return body.get("statusCode") == answer.status and all(
        isinstance(mark, str) and mark for mark in marks
    )


def _refusal(status: int, text: str, detail: str) -> SubmitRefused:
    if status == 401:  # noqa: PLR2004 - Unauthorized
        return KeyRejected(detail)
    # Before the credits: what one member typed must not pause the provider for all.
    if part := refused_part(text):
        return ContentRefused(detail, part)
    if status in {402, 403}:
        return OutOfCredits(detail)
    return RequestRejected(detail)


def parse_look(answer: Answer, now: datetime) -> Sighting:
    """Read how a generation is doing."""
    body = answer.json()
    if answer.status == 404 and body is not None:  # noqa: PLR2004 - Not Found, in the API's own words
        raise RequestForgotten(answer.summary())
    if not answer.ok or body is None:
        limited = answer.status == TOO_MANY_REQUESTS
        retry = pause_seconds(answer.headers, now) if limited else None
        raise LookFailed(answer.summary(), retry)
    word = body.get("status")
    if not isinstance(word, str) or not word:
        raise LookFailed(f"no status: {answer.summary()}")
    return _sighting(word.lower(), body)


def _sighting(word: str, body: Mapping[str, Any]) -> Sighting:
    if word in _QUEUED:
        return Queued()
    if word in _WORKING:
        return Processing()
    if word in _FAILED:
        said = body.get("error") or body
        return Failed(words_of(said), refused_part(_error_text(body)))
    if word in _DONE:
        video = body.get("video")
        return read_finished(body, [video.get("url") if isinstance(video, dict) else None])
    return Unclear(word)


def _error_text(body: Mapping[str, Any]) -> str:
    """Find the words in an error: {name, message}, {detail: [...]} or text."""
    error = body.get("error")
    if isinstance(error, dict):
        error = " ".join(str(value) for value in error.values() if value)
    return str(error or body)[:500]


def parse_credits(answer: Answer) -> Decimal:
    """Read what is left on the account, in US dollars."""
    if answer.status in {401, 403}:
        raise KeyRejected(answer.summary())
    body = answer.json() or {}
    in_dollars = str(body.get("currency", "")).upper() == "USD"
    left = read_amount(body.get("current_balance"))
    if not answer.ok or left is None:
        raise LookFailed(answer.summary())
    return left / (1 if in_dollars else CREDITS_PER_DOLLAR)
