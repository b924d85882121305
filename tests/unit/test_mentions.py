"""Commands in answers, as mentions."""

from typing import Any

import pytest

from bot.client.mentions import ids_of, mentioned

COMMANDS: list[dict[str, Any]] = [
    {
        "id": "77",
        "type": 1,
        "name": "sora",
        "options": [
            {"type": 1, "name": "create", "options": [{"type": 3, "name": "prompt"}]},
            {"type": 2, "name": "privacy", "options": [{"type": 1, "name": "export"}]},
        ],
    },
    {"id": "78", "name": "hello"},
    {"id": "79", "type": 3, "name": "Animate this picture"},
]


def test_each_command_that_can_be_used_has_its_path() -> None:
    """A subcommand is mentioned by its root's id; a group and a message's command are not."""
    assert ids_of(COMMANDS) == {"sora create": 77, "sora privacy export": 77, "hello": 78}


@pytest.mark.parametrize("answer", [None, {}, "no", [1], [{}], [{"name": "x"}], [{"id": "y"}]])
def test_an_answer_that_makes_no_sense_has_no_ids(answer: Any) -> None:
    """The commands were registered all the same."""
    assert ids_of(answer) == {}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Try `/sora create`.", "Try </sora create:77>."),
        ("`/hello` and `/sora privacy export`", "</hello:78> and </sora privacy export:77>"),
        ("`/sora privacy`", "`/sora privacy`"),
        ("`/sora cancel job:5`", "`/sora cancel job:5`"),
        ("`/sora show`", "`/sora show`"),
        ("`/sora create model:x size:1x1`.", "</sora create:77> `model:x size:1x1`."),
        ("\\`/sora create\\`", "\\`/sora create\\`"),
    ],
)
def test_what_is_known_is_mentioned_and_the_rest_stays(text: str, shown: str) -> None:
    """What a mention cannot say, a value, stands beside it as it can be typed."""
    assert mentioned(text, ids_of(COMMANDS)) == shown
