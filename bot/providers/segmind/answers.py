"""What Segmind's answers mean. Pure.

Facts: Segmind's documentation, its SDK 1.3.0 and recorded answers.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NoReturn

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
from bot.providers.base import (
    Completed,
    Failed,
    Finished,
    Processing,
    Queued,
    Sighting,
    Unclear,
)
from bot.providers.fields import read_amount, read_id
from bot.providers.http import Answer
from bot.providers.moderation import refused_part
from bot.providers.proof import TOO_MANY_REQUESTS, is_refusal
from bot.providers.results import read_finished
from bot.providers.waiting import pause_seconds
from bot.providers.words import words_of

NOT_FOUND = {404, 410}
_CREDIT_WORDS = ("credit", "balance", "spend", "quota", "billing", "funds")
_UNPROCESSABLE = 422
_INTERNAL_ERROR = 500
_DOCUMENTED_FAULTS = {_INTERNAL_ERROR, 503}
_WRONG_PARAMETER = re.compile(
    r"\b(invalid|missing|required|unsupported|must|should be|expected (a|an|one|to)"
    r"|not (a valid|supported|allowed|permitted|one of)|out of range|at (least|most)|exceeds"
    r"|too (long|short|large|small|high|low)|un(known|expected|recognized) (field|key|parameter"
    r"|argument)|validation|parameter|argument)",
    re.IGNORECASE,
)
"""A 500 is often about the request: then the next one would be refused as well."""


def parse_submit(answer: Answer, now: datetime) -> str:
    """Read the request's id; raise what the answer means."""
    if not answer.ok:
        raise_refusal(answer, now)
    body = answer.json()
    request_id = read_id(body and body.get("request_id"))
    if request_id is None:
        raise OutcomeUnknown(f"without a request id: {answer.summary()}")
    return request_id


def raise_refusal(answer: Answer, now: datetime) -> NoReturn:
    """Raise what an answer to a submit that is no success means.

    A repeat needs Segmind's own words that nothing was taken: 429, and its own error with 503 or,
    once, with 500. A gateway in front of it knows nothing of what lies behind.
    """
    detail, text = answer.summary(), f"{answer.status}: {answer.text()}"
    own_words = _own_words(answer)
    if answer.status == TOO_MANY_REQUESTS:
        raise NotSubmitted(detail, pause_seconds(answer.headers, now))
    if answer.status in _DOCUMENTED_FAULTS and own_words is not None:
        if part := refused_part(own_words):  # v1 has no other way to tell it
            raise ContentRefused(detail, part)
        if answer.status == _INTERNAL_ERROR:
            if _WRONG_PARAMETER.search(own_words):
                raise RequestRejected(detail)
            raise NotSubmitted(detail, most_submits=2)
        raise NotSubmitted(detail)
    if answer.is_gone:
        raise ModelRetired(detail)
    if is_refusal(answer.status, own_form=own_words is not None):
        raise _refusal(answer.status, text, detail)
    raise OutcomeUnknown(detail)


def _own_words(answer: Answer) -> str | None:
    """Read the text of an error in Segmind's own form; None where it is in any other.

    The documented form is {"error": "..."} and nothing else: frameworks and gateways that write
    ``error`` as well add a status, a path or a message.
    """
    body = answer.json()
    if body is None or body.keys() != {"error"}:
        return None
    words = body["error"]
    return words if isinstance(words, str) and words else None


def _refusal(status: int, text: str, detail: str) -> SubmitRefused:
    if status == 401:  # noqa: PLR2004 - Unauthorized
        return KeyRejected(detail)
    # Before the credits and the key: what one member typed must not pause the provider for all.
    if part := refused_part(text):
        return ContentRefused(detail, part)
    if status == 403:  # noqa: PLR2004 - Forbidden
        return KeyRejected(detail)
    # 406 is for credits, spend caps and refused values: only the text tells.
    if status == 402 or (status == 406 and any(w in text.lower() for w in _CREDIT_WORDS)):  # noqa: PLR2004
        return OutOfCredits(detail)
    return RequestRejected(detail)


def parse_status(answer: Answer, now: datetime) -> Sighting | None:
    """Read a status; None means completed: the result is to be asked for."""
    body = _look_body(answer, now)
    word = _word(body, answer)
    match word.upper():
        case "QUEUED":
            return Queued()
        case "PROCESSING":
            return Processing()
        case "COMPLETED":
            return None
        case "FAILED":
            return failure(body)
    return Unclear(word)


