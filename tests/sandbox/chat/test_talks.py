"""What a visitor is told, and what comes of what they do."""

import asyncio
from typing import Any

from tests.sandbox.chat.conftest import Door, Scene, Visitor
from tests.sandbox.discord.raw import Rest, Socket

EPHEMERAL = 64
SHOW = {
    "name": "show",
    "description": "Show things",
    "options": [
        {"type": 3, "name": "what", "description": "A text", "required": True, "max_length": 5},
        {"type": 6, "name": "who", "description": "A member"},
        {"type": 11, "name": "file", "description": "A file"},
        {"type": 3, "name": "how", "description": "A way", "autocomplete": True},
    ],
}
SECRET = {"name": "secret", "description": "For admins", "default_member_permissions": "32"}
ON_MESSAGE = {"name": "Look at this", "type": 3}


async def register(scene: Scene, rest: Rest) -> None:
    """Register the commands of these tests."""
    path = f"/applications/{scene.discord.application_id}/commands"
    assert (await rest("PUT", path, [SHOW, SECRET, ON_MESSAGE])).status == 200


async def post(scene: Scene, rest: Rest, **body: Any) -> str:
    """Let the bot post a message; give its id."""
    answer = await rest("POST", f"/channels/{scene.channel.id}/messages", body)
    assert answer.status == 200, answer.body
    return str(answer.body["id"])


async def test_who_comes_is_shown_everything(scene: Scene, rest: Rest, door: Door) -> None:
    """People, place, commands and messages are told at once, as they stand."""
    await register(scene, rest)
    message = await post(scene, rest, content="**hello**")

    visitor = await door.enter(scene.admin)

    assert [each["name"] for each in await visitor.value("people")] == ["Ada", "Root"]
    assert await visitor.value("you") == str(scene.admin.id)
    place = await visitor.value("place")
    assert [each["name"] for each in place["channels"]] == ["videos"]
    assert [each["name"] for each in place["members"]] == ["Ada", "Root"]
    commands = await visitor.value("commands")
    assert {each["path"]: each["type"] for each in commands} == {
        "show": 1,
        "secret": 1,
        "Look at this": 3,
    }
    [shown] = await visitor.value("messages")
    assert (shown["id"], shown["content"]) == (message, "**hello**")


async def test_sub_commands_are_listed_one_by_one(scene: Scene, rest: Rest, door: Door) -> None:
    """Each leaf of a command has its whole path."""
    leaf = {"type": 1, "name": "one", "description": "The one"}
    group = {"type": 2, "name": "many", "description": "Many", "options": [leaf]}
    body = [{"name": "root", "description": "The root", "options": [leaf, group]}]
    await rest("PUT", f"/applications/{scene.discord.application_id}/commands", body)

    commands = await (await door.enter()).value("commands")

    assert [(each["path"], each["type"]) for each in commands] == [
        ("root one", 1),
        ("root many one", 1),
    ]


async def test_members_are_not_offered_what_only_admins_may_do(
    scene: Scene, rest: Rest, visitor: Visitor
) -> None:
    """The list changes with who the visitor is, and with what is registered."""
    assert await visitor.value("commands") == []
    await register(scene, rest)
    paths = [each["path"] for each in await visitor.value("commands")]
    assert "secret" not in paths

    await visitor.ask("be", person=str(scene.admin.id))

    paths = [each["path"] for each in await visitor.value("commands")]
    assert "secret" in paths


async def test_a_message_is_shown_and_changed_as_it_happens(
    scene: Scene, rest: Rest, visitor: Visitor
) -> None:
    """Posted, edited and deleted; what it said before is kept."""
    message = await post(scene, rest, content="one")
    shown = await visitor.value("message")
    assert (shown["content"], shown["edits"]) == ("one", 0)

    await rest("PATCH", f"/channels/{scene.channel.id}/messages/{message}", {"content": "two"})
    shown = await visitor.value("message")
    assert (shown["content"], shown["edits"]) == ("two", 1)
    versions = (await visitor.ask("history", message=message))["versions"]
    assert [version["content"] for version in versions] == ["one", "two"]

    await rest("DELETE", f"/channels/{scene.channel.id}/messages/{message}")
    assert (await visitor.hear("gone"))["id"] == message


async def test_a_command_reaches_the_bot_with_what_was_filled_in(
    scene: Scene, rest: Rest, gateway: Socket, visitor: Visitor
) -> None:
    """Members go by their ids, and the answer says which command it belongs to."""
    await register(scene, rest)
    options = {"what": "cats", "who": str(scene.admin.id)}
    await visitor.send("use", path="show", options=options)
    interaction = await gateway.event("INTERACTION_CREATE")
    assert interaction["data"]["options"][1]["value"] == str(scene.admin.id)
    assert str(scene.admin.id) in interaction["data"]["resolved"]["members"]

    await rest.respond(interaction, {"type": 4, "data": {"content": "here"}})

    assert await visitor.answer() == {}
    shown = await visitor.value("message")
    assert (shown["command"], shown["used_by"]) == ("/show", str(scene.ada.id))


