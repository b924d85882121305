"""Interactions: the deadline, the one first response, the token and what it reaches."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from bot.sandbox.discord import (
    Channel,
    DiscordSandbox,
    Guild,
    Interaction,
    Member,
    NoResponse,
)
from tests.sandbox.discord.raw import Rest, Socket

Asked = tuple[Interaction, dict[str, Any]]

COMMAND = {
    "name": "sora",
    "description": "Make videos",
    "options": [
        {
            "type": 1,
            "name": "create",
            "description": "Make a video",
            "options": [
                {"type": 3, "name": "prompt", "description": "What to show", "required": True},
                {"type": 3, "name": "model", "description": "Which", "autocomplete": True},
            ],
        }
    ],
}
BUTTON = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]}


@pytest.fixture
async def registered(sandbox: DiscordSandbox, rest: Rest) -> None:
    """Register /sora create everywhere."""
    path = f"/applications/{sandbox.application_id}/commands"
    assert (await rest("PUT", path, [COMMAND])).status == 200


@pytest.fixture
async def asked(
    sandbox: DiscordSandbox, socket: Socket, registered: None, ada: Member, channel: Channel
) -> Asked:
    """Ada has used the command, and the session has heard of it."""
    use = await sandbox.use(ada, channel, "sora create", {"prompt": "a cat"})
    return use, await socket.event("INTERACTION_CREATE")


async def test_the_event_carries_what_bots_rely_on(asked: Asked, guild: Guild) -> None:
    """INTERACTION_CREATE tells place, member, permissions, limit and the nested options."""
    use, event = asked
    assert event["id"] == str(use.interaction_id)
    assert event["guild_id"] == str(guild.id)
    assert event["context"] == 0
    assert event["attachment_size_limit"] == 10 * 1024 * 1024
    assert int(event["app_permissions"]) & 1 << 14
    assert int(event["member"]["permissions"]) & 1 << 31
    (create,) = event["data"]["options"]
    assert (create["type"], create["name"]) == (1, "create")
    assert create["options"] == [{"type": 3, "name": "prompt", "value": "a cat"}]


async def test_the_first_response_is_the_message(
    rest: Rest, asked: Asked, channel: Channel
) -> None:
    """A response of type 4 is the @original, in the channel, and the callback tells its id."""
    use, event = asked
    answer = await rest.respond(event, {"type": 4, "data": {"content": "Working on it"}})
    assert answer.status == 200
    message = await use.responded()
    assert message is not None
    assert message is use.message
    assert channel.messages == [message]
    assert answer.body["interaction"]["response_message_id"] == str(message.id)
    assert answer.body["resource"]["message"]["content"] == "Working on it"


async def test_a_callback_without_with_response_answers_nothing(rest: Rest, asked: Asked) -> None:
    """Only ``with_response`` brings a body; without it the answer is 204."""
    _, event = asked
    path = f"/interactions/{event['id']}/{event['token']}/callback"
    assert (await rest("POST", path, {"type": 5})).status == 204


async def test_a_second_response_is_refused(rest: Rest, asked: Asked) -> None:
    """Two sessions may both answer: the first wins, the second gets 40060."""
    _, event = asked
    await rest.respond(event, {"type": 5})
    second = await rest.respond(event, {"type": 4, "data": {"content": "me too"}})
    assert second.code == (400, 40060)


async def test_a_response_overtaken_while_it_uploads_is_refused(
    rest: Rest, asked: Asked, channel: Channel
) -> None:
    """An upload takes its time: who is whole first wins, and the other leaves no message."""
    _, event = asked
    slow, overtaken = asyncio.Event(), asyncio.Event()

    async def film() -> AsyncIterator[bytes]:
        yield b"x" * 100_000
        slow.set()
        await overtaken.wait()

    path = f"/interactions/{event['id']}/{event['token']}/callback"
    body, files = {"type": 4, "data": {}}, {"files[0]": ("a.mp4", film())}
    upload = asyncio.create_task(rest("POST", path, body, files=files))
    await slow.wait()
    await rest.respond(event, {"type": 4, "data": {"content": "first"}})
    overtaken.set()
    assert (await upload).code == (400, 40060)
    assert [message.content for message in channel.messages] == ["first"]


async def test_a_late_response_is_refused(
    sandbox: DiscordSandbox,
    rest: Rest,
    socket: Socket,
    registered: None,
    ada: Member,
    channel: Channel,
) -> None:
    """After the deadline the member sees a failure and the callback gets 10062."""
    sandbox._client.response_deadline_seconds = 0.01
    use = await sandbox.use(ada, channel, "sora create", {"prompt": "a cat"})
    event = await socket.event("INTERACTION_CREATE")
    with pytest.raises(NoResponse):
        await use.responded()
    assert (await rest.respond(event, {"type": 5})).code == (404, 10062)


async def test_without_a_session_the_command_fails(
    sandbox: DiscordSandbox, registered: None, ada: Member, channel: Channel
) -> None:
    """A command used while the bot is away is never answered."""
    sandbox._client.response_deadline_seconds = 0.01
    use = await sandbox.use(ada, channel, "sora create", {"prompt": "a cat"})
    with pytest.raises(NoResponse):
        await use.responded()


async def test_before_the_first_response_there_is_no_original(rest: Rest, asked: Asked) -> None:
    """Edits and follow-ups before the first response get 10015."""
    _, event = asked
    original = f"{rest.webhook(event)}/messages/@original"
    assert (await rest("PATCH", original, {"content": "early"})).code == (404, 10015)
    early = await rest("POST", rest.webhook(event), {"content": "early"})
    assert early.code == (404, 10015)


async def test_a_deferral_has_no_message_until_it_is_filled(
    rest: Rest, asked: Asked, channel: Channel
) -> None:
    """A deferred response shows nothing; the first edit makes it the message."""
    use, event = asked
    answer = await rest.respond(event, {"type": 5})
    assert await use.responded() is None
    assert channel.messages == []
    assert answer.body["interaction"]["response_message_loading"] is True
    await rest("PATCH", f"{rest.webhook(event)}/messages/@original", {"content": "done"})
    assert use.message is not None
    assert [message.content for message in channel.messages] == ["done"]
    assert answer.body["interaction"]["response_message_id"] == str(use.message.id)


async def test_a_follow_up_fills_a_deferral(rest: Rest, asked: Asked) -> None:
    """While the response says "thinking", a follow-up becomes its content."""
    use, event = asked
    await rest.respond(event, {"type": 5})
    await rest("POST", rest.webhook(event), {"content": "done"})
    assert use.message is not None
    assert use.message.content == "done"
    assert use.followups == []


@pytest.mark.parametrize("deferred", [0, 64])
async def test_the_deferral_decides_who_sees_its_follow_up(
    rest: Rest, asked: Asked, channel: Channel, deferred: int
) -> None:
    """The flag of the follow-up that fills a deferral is ignored; the next one's counts."""
    use, event = asked
    await rest.respond(event, {"type": 5, "data": {"flags": deferred}})
    await rest("POST", rest.webhook(event), {"content": "one", "flags": 64 - deferred})
    assert use.message is not None
    assert use.message.ephemeral is bool(deferred)
    await rest("POST", rest.webhook(event), {"content": "two", "flags": 64 - deferred})
    assert [message.ephemeral for message in use.followups] == [not deferred]


