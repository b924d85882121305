"""What is offered by buttons in place of an order, and what becomes of such a button."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import discord
import structlog

from bot.catalogue import Menu, Wish, affordable, alternatives
from bot.client.answers import RESPONSE_SECONDS
from bot.client.services import Services
from bot.credits import Payer, RoleLimits, Spender, check_limits
from bot.errors import (
    CeilingReached,
    InsufficientCredits,
    ModelPaused,
    NotForYourRoles,
    PriceChanged,
    Refusal,
    Suggestion,
    Unmakeable,
)
from bot.jobs.drafts import Door, Draft
from bot.presentation.buttons import nearest_buttons, ordered_buttons, origin_of
from bot.presentation.refusals import explain
from bot.presentation.text import message_url

Interaction = discord.Interaction[Any]

TOKEN_LIFETIME = timedelta(minutes=15)
"""How long an interaction's token can edit its answer (Discord's documentation)."""
MOST = 3
"""So many buttons are offered."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Pressed:
    """A button that orders, as it was pressed."""

    origin: str
    """Which one, whatever its price."""
    price: int
    """Credits, as it says."""
    door: Door | None
    """What edits its message."""

    @classmethod
    def of(cls, interaction: Interaction, draft: Draft, price: int) -> "Pressed":
        """Tell which button it is by its id; or the one that has led to its question."""
        return cls(draft.origin or origin_of(_pressed_id(interaction)), price, draft.door)


async def offers_for(
    services: Services, spender: Spender, wish: Wish, error: Refusal
) -> tuple[Suggestion, ...]:
    """Choose what is offered to a member after a refusal; nothing that their roles forbid."""
    menu = services.menu()
    match error:
        case PriceChanged():
            return (error.suggestion,)
        case ModelPaused():
            found = (*filter(None, [error.again]), *error.suggestions)
        case Unmakeable():
            found = error.suggestions
        case InsufficientCredits():
            found = affordable(menu, wish, error.available)
        case CeilingReached():
            found = affordable(menu, wish, error.left)
        case NotForYourRoles():
            found = alternatives(menu, wish)
            if error.option == "model":
                error.value, *allowed = (
                    _title(menu, each) for each in (error.value, *error.allowed)
                )
                error.allowed = tuple(allowed)
        case _:
            return ()
    rules = await services.budgets.limits_of(spender)
    return tuple(each for each in found if _allowed(rules, each))[:MOST]


async def show_offers(
    interaction: Interaction,
    services: Services,
    payer: Payer,
    draft: Draft,
    error: Refusal,
    offered: Iterable[Suggestion],
) -> None:
    """Say why an order was not placed, with what can be had instead as buttons.

    Only for the member; the interaction may be deferred.
    """
    expires_at = services.clock.now() + TOKEN_LIFETIME - timedelta(seconds=5)
    draft = replace(draft, door=Door(interaction.token, expires_at))
    draft_id = await services.drafts.keep(payer, draft)
    answer: dict[str, Any] = {
        "content": explain(error),
        "view": nearest_buttons(draft_id, tuple(offered), getattr(error, "again", None)),
    }
    # A follow-up also fills a deferral, which was for the member alone.
    done = interaction.response.is_done()
    send = interaction.followup.send if done else interaction.response.send_message
    await send(ephemeral=True, **answer)


async def mark_ordered(
    interaction: Interaction, services: Services, pressed: Pressed, job_id: int, message_id: int
) -> None:
    """Let the button say what it has ordered, and go; what else its message offers stays.

    Whether or not that works, pressed again it orders nothing else for a while.
    """
    message = interaction.message
    if message is None or interaction.guild_id is None:
        return
    url = message_url(interaction.guild_id, interaction.channel_id or 0, message_id)
    view = ordered_buttons(message.components, _pressed_id(interaction), job_id, url)
    shown: dict[str, Any] = {"view": view, "allowed_mentions": discord.AllowedMentions.none()}
    try:
        async with asyncio.timeout(RESPONSE_SECONDS):
            if not message.flags.ephemeral:
                channel = interaction.client.get_partial_messageable(message.channel.id)
                await channel.get_partial_message(message.id).edit(**shown)
            elif pressed.door is not None and services.clock.now() < pressed.door.expires_at:
                await _webhook(interaction, pressed.door).edit_message(message.id, **shown)
    except Exception as error:  # noqa: BLE001 - the job is ordered and shown; this is a courtesy
        log.warning("button.unmarked", job=job_id, kind=type(error).__name__)


def _title(menu: Menu, model: str) -> str:
    """Name a model as people know it; one that is not on the menu by its name."""
    return menu[model].model.title if model in menu else model


def _webhook(interaction: Interaction, door: Door) -> discord.Webhook:
    client = interaction.client
    webhook = discord.Webhook.partial(interaction.application_id, door.token, client=client)
    webhook.proxy = client.http.proxy  # the library forgets it here (measured on 2.7.1)
    return webhook


def _pressed_id(interaction: Interaction) -> str:
    data: Any = interaction.data
    return str(data["custom_id"])


def _allowed(rules: Iterable[RoleLimits], offered: Suggestion) -> bool:
    try:
        check_limits(tuple(rules), offered.model, offered.duration_seconds, offered.size)
    except NotForYourRoles:
        return False
    return True
