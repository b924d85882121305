"""Messages through the channel's routes: permissions, edits, nonces, history and pings."""

from typing import Any

import pytest

from bot.sandbox.discord import Channel, DiscordSandbox, Guild, Member
from tests.sandbox.discord.raw import Rest

EMBED = {"title": "A cat", "description": "in the sun"}


@pytest.fixture
def path(channel: Channel) -> str:
    """Name the channel's messages."""
    return f"/channels/{channel.id}/messages"


async def test_a_post_is_answered_as_discord_does(rest: Rest, path: str, channel: Channel) -> None:
    """A message carries author, times, flags and its embeds as rich ones."""
    answer = await rest("POST", path, {"content": " hello ", "embeds": [EMBED]})
    (message,) = channel.messages
    assert answer.body["id"] == str(message.id)
    assert answer.body["content"] == "hello"
    assert answer.body["author"]["bot"] is True
    assert answer.body["edited_timestamp"] is None
    assert answer.body["embeds"] == [{**EMBED, "type": "rich"}]
    edited = await rest("PATCH", f"{path}/{message.id}", {"content": "bye"})
    assert edited.body["edited_timestamp"] is not None
    assert edited.body["embeds"] == answer.body["embeds"]


@pytest.mark.parametrize(
    ("denied", "method", "code"),
    [
        ("view_channel", "POST", 50001),
        ("send_messages", "POST", 50013),
        ("view_channel", "GET", 50001),
    ],
)
async def test_what_the_bot_may_not_do_is_refused(
    rest: Rest, path: str, channel: Channel, denied: str, method: str, code: int
) -> None:
    """Without View Channel there is no access, without Send Messages no new message."""
    channel.deny_bot(denied)
    body = {"content": "hello"} if method == "POST" else None
    assert (await rest(method, path, body)).code == (403, code)
    channel.allow_bot(denied)
    assert (await rest(method, path, body)).status == 200


async def test_an_edit_needs_no_send_messages(rest: Rest, path: str, channel: Channel) -> None:
    """A bot that may no longer post can still edit what it has posted."""
    posted = await rest("POST", path, {"content": "hello"})
    channel.deny_bot("send_messages")
    edited = await rest("PATCH", f"{path}/{posted.body['id']}", {"content": "bye"})
    assert edited.status == 200


async def test_embeds_are_dropped_without_embed_links(
    rest: Rest, path: str, channel: Channel
) -> None:
    """The text stays; a post of an embed alone is refused, an edit to one is empty."""
    channel.deny_bot("embed_links")
    posted = await rest("POST", path, {"content": "hello", "embeds": [EMBED]})
    assert posted.body["embeds"] == []
    assert (await rest("POST", path, {"embeds": [EMBED]})).code == (403, 50013)
    message = f"{path}/{posted.body['id']}"
    edited = await rest("PATCH", message, {"content": "", "embeds": [EMBED]})
    assert edited.code == (400, 50006)


async def test_files_need_attach_files(rest: Rest, path: str, channel: Channel) -> None:
    """Without Attach Files an upload is refused, and the message with it."""
    channel.deny_bot("attach_files")
    files = {"files[0]": ("a.txt", b"text")}
    assert (await rest("POST", path, {"content": "hello"}, files=files)).code == (403, 50013)
    assert channel.messages == []


async def test_history_needs_its_permission(rest: Rest, path: str, channel: Channel) -> None:
    """Without Read Message History a list is empty and a message refused."""
    posted = await rest("POST", path, {"content": "hello"})
    channel.deny_bot("read_message_history")
    assert (await rest("GET", path)).body == []
    assert (await rest("GET", f"{path}/{posted.body['id']}")).code == (403, 50013)