async def test_a_deferral_can_be_taken_back(rest: Rest, asked: Asked, channel: Channel) -> None:
    """Once the deferred response is deleted, a follow-up is a message of its own, as it asks."""
    use, event = asked
    await rest.respond(event, {"type": 5})
    original = f"{rest.webhook(event)}/messages/@original"
    assert (await rest("DELETE", original)).status == 204
    assert (await rest("POST", rest.webhook(event), {"content": "no", "flags": 64})).status == 200
    assert use.message is None
    assert [(each.content, each.ephemeral) for each in use.followups] == [("no", True)]
    assert channel.messages == []
    assert (await rest("PATCH", original, {"content": "late"})).code == (404, 10008)


async def test_an_ephemeral_deferral_stays_ephemeral(
    rest: Rest, asked: Asked, channel: Channel
) -> None:
    """The flag of the deferral decides; the message never reaches the channel."""
    use, event = asked
    await rest.respond(event, {"type": 5, "data": {"flags": 64}})
    await rest("PATCH", f"{rest.webhook(event)}/messages/@original", {"content": "psst"})
    assert use.message is not None
    assert use.message.ephemeral
    assert channel.messages == []


async def test_only_the_token_reaches_ephemeral_messages(
    rest: Rest, asked: Asked, channel: Channel
) -> None:
    """The channel's routes know nothing of an ephemeral message; the token edits it."""
    use, event = asked
    await rest.respond(event, {"type": 4, "data": {"content": "psst", "flags": 64}})
    assert use.message is not None
    path = f"/channels/{channel.id}/messages/{use.message.id}"
    assert (await rest("GET", path)).code == (404, 10008)
    assert (await rest("PATCH", path, {"content": "loud"})).code == (404, 10008)
    edited = await rest(
        "PATCH", f"{rest.webhook(event)}/messages/{use.message.id}", {"content": "still here"}
    )
    assert edited.status == 200
    assert edited.body["flags"] == 64
    assert use.message.content == "still here"