async def test_what_the_real_client_refuses_is_refused(
    scene: Scene, rest: Rest, gateway: Socket, visitor: Visitor
) -> None:
    """Nothing reaches the bot, and the text says why."""
    await register(scene, rest)
    for options, words in (
        ({}, "'what' is required"),
        ({"what": "too long"}, "outside the range"),
        ({"what": "x", "who": "Ada"}, "not of the type"),
        ({"what": "x", "nothing": 1}, "no option"),
    ):
        assert words in (await visitor.ask("use", path="show", options=options))["refused"]
    assert "no command" in (await visitor.ask("use", path="nothing"))["refused"]
    assert "lacks" in (await visitor.ask("use", path="secret"))["refused"]
    assert "no such channel" in (await visitor.ask("use", path="show", channel="1"))["refused"]
    assert gateway.ws.closed is False


async def test_a_bot_that_says_nothing_is_reported_as_the_real_client_does(
    scene: Scene, rest: Rest, gateway: Socket, visitor: Visitor
) -> None:
    """The visitor reads that the application did not respond."""
    await register(scene, rest)
    scene.discord._client.response_deadline_seconds = 0.05

    answer = await visitor.ask("use", path="show", options={"what": "x"})

    assert answer == {"failed": "The application did not respond"}


async def test_an_ephemeral_answer_is_for_its_reader_only(
    scene: Scene, rest: Rest, gateway: Socket, door: Door, visitor: Visitor
) -> None:
    """Others neither see it come nor find it later; who reads it can take it away."""
    await register(scene, rest)
    other = await door.enter(scene.admin)
    await visitor.send("use", path="show", options={"what": "x"})
    interaction = await gateway.event("INTERACTION_CREATE")
    private = {"content": "psst", "flags": EPHEMERAL}
    await rest.respond(interaction, {"type": 4, "data": private})
    shown = await visitor.value("message")
    assert (shown["content"], shown["ephemeral"]) == ("psst", True)
    await post(scene, rest, content="loud")
    assert (await other.value("message"))["content"] == "loud"
    later = await door.enter(scene.admin)
    assert [each["content"] for each in await later.value("messages")] == ["loud"]
    again = await door.enter(scene.ada)
    assert [each["content"] for each in await again.value("messages")] == ["psst", "loud"]
    assert "gone" in (await other.ask("dismiss", message=shown["id"]))["refused"]

    await visitor.answer()
    assert await visitor.ask("dismiss", message=shown["id"]) == {}

    assert (await visitor.hear("gone"))["id"] == shown["id"]
    assert len(await (await door.enter()).value("messages")) == 1


async def test_the_visitor_sees_the_bot_think(
    scene: Scene, rest: Rest, gateway: Socket, visitor: Visitor
) -> None:
    """A deferred answer stands there at once and is filled in later."""
    await register(scene, rest)
    await visitor.send("use", path="show", options={"what": "x"})
    interaction = await gateway.event("INTERACTION_CREATE")
    await rest.respond(interaction, {"type": 5})
    thinking = await visitor.value("message")
    assert thinking["loading"]

    await rest("PATCH", f"{rest.webhook(interaction)}/messages/@original", {"content": "done"})

    shown = await visitor.value("message")
    while shown["loading"]:
        shown = await visitor.value("message")
    assert (shown["id"], shown["content"]) == (thinking["id"], "done")


async def test_a_file_is_handed_over_with_a_command_and_with_a_post(
    scene: Scene, rest: Rest, gateway: Socket, visitor: Visitor, door: Door
) -> None:
    """It is uploaded to the page first, and named by its ticket."""
    await register(scene, rest)
    url, origin = f"{scene.page.url}uploads?name=my ../cat.txt", scene.page.origin
    async with door.session.post(url, data=b"meow", headers={"Origin": origin}) as answer:
        kept = await answer.json()
    assert (kept["name"], kept["size"]) == ("cat.txt", 4)

    await visitor.send("use", path="show", options={"what": "x", "file": kept["ticket"]})
    interaction = await gateway.event("INTERACTION_CREATE")
    [uploaded] = interaction["data"]["resolved"]["attachments"].values()
    assert uploaded["filename"] == "cat.txt"
    await rest.respond(interaction, {"type": 4, "data": {"content": "thanks"}})
    await visitor.answer()
    assert await visitor.ask("say", content="look", files=[kept["ticket"]]) == {}

    posted = scene.channel.messages[-1]
    assert (posted.content, posted.attachments[0].path.read_bytes()) == ("look", b"meow")
    assert "nothing to post" in (await visitor.ask("say", content=" "))["refused"]


async def test_choices_come_from_the_bot_as_one_types(
    scene: Scene, rest: Rest, gateway: Socket, visitor: Visitor
) -> None:
    """Autocompletion asks with the other values and shows what the bot offers."""
    await register(scene, rest)
    await visitor.send("complete", path="show", options={"how": "sl"}, focused="how")
    interaction = await gateway.event("INTERACTION_CREATE")
    assert interaction["data"]["options"] == [
        {"name": "how", "type": 3, "value": "sl", "focused": True}
    ]

    choices = [{"name": "slowly", "value": "s"}]
    await rest.respond(interaction, {"type": 8, "data": {"choices": choices}})

    assert (await visitor.answer())["choices"] == choices


