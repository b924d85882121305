"""The rules on bodies, one by one: each refuses what Discord refuses, and only that."""

from typing import Any

import pytest

from bot.sandbox.discord.command_rules import check_command, check_commands
from bot.sandbox.discord.component_rules import check_components
from bot.sandbox.discord.mentions import Audience, pings
from bot.sandbox.discord.message_rules import Door, check_message
from bot.sandbox.discord.modal_rules import check_modal
from bot.sandbox.discord.problems import Problem, tree

Json = dict[str, Any]


def codes(body: Json, door: Door = Door.CHANNEL_POST) -> set[tuple[str, str]]:
    """Tell the place and the code of each problem of a message."""
    names = {"cat.png": "image/png", "cat.mp4": "video/mp4"}
    found = check_message(body, (), door, names)
    return {(".".join(map(str, problem.path)), problem.code) for problem in found}


def field(name: str = "n", value: str = "v") -> Json:
    """Make an embed's field."""
    return {"name": name, "value": value}


def button(**changes: Any) -> Json:
    """Make a button; a key given as None is left out."""
    made = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"} | changes
    return {key: value for key, value in made.items() if value is not None}


def row(*buttons: Json) -> Json:
    """Make a row."""
    return {"type": 1, "components": list(buttons)}


GOOD_EMBED: Json = {
    "title": "x" * 256,
    "description": "x" * 4096,
    "url": "https://example.org/a",
    "color": 0xFFFFFF,
    "timestamp": "2026-01-02T03:04:05.678000+00:00",
    "footer": {"text": "x" * 100, "icon_url": "attachment://cat.png"},
    "author": {"name": "x" * 100, "url": "http://example.org"},
    "image": {"url": "attachment://cat.png"},
    "thumbnail": {"url": "https://example.org/cat.png"},
    "fields": [field() for _ in range(25)],
}


def test_a_full_message_has_no_problem() -> None:
    """Everything at its limit passes."""
    rows = [row(*(button(custom_id=f"{r}.{b}" + "x" * 97) for b in range(5))) for r in range(5)]
    allowed = {"parse": ["everyone"], "users": ["1"], "replied_user": True}
    body = {
        "content": "x" * 2000,
        "embeds": [GOOD_EMBED],
        "components": rows,
        "allowed_mentions": allowed,
        "nonce": "n" * 25,
        "enforce_nonce": True,
        "tts": False,
    }
    assert codes(body) == set()


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"content": "x" * 2001}, "content"),
        ({"content": 5}, "content"),
        ({"contents": "x"}, "contents"),
        ({"nonce": "x" * 26}, "nonce"),
        ({"tts": "yes"}, "tts"),
        ({"flags": "64"}, "flags"),
        ({"poll": {"question": {}}}, "poll"),
        ({"embeds": [GOOD_EMBED] * 11}, "embeds"),
        ({"embeds": {}}, "embeds"),
        ({"embeds": ["x"]}, "embeds.0"),
        ({"allowed_mentions": {"parse": ["users"], "users": ["1"]}}, "allowed_mentions"),
        ({"allowed_mentions": {"parse": ["all"]}}, "allowed_mentions.parse.0"),
        ({"allowed_mentions": {"user": ["1"]}}, "allowed_mentions.user"),
        ({"allowed_mentions": {"users": ["1"] * 101}}, "allowed_mentions.users"),
    ],
)
def test_a_wrong_message_is_refused(body: Json, place: str) -> None:
    """The problem is told at its place."""
    assert place in {where for where, _ in codes(body)}


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"title": "x" * 257}, "title"),
        ({"description": "x" * 4097}, "description"),
        ({"titel": "x"}, "titel"),
        ({"color": 0x1000000}, "color"),
        ({"timestamp": "yesterday"}, "timestamp"),
        ({"url": "example.org"}, "url"),
        ({"url": "ftp://example.org"}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "attachment://cat.png"}, "url"),
        ({"fields": [field()] * 26}, "fields"),
        ({"fields": [field(name="")]}, "fields.0.name"),
        ({"fields": [field(name=" ")]}, "fields.0.name"),
        ({"fields": [field(value="")]}, "fields.0.value"),
        ({"fields": [field(name="x" * 257)]}, "fields.0.name"),
        ({"fields": [field(value="x" * 1025)]}, "fields.0.value"),
        ({"fields": [{"name": "n", "value": "v", "inlined": True}]}, "fields.0.inlined"),
        ({"footer": {"text": "x" * 2049}}, "footer.text"),
        ({"footer": {"icon_url": "https://example.org/a.png"}}, "footer.text"),
        ({"author": {"name": "x" * 257}}, "author.name"),
        ({"author": {"name": "x", "url": "javascript:1"}}, "author.url"),
        ({"image": {"url": "attachment://dog.png"}}, "image.url"),
        ({"image": {"url": "attachment://cat.mp4"}}, "image.url"),
        ({"thumbnail": {"url": "https://example.org/cat.mp4"}}, "thumbnail.url"),
        ({"image": {"width": 3}}, "image.url"),
        ({"image": "https://example.org/a.png"}, "image"),
    ],
)
def test_a_wrong_embed_is_refused(changes: Json, place: str) -> None:
    """Each rule on embeds tells the place that breaks it."""
    found = codes({"embeds": [{"title": "T"} | changes]})
    assert f"embeds.0.{place}" in {where for where, _ in found}


