"""What AI/ML API's answers mean, read without any connection."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

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
from bot.providers.aimlapi import parse_credits, parse_look, parse_submit
from bot.providers.base import Completed, Failed, Finished, Processing, Queued, Unclear
from tests.unit.answering import BODIES, HTML, URL, answer
from tests.unit.samples import NOW


def refusal(status: int, message: str) -> dict[str, Any]:
    """Write an error as the API does."""
    return {
        "message": message,
        "path": "/v2",
        "requestId": "x",
        "statusCode": status,
        "timestamp": "2026-11-20T12:00:00.000Z",
    }


def submitted(status: int, body: Any = None, **headers: str) -> ProviderError:
    """Give what a submit's answer raises."""
    with pytest.raises(ProviderError) as caught:
        parse_submit(answer(status, body, **headers), NOW)
    return caught.value


@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize("name", ["id", "generation_id"])
@pytest.mark.parametrize("generation_id", ["abc:sora-2", "0" * 32, "x/y?z=&"])
def test_any_success_with_an_id_is_an_accepted_submit(
    status: int, name: str, generation_id: str
) -> None:
    """The id is opaque, and may hold a colon."""
    assert parse_submit(answer(status, {name: generation_id, "status": "x"}), NOW) == generation_id


@pytest.mark.parametrize("body", [{}, {"id": ""}, {"id": None}, {"id": [5]}, [], "ok", b"", HTML])
def test_a_success_without_an_id_has_an_unknown_outcome(body: Any) -> None:
    """Something may have been made; nobody can ask for it. It is never sent again."""
    assert type(submitted(200, body)) is OutcomeUnknown


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (400, "Unrecognized keys: size", RequestRejected),
        (401, "Unauthorized", KeyRejected),
        (402, "Payment required", OutOfCredits),
        (403, "You've run out of credits", OutOfCredits),
        (403, "Forbidden", OutOfCredits),
        (404, "Model not found", ModelRetired),
        (410, "Gone", ModelRetired),
        (405, "Method Not Allowed", RequestRejected),
        (422, "duration must be 4, 8 or 12", RequestRejected),
    ],
)
def test_a_refused_submit_tells_why(status: int, text: str, kind: type[SubmitRefused]) -> None:
    """A definite no: of the key, the credits, the model or the values. The text goes to the log."""
    error = submitted(status, refusal(status, text))

    assert type(error) is kind
    assert text in error.detail


@pytest.mark.parametrize("status", [400, 403, 422])
def test_a_refused_content_is_not_taken_for_the_accounts_fault(status: int) -> None:
    """One member's prompt must not pause the provider for all, whatever words stand beside it."""
    error = submitted(status, refusal(status, "Prompt flagged by moderation; credits are returned"))

    assert (type(error), getattr(error, "part", None)) == (ContentRefused, RefusedPart.PROMPT)


@pytest.mark.parametrize("status", [500, 503])
def test_a_fault_in_the_apis_own_form_may_be_tried_again(status: int) -> None:
    """It was not taken."""
    assert type(submitted(status, refusal(status, "Internal server error"))) is NotSubmitted


@pytest.mark.parametrize(
    ("status", "body"),
    [
        *((status, HTML) for status in (500, 502, 503, 504, 524)),
        *((status, refusal(status, "Bad gateway")) for status in (502, 504)),
        (500, {}),
        (500, b""),
    ],
)
def test_a_fault_of_a_proxy_has_an_unknown_outcome(status: int, body: Any) -> None:
    """A front proxy does not know what happened behind it: never sent again."""
    assert type(submitted(status, body)) is OutcomeUnknown


def test_too_many_requests_were_not_taken_and_say_when_to_come_back() -> None:
    """The header's seconds, whatever the body is."""
    error = submitted(429, HTML, Retry_After="7")

    assert isinstance(error, NotSubmitted)
    assert error.retry_after_seconds == 7


@given(BODIES)
def test_no_answer_to_a_submit_is_misread(body: bytes) -> None:
    """Whatever comes back is an id or one of ours.

    Only a 429, or a fault in the API's own form, is tried again.
    """
    for status in (200, 302, 400, 401, 403, 404, 429, 500, 502, 503):
        try:
            generation_id = parse_submit(answer(status, body), NOW)
        except NotSubmitted:
            assert status == 429
        except SubmitRefused:
            assert 300 <= status < 500
        except OutcomeUnknown:
            assert status < 300 or status >= 500 or status in {302, 404}
        else:
            assert status < 300
            assert generation_id == str(json.loads(body)["id"])


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        (["queued", "waiting", "QUEUED"], Queued()),
        (["generating", "active", "Generating"], Processing()),
        (["completed", "succeeded", "Completed"], Completed(URL)),
        (["error", "failed", "ERROR"], Failed("it broke")),
    ],
)
def test_every_word_ever_seen_is_understood(words: list[str], seen: Any) -> None:
    """Documented or recorded, in any case; what else the body holds changes nothing."""
    for word in words:
        body = {"id": "x", "status": word, "video": {"url": URL}, "error": "it broke"}
        assert parse_look(answer(200, body), NOW) == seen


@pytest.mark.parametrize("word", ["thinking", "Paused", "expired"])
def test_a_word_that_nobody_has_seen_keeps_the_job_waiting(word: str) -> None:
    """It is handed on, so that the operator can be told of it."""
    assert parse_look(answer(200, {"id": "x", "status": word}), NOW) == Unclear(word.lower())


