"""Segmind's v2 API: submit, poll, fetch.

Facts: Segmind's documentation and recorded answers. There is no idempotency key and no cancel;
every POST is a new billed job. URLs in answers are never followed with the key: they are built
here. Polls count against the key's limit like everything else.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import quote

from bot.catalogue import Order
from bot.clock import Clock
from bot.errors import (
    KeyRejected,
    LookFailed,
    ModelRetired,
    NotSubmitted,
    OutcomeUnknown,
    OutOfCredits,
    RequestForgotten,
    RequestRejected,
)
from bot.providers.base import Completed, Failed, Processing, Queued, Sighting
from bot.providers.http import Answer, ConnectionBroke, NotConnected, ProviderHttp

_CREDIT_WORDS = ("credit", "balance", "spend", "quota", "billing", "insufficient")
_MODERATION_WORDS = (
    "moderat",
    "content policy",
    "safety",
    "flagged",
    "prohibited",
    "not allowed by",
    "violat",
    "nsfw",
    "sensitive",
)
_DEFAULT_PAUSE_SECONDS = 30.0
_LONGEST_PAUSE_SECONDS = 3600.0


class Segmind:
    """One key's access to Segmind."""

    def __init__(self, clock: Clock, api_key: str, base_url: str, requests_per_minute: int) -> None:
        self._clock = clock
        self._base_url = base_url
        self._http = ProviderHttp(clock, {"x-api-key": api_key}, requests_per_minute)

    @property
    def origin(self) -> str:
        """Scheme, host and port of the API."""
        return self._base_url

    async def turn(self) -> None:
        """Wait until the key's limit lets another request through."""
        await self._http.turn()

    async def submit(self, order: Order) -> str:
        """Ask for a video, once; see ``VideoProvider.submit``."""
        url = f"{self._base_url}/v2/{quote(order.model.slug, safe='')}"
        try:
            answer = await self._http.post_once(url, build_submit(order))
        except NotConnected as error:
            raise NotSubmitted(str(error)) from error
        except ConnectionBroke as error:
            raise OutcomeUnknown(str(error)) from error
        self._obey(answer)
        return parse_submit(answer, self._clock.now())

    async def look(self, request_id: str) -> Sighting:
        """See how a request is doing; see ``VideoProvider.look``."""
        path = f"/v2/requests/{quote(request_id, safe='')}"
        seen = parse_status(await self._get(f"{path}/status"), self._clock.now())
        if seen is not None:
            return seen
        return parse_result(await self._get(path), self._clock.now())

    async def credits_left(self) -> Decimal:
        """Ask the account what is left, in US dollars."""
        return parse_credits(await self._get("/v1/get-user-credits"))

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
        if answer.status == 429:  # noqa: PLR2004 - Too Many Requests
            self._http.pause(pause_seconds(answer.headers, self._clock.now()))


def build_submit(order: Order) -> Mapping[str, Any]:
    """Write the body of a submit: the duration as a string, which the upstream wants."""
    return {
        "prompt": order.prompt,
        "duration": str(order.duration_seconds),
        "size": order.size,
    }


def parse_submit(answer: Answer, now: datetime) -> str:
    """Read the request's id; raise what the answer means."""
    body = answer.json()
    if 200 <= answer.status < 300:  # noqa: PLR2004 - any success
        request_id = body and body.get("request_id")
        if not isinstance(request_id, str) or not request_id:
            raise OutcomeUnknown(f"{answer.status} without a request id: {answer.text()}")
        return request_id
    detail = f"{answer.status}: {answer.text()}"
    if answer.status == 429:  # noqa: PLR2004 - Too Many Requests
        raise NotSubmitted(detail, pause_seconds(answer.headers, now))
    if answer.status >= 500:  # noqa: PLR2004 - a server's fault
        # Segmind's own 5xx name their error. A front proxy knows nothing of what lies behind it.
        if answer.status in {502, 504} or body is None or "error" not in body:
            raise OutcomeUnknown(detail)
        raise NotSubmitted(detail)
    raise _refusal(answer.status, detail)


