"""The card that a report is drawn on: an opaque background, letters and places in pixels.

Opaque, so that it reads the same on Discord's dark and light screens. Drawn with matplotlib's
objects alone: pyplot keeps what it draws in globals, which threads would share.
"""

import io
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patheffects import withStroke

from bot.reports.typeface import typeface

WIDTH = 550
"""The picture's width in pixels as Discord shows it; all measures are in these."""
_FILE_PIXELS = 2
"""Of the file, for each of the reader's: fine screens show sharp letters."""
_PX_PER_INCH = 100

CARD = "#1b1d23"
TEXT = "#f2f3f5"
QUIET_TEXT = "#b5bac1"
LINES = "#3a3d46"

LETTERS = 11
"""Pixels; 7 where a phone shows the picture 350 wide."""
LARGE_LETTERS = 16


class Card:
    """A picture that is being drawn; places are pixels from its left and its top."""

    def __init__(self, height: float) -> None:
        self._height = height
        size = (WIDTH / _PX_PER_INCH, height / _PX_PER_INCH)
        self._figure = Figure(size, dpi=_PX_PER_INCH * _FILE_PIXELS, facecolor=CARD)
        FigureCanvasAgg(self._figure)  # the figure keeps it
        self._face = typeface(LETTERS)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        colour: str = TEXT,
        face: FontProperties | None = None,
        align: Literal["left", "center", "right"] = "left",
        *,
        halo: bool = False,
    ) -> None:
        """Write a line; ``y`` is what its letters stand on. A halo keeps other lines off it."""
        self._figure.text(
            x / WIDTH,
            1 - y / self._height,
            words,
            color=colour,
            fontproperties=face or self._face,
            horizontalalignment=align,
            verticalalignment="baseline",
            parse_math=False,
            path_effects=[withStroke(linewidth=2, foreground=CARD)] if halo else [],
        )

    def axes(self, left: float, top: float, width: float, height: float) -> Axes:
        """Make room for bars, without frame, ticks or margins."""
        place = (left / WIDTH, 1 - (top + height) / self._height, width / WIDTH)
        axes = self._figure.add_axes((*place, height / self._height), facecolor="none")
        axes.spines[:].set_visible(False)
        axes.set(xticks=[], yticks=[])
        axes.margins(0)
        return axes

    def width(self, words: str) -> float:
        """Measure a line in the usual letters, in pixels."""
        probe = self._figure.text(0, 0, words, fontproperties=self._face, parse_math=False)
        measured = probe.get_window_extent().width / _FILE_PIXELS
        probe.remove()
        return measured

    def fitted(self, words: str, room: float) -> str:
        """Cut a line so that it is no wider than the room in pixels."""
        if self.width(words) <= room:
            return words
        cuts = (words[:length].rstrip() + "…" for length in range(len(words) - 1, 0, -1))
        return next((cut for cut in cuts if self.width(cut) <= room), "…")

    def png(self) -> bytes:
        """Write the picture as a PNG file, without a word of what made it."""
        file = io.BytesIO()
        self._figure.savefig(file, format="png", facecolor=CARD, metadata={"Software": None})
        return file.getvalue()
