"""Forms and buttons that nobody here knows any more: opened before a restart, or too long ago."""

import re
from typing import Any

import discord
from discord.state import ConnectionState

from bot.presentation.forms import EDIT_FORM_ID


def is_forgotten(state: ConnectionState[Any], interaction: discord.Interaction[Any]) -> bool:
    """Tell whether a form was sent, or a button pressed, that neither we nor the library know.

    It drops them without a word (measured on 2.7.1), and there is no public way to ask it.
    """
    store = state._view_store  # noqa: SLF001
    data: Any = interaction.data
    match interaction.type:
        case discord.InteractionType.modal_submit:
            lasts = re.fullmatch(EDIT_FORM_ID, data["custom_id"])
            return not lasts and data["custom_id"] not in store._modals  # noqa: SLF001
        case discord.InteractionType.component:
            known = (key for views in store._views.values() for _, key in views)  # noqa: SLF001
            lasting = (each.fullmatch(data["custom_id"]) for each in store._dynamic_items)  # noqa: SLF001
            return not any(lasting) and data["custom_id"] not in known
    return False
