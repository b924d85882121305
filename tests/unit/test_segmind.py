"""What Segmind's answers mean, read without any connection."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from bot.catalogue import place_order
from bot.errors import (
    KeyRejected,
    LookFailed,
    ModelRetired,
    NotSubmitted,
    OutcomeUnknown,
    OutOfCredits,
    ProviderError,
    RequestForgotten,
    RequestRejected,
    SubmitRefused,
)
from bot.providers.base import Completed, Failed, Processing, Queued
from bot.providers.http import Answer
from bot.providers.segmind import (
    build_submit,
    parse_credits,
    parse_result,
    parse_status,
    parse_submit,
    pause_seconds,
)
from tests.unit.samples import CATALOGUE, NOW

HTML = b"<html><body><h1>Bad Gateway</h1></body></html>"
URL = "https://media.example/1.mp4"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["status", "output", "video", "url", "error", "request_id", "credits"]),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)
BODIES = JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=30)


def answer(status: int, body: Any = None, **headers: str) -> Answer:
    """Answer with JSON, or with bytes as they are."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, CIMultiDict(fields), raw)


def submitted(status: int, body: Any = None, **headers: str) -> ProviderError:
    """Give what a submit's answer raises."""
    with pytest.raises(ProviderError) as caught:
        parse_submit(answer(status, body, **headers), NOW)
    return caught.value


def test_a_submit_is_flat_with_the_duration_as_text() -> None:
    """The upstream takes strings alone; nothing is sent that the slug does not know."""
    order = place_order(CATALOGUE, "a cat\n<@1>", "sora-2-pro", 12, "1792x1024")

    assert build_submit(order) == {
        "prompt": "a cat\n<@1>",
        "duration": "12",
        "size": "1792x1024",
    }


@pytest.mark.parametrize("status", [200, 201, 202])
def test_any_success_with_an_id_is_an_accepted_submit(status: int) -> None:
    """The id is opaque: UUID, hex, or anything else."""
    for request_id in ("6f9619ff-8b86-d011-b42d-00cf4fc964ff", "0" * 32, "x:y/z"):
        body = {"request_id": request_id, "status": "QUEUED", "poll_url": "https://evil.example"}
        assert parse_submit(answer(status, body), NOW) == request_id


@pytest.mark.parametrize(
    "body", [{}, {"request_id": ""}, {"request_id": None}, {"request_id": 5}, [], "ok", b"", HTML]
)
def test_a_success_without_an_id_has_an_unknown_outcome(body: Any) -> None:
    """Something may have been made; nobody can ask for it. It is never sent again."""
    assert type(submitted(200, body)) is OutcomeUnknown


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (401, "API Key not found", KeyRejected),
        (401, "Unauthorized", KeyRejected),
        (403, "Forbidden", KeyRejected),
        (402, "Payment required", OutOfCredits),
        (406, "Not enough credits. Please recharge", OutOfCredits),
        (406, "Insufficient balance", OutOfCredits),
        (406, "Your spend cap was reached", OutOfCredits),
        (406, "Content-Type must be application/json", RequestRejected),
        (406, "size must be one of 720x1280, 1280x720", RequestRejected),
        (404, "Model not found", ModelRetired),
        (410, "This model has been retired", ModelRetired),
        (400, "bad request", RequestRejected),
        (405, "Method Not Allowed", RequestRejected),
        (415, "Unsupported Media Type", RequestRejected),
        (422, "prompt is required", RequestRejected),
    ],
)
def test_a_refused_submit_tells_why(status: int, text: str, kind: type[SubmitRefused]) -> None:
    """A definite no: of the key, the credits, the model or the values. The text goes to the log."""
    error = submitted(status, {"error": text})

    assert type(error) is kind
    assert str(status) in error.detail
    assert text in error.detail


@pytest.mark.parametrize("status", [500, 503])
def test_a_fault_that_segmind_names_itself_may_be_tried_again(status: int) -> None:
    """Segmind documents that such a submit was not taken."""
    assert type(submitted(status, {"error": "Internal Server Error"})) is NotSubmitted


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, HTML),
        (500, b""),
        (500, {}),
        (502, HTML),
        (502, {"error": "Bad Gateway"}),
        (503, HTML),
        (504, HTML),
        (504, {"error": "Gateway Timeout"}),
        (524, HTML),
    ],
)
def test_a_fault_of_a_proxy_has_an_unknown_outcome(status: int, body: Any) -> None:
    """A front proxy does not know what happened behind it: never sent again."""
    assert type(submitted(status, body)) is OutcomeUnknown


def test_too_many_requests_were_not_taken_and_say_when_to_come_back() -> None:
    """The moment that Segmind names becomes seconds."""
    error = submitted(429, {"error": "x"}, x_rate_limit_reset_at_utc="2026-11-20T12:00:42")

    assert isinstance(error, NotSubmitted)
    assert error.retry_after_seconds == 42