async def test_history_comes_in_pages_newest_first(
    rest: Rest, path: str, channel: Channel, ada: Member
) -> None:
    """``limit``, ``before``, ``after`` and ``around`` cut the history."""
    ids = [str((await channel.post(ada, f"{number}")).id) for number in range(6)]

    async def listed(query: str) -> list[int]:
        answer = await rest("GET", f"{path}?{query}")
        return [ids.index(message["id"]) for message in answer.body]

    assert await listed("limit=2") == [5, 4]
    assert await listed(f"limit=2&before={ids[4]}") == [3, 2]
    assert await listed(f"limit=2&after={ids[1]}") == [3, 2]
    assert await listed(f"limit=3&around={ids[2]}") == [3, 2, 1]
    assert (await rest("GET", f"{path}?limit=101")).code == (400, 50035)


async def test_a_foreign_message_cannot_be_edited(
    rest: Rest, path: str, channel: Channel, ada: Member
) -> None:
    """Only the author edits; deleting another's needs Manage Messages."""
    message = f"{path}/{(await channel.post(ada, 'mine')).id}"
    assert (await rest("PATCH", message, {"content": "yours"})).code == (403, 50005)
    assert (await rest("DELETE", message)).code == (403, 50013)
    channel.allow_bot("manage_messages")
    assert (await rest("DELETE", message)).status == 204


async def test_an_unknown_message_is_told_from_an_unknown_channel(
    sandbox: DiscordSandbox, rest: Rest, path: str
) -> None:
    """10008 for the message, 10003 for the channel; neither breaks a rule."""
    assert (await rest("PATCH", f"{path}/1", {"content": "?"})).code == (404, 10008)
    assert (await rest("GET", "/channels/1/messages/1")).code == (404, 10003)
    assert sandbox.rejections == []


async def test_an_enforced_nonce_posts_once(
    sandbox: DiscordSandbox, rest: Rest, path: str, channel: Channel
) -> None:
    """The repeat is answered with the first message; without ``enforce_nonce`` it posts."""
    body = {"content": "once", "nonce": "job-1", "enforce_nonce": True}
    first, repeat = await rest("POST", path, body), await rest("POST", path, body)
    assert first.body["id"] == repeat.body["id"]
    assert first.body["nonce"] == "job-1"
    assert len(channel.messages) == 1
    await rest("POST", path, {"content": "twice", "nonce": "job-1"})
    assert len(channel.messages) == 2
    sandbox.clock.advance(3600)
    await rest("POST", path, body)
    assert len(channel.messages) == 3


@pytest.mark.parametrize(
    "body", [{}, {"content": ""}, {"content": "  "}, {"embeds": []}, {"content": None}]
)
async def test_an_empty_message_is_refused(
    sandbox: DiscordSandbox, rest: Rest, path: str, body: dict[str, Any]
) -> None:
    """A message needs text, an embed, a file or a component."""
    assert (await rest("POST", path, body)).code == (400, 50006)
    assert len(sandbox.rejections) == 1


async def test_a_broken_rule_is_told_with_its_place(
    sandbox: DiscordSandbox, rest: Rest, path: str
) -> None:
    """The errors tree leads to the field, and ``rejections`` names it."""
    answer = await rest("POST", path, {"embeds": [{"title": "x" * 257}]})
    assert answer.code == (400, 50035)
    (error,) = answer.body["errors"]["embeds"]["0"]["title"]["_errors"]
    assert error["code"] == "BASE_TYPE_BAD_LENGTH"
    assert "embeds.0.title" in sandbox.rejections[0]


async def test_unknown_routes_are_recorded(sandbox: DiscordSandbox, rest: Rest) -> None:
    """A route that is not served answers 404 code 0, so that no test passes by it unseen."""
    assert (await rest("GET", "/voice/regions")).code == (404, 0)
    assert sandbox.rejections == ["GET /api/v10/voice/regions: 404: Not Found"]


async def test_the_wrong_token_is_unauthorized(sandbox: DiscordSandbox, rest: Rest) -> None:
    """A wrong token gets 401 and counts towards the ban."""
    assert (await rest("GET", "/users/@me", token="wrong")).status == 401
    assert sandbox.invalid_requests == 1


