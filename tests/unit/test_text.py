"""Words and figures for people, and text from people made harmless."""

import re
import unicodedata
from datetime import UTC, datetime

import discord
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.presentation.text import (
    credits_text,
    duration_text,
    listing,
    moment,
    price_text,
    quote,
    tame,
)
from tests.unit.samples import MOMENTS, SPELLS, TEXTS, UNSEEN

LIMITS = st.integers(1, 2000)
WORDS = st.text(st.characters(codec="ascii", categories=["L", "N"], include_characters=' ,;="%&'))

MEANINGS = [
    re.compile(pattern, re.MULTILINE)
    for pattern in (
        r"@(everyone|here)",
        r"<(@[!&]?|#|:|a:|/|t:|id:)",
        r"https?:/",
        r"^\s*(#|-|\*|>|\d+\.)",
        r"\]\(",
        r"\w+:\w+:",
    )
]
"""Mentions, emoji, times, commands, links, and what a line may begin with."""


def unescaped(text: str) -> str:
    """Take out what a backslash deprives of its meaning, with the backslash."""
    return re.sub(r"\\[^0-9A-Za-z\s]", "", text)


@given(TEXTS, LIMITS)
def test_tamed_text_is_never_longer_than_asked(text: str, limit: int) -> None:
    """Escapes count, and so does the mark of a cut."""
    assert len(tame(text, limit)) <= limit


def assert_harmless(tamed: str) -> None:
    """Check that Discord gives no meaning to any part of a text."""
    left = unescaped(tamed)
    assert "\\" not in left, "each backslash has something to escape"
    assert [each.pattern for each in MEANINGS if each.search(left)] == []
    assert discord.utils.escape_markdown(left) == left


@given(TEXTS, LIMITS)
def test_tamed_text_means_nothing_to_discord(text: str, limit: int) -> None:
    """No mention, link, emoji, time or markup is left, wherever the text was cut."""
    assert_harmless(tame(text, limit))


@pytest.mark.parametrize("spell", SPELLS)
@pytest.mark.parametrize("around", ["{}", "a {} b", "a\n{}", "{0}{0}", "\\{}"])
def test_each_spell_is_broken_wherever_it_stands(spell: str, around: str) -> None:
    """Alone, in a line, at its beginning, repeated, and behind a backslash of the member's own."""
    assert_harmless(tame(around.format(spell), 1000))


@given(TEXTS)
def test_the_librarys_own_patterns_find_nothing_in_tamed_text(text: str) -> None:
    """Discord's mentions and emoji, as discord.py recognises them."""
    tamed = tame(text, 10_000)

    assert discord.utils.escape_mentions(tamed) == tamed
    assert not re.search(r"<@(!|&)?\d+>|<#\d+>|<a?:\w+:\d+>|<t:-?\d+(:\w)?>", tamed)


@given(TEXTS, LIMITS)
@example("".join(chr(code) for code in range(0x3000)), 100_000)
@example("".join(chr(code) for code in range(0xD800, 0x10FFFF, 7)), 10_000_000)
def test_nothing_unseen_survives(text: str, limit: int) -> None:
    """Controls, directions and zero-width characters of the input are gone."""
    tamed = tame(text, limit).replace("@\u200b", "").replace("\n", "")

    assert {unicodedata.category(each) for each in tamed} & {"Cc", "Cf", "Zl", "Zp", "Cs"} == set()
    assert not set(tamed) & set(UNSEEN)


@given(TEXTS)
def test_what_is_seen_stays_as_it_was_typed(text: str) -> None:
    """Without the escapes it is the text again, letter by letter."""
    tamed = tame(text, 100_000)

    shown = re.sub(r"\\([^0-9A-Za-z\s])", r"\1", tamed).replace("@\u200b", "@")
    kept = set(shown)
    typed = unicodedata.normalize("NFC", text)
    assert shown == "".join(each for each in typed if each in kept)
    assert all(each in UNSEEN or not each.isprintable() for each in set(typed) - kept)


