"""What a refusal by Discord means for a job's message."""

from dataclasses import dataclass
from typing import Any, cast

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.notifier.answers import classify
from bot.notifier.ways import Outcome


@dataclass
class Response:
    """As much of an HTTP response as the library's error reads."""

    status: int
    reason: str = "as told"


def refusal(status: int, code: int = 0) -> discord.HTTPException:
    """Make the library's error for an answer of Discord's."""
    return discord.HTTPException(
        cast("Any", Response(status)), {"code": code, "message": "as told"}
    )


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (401, 50027, Outcome.TOKEN_DEAD),
        (401, 0, Outcome.TOKEN_DEAD),
        (404, 10015, Outcome.UNANSWERED),
        (404, 10008, Outcome.MESSAGE_GONE),
        (400, 50083, Outcome.MESSAGE_GONE),
        (404, 10003, Outcome.CLOSED),
        (404, 10004, Outcome.CLOSED),
        (403, 50001, Outcome.CLOSED),
        (403, 50013, Outcome.CLOSED),
        (400, 40005, Outcome.TOO_LARGE),
        (413, 40005, Outcome.TOO_LARGE),
        (413, 0, Outcome.TOO_LARGE),
        (429, 0, Outcome.BUSY),
        (500, 0, Outcome.BUSY),
        (503, 0, Outcome.BUSY),
        (400, 50035, Outcome.REJECTED),
        (400, 20009, Outcome.FILE_REFUSED),
        (400, 200000, Outcome.TEXT_REFUSED),
        (400, 200001, Outcome.TEXT_REFUSED),
        (400, 240000, Outcome.TEXT_REFUSED),
        (400, 30046, Outcome.BUSY),
        (400, 40006, Outcome.BUSY),
        (400, 160005, Outcome.CLOSED),
    ],
)
def test_a_refusal_is_read_by_its_code_and_else_by_its_status(
    status: int, code: int, outcome: Outcome
) -> None:
    """A dead token, a message, a channel, a size, a busy Discord and content differ."""
    assert classify(refusal(status, code)) is outcome


@given(st.integers(400, 599), st.sampled_from([0, 10008, 10062, 50013, 50035]))
def test_no_refusal_is_taken_for_success(status: int, code: int) -> None:
    """Every error has an outcome; a server's fault is always worth another try."""
    outcome = classify(refusal(status, code))

    assert outcome is not Outcome.DONE
    if status >= 500:
        assert outcome is Outcome.BUSY
