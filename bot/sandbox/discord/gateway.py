"""The gateway, version 10: the conversation with one WebSocket."""

import asyncio
import json
import secrets
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from aiohttp import WSMsgType, web

from bot.sandbox.discord.hub import (
    GUILD_MEMBERS,
    GUILD_PRESENCES,
    GUILDS,
    MESSAGE_CONTENT,
    Event,
)
from bot.sandbox.discord.sessions import INVALID_SESSION, Connection, Session, Sessions
from bot.sandbox.discord.world import World

HEARTBEAT, IDENTIFY, RESUME, HELLO, HEARTBEAT_ACK = 1, 2, 6, 10, 11
IGNORED = frozenset({3, 4, 8, 31})
"""Presence, voice state, members and sounds: a bot may ask for them, here nothing comes of it."""

UNKNOWN_OPCODE, DECODE_ERROR, NOT_AUTHENTICATED, AUTHENTICATION_FAILED = 4001, 4002, 4003, 4004
ALREADY_AUTHENTICATED, INVALID_SEQUENCE, SESSION_TIMED_OUT = 4005, 4007, 4009
INVALID_SHARD, INVALID_VERSION, INVALID_INTENTS, DISALLOWED_INTENTS = 4010, 4012, 4013, 4014
"""Close codes (Discord's documentation)."""

PRIVILEGED = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT
LAST_INTENT = 1 << 25
SESSION_ENDS = frozenset({1000, 1001})
"""A client that closes with these codes gives its session up."""
MAX_PAYLOAD_BYTES = 4096
IDENTIFIES_A_DAY = 1000