@given(WORDS)
def test_plain_words_are_not_touched(text: str) -> None:
    """What could do no harm is shown as it is."""
    assert tame(text, len(text) + 1) == text


@given(TEXTS, LIMITS)
def test_what_was_tamed_once_is_harmless_when_tamed_again(text: str, limit: int) -> None:
    """Twice is never worse than once."""
    assert_harmless(tame(tame(text, limit), 2 * limit))


@pytest.mark.parametrize("text", ["\U0001fa77", "\U0001fae8", "\U00031350", "❤\ufe0f", "é", "नमस्ते"])
def test_emoji_and_scripts_are_shown_also_when_they_are_newer_than_python(text: str) -> None:
    """Python 3.11 knows Unicode 14; members type what their phones have."""
    assert tame(text, 100) == text


def test_a_cut_is_marked_and_never_falls_into_an_escape() -> None:
    """Where the next character and its escape do not both fit, neither is shown."""
    assert tame("a" * 10, 6) == "aaaaa…"
    assert tame("aaa***", 6) == "aaa\\*…"
    assert tame("aaa*", 5) == "aaa…"


@given(TEXTS, LIMITS)
def test_a_quotation_is_a_quotation_in_every_line(text: str, limit: int) -> None:
    """It is no longer than asked, and no line falls out of it."""
    quoted = quote(text, max(limit, 3))

    assert len(quoted) <= max(limit, 3)
    assert all(line.startswith("> ") for line in quoted.splitlines())


@given(TEXTS)
def test_within_a_quotation_nothing_has_a_meaning(text: str) -> None:
    """The mark of the quotation is the only markup in it."""
    assert_harmless(re.sub(r"^> ", "", quote(text, 4000), flags=re.MULTILINE))


def test_empty_lines_do_not_stretch_a_quotation() -> None:
    """A prompt with a thousand empty lines is shown in as many lines as it has words on."""
    assert quote("a\n" + "\n \n" * 1000 + "b", 100) == "> a\n> b"


@pytest.mark.parametrize(
    ("amount", "named", "priced"),
    [
        (0, "0 credits", "0 credits ($0.00)"),
        (1, "1 credit", "1 credit ($0.01)"),
        (80, "80 credits", "80 credits ($0.80)"),
        (1500, "1,500 credits", "1,500 credits ($15.00)"),
        (1_000_000, "1,000,000 credits", "1,000,000 credits ($10,000.00)"),
    ],
)
def test_credits_are_named_and_priced(amount: int, named: str, priced: str) -> None:
    """A credit is a cent; one alone has no s."""
    assert (credits_text(amount), price_text(amount)) == (named, priced)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1 s"),
        (0.4, "1 s"),
        (40, "40 s"),
        (89.4, "89 s"),
        (90, "2 min"),
        (180, "3 min"),
        (410, "7 min"),
        (5399, "90 min"),
        (5400, "2 h"),
        (86_400, "24 h"),
    ],
)
def test_a_stretch_of_time_is_named_roughly(seconds: float, text: str) -> None:
    """Seconds while they matter, then minutes, then hours."""
    assert duration_text(seconds) == text


@given(MOMENTS)
def test_a_moment_is_shown_in_each_readers_own_zone(at: datetime) -> None:
    """Discord reads back the same second, whatever zone it was written in."""
    read = re.fullmatch(r"<t:(\d+):R>", moment(at))

    assert read is not None
    assert datetime.fromtimestamp(int(read[1]), UTC) == at.astimezone(UTC).replace(microsecond=0)
    assert moment(at, "f").endswith(":f>")


def test_words_are_joined_as_in_a_sentence() -> None:
    """A comma between, and the last with and."""
    assert listing(("a",)) == "a"
    assert listing(("a", "b")) == "a and b"
    assert listing(("a", "b", "c")) == "a, b and c"
