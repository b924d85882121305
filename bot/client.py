"""The Discord client: as few intents as possible, commands synced on change, one error handler."""

import asyncio
import contextlib
import hashlib
import json
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord
import structlog
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from bot.catalogue import Catalogue
from bot.clock import Clock
from bot.config import DiscordSettings
from bot.credits import Budgets
from bot.errors import BotError, MemberGone, RepeatedInteraction, StorageError
from bot.jobs.service import Jobs
from bot.presentation.refusals import explain
from bot.storage import Database
from bot.storage.facts import get_fact, set_fact

COGS = ("cogs.sora", "cogs.budget")
RESPONSE_SECONDS = 2.5
"""Discord takes a first response for 3 s; the library would retry a failing one for 25 s."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Services:
    """What the commands work with."""

    jobs: Jobs
    budgets: Budgets
    catalogue: Catalogue
    clock: Clock


def point_library_at(settings: DiscordSettings) -> None:
    """Let discord.py speak to the API that the settings name: Discord, a proxy, the sandbox."""
    # The bot plays no sound; the library would warn of that at each start.
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    Route.BASE = settings.api_url
    DiscordWebSocket.DEFAULT_GATEWAY = URL(settings.gateway_url)


class SoraClient(commands.Bot):
    """The bot as Discord sees it."""

    def __init__(
        self,
        settings: DiscordSettings,
        database: Database,
        doors_opened: Callable[[int], Awaitable[None]],
    ) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            intents=discord.Intents(guilds=True),
            max_messages=None,
            allowed_mentions=discord.AllowedMentions.none(),
            help_command=None,
            tree_cls=SoraTree,
        )
        self._settings = settings
        self._database = database
        self._doors_opened = doors_opened
        self.services: Services
        self.connected = asyncio.Event()
        """Set once the gateway is ready and the commands are registered."""

    async def setup_hook(self) -> None:
        """Load the commands and register them where they have changed."""
        for cog in COGS:
            # A login that failed after this point is tried again.
            if cog not in self.extensions:
                await self.load_extension(cog)
        await self._sync()

    async def on_ready(self) -> None:
        """Tell that the bot is there; this repeats after each new session."""
        self.connected.set()

    async def _sync(self) -> None:
        """Register the commands, if they are not what was registered last."""
        for guild_id in self._settings.guilds or (None,):
            guild = None if guild_id is None else discord.Object(guild_id)
            if guild is not None:
                self.tree.copy_global_to(guild=guild)
            wanted = [each.to_dict(self.tree) for each in self.tree.get_commands(guild=guild)]
            name = f"commands:{self.application_id}:{guild_id or 'everywhere'}"
            text = json.dumps(wanted, sort_keys=True)
            digest = hashlib.sha256(text.encode()).hexdigest()
            if await self._database.read(get_fact, name) == digest:
                continue
            await self.tree.sync(guild=guild)
            await self._database.write(set_fact, name, digest)
            log.info("commands.registered", where=name, count=len(wanted))

    def dispatch(self, event: str, /, *args: Any, **kwargs: Any) -> None:
        """Drop what the library still tells after the close: there is no loop to handle it.

        "Ready" comes two seconds after the last server and is not cancelled by closing (measured).
        """
        if not self.is_closed():
            super().dispatch(event, *args, **kwargs)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """Bring what waited for this server."""
        await self._doors_opened(guild.id)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Bring what waited for this server."""
        await self._doors_opened(guild.id)

    async def on_guild_channel_update(
        self, _: discord.abc.GuildChannel, after: discord.abc.GuildChannel
    ) -> None:
        """Bring what waited for a permission."""
        await self._doors_opened(after.guild.id)

    async def on_guild_role_update(self, _: discord.Role, after: discord.Role) -> None:
        """Bring what waited for a permission."""
        await self._doors_opened(after.guild.id)

    async def on_member_update(self, _: discord.Member, after: discord.Member) -> None:
        """Bring what waited for a role; without the members' intent this is the bot's own."""
        await self._doors_opened(after.guild.id)

    async def on_error(self, event_method: str, /, *_: Any, **__: Any) -> None:
        """Log what an event handler raised."""
        log.error("event.crashed", handler=event_method, exc_info=sys.exception())


class SoraTree(app_commands.CommandTree[SoraClient]):
    """The command tree, with the one place where errors become words."""

    async def on_error(
        self, interaction: discord.Interaction[SoraClient], error: app_commands.AppCommandError, /
    ) -> None:
        """Answer with what went wrong and what to do next; only to the member who asked."""
        await answer_error(interaction, _unwrap(error))


async def answer_error(interaction: discord.Interaction[Any], error: BaseException) -> None:
    """Tell the member about an error, and the log where it is one of ours."""
    if isinstance(error, RepeatedInteraction):
        log.info("interaction.repeated", interaction=error.interaction_id)
        return
    if not isinstance(error, BotError):
        log.error("command.crashed", exc_info=error, command=_name(interaction))
        error = BotError()
    if isinstance(error, StorageError):
        log.error(
            "command.storage",
            command=_name(interaction),
            error=type(error).__name__,
            advice="see whether the disk is full, or another program holds the database",
        )
    await say(interaction, explain(error))


async def say(interaction: discord.Interaction[Any], text: str) -> None:
    """Tell something to the member who asked, where Discord still lets us."""
    try:
        async with asyncio.timeout(RESPONSE_SECONDS):
            if interaction.response.is_done():
                await interaction.followup.send(text, ephemeral=True)
            else:
                await interaction.response.send_message(text, ephemeral=True)
    except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as failure:
        log.warning("answer.failed", command=_name(interaction), kind=type(failure).__name__)
    except discord.InteractionResponded:
        with contextlib.suppress(discord.HTTPException):
            await interaction.followup.send(text, ephemeral=True)


def _unwrap(error: BaseException) -> BaseException:
    if isinstance(error, app_commands.CommandInvokeError):
        return error.original
    # The library could not make a member of a user who is not in the server.
    user = discord.AppCommandOptionType.user
    if isinstance(error, app_commands.TransformerError) and error.type is user:
        return MemberGone()
    return error


def _name(interaction: discord.Interaction[Any]) -> str:
    command = interaction.command
    return command.qualified_name if command is not None else "?"
