"""A finished answer: the video's addresses, a filter's reasons, or the bare shape."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import RefusedPart
from bot.providers.base import Completed, Failed, Finished
from bot.providers.results import MOST_ADDRESSES, read_finished, shape_of
from tests.unit.answering import BODIES, URL, answer

OTHER = "https://cdn.example/2.mp4"
PICTURE = "https://media.example/fox"


def done(body: Any, *known: Any) -> Completed | Failed | Finished:
    """Read a finished answer."""
    return read_finished(body, known)


@pytest.mark.parametrize(
    "body",
    [
        {"output": {"result": {"files": [{"uri": URL}]}}},
        {"data": [[{"asset": {"download_url": URL}}]]},
        {"generated_videos": [{"video": {"uri": URL}}]},
        {"unsigned_urls": [URL]},
        {"output": json.dumps({"videos": [{"url": URL}]})},
        {"output": f"  {URL}\n"},
        [URL],
        URL,
        {"output": {"urls": {"mp4": URL, "gif": "https://media.example/1.gif"}}},
        {"output": {"url": "HTTPS://media.example/1.mp4"}},
    ],
)
def test_an_address_is_found_at_any_depth(body: Any) -> None:
    """Whatever it is called there."""
    seen = done(body)

    assert isinstance(seen, Completed)
    assert seen.url.lower() == URL
    assert seen.others == ()


def test_known_places_come_first_and_the_rest_in_order() -> None:
    """What is documented is likelier the video; nothing is tried twice."""
    body = {"a": [OTHER, {"b": URL}], "c": OTHER, "d": "https://x.example/3"}

    assert done(body, None, URL, 5, "none") == Completed(URL, (OTHER, "https://x.example/3"))


def test_only_so_many_addresses_are_tried() -> None:
    """Each costs a fetch."""
    seen = done({"output": [f"https://media.example/{number}" for number in range(50)]})

    assert isinstance(seen, Completed)
    assert len(seen.others) == MOST_ADDRESSES - 1


@pytest.mark.parametrize(
    "name",
    [
        *("input", "inputs", "prompt", "negative_prompt", "request", "parameters", "payload"),
        *("image", "image_url", "input_reference", "first_frame_url", "start_image_url"),
        *("last_frame", "conditioning_image", "reference_images", "mask_url", "photo"),
        *("thumbnail", "thumbnail_url", "thumbnails", "thumb", "poster", "previewUrl", "cover"),
        *("webhook", "callback_url", "poll_url", "status_url", "response_url", "cancel_url"),
        *("get", "cancel", "logs", "docs_url", "help", "metrics"),
    ],
)
@pytest.mark.parametrize("inside", [lambda url: url, lambda url: [{"url": url}]])
def test_what_we_sent_and_pictures_are_no_videos(name: str, inside: Any) -> None:
    """A member's picture, the prompt and the API's own places come back in some answers."""
    seen = done({"output": {name: inside(PICTURE), "id": 7}})

    assert isinstance(seen, Finished)
    assert done({"output": {name: inside(PICTURE), "clip": URL}}) == Completed(URL)


@pytest.mark.parametrize("ending", [".jpg", ".PNG", ".webp?sign=1", ".gif", ".json", ".mp3#t"])
def test_what_is_named_as_another_kind_of_file_is_no_video(ending: str) -> None:
    """Where nothing else tells what it is."""
    assert isinstance(done({"output": [f"https://media.example/1{ending}"]}), Finished)


@pytest.mark.parametrize(
    "value",
    [
        *(None, "", " ", 5, [], {}, [[]], "1.mp4", "ftp://a/1.mp4", "file:///etc/passwd"),
        *("javascript:alert(1)", "data:video/mp4;base64,AAAA", "//media.example/1.mp4"),
        *("https://", "https:// a", f"see {URL}", "{", "[" * 50_000, "http:///1.mp4"),
    ],
)
def test_what_is_no_address_is_none(value: Any) -> None:
    """Absent, empty, broken, relative, or of another scheme."""
    for body in ({"output": value}, {"video": {"url": value}}, value, [value]):
        assert isinstance(done(body, value), Finished)


@pytest.mark.parametrize(
    ("body", "part"),
    [
        ({"raiMediaFilteredCount": 1, "raiMediaFilteredReasons": ["58061214"]}, RefusedPart.UNTOLD),
        ({"filter_reasons": ["The prompt was flagged"]}, RefusedPart.PROMPT),
        ({"output": None, "reason": "The input image was flagged"}, RefusedPart.PICTURE),
        ({"output": [], "message": "output video withheld by moderation"}, RefusedPart.VIDEO),
        ({"output": {"nsfw_detected": True}}, RefusedPart.UNTOLD),
        ({"output": {"has_nsfw_concepts": [True]}}, RefusedPart.UNTOLD),
        ({"filtered": True, "help": "https://docs.example/filters"}, RefusedPart.UNTOLD),
        ({"candidates": [{"finishReason": "PROHIBITED_CONTENT"}]}, RefusedPart.UNTOLD),
        ({"promptFeedback": {"blockReason": "SAFETY"}}, RefusedPart.UNTOLD),
        ({"choices": [{"finish_reason": "content_filter"}]}, RefusedPart.UNTOLD),
        ({"results": {"violence": {"filtered": True, "severity": "high"}}}, RefusedPart.UNTOLD),
    ],
)
def test_done_without_a_video_and_with_reasons_is_a_refusal(body: Any, part: RefusedPart) -> None:
    """It is told at once, in the kinds that every refusal has."""
    seen = done({"status": "COMPLETED", **body})

    assert isinstance(seen, Failed)
    assert seen.refused is part
    assert seen.detail


@pytest.mark.parametrize(
    "body",
    [
        {"raiMediaFilteredCount": 0, "raiMediaFilteredReasons": []},
        {"filter_reasons": None},
        {"block_reason": "", "filtered": False},
        {"blockReason": "BLOCK_REASON_UNSPECIFIED"},
        {"safety": {"message": "Moderation passed"}},
        {"message": "success"},
        {"safety_checker": True, "nsfw_filter": "enabled", "safety_tolerance": 2},
        {"prompt": "a celebrity, flagged by moderation"},
        {"input": {"error": "nsfw"}},
        {"error": "CUDA out of memory"},
        {"finish_reason": "stop"},
    ],
)
def test_a_filter_that_found_nothing_is_no_refusal(body: Any) -> None:
    """Nor is a setting of its, or what the member typed."""
    assert isinstance(done({"status": "COMPLETED", **body}), Finished)


def test_a_video_outweighs_reasons() -> None:
    """Of several takes some may be filtered; the one in its documented place is the video."""
    body = {"output": URL, "raiMediaFilteredCount": 1}

    assert done(body, body["output"]) == Completed(URL)


@pytest.mark.parametrize(
    ("body", "shape"),
    [
        (None, "null"),
        ({}, "{}"),
        ([], "[]"),
        (
            {"status": "COMPLETED", "output": {"files": [{"uri": "s3://x"}, 1]}, "video": None},
            "{status: text, output: {files: [2 x {uri: text}]}, video: null}",
        ),
        ({"output": "", "n": 1.5, "ok": True}, "{output: no text, n: number, ok: flag}"),
        ({"a fox in the snow": 1, "f\u00fcchse": 2}, "{…: number, …: number}"),
        ([[[[[[[1]]]]]]], "[1 x [1 x [1 x [1 x [1 x [1 x …]]]]]]"),
    ],
)
def test_the_shape_tells_keys_and_kinds(body: Any, shape: str) -> None:
    """Enough to find out where a provider has put its video."""
    assert shape_of(body) == shape


def texts(value: Any) -> Sequence[str]:
    """List the texts in an answer."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in texts(each)]
    if isinstance(value, list):
        return [text for each in value for text in texts(each)]
    return [value] if isinstance(value, str) else []


_SECRETS = st.recursive(
    st.text("qxzQXZ0", min_size=6) | st.integers() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text("qxz \u00fc0", min_size=6) | st.just("output"), inner, max_size=30
        )
    ),
    max_leaves=40,
)


@given(_SECRETS)
def test_no_value_is_in_the_shape(value: Any) -> None:
    """What a member typed may stand anywhere in an answer."""
    shape = shape_of(value)

    assert len(shape) <= 400
    assert [text for text in texts(value) if text in shape] == []


@given(BODIES)
def test_every_answer_is_read(body: bytes) -> None:
    """As an address, a refusal or neither."""
    seen = done(answer(200, body).value())

    if isinstance(seen, Completed):
        assert all(
            url.lower().startswith(("http://", "https://")) for url in (seen.url, *seen.others)
        )


def test_an_answer_nested_without_end_is_read() -> None:
    """As deep as JSON itself can be read."""
    deep: Any = URL
    for _ in range(100_000):
        deep = {"a": [deep]}

    assert done(deep) == Completed(URL)
    assert len(shape_of(deep)) < 400
