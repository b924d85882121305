"""What a member's client refuses before anything reaches the bot."""

from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.discord import Channel, ClientRefusal, DiscordSandbox, Guild, Member
from tests.sandbox.discord.raw import Rest, Socket

Json = dict[str, Any]


def option(kind: int, name: str, **more: Any) -> Json:
    """Make an option."""
    return {"type": kind, "name": name, "description": "Any"} | more


DURATIONS = [{"name": f"{seconds} s", "value": seconds} for seconds in (4, 8, 12)]
COMMANDS: list[Json] = [
    {
        "name": "make",
        "description": "Make",
        "options": [
            option(3, "prompt", required=True, min_length=2, max_length=5),
            option(4, "duration", choices=DURATIONS),
            option(4, "amount", min_value=1, max_value=9),
            option(5, "loud"),
            option(6, "member"),
            option(7, "place"),
            option(8, "role"),
            option(11, "image"),
        ],
    },
    {"name": "admin", "description": "Rule", "default_member_permissions": "32"},
    {"name": "nobody", "description": "Rule", "default_member_permissions": "0"},
    {"name": "here", "description": "In servers", "contexts": [0]},
]


@pytest.fixture(autouse=True)
async def registered(sandbox: DiscordSandbox, rest: Rest) -> None:
    """Register the commands everywhere."""
    path = f"/applications/{sandbox.application_id}/commands"
    assert (await rest("PUT", path, COMMANDS)).status == 200


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"prompt": "cat", "colour": "red"},
        {"prompt": "c"},
        {"prompt": "a long cat"},
        {"prompt": 5},
        {"prompt": "cat", "duration": 5},
        {"prompt": "cat", "duration": "4"},
        {"prompt": "cat", "amount": 0},
        {"prompt": "cat", "amount": 10},
        {"prompt": "cat", "amount": True},
        {"prompt": "cat", "loud": 1},
        {"prompt": "cat", "member": "Ada"},
        {"prompt": "cat", "image": "cat.png"},
    ],
)
async def test_wrong_options_are_not_sent(
    sandbox: DiscordSandbox, ada: Member, channel: Channel, options: Json
) -> None:
    """Missing, unknown and ill-typed options, and values outside choices and ranges."""
    with pytest.raises(ClientRefusal):
        await sandbox.use(ada, channel, "make", options)


async def test_a_manipulated_client_sends_anything(
    sandbox: DiscordSandbox, socket: Socket, ada: Member, channel: Channel
) -> None:
    """With ``forced`` the wrong options reach the bot."""
    await sandbox.use(ada, channel, "make", {"duration": 5, "colour": "red"}, forced=True)
    event = await socket.event("INTERACTION_CREATE")
    assert event["data"]["options"] == [
        {"name": "duration", "type": 4, "value": 5},
        {"name": "colour", "type": 3, "value": "red"},
    ]


async def test_things_are_sent_by_id_and_resolved(
    sandbox: DiscordSandbox,
    socket: Socket,
    rest: Rest,
    guild: Guild,
    ada: Member,
    channel: Channel,
    picture: Path,
) -> None:
    """Members, channels, roles and files are told in ``resolved``; a file can be fetched."""
    role = guild.add_role("Crew")
    options = {"prompt": "cat", "member": ada, "place": channel, "role": role, "image": picture}
    await sandbox.use(ada, channel, "make", options)
    data = (await socket.event("INTERACTION_CREATE"))["data"]
    resolved = data["resolved"]
    assert resolved["users"][str(ada.id)]["username"] == "ada"
    assert "permissions" in resolved["members"][str(ada.id)]
    assert resolved["channels"][str(channel.id)]["name"] == "videos"
    assert resolved["roles"][str(role.id)]["name"] == "Crew"
    (image,) = resolved["attachments"].values()
    assert (image["filename"], image["width"], image["ephemeral"]) == ("a_cat.png", 8, True)
    async with rest.session.get(image["url"]) as fetched:
        assert len(await fetched.read()) == image["size"]


async def test_unknown_commands_are_not_offered(
    sandbox: DiscordSandbox, ada: Member, channel: Channel
) -> None:
    """Neither a command that is not registered nor a sub-command that does not exist."""
    for path in ("dance", "make video"):
        with pytest.raises(ClientRefusal):
            await sandbox.use(ada, channel, path)


async def test_admin_commands_need_their_permissions(
    sandbox: DiscordSandbox, guild: Guild, ada: Member, channel: Channel
) -> None:
    """``default_member_permissions`` hides a command; "0" leaves it to administrators."""
    manager = guild.add_member("Manager", permissions=("manage_guild",))
    root = guild.add_member("Root", permissions=("administrator",))
    for member, path in ((ada, "admin"), (ada, "nobody"), (manager, "nobody")):
        with pytest.raises(ClientRefusal):
            await sandbox.use(member, channel, path)
    await sandbox.use(ada, channel, "admin", forced=True)
    for member, path in ((manager, "admin"), (root, "admin"), (root, "nobody")):
        await sandbox.use(member, channel, path)


async def test_contexts_keep_commands_out_of_direct_messages(
    sandbox: DiscordSandbox, ada: Member
) -> None:
    """A command for servers is not offered in direct messages."""
    with pytest.raises(ClientRefusal):
        await sandbox.use(ada, None, "here")
    await sandbox.use(ada, None, "here", forced=True)
    await sandbox.use(ada, None, "admin")