@given(st.integers(200, 599), BODIES)
def test_no_answer_to_a_submit_is_misread(status: int, body: bytes) -> None:
    """Whatever comes back is an id or one of ours; only a named 5xx or a 429 is tried again."""
    try:
        request_id = parse_submit(answer(status, body), NOW)
    except NotSubmitted:
        assert status == 429 or b'"error"' in body
    except SubmitRefused:
        assert 300 <= status < 500
    except OutcomeUnknown:
        assert status < 300 or status >= 500
    else:
        assert status < 300
        assert json.loads(body)["request_id"] == request_id != ""


@pytest.mark.parametrize(
    ("word", "seen"),
    [
        ("QUEUED", Queued()),
        ("queued", Queued()),
        ("PROCESSING", Processing()),
        ("Processing", Processing()),
        ("COMPLETED", None),
    ],
)
def test_a_status_word_is_read_in_any_case(word: str, seen: Any) -> None:
    """Completed means that the result is to be asked for."""
    assert parse_status(answer(200, {"status": word, "request_id": "x"}), NOW) == seen


@pytest.mark.parametrize("status", [200, 422])
@pytest.mark.parametrize("parse", [parse_status, parse_result])
def test_a_failure_is_read_from_either_place(parse: Any, status: int) -> None:
    """It comes as 422 (recorded); a 200 that says so is believed as well."""
    body = {"status": "FAILED", "error": "pipeline error", "metrics": {}}

    assert parse(answer(status, body), NOW) == Failed("pipeline error", moderated=False)


@pytest.mark.parametrize(
    ("text", "moderated"),
    [
        ("Request was rejected by the moderation system", True),
        ("Your prompt was flagged", True),
        ("This violates our content policy", True),
        ("Blocked by our safety system", True),
        ("Internal pipeline error", False),
        ("image size does not match 1280x720", False),
    ],
)
def test_moderation_is_known_by_its_words(text: str, moderated: bool) -> None:
    """Nothing else tells it from another failure."""
    seen = parse_status(answer(422, {"status": "FAILED", "error": text}), NOW)

    assert seen == Failed(text, moderated)


@pytest.mark.parametrize("error", [None, "", {"detail": ["x"]}, ["x"], 5])
def test_a_failure_without_a_text_is_still_a_failure(error: Any) -> None:
    """The operator's log gets what there is."""
    seen = parse_status(answer(422, {"status": "FAILED", "error": error}), NOW)

    assert isinstance(seen, Failed)
    assert seen.detail


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"status": "THINKING"}),
        (200, {"status": None}),
        (200, {}),
        (200, []),
        (200, HTML),
        (200, b"{"),
        (200, b""),
        (204, b""),
        (302, b""),
        (401, {"error": "Unauthorized"}),
        (403, {"error": "Forbidden"}),
        (404, HTML),
        (422, {"error": "unprocessable"}),
        (422, {"status": "QUEUED"}),
        (429, {"error": "Too many requests"}),
        (500, {"error": "x"}),
        (502, HTML),
        (504, HTML),
    ],
)
@pytest.mark.parametrize("parse", [parse_status, parse_result])
def test_a_look_that_shows_nothing_says_nothing_of_the_job(
    parse: Any, status: int, body: Any
) -> None:
    """An error, a page, broken JSON or a new word: the look failed, not the job."""
    with pytest.raises(LookFailed):
        parse(answer(status, body), NOW)


@pytest.mark.parametrize("parse", [parse_status, parse_result])
def test_a_request_is_forgotten_in_the_apis_own_words_alone(parse: Any) -> None:
    """A 404 in JSON is Segmind's; a page of a proxy is not."""
    with pytest.raises(RequestForgotten):
        parse(answer(404, {"error": "Request x not found"}), NOW)


def test_a_look_that_came_too_often_says_when_to_come_back() -> None:
    """The wait is read from a 429 alone."""
    with pytest.raises(LookFailed) as caught:
        parse_status(answer(429, {"error": "x"}, Retry_After="7"), NOW)
    assert caught.value.retry_after_seconds == 7

    with pytest.raises(LookFailed) as caught:
        parse_status(answer(500, {"error": "x"}, Retry_After="7"), NOW)
    assert caught.value.retry_after_seconds is None


@pytest.mark.parametrize(
    "body",
    [
        {"output": URL},
        {"output": URL, "video": {"url": "https://media.example/other.mp4"}},
        {"video": {"url": URL}},
        {"output": None, "video": {"url": URL}},
        {"output": [URL]},
        {"output": [{"url": URL}]},
        {"output": [{"video": URL}]},
        {"output": {"url": URL}},
        {"output": {"video": URL}},
        {"output": ["not an address", URL]},
        {"output": "data:video/mp4;base64,AAAA", "video": {"url": URL}},
    ],
)
def test_the_video_is_found_in_every_shape_of_a_result(body: dict[str, Any]) -> None:
    """Text first, then the video's url, then a list or an object."""
    assert parse_result(answer(200, {"status": "COMPLETED", **body}), NOW) == Completed(URL)