async def test_no_session_hears_of_ephemeral_messages(
    rest: Rest, socket: Socket, asked: Asked, guild: Guild
) -> None:
    """MESSAGE_CREATE tells of what everyone can read; subscribers of the sandbox see all."""
    changes = rest.discord.subscribe()
    _, event = asked
    await rest.respond(event, {"type": 4, "data": {"content": "psst", "flags": 64}})
    guild.add_channel("after")
    assert (await socket.receive())["t"] == "CHANNEL_CREATE"
    change = await changes.get()
    assert change.message is not None
    assert change.message.content == "psst"


async def test_a_dead_token_is_refused(
    sandbox: DiscordSandbox, rest: Rest, asked: Asked, channel: Channel
) -> None:
    """After 15 minutes of the sandbox's time the token gets 50027; the channel route works."""
    use, event = asked
    await rest.respond(event, {"type": 4, "data": {"content": "Working"}})
    assert use.message is not None
    sandbox.clock.advance(901)
    original = f"{rest.webhook(event)}/messages/@original"
    assert (await rest("PATCH", original, {"content": "late"})).code == (401, 50027)
    assert sandbox.invalid_requests == 1
    path = f"/channels/{channel.id}/messages/{use.message.id}"
    assert (await rest("PATCH", path, {"content": "done"})).status == 200


async def test_expire_kills_the_token_now(rest: Rest, asked: Asked) -> None:
    """A test need not move the clock to lose a token."""
    use, event = asked
    await rest.respond(event, {"type": 5})
    use.expire()
    answer = await rest("GET", f"{rest.webhook(event)}/messages/@original")
    assert answer.code == (401, 50027)


async def test_a_deleted_original_is_unknown(rest: Rest, asked: Asked, channel: Channel) -> None:
    """Once deleted, by whomever, @original gets 10008."""
    use, event = asked
    await rest.respond(event, {"type": 4, "data": {"content": "Working"}})
    assert use.message is not None
    await channel.delete_message(use.message)
    original = f"{rest.webhook(event)}/messages/@original"
    assert (await rest("PATCH", original, {"content": "gone"})).code == (404, 10008)
    assert use.message is None


async def test_follow_ups_are_listed(rest: Rest, asked: Asked) -> None:
    """Follow-ups are messages of their own, also ephemeral ones."""
    use, event = asked
    await rest.respond(event, {"type": 4, "data": {"content": "one"}})
    await rest("POST", rest.webhook(event), {"content": "two"})
    await rest("POST", rest.webhook(event), {"content": "three", "flags": 64})
    assert [message.content for message in use.followups] == ["two", "three"]
    assert [message.ephemeral for message in use.followups] == [False, True]