@pytest.mark.parametrize(
    ("error", "words", "part"),
    [
        ({"name": "GenerationError", "message": "it broke"}, ["GenerationError", "it broke"], None),
        ({"name": None, "message": "it broke"}, ["it broke"], None),
        (
            {"detail": [{"loc": ["body", "prompt"], "msg": "Refused", "type": "content_policy"}]},
            ["Refused", "content_policy"],
            RefusedPart.PROMPT,
        ),
        (
            {"detail": [{"loc": ["body", "image_url"], "msg": "Not 1280x720", "type": "value"}]},
            ["Not 1280x720"],
            None,
        ),
        ({"message": "The input image was flagged"}, ["flagged"], RefusedPart.PICTURE),
        ("The output video was flagged", ["flagged"], RefusedPart.VIDEO),
        (["it broke"], ["it broke"], None),
        (None, ["error"], None),
        ({}, ["error"], None),
        ("a" * 5000, ["aaa"], None),
    ],
)
def test_a_failure_is_read_in_every_form(
    error: Any, words: list[str], part: RefusedPart | None
) -> None:
    """Name and message, a list of details, plain text, or nothing: the log gets what there is."""
    seen = parse_look(answer(200, {"id": "x", "status": "error", "error": error}), NOW)

    assert isinstance(seen, Failed)
    assert seen.refused is part
    assert [word for word in words if word not in seen.detail] == []
    assert len(seen.detail) <= 500


@pytest.mark.parametrize(
    "video", [None, {}, {"url": None}, {"url": ""}, {"url": "file:///etc/passwd"}, [7]]
)
def test_a_completed_generation_without_a_video_tells_its_shape(video: Any) -> None:
    """The provider has finished, and no address is to be had yet."""
    seen = parse_look(answer(200, {"status": "completed", "video": video}), NOW)

    assert isinstance(seen, Finished)
    assert seen.shape.startswith("{status: text, video: ")


@pytest.mark.parametrize("video", [URL, [URL], {"mp4": URL}, {"url": None, "urls": [URL]}])
def test_the_video_is_found_where_it_is_not_documented(video: Any) -> None:
    """Another model may tell it in another form."""
    assert parse_look(answer(200, {"status": "completed", "video": video}), NOW) == Completed(URL)


def test_a_completed_generation_with_a_filter_s_reasons_is_refused() -> None:
    """There is nothing to wait for."""
    body = {"status": "completed", "video": None, "error": {"message": "The output was flagged"}}

    seen = parse_look(answer(200, body), NOW)

    assert isinstance(seen, Failed)
    assert seen.refused is RefusedPart.VIDEO


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, []),
        (200, HTML),
        (200, b"{"),
        (200, {}),
        (200, {"status": None}),
        (204, b""),
        (302, b""),
        (401, refusal(401, "Unauthorized")),
        (403, refusal(403, "Forbidden")),
        (404, HTML),
        (429, refusal(429, "Too many requests")),
        (500, refusal(500, "x")),
        (502, HTML),
    ],
)
def test_a_look_that_shows_nothing_says_nothing_of_the_job(status: int, body: Any) -> None:
    """An error, a page, broken JSON or no word: the look failed, not the job."""
    with pytest.raises(LookFailed):
        parse_look(answer(status, body), NOW)


def test_a_generation_is_forgotten_in_the_apis_own_words_alone() -> None:
    """A 404 in JSON is the API's; a page of a proxy is not."""
    with pytest.raises(RequestForgotten):
        parse_look(answer(404, refusal(404, "Generation not found")), NOW)


@pytest.mark.parametrize(("status", "seconds"), [(429, 7), (500, None)])
def test_a_look_that_came_too_often_says_when_to_come_back(
    status: int, seconds: float | None
) -> None:
    """The wait is read from a 429 alone."""
    with pytest.raises(LookFailed) as caught:
        parse_look(answer(status, refusal(status, "x"), Retry_After="7"), NOW)

    assert caught.value.retry_after_seconds == seconds


@given(BODIES)
def test_no_look_is_misread(body: bytes) -> None:
    """Whatever comes back is a sighting or one of our two errors."""
    for status in (200, 400, 404, 429, 500):
        try:
            seen = parse_look(answer(status, body), NOW)
        except (LookFailed, RequestForgotten):
            continue
        assert status == 200
        if isinstance(seen, Completed):
            assert seen.url.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    ("body", "dollars"),
    [
        ({"current_balance": 12.5, "currency": "USD"}, "12.5"),
        ({"current_balance": "0.10", "currency": "usd"}, "0.10"),
        ({"current_balance": 2_000_000, "currency": "CREDITS"}, "1"),
        ({"current_balance": 500_000}, "0.25"),
        ({"current_balance": -2_000_000, "currency": None}, "-1"),
    ],
)
def test_an_account_is_told_in_dollars(body: dict[str, Any], dollars: str) -> None:
    """The API speaks of dollars, or of its own credits, of which two million are one."""
    assert parse_credits(answer(200, body)) == Decimal(dollars)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_told_from_an_account_that_cannot_be_read(status: int) -> None:
    """The operator has to do different things."""
    with pytest.raises(KeyRejected):
        parse_credits(answer(status, refusal(status, "Unauthorized")))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {}),
        (200, {"current_balance": None}),
        (200, {"current_balance": "many", "currency": "USD"}),
        (200, b'{"current_balance": NaN}'),
        (200, b'{"current_balance": Infinity, "currency": "USD"}'),
        (200, HTML),
        (500, {"current_balance": 5}),
    ],
)
def test_an_account_that_cannot_be_read_is_no_amount(status: int, body: Any) -> None:
    """Nothing is made up."""
    with pytest.raises(LookFailed):
        parse_credits(answer(status, body))
