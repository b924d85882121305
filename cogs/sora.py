"""/sora: what members do."""

import asyncio
from collections.abc import Sequence

import discord
from discord import app_commands
from discord.ext import commands

from bot.catalogue import PROMPT_LIMIT, Menu, Wish
from bot.catalogue.possible import Option, Video, model_named, possible
from bot.client import Services, SoraClient, clickable_embed
from bot.client.latest import Latest
from bot.client.ordering import Attached, Ordering, payer_of, spender_of
from bot.credits.limits import objections
from bot.jobs.choosing import Purpose
from bot.jobs.service import Asker
from bot.pictures import Fit
from bot.presentation.balance import balance_embed
from bot.presentation.budget_log import RECENT_READ
from bot.presentation.buttons import forget_buttons
from bot.presentation.choices import duration_choices, model_choices, size_choices
from bot.presentation.lists import (
    guide_embed,
    history_embed,
    job_choice,
    models_embed,
    status_embed,
)
from bot.presentation.privacy import EXPORT_TEXT, ask_text, export_file, nothing_text
from bot.presentation.video_reply import cancelled_text

Interaction = discord.Interaction[SoraClient]


@app_commands.guild_only()
class Sora(commands.GroupCog, group_name="sora", group_description="Make videos from words"):
    """The commands for every member."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._ordering = Ordering(services)
        self._latest = Latest()

    @app_commands.command(description="Make a video from a description, or from a picture")
    @app_commands.describe(
        prompt="What is seen, how the camera moves, the mood",
        model="Which engine makes it; /sora models compares them",
        duration="How many seconds long",
        size="Width x height in pixels: 720x1280 is upright, 1280x720 is wide",
        image="A picture to start from: PNG, JPEG, WebP, AVIF or HEIC",
        fit="How the picture fills the video where its shape is another",
    )
    @app_commands.choices(
        fit=[
            app_commands.Choice(name="Cover: fill the frame, cut what is beyond it", value="cover"),
            app_commands.Choice(name="Contain: show all of it, blur the edge", value="contain"),
        ]
    )
    async def create(
        self,
        interaction: Interaction,
        prompt: app_commands.Range[str, 1, PROMPT_LIMIT],
        model: str | None = None,
        duration: int | None = None,
        size: str | None = None,
        image: discord.Attachment | None = None,
        fit: str = Fit.COVER,
    ) -> None:
        """Order a video."""
        picture = Attached(image, Fit(fit)) if image is not None else None
        wish = Wish(prompt, model_named(self._services.menu(), model), duration, size)
        await self._ordering.order(interaction, wish, picture)

    @app_commands.command(description="See your videos under way and their place in line")
    async def status(self, interaction: Interaction) -> None:
        """List the member's jobs that are not over."""
        views = await self._services.jobs.under_way(payer_of(interaction))
        await interaction.response.send_message(
            embed=clickable_embed(interaction, status_embed(views)), ephemeral=True
        )

    @app_commands.command(description="Cancel a video that was not sent yet, and free its credits")
    @app_commands.describe(job="The number of the job, as its message shows it")
    async def cancel(self, interaction: Interaction, job: app_commands.Range[int, 1]) -> None:
        """End a job that the provider does not have yet."""
        cancelled = await self._services.jobs.cancel(job, _asker(interaction))
        await interaction.response.send_message(cancelled_text(cancelled), ephemeral=True)

    @app_commands.command(description="See what you can spend, what is held and when it renews")
    async def balance(self, interaction: Interaction) -> None:
        """Show the member's own budget."""
        spender = spender_of(interaction)
        budgets = self._services.budgets
        standing = await budgets.standing(spender)
        limits = await budgets.limits_of(spender)
        recent = await budgets.log(
            spender.payer.guild_id, spender.payer.member_id, limit=RECENT_READ
        )
        pause = await self._services.pauses.over_guild(spender.payer.guild_id)
        embed = balance_embed(standing, limits, self._services.menu(), recent.lines, pause)
        await interaction.response.send_message(
            embed=clickable_embed(interaction, embed), ephemeral=True
        )

    @app_commands.command(description="See your latest videos")
    async def history(self, interaction: Interaction) -> None:
        """List the member's latest jobs."""
        jobs = await self._services.jobs.history(payer_of(interaction))
        await interaction.response.send_message(
            embed=clickable_embed(interaction, history_embed(jobs)), ephemeral=True
        )

    @app_commands.command(description="Bring a finished video back")
    @app_commands.describe(job="The number of the job, as its message shows it")
    async def show(self, interaction: Interaction, job: app_commands.Range[int, 1]) -> None:
        """Send the video to the member alone; this needs no permission in the channel."""
        asker = _asker(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        view, video = await self._services.jobs.video(job, asker)
        taken = await self._services.show_video(interaction, view, video)
        if taken and view.job.payer == asker.payer:  # what an admin sees has not reached the member
            await self._services.jobs.shown(view.job)

    @app_commands.command(description="Compare the models: seconds, sizes and prices")
    async def models(self, interaction: Interaction) -> None:
        """Show what can be made, and what it costs."""
        admin = interaction.permissions.manage_guild
        embed = models_embed(self._services.menu(), for_admin=admin)
        await interaction.response.send_message(
            embed=clickable_embed(interaction, embed), ephemeral=True
        )

    @app_commands.command(description="Learn how to make a video")
    async def guide(self, interaction: Interaction) -> None:
        """Explain the bot to a new member."""
        await interaction.response.send_message(
            embed=clickable_embed(interaction, guide_embed()), ephemeral=True
        )

    privacy = app_commands.Group(
        name="privacy", description="Take what the bot keeps of you, or have it deleted"
    )

    @privacy.command(name="export", description="Get all that the bot keeps of you, as a file")
    async def export(self, interaction: Interaction) -> None:
        """Send a member their data."""
        payer = payer_of(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        kept = await self._services.privacy.export(payer)
        file = await asyncio.to_thread(export_file, kept, interaction.filesize_limit)
        await interaction.followup.send(EXPORT_TEXT, file=file, ephemeral=True)

    @privacy.command(name="delete", description="Delete your prompts, pictures and videos")
    async def forget(self, interaction: Interaction) -> None:
        """Ask first; the button deletes."""
        kept = await self._services.privacy.kept(payer_of(interaction))
        if not kept.ended and not kept.drafts:
            await interaction.response.send_message(nothing_text(kept), ephemeral=True)
            return
        await interaction.response.send_message(
            ask_text(kept), view=forget_buttons(), ephemeral=True
        )

    @create.autocomplete("model")
    async def _models(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer the models that fit what else is chosen."""
        return model_choices(await self._possible(interaction, "model"), typed)

    @create.autocomplete("duration")
    async def _durations(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[int]]:
        """Offer the lengths that fit what else is chosen."""
        return duration_choices(await self._possible(interaction, "duration"), typed)

    @create.autocomplete("size")
    async def _sizes(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """Offer the sizes that fit what else is chosen."""
        return size_choices(await self._possible(interaction, "size"), typed)

    async def _possible(self, interaction: Interaction, option: Option) -> Sequence[Video]:
        """List what the member can still choose, by what is chosen and by their roles."""
        spender = spender_of(interaction)

        async def read() -> list[Video]:
            limits = await self._services.budgets.limits_of(spender)

            def allows(model: str, seconds: int, size: str) -> bool:
                return not objections(limits, model, seconds, size)

            menu = self._services.menu()
            wish = _wish_so_far(menu, interaction.namespace)
            return list(possible(menu, wish, option, allows))

        return await self._latest.read(spender.payer, read)

    @cancel.autocomplete("job")
    async def _waiting(
        self, interaction: Interaction, typed: str
    ) -> list[app_commands.Choice[int]]:
        """Offer what can be cancelled."""
        return await self._offered(interaction, Purpose.CANCEL, typed)

    @show.autocomplete("job")
    async def _videos(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[int]]:
        """Offer what there is a video of."""
        return await self._offered(interaction, Purpose.SHOW, typed)

    async def _offered(
        self, interaction: Interaction, purpose: Purpose, typed: str
    ) -> list[app_commands.Choice[int]]:
        payer = payer_of(interaction)

        async def read() -> list[app_commands.Choice[int]]:
            jobs = await self._services.jobs.offered(payer, purpose, typed)
            return [job_choice(job) for job in jobs]

        return await self._latest.read(payer, read)


def _wish_so_far(menu: Menu, chosen: app_commands.Namespace) -> Wish:
    """Read what is chosen while another option is typed; a client may send anything."""
    model, seconds, size = chosen.model, chosen.duration, chosen.size
    return Wish(
        prompt="",
        model=model_named(menu, model) if isinstance(model, str) else None,
        duration_seconds=seconds if isinstance(seconds, int) else None,
        size=size if isinstance(size, str) else None,
        pictured="image" in chosen,
    )


def _asker(interaction: Interaction) -> Asker:
    return Asker(payer_of(interaction), interaction.permissions.manage_guild)


async def setup(bot: SoraClient) -> None:
    """Add the commands; discord.py calls this on loading."""
    await bot.add_cog(Sora(bot.services))
