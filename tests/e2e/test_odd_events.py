"""Whatever Discord, or what stands between, sends: one odd event is skipped, no session is lost.

What can't be passed over (a frame that is no JSON, a session that does not begin) is tried anew.
"""

from typing import Any

import pytest

from bot.app import App
from bot.clock import SystemClock
from bot.sandbox.faults import Fault
from tests.e2e.botlog import BotLog
from tests.e2e.harness import World, running_bot, within

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]

NEEDED = {"READY", "RESUMED"}
"""What begins a session: where it can't be read, another is begun."""
ENDS = {"GUILD_DELETE", "CHANNEL_DELETE"}
"""Of these a bare id is all that is needed."""
DEEP: Any = [[[[[[[[[[[[{}]]]]]]]]]]]]
JSON = "application/json"
HTML = "<html>Please log in to the network</html>"
ODD_ANSWERS: list[tuple[str, str]] = [
    ("text/html", HTML),
    ("text/html", ""),
    (JSON, ""),
    (JSON, HTML),
    (JSON, "[]"),
    (JSON, "null"),
    (JSON, "7"),
    (JSON, '"text"'),
    (JSON, "{}"),
    (JSON, '{"id": {}, "interaction": [], "author": 7, "channel_id": null}'),
    (JSON, '{"id": "1"'),
    (f"{JSON}; charset=utf-8", "{}"),
]
"""Their content types, and bodies that are not what Discord sends."""


def odd_data(world: World) -> list[Any]:
    """List what an event may bring: of any kind, without ids, with ids of nobody, and with ours."""
    guild, channel, ada = (str(each.id) for each in (world.guild, world.channel, world.ada))
    ours = {"guild_id": guild, "channel_id": channel, "user_id": ada, "message_id": "1"}
    parts = (
        *("user", "member", "role", "roles", "emojis", "emoji", "stickers", "members", "channels"),
        *("threads", "presences", "author", "data", "action", "soundboard_sounds", "users"),
    )
    kinds: tuple[Any, ...] = ([], 7, "x", None)
    return [
        *(None, [], {}, "", "text", 7, 0.5, True, [{}], DEEP, {"id": {}}, {"id": None}),
        *({"guild_id": "x", "id": "y"}, {"guild_id": [], "channel_id": {}}, {"id": -1}),
        *({"id": "1", "guild_id": "1"}, {"id": 2**70, "guild_id": 2**70}),
        *(ours, {**ours, "id": "1"}, {**ours, "id": channel}),
        *({**ours, "id": "1", **dict.fromkeys(parts, odd)} for odd in kinds),
        {**ours, "id": "1", **{part: {} for part in parts}},
        {"id": guild},
    ]


class HastyClock(SystemClock):
    """The machine's clock for a test without patience: every sleep is short."""

    async def sleep(self, seconds: float) -> None:
        """Sleep for a twentieth of a second at most."""
        await super().sleep(min(seconds, 0.05))


async def assert_well(world: World) -> None:
    """Order a video, and see it come."""
    await world.shown(await world.create(), "COMPLETED")


async def begun_anew(world: World) -> None:
    """Wait for a second session."""
    sessions, gateway = world.discord.sessions, world.discord.gateway
    await within(sessions.bell.until(lambda: gateway.identifies > 1 and bool(sessions.live)))


async def test_every_kind_of_malformed_event_is_skipped(
    world: World, bot: App, log: BotLog
) -> None:
    """Of all that the library reads, two thousand that are none: the session stays the same."""
    names = {*bot.client._connection.parsers, "NO_SUCH_EVENT"} - NEEDED
    assert len(names) > 60
    for name in sorted(names):
        for data in odd_data(world)[: -3 if name in ENDS else None]:
            world.discord.tell(name, data)
    # Some were read all the same, and left the server without an owner, by whom it is open.
    world.discord.tell("GUILD_UPDATE", world.guild.to_json())

    await assert_well(world)

    unread = log.find("event.unreadable")
    assert {"GUILD_CREATE", "INTERACTION_CREATE", "GUILD_MEMBER_UPDATE"} <= {
        entry["name"] for entry in unread
    }
    assert {"KeyError", "TypeError", "ValueError", "AttributeError"} <= {
        entry["kind"] for entry in unread
    }
    assert world.discord.gateway.identifies == 1
    assert len(world.discord.sessions.live) == 1
    assert log.find("discord.unreachable") == []


@pytest.mark.parametrize(
    "frame",
    [
        {},
        {"op": 0},
        {"op": 0, "t": None, "s": None, "d": None},
        {"op": 0, "t": "GUILD_CREATE"},
        {"op": 0, "t": "NO_SUCH_EVENT", "s": 2, "d": DEEP},
        {"op": 0, "t": "TYPING_START", "d": {}},
        {"op": 99, "d": {}},
        {"op": None},
        {"op": "0", "t": "GUILD_CREATE", "d": {}},
        {"t": "GUILD_CREATE", "s": 2, "d": {}},
        {"op": 11},
        {"op": 1},
    ],
    ids=str,
)
async def test_a_frame_that_means_nothing_is_passed_over(
    world: World, bot: App, frame: dict[str, Any]
) -> None:
    """Opcodes that there are not, and fields that are missing: the session stays the same."""
    world.discord.send_frame(frame)

    await assert_well(world)

    assert world.discord.gateway.identifies == 1


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
        {"op": 10, "d": {"heartbeat_interval": "x"}},
        None,
        DEEP,
        b"rubbish\x00\x00\xff\xff",
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
        await begun_anew(world)
        await assert_well(world)

    assert entry["what"] == "gateway"
    assert entry["kind"]
    assert entry["detail"]


