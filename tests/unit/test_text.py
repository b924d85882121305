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
    isolated,
    listing,
    moment,
    plain_line,
    price_text,
    quote,
    tame,
)
from tests.unit.samples import MOMENTS, SPELLS, TEXTS, UNSEEN

LIMITS = st.integers(1, 2000)
WORDS = st.text(st.characters(codec="ascii", categories=["L", "N"], include_characters=' ,;="%&'))

JOINERS = "\u200c\u200d"
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
@example("\n\n", 1)
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
def test_nothing_unseen_survives_but_what_letters_and_emoji_are_made_with(
    text: str, limit: int
) -> None:
    """Controls, overrides and zero-width characters of the input are gone."""
    tamed = tame(text, limit).replace("@\u200b", "").replace("\n", "")
    tamed = re.sub(f"(?<=[\u0590-\U0010ffff])[{JOINERS}](?=[\u0590-\U0010ffff])", "", tamed)
    tamed = re.sub(r"\u2068(.*?)\u2069", lambda isolated: strip_marks(isolated[1]), tamed)
    tamed = re.sub("\U0001f3f4[\U000e0030-\U000e007a]+\U000e007f", "", tamed)
    tamed = re.sub("(?<=[\u1820-\u18aa])[\u180b-\u180f]", "", tamed)

    assert {unicodedata.category(each) for each in tamed} & {"Cc", "Cf", "Zl", "Zp", "Cs"} == set()
    assert not set(tamed) & set(UNSEEN)


def strip_marks(text: str) -> str:
    """Take out the marks that say which way the letters beside them run."""
    return re.sub("[\u061c\u200e\u200f]", "", text)


@given(TEXTS)
def test_what_is_seen_stays_as_it_was_typed(text: str) -> None:
    """Without the escapes it is the text again, letter by letter."""
    tamed = tame(text, 100_000)

    shown = re.sub(r"\\([^0-9A-Za-z\s])", r"\1", tamed).replace("@\u200b", "@")
    typed = unicodedata.normalize("NFC", text)
    assert seen(shown) == seen(typed)


def seen(text: str) -> str:
    """Leave out what shows nothing by itself."""
    return "".join(
        each for each in text if each in " \n" or (each.isprintable() and each not in UNSEEN)
    )


@pytest.mark.parametrize(
    "text",
    [
        "👩\u200d🚀",
        "👨\u200d👩\u200d👧\u200d👦",
        "🏳\ufe0f\u200d🌈",
        "❤\ufe0f\u200d🔥",
        "👩🏽\u200d🚒",
        "1\ufe0f\u20e3",
        "क्\u200dष",
        "ක්\u200dර",
        "葛\U000e0100",
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        "ᠭ\u180b",
    ],
)
def test_joiners_and_selectors_that_make_a_letter_or_an_emoji_stay(text: str) -> None:
    """A family is one emoji, Scotland has its flag, and Hindi its joined letters."""
    assert tame(text, 100) == text
    assert plain_line(text, 100) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u200db\u200cc", "abc"),
        ("👩\u200d", "👩"),
        ("\u200d🚀", "🚀"),
        ("👩\u200d\u200d🚀", "👩\u200d🚀"),
        ("\U000e0067\U000e0062", ""),
        ("\U0001f3f4\U000e0067", "\U0001f3f4"),
        ("a\u180b", "a"),
        ("a\u200fb\u202ec", "abc"),
    ],
)
def test_what_would_only_hide_is_dropped(text: str, shown: str) -> None:
    """Where no script and no emoji needs it, nobody could see that it is there."""
    assert tame(text, 100) == shown
    assert plain_line(text, 100) == shown


def test_letters_that_run_to_the_left_are_isolated_line_by_line() -> None:
    """What stands beside them keeps its order; a member's overrides are gone."""
    persian = "می\u200cخواهم"  # noqa: RUF001

    assert tame(persian, 100) == f"\u2068{persian}\u2069"
    assert tame(f"\u202e{persian}\u202c\nabc", 100) == f"\u2068{persian}\u2069\nabc"
    assert isolated("שלום") == "\u2068שלום\u2069"  # noqa: RUF001
    assert isolated("Ada") == "Ada"


@given(TEXTS, LIMITS)
def test_each_isolation_ends_in_its_line(text: str, limit: int) -> None:
    """Wherever the text was cut."""
    for line in tame(text, limit).split("\n"):
        assert re.fullmatch("[^\u2068\u2069]*(\u2068[^\u2068\u2069]*\u2069…?)?", line)


def test_a_cut_never_falls_into_a_flag_and_leaves_no_joiner() -> None:
    """Half of an emoji would show as another, or not at all."""
    flag = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"

    assert tame(f"ab{flag}", 6) == "ab…"
    assert tame("a👩\u200d🚀", 4) == "a👩…"
    assert plain_line("a👩\u200d🚀", 3) == "a👩…"


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


@pytest.mark.parametrize("lines", [100, 800, 4000])
def test_of_many_short_lines_the_first_are_shown(lines: int) -> None:
    """Each line's mark takes room: with all of them, nothing else would fit."""
    quoted = quote("\n".join(str(number % 10) for number in range(lines)), 1500)

    assert quoted.splitlines()[:3] == ["> 0", "> 1", "> 2"]
    assert len(quoted.splitlines()) == 30
    assert quoted.endswith("…")


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
