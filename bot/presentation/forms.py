"""Forms. What one is about is in its id, like a button's: it outlives every restart.

They are stopped before they are sent: the library then keeps nothing of them, and what is sent in
comes to the ids' handlers in ``cogs``.
"""

from collections.abc import Mapping
from typing import Any

import discord

from bot.catalogue import PROMPT_LIMIT
from bot.errors import Suggestion
from bot.presentation.text import price_text

EDIT_FORM_ID = r"edit:(?P<job>\d+):(?P<price>\d+)"
"""The id of a form, as a regular expression."""
_PROMPT = "prompt"


def edit_form(job_id: int, prompt: str, offered: Suggestion | None) -> discord.ui.Modal:
    """Let a member change the prompt of a job that came to nothing.

    ``offered`` is what the next one would be and cost; None: that can't be told now.
    """
    form = discord.ui.Modal(
        title=f"Edit the prompt of #{job_id}",
        custom_id=f"edit:{job_id}:{offered.price if offered else 0}",
    )
    field: discord.ui.TextInput[Any] = discord.ui.TextInput(
        custom_id=_PROMPT,
        style=discord.TextStyle.paragraph,
        default=prompt,
        max_length=PROMPT_LIMIT,
        required=True,
    )
    form.add_item(discord.ui.Label(text="Prompt", description=_told(offered), component=field))
    form.stop()
    return form


def prompt_in(sent: Mapping[str, Any]) -> str:
    """Read the prompt from a form that a client sent in; empty, where it has none."""
    labels = sent.get("components") or ()
    fields = (label.get("component") or {} for label in labels)
    found = (field.get("value") for field in fields if field.get("custom_id") == _PROMPT)
    return str(next(found, None) or "")


def _told(offered: Suggestion | None) -> str | None:
    if offered is None:
        return None
    rest = f" · {offered.duration_seconds} s · {offered.size} for {price_text(offered.price)}"
    return f"{offered.title[: 100 - len(rest)]}{rest}"
