"""The gateway: identifying, heartbeats, resuming, compression and who hears what."""

import asyncio
import json
import zlib

import aiohttp
import pytest

from bot.sandbox.discord import Channel, DiscordSandbox, Guild
from bot.sandbox.discord.gateway import Silence
from tests.sandbox.discord.raw import Gateways, Rest, Socket


async def test_ready_comes_first_and_then_the_servers(gateways: Gateways, guild: Guild) -> None:
    """READY names the servers as unavailable, GUILD_CREATE brings them."""
    socket = await gateways.connect()
    assert socket.ready["guilds"] == [{"id": str(guild.id), "unavailable": True}]
    assert socket.ready["resume_gateway_url"] == gateways.discord.gateway_url
    assert socket.ready["application"]["id"] == str(gateways.discord.application_id)
    assert (await socket.event("GUILD_CREATE"))["name"] == "Film club"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"token": "wrong"}, 4004),
        ({"intents": 1 << 26}, 4013),
        ({"intents": None}, 4013),
        ({"intents": 1 << 15}, 4014),
        ({"shard": [2, 2]}, 4010),
        ({"properties": None}, 4002),
    ],
)
async def test_a_wrong_identify_closes(
    gateways: Gateways, changes: dict[str, object], code: int
) -> None:
    """Each wrong field of IDENTIFY has its close code."""
    socket = await gateways.open()
    await socket.identify(**changes)
    assert await socket.closed() == code
    assert gateways.discord.sessions.live == []


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ('{"op": 99}', 4001),
        ("no json", 4002),
        ('{"op": 3, "d": {}}', 4003),
    ],
)
async def test_a_wrong_payload_closes(gateways: Gateways, sent: str, code: int) -> None:
    """What is no payload, or comes before IDENTIFY, closes the connection."""
    socket = await gateways.open()
    await socket.ws.send_str(sent)
    assert await socket.closed() == code


async def test_identifying_twice_closes(socket: Socket) -> None:
    """A connection has one session."""
    await socket.identify()
    assert await socket.closed() == 4005


async def test_another_version_is_refused(
    sandbox: DiscordSandbox, http: aiohttp.ClientSession
) -> None:
    """Only version 10 is served."""
    socket = await http.ws_connect(f"{sandbox.gateway_url}?v=9")
    assert (await socket.receive()).data == 4012


async def test_identifies_can_be_refused(sandbox: DiscordSandbox, gateways: Gateways) -> None:
    """The planned number of IDENTIFYs is refused, then they succeed."""
    sandbox.refuse_identify(times=1, code=4008)
    refused = await (await gateways.open()).identify()
    assert await refused.closed() == 4008
    await gateways.connect()


async def test_a_heartbeat_is_acknowledged(socket: Socket) -> None:
    """Opcode 1 is answered with opcode 11."""
    await socket.send(1, socket.sequence)
    while (await socket.receive())["op"] != 11:
        pass


async def test_a_missed_heartbeat_closes(sandbox: DiscordSandbox, gateways: Gateways) -> None:
    """Who does not send heartbeats loses the connection, and keeps the session."""
    sandbox.gateway.heartbeat_seconds = 0.02
    socket = await gateways.connect()
    assert await socket.closed() == 4009
    assert list(sandbox.sessions.by_id) == [socket.ready["session_id"]]


async def test_heartbeats_must_go_on(sandbox: DiscordSandbox, gateways: Gateways) -> None:
    """One heartbeat buys the time until the next, and no more."""
    sandbox.gateway.heartbeat_seconds = 0.05
    socket = await gateways.connect()
    await socket.send(1, socket.sequence)
    assert await socket.closed() == 4009


async def test_a_resumed_session_hears_what_it_missed(
    sandbox: DiscordSandbox, gateways: Gateways, guild: Guild
) -> None:
    """After a cut the missed events are replayed in order, then RESUMED."""
    socket = await gateways.connect()
    await socket.event("GUILD_CREATE")
    await sandbox.drop_gateway()
    guild.add_channel("missed")
    again = await gateways.open()
    await again.resume(socket.ready["session_id"], socket.sequence)
    assert (await again.receive())["d"]["name"] == "missed"
    assert (await again.receive())["t"] == "RESUMED"
    await sandbox.wait_connected()


async def test_a_session_that_cannot_resume_is_invalid(
    sandbox: DiscordSandbox, gateways: Gateways
) -> None:
    """A dropped session that may not resume gets opcode 9, and can identify at once."""
    socket = await gateways.connect()
    await sandbox.drop_gateway(4000, resumable=False)
    assert await socket.closed() == 4000
    again = await gateways.open()
    await again.resume(socket.ready["session_id"], socket.sequence)
    assert await again.receive() == {"op": 9, "d": False}
    await again.identify()
    await again.event("READY")


async def test_a_client_that_closes_normally_gives_its_session_up(
    sandbox: DiscordSandbox, socket: Socket
) -> None:
    """Code 1000 ends the session; other codes keep it."""
    await socket.ws.close(code=1000)
    await sandbox.sessions.bell.until(lambda: not sandbox.sessions.by_id)


async def test_every_session_hears_an_event(gateways: Gateways, guild: Guild) -> None:
    """Two sessions of the same shard both hear everything."""
    sockets = [await gateways.connect(), await gateways.connect()]
    guild.add_channel("new")
    for socket in sockets:
        assert (await socket.event("CHANNEL_CREATE"))["name"] == "new"


