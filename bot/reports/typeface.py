"""The letters of a picture, and which names they can show."""

import contextlib
import logging
import unicodedata
from functools import cache

from matplotlib.font_manager import FontProperties, findSystemFonts, fontManager, get_font

from bot.presentation.text import plain_line

_FAMILIES = (
    "DejaVu Sans",
    # East Asia: those of Debian, the smallest first, then of Windows and of macOS.
    *("WenQuanYi Micro Hei", "Droid Sans Fallback", "WenQuanYi Zen Hei", "Noto Sans CJK JP"),
    *("Yu Gothic", "Microsoft YaHei", "Malgun Gothic"),
    *("Hiragino Sans", "PingFang SC", "Apple SD Gothic Neo"),
    # Thai and the scripts of India.
    *("Loma", "Waree", "Garuda", "Leelawadee UI", "Thonburi"),
    *("Lohit Devanagari", "Nirmala UI", "Kohinoor Devanagari"),
    *("FreeSans", "FreeSerif"),
)
"""The first comes with matplotlib; the others know more scripts, where they are installed."""
_EACH_A_SCRIPT = "Noto Sans "
"""What the names of a family of fonts begin with of which each knows a script or two."""
_OWN_MARKS = 3
"""So many marks of its own script a letter may have: in Hindi a dot, a vowel and a nasal."""
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

    A letter keeps one mark that fits on any letter, and those that its script needs: piles of
    them would run into other lines.
    """
    known = _known()
    line = plain_line(text, _NAME_LIMIT)
    kept, marks = [], 0
    for character in line:
        marks = marks + 1 if _is_mark(character) else 0
        if marks <= (1 if _fits_anywhere(character) else _OWN_MARKS):
            kept.append(_plain(character, known))
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


def _fits_anywhere(character: str) -> bool:
    return unicodedata.name(character, "").startswith("COMBINING ")


def _installed() -> tuple[str, ...]:
    """List the families that are used: each shows letters that none before it does."""
    return tuple(_letters())


@cache
def _known() -> frozenset[int]:
    """List the characters that the plain letters can show."""
    return frozenset().union(*_letters().values())


@cache
def _letters() -> dict[str, frozenset[int]]:
    """Tell which characters each of the families adds."""
    # Of these fonts few are there in bold, which is told in the log, and no matter.
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    _look_for_new_fonts()
    names = set(fontManager.get_font_names())
    of_a_script = sorted(name for name in names if name.startswith(_EACH_A_SCRIPT))
    added: dict[str, frozenset[int]] = {}
    known: set[int] = set()
    for family in dict.fromkeys((*_FAMILIES, *of_a_script)):
        if family in names:
            file = fontManager.findfont(FontProperties(family=family))
            if new := get_font(file).get_charmap().keys() - known:
                added[family] = frozenset(new)
                known |= new
    return added


def _look_for_new_fonts() -> None:
    """Learn of what was installed since matplotlib made its list, which it keeps on the disk."""
    listed = {entry.fname for entry in fontManager.ttflist}
    for file in findSystemFonts():
        if file not in listed:
            with contextlib.suppress(OSError, RuntimeError):  # no font, or of a kind it cannot read
                fontManager.addfont(file)