async def test_what_is_no_json_is_refused(sandbox: DiscordSandbox, rest: Rest, path: str) -> None:
    """A body that can't be parsed gets 50109."""
    headers = {"Authorization": f"Bot {sandbox.token}", "Content-Type": "application/json"}
    url = sandbox.api_url + path
    async with rest.session.post(url, data="{", headers=headers) as answer:
        assert (answer.status, (await answer.json())["code"]) == (400, 50109)


async def test_a_reply_names_its_message(
    rest: Rest, path: str, channel: Channel, ada: Member
) -> None:
    """A reply refers to a message of the channel and pings its author unless told not to."""
    asked = await channel.post(ada, "please?")
    reference = {"message_id": str(asked.id)}
    await rest("POST", path, {"content": "here", "message_reference": reference})
    quiet = {"parse": [], "replied_user": False}
    body = {"content": "here", "message_reference": reference, "allowed_mentions": quiet}
    await rest("POST", path, body)
    loud, silent = channel.messages[1:]
    assert loud.reference is not None
    assert loud.reference["message_id"] == str(asked.id)
    assert (loud.mentioned, silent.mentioned) == ([ada.id], [])
    body["message_reference"] = {"message_id": "1"}
    assert (await rest("POST", path, body)).code == (400, 50035)


async def test_mentions_ping_by_the_rules(
    rest: Rest, path: str, guild: Guild, channel: Channel, ada: Member
) -> None:
    """Content pings what is allowed; embeds and edits ping nobody."""
    said = f"@everyone <@{ada.id}>"
    embed = {"description": said}
    channel.allow_bot("mention_everyone")
    await rest("POST", path, {"content": said})
    await rest("POST", path, {"content": said, "allowed_mentions": {"parse": []}})
    await rest("POST", path, {"content": "no", "embeds": [embed]})
    assert [m.mentioned for m in channel.messages] == [["everyone", ada.id], [], []]
    await rest("PATCH", f"{path}/{channel.messages[2].id}", {"content": said})
    assert channel.messages[2].mentioned == []


async def test_changes_are_told_in_order(
    sandbox: DiscordSandbox, rest: Rest, path: str, channel: Channel
) -> None:
    """A subscriber hears of each message made, edited and deleted."""
    changes = sandbox.subscribe()
    posted = await rest("POST", path, {"content": "one"})
    await rest("PATCH", f"{path}/{posted.body['id']}", {"content": "two"})
    await channel.delete_message(channel.messages[0])
    heard = []
    async for change in changes:
        heard.append(change.kind)
        if change.kind == "deleted":
            break
    assert heard == ["created", "edited", "deleted"]
    assert change.message is not None
    assert change.message.deleted
    assert [version.content for version in change.message.versions] == ["one", "two"]


async def test_the_bot_can_write_to_a_user(rest: Rest, ada: Member) -> None:
    """Direct messages are opened by the user's id, and are a channel like others."""
    opened = await rest("POST", "/users/@me/channels", {"recipient_id": str(ada.id)})
    assert opened.body["recipients"][0]["username"] == "ada"
    path = f"/channels/{opened.body['id']}/messages"
    assert (await rest("POST", path, {"content": "hello"})).status == 200


async def test_the_bot_s_servers_come_with_its_permissions(rest: Rest, guild: Guild) -> None:
    """``/users/@me/guilds`` lists them; members are found or not."""
    (listed,) = (await rest("GET", "/users/@me/guilds")).body
    assert (listed["id"], int(listed["permissions"]) & 1 << 11) == (str(guild.id), 1 << 11)
    member = guild.add_member("Bo")
    path = f"/guilds/{guild.id}/members/{member.id}"
    assert (await rest("GET", path)).body["user"]["id"] == str(member.id)
    guild.remove_member(member)
    assert (await rest("GET", path)).code == (404, 10007)