@pytest.mark.parametrize(
    "field",
    ["v", "user", "guilds", "session_id", "resume_gateway_url", "shard", "application"],
)
async def test_a_session_that_begins_without_a_field_is_used_or_begun_anew(
    world: World, log: BotLog, field: str
) -> None:
    """What the library needs is asked for again; the rest is not missed."""
    world.discord.gateway.omitted = [field]

    needed = {"user", "guilds", "session_id", "resume_gateway_url"}
    async with running_bot(world, HastyClock()):
        if field in needed:
            await begun_anew(world)
        await assert_well(world)

    anew = world.discord.gateway.identifies - 1
    assert anew == (field in needed) == len(log.find("discord.unreachable"))
    assert {entry["detail"] for entry in log.find("discord.unreachable")} <= {f"'{field}'"}


async def test_rubbish_that_spoils_what_follows_begins_another_session(
    world: World, log: BotLog
) -> None:
    """Bytes that end in no frame stand before the next one, which can't be unpacked then."""
    async with running_bot(world, HastyClock()):
        world.discord.send_frame(b"rubbish")
        world.discord.tell("TYPING_START", {})
        await log.wait("discord.unreachable")
        await begun_anew(world)
        await assert_well(world)


async def test_a_sequence_that_is_no_number_ends_in_another_session(
    world: World, log: BotLog
) -> None:
    """The session can't be resumed with it: after a few tries it is given up."""
    async with running_bot(world, HastyClock()):
        world.discord.send_frame({"op": 0, "t": "NO_SUCH_EVENT", "s": "x", "d": {}})
        await world.discord.request_reconnect()
        await begun_anew(world)
        await assert_well(world)


def odd_answer(world: World, method: str, path: str, odd: tuple[str, str], times: int = 1) -> Fault:
    """Let answers be odd: of the wrong type, or without what should stand there."""
    kind, body = odd
    headers = {"Content-Type": kind}
    return world.discord.faults.answer(method, path, 200, body, headers=headers, times=times)


@pytest.mark.parametrize(
    "path", ["/users/@me$", "/applications/@me|/oauth2/applications/@me", "/gateway/bot$"]
)
@pytest.mark.parametrize("odd", ODD_ANSWERS, ids=str)
async def test_a_start_whose_answers_are_not_discord_s_is_tried_again(
    world: World, log: BotLog, path: str, odd: tuple[str, str]
) -> None:
    """A proxy's page with status 200, or JSON of another kind: the bot waits for Discord."""
    fault = odd_answer(world, "GET", path, odd, times=2)

    async with running_bot(world, HastyClock()):
        await assert_well(world)

    assert fault.struck.is_set()
    told = log.find("discord.unreachable")
    if path == "/gateway/bot$" and odd[0] == JSON and odd[1].startswith("{") and odd[1][-1] == "}":
        assert told == [], "another server, which knows no limit of sessions"
        return
    assert len(told) == 2
    assert told[0]["what"] == ("gateway" if path == "/gateway/bot$" else "login")
    assert told[0]["detail"]
    assert "proxy" in told[0]["advice"]


@pytest.mark.parametrize("odd", ODD_ANSWERS, ids=str)
async def test_commands_whose_registration_cannot_be_read_are_served(
    world: World, log: BotLog, odd: tuple[str, str]
) -> None:
    """Discord took them, and its answer is odd: the bot serves, now or after another try."""
    odd_answer(world, "PUT", "/commands$", odd).after = True

    async with running_bot(world, HastyClock()):
        await assert_well(world)


@pytest.mark.parametrize("door", ["callback", "token", "channel"])
async def test_no_odd_answer_costs_a_member_the_video(
    world: World, bot: App, log: BotLog, door: str
) -> None:
    """Discord took the request and answers oddly: each order brings one video all the same."""
    route = {
        "callback": ("POST", "/callback$"),
        "token": ("PATCH", "/webhooks/.*/messages/"),
        "channel": ("PATCH", r"/channels/.*/messages/"),
    }[door]
    world.discord.limits.enabled = False  # the fault would stand in a 429's place
    for number, (kind, body) in enumerate(ODD_ANSWERS, start=1):
        plan = world.plan(hold=True)
        headers = {"Content-Type": kind}

        def spoil(headers: dict[str, str] = headers, body: str = body) -> None:
            world.discord.faults.answer(*route, 200, body, headers=headers, after=True)

        if door == "callback":
            spoil()
        use = await world.create()
        await world.shown(use, "PROCESSING")
        if door == "channel":
            use.expire()
        if door != "callback":
            spoil()
        plan.release()
        message = await world.shown(use, "COMPLETED")
        await log.wait("job.delivered", number)
        assert len(message.attachments) == 1

    assert len(world.videos_shown()) == len(ODD_ANSWERS) == len(world.segmind.generations)


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
