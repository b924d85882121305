"""The picture: looked at by its pixels."""

import io
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageColor

from bot.reports import LONGEST_DAYS, Report, SpendingRow, draw_report, make_report
from bot.reports.card import CARD, LETTERS, QUIET_TEXT, TEXT, WIDTH, Card
from bot.reports.chart import DAYS, MARGIN, MEMBERS, MODELS, OTHERS, _draw_header
from tests.unit.reports.samples import FIRST, LAST, crowd, november, row

pytestmark = pytest.mark.slow  # charts are drawn

BARS = (DAYS, MEMBERS, MODELS, OTHERS)

# How the kinds of colour blindness see linear red, green and blue (Machado and others, 2009).
VISIONS = {
    "common": np.eye(3),
    "without red": np.array(
        [
            [0.152286, 1.052583, -0.204868],
            [0.114503, 0.786281, 0.099216],
            [-0.003882, -0.048116, 1.051998],
        ]
    ),
    "without green": np.array(
        [
            [0.367322, 0.860646, -0.227968],
            [0.280085, 0.672501, 0.047413],
            [-0.011820, 0.042940, 0.968881],
        ]
    ),
    "without blue": np.array(
        [
            [1.255528, -0.076749, -0.178779],
            [-0.078411, 0.930809, 0.147602],
            [0.004733, 0.691367, 0.303900],
        ]
    ),
}


def pixels(png: bytes) -> NDArray[np.uint8]:
    """Read a picture: rows of pixels of red, green, blue and opacity."""
    return np.asarray(Image.open(io.BytesIO(png), formats=["PNG"]).convert("RGBA"))


def count(picture: NDArray[np.uint8], colour: str) -> int:
    """Count the pixels that have exactly this colour."""
    wanted = (*ImageColor.getrgb(colour), 255)
    return int(np.all(picture == wanted, axis=2).sum())


def linear(colour: str) -> NDArray[np.float64]:
    """Turn a colour into light (sRGB)."""
    parts = np.array(ImageColor.getrgb(colour)) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def brightness(colour: str) -> float:
    """Tell how bright a colour is, from 0 to 1 (WCAG 2)."""
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    """Compare two colours, from 1 to 21 (WCAG 2)."""
    dark, light = sorted((brightness(one), brightness(other)))
    return (light + 0.05) / (dark + 0.05)


def seen(colour: str, vision: NDArray[np.float64]) -> NDArray[np.float64]:
    """Place a colour among all, so that distances are differences as people see them (CIELAB)."""
    light = np.clip(vision @ linear(colour), 0, 1)
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    x, y, z = np.cbrt(to_xyz @ light / to_xyz.sum(axis=1))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def year(rows: list[SpendingRow]) -> Report:
    """Report on the longest period there is."""
    return make_report(rows, FIRST, FIRST + timedelta(days=LONGEST_DAYS - 1), "Owls")


REPORTS: dict[str, Callable[[], Report]] = {
    "nothing": lambda: november([]),
    "one video": lambda: make_report([row()], FIRST, FIRST, "Owls"),
    "a month": lambda: november(crowd(30)),
    "a year": lambda: year(crowd(LONGEST_DAYS)),
    "great sums": lambda: november(crowd(30, amount=10**12)),
    "long names": lambda: november(crowd(30, name="W" * 500), "W" * 500),
    "wide letters": lambda: november(crowd(30, name="\ufdfd" * 5), "\ufdfd" * 50),
    "one spent all": lambda: november([row(amount=10**9), *crowd(30, amount=1)]),
    "free videos": lambda: november([row(amount=0), row(LAST, 5, "Bob", amount=100)]),
}


@pytest.mark.parametrize("report", REPORTS.values(), ids=REPORTS)
def test_a_picture_is_small_whole_and_opaque(report: Callable[[], Report]) -> None:
    """Under 200,000 bytes, as wide as it should be, and nothing reaches into its margin."""
    png = draw_report(report())
    picture = pixels(png)

    assert len(png) < 200_000
    height, width, _ = picture.shape
    assert width == 2 * WIDTH
    assert height <= 0.8 * width
    assert (picture[..., 3] == 255).all()
    # Twice the pixels; letters may reach over by one.
    edge = 2 * MARGIN - 4
    inside = picture[edge:-edge, edge:-edge]
    assert count(picture, CARD) - count(inside, CARD) == height * width - inside[..., 0].size


