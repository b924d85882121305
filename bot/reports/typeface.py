"""The letters of a picture, and which names they can show."""

import unicodedata
from functools import cache
from itertools import pairwise

from matplotlib.font_manager import FontProperties, fontManager, get_font

from bot.presentation.text import plain_line

_FAMILIES = ("DejaVu Sans", "Noto Sans CJK JP")
"""The first comes with matplotlib; the other knows the scripts of East Asia, where installed."""
_POINTS_PER_PX = 0.72
"""A figure has 100 of the reader's pixels to the inch, and an inch has 72 points."""
_NAME_LIMIT = 100


def typeface(size_px: float, *, bold: bool = False) -> FontProperties:
    """Choose the letters; ``size_px`` is in pixels as the reader sees them."""
    return FontProperties(
        family=list(_installed()),
        size=size_px * _POINTS_PER_PX,
        weight="bold" if bold else "normal",
    )


def drawable(text: str) -> str:
    """Keep what the letters at hand can show of a name; nothing where that would not name it.

    A letter keeps one mark that is not part of it: piles of them would run into other lines.
    """
    known = _known()
    line = plain_line(text, _NAME_LIMIT)
    kept = [
        _plain(character, known)
        for before, character in pairwise(f" {line}")
        if not (_is_mark(before) and _is_mark(character))
    ]
    shown = plain_line("".join(kept), _NAME_LIMIT)  # what joined a lost letter goes with it
    whole = all(kept) and len(kept) == len(line)
    return shown if whole or any(character.isalnum() for character in shown) else ""


def _plain(character: str, known: frozenset[int]) -> str:
    """Turn a letter of a fancy set into the plain one; nothing where that is unknown as well."""
    if ord(character) in known:
        return character
    plain = unicodedata.normalize("NFKC", character)
    return plain if all(ord(each) in known for each in plain) else ""


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


@cache
def _installed() -> tuple[str, ...]:
    names = set(fontManager.get_font_names())
    return tuple(family for family in _FAMILIES if family in names)


@cache
def _known() -> frozenset[int]:
    """List the characters that the plain letters can show."""
    files = [fontManager.findfont(FontProperties(family=family)) for family in _installed()]
    return frozenset(code for file in files for code in get_font(file).get_charmap())