async def test_a_shard_hears_of_its_own_servers(
    sandbox: DiscordSandbox, gateways: Gateways
) -> None:
    """A server belongs to one shard: its id, shifted by 22, modulo their number."""
    guilds = []
    for name in ("one", "two", "three", "four"):
        guilds.append(sandbox.add_guild(name))
        sandbox.clock.advance(1.001)
    for number in (0, 1):
        socket = await gateways.connect(shard=[number, 2])
        expected = [str(guild.id) for guild in guilds if (guild.id >> 22) % 2 == number]
        assert [guild["id"] for guild in socket.ready["guilds"]] == expected


async def test_the_stream_is_compressed_where_asked_for(
    gateways: Gateways, http: aiohttp.ClientSession
) -> None:
    """With zlib-stream all frames share one compressor and end in a sync flush."""
    url = f"{gateways.discord.gateway_url}?v=10&encoding=json&compress=zlib-stream"
    socket = await http.ws_connect(url)
    unpack = zlib.decompressobj()
    first = await socket.receive_bytes()
    assert first.endswith(b"\x00\x00\xff\xff")
    assert json.loads(unpack.decompress(first))["op"] == 10
    await socket.send_json({"op": 1, "d": None})
    assert json.loads(unpack.decompress(await socket.receive_bytes()))["op"] == 11


async def test_a_removed_bot_hears_of_it(socket: Socket, rest: Rest, guild: Guild) -> None:
    """GUILD_DELETE comes, and the server is out of reach."""
    await guild.remove_bot()
    deleted = await socket.event("GUILD_DELETE")
    assert deleted == {"id": str(guild.id)}
    assert (await rest("GET", f"/guilds/{guild.id}")).code == (403, 50001)
    assert (await rest("GET", "/guilds/1")).code == (404, 10004)


async def test_a_deleted_channel_is_told_and_gone(
    socket: Socket, rest: Rest, guild: Guild, channel: Channel
) -> None:
    """CHANNEL_DELETE comes, and the channel is unknown."""
    await guild.delete_channel(channel)
    assert (await socket.event("CHANNEL_DELETE"))["id"] == str(channel.id)
    assert (await rest("GET", f"/channels/{channel.id}")).code == (404, 10003)


async def test_the_start_limit_counts_identifies(rest: Rest, gateways: Gateways) -> None:
    """Each IDENTIFY takes one of the day's session starts."""
    await gateways.connect()
    answer = await rest("GET", "/gateway/bot")
    assert answer.body["session_start_limit"]["remaining"] == 999
    assert answer.body["url"] == gateways.discord.gateway_url


async def test_sessions_begun_elsewhere_count_as_well(
    sandbox: DiscordSandbox, rest: Rest, gateways: Gateways
) -> None:
    """One beyond the limit costs the bot its token."""
    sandbox.gateway.identifies_elsewhere, sandbox.gateway.reset_after_seconds = 1000, 60.0
    start = (await rest("GET", "/gateway/bot")).body["session_start_limit"]
    assert (start["remaining"], start["reset_after"]) == (0, 60_000)
    late = await (await gateways.open()).identify()
    assert await late.closed() == 4004


async def test_sessions_can_be_invalid_at_once(sandbox: DiscordSandbox, gateways: Gateways) -> None:
    """The planned number of IDENTIFYs is answered with opcode 9, then they succeed."""
    sandbox.gateway.invalid_identifies = 1
    invalid = await (await gateways.open()).identify()
    assert await invalid.receive() == {"op": 9, "d": False}
    await gateways.connect()


async def test_a_silent_gateway_answers_heartbeats_alone(
    sandbox: DiscordSandbox, gateways: Gateways
) -> None:
    """It greets, takes the IDENTIFY, and begins nothing."""
    sandbox.gateway.silence = Silence.READY
    socket = await (await gateways.open()).identify()
    await socket.send(1, None)
    assert (await socket.receive())["op"] == 11
    assert sandbox.gateway.identifies == 1
    assert sandbox.sessions.live == []


async def test_a_session_can_begin_without_a_field(
    sandbox: DiscordSandbox, gateways: Gateways
) -> None:
    """One READY lacks it, the next is whole."""
    sandbox.gateway.omitted = ["shard"]
    assert "shard" not in (await gateways.connect()).ready
    assert "shard" in (await gateways.connect()).ready


async def test_a_mute_gateway_sends_nothing_more(
    sandbox: DiscordSandbox, socket: Socket, gateways: Gateways
) -> None:
    """Neither events nor answers to heartbeats; other connections are served."""
    await socket.event("GUILD_CREATE")
    sandbox.mute_gateway()
    await socket.send(1, socket.sequence)
    sandbox.tell("USER_UPDATE", {})
    await gateways.connect()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(socket.receive(), 0.1)


async def test_a_token_can_be_reset(
    sandbox: DiscordSandbox, rest: Rest, gateways: Gateways
) -> None:
    """The old one opens nothing any more."""
    old = sandbox.token
    sandbox.reset_token("another")
    assert (await rest("GET", "/users/@me", token=old)).status == 401
    assert await (await (await gateways.open()).identify(token=old)).closed() == 4004
    assert (await rest("GET", "/users/@me")).status == 200


async def test_waiting_for_two_sessions_needs_two(
    sandbox: DiscordSandbox, gateways: Gateways
) -> None:
    """``wait_connected`` counts live sessions."""
    await gateways.connect()
    waiting = asyncio.create_task(sandbox.wait_connected(sessions=2))
    await sandbox.wait_connected()
    assert not waiting.done()
    await gateways.connect()
    await waiting
