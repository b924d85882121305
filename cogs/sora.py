"""/sora: what members do."""

import asyncio
from datetime import timedelta

import aiohttp
import discord
import structlog
from discord import app_commands
from discord.ext import commands

from bot.catalogue import PROMPT_LIMIT, place_order
from bot.client import RESPONSE_SECONDS, Services, SoraClient
from bot.credits import Payer
from bot.errors import BotLacksPermissions, OutsideGuild
from bot.jobs.job import JobView, Request
from bot.jobs.service import Asker
from bot.presentation.job_embed import job_embed
from bot.presentation.lists import (
    balance_embed,
    guide_embed,
    history_embed,
    job_choice,
    models_embed,
    status_embed,
)
from bot.presentation.video_reply import cancelled_text, video_reply

Interaction = discord.Interaction[SoraClient]

TOKEN_LIFETIME = timedelta(minutes=15)
"""How long an interaction's token can edit its answer (Discord's documentation)."""
NEEDED = ("view_channel", "send_messages", "embed_links", "attach_files")
"""What the bot needs in a channel to show a video there when the token is dead."""
RECENT_ENTRIES = 8
DURATIONS = (4, 8, 12)
SIZES = ("720x1280", "1280x720", "1024x1792", "1792x1024")
MOST_CHOICES = 25

log = structlog.get_logger()