async def test_a_select_and_the_form_behind_it(
    scene: Scene, rest: Rest, gateway: Socket, visitor: Visitor
) -> None:
    """Chosen members are told as members; the form comes as the answer, and is sent back."""
    select = {"type": 5, "custom_id": "who"}
    message = await post(scene, rest, content="x", components=[{"type": 1, "components": [select]}])
    chosen = [str(scene.admin.id)]
    await visitor.send("press", message=message, custom_id="who", values=chosen)
    interaction = await gateway.event("INTERACTION_CREATE")
    assert interaction["data"]["values"] == chosen
    text = {"type": 4, "custom_id": "why", "style": 1}
    member = {"type": 5, "custom_id": "whom"}
    labels = [
        {"type": 18, "label": "Why", "component": text},
        {"type": 18, "label": "Whom", "component": member},
    ]
    modal = {"custom_id": "form", "title": "More", "components": labels}
    await rest.respond(interaction, {"type": 9, "data": modal})
    opened = (await visitor.answer())["modal"]
    assert opened["title"] == "More"
    values: dict[str, Any] = {"why": "", "whom": chosen}
    refused = await visitor.ask("submit", opened=opened["opened"], values=values)
    assert "'why'" in refused["refused"]

    await visitor.send("submit", opened=opened["opened"], values=values | {"why": "because"})

    submitted = await gateway.event("INTERACTION_CREATE")
    fields = [label["component"] for label in submitted["data"]["components"]]
    assert (fields[0]["value"], fields[1]["values"]) == ("because", chosen)
    await rest.respond(submitted, {"type": 4, "data": {"content": "thanks"}})
    assert await visitor.answer() == {}


async def test_a_command_of_a_messages_menu(
    scene: Scene, rest: Rest, gateway: Socket, visitor: Visitor
) -> None:
    """The bot is told which message was meant."""
    await register(scene, rest)
    message = await post(scene, rest, content="x")

    await visitor.send("use_on", path="Look at this", message=message)

    interaction = await gateway.event("INTERACTION_CREATE")
    assert interaction["data"]["target_id"] == message
    await rest.respond(interaction, {"type": 4, "data": {"content": "seen"}})
    assert await visitor.answer() == {}


async def test_direct_messages_are_seen_by_their_reader(
    scene: Scene, rest: Rest, door: Door
) -> None:
    """What the bot tells somebody alone is a channel of theirs."""
    opened = await rest("POST", "/users/@me/channels", {"recipient_id": str(scene.admin.id)})
    await rest("POST", f"/channels/{opened.body['id']}/messages", {"content": "boss"})

    admin, ada = await door.enter(scene.admin), await door.enter()

    channels = (await admin.value("place"))["channels"]
    assert [(each["name"], each["direct"]) for each in channels][1] == ("Sora Bot", True)
    assert len((await ada.value("place"))["channels"]) == 1
    assert len(await admin.value("messages")) == 1
    assert await ada.value("messages") == []


async def test_odd_asks_are_answered_and_do_no_harm(scene: Scene, visitor: Visitor) -> None:
    """No JSON, no object, no kind, values of other types: each is refused, the line stays."""
    for text in ("{", "[]", "{}", '{"kind": 1, "number": 1}'):
        await visitor.socket.send_str(text)
        assert (await visitor.hear("answer"))["refused"]
    for kind, said in (
        ("nothing", {}),
        ("use", {"path": 1}),
        ("use", {"path": "show", "options": []}),
        ("press", {"message": "1", "custom_id": "x"}),
        ("press", {"message": None}),
        ("submit", {"opened": "1"}),
        ("be", {"person": "1"}),
        ("be", {}),
        ("trouble", {"key": "nothing", "on": True}),
        ("trouble", {"key": "discord-limits", "on": "yes"}),
        ("speed", {"factor": 2}),
        ("say", {"content": 1}),
        ("say", {"content": "x", "files": "y"}),
    ):
        assert (await visitor.ask(kind, **said))["refused"], kind
    assert await visitor.ask("kill") == {}


async def test_one_slow_ask_keeps_nobody_waiting(
    scene: Scene, rest: Rest, gateway: Socket, visitor: Visitor
) -> None:
    """While the bot is still to answer a command, other asks are answered."""
    await register(scene, rest)
    await visitor.send("use", path="show", options={"what": "x"})
    interaction = await gateway.event("INTERACTION_CREATE")
    waiting = visitor.asked

    assert await visitor.ask("speed", factor=10) == {}

    await rest.respond(interaction, {"type": 4, "data": {"content": "late"}})
    assert (await visitor.hear("answer"))["number"] == waiting


async def test_a_page_that_closes_lets_everyone_go(scene: Scene, visitor: Visitor) -> None:
    """Browsers notice at once, so that they can say so and try again."""
    await scene.page.close()

    async with asyncio.timeout(5):
        async for _ in visitor.socket:
            pass
    assert visitor.socket.closed
    await scene.page.start()
