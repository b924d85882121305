"""The picture of a report: spending by day, by member and by model, on a card.

Importing this module imports matplotlib.
"""

import math
from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from bot.presentation.text import credits_text
from bot.reports.card import LARGE_LETTERS, LETTERS, LINES, QUIET_TEXT, WIDTH, Card
from bot.reports.columns import COLUMN_WIDTH, Column, columns, named
from bot.reports.report import Report, Share, leading
from bot.reports.typeface import drawable, typeface
from bot.reports.words import (
    NOTHING_SPENT,
    period_text,
    short_amount,
    short_money,
    short_price,
    stand_in,
    videos_text,
)

DAYS = "#56b4e9"
MEMBERS = "#ffb000"
MODELS = "#a5d86e"
OTHERS = "#8b909a"
"""Blue, orange and green that all kinds of colour vision tell apart, and grey. Nothing is told by
colour alone."""

MOST_MEMBERS = 10
MOST_MODELS = 5

MARGIN = 16
"""Pixels, as all that follows."""
RIGHT = WIDTH - MARGIN
HEADER = 58
HEADING = 20
COLUMNS = 88
COLUMNS_LEFT, COLUMNS_RIGHT = 58, 482
COLUMN_NAMES = 28
LEAST_COLUMNS = 7
ROW, MODEL_ROW = 15, 30
BAR, BAR_CENTRE = 10, 7
MEMBER_BARS_LEFT, MEMBERS_RIGHT, MODELS_LEFT = 134, 340, 372
LINE = 14
"""The height of a line of letters."""
GAP = 4


def draw(report: Report) -> bytes:
    """Draw a report as a PNG file."""
    if not report.credits:
        return _draw_nothing(report)
    members = leading(report.members, MOST_MEMBERS)
    models = leading(report.models, MOST_MODELS)
    lists_top = HEADER + HEADING + COLUMNS + COLUMN_NAMES + HEADING
    card = Card(lists_top + max(ROW * len(members), MODEL_ROW * len(models)) + MARGIN)
    _draw_header(card, report)
    _draw_columns(card, report, HEADER + HEADING)
    _draw_members(card, members, lists_top)
    _draw_models(card, models, lists_top)
    return card.png()


def _draw_nothing(report: Report) -> bytes:
    """Draw the picture of a period without spending."""
    card = Card(180)
    _draw_header(card, report)
    card.text(
        WIDTH / 2, 112, NOTHING_SPENT, face=typeface(LARGE_LETTERS, bold=True), align="center"
    )
    hint = "/sora create makes a video."
    card.text(WIDTH / 2, 134, hint, QUIET_TEXT, align="center")
    return card.png()


def _draw_header(card: Card, report: Report) -> None:
    large = typeface(LARGE_LETTERS, bold=True)
    card.text(MARGIN, 27, "Spending on videos", face=large)
    card.text(RIGHT, 27, credits_text(report.credits), face=large, align="right")
    total = f"${report.credits / 100:,.2f} · {videos_text(report.videos)}"
    card.text(RIGHT, 44, total, QUIET_TEXT, align="right")
    period = period_text(report.first_day, report.last_day)
    server = drawable(report.server_name)
    left: float = MARGIN
    if server:
        period = f"· {period}"
        room = RIGHT - MARGIN - card.width(total) - GAP - card.width(period) - MARGIN
        server = card.fitted(server, room)
        card.text(left, 44, server, QUIET_TEXT)
        left += card.width(server) + GAP
    # By itself: letters that run to the left would reorder the figures beside them.
    card.text(left, 44, period, QUIET_TEXT)


def _draw_columns(card: Card, report: Report, top: float) -> None:
    heading, bars = columns(report)
    card.text(MARGIN, top - 8, heading, DAYS)
    amounts = [bar.credits for bar in bars]
    # Room for a line of letters above the highest; a few columns stay slim, in the middle.
    ceiling = max(amounts) * COLUMNS / (COLUMNS - LINE)
    places = max(LEAST_COLUMNS, len(bars))
    pitch = (COLUMNS_RIGHT - COLUMNS_LEFT) / places
    axes = card.axes(COLUMNS_LEFT, top, COLUMNS_RIGHT - COLUMNS_LEFT, COLUMNS)
    axes.set(xlim=(0, COLUMNS_RIGHT - COLUMNS_LEFT), ylim=(0, ceiling))
    middles = [pitch * (index + (places - len(bars) + 1) / 2) for index in range(len(bars))]
    axes.bar(middles, amounts, width=COLUMN_WIDTH * pitch, color=DAYS, zorder=2)
    _draw_levels(card, axes, top, max(amounts))
    _name_columns(card, bars, middles, top + COLUMNS + LINE)
    texts = [short_amount(amount) for amount in amounts]
    room = [(card.width(text) + GAP / 2) / pitch for text in texts]
    for index in named(amounts, room, ceiling * 2 / COLUMNS):
        y = top + COLUMNS * (1 - amounts[index] / ceiling) - 3
        card.text(COLUMNS_LEFT + middles[index], y, texts[index], align="center", halo=True)


