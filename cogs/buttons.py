"""The buttons under the bot's messages, and the form that one opens.

What one means is in its id: it outlives a restart.
"""

import re
from dataclasses import replace
from typing import Any

import discord
from discord.ext import commands

from bot.client import Services, SoraClient, answer_error
from bot.client.admins import admins_guild
from bot.client.dynamic import DynamicButton
from bot.client.offering import Pressed
from bot.client.ordering import Ordering, payer_of
from bot.credits import Cursor
from bot.jobs.drafts import Draft
from bot.presentation.budget_log import LINES_ON_PAGE, log_embed
from bot.presentation.buttons import (
    AGAIN_ID,
    ASK_ID,
    EDIT_ID,
    FORGET_ID,
    LOG_ID,
    NEAREST_ID,
    log_buttons,
)
from bot.presentation.forms import EDIT_FORM_ID, edit_form, prompt_in
from bot.presentation.privacy import KEPT_TEXT, forgotten_text
from bot.presentation.servers import ASKED_TEXT, asking_text

Interaction = discord.Interaction[Any]


class NearestButton(DynamicButton, template=NEAREST_ID):
    """Orders the nearest to what could not be made."""

    async def act(self, interaction: Interaction) -> None:
        """Place the kept order with the values on the button; raise a Refusal."""
        services = _services(interaction)
        draft = await services.drafts.find(int(self.match["draft"]), payer_of(interaction))
        await _order(interaction, draft, self.match)


class AgainButton(DynamicButton, template=AGAIN_ID):
    """Orders something in place of a job that came to nothing."""

    async def act(self, interaction: Interaction) -> None:
        """Place a new order like the job's, with the values on the button; raise a Refusal."""
        services = _services(interaction)
        draft = await services.jobs.draft_of(int(self.match["job"]), payer_of(interaction))
        await _order(interaction, draft, self.match)


class EditButton(DynamicButton, template=EDIT_ID):
    """Opens the prompt of a job that came to nothing, to be changed and ordered."""

    async def act(self, interaction: Interaction) -> None:
        """Open the form with the prompt in it; raise a Refusal."""
        services, job_id = _services(interaction), int(self.match["job"])
        draft = await services.jobs.draft_of(job_id, payer_of(interaction))
        # Who may order nothing need not type; what can be had instead is told afterwards.
        offered = await Ordering(services).preview(interaction, draft.wish)
        await interaction.response.send_modal(edit_form(job_id, draft.wish.prompt, offered))


class Forms(commands.Cog):
    """Takes what is sent in by forms, also by those that were opened before a restart."""

    @commands.Cog.listener("on_interaction")
    async def sent_in(self, interaction: Interaction) -> None:
        """Order what an edited prompt describes."""
        if interaction.type is not discord.InteractionType.modal_submit:
            return
        sent: Any = interaction.data
        match = re.fullmatch(EDIT_FORM_ID, sent["custom_id"])
        if match is None:
            return
        try:
            await self._order(interaction, match, prompt_in(sent))
        except Exception as error:  # noqa: BLE001 - it is told and logged there
            await answer_error(interaction, error)

    async def _order(self, interaction: Interaction, match: re.Match[str], prompt: str) -> None:
        services = _services(interaction)
        draft = await services.jobs.draft_of(int(match["job"]), payer_of(interaction))
        pressed = Pressed.of(interaction, draft, int(match["price"]))
        wish = replace(draft.wish, prompt=prompt)
        await Ordering(services).order(interaction, wish, draft.picture, pressed)


class LogButton(DynamicButton, template=LOG_ID):
    """Turns the log's pages; it begins where the button says."""

    async def act(self, interaction: Interaction) -> None:
        """Show the newer or the older page in place of this one; raise a Refusal."""
        guild_id = admins_guild(interaction)
        member_id = int(self.match["member"]) or None
        place = Cursor(int(self.match["entry"]), int(self.match["change"]))
        budgets = _services(interaction).budgets
        read = budgets.log if self.match["way"] == "older" else budgets.newer_log
        page = await read(guild_id, member_id, place, LINES_ON_PAGE)
        await interaction.response.edit_message(
            embed=log_embed(page.lines, member_id), view=log_buttons(page, member_id)
        )


class ForgetButton(DynamicButton, template=FORGET_ID):
    """Deletes what a member has asked about: always that of the one who presses it."""

    async def act(self, interaction: Interaction) -> None:
        """Delete, or leave it; raise OutsideGuild."""
        payer = payer_of(interaction)
        if self.match["answer"] == "no":
            await interaction.response.edit_message(content=KEPT_TEXT, view=None)
            return
        await interaction.response.defer()
        kept = await _services(interaction).privacy.forget(payer)
        await interaction.edit_original_response(content=forgotten_text(kept), view=None)


class AskButton(DynamicButton, template=ASK_ID):
    """Asks the operator to open the server."""

    async def act(self, interaction: Interaction) -> None:
        """Put the question into the operator's outbox; raise a Refusal."""
        guild_id = admins_guild(interaction)
        guild, user = interaction.client.get_guild(guild_id), interaction.user
        name = "a server" if guild is None else guild.name
        members = None if guild is None else guild.member_count
        text = asking_text(guild_id, name, members, (user.id, user.name))
        await _services(interaction).servers.ask(guild_id, text)
        await interaction.response.send_message(ASKED_TEXT, ephemeral=True)


def _services(interaction: Interaction) -> Services:
    client: SoraClient = interaction.client
    return client.services


async def _order(interaction: Interaction, draft: Draft, match: re.Match[str]) -> None:
    """Place a kept order with the values on the button; raise a Refusal."""
    pressed = Pressed.of(interaction, draft, int(match["price"]))
    wish = replace(
        draft.wish,
        model=match["model"],
        duration_seconds=int(match["seconds"]),
        size=match["size"],
    )
    await Ordering(_services(interaction)).order(interaction, wish, draft.picture, pressed)


async def setup(bot: commands.Bot) -> None:
    """Handle the buttons' presses and the forms; discord.py calls this on loading."""
    bot.add_dynamic_items(
        NearestButton, AgainButton, EditButton, LogButton, ForgetButton, AskButton
    )
    await bot.add_cog(Forms())