@pytest.mark.parametrize(
    "output", [None, "", "1.mp4", "ftp://a/1.mp4", "file:///etc/passwd", [], {}, [[]], 5]
)
def test_a_result_without_a_video_is_looked_at_again(output: Any) -> None:
    """A word without an address ends nothing."""
    with pytest.raises(LookFailed):
        parse_result(answer(200, {"status": "COMPLETED", "output": output}), NOW)


@given(st.integers(200, 599), BODIES)
def test_no_look_is_misread(status: int, body: bytes) -> None:
    """Whatever comes back is a sighting or one of our two errors; a failure is told by its word."""
    for parse in (parse_status, parse_result):
        try:
            seen = parse(answer(status, body), NOW)
        except (LookFailed, RequestForgotten):
            continue
        assert status in {200, 422}
        if isinstance(seen, Failed):
            assert json.loads(body)["status"].upper() == "FAILED"
        if isinstance(seen, Completed):
            assert seen.url.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ({"credits": 12.5}, "12.5"),
        ({"credits": "12.50", "free-credits": 0.1}, "12.60"),
        ({"credits": 0, "free-credits": 3}, "3"),
        ({"credits": -1}, "-1"),
    ],
)
def test_credits_and_free_credits_are_added(body: dict[str, Any], left: str) -> None:
    """Exactly, as decimals."""
    assert parse_credits(answer(200, body)) == Decimal(left)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_told_from_an_account_that_cannot_be_read(status: int) -> None:
    """The operator has to do different things."""
    with pytest.raises(KeyRejected):
        parse_credits(answer(status, {"error": "Unauthorized"}))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {}),
        (200, {"credits": None}),
        (200, {"credits": "many"}),
        (200, b'{"credits": NaN}'),
        (200, b'{"credits": Infinity}'),
        (200, HTML),
        (500, {"credits": 5}),
    ],
)
def test_an_account_that_cannot_be_read_is_no_amount(status: int, body: Any) -> None:
    """Nothing is made up."""
    with pytest.raises(LookFailed):
        parse_credits(answer(status, body))


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 30),
        ({"x-rate-limit-reset-at-utc": "2026-11-20T12:01:00"}, 60),
        ({"X-Rate-Limit-Reset-At-UTC": "2026-11-20T12:01:00Z"}, 60),
        ({"x-rate-limit-reset-at-utc": " 2026-11-20 12:01:00 UTC"}, 60),
        ({"x-rate-limit-reset-at-utc": "2026-11-20T13:01:00+01:00"}, 60),
        ({"x-rate-limit-reset-at-utc": "2026-11-20T11:00:00"}, 1),
        ({"x-rate-limit-reset-at-utc": "2027-11-20T11:00:00"}, 3600),
        ({"x-rate-limit-reset-at-utc": "soon"}, 30),
        ({"x-rate-limit-reset-at-utc": ""}, 30),
        ({"Retry-After": "5"}, 5),
        ({"retry-after": "0"}, 1),
        ({"Retry-After": "99999"}, 3600),
        ({"Retry-After": "9" * 400}, 30),
        ({"Retry-After": "²"}, 30),
        ({"Retry-After": "-5"}, 30),
        ({"Retry-After": "Fri, 20 Nov 2026 12:01:00 GMT"}, 30),
    ],
)
def test_a_pause_is_read_from_either_header(headers: dict[str, str], seconds: float) -> None:
    """Segmind's moment, or the seconds of others; never without a bound."""
    assert pause_seconds(CIMultiDict(headers), NOW) == seconds


@given(st.sampled_from(["x-rate-limit-reset-at-utc", "Retry-After"]), st.text(max_size=30))
def test_no_header_makes_a_pause_that_cannot_be_kept(name: str, value: str) -> None:
    """From a second to an hour, whatever is written there."""
    assert 1 <= pause_seconds(CIMultiDict({name: value}), NOW) <= 3600


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_moment_makes_a_pause_that_can_be_kept(at: datetime) -> None:
    """Also those long past or far ahead."""
    seconds = pause_seconds(CIMultiDict({"x-rate-limit-reset-at-utc": at.isoformat()}), NOW)

    assert seconds == min(max(timedelta(seconds=1), at - NOW), timedelta(hours=1)).total_seconds()


def test_a_body_nested_without_end_is_no_answer() -> None:
    """Reading it ends as for any other nonsense."""
    assert answer(200, b"[" * 100_000).json() is None


def test_a_body_is_shown_to_the_log_in_part() -> None:
    """Not all of a page, and with bytes that are no text."""
    assert answer(200, b"\xff" + b"a" * 1000).text() == "\ufffd" + "a" * 499
