"""Which names the letters at hand can show."""

from pathlib import Path

import pytest
from matplotlib.font_manager import findSystemFonts, get_font

from bot.reports.typeface import drawable


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada", "Ada"),
        ("Дмитрий", "Дмитрий"),
        ("مرحبا", "مرحبا"),
        ("Hà Nội", "Hà Nội"),
        ("$x_1^2$ \\frac", "$x_1^2$ \\frac"),
        ("★☆★", "★☆★"),
        # Fancy letters stand for plain ones.
        ("\U0001d4db\U0001d4fe\U0001d4f7\U0001d4ea", "Luna"),
        # What can't be shown goes, if a name is left.
        ("Ada \U0001f9d1\u200d\U0001f680 Lovelace", "Ada Lovelace"),
        ("\U00012000\U00012001 Bob", "Bob"),
        # Nothing is left, or only what would name nobody.
        ("\U00012000\U00012001", ""),
        ("\U00012000★", ""),
        ("\u200b\u2060", ""),
        # One mark on a letter at most.
        ("Z\u0337\u0322\u031b\u035aa\u0338\u0321", "Z\u0337a\u0338"),
    ],
)
def test_a_name_is_shown_as_far_as_letters_allow(name: str, shown: str) -> None:
    """Known letters stay, fancy ones become plain, others go; a mere rest is no name."""
    assert drawable(name) == shown


@pytest.mark.parametrize(
    ("package", "file", "names"),
    [
        ("fonts-wqy-microhei", "wqy-microhei.ttc", ["田中さくら", "张伟", "陳大文", "김민준"]),
        ("fonts-tlwg-loma-ttf", "Loma.ttf", ["สมชาย", "พี่น้อง", "น้ำผึ้ง"]),
        ("fonts-lohit-deva", "Lohit-Devanagari.ttf", ["राहुल शर्मा", "लड़कियाँ", "सिंह"]),
    ],
)
def test_names_in_other_scripts_are_shown_with_the_image_s_fonts(
    package: str, file: str, names: list[str]
) -> None:
    """Each whole, with the marks that its script needs; no box stands for a letter."""
    found = [path for path in findSystemFonts() if Path(path).name == file]
    if not found:
        pytest.skip(f"{package} is not installed: there is no {file}")
    for name in names:
        assert drawable(name) == name
    letters = get_font(found[0]).get_charmap()
    assert all(ord(letter) in letters or letter == " " for name in names for letter in name)


def test_a_pile_of_a_script_s_own_marks_is_cut() -> None:
    """A letter has three of them at most, whether or not there are fonts for it."""
    assert len(drawable("ก" + "\u0e47" * 20 + " Ada")) <= len("ก" + "\u0e47" * 3 + " Ada")
