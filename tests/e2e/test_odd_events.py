"""Whatever Discord, or what stands between, sends: one odd event is skipped, no session is lost.

What can't be passed over (a frame that is no JSON, a session that does not begin) is tried anew.
"""

from typing import Any

import pytest

from bot.app import App
from bot.clock import SystemClock
from tests.e2e.botlog import BotLog
from tests.e2e.harness import World, running_bot, within

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]

EVENTS = [
    *("APPLICATION_COMMAND_PERMISSIONS_UPDATE", "AUTO_MODERATION_RULE_CREATE", "CHANNEL_CREATE"),
    *("CHANNEL_DELETE", "CHANNEL_PINS_UPDATE", "CHANNEL_UPDATE", "ENTITLEMENT_CREATE"),
    *("GUILD_AUDIT_LOG_ENTRY_CREATE", "GUILD_BAN_ADD", "GUILD_CREATE", "GUILD_DELETE"),
    *("GUILD_EMOJIS_UPDATE", "GUILD_INTEGRATIONS_UPDATE", "GUILD_MEMBERS_CHUNK"),
    *("GUILD_MEMBER_ADD", "GUILD_MEMBER_REMOVE", "GUILD_MEMBER_UPDATE", "GUILD_ROLE_CREATE"),
    *("GUILD_ROLE_DELETE", "GUILD_ROLE_UPDATE", "GUILD_STICKERS_UPDATE", "GUILD_UPDATE"),
    *("INTEGRATION_CREATE", "INTERACTION_CREATE", "INVITE_CREATE", "MESSAGE_CREATE"),
    *("MESSAGE_DELETE", "MESSAGE_REACTION_ADD", "MESSAGE_UPDATE", "PRESENCE_UPDATE"),
    *("STAGE_INSTANCE_CREATE", "THREAD_CREATE", "THREAD_DELETE", "THREAD_LIST_SYNC"),
    *("TYPING_START", "USER_UPDATE", "VOICE_STATE_UPDATE", "WEBHOOKS_UPDATE", "NO_SUCH_EVENT"),
]
ODD_DATA: list[Any] = [None, [], {}, "text", 7, [{}], {"id": {}}, {"guild_id": "x", "id": "y"}]


class HastyClock(SystemClock):
    """The machine's clock for a test without patience: every sleep is short."""

    async def sleep(self, seconds: float) -> None:
        """Sleep for a twentieth of a second at most."""
        await super().sleep(min(seconds, 0.05))


async def assert_well(world: World) -> None:
    """Order a video, and see it come."""
    await world.shown(await world.create(), "COMPLETED")


async def test_every_kind_of_malformed_event_is_skipped(
    world: World, bot: App, log: BotLog
) -> None:
    """Hundreds of events that are none: the session stays the same, and the log names each."""
    for name in EVENTS:
        for data in ODD_DATA:
            world.discord.tell(name, data)

    await assert_well(world)

    unread = log.find("event.unreadable")
    assert {"GUILD_CREATE", "INTERACTION_CREATE", "GUILD_MEMBER_UPDATE"} <= {
        entry["name"] for entry in unread
    }
    assert {"KeyError", "TypeError"} <= {entry["kind"] for entry in unread}
    assert world.discord.gateway.identifies == 1
    assert len(world.discord.sessions.live) == 1
    assert log.find("discord.unreachable") == []


async def test_a_member_whose_roles_are_objects_is_skipped(
    world: World, bot: App, log: BotLog
) -> None:
    """Another server that speaks Discord's API sends such; the server and its jobs stay."""
    member = {
        "guild_id": str(world.guild.id),
        "user": {"id": str(world.ada.id), "username": "ada", "discriminator": "0", "avatar": None},
        "roles": [{"id": "1", "name": "a role"}],
        "joined_at": "2026-01-01T00:00:00+00:00",
        "flags": 0,
    }
    message = {
        "id": "1",
        "channel_id": str(world.channel.id),
        "guild_id": str(world.guild.id),
        "author": member["user"],
        "member": member,
    }
    world.discord.tell("GUILD_MEMBER_UPDATE", member)
    world.discord.tell("GUILD_MEMBER_ADD", member)
    world.discord.tell("MESSAGE_UPDATE", message)
    world.discord.tell("INTERACTION_CREATE", {**message, "type": 2, "token": "t", "data": {}})

    await assert_well(world)

    assert world.discord.gateway.identifies == 1