@pytest.mark.parametrize("response_type", [1, 6, 7, 8, 10])
async def test_a_command_takes_no_other_response(
    sandbox: DiscordSandbox, rest: Rest, asked: Asked, response_type: int
) -> None:
    """Updates belong to components and choices to autocompletion."""
    _, event = asked
    answer = await rest.respond(event, {"type": response_type})
    assert answer.code == (400, 50035)
    assert "type" in sandbox.rejections[0]


async def test_a_press_updates_its_message(
    sandbox: DiscordSandbox, rest: Rest, socket: Socket, asked: Asked, ada: Member
) -> None:
    """A component's interaction brings its message, and type 7 edits it."""
    use, event = asked
    await rest.respond(event, {"type": 4, "data": {"content": "?", "components": [BUTTON]}})
    assert use.message is not None
    press = await sandbox.press(ada, use.message, "go")
    pressed = await socket.event("INTERACTION_CREATE")
    assert pressed["data"]["custom_id"] == "go"
    assert pressed["message"]["id"] == str(use.message.id)
    await rest.respond(pressed, {"type": 7, "data": {"content": "!", "components": []}})
    assert await press.responded() is use.message
    assert use.message.content == "!"
    assert use.message.components == []
    assert [version.content for version in use.message.versions] == ["?", "!"]


async def test_autocompletion_gives_the_choices(
    sandbox: DiscordSandbox,
    rest: Rest,
    socket: Socket,
    registered: None,
    ada: Member,
    channel: Channel,
) -> None:
    """The focused option is marked, and the member is offered what the bot answers."""
    choices = [{"name": "Sora 2", "value": "sora-2"}]

    async def answer() -> None:
        event = await socket.event("INTERACTION_CREATE")
        (focused,) = [o for o in event["data"]["options"][0]["options"] if o.get("focused")]
        assert focused["value"] == "so"
        await rest.respond(event, {"type": 8, "data": {"choices": choices}})

    async with asyncio.TaskGroup() as group:
        group.create_task(answer())
        options = {"model": "so"}
        offered = await sandbox.autocomplete(ada, channel, "sora create", options, focused="model")
    assert offered == choices


async def test_a_replay_brings_the_same_interaction(
    sandbox: DiscordSandbox, socket: Socket, asked: Asked
) -> None:
    """A replayed interaction is the same to the letter."""
    use, event = asked
    await sandbox.replay(use)
    assert await socket.event("INTERACTION_CREATE") == event


async def test_in_direct_messages_there_is_a_user_and_no_member(
    sandbox: DiscordSandbox, rest: Rest, socket: Socket, registered: None, ada: Member
) -> None:
    """Without a channel the command goes to the bot's direct messages, context 1."""
    use = await sandbox.use(ada, None, "sora create", {"prompt": "a cat"})
    event = await socket.event("INTERACTION_CREATE")
    assert event["context"] == 1
    assert event["user"]["id"] == str(ada.id)
    assert "member" not in event
    assert "guild_id" not in event
    await rest.respond(event, {"type": 4, "data": {"content": "hello"}})
    assert (await use.responded()) is not None


async def test_a_follow_up_to_a_deleted_channel_is_refused(
    rest: Rest, asked: Asked, guild: Guild, channel: Channel
) -> None:
    """When the channel is gone, the token has nowhere to post."""
    _, event = asked
    await rest.respond(event, {"type": 4, "data": {"content": "Working"}})
    await guild.delete_channel(channel)
    answer = await rest("POST", rest.webhook(event), {"content": "done"})
    assert answer.code == (404, 10003)
    original = f"{rest.webhook(event)}/messages/@original"
    assert (await rest("PATCH", original, {"content": "done"})).code == (404, 10008)
