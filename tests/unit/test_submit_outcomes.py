"""What every refused submit means: each status, with each kind of body, at each provider.

The decisions stand here as data, written down from the providers' documentation and not from the
code. A repeat cannot be undone, so a cell that nobody has documented is an unknown outcome.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest

from bot.errors import NotSubmitted, ProviderError
from bot.providers import aimlapi
from bot.providers.http import Answer
from bot.providers.segmind import answers as segmind
from tests.unit.answering import HTML, answer
from tests.unit.samples import NOW

# The decisions.
UNKNOWN = "OutcomeUnknown"
AGAIN = "NotSubmitted"
ONCE_MORE = "NotSubmitted, twice in all"
CONTENT = "ContentRefused"
VALUES = "RequestRejected"
KEY = "KeyRejected"
MONEY = "OutOfCredits"
RETIRED = "ModelRetired"

NEUTRAL = "Service Unavailable"
FILTERED = "Your prompt violates the content policy"
WRONG_VALUE = "duration must be one of 4, 8, 12"
POOR = "Not enough credits. Please recharge"


def of_segmind(text: str) -> Callable[[int], Any]:
    """Write an error as Segmind documents it."""
    return lambda _: {"error": text}


def of_aimlapi(text: str) -> Callable[[int], Any]:
    """Write an error as AI/ML API documents it."""
    return lambda status: {
        "message": text,
        "path": "/v2/video/generations",
        "requestId": "3f1c0d6e",
        "statusCode": status,
        "timestamp": "2026-11-20T12:00:00.000Z",
    }


BODIES: Mapping[str, Callable[[int], Any]] = {
    "none": lambda _: b"",
    "HTML": lambda _: HTML,
    "text": lambda _: b"Service Unavailable",
    "broken JSON": lambda _: b'{"error": "Service Unav',
    "a list": lambda _: [{"error": NEUTRAL}],
    "an empty object": lambda _: {},
    "Segmind's": of_segmind(NEUTRAL),
    "Segmind's, of the content": of_segmind(FILTERED),
    "Segmind's, of a value": of_segmind(WRONG_VALUE),
    "Segmind's, of the credits": of_segmind(POOR),
    "AI/ML API's": of_aimlapi(NEUTRAL),
    "AI/ML API's, of the content": of_aimlapi(FILTERED),
    "a gateway's message": lambda _: {"message": NEUTRAL},
    "a gateway's error object": lambda _: {"error": {"message": NEUTRAL, "code": 7}},
    "no words in Segmind's form": lambda _: {"error": ""},
    "a framework's, with an error": lambda status: {
        "timestamp": "2026-11-20T12:00:00Z",
        "status": status,
        "error": NEUTRAL,
        "path": "/v2/sora-2",
    },
    "another framework's": lambda status: {
        "statusCode": status,
        "message": NEUTRAL,
        "error": NEUTRAL,
    },
    "a detail": lambda _: {"detail": NEUTRAL},
    "AI/ML API's of status 418": lambda _: of_aimlapi(NEUTRAL)(418),
}
ANY = frozenset(BODIES)
NO_OBJECT = frozenset({"none", "HTML", "text", "broken JSON", "a list"})
SEGMINDS = frozenset(name for name in BODIES if name.startswith("Segmind's"))
AIMLAPIS = frozenset({"AI/ML API's", "AI/ML API's, of the content"})
OF_CONTENT = frozenset(name for name in BODIES if name.endswith("of the content"))

REFUSED_BEFORE_WORK = {400, 405, 406, 411, 413, 414, 415, 417, 422, 431}
"""They speak of the request as it came, in whatever words."""
GAVE_UP_WAITING = {408, 499}
"""It may have begun, whoever says so."""
OTHER_CLIENT_ERRORS = set(range(400, 500)) - GAVE_UP_WAITING

Row = tuple[set[int], frozenset[str], str]
"""Statuses, kinds of body, and what it means."""

OF_ALL: list[Row] = [
    ({429}, ANY, AGAIN),
    ({401}, ANY, KEY),
    ({410}, ANY, RETIRED),
    ({404}, NO_OBJECT, UNKNOWN),
    ({404}, ANY, RETIRED),
    ({402, 403} | REFUSED_BEFORE_WORK, OF_CONTENT, CONTENT),
    ({402}, ANY, MONEY),
]
OF_SEGMIND: list[Row] = [
    *OF_ALL,
    ({403}, ANY, KEY),
    ({406}, frozenset({"Segmind's, of the credits"}), MONEY),
    (REFUSED_BEFORE_WORK, ANY, VALUES),
    (OTHER_CLIENT_ERRORS | {500, 503}, SEGMINDS & OF_CONTENT, CONTENT),
    (OTHER_CLIENT_ERRORS, SEGMINDS, VALUES),
    ({500}, frozenset({"Segmind's, of a value"}), VALUES),
    ({500}, SEGMINDS, ONCE_MORE),
    ({503}, SEGMINDS, AGAIN),
]
OF_AIMLAPI: list[Row] = [
    *OF_ALL,
    ({403}, ANY, MONEY),
    (REFUSED_BEFORE_WORK, ANY, VALUES),
    (OTHER_CLIENT_ERRORS | {500, 503}, AIMLAPIS & OF_CONTENT, CONTENT),
    (OTHER_CLIENT_ERRORS, AIMLAPIS, VALUES),
    ({418}, frozenset({"AI/ML API's of status 418"}), VALUES),
    ({500, 503}, AIMLAPIS, AGAIN),
]
"""The first row that fits decides; where none does, the outcome is unknown."""


def decided(rows: list[Row], status: int, body: str) -> str:
    """Look a decision up."""
    found = (means for statuses, bodies, means in rows if status in statuses and body in bodies)
    return next(found, UNKNOWN)


def of_v1(given: Answer, now: datetime) -> None:
    """Read a v1 answer that is no success: it has no ids."""
    segmind.raise_refusal(given, now)


PROVIDERS: Mapping[str, tuple[Callable[[Answer, datetime], Any], list[Row]]] = {
    "segmind": (segmind.parse_submit, OF_SEGMIND),
    "segmind-v1": (of_v1, OF_SEGMIND),
    "aimlapi": (aimlapi.parse_submit, OF_AIMLAPI),
}


def outcome(parse: Callable[[Answer, datetime], Any], given: Answer) -> str:
    """Name what an answer raises."""
    with pytest.raises(ProviderError) as caught:
        parse(given, NOW)
    error = caught.value
    bound = getattr(error, "most_submits", None)
    if isinstance(error, NotSubmitted) and bound is not None:
        return {2: ONCE_MORE}.get(bound, f"{bound} in all")
    return type(error).__name__


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("body", BODIES)
def test_every_refused_submit_means_what_was_decided(provider: str, body: str) -> None:
    """Status by status; what may be repeated is proved by a documented form, and nothing else."""
    parse, rows = PROVIDERS[provider]
    statuses = range(400, 600)

    read = {status: outcome(parse, answer(status, BODIES[body](status))) for status in statuses}

    assert read == {status: decided(rows, status, body) for status in statuses}


REPEATED: Mapping[str, set[tuple[int, str]]] = {
    "segmind": {
        (503, "Segmind's"),
        (503, "Segmind's, of a value"),
        (503, "Segmind's, of the credits"),
        (500, "Segmind's"),
        (500, "Segmind's, of the credits"),
    },
    "aimlapi": {(500, "AI/ML API's"), (503, "AI/ML API's")},
}


@pytest.mark.parametrize("provider", REPEATED)
def test_a_repeat_is_rare(provider: str) -> None:
    """The whole list of what is ever sent again; a 429 stands for every kind of body."""
    parse, _ = PROVIDERS[provider]
    repeated = {
        (status, body)
        for status in range(400, 600)
        for body in BODIES
        if outcome(parse, answer(status, BODIES[body](status))).startswith(AGAIN)
    }

    assert repeated == REPEATED[provider] | {(429, body) for body in BODIES}


@pytest.mark.parametrize("status", [302, 303, 300, 304])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_redirect_that_may_follow_the_work_proves_nothing(provider: str, status: int) -> None:
    """See Other is what a server answers to a POST that it has carried out."""
    parse, _ = PROVIDERS[provider]

    assert outcome(parse, answer(status, b"")) == UNKNOWN


@pytest.mark.parametrize(
    ("text", "decision"),
    [
        ("Internal Server Error", ONCE_MORE),
        ("Something went wrong", ONCE_MORE),
        ("CUDA out of memory", ONCE_MORE),
        ("Request timed out", ONCE_MORE),
        ("An unexpected error occurred", ONCE_MORE),
        ("Upstream provider timeout exceeded", ONCE_MORE),
        ("Invalid value for size", VALUES),
        ("'prompt' is a required property", VALUES),
        ("Unsupported aspect ratio 7:3", VALUES),
        ("seconds: must be less than or equal to 12", VALUES),
        ("got an unexpected keyword argument 'fps'", VALUES),
        ("Prompt is too long", VALUES),
        ("The input image was flagged", CONTENT),
    ],
)
def test_a_500_of_segminds_is_read_before_it_is_repeated(text: str, decision: str) -> None:
    """It is often about the request, and then the next one would fail as well."""
    assert outcome(segmind.parse_submit, answer(500, {"error": text})) == decision
