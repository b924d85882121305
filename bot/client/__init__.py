"""The bot as Discord sees it, and what its commands share."""

from bot.client.answers import (
    RESPONSE_SECONDS,
    CheckRefused,
    answer_error,
    clickable,
    clickable_embed,
    say,
)
from bot.client.client import SoraClient, point_library_at
from bot.client.services import Services

__all__ = [
    "RESPONSE_SECONDS",
    "CheckRefused",
    "Services",
    "SoraClient",
    "answer_error",
    "clickable",
    "clickable_embed",
    "point_library_at",
    "say",
]
