"""What Discord says of the commands, in plain form, and what is said of it at the start."""

from typing import Any

import pytest

from bot.client.registration import (
    EVERYWHERE,
    MOST_NAMED,
    Standing,
    connected_line,
    problems_of,
    standing_of,
)
from bot.redaction import HIDDEN


def leaf(*codes: str) -> dict[str, Any]:
    """Make what a refused field has."""
    return {"_errors": [{"code": code, "message": "…"} for code in codes]}


def test_each_refused_field_is_named_with_its_codes() -> None:
    """By its path, as in Discord's tree of errors; the whole is called all."""
    tree = {
        "0": {"name": leaf("BASE_TYPE_REQUIRED", "APPLICATION_COMMAND_INVALID_NAME")},
        "3": {"options": {"1": {"description": leaf("BASE_TYPE_BAD_LENGTH")}}},
        **leaf("APPLICATION_COMMANDS_MAX"),
    }
    assert problems_of(tree) == [
        "all: APPLICATION_COMMANDS_MAX",
        "0.name: BASE_TYPE_REQUIRED",
        "0.name: APPLICATION_COMMAND_INVALID_NAME",
        "3.options.1.description: BASE_TYPE_BAD_LENGTH",
    ]


@pytest.mark.parametrize(
    "odd", [None, [], "no", 5, {}, {"0": None}, {"0": [1]}, {"_errors": 3}, {"_errors": ["x"]}]
)
def test_what_is_no_tree_of_errors_names_nothing(odd: Any) -> None:
    """Whatever a proxy answers in its place."""
    assert problems_of(odd) == []


def test_what_is_told_of_a_refusal_is_bounded_and_holds_no_secret() -> None:
    """However much is wrong, however deep and long, and whatever a name repeats."""
    deep: dict[str, Any] = leaf("DEEP")
    for _ in range(5_000):
        deep = {"a": deep}
    tree = {str(number): leaf("X" * 5_000) for number in range(5_000)}
    told = problems_of({**tree, "deep": deep, "Bearer abcdef": leaf("FIRST")})
    assert len(told) == MOST_NAMED
    assert max(map(len, told)) <= 200
    assert problems_of({"Bearer abcdef": leaf("FIRST")}) == [f"Bearer {HIDDEN} FIRST"]
    assert len(problems_of(deep)[0]) <= 200


@pytest.mark.parametrize(
    ("scope", "status", "standing"),
    [
        ("5", 403, Standing.OUT_OF_REACH),
        ("5", 404, Standing.OUT_OF_REACH),
        (EVERYWHERE, 403, Standing.REFUSED),
        ("5", 400, Standing.REFUSED),
        (EVERYWHERE, 413, Standing.REFUSED),
        (EVERYWHERE, 429, Standing.WAITING),
        ("5", 500, Standing.WAITING),
        ("5", 520, Standing.WAITING),
    ],
)
def test_a_status_tells_whether_another_try_is_worth_it(
    scope: str, status: int, standing: Standing
) -> None:
    """What Discord refuses it refuses again; what it cannot do now it may do later."""
    assert standing_of(scope, status) is standing


def test_where_all_is_registered_the_line_is_as_ever() -> None:
    """Set-ups wait for these words."""
    assert connected_line({}) == "sora-bot is connected and its commands are registered."


def test_the_line_names_where_commands_are_missing_and_why() -> None:
    """One line, without the words for a good start, however many servers there are."""
    line = connected_line({EVERYWHERE: Standing.REFUSED})
    assert line == (
        "sora-bot is connected, but its commands are not registered (Discord refuses them). "
        "What was registered before stays; the log says more."
    )
    many = {str(number): Standing.OUT_OF_REACH for number in range(1, 2_001)}
    line = connected_line(many)
    assert "in server 1 (the bot is not there" in line
    assert "and in 1990 more" in line
    assert len(line) < 1_500
    assert "\n" not in line