@app_commands.guild_only()
class Sora(commands.GroupCog, group_name="sora", group_description="Make videos from words"):
    """The commands for every member."""

    def __init__(self, services: Services) -> None:
        self._services = services

    @app_commands.command(description="Make a video from a description")
    @app_commands.describe(
        prompt="What is seen, how the camera moves, the mood",
        model="Which engine makes it; /sora models compares them",
        duration="How many seconds long",
        size="Width x height in pixels: 720x1280 is upright, 1280x720 is wide",
    )
    @app_commands.choices(
        duration=[app_commands.Choice(name=f"{each} seconds", value=each) for each in DURATIONS]
    )
    @app_commands.choices(size=[app_commands.Choice(name=each, value=each) for each in SIZES])
    async def create(
        self,
        interaction: Interaction,
        prompt: app_commands.Range[str, 1, PROMPT_LIMIT],
        model: str | None = None,
        duration: int | None = None,
        size: str | None = None,
    ) -> None:
        """Check, hold the price, show the job; only then may it go on."""
        payer = _payer(interaction)
        order = place_order(self._services.catalogue, prompt, model, duration, size)
        _check_permissions(interaction)
        view = await self._services.jobs.create(_request(interaction, payer), order)
        message_id = await self._show(interaction, view)
        if message_id is None:
            await self._services.jobs.withdraw(view.job.id)
        else:
            await self._services.jobs.announce(view.job.id, message_id)

    async def _show(self, interaction: Interaction, view: JobView) -> int | None:
        """Give the first response; None where Discord did not confirm it in time."""
        try:
            async with asyncio.timeout(RESPONSE_SECONDS):
                embed = job_embed(view, self._services.clock.now())
                response = await interaction.response.send_message(embed=embed)
        except (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError) as error:
            log.warning("response.failed", job=view.job.id, kind=type(error).__name__)
            return None
        return response.message_id

    @app_commands.command(description="See your videos under way and their place in line")
    async def status(self, interaction: Interaction) -> None:
        """List the member's jobs that are not over."""
        views = await self._services.jobs.under_way(_payer(interaction))
        await interaction.response.send_message(embed=status_embed(views), ephemeral=True)

    @app_commands.command(description="Cancel a video that was not sent yet, and free its credits")
    @app_commands.describe(job="The number of the job, as its message shows it")
    async def cancel(self, interaction: Interaction, job: app_commands.Range[int, 1]) -> None:
        """End a job that the provider does not have yet."""
        cancelled = await self._services.jobs.cancel(job, _asker(interaction))
        await interaction.response.send_message(cancelled_text(cancelled), ephemeral=True)

    @app_commands.command(description="See what you can spend, what is held and when it renews")
    async def balance(self, interaction: Interaction) -> None:
        """Show the member's own budget."""
        payer = _payer(interaction)
        balance = await self._services.budgets.balance(payer)
        recent = await self._services.budgets.log(payer.guild_id, payer.member_id, RECENT_ENTRIES)
        embed = balance_embed("Your budget", balance, recent)
        await interaction.response.send_message(embed=embed, ephemeral=True)

    @app_commands.command(description="See your latest videos")
    async def history(self, interaction: Interaction) -> None:
        """List the member's latest jobs."""
        jobs = await self._services.jobs.history(_payer(interaction))
        await interaction.response.send_message(embed=history_embed(jobs), ephemeral=True)

    @app_commands.command(description="Bring a finished video back")
    @app_commands.describe(job="The number of the job, as its message shows it")
    async def show(self, interaction: Interaction, job: app_commands.Range[int, 1]) -> None:
        """Send the video to the member alone; this needs no permission in the channel."""
        asker = _asker(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        limit = interaction.filesize_limit
        async with self._services.jobs.video(job, asker, limit) as (view, file):
            reply = video_reply(view, file, self._services.clock.now())
            await interaction.followup.send(ephemeral=True, **reply)
        await self._services.jobs.shown(view.job)

    @app_commands.command(description="Compare the models: seconds, sizes and prices")
    async def models(self, interaction: Interaction) -> None:
        """Show what can be made, and what it costs."""
        embed = models_embed(self._services.catalogue)
        await interaction.response.send_message(embed=embed, ephemeral=True)

    @app_commands.command(description="Learn how to make a video")
    async def guide(self, interaction: Interaction) -> None:
        """Explain the bot to a new member."""
        await interaction.response.send_message(embed=guide_embed(), ephemeral=True)

    @create.autocomplete("model")
    async def _models(self, _: Interaction, current: str) -> list[app_commands.Choice[str]]:
        """Offer the models of the catalogue."""
        return [
            app_commands.Choice(name=f"{model.title} ({model.name})", value=model.name)
            for model in self._services.catalogue.values()
            if current.lower() in f"{model.title} {model.name}".lower()
        ][:MOST_CHOICES]

    @cancel.autocomplete("job")
    async def _waiting(self, interaction: Interaction, _: str) -> list[app_commands.Choice[int]]:
        """Offer the member's jobs that are not over."""
        views = await self._services.jobs.under_way(_payer(interaction))
        return [job_choice(view.job) for view in views][:MOST_CHOICES]

    @show.autocomplete("job")
    async def _recent(self, interaction: Interaction, _: str) -> list[app_commands.Choice[int]]:
        """Offer the member's latest jobs."""
        jobs = await self._services.jobs.history(_payer(interaction))
        return [job_choice(job) for job in jobs][:MOST_CHOICES]


def _payer(interaction: Interaction) -> Payer:
    """Tell whose budget is meant; raise OutsideGuild."""
    if interaction.guild_id is None:
        raise OutsideGuild
    return Payer(interaction.guild_id, interaction.user.id)


def _asker(interaction: Interaction) -> Asker:
    return Asker(_payer(interaction), interaction.permissions.manage_guild)


def _check_permissions(interaction: Interaction) -> None:
    """Make sure that the bot can show the video also after the token; raise BotLacksPermissions."""
    in_thread = isinstance(interaction.channel, discord.Thread)
    needed = [
        "send_messages_in_threads" if in_thread and name == "send_messages" else name
        for name in NEEDED
    ]
    allowed = interaction.app_permissions
    if missing := tuple(name for name in needed if not getattr(allowed, name)):
        raise BotLacksPermissions(missing)


def _request(interaction: Interaction, payer: Payer) -> Request:
    return Request(
        interaction_id=interaction.id,
        guild_id=payer.guild_id,
        channel_id=interaction.channel_id or 0,
        member_id=payer.member_id,
        application_id=interaction.application_id,
        token=interaction.token,
        token_expires_at=interaction.created_at + TOKEN_LIFETIME,
        attachment_limit=interaction.filesize_limit,
    )


async def setup(bot: SoraClient) -> None:
    """Add the commands; discord.py calls this on loading."""
    await bot.add_cog(Sora(bot.services))