def test_embeds_have_6000_characters_together() -> None:
    """Titles, descriptions, fields, footers and authors of all embeds count, blanks do not."""
    long = {"description": "x" * 3000}
    assert codes({"embeds": [long, long]}) == set()
    for more in (
        {"title": "x"},
        {"footer": {"text": "x"}},
        {"author": {"name": "x"}},
        {"fields": [field()]},
    ):
        found = codes({"embeds": [long, long | more]})
        assert found == {("embeds", "MAX_EMBED_SIZE_EXCEEDED")}


def test_an_embed_without_anything_is_refused() -> None:
    """An embed needs something to show."""
    wanted = {("embeds.0.description", "BASE_TYPE_REQUIRED")}
    assert codes({"embeds": [{"type": "rich"}]}) == wanted


@pytest.mark.parametrize(
    ("door", "key"),
    [
        (Door.CHANNEL_EDIT, "nonce"),
        (Door.CALLBACK, "message_reference"),
        (Door.TOKEN_EDIT, "username"),
        (Door.FOLLOW_UP, "enforce_nonce"),
    ],
)
def test_each_door_knows_its_own_keys(door: Door, key: str) -> None:
    """A key that belongs to another route is refused."""
    assert (key, "UNKNOWN_KEY") in codes({"content": "x", key: "x"}, door)


@pytest.mark.parametrize(
    ("components", "place"),
    [
        ([row(button(custom_id=None))], "0.components.0.custom_id"),
        ([row(button(custom_id=""))], "0.components.0.custom_id"),
        ([row(button(custom_id="x" * 101))], "0.components.0.custom_id"),
        ([row(button(style=5))], "0.components.0.custom_id"),
        ([row(button(style=5, custom_id=None))], "0.components.0.url"),
        ([row(button(url="https://example.org"))], "0.components.0.url"),
        ([row(button(style=7))], "0.components.0.style"),
        ([row(button(label=None))], "0.components.0.label"),
        ([row(button(label="x" * 81))], "0.components.0.label"),
        ([row(button(colour=1))], "0.components.0.colour"),
        ([row(button(), button())], "0.components.1.custom_id"),
        ([row(button()), row(button())], "1.components.0.custom_id"),
        ([row(*(button(custom_id=f"{n}") for n in range(6)))], "0.components"),
        ([row()], "0.components"),
        ([row(button(custom_id=f"{n}")) for n in range(6)], ""),
        ([button()], "0.type"),
        ([row({"type": 4, "custom_id": "x", "style": 1, "label": "x"})], "0.components.0.type"),
        ([row({"type": 3, "custom_id": "x", "options": []})], "0.components.0.options"),
        ([row({"type": 5, "custom_id": "x"}, button())], "0.components"),
    ],
)
def test_wrong_components_are_refused(components: list[Json], place: str) -> None:
    """Each rule on buttons, rows and selects tells the place that breaks it."""
    found = check_components(components, ())
    assert place in {".".join(map(str, problem.path)) for problem in found}


def test_a_link_button_has_an_address_only() -> None:
    """A link button passes with its address and without custom_id."""
    link = button(style=5, custom_id=None, url="https://example.org")
    assert [*check_components([row(link)], ())] == []


def test_a_modal_needs_title_and_fields() -> None:
    """A modal's title and custom_id have lengths, and it holds one to five fields."""
    text = {"type": 4, "custom_id": "t", "style": 1}
    good = {
        "custom_id": "m",
        "title": "Why?",
        "components": [{"type": 18, "label": "Because", "component": text}],
    }
    assert [*check_modal(good, ())] == []
    changes: list[Json] = [{"title": ""}, {"title": "x" * 46}, {"custom_id": ""}]
    for change in (*changes, {"components": []}):
        assert [*check_modal(good | change, ())]


def option(**changes: Any) -> Json:
    """Make a command's option."""
    return {"type": 3, "name": "prompt", "description": "What"} | changes