async def test_a_server_s_command_is_known_there_only(
    sandbox: DiscordSandbox, rest: Rest, guild: Guild, ada: Member, channel: Channel
) -> None:
    """A command of one server is not offered in another."""
    path = f"/applications/{sandbox.application_id}/guilds/{guild.id}/commands"
    added = await rest("POST", path, {"name": "local", "description": "Here"})
    assert added.status == 201
    await sandbox.wait_command("local", guild)
    await sandbox.use(ada, channel, "local")
    other = sandbox.add_guild("Other")
    with pytest.raises(ClientRefusal):
        await sandbox.use(other.add_member("Bo"), other.add_channel("talk"), "local")
    assert (await rest("DELETE", f"{path}/{added.body['id']}")).status == 204
    with pytest.raises(ClientRefusal):
        await sandbox.use(ada, channel, "local")


async def test_a_command_of_both_scopes_is_shown_twice(
    sandbox: DiscordSandbox,
    rest: Rest,
    socket: Socket,
    guild: Guild,
    ada: Member,
    channel: Channel,
) -> None:
    """As real clients show it; used by its name, it is the server's own."""
    path = f"/applications/{sandbox.application_id}/guilds/{guild.id}/commands"
    here = {"name": "here", "description": "Once more", "contexts": [0]}
    (own,) = (await rest("PUT", path, [here])).body

    shown = sandbox.commands_for(guild, ada)

    assert [each["description"] for each in shown if each["name"] == "here"] == [
        "Once more",
        "In servers",
    ]
    await sandbox.use(ada, channel, "here")
    used = (await socket.event("INTERACTION_CREATE"))["data"]
    assert (used["id"], used["guild_id"]) == (own["id"], str(guild.id))


async def test_commands_keep_their_ids(sandbox: DiscordSandbox, rest: Rest) -> None:
    """Setting commands again changes those of the same name, and drops the others."""
    path = f"/applications/{sandbox.application_id}/commands"
    before = {command["name"]: command["id"] for command in (await rest("GET", path)).body}
    changed = {"name": "admin", "description": "Changed"}
    (after,) = (await rest("PUT", path, [changed])).body
    assert after["id"] == before["admin"]
    assert after["description"] == "Changed"
    one = f"{path}/{after['id']}"
    patched = await rest("PATCH", one, {"description": "Again"})
    assert (patched.body["id"], patched.body["description"]) == (after["id"], "Again")
    assert (await rest("GET", f"{path}/{before['make']}")).code == (404, 10063)


async def test_who_has_left_can_do_nothing(
    sandbox: DiscordSandbox, guild: Guild, ada: Member, channel: Channel
) -> None:
    """A former member is not offered commands, nor anyone once the bot is gone."""
    bo = guild.add_member("Bo")
    guild.remove_member(bo)
    with pytest.raises(ClientRefusal):
        await sandbox.use(bo, channel, "here")
    await guild.remove_bot()
    with pytest.raises(ClientRefusal):
        await sandbox.use(ada, channel, "here")


def row(**changes: Any) -> list[Json]:
    """Make a row with one button."""
    button = {"type": 2, "style": 1, "label": "Go", "custom_id": "go"} | changes
    return [{"type": 1, "components": [button]}]


async def test_only_a_working_button_can_be_pressed(
    sandbox: DiscordSandbox, rest: Rest, ada: Member, channel: Channel
) -> None:
    """Unknown and disabled buttons, and those of a deleted message, send nothing."""
    path = f"/channels/{channel.id}/messages"
    await rest("POST", path, {"content": "?", "components": row()})
    await rest("POST", path, {"content": "?", "components": row(disabled=True)})
    works, disabled = channel.messages
    await sandbox.press(ada, works, "go")
    for message, custom_id in ((works, "stop"), (disabled, "go")):
        with pytest.raises(ClientRefusal):
            await sandbox.press(ada, message, custom_id)
        await sandbox.press(ada, message, custom_id, forced=True)
    await channel.delete_message(works)
    with pytest.raises(ClientRefusal):
        await sandbox.press(ada, works, "go")


async def test_another_s_ephemeral_message_has_no_buttons(
    sandbox: DiscordSandbox,
    rest: Rest,
    socket: Socket,
    guild: Guild,
    ada: Member,
    channel: Channel,
) -> None:
    """An ephemeral message is shown to one member only."""
    use = await sandbox.use(ada, channel, "here")
    event = await socket.event("INTERACTION_CREATE")
    data = {"content": "psst", "flags": 64, "components": row()}
    await rest.respond(event, {"type": 4, "data": data})
    assert use.message is not None
    with pytest.raises(ClientRefusal):
        await sandbox.press(guild.add_member("Bo"), use.message, "go")
    await sandbox.press(ada, use.message, "go")


async def test_a_select_takes_what_it_offers(
    sandbox: DiscordSandbox, rest: Rest, socket: Socket, ada: Member, channel: Channel
) -> None:
    """Values that are not offered, too few and too many send nothing."""
    offered = [{"label": name, "value": name} for name in ("a", "b", "c")]
    select = {"type": 3, "custom_id": "which", "options": offered, "max_values": 2}
    rows = [{"type": 1, "components": [select]}]
    await rest("POST", f"/channels/{channel.id}/messages", {"content": "?", "components": rows})
    (message,) = channel.messages
    for values in ([], ["d"], ["a", "b", "c"]):
        with pytest.raises(ClientRefusal):
            await sandbox.press(ada, message, "which", values)
    await sandbox.press(ada, message, "which", ["a", "c"])
    event = await socket.event("INTERACTION_CREATE")
    assert event["data"]["values"] == ["a", "c"]
    assert event["data"]["component_type"] == 3
