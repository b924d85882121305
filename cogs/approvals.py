"""The buttons under a price that a moderator must approve."""

import io
from typing import Any

import discord

from bot.client import Services, SoraClient
from bot.client.dynamic import DynamicButton
from bot.client.ordering import payer_of
from bot.errors import ApprovalDecided
from bot.jobs.approving import Approver
from bot.presentation.approvals import closed_text, decided_text
from bot.presentation.buttons import DECIDE_ID, PROMPT_ID
from bot.presentation.refusals import explain

Interaction = discord.Interaction[Any]


class DecideButton(DynamicButton, template=DECIDE_ID):
    """Decides about a price that needs a moderator's approval."""

    async def act(self, interaction: Interaction) -> None:
        """Approve or decline; raise a Refusal."""
        approved, jobs = self.match["verdict"] == "approve", _services(interaction).jobs
        try:
            job = await jobs.decide(
                int(self.match["job"]), _approver(interaction), approved=approved
            )
        except ApprovalDecided as late:
            if not await _close(interaction, explain(late)):
                raise
            return
        if not await _close(interaction, closed_text(interaction.user.id, approved)):
            await interaction.response.send_message(decided_text(job, approved), ephemeral=True)


class PromptButton(DynamicButton, template=PROMPT_ID):
    """Shows the whole prompt to who decides about its price."""

    async def act(self, interaction: Interaction) -> None:
        """Send it as a file; raise a Refusal."""
        job_id = int(self.match["job"])
        prompt = await _services(interaction).jobs.prompt_of(job_id, _approver(interaction))
        file = discord.File(io.BytesIO(prompt.encode()), filename=f"prompt-{job_id}.txt")
        await interaction.response.send_message(file=file, ephemeral=True)


async def _close(interaction: Interaction, words: str) -> bool:
    """Write into the moderators' own message how it ended, and take its buttons away.

    False where the press was elsewhere: a job's own message is the notifier's.
    """
    message = interaction.message
    if message is None or message.embeds:
        return False
    await interaction.response.edit_message(content=f"{message.content}\n{words}", view=None)
    return True


def _approver(interaction: Interaction) -> Approver:
    rights = interaction.permissions
    return Approver(payer_of(interaction), rights.moderate_members, rights.manage_guild)


def _services(interaction: Interaction) -> Services:
    services: Services = interaction.client.services
    return services


async def setup(bot: SoraClient) -> None:
    """Let the buttons be understood; discord.py calls this on loading."""
    bot.add_dynamic_items(DecideButton, PromptButton)