def _draw_levels(card: Card, axes: Axes, top: float, most: int) -> None:
    """Draw lines behind the columns, with their credits to the left and money to the right."""
    axes.axhline(0, color=LINES, linewidth=0.6, zorder=1)
    levels = MaxNLocator(5, steps=[1, 2, 5, 10], integer=True).tick_values(0, most)
    for level in levels:
        if not 0 < level <= most:
            continue
        axes.axhline(level, color=LINES, linewidth=0.6, zorder=1)
        y = top + COLUMNS * (1 - level / axes.get_ylim()[1]) + LETTERS / 3
        card.text(COLUMNS_LEFT - GAP, y, short_amount(level), QUIET_TEXT, align="right")
        card.text(COLUMNS_RIGHT + GAP, y, short_money(level), QUIET_TEXT)


def _name_columns(card: Card, bars: Sequence[Column], middles: Sequence[float], y: float) -> None:
    """Write the columns' names below them: of every so many, where not all have room."""
    pitch = (COLUMNS_RIGHT - COLUMNS_LEFT) / max(LEAST_COLUMNS, len(bars))
    step = math.ceil(max(card.width(bar.name) + 2 * GAP for bar in bars) / pitch)
    for bar, middle in list(zip(bars, middles, strict=True))[::step]:
        card.text(COLUMNS_LEFT + middle, y, bar.name, QUIET_TEXT, align="center")


def _draw_members(card: Card, shares: Sequence[Share], top: float) -> None:
    """Draw a line for each member: the name, then a bar and the amount."""
    card.text(MARGIN, top - 8, "By member", MEMBERS)
    for index, share in enumerate(shares):
        name = card.fitted(drawable(share.name) or stand_in(share), MEMBER_BARS_LEFT - MARGIN - GAP)
        card.text(MARGIN, top + ROW * index + LETTERS, name)
    colours = _colours(shares, MOST_MEMBERS, MEMBERS)
    _draw_bars(card, shares, colours, MEMBER_BARS_LEFT, MEMBERS_RIGHT, top, ROW)


def _draw_models(card: Card, shares: Sequence[Share], top: float) -> None:
    """Draw two lines for each model: the name, and below it a bar and the amount."""
    card.text(MODELS_LEFT, top - 8, "By model", MODELS)
    for index, share in enumerate(shares):
        name = card.fitted(drawable(share.name) or stand_in(share), RIGHT - MODELS_LEFT)
        card.text(MODELS_LEFT, top + MODEL_ROW * index + LETTERS, name)
    colours = _colours(shares, MOST_MODELS, MODELS)
    _draw_bars(card, shares, colours, MODELS_LEFT, RIGHT, top + LINE - 1, MODEL_ROW)


def _draw_bars(
    card: Card,
    shares: Sequence[Share],
    colours: Sequence[str],
    left: float,
    right: float,
    top: float,
    pitch: float,
) -> None:
    """Draw a bar for each share, one below the other, and its amount behind it."""
    amounts = [share.credits for share in shares]
    texts = [short_price(amount) for amount in amounts]
    longest = right - left - GAP - max(map(card.width, texts))
    lengths = [longest * amount / max(amounts) for amount in amounts]
    axes = card.axes(left, top, longest, pitch * len(shares))
    axes.set(xlim=(0, longest), ylim=(pitch * len(shares), 0))
    places = [pitch * index + BAR_CENTRE for index in range(len(shares))]
    axes.barh(places, lengths, height=BAR, color=colours)
    for length, text, y in zip(lengths, texts, places, strict=True):
        card.text(left + length + GAP, top + y + LETTERS - BAR_CENTRE, text)


def _colours(shares: Sequence[Share], most: int, colour: str) -> list[str]:
    """Colour each share, and in grey what sums up the rest."""
    return [colour if index < most else OTHERS for index in range(len(shares))]
