"""The one place where errors become words, whatever a member used."""

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import discord
import structlog
from discord import app_commands

from bot.client.forged import find_forged
from bot.errors import (
    BotError,
    DatabaseDamaged,
    MemberGone,
    OptionUnreadable,
    Refusal,
    RepeatedInteraction,
    ResourcesExhausted,
    StorageError,
)
from bot.exhaustion import ADVICE as EXHAUSTED
from bot.presentation.buttons import way_out
from bot.presentation.embeds import reworded
from bot.presentation.refusals import explain

if TYPE_CHECKING:
    from bot.client.client import SoraClient

RESPONSE_SECONDS = 2.5
"""Discord takes a first response for 3 s; the library would retry a failing one for 25 s."""
NO_ANSWER = {
    None,
    discord.InteractionResponseType.deferred_channel_message,
    discord.InteractionResponseType.deferred_message_update,
}
"""What an interaction has had where the member still waits for words."""
MOST_IN_TEXT = 2000
"""Characters of a message's text, of an embed's and of a field's (Discord's documentation)."""
UNAUTHORIZED = 401
ALREADY_ANSWERED = 40060
"""Discord's code for an interaction that another delivery of it has answered."""

log = structlog.get_logger()


class CheckRefused(app_commands.CheckFailure):
    """A check's refusal: what else a check raises, the library hands to nobody (measured)."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__()
        self.refusal = refusal


class SoraTree(app_commands.CommandTree["SoraClient"]):
    """The command tree: its errors are answered, and operators' use of it opens servers."""

    async def interaction_check(self, interaction: "discord.Interaction[SoraClient]", /) -> bool:
        """Refuse options that no honest client sends; what may not be used says so itself."""
        forged = find_forged(interaction)
        if forged is not None:
            await refuse(interaction, OptionUnreadable(forged))
            return False
        await _open_for_operators(interaction)
        return True

    async def on_error(
        self, interaction: "discord.Interaction[SoraClient]", error: app_commands.AppCommandError, /
    ) -> None:
        """Answer with what went wrong and what to do next; only to the member who asked."""
        await answer_error(interaction, _unwrap(error))


async def _open_for_operators(interaction: "discord.Interaction[SoraClient]") -> None:
    """Open a server in which an operator uses a command."""
    services, guild_id = interaction.client.services, interaction.guild_id
    command = interaction.type is discord.InteractionType.application_command
    if command and guild_id is not None and interaction.user.id in services.operators.ids:
        try:
            await services.servers.used(guild_id, interaction.user.id)
        except StorageError as error:  # the next command opens it
            log.warning("server.not_opened", guild=guild_id, error=type(error).__name__)


async def refuse(interaction: discord.Interaction[Any], refusal: Refusal) -> None:
    """Answer an interaction that goes no further; a menu of choices gets none."""
    log.info("interaction.refused", guild=interaction.guild_id, refusal=type(refusal).__name__)
    if interaction.type is not discord.InteractionType.autocomplete:
        await answer_error(interaction, refusal)
        return
    try:
        async with asyncio.timeout(RESPONSE_SECONDS):
            await interaction.response.autocomplete([])
    except Exception as error:  # noqa: BLE001 - nobody is worse off for it
        log.warning("answer.failed", command=_name(interaction), kind=type(error).__name__)


async def answer_error(interaction: discord.Interaction[Any], error: BaseException) -> None:
    """Tell the member about an error, and the log where it is one of ours."""
    if isinstance(error, RepeatedInteraction):
        log.info("interaction.repeated", interaction=interaction.id)
        return
    if answered_before(error):
        await interaction.client.services.instances.answered_before(interaction.id, claimed=False)
        log.info("interaction.repeated", interaction=interaction.id)
        return
    if not isinstance(error, BotError):
        log.error("command.crashed", exc_info=error, command=_name(interaction))
        if interaction.response.type not in NO_ANSWER:
            return  # the answer stands, and with it what it says: only reading Discord's failed
        if _token_is_dead(error):
            return  # no words reach the member by it, and each try counts towards a ban
        error = BotError()
    if isinstance(error, StorageError):
        log.error(
            "command.storage",
            command=_name(interaction),
            error=type(error).__name__,
            advice=_advice(error),
        )
    await say(interaction, explain(error), way_out(error))


async def say(
    interaction: discord.Interaction[Any], text: str, buttons: discord.ui.View | None = None
) -> None:
    """Tell something to the member who asked, where Discord still lets us."""
    view = buttons or discord.utils.MISSING
    text = clickable(interaction, text)
    try:
        async with asyncio.timeout(RESPONSE_SECONDS):
            if not interaction.response.is_done():
                with contextlib.suppress(discord.InteractionResponded):  # answered meanwhile
                    await interaction.response.send_message(text, view=view, ephemeral=True)
                    return
            await interaction.followup.send(text, view=view, ephemeral=True)
    except Exception as failure:  # noqa: BLE001 - nobody is left to be told
        log.warning("answer.failed", command=_name(interaction), kind=type(failure).__name__)


def clickable(interaction: discord.Interaction[Any], text: str) -> str:
    """Write the commands in an answer as mentions, where that leaves it short enough."""
    mentions: str = interaction.client.registration.mentioned(text, interaction.guild_id)
    return mentions if len(mentions) <= MOST_IN_TEXT else text


def clickable_embed(interaction: discord.Interaction[Any], embed: discord.Embed) -> discord.Embed:
    """Do the same with an embed's texts."""
    registration = interaction.client.registration
    return reworded(embed, lambda text: registration.mentioned(text, interaction.guild_id))


def _unwrap(error: BaseException) -> BaseException:
    if isinstance(error, app_commands.CommandInvokeError):
        return error.original
    if isinstance(error, CheckRefused):
        return error.refusal
    # The library could not make a member of a user who is not in the server.
    user = discord.AppCommandOptionType.user
    if isinstance(error, app_commands.TransformerError) and error.type is user:
        return MemberGone()
    return error


def _advice(error: StorageError) -> str:
    match error:
        case ResourcesExhausted():
            return EXHAUSTED
        case DatabaseDamaged():
            return "stop the bot and restore a backup; `sora-bot check` says how"
    return "see whether the disk is full, or another program holds the database"


def answered_before(error: BaseException) -> bool:
    """Tell whether another delivery of the interaction has answered it."""
    return isinstance(error, discord.HTTPException) and error.code == ALREADY_ANSWERED


def _token_is_dead(error: BaseException) -> bool:
    """Tell whether Discord takes the interaction's token no more."""
    return isinstance(error, discord.HTTPException) and error.status == UNAUTHORIZED


def _name(interaction: discord.Interaction[Any]) -> str:
    command = interaction.command
    return command.qualified_name if command is not None else "?"
