"""Buttons. What one means is in its id, so that it outlives every restart.

The views are stopped before they are sent: the library then keeps nothing of them in memory
(measured on discord.py 2.7.1), and the presses come to the ids' handlers in ``cogs``.
"""

from collections.abc import Sequence

import discord

from bot.catalogue import Menu
from bot.credits import Cursor, Page
from bot.errors import BotError, ServerNotOpen, Suggestion
from bot.jobs.job import Job, JobView
from bot.jobs.remedy import REWORDED, remedies
from bot.presentation.job_embed import is_cut
from bot.presentation.text import plain_line, price_text

MOST_ROWS = 5
"""Of buttons under a message (Discord's documentation)."""
_OFFER = r"(?P<model>[a-z0-9._-]+):(?P<seconds>\d+):(?P<size>\d+x\d+):(?P<price>\d+)"
NEAREST_ID = rf"nearest:(?P<draft>\d+):{_OFFER}"
AGAIN_ID = rf"again:(?P<job>\d+):{_OFFER}"
EDIT_ID = r"edit:(?P<job>\d+)"
DECIDE_ID = r"(?P<verdict>approve|decline):(?P<job>\d+)"
PROMPT_ID = r"prompt:(?P<job>\d+)"
LOG_ID = r"log:(?P<way>older|newer):(?P<member>\d+):(?P<entry>\d+):(?P<change>\d+)"
FORGET_ID = r"forget:(?P<answer>yes|no)"
ASK_ID = r"ask:operator"
"""The ids of the buttons, as regular expressions."""
AGAIN = "Try again"
MOST_IN_LABEL = 80
"""Characters of a button's label (Discord's documentation)."""


def nearest_buttons(
    draft_id: int, offered: Sequence[Suggestion], again: Suggestion | None = None
) -> discord.ui.View:
    """Offer what can be had in place of an order that could not be placed, the nearest first.

    ``again`` is the order itself, which may be placed later.
    """
    styles = (discord.ButtonStyle.primary, *[discord.ButtonStyle.secondary] * len(offered))
    pairs = zip(offered, styles, strict=False)
    return _view(
        [
            _button(f"nearest:{draft_id}", each, style, AGAIN if each == again else "")
            for each, style in pairs
        ]
    )


def again_buttons(job: Job, offered: Sequence[Suggestion]) -> discord.ui.View:
    """Offer what can be made in place of a job that came to nothing.

    Where another prompt may help, the prompt can be edited.
    """
    same = (job.model, job.duration_seconds, job.size)
    buttons = [
        _button(
            f"again:{job.id}",
            each,
            words=AGAIN if (each.model, each.duration_seconds, each.size) == same else "",
        )
        for each in offered
    ]
    if job.failure in REWORDED and not job.forgotten:
        likeliest = 0 if all(each.model != job.model for each in offered) else len(offered)
        buttons.insert(likeliest, _plain_button("Edit prompt", f"edit:{job.id}"))
    return _view(buttons)


def origin_of(custom_id: str) -> str:
    """Name what a button of an offer orders, whatever its price is."""
    return custom_id.rpartition(":")[0]


def ordered_buttons(
    shown: Sequence[discord.Component], pressed: str, job_id: int, url: str
) -> discord.ui.View:
    """Put the way to what was ordered in the place of the button that was pressed.

    ``pressed`` is its id, or that of the form which it opened.
    """
    buttons: list[discord.ui.Button[discord.ui.View]] = []
    for each in (part for row in shown for part in getattr(row, "children", ())):
        if not isinstance(each, discord.Button):
            continue
        if pressed == each.custom_id or pressed.startswith(f"{each.custom_id}:"):
            buttons.append(discord.ui.Button(label=f"Ordered: #{job_id}", url=url))
        else:
            buttons.append(discord.ui.Button.from_component(each))
    return _view(buttons)


def decide_buttons(job_id: int, *, whole_prompt: bool) -> discord.ui.View:
    """Let a moderator approve or decline a price, and read the prompt where it is cut."""
    return _view(_deciding(job_id, "", whole_prompt=whole_prompt))


def open_buttons(job_ids: Sequence[int]) -> discord.ui.View:
    """Let a moderator decide about the first of several prices, a row each."""
    buttons = []
    for row, job_id in enumerate(job_ids[:MOST_ROWS]):
        for button in _deciding(job_id, f" #{job_id}", whole_prompt=True):
            button.row = row
            buttons.append(button)
    return _view(buttons)


def _deciding(
    job_id: int, which: str, *, whole_prompt: bool
) -> list["discord.ui.Button[discord.ui.View]"]:
    success, danger = discord.ButtonStyle.success, discord.ButtonStyle.danger
    buttons = [
        _plain_button(f"Approve{which}", f"approve:{job_id}", style=success),
        _plain_button(f"Decline{which}", f"decline:{job_id}", style=danger),
    ]
    if whole_prompt:
        buttons.append(_plain_button(f"Whole prompt{which}", f"prompt:{job_id}"))
    return buttons


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
        # Where the moderators have a message of their own, this one has none of theirs.
        if view.approval_channel_id is not None:
            return None
        return decide_buttons(view.job.id, whole_prompt=is_cut(view.job.prompt))
    buttons = again_buttons(view.job, remedies(menu, view.job))
    return buttons if buttons.children else None


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
    words: str = "",
) -> "discord.ui.Button[discord.ui.View]":
    return discord.ui.Button(
        style=style,
        label=_label(offered, words),
        custom_id=f"{begin}:{offered.model}:{offered.duration_seconds}:{offered.size}"
        f":{offered.price}",
    )


def _label(offered: Suggestion, words: str) -> str:
    """Say what is made and what it costs, as short as a label must be."""
    begin = f"{words} · " if words else ""
    rest = f" · {offered.duration_seconds} s · {offered.size} for {price_text(offered.price)}"
    room = MOST_IN_LABEL - len(begin) - len(rest)
    return f"{begin}{plain_line(offered.title, room)}{rest}"


def _view(buttons: Sequence["discord.ui.Button[discord.ui.View]"]) -> discord.ui.View:
    view = discord.ui.View(timeout=None)
    for button in buttons:
        view.add_item(button)
    view.stop()
    return view