@pytest.mark.parametrize(
    "frame",
    [
        "<html>502 Bad Gateway</html>",
        "",
        [],
        "7",
        {"op": 10, "d": {}},
        {"op": 10, "d": None},
        {"op": 0, "t": ["READY"], "s": 1, "d": {}},
        {"op": 0, "t": "READY", "s": 1, "d": {"user": []}},
        {"op": 0, "t": "RESUMED", "s": 1, "d": None},
    ],
    ids=str,
)
async def test_a_frame_that_cannot_be_passed_over_begins_another_session(
    world: World, log: BotLog, frame: Any
) -> None:
    """The bot stays, says what it could not read, and connects anew."""
    async with running_bot(world, HastyClock()):
        world.discord.send_frame(frame)
        entry = await log.wait("discord.unreachable")
        await within(
            world.discord.sessions.bell.until(lambda: world.discord.gateway.identifies > 1)
        )
        await assert_well(world)

    assert entry["what"] == "gateway"
    assert entry["kind"]
    assert entry["detail"]


@pytest.mark.parametrize("path", ["/users/@me$", "/applications/@me|/oauth2/applications/@me"])
@pytest.mark.parametrize(
    "body", ["<html>Please log in to the network</html>", "", "[]", {}, {"id": "x"}], ids=str
)
async def test_a_login_whose_answer_is_not_discord_s_is_tried_again(
    world: World, log: BotLog, path: str, body: Any
) -> None:
    """A proxy's page with status 200, or JSON with a field missing: the bot waits for Discord."""
    fault = world.discord.faults.answer("GET", path, 200, body, times=2)

    async with running_bot(world, HastyClock()):
        await assert_well(world)

    assert fault.struck.is_set()
    entry = log.find("discord.unreachable")[0]
    assert entry["what"] == "login"
    assert entry["detail"]
    assert "proxy" in entry["advice"]
    assert len(log.find("discord.unreachable")) == 2


@pytest.mark.parametrize("expired", [False, True], ids=["by token", "in the channel"])
async def test_an_edit_whose_answer_cannot_be_read_is_not_repeated(
    world: World, bot: App, log: BotLog, *, expired: bool
) -> None:
    """Discord took it: the video stands there, and is not sent time and again."""
    plan = world.plan(hold=True)
    use = await world.create()
    message = await world.shown(use, "PROCESSING")
    door = "/webhooks/.*/messages/"
    if expired:
        use.expire()
        door = "/channels/.*/messages/"
    odd = {"id": "1", "channel_id": "1", "author": {}, "member": {"roles": [{"id": "1"}]}}
    world.discord.faults.answer("PATCH", door, 200, odd, times=None, after=True)

    plan.release()

    await log.wait("job.delivered")
    assert world.videos_shown() == [message]
    assert len(message.attachments) == 1
    assert len([version for version in message.versions if version.attachments]) == 1


async def test_a_page_in_place_of_an_answer_proves_nothing(
    world: World, bot: App, log: BotLog
) -> None:
    """A proxy's page with status 200: the edit is made again, and replaces itself."""
    plan = world.plan(hold=True)
    message = await world.shown(await world.create(), "PROCESSING")
    page = "<html>Please log in</html>"
    world.discord.faults.answer("PATCH", "/messages/", 200, page, times=None, after=True)

    plan.release()
    await log.wait("deliver.postponed")
    world.discord.faults.clear()

    await log.wait("job.delivered")
    assert world.videos_shown() == [message]
    assert len([version for version in message.versions if version.attachments]) >= 2
    assert {entry["taken"] for entry in log.find("door.failed")} == {False}
