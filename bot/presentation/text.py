"""Words and figures for people, and text from people made harmless."""

import unicodedata
from collections.abc import Sequence
from datetime import datetime

from bot.credits import Source

_ESCAPED = set("\\`*_~|<>[]()#-+.!:/@")
"""What Discord could take for markdown, a mention, a time, an emoji or a link."""
_UNSEEN_CATEGORIES = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
_BLANK = set("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")
"""Shown as nothing, though they count as letters or marks."""


def tame(text: str, limit: int) -> str:
    """Show text from a member as it was typed, with no effect, in at most ``limit`` characters.

    Control, direction and zero-width characters go, everything that Discord could interpret is
    escaped, and a cut never falls into an escape. Embeds notify nobody, but a mention in one
    would still look like one.
    """
    pieces: list[str] = []
    length = 0
    for character in unicodedata.normalize("NFC", text):
        if character != "\n" and _is_unseen(character):
            continue
        piece = f"\\{character}" if character in _ESCAPED else character
        # An escaped @ would still notify with "everyone" behind it; a zero-width space does not.
        piece = "@\u200b" if character == "@" else piece
        if length + len(piece) > limit - 1:
            return "".join(pieces) + "…"
        pieces.append(piece)
        length += len(piece)
    return "".join(pieces)


def tame_line(text: str, limit: int) -> str:
    """Show text from a member, with no effect, on one line."""
    return tame(" ".join(text.split()), limit)


def plain_line(text: str, limit: int) -> str:
    """Put text from a member on one line of at most ``limit`` characters, for where no markdown is.

    Control, direction and zero-width characters go.
    """
    line = unicodedata.normalize("NFC", " ".join(text.split()))
    shown = "".join(character for character in line if not _is_unseen(character))
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def _is_unseen(character: str) -> bool:
    category = unicodedata.category(character)
    if category == "Cn":
        # Newer than Python's tables: emoji and scripts, up to where the invisible tags begin.
        return not "\U00010000" <= character < "\U000e0000"
    return category in _UNSEEN_CATEGORIES or character in _BLANK


def quote(text: str, limit: int) -> str:
    """Show text from a member as a quotation."""
    lines = [line for line in text.splitlines() if line.strip()]
    shown = tame("\n".join(lines), limit - 2 * len(lines))
    return "\n".join(f"> {line}" for line in shown.split("\n"))


def credits_text(amount: int) -> str:
    """Name an amount: 1,500 credits."""
    return f"{amount:,} credit{'' if amount == 1 else 's'}"


def price_text(amount: int) -> str:
    """Name a price in credits and money; a credit is one US cent of the list price."""
    return f"{credits_text(amount)} (${amount / 100:,.2f})"


def duration_text(seconds: float) -> str:
    """Name a stretch of time roughly: 40 s, 3 min, 2 h."""
    if seconds < 90:  # noqa: PLR2004 - below, seconds say more than minutes
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{round(seconds / 3600)} h"


def moment(at: datetime, style: str = "R") -> str:
    """Name a moment so that each reader's Discord shows it in their own way and zone.

    R counts ("in 3 minutes") without any edit; f is date and time; d the date.
    """
    return f"<t:{int(at.timestamp())}:{style}>"


def listing(values: tuple[str, ...]) -> str:
    """Join words as a sentence does: a, b and c."""
    *front, last = values
    return f"{', '.join(front)} and {last}" if front else last


def source_name(source: Source) -> str:
    """Name where credits come from; a pool by the role or channel that shares it."""
    match source.kind:
        case "allowance":
            return "the allowance"
        case "grant":
            return "grants"
    sign = "@&" if source.shared_by == "role" else "#"
    return f"the pool of <{sign}{source.target_id}>"


def paid_from_text(sources: Sequence[Source]) -> str:
    """Say which sources pay, and how much each where there are several."""
    if len(sources) == 1:
        return source_name(sources[0])
    return listing(tuple(f"{source_name(each)} ({each.amount:,})" for each in sources))
