"""The Discord client: as few intents as possible, and the commands of all cogs."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import aiohttp
import discord
import structlog
from discord.app_commands import AppCommandContext, AppInstallationType
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from bot.client.answers import SoraTree, refuse
from bot.client.events import admitting, guarded
from bot.client.forgotten import is_forgotten
from bot.client.identify import Turnstile
from bot.client.registration import Registration
from bot.client.services import Services
from bot.client.session import GatewaySession, Patience
from bot.clock import Clock
from bot.config import DiscordSettings
from bot.errors import FormGone, GuildNotServed
from bot.storage import Database

INTERACTION = "INTERACTION_CREATE"
LONGEST_PAUSE_SECONDS = 60.0
"""A rate limit that holds for longer is an error; the library would sleep over it in silence."""
COGS = (
    "cogs.sora",
    "cogs.budget",
    "cogs.buttons",
    "cogs.approvals",
    "cogs.animate",
    "cogs.operator",
)

log = structlog.get_logger()


def point_library_at(settings: DiscordSettings) -> None:
    """Let discord.py speak to the API that the settings name: Discord, a proxy, the sandbox."""
    Route.BASE = settings.api_url
    DiscordWebSocket.DEFAULT_GATEWAY = URL(settings.gateway_url)


class SoraClient(commands.Bot):
    """The bot as Discord sees it."""

    def __init__(
        self,
        settings: DiscordSettings,
        database: Database,
        doors_opened: Callable[[int, int | None], Awaitable[None]],
        trace: aiohttp.TraceConfig,
        clock: Clock,
        patience: Patience,
        proxy: str | None,
    ) -> None:
        # The bot plays no sound; the library would warn of that when a client is made.
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
        super().__init__(
            command_prefix=commands.when_mentioned,
            intents=discord.Intents(guilds=True),
            max_messages=None,
            allowed_mentions=discord.AllowedMentions.none(),
            help_command=None,
            tree_cls=SoraTree,
            # Said of every command: where there is no server there is no budget.
            allowed_contexts=AppCommandContext(guild=True),
            allowed_installs=AppInstallationType(guild=True),
            max_ratelimit_timeout=LONGEST_PAUSE_SECONDS,
            http_trace=trace,
            heartbeat_timeout=patience.silence_seconds,
            proxy=proxy,
        )
        parsers = self._connection.parsers
        if settings.guilds:
            parsers[INTERACTION] = admitting(parsers[INTERACTION], settings.guilds, self._refuse)
        self._connection.parsers = guarded(parsers)
        self._doors_opened = doors_opened
        self.services: Services
        self.registration = Registration(
            self, self.wanted_commands, database, clock, settings.guilds
        )
        self.connected = asyncio.Event()
        """Set once the gateway is ready and the commands were looked at."""
        self._tasks: set[asyncio.Task[None]] = set()
        """What goes on beside the events, and has no other owner."""
        self._turnstile = Turnstile(self, database, clock)
        self.session = GatewaySession(self, self._turnstile, clock, patience)

    async def setup_hook(self) -> None:
        """Load the commands, and see to it that they are registered."""
        await self.load_commands()
        await self.registration.begin()

    async def load_commands(self) -> None:
        """Load the commands of all cogs, once."""
        for cog in COGS:
            # A login that failed after this point is tried again.
            if cog not in self.extensions:
                await self.load_extension(cog)

    async def wanted_commands(self) -> list[dict[str, Any]]:
        """Write the commands as Discord is to have them."""
        payloads = [each.to_dict(self.tree) for each in self.tree.get_commands()]
        for payload in payloads:
            del payload["dm_permission"]  # an old name for what the contexts say
        return payloads

    async def on_ready(self) -> None:
        """Tell that the bot is there; this repeats after each new session."""
        self.connected.set()
        # Those that are unavailable are among them (the library keeps what READY names).
        await self.services.guilds.are({guild.id for guild in self.guilds})

    def _begin(self, work: Coroutine[Any, Any, None], name: str) -> None:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _refuse(self, data: Any) -> None:
        """Answer an interaction of a server that is not served."""
        interaction = discord.Interaction(data=data, state=self._connection)
        self._begin(refuse(interaction, GuildNotServed()), "refuse")

    async def before_identify_hook(self, _: int | None, *, initial: bool = False) -> None:  # noqa: ARG002 - the library's signature
        """Count the session that the library begins now; it was waited for before."""
        await self._turnstile.note()

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Drop what the library still tells after the close: there is no loop to handle it.

        "Ready" comes two seconds after the last server and is not cancelled by closing (measured).
        """
        if self.is_closed():
            return
        # Here, as a form that is just sent is forgotten as well once its handling has begun.
        if event == "interaction" and is_forgotten(self._connection, args[0]):
            self._begin(refuse(args[0], FormGone()), "form gone")
        super().dispatch(event, *args, **kwargs)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Bring what waited for this server; drop the rules of what was deleted meanwhile."""
        self.registration.joined(guild.id)
        await self.services.guilds.joined(guild.id)
        await self.services.rules.forget_gone(
            guild.id,
            {role.id for role in guild.roles},
            {channel.id for channel in guild.channels},
        )
        await self._doors_opened(guild.id, None)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Bring what waited for this server, and its commands."""
        self.registration.joined(guild.id)
        await self.services.guilds.joined(guild.id)
        await self._doors_opened(guild.id, None)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """End what was not sent for this server; the library tells an outage by another name."""
        self.registration.left(guild.id)
        await self.services.guilds.left(guild.id)

    async def on_guild_channel_update(
        self, _: discord.abc.GuildChannel, after: discord.abc.GuildChannel
    ) -> None:
        """Bring what waited for a permission."""
        await self._doors_opened(after.guild.id, None)

    async def on_guild_role_update(self, _: discord.Role, after: discord.Role) -> None:
        """Bring what waited for a permission."""
        await self._doors_opened(after.guild.id, None)

    async def on_raw_thread_update(self, event: discord.RawThreadUpdateEvent) -> None:
        """Bring what waited for a thread to be opened; one that sleeps is in no cache."""
        shut = event.data["thread_metadata"]
        if not (shut["archived"] and shut.get("locked")):
            await self._doors_opened(event.guild_id, event.thread_id)

    async def on_guild_role_delete(self, role: discord.Role) -> None:
        """Drop the rules of a role that was deleted, and bring what it had kept away."""
        await self.services.rules.forget(role.guild.id, "role", role.id)
        log.info("rules.dropped", guild=role.guild.id, role=role.id)
        await self._doors_opened(role.guild.id, None)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """Drop the pool of a channel that was deleted."""
        await self.services.rules.forget(channel.guild.id, "channel", channel.id)
        log.info("rules.dropped", guild=channel.guild.id, channel=channel.id)

    async def on_member_update(self, _: discord.Member, after: discord.Member) -> None:
        """Bring what waited for a role; without the members' intent this is the bot's own."""
        await self._doors_opened(after.guild.id, None)

    async def on_error(self, event_method: str, /, *_: Any, **__: Any) -> None:
        """Log what an event handler raised."""
        log.error("event.crashed", handler=event_method, exc_info=sys.exception())
