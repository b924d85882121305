"""The local Discord itself: its parts put together, and what tests and the demo do with it."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiohttp import web

from bot.sandbox.discord.account_routes import AccountRoutes
from bot.sandbox.discord.cdn import Cdn
from bot.sandbox.discord.changes import Changes
from bot.sandbox.discord.channel import Channel
from bot.sandbox.discord.channel_routes import ChannelRoutes
from bot.sandbox.discord.client import Client
from bot.sandbox.discord.command_routes import CommandRoutes
from bot.sandbox.discord.commands import Commands
from bot.sandbox.discord.gate import PREFIX, Gate
from bot.sandbox.discord.gateway import AUTHENTICATION_FAILED, Gateway
from bot.sandbox.discord.guild import Guild
from bot.sandbox.discord.hub import Hub
from bot.sandbox.discord.ids import Snowflakes
from bot.sandbox.discord.interaction_routes import InteractionRoutes
from bot.sandbox.discord.interactions import Interaction, Interactions
from bot.sandbox.discord.limits import Limits
from bot.sandbox.discord.member import Member
from bot.sandbox.discord.message import Message
from bot.sandbox.discord.sessions import Sessions
from bot.sandbox.discord.team import Team
from bot.sandbox.discord.user import User
from bot.sandbox.discord.world import World
from bot.sandbox.server import SandboxServer

INVALID_STATUSES = frozenset({401, 403, 429})
"""Answers that count towards Discord's ban of an address (Discord's documentation)."""


@dataclass
class DiscordSandbox(SandboxServer):
    """A local Discord for one bot, strict where the real one is."""

    token: str = "sandbox-token"  # noqa: S105 - it opens nothing but this sandbox
    application_id: int = 1_100_000_000_000_000_000
    response_deadline_seconds: float = 3.0
    """Real seconds from the dispatch of an interaction to its first response."""
    token_lifetime_seconds: float = 900.0
    """The sandbox's seconds for which an interaction's token works."""
    heartbeat_seconds: float = 41.25
    """Real seconds between the heartbeats that sessions must send."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._files: tempfile.TemporaryDirectory[str] | None = None
        self.limits = Limits()
        self.sessions = Sessions()
        ids = Snowflakes(self.clock)
        self.hub = Hub(
            clock=self.clock,
            ids=ids,
            cdn=Cdn(self.clock, lambda: self.origin),
            bot=User(self.application_id, "Sora Bot", is_bot=True),
            owner=User(ids.next(), "Operator"),
            application_id=self.application_id,
            dispatcher=self.sessions,
        )
        self.world = World(self.hub)
        self.gateway = Gateway(self.token, self.world, self.sessions, self.heartbeat_seconds)
        self.commands = Commands(ids, self.application_id)
        self.interactions = Interactions()
        self._gate = Gate(self.token, self.limits)
        self._client = Client(
            self.world,
            self.commands,
            self.interactions,
            self.response_deadline_seconds,
            self.token_lifetime_seconds,
        )

    @property
    def api_url(self) -> str:
        """Where the REST routes begin."""
        return self.origin + PREFIX

    @property
    def gateway_url(self) -> str:
        """Where the WebSocket is."""
        return f"ws://127.0.0.1:{self.port}/gateway/"

    @property
    def rejections(self) -> list[str]:
        """Every rule that a request broke; a test asserts that there is none."""
        return self._gate.rejections

    @property
    def invalid_requests(self) -> int:
        """How many answers were 401, 403 or 429: 10,000 in ten minutes get an address banned."""
        return sum(
            call.status in INVALID_STATUSES and call.path.startswith(PREFIX) for call in self.calls
        )

    def build(self) -> web.Application:
        """Make the application with all routes."""
        app = super().build()
        app.middlewares.append(self._gate.middleware())
        self._files = tempfile.TemporaryDirectory(prefix="discord-sandbox-")
        directory = Path(self._files.name)
        tables = (
            AccountRoutes(self.world, self.gateway, lambda: self.gateway_url, directory),
            ChannelRoutes(self.world, directory),
            CommandRoutes(self.world, self.commands, directory),
            InteractionRoutes(self.hub, self.interactions, directory),
        )
        for table in tables:
            app.add_routes(table.table(PREFIX))
        app.router.add_get("/gateway/", self.gateway.serve)
        app.router.add_get(
            r"/attachments/{channel:\d+}/{attachment:\d+}/{name}", self.hub.cdn.serve
        )
        return app

    async def close(self) -> None:
        """Cut every session, stop listening and delete the stored attachments."""
        self.sessions.drop(None, resumable=False)
        await super().close()
        if self._files is not None:
            self._files.cleanup()

    def add_guild(self, name: str, boost_tier: int = 0, owner: User | None = None) -> Guild:
        """Make a server with the bot in it; ``boost_tier`` 2 and 3 raise its upload limit.

        It is the operator's own unless it has another owner.
        """
        return self.world.add_guild(name, boost_tier=boost_tier, owner=owner)

    def add_user(self, name: str) -> User:
        """Make a person who is in no server yet."""
        return self.hub.add_user(name)

    def direct(self, person: Member | User) -> Channel:
        """Open the direct messages between the bot and someone."""
        return self.world.direct(person.user if isinstance(person, Member) else person)

    def set_owner(self, member: Member) -> None:
        """Make someone the owner of the application: the bot's operator.

        The former one's servers are theirs; a bot that is connected is not told of that.
        """
        for guild in self.world.guilds.values():
            if guild.owner_id == self.hub.owner.id:
                guild.owner_id = member.id
        self.hub.owner = member.user
        self.hub.team = None

    def set_team(self, team: Team) -> None:
        """Let a team own the application."""
        self.hub.team = team

    def commands_for(self, guild: Guild, member: Member) -> list[dict[str, Any]]:
        """List the commands that a member's client offers in a server.

        Each has ``type``, ``name``, ``description``, ``options`` and
        ``default_member_permissions``; those that the permissions hide are left out.
        """
        return self._client.commands_for(guild, member)

    async def wait_connected(self, sessions: int = 1) -> None:
        """Wait until so many sessions are connected and READY or RESUMED."""
        await self.sessions.bell.until(lambda: len(self.sessions.live) >= sessions)

    async def wait_command(self, path: str, guild: Guild | None = None) -> None:
        """Wait until a command is registered, everywhere or for this server; a menu's by name."""
        guild_id = None if guild is None else guild.id
        await self.commands.bell.until(lambda: self.commands.knows(path, guild_id))

    async def use(
        self,
        member: Member,
        channel: Channel | None,
        path: str,
        options: Mapping[str, Any] | None = None,
        *,
        forced: bool = False,
    ) -> Interaction:
        """Use a slash command; without a channel in direct messages to the bot.

        Members, roles and channels are given as such, a file as its Path. Raises ClientRefusal
        where a real client would not send it; ``forced`` is a manipulated client that does.
        """
        return await self._client.use(member, channel, path, options or {}, forced=forced)

    async def use_on(
        self,
        member: Member,
        target: Message | Member,
        name: str,
        *,
        channel: Channel | None = None,
        forced: bool = False,
    ) -> Interaction:
        """Use a command of the menu of a message, or of a member met in a channel.

        The channel is the message's; for a member the first of the server unless given.
        ClientRefusal and ``forced`` as above.
        """
        where = channel or self._client.place_of(target)
        return await self._client.use_on(member, where, target, name, forced=forced)

    async def press(
        self,
        member: Member,
        message: Message,
        custom_id: str,
        values: Sequence[Any] = (),
        *,
        forced: bool = False,
    ) -> Interaction:
        """Press a button, or choose values of a select; ClientRefusal and ``forced`` as above.

        A select takes texts, or members, roles and channels, as its kind is.
        """
        return await self._client.press(member, message, custom_id, values, forced=forced)

    async def submit(
        self, member: Member, opened: Interaction, values: Mapping[str, Any]
    ) -> Interaction:
        """Send the modal that the bot opened, with its fields filled by custom_id.

        A text field takes text, a checkbox a boolean, a radio group a value or None; selects and
        groups take lists of what ``press`` takes, uploads lists of Paths. What is not given stays
        as the modal has it. Raises ClientRefusal where a real client would not send it.
        """
        return await self._client.submit(member, opened, values)

    async def autocomplete(
        self,
        member: Member,
        channel: Channel | None,
        path: str,
        options: Mapping[str, Any] | None = None,
        *,
        focused: str,
    ) -> list[dict[str, Any]]:
        """Ask for the choices of the focused option; raise NoResponse at the deadline."""
        asked = await self._client.autocomplete(
            member, channel, path, options or {}, focused=focused
        )
        await asked.responded()
        return asked.choices

    async def replay(self, interaction: Interaction) -> None:
        """Tell the sessions of an interaction again, as a resumption may."""
        await self._client.dispatch(interaction)

    def subscribe(self) -> Changes:
        """Follow every message from now on, ephemeral ones included, as long as it is held."""
        changes = Changes()
        self.hub.subscribers.add(changes)
        return changes

    async def drop_gateway(self, code: int | None = None, *, resumable: bool = True) -> None:
        """Close every session's connection; without a code TCP is cut."""
        live = self.sessions.live
        connections = [session.connection for session in live]
        self.sessions.drop(code, resumable=resumable)
        for connection in connections:
            if connection is not None:
                await connection.flushed()

    def refuse_identify(self, times: int = 1, code: int = AUTHENTICATION_FAILED) -> None:
        """Close the next sessions that identify, with this code."""
        self.gateway.refused_identifies = times
        self.gateway.refusal_code = code

    async def invalidate_session(self, *, resumable: bool = False) -> None:
        """Tell every session that it is invalid (opcode 9)."""
        self.sessions.invalidate(resumable=resumable)

    async def request_reconnect(self) -> None:
        """Ask every session to reconnect and resume (opcode 7)."""
        self.sessions.request_reconnect()

    def reset_token(self, token: str) -> None:
        """Let the bot's token be another from now on; sessions that are there go on."""
        self.token = self.gateway.token = self._gate.token = token

    def mute_gateway(self) -> None:
        """Let every session hear nothing more, not even an answer to its heartbeats."""
        for session in self.sessions.live:
            if session.connection is not None:
                session.connection.mute = True

    def tell(self, name: str, data: Any) -> None:
        """Dispatch an event to every session, also one that the real Discord would never make."""
        for session in self.sessions.live:
            session.tell(name, data)

    def send_frame(self, payload: Any) -> None:
        """Send any JSON to every connection, or text or bytes that are none."""
        for session in self.sessions.live:
            if session.connection is not None:
                session.connection.send(payload)
