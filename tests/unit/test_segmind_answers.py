"""What Segmind's answers mean, read without any connection."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import (
    ContentRefused,
    KeyRejected,
    LookFailed,
    ModelRetired,
    NotSubmitted,
    OutcomeUnknown,
    OutOfCredits,
    ProviderError,
    RefusedPart,
    RequestForgotten,
    RequestRejected,
    SubmitRefused,
)
from bot.providers.base import Completed, Failed, Finished, Processing, Queued, Unclear
from bot.providers.segmind.answers import (
    parse_credits,
    parse_result,
    parse_status,
    parse_submit,
    parse_upload,
)
from tests.unit.answering import BODIES, HTML, URL, answer
from tests.unit.samples import NOW


def submitted(status: int, body: Any = None, **headers: str) -> ProviderError:
    """Give what a submit's answer raises."""
    with pytest.raises(ProviderError) as caught:
        parse_submit(answer(status, body, **headers), NOW)
    return caught.value


@pytest.mark.parametrize("status", [200, 201, 202])
def test_any_success_with_an_id_is_an_accepted_submit(status: int) -> None:
    """The id is opaque: UUID, hex, or anything else."""
    for request_id in ("6f9619ff-8b86-d011-b42d-00cf4fc964ff", "0" * 32, "x:y/z"):
        body = {"request_id": request_id, "status": "QUEUED", "poll_url": "https://evil.example"}
        assert parse_submit(answer(status, body), NOW) == request_id


@pytest.mark.parametrize(
    "body", [{}, {"request_id": ""}, {"request_id": None}, {"request_id": [5]}, [], "ok", b"", HTML]
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
        (406, "Insufficient funds", OutOfCredits),
        (406, "Insufficient image resolution", RequestRejected),
        (406, "image must be a URL of sufficient size", RequestRejected),
        (406, "Content-Type must be application/json", RequestRejected),
        (406, "size must be one of 720x1280, 1280x720", RequestRejected),
        (404, "Model not found", ModelRetired),
        (410, "This model has been retired", ModelRetired),
        (400, "bad request", RequestRejected),
        (405, "Method Not Allowed", RequestRejected),
        (415, "Unsupported Media Type", RequestRejected),
        (422, "prompt is required", RequestRejected),
        (403, "Your account was suspended for violating our usage policies", KeyRejected),
    ],
)
def test_a_refused_submit_tells_why(status: int, text: str, kind: type[SubmitRefused]) -> None:
    """A definite no: of the key, the credits, the model or the values. The text goes to the log."""
    error = submitted(status, {"error": text})

    assert type(error) is kind
    assert str(status) in error.detail
    assert text in error.detail


@pytest.mark.parametrize("status", [400, 403, 406, 422])
def test_a_refused_content_is_not_taken_for_the_accounts_fault(status: int) -> None:
    """One member's prompt must not pause the provider for all, whatever words stand beside it."""
    error = submitted(status, {"error": "Prompt flagged by moderation; no credits were used"})

    assert type(error) is ContentRefused
    assert error.part is RefusedPart.PROMPT


@pytest.mark.parametrize(("status", "most"), [(500, 2), (503, None)])
def test_a_fault_that_segmind_names_itself_may_be_tried_again(
    status: int, most: int | None
) -> None:
    """Segmind documents that such a submit was not taken; a 500 is believed once."""
    error = submitted(status, {"error": "Internal Server Error"})

    assert (type(error), getattr(error, "most_submits", 0)) == (NotSubmitted, most)


def test_a_filters_refusal_is_no_fault_that_is_tried_again() -> None:
    """Segmind answers some with 500: the next try would be refused as well."""
    error = submitted(500, {"error": "The input image was flagged"})

    assert (type(error), getattr(error, "part", None)) == (ContentRefused, RefusedPart.PICTURE)


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
    """Whatever comes back is an id or one of ours.

    Only Segmind's own 500 or 503, or a 429, is tried again.
    """
    try:
        request_id = parse_submit(answer(status, body), NOW)
    except NotSubmitted:
        assert status == 429 or (status in {500, 503} and b'"error"' in body)
    except SubmitRefused:
        assert 300 <= status <= 500 or status == 503
    except OutcomeUnknown:
        assert status not in {400, 401, 429}
    else:
        assert status < 300
        assert str(json.loads(body)["request_id"]) == request_id != ""


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

    assert parse(answer(status, body), NOW) == Failed("pipeline error", refused=None)


@pytest.mark.parametrize("parse", [parse_status, parse_result])
@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("Rejected by the moderation system", RefusedPart.UNTOLD),
        ("Blocked by our safety system", RefusedPart.UNTOLD),
        ("The generated video was withheld by moderation", RefusedPart.VIDEO),
        ("The input image was flagged", RefusedPart.PICTURE),
        ("image size does not match 1280x720", None),
    ],
)
def test_moderation_is_known_by_its_words(parse: Any, text: str, part: RefusedPart | None) -> None:
    """Nothing else tells it from another failure."""
    assert parse(answer(422, {"status": "FAILED", "error": text}), NOW) == Failed(text, part)


@pytest.mark.parametrize("error", [None, "", {"detail": ["x"]}, ["x"], 5])
def test_a_failure_without_a_text_is_still_a_failure(error: Any) -> None:
    """The operator's log gets what there is."""
    seen = parse_status(answer(422, {"status": "FAILED", "error": error}), NOW)

    assert isinstance(seen, Failed)
    assert seen.detail