def test_a_picture_shows_days_members_and_models() -> None:
    """Each has bars of its own colour; what sums up the rest is grey."""
    full, few = pixels(draw_report(november(crowd(30)))), pixels(draw_report(november([row()])))

    assert all(count(full, colour) > 1000 for colour in BARS)
    assert all(count(few, colour) > 1000 for colour in BARS[:3])
    assert count(few, OTHERS) == 0


def test_a_longer_bar_is_more() -> None:
    """Half the credits make half the bar."""
    one = november([row(), row(LAST, 5, "Bob")])
    other = november([row(), row(LAST, 5, "Bob", amount=40)])
    bars = [count(pixels(draw_report(each)), MEMBERS) for each in (one, other)]

    # The headings' letters have the colour as well.
    assert bars[1] / bars[0] == pytest.approx(0.75, abs=0.02)


def test_a_period_without_spending_has_a_picture() -> None:
    """Words instead of empty axes."""
    picture = pixels(draw_report(november([])))

    assert count(picture, TEXT) > 500
    assert all(count(picture, colour) == 0 for colour in BARS)


def test_everything_can_be_read() -> None:
    """Letters have seven times the card's light, bars three times (WCAG 2, AAA and AA).

    The card is opaque, so the reader's theme does not matter. A phone that shows the picture 350
    pixels wide has letters of 7 pixels.
    """
    assert min(contrast(colour, CARD) for colour in (TEXT, QUIET_TEXT)) >= 7
    assert min(contrast(colour, CARD) for colour in BARS) >= 4.5  # headings have these colours
    assert LETTERS * 350 / WIDTH >= 7


@pytest.mark.parametrize("vision", VISIONS)
def test_colours_differ_for_everyone(vision: str) -> None:
    """No kind of colour vision takes one bar's colour for another's."""
    places = [seen(colour, VISIONS[vision]) for colour in BARS]

    assert min(np.linalg.norm(one - other) for one, other in combinations(places, 2)) > 20


@pytest.mark.parametrize("plane", [0, 1, 2, 14])
def test_any_character_may_be_in_a_name(plane: int) -> None:
    """A character that no letter shape is there for neither stops the picture nor warns."""
    codes = [code for code in range(plane << 16, (plane + 1) << 16) if not 0xD800 <= code < 0xE000]
    names = ["".join(map(chr, codes[start : start + 97])) for start in range(0, len(codes), 97)]
    for start in range(0, len(names), 120):
        rows = [
            row(FIRST, index, f"a{name}", name)
            for index, name in enumerate(names[start : start + 10])
        ]
        draw_report(november(rows, names[start]))


def test_no_name_is_taken_for_a_formula() -> None:
    """What would set mathematics, and would fail at it, is drawn as it stands."""
    assert draw_report(november([row(name=r"$\frac{$", model="$x^$")], "$_$ ^ {"))


def test_several_threads_draw_at_once() -> None:
    """They do not disturb one another: each picture is the one that is drawn alone."""
    reports = [november(crowd(30, amount=amount)) for amount in (100, 200, 300, 400)]
    alone = [draw_report(report) for report in reports]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(draw_report, reports)) == alone


def test_matplotlib_is_imported_when_something_is_drawn() -> None:
    """A bot that starts does not wait for it, and a bot that never draws has no memory taken."""
    code = "import sys, bot.reports; sys.exit('matplotlib' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - our own code


@pytest.mark.parametrize("name", ["שלום 42", "مرحبا", "Night Owls"])
def test_a_servers_name_is_drawn_apart_from_figures(name: str) -> None:
    """Letters that run to the left reorder the figures of the line that they stand in."""
    card = Card(200)

    _draw_header(card, november([row()], name))

    lines = [text.get_text() for text in card._figure.texts]
    assert name in lines
    assert "· 1 to 30 November 2026" in lines