class Hangup(Exception):
    """The conversation is over: close with this code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class Silence(Enum):
    """What a gateway that has stopped talking says no more; it takes every connection."""

    NOTHING = auto()
    """It says all that it should."""
    HELLO = auto()
    """It never begins."""
    READY = auto()
    """It greets and answers heartbeats; no session is begun or resumed."""


@dataclass
class Gateway:
    """Serves WebSockets; what the sessions are told is in ``sessions``."""

    token: str
    world: World
    sessions: Sessions
    heartbeat_seconds: float = 41.25
    """Real seconds between heartbeats; one that is half as late again closes the connection."""
    identifies: int = 0
    refused_identifies: int = 0
    """How many of the next IDENTIFYs are refused."""
    refusal_code: int = AUTHENTICATION_FAILED
    invalid_identifies: int = 0
    """How many of the next IDENTIFYs begin a session that is called invalid at once."""
    identifies_elsewhere: int = 0
    """How many of today's sessions other processes have begun with the same token."""
    reset_after_seconds: float = 86_400.0
    silence: Silence = Silence.NOTHING
    omitted: list[str] = field(default_factory=list)
    """Fields that are missing in the next READYs, one in each."""

    @property
    def remaining(self) -> int:
        """How many sessions may still be begun today; one more, and the token is reset."""
        return max(0, IDENTIFIES_A_DAY - self.identifies - self.identifies_elsewhere)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Talk to one WebSocket until it closes."""
        socket = web.WebSocketResponse(max_msg_size=MAX_PAYLOAD_BYTES)
        await socket.prepare(request)
        connection = Connection(socket, request)
        talk = _Talk(self, connection, str(request.url.with_scheme("ws").with_query(None)))
        try:
            if request.query.get("v") != "10" or request.query.get("encoding", "json") != "json":
                raise Hangup(INVALID_VERSION)  # noqa: TRY301 - closed like any other conversation
            await talk.listen(socket)
        except Hangup as hangup:
            connection.close(hangup.code)
            await connection.flushed()
        finally:
            if talk.session is not None:
                ended = socket.close_code in SESSION_ENDS
                self.sessions.detach(talk.session, connection, forget=ended)
            await connection.stop()
        return socket


@dataclass
class _Talk:
    gateway: Gateway
    connection: Connection
    url: str
    session: Session | None = None

    async def listen(self, socket: web.WebSocketResponse) -> None:
        interval = self.gateway.heartbeat_seconds
        hello = {"heartbeat_interval": int(interval * 1000)}
        if self.gateway.silence is not Silence.HELLO:
            self.connection.send({"op": HELLO, "d": hello, "s": None, "t": None})
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(interval * 1.5) as limit:
                async for frame in socket:
                    payload = _read(frame.data if frame.type is WSMsgType.TEXT else "")
                    if payload["op"] == HEARTBEAT:
                        limit.reschedule(loop.time() + interval * 1.5)
                    self._answer(payload["op"], payload.get("d"))
        except TimeoutError:
            raise Hangup(SESSION_TIMED_OUT) from None

    def _answer(self, opcode: int, data: Any) -> None:
        if opcode == HEARTBEAT:
            self.connection.send({"op": HEARTBEAT_ACK, "d": None})
        elif opcode in {IDENTIFY, RESUME}:
            if self.session is not None:
                raise Hangup(ALREADY_AUTHENTICATED)
            if not isinstance(data, dict):
                raise Hangup(DECODE_ERROR)
            if opcode == IDENTIFY:
                self._count_identify()
            if self.gateway.silence is Silence.NOTHING:
                self._identify(data) if opcode == IDENTIFY else self._resume(data)
        elif opcode not in IGNORED:
            raise Hangup(UNKNOWN_OPCODE)
        elif self.session is None:
            raise Hangup(NOT_AUTHENTICATED)

    def _count_identify(self) -> None:
        gateway = self.gateway
        if not gateway.remaining:
            gateway.token = secrets.token_hex(16)
        gateway.identifies += 1

    def _identify(self, data: dict[str, Any]) -> None:
        gateway = self.gateway
        if gateway.refused_identifies:
            gateway.refused_identifies -= 1
            raise Hangup(gateway.refusal_code)
        _check_identify(data, gateway)
        if gateway.invalid_identifies:
            gateway.invalid_identifies -= 1
            self.connection.send({"op": INVALID_SESSION, "d": False})
            return
        number, shards = data.get("shard") or (0, 1)
        session = Session(secrets.token_hex(16), data["intents"], (number, shards), self.connection)
        self.session = session
        gateway.sessions.add(session)
        guilds = [
            guild
            for guild in gateway.world.joined()
            if session.hears(Event("GUILD_CREATE", {}, guild.id))
        ]
        ready = self._ready(session, [guild.id for guild in guilds])
        if gateway.omitted:
            del ready[gateway.omitted.pop(0)]
        session.tell("READY", ready)
        for guild in guilds:
            if session.intents & GUILDS:
                session.tell("GUILD_CREATE", guild.to_json())
        gateway.sessions.bell.ring()

    def _ready(self, session: Session, guild_ids: list[int]) -> dict[str, Any]:
        hub = self.gateway.world.hub
        return {
            "v": 10,
            "user": hub.bot.to_json(),
            "guilds": [{"id": str(guild_id), "unavailable": True} for guild_id in guild_ids],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": list(session.shard),
            "application": {"id": str(hub.application_id), "flags": 0},
        }

    def _resume(self, data: dict[str, Any]) -> None:
        sessions = self.gateway.sessions
        if data.get("token") != self.gateway.token:
            raise Hangup(AUTHENTICATION_FAILED)
        session = sessions.by_id.get(str(data.get("session_id")))
        if session is None:
            self.connection.send({"op": INVALID_SESSION, "d": False})
            return
        after = data.get("seq")
        if not isinstance(after, int) or after > session.sequence:
            raise Hangup(INVALID_SEQUENCE)
        if session.connection is not None:
            session.connection.close(SESSION_TIMED_OUT)
        self.session = session
        session.connection = self.connection
        session.replay(after)
        session.tell("RESUMED", {})
        sessions.bell.ring()


def _check_identify(data: dict[str, Any], gateway: Gateway) -> None:
    intents = data.get("intents")
    if data.get("token") != gateway.token:
        raise Hangup(AUTHENTICATION_FAILED)
    if not isinstance(data.get("properties"), dict):
        raise Hangup(DECODE_ERROR)
    if not isinstance(intents, int) or not 0 <= intents < LAST_INTENT << 1:
        raise Hangup(INVALID_INTENTS)
    if intents & PRIVILEGED & ~gateway.world.hub.privileged_intents:
        raise Hangup(DISALLOWED_INTENTS)
    match data.get("shard"):
        case None:
            pass
        case [int(number), int(shards)] if 0 <= number < shards:
            pass
        case _:
            raise Hangup(INVALID_SHARD)


def _read(text: str) -> dict[str, Any]:
    try:
        payload = json.loads(text)
    except ValueError:
        raise Hangup(DECODE_ERROR) from None
    if not isinstance(payload, dict) or not isinstance(payload.get("op"), int):
        raise Hangup(DECODE_ERROR)
    return payload
