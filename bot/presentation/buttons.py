"""Buttons. What one means is in its id, so that it outlives every restart.

The views are stopped before they are sent: the library then keeps nothing of them in memory
(measured on discord.py 2.7.1), and the presses come to the ids' handlers in ``cogs``.
"""

from collections.abc import Sequence

import discord

from bot.catalogue import Menu
from bot.credits import Cursor, Page
from bot.errors import BotError, ServerNotOpen, Suggestion
from bot.jobs.job import JobView
from bot.jobs.remedy import remedies
from bot.presentation.text import price_text

_OFFER = r"(?P<model>[a-z0-9._-]+):(?P<seconds>\d+):(?P<size>\d+x\d+):(?P<price>\d+)"
NEAREST_ID = rf"nearest:(?P<draft>\d+):{_OFFER}"
AGAIN_ID = rf"again:(?P<job>\d+):{_OFFER}"
DECIDE_ID = r"(?P<verdict>approve|decline):(?P<job>\d+)"
LOG_ID = r"log:(?P<way>older|newer):(?P<member>\d+):(?P<entry>\d+):(?P<change>\d+)"
FORGET_ID = r"forget:(?P<answer>yes|no)"
ASK_ID = r"ask:operator"
"""The ids of the buttons, as regular expressions."""


def nearest_button(draft_id: int, offered: Suggestion) -> discord.ui.View:
    """Offer the nearest to an order that could not be placed."""
    return _view([_button(f"nearest:{draft_id}", offered, discord.ButtonStyle.primary)])


def again_buttons(job_id: int, offered: Sequence[Suggestion]) -> discord.ui.View:
    """Offer what can be made in place of a job that came to nothing."""
    return _view([_button(f"again:{job_id}", each) for each in offered])


def decide_buttons(job_id: int) -> discord.ui.View:
    """Let a moderator approve or decline a price."""
    return _view(
        [
            _plain_button("Approve", f"approve:{job_id}", style=discord.ButtonStyle.success),
            _plain_button("Decline", f"decline:{job_id}", style=discord.ButtonStyle.danger),
        ]
    )


def log_buttons(page: Page, member_id: int | None) -> discord.ui.View:
    """Lead to the newer and the older page of the log, where there are any."""
    return _view(
        [
            _plain_button("Newer", _log_id("newer", page.newer, member_id), page.newer is None),
            _plain_button("Older", _log_id("older", page.older, member_id), page.older is None),
        ]
    )


def forget_buttons() -> discord.ui.View:
    """Let a member confirm that prompts and videos are deleted, or keep them."""
    return _view(
        [
            _plain_button("Delete them", "forget:yes", style=discord.ButtonStyle.danger),
            _plain_button("Keep them", "forget:no"),
        ]
    )


def way_out(error: BotError) -> discord.ui.View | None:
    """Choose the buttons under a refusal's words; None: it has none."""
    if isinstance(error, ServerNotOpen) and error.asked_at is None:
        ask = _plain_button("Ask the operator", ASK_ID, style=discord.ButtonStyle.primary)
        return _view([ask])
    return None


def job_buttons(view: JobView, menu: Menu) -> discord.ui.View | None:
    """Choose the buttons of a job's message, as it stands; None: it has none."""
    if view.approval_lapses_at is not None:
        return decide_buttons(view.job.id)
    offered = remedies(menu, view.job)
    return again_buttons(view.job.id, offered) if offered else None


def _log_id(way: str, cursor: Cursor | None, member_id: int | None) -> str:
    entry, change = (cursor.entry_id, cursor.change_id) if cursor else (0, 0)
    return f"log:{way}:{member_id or 0}:{entry}:{change}"


def _plain_button(
    label: str,
    custom_id: str,
    disabled: bool = False,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
) -> "discord.ui.Button[discord.ui.View]":
    return discord.ui.Button(style=style, label=label, custom_id=custom_id, disabled=disabled)


def _button(
    begin: str,
    offered: Suggestion,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
) -> "discord.ui.Button[discord.ui.View]":
    return discord.ui.Button(
        style=style,
        label=_label(offered),
        custom_id=f"{begin}:{offered.model}:{offered.duration_seconds}:{offered.size}"
        f":{offered.price}",
    )


def _label(offered: Suggestion) -> str:
    """Say what is made and what it costs, in at most 80 characters."""
    rest = f" · {offered.duration_seconds} s · {offered.size} for {price_text(offered.price)}"
    return f"{offered.title[: 80 - len(rest)]}{rest}"


def _view(buttons: Sequence["discord.ui.Button[discord.ui.View]"]) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for button in buttons:
        view.add_item(button)
    view.stop()
    return view