@pytest.mark.parametrize(
    ("status", "body"),
    [
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
    """An error, a page or broken JSON: the look failed, not the job."""
    with pytest.raises(LookFailed):
        parse(answer(status, body), NOW)


@pytest.mark.parametrize("body", [[], HTML, b"{", b""])
def test_a_status_that_is_no_object_says_nothing_and_a_result_that_is_none_has_no_video(
    body: Any,
) -> None:
    """The result is asked for after the status has said "completed"."""
    with pytest.raises(LookFailed):
        parse_status(answer(200, body), NOW)
    assert isinstance(parse_result(answer(200, body), NOW), Finished)


def test_a_word_that_nobody_has_seen_keeps_the_job_waiting() -> None:
    """It is handed on as it is, so that the operator can be told of it."""
    assert parse_status(answer(200, {"status": "THINKING"}), NOW) == Unclear("THINKING")


@pytest.mark.parametrize("body", [{"status": None}, {"status": 5}, {"status": ""}, {}])
def test_an_answer_without_a_word_is_looked_at_again(body: dict[str, Any]) -> None:
    """There is no new word to tell anybody of."""
    with pytest.raises(LookFailed):
        parse_status(answer(200, body), NOW)


@pytest.mark.parametrize("body", [{"status": "THINKING"}, {"status": None}, {}])
def test_a_result_of_an_unknown_word_without_a_video_is_finished_without_one(
    body: dict[str, Any],
) -> None:
    """It was said to be completed a moment before."""
    assert isinstance(parse_result(answer(200, body), NOW), Finished)


@pytest.mark.parametrize("word", ["QUEUED", "Processing"])
def test_a_result_that_is_not_there_yet_is_looked_at_again(word: str) -> None:
    """One of the provider's machines knows less than another."""
    with pytest.raises(LookFailed):
        parse_result(answer(200, {"status": word}), NOW)


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
    seen = parse_result(answer(200, {"status": "COMPLETED", **body}), NOW)

    assert isinstance(seen, Completed)
    assert seen.url == URL


@pytest.mark.parametrize(
    "output", [None, "", "1.mp4", "ftp://a/1.mp4", "file:///etc/passwd", [], {}, [[]], 5]
)
def test_a_result_without_a_video_tells_its_shape(output: Any) -> None:
    """The provider has finished, and no address is to be had yet."""
    seen = parse_result(answer(200, {"status": "COMPLETED", "output": output}), NOW)

    assert isinstance(seen, Finished)
    assert seen.shape.startswith("{status: text, output: ")


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
    "body",
    [
        {"file_urls": [URL]},
        {"urls": [URL]},
        {"file_urls": [URL, "https://media.example/2.jpg"]},
        {"file_urls": [], "urls": [URL]},
    ],
)
def test_the_address_of_an_upload_is_found_under_either_name(body: dict[str, Any]) -> None:
    """The SDK accepts both; the first is ours."""
    assert parse_upload(answer(200, body), NOW) == URL


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, {}, NotSubmitted),
        (200, {"file_urls": []}, NotSubmitted),
        (200, {"file_urls": "https://media.example/1.jpg"}, NotSubmitted),
        (200, {"file_urls": ["file:///etc/passwd"]}, NotSubmitted),
        (200, {"file_urls": [5]}, NotSubmitted),
        (200, HTML, NotSubmitted),
        (302, b"", RequestRejected),
        (401, {"error": "Unauthorized"}, KeyRejected),
        (404, HTML, RequestRejected),
        (410, {"error": "gone"}, RequestRejected),
        (413, HTML, RequestRejected),
        (422, {"error": "The input image was flagged"}, ContentRefused),
        (429, {"error": "x"}, NotSubmitted),
        (500, {"error": "x"}, NotSubmitted),
        (502, HTML, NotSubmitted),
        (504, HTML, NotSubmitted),
    ],
)
def test_an_upload_that_failed_has_made_and_cost_nothing(
    status: int, body: Any, kind: type[ProviderError]
) -> None:
    """It is tried again or refused, never of unknown outcome, and retires no model."""
    with pytest.raises(ProviderError) as caught:
        parse_upload(answer(status, body), NOW)

    assert type(caught.value) is kind


@given(st.integers(200, 599), BODIES)
def test_no_answer_to_an_upload_is_misread(status: int, body: bytes) -> None:
    """An address, or an error that may be tried again, or a definite no."""
    try:
        address = parse_upload(answer(status, body), NOW)
    except (NotSubmitted, SubmitRefused):
        return
    assert status < 300
    assert address.startswith(("http://", "https://"))


def test_a_body_nested_without_end_is_no_answer() -> None:
    """Reading it ends as for any other nonsense."""
    assert answer(200, b"[" * 100_000).json() is None


def test_a_body_is_shown_to_the_log_in_part() -> None:
    """Not all of a page, and with bytes that are no text."""
    assert answer(200, b"\xff" + b"a" * 1000).text() == "\ufffd" + "a" * 499


@pytest.mark.parametrize(("status", "body"), [(404, HTML), (404, b""), (404, b"[]")])
def test_a_page_that_is_not_found_retires_no_model(status: int, body: bytes) -> None:
    """It is another server's, which proves nothing: no model is switched off, nothing repeated."""
    with pytest.raises(OutcomeUnknown):
        parse_submit(answer(status, body), NOW)
    for gone in (answer(410, body), answer(404, {"error": "no such model"})):
        with pytest.raises(ModelRetired):
            parse_submit(gone, NOW)
