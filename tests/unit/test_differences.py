"""What Discord has of a scope is compared with what is wanted, field by field."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.app import commands_of
from bot.client.differences import differences
from bot.config import Settings
from bot.sandbox.clock import SandboxClock
from bot.sandbox.discord.command_rules import check_commands
from bot.sandbox.discord.commands import Commands
from bot.sandbox.discord.ids import Snowflakes

Json = dict[str, Any]

APPLICATION, GUILD = 1, 2
SCOPES = (None, GUILD)

NAMES = st.text("abcxyz", min_size=1, max_size=5)
TEXTS = st.text(min_size=1, max_size=20).filter(str.strip)
VALUES = st.fixed_dictionaries(
    {"type": st.just(4), "name": NAMES, "description": TEXTS},
    optional={
        "required": st.booleans(),
        "choices": st.lists(
            st.fixed_dictionaries({"name": TEXTS, "value": st.integers(0, 99)}), max_size=3
        ),
        "min_value": st.integers(0, 3),
        "max_value": st.integers(5, 9),
    },
)
PERMISSIONS = st.none() | st.integers(0, 64)
LEAVES = st.lists(VALUES, max_size=3)
SUBCOMMANDS = st.lists(
    st.fixed_dictionaries(
        {"type": st.just(1), "name": NAMES, "description": TEXTS, "options": LEAVES}
    ),
    max_size=3,
)
COMMANDS = st.lists(
    st.fixed_dictionaries(
        {
            "type": st.just(1),
            "name": NAMES,
            "description": TEXTS,
            "options": LEAVES | SUBCOMMANDS,
            "nsfw": st.booleans(),
            "default_member_permissions": PERMISSIONS,
            "contexts": st.none() | st.just([0]) | st.just([1, 0]),
            "integration_types": st.just([0]) | st.just([1, 0]),
        }
    ),
    max_size=4,
    unique_by=lambda command: command["name"],
)


async def real_commands() -> list[Json]:
    """Give the bot's own commands."""
    secrets: Any = {"discord": {"token": "a-token"}, "providers": {"segmind": {"api_key": "a-key"}}}
    return [dict(each) for each in await commands_of(Settings(**secrets))]


def registered(wanted: list[Json], guild_id: int | None = None) -> list[Json]:
    """Register commands at a local Discord, and give what it tells of them."""
    kept = Commands(Snowflakes(SandboxClock()), APPLICATION)
    return kept.replace(guild_id, copy.deepcopy(wanted))


@pytest.mark.parametrize("scope", SCOPES)
async def test_the_bot_s_own_commands_are_as_they_were_registered(scope: int | None) -> None:
    """Ids, defaults and permissions as text are no difference; nor is the commands' order."""
    wanted = await real_commands()
    assert list(check_commands(wanted)) == []
    present = registered(wanted, scope)
    assert present != wanted

    assert differences(wanted, present) == []
    assert differences(wanted, present[::-1]) == []


@given(COMMANDS, st.sampled_from(SCOPES))
def test_any_commands_are_as_they_were_registered(wanted: list[Json], scope: int | None) -> None:
    """Whatever is left out, null or as by default."""
    assert differences(wanted, registered(wanted, scope)) == []


async def test_every_single_change_is_seen() -> None:
    """Each field of each command, sub-command, option and choice, one after the other."""
    wanted = await real_commands()
    changed = list(changes(wanted))
    assert len(changed) > 500
    unseen = [place for place, other in changed if not differences(wanted, registered(other))]
    assert unseen == []


def changes(wanted: list[Json]) -> Iterator[tuple[str, list[Json]]]:
    """Make copies of the commands that differ in one place each."""
    for place in places(wanted):
        other = copy.deepcopy(wanted)
        node: Any = other
        for step in place[:-1]:
            node = node[step]
        node[place[-1]] = another(node[place[-1]])
        yield ".".join(map(str, place)), other


def places(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Find every value that is no list of objects."""
    steps: Any = ()
    if isinstance(node, dict):
        steps = node.items()
    elif isinstance(node, list) and node and isinstance(node[0], dict):
        steps = enumerate(node)
    elif path:
        yield path
    for step, below in steps:
        yield from places(below, (*path, step))


def another(value: Any) -> Any:
    """Give a value that means something else."""
    match value:
        case bool():
            return not value
        case int() | float():
            return value + 1
        case str():
            return value + "x"
        case list():
            return [*value, 1] if value in ([0], [0, 2]) else [{"type": 3, "name": "x"}]
        case _:
            return 8


@given(COMMANDS, COMMANDS)
@settings(max_examples=50)
def test_two_sets_are_the_same_only_where_each_is_the_other(
    ours: list[Json], theirs: list[Json]
) -> None:
    """A command too many is seen from both sides."""
    assert bool(differences(ours, registered(theirs))) == bool(
        differences(theirs, registered(ours))
    )


def test_commands_that_one_set_alone_has_are_named() -> None:
    """Wiped, or made by somebody else: by the command's name."""
    wanted = [{"name": "sora", "description": "Make", "type": 1}]
    strange = [{"name": "other", "description": "Else", "type": 1, "id": "5"}]
    assert differences(wanted, []) == ["sora"]
    assert differences([], strange) == ["other"]
    assert differences(wanted, strange) == ["other", "sora"]


def test_a_difference_is_named_by_its_place() -> None:
    """By the command, and what of it is another."""
    option = {"type": 3, "name": "prompt", "description": "What", "required": True}
    wanted = [{"name": "sora", "description": "Make", "type": 1, "options": [option]}]
    there = registered(wanted)
    there[0]["options"][0]["description"] = "Old"
    assert differences(wanted, there) == ["sora.options.0.description"]


@pytest.mark.parametrize("strange", [None, {}, "", {"message": "no"}, ["sora"], [{}], "<html>"])
def test_what_is_no_list_of_commands_is_no_answer(strange: Any) -> None:
    """A proxy's page says nothing of the commands: it is not taken for an empty set."""
    with pytest.raises((AttributeError, KeyError, TypeError)):
        differences([{"name": "sora", "description": "Make"}], strange)