def command(*options: Json, **changes: Any) -> Json:
    """Make a command."""
    made = {"name": "sora", "description": "Make videos", "options": list(options)}
    return made | changes


CHOICE = {"name": "One", "value": "1"}


def test_a_good_command_has_no_problem() -> None:
    """Groups, sub-commands, choices and autocompletion at their limits pass."""
    leaf = option(
        type=1,
        name="create",
        options=[
            option(required=True, autocomplete=True),
            option(name="größe", choices=[CHOICE] * 25),
        ],
    )
    group = option(type=2, name="more", options=[leaf])
    good = command(leaf, group, default_member_permissions="32", contexts=[0], dm_permission=False)
    assert [*check_command(good)] == []


@pytest.mark.parametrize(
    "wrong",
    [
        command(name="Sora"),
        command(name="so ra"),
        command(name=""),
        command(name="x" * 33),
        command(description=""),
        command(description="x" * 101),
        command(descripton="x"),
        command(contexts=[3]),
        command(option(name="Prompt")),
        command(option(description="")),
        command(option(type=12)),
        command(option(choices=[CHOICE], autocomplete=True)),
        command(option(choices=[CHOICE] * 26)),
        command(option(choices=[{"name": "", "value": "1"}])),
        command(option(choices=[{"name": "One", "value": 1}])),
        command(option(type=4, choices=[CHOICE])),
        command(option(type=4, choices=[{"name": "One", "value": True}])),
        command(option(type=6, choices=[CHOICE])),
        command(option(options=[option()])),
        command(option(), option()),
        command(option(), option(name="other", required=True)),
        command(*(option(name=f"o{n}") for n in range(26))),
        command(option(type=1, name="a"), option()),
        command(option(type=2, name="a", options=[option(type=2, name="b")])),
        command(option(type=1, name="a", options=[option(type=1, name="b")])),
        command(type=2, options=None),
    ],
)
def test_a_wrong_command_is_refused(wrong: Json) -> None:
    """Each rule on commands is kept."""
    assert [*check_command(wrong)]


def test_a_command_has_8000_characters() -> None:
    """Names, descriptions and choices count, of translations the longest."""
    choices = [{"name": "x" * 100, "value": "x" * 100}] * 25
    large = command(option(choices=choices), description="x")
    assert [*check_command(large)] == []
    twice = command(option(choices=choices), option(name="b", choices=choices))
    assert [problem.code for problem in check_command(twice)] == ["APPLICATION_COMMAND_TOO_LARGE"]
    longer = {"de": "x" * 100}
    options = [option(name=f"o{n}", description_localizations=longer) for n in range(25)]
    assert [*check_command(command(*options))] == []


def test_commands_of_a_scope_have_different_names() -> None:
    """Two slash commands share no name; a menu may have a slash command's."""
    menu = {"name": "sora", "type": 2}
    assert [*check_commands([command(), menu])] == []
    assert [*check_commands([command(), command()])]
    assert [*check_commands([command(name=f"c{n}") for n in range(101)])]


def test_problems_are_told_as_a_tree() -> None:
    """Each step of a place is a level, with the errors at the end."""
    found = tree([Problem(("embeds", 0, "title"), "A", "a"), Problem(("embeds", 0), "B", "b")])
    assert found == {
        "embeds": {
            "0": {
                "title": {"_errors": [{"code": "A", "message": "a"}]},
                "_errors": [{"code": "B", "message": "b"}],
            }
        }
    }


@pytest.mark.parametrize(
    ("allowed", "expected"),
    [
        (None, ["everyone", 1, 2, 3]),
        ({"parse": []}, []),
        ({"parse": ["users"]}, [1]),
        ({"parse": ["everyone"]}, ["everyone"]),
        ({"parse": ["roles"]}, [2, 3]),
        ({"users": ["1"]}, [1]),
        ({"users": ["5"], "roles": ["9"]}, [2, 3]),
        ({"parse": [], "replied_user": True}, []),
    ],
)
def test_who_is_pinged(allowed: Json | None, expected: list[int | str]) -> None:
    """Without ``allowed_mentions`` all in the content; with them only what they name."""
    audience = Audience(frozenset({1, 2, 3}), {9: [2, 3]}, everyone=True)
    assert pings("@here <@1> <@!1> <@7> <@&9>", allowed, audience) == expected


def test_everyone_and_roles_need_the_permission() -> None:
    """An author who may not mention everyone pings single users only."""
    audience = Audience(frozenset({1}), {9: [1]}, everyone=False)
    assert pings("@everyone <@&9>", None, audience) == []
