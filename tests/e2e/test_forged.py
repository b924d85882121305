"""Options as no honest client sends them are refused, and never end in a trace."""

from typing import Any

import pytest

from bot.app import App
from tests.e2e.botlog import BotLog
from tests.e2e.harness import World, text_of

FORGED: list[tuple[str, dict[str, Any]]] = [
    ("sora create", {"prompt": 5}),
    ("sora create", {"prompt": True}),
    ("sora create", {"prompt": None}),
    ("sora create", {"prompt": ["a"]}),
    ("sora create", {"prompt": {"a": 1}}),
    ("sora create", {}),
    ("sora create", {"prompt": "a", "duration": "eight"}),
    ("sora create", {"prompt": "a", "duration": [8]}),
    ("sora create", {"prompt": "a", "duration": 1e308}),
    ("sora create", {"prompt": "a", "model": 7}),
    ("sora create", {"prompt": "a", "size": {}}),
    ("sora create", {"prompt": "a", "image": "123"}),
    ("sora create", {"prompt": "a", "image": "no id"}),
    ("sora create", {"prompt": "a", "image": 5}),
    ("sora status", {"job": "x"}),
    ("sora show", {"job": {}}),
    ("sora show", {}),
    ("sora cancel", {"job": None}),
    ("budget grant", {"member": "123", "amount": "5"}),
    ("budget grant", {"member": "x", "amount": "5"}),
    ("budget grant", {"member": None, "amount": "5"}),
    ("budget grant", {"member": 5, "amount": 5}),
    ("budget grant", {"amount": "5"}),
    ("budget role", {"role": "123", "amount": "5"}),
    ("budget role", {"role": {}, "amount": "5"}),
    ("budget default", {"period": 5}),
]


@pytest.mark.parametrize(("command", "options"), FORGED, ids=str)
async def test_forged_options_are_refused(
    world: World, bot: App, log: BotLog, command: str, options: dict[str, Any]
) -> None:
    """Wrong types, missing ones, ids of nobody: the answer says what to do."""
    use = await world.discord.use(world.admin, world.channel, command, options, forced=True)
    message = await world.answer(use)
    assert message.ephemeral
    text = text_of(message)
    assert "Something went wrong" not in text, text
    assert log.find("command.crashed") == []