def parse_result(answer: Answer, now: datetime) -> Sighting:
    """Read the result of a request that is said to be completed."""
    said = answer.value() if answer.status == 200 else _look_body(answer, now)  # noqa: PLR2004 - OK
    word = str(said.get("status")).upper() if isinstance(said, dict) else ""
    if word == "FAILED":
        return failure(said)
    if word in {"QUEUED", "PROCESSING"}:
        raise LookFailed(f"no result yet: {word}")
    return read_result(said)


def read_result(said: Any) -> Completed | Failed | Finished:
    """Find the video: output as text, then video.url, then output's list or object, then any."""
    return read_finished(said, _known_places(said) if isinstance(said, dict) else [said])


def _known_places(body: Mapping[str, Any]) -> list[Any]:
    output, video = body.get("output"), body.get("video")
    places = [output, video.get("url") if isinstance(video, dict) else None]
    if isinstance(output, list):
        places += output
    objects = [each for each in [*places, output] if isinstance(each, dict)]
    return places + [each.get(key) for each in objects for key in ("url", "video")]


def parse_credits(answer: Answer) -> Decimal:
    """Read what is left on the account, in US dollars, free credits included."""
    if answer.status in {401, 403}:
        raise KeyRejected(answer.summary())
    body = answer.json()
    if not answer.ok or body is None or "credits" not in body:
        raise LookFailed(answer.summary())
    parts = [read_amount(said) for said in (body["credits"], body.get("free-credits", 0))]
    left = [part for part in parts if part is not None]
    if len(left) < len(parts):
        raise LookFailed(f"not an amount: {answer.summary()}")
    return sum(left, Decimal())


def remaining_credits(answer: Answer) -> Decimal | None:
    """Read what an answer says is left on the account; None where it says nothing.

    v1 has a header for it; v2 tells it in the metrics of a result (recorded answers).
    """
    said: object = answer.headers.get("x-remaining-credits")
    if said is None:
        metrics = (answer.json() or {}).get("metrics")
        said = metrics.get("remaining_credits") if isinstance(metrics, dict) else None
    return read_amount(said)


def parse_upload(answer: Answer, now: datetime) -> str:
    """Read the address of an uploaded picture.

    Raises NotSubmitted or a SubmitRefused: the upload comes before the submit.
    """
    if answer.status >= 500 and answer.status != TOO_MANY_REQUESTS:  # noqa: PLR2004 - a server's fault
        raise NotSubmitted(f"upload: {answer.summary()}")
    if answer.status in NOT_FOUND:
        # Of the upload's address, not of the model.
        raise RequestRejected(f"upload: {answer.summary()}")
    if not answer.ok:
        try:
            raise_refusal(answer, now)
        except OutcomeUnknown as error:
            kind = RequestRejected if answer.status < 400 else NotSubmitted  # noqa: PLR2004 - redirects
            raise kind(f"upload: {error.detail}") from error
    body = answer.json() or {}
    urls = body.get("file_urls") or body.get("urls")
    first = urls[0] if isinstance(urls, list) and urls else None
    if not isinstance(first, str) or not first.startswith(("http://", "https://")):
        raise NotSubmitted(f"upload: no address: {answer.summary()}")
    return first


def _look_body(answer: Answer, now: datetime) -> dict[str, Any]:
    """Read the body of a status or result; FAILED comes as 422."""
    body = answer.json()
    if answer.status == 404 and body is not None:  # noqa: PLR2004 - Not Found, in the API's own words
        raise RequestForgotten(answer.summary())
    if answer.status not in {200, _UNPROCESSABLE} or body is None:
        limited = answer.status == TOO_MANY_REQUESTS
        retry = pause_seconds(answer.headers, now) if limited else None
        raise LookFailed(answer.summary(), retry)
    if answer.status == _UNPROCESSABLE and str(body.get("status")).upper() != "FAILED":
        raise LookFailed(answer.summary())
    return body


def _word(body: Mapping[str, Any], answer: Answer) -> str:
    word = body.get("status")
    if not isinstance(word, str) or not word:
        raise LookFailed(f"no status: {answer.summary()}")
    return word


def failure(body: Mapping[str, Any]) -> Failed:
    """Read why a generation has failed."""
    said = body.get("error") or body
    return Failed(words_of(said), refused_part(str(said)[:500]))
