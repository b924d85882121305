"""What admins do about a job that its provider does not end."""

from discord import app_commands

from bot.client.admins import admins_guild
from bot.presentation.video_reply import given_up_text
from cogs.budget.parts import AdminCommands, Interaction, Reason, answer


class JobCommands(AdminCommands):
    """The subgroup job: end."""

    job = app_commands.Group(name="job", description="Help a video that does not come to an end")

    @job.command(name="end", description="Give up and refund a video that never gets finished")
    @app_commands.describe(
        job="The number of the job, as its message shows it", reason="Shown in the log"
    )
    async def end_job(
        self, interaction: Interaction, job: app_commands.Range[int, 1], reason: Reason
    ) -> None:
        """End a job once its model's longest wait has passed."""
        guild_id = admins_guild(interaction)
        ended = await self._services.jobs.give_up(job, guild_id, interaction.user.id, reason)
        await answer(interaction, given_up_text(ended))