def _refusal(
    status: int, detail: str
) -> KeyRejected | OutOfCredits | ModelRetired | RequestRejected:
    if status in {401, 403}:
        return KeyRejected(detail)
    if status == 402 or (status == 406 and any(w in detail.lower() for w in _CREDIT_WORDS)):  # noqa: PLR2004 - Segmind answers 406 for credits and for refused values: only the text tells
        return OutOfCredits(detail)
    if status in {404, 410}:
        return ModelRetired(detail)
    return RequestRejected(detail)


def parse_status(answer: Answer, now: datetime) -> Sighting | None:
    """Read a status; None means completed: the result is to be asked for."""
    body = _look_body(answer, now)
    match str(body.get("status")).upper():
        case "QUEUED":
            return Queued()
        case "PROCESSING":
            return Processing()
        case "COMPLETED":
            return None
        case "FAILED":
            return _failed(body)
    # A word never seen before: the job is not over for that, it goes on being looked at.
    raise LookFailed(f"an unknown status: {answer.text()}")


def parse_result(answer: Answer, now: datetime) -> Sighting:
    """Read a finished request's result."""
    body = _look_body(answer, now)
    if str(body.get("status")).upper() == "FAILED":
        return _failed(body)
    url = _find_url(body)
    if url is None:
        raise LookFailed(f"completed without a video: {answer.text()}")
    return Completed(url)


def parse_credits(answer: Answer) -> Decimal:
    """Read what is left on the account, in US dollars, free credits included."""
    if answer.status in {401, 403}:
        raise KeyRejected(f"{answer.status}: {answer.text()}")
    body = answer.json()
    if answer.status != 200 or body is None or "credits" not in body:  # noqa: PLR2004 - OK
        raise LookFailed(f"{answer.status}: {answer.text()}")
    try:
        left = Decimal(str(body["credits"])) + Decimal(str(body.get("free-credits", 0)))
    except InvalidOperation:
        left = Decimal("NaN")
    if not left.is_finite():
        raise LookFailed(f"not an amount: {answer.text()}")
    return left


def _look_body(answer: Answer, now: datetime) -> dict[str, Any]:
    """Read the body of a status or result; FAILED comes as 422."""
    body = answer.json()
    if answer.status == 404 and body is not None:  # noqa: PLR2004 - Not Found, in the API's own words
        raise RequestForgotten(answer.text())
    if answer.status not in {200, 422} or body is None:
        retry = pause_seconds(answer.headers, now) if answer.status == 429 else None  # noqa: PLR2004
        raise LookFailed(f"{answer.status}: {answer.text()}", retry)
    if answer.status == 422 and str(body.get("status")).upper() != "FAILED":  # noqa: PLR2004
        raise LookFailed(f"{answer.status}: {answer.text()}")
    return body


def _failed(body: Mapping[str, Any]) -> Failed:
    detail = str(body.get("error") or body)[:500]
    return Failed(detail, any(word in detail.lower() for word in _MODERATION_WORDS))


def _find_url(body: Mapping[str, Any]) -> str | None:
    """Find the video's address: output as text, then video.url, then output's list or object."""
    output = body.get("output")
    video = body.get("video")
    candidates = [output, video.get("url") if isinstance(video, dict) else None]
    if isinstance(output, list):
        candidates += output
    candidates += [
        each[key]
        for each in [*candidates, output]
        if isinstance(each, dict)
        for key in ("url", "video")
        if key in each
    ]
    for candidate in candidates:
        if isinstance(candidate, str) and candidate.startswith(("http://", "https://")):
            return candidate
    return None


def pause_seconds(headers: Mapping[str, str], now: datetime) -> float:
    """Read how long a 429 asks to wait: Segmind names the moment, in UTC; others the seconds."""
    moment = headers.get("x-rate-limit-reset-at-utc")
    if moment is not None:
        try:
            until = datetime.fromisoformat(moment.strip().removesuffix(" UTC"))
        except ValueError:
            return _DEFAULT_PAUSE_SECONDS
        until = until if until.tzinfo is not None else until.replace(tzinfo=UTC)
        return _bounded((until - now).total_seconds())
    seconds = headers.get("Retry-After", "")
    # No more digits than make sense: a number may be written that no float can hold.
    if not re.fullmatch(r"[0-9]{1,9}", seconds):
        return _DEFAULT_PAUSE_SECONDS
    return _bounded(float(seconds))


def _bounded(seconds: float) -> float:
    return min(max(1.0, seconds), _LONGEST_PAUSE_SECONDS)
