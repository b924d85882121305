"""Words and figures for people, and text from people made harmless."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime

from bot.credits import Source
from bot.jobs.pauses import Pause, Scope

MOST_SOURCES = 8
"""So many are named, of those that pay for one video."""
MOST_NAMED = 25
"""Of things that can be chosen, in a sentence."""
MOST_READ = 8
"""So many characters are read for each that is shown on a line: unseen ones may pile up."""
MOST_LINES = 30
"""Of a quotation."""
_ESCAPED = set("\\`*_~|<>[]()#-+.!:/@")
"""What Discord could take for markdown, a mention, a time, an emoji or a link."""
_UNSEEN_CATEGORIES = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
_BLANK = set("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")
"""Shown as nothing, though they count as letters or marks."""
_JOINERS = set("\u200c\u200d")
"""They make emoji of several, and letters of Persian or Hindi join or stand apart."""
_FIRST_JOINED = "\u0590"
"""No script that comes before Hebrew in Unicode joins its letters; there a joiner hides only."""
_MONGOLIAN_FORMS = set("\u180b\u180c\u180d\u180f")
_DIRECTION_MARKS = set("\u061c\u200e\u200f")
_RIGHT_TO_LEFT = {"R", "AL"}
_ISOLATE, _END_ISOLATE = "\u2068", "\u2069"
"""Around a text whose letters run to the left: what stands beside it keeps its order."""
_PIECES = re.compile(
    "\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,9}\U000e007f|.", re.DOTALL
)
"""The flag of a part of a country, whose letters are tags that show nothing alone; or anything."""


def tame(text: str, limit: int) -> str:
    """Show text from a member as it was typed, with no effect, in at most ``limit`` characters.

    Control and zero-width characters go that no script and no emoji needs, and everything that
    Discord could interpret is escaped; a cut never falls into an escape. Overrides of the
    direction go as well: what runs to the left is isolated instead, line by line. Embeds notify
    nobody, but a mention in one would still look like one.
    """
    shown = ""
    for number, line in enumerate(_seen(text).split("\n")):
        begin, end = (_ISOLATE, _END_ISOLATE) if _runs_left(line) else ("", "")
        begin = "\n" * (number > 0) + begin
        fits, whole = _cut(
            map(_escaped, _PIECES.findall(line)), limit - 1 - len(shown + begin + end)
        )
        if not whole:
            return f"{shown}{begin}{fits}{end}…" if fits else f"{shown}…"
        shown += begin + fits + end
    return shown


def tame_line(text: str, limit: int) -> str:
    """Show text from a member, with no effect, on one line."""
    return tame(" ".join(text.split()), limit)


def plain_line(text: str, limit: int) -> str:
    """Put text from a member on one line of at most ``limit`` characters, for where no markdown is.

    Control, direction and zero-width characters go that no script and no emoji needs.
    """
    line = " ".join(text[: MOST_READ * limit].split())
    shown = " ".join(_seen(line).split())  # without the gap of what is gone
    if len(shown) <= limit:
        return shown
    return _cut(_PIECES.findall(shown), limit - 1)[0] + "…"


def isolated(text: str) -> str:
    """Keep a name whose letters run to the left from reordering what stands beside it."""
    return f"{_ISOLATE}{text}{_END_ISOLATE}" if _runs_left(text) else text


def _seen(text: str) -> str:
    """Keep what a reader sees of a text, and what the letters and emoji in it are made with."""
    text = unicodedata.normalize("NFC", text)
    runs_left = _runs_left(text)
    kept: list[str] = []
    for match in _PIECES.finditer(text):
        piece, before = match[0], kept[-1][-1] if kept else ""
        if piece in _JOINERS:
            seen = _is_joined(before) and _is_joined(text[match.end() : match.end() + 1])
        elif piece in _DIRECTION_MARKS:
            seen = runs_left and before not in _DIRECTION_MARKS
        elif piece in _MONGOLIAN_FORMS:
            seen = "\u1820" <= before <= "\u18aa"
        else:
            seen = len(piece) > 1 or piece == "\n" or not _is_unseen(piece)
        if seen:
            kept.append(piece)
    return "".join(kept)


def _runs_left(text: str) -> bool:
    return any(
        unicodedata.bidirectional(character) in _RIGHT_TO_LEFT
        for character in text
        if character not in _DIRECTION_MARKS
    )


def _is_joined(character: str) -> bool:
    """Tell whether a joiner can do something beside this."""
    if character < _FIRST_JOINED or character in _JOINERS:
        return False
    return unicodedata.category(character)[0] in "LMS"


def _escaped(piece: str) -> str:
    # An escaped @ would still notify with "everyone" behind it; a zero-width space does not.
    if piece == "@":
        return "@\u200b"
    return f"\\{piece}" if piece in _ESCAPED else piece


def _cut(pieces: Iterable[str], limit: int) -> tuple[str, bool]:
    """Join what fits of the pieces, none of them in part, and tell whether it is all."""
    fits: list[str] = []
    length = 0
    if limit < 0:  # there is no room for what goes before, either
        return "", False
    for piece in pieces:
        length += len(piece)
        if length > limit:
            return "".join(fits).rstrip("".join(_JOINERS)), False
        fits.append(piece)
    return "".join(fits), True


def _is_unseen(character: str) -> bool:
    category = unicodedata.category(character)
    if category == "Cn":
        # Newer than Python's tables: emoji and scripts, up to where the invisible tags begin.
        return not "\U00010000" <= character < "\U000e0000"
    return category in _UNSEEN_CATEGORIES or character in _BLANK


def quote(text: str, limit: int) -> str:
    """Show text from a member as a quotation of at most ``limit`` characters, which are 3 or more.

    Lines are cut first: the mark of each takes room, and a tall quotation hides what is below it.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    shown = lines[: max(1, min(MOST_LINES, limit // 4))]
    cut = len(shown) < len(lines)
    quoted = tame("\n".join(shown), limit - 2 * len(shown) - cut)
    if cut and not quoted.endswith("…"):
        quoted += "…"
    return "\n".join(f"> {line}" for line in quoted.split("\n"))


def credits_text(amount: int) -> str:
    """Name an amount: 1,500 credits."""
    return f"{amount:,} credit{'' if amount == 1 else 's'}"


def price_text(amount: int) -> str:
    """Name a price in credits and money; a credit is one US cent of the list price."""
    return f"{credits_text(amount)} (${amount / 100:,.2f})"


def message_url(guild_id: int, channel_id: int, message_id: int) -> str:
    """Write the address of a message, which opens it."""
    return f"https://discord.com/channels/{guild_id}/{channel_id}/{message_id}"


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


def reason_text(reason: str) -> str:
    """Put somebody's reason behind a clause: ": “…”"; nothing, where none was given."""
    return f": “{tame_line(reason, 300)}”" if reason.strip() else ""


def pause_notice(pause: Pause) -> str:
    """Say on a line of its own that the operator lets nothing new be made in a server."""
    what = "all new videos" if pause.target.scope is Scope.ALL else "new videos in this server"
    return f"⏸️ **Whoever runs the bot has paused {what}{reason_text(pause.reason)}.**"


def listing(values: tuple[str, ...]) -> str:
    """Join words as a sentence does: a, b and c."""
    *front, last = values
    return f"{', '.join(front)} and {last}" if front else last


def either(values: Sequence[str]) -> str:
    """Join words as a choice does: a, b or c."""
    *front, last = values
    return f"{', '.join(front)} or {last}" if front else last


def lengths_text(seconds: Sequence[int]) -> str:
    """Name lengths to choose from, the shortest first: 4, 6 or 8 s; 3 to 15 s."""
    ordered = sorted(seconds)
    if len(ordered) > 3 and ordered == list(range(ordered[0], ordered[-1] + 1)):  # noqa: PLR2004 - fewer are better listed
        return f"{ordered[0]} to {ordered[-1]} s"
    return f"{either(tuple(map(str, ordered)))} s"


def first_of(values: tuple[str, ...], most: int = MOST_NAMED) -> str:
    """Join so many words as a sentence does, and count the others."""
    rest = len(values) - most
    return listing((*values[:most], f"{rest} more") if rest > 1 else values)


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
    """Say which sources pay, and how much each where there are several: the first few by name."""
    if len(sources) == 1:
        return source_name(sources[0])
    named, rest = sources[:MOST_SOURCES], sources[MOST_SOURCES:]
    parts = [f"{source_name(each)} ({each.amount:,})" for each in named]
    if rest:
        parts.append(f"{len(rest)} more ({sum(each.amount for each in rest):,})")
    return listing(tuple(parts))
