"""Figures: what was measured, what it is compared with, and whether it is what it should be."""

from dataclasses import dataclass

_WIDTHS = (64, 11, 26, 6, 15, 3)


@dataclass(frozen=True)
class Beside:
    """The same measure of something else, taken in the same run."""

    of: str
    value: float


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    name: str
    value: float
    unit: str = ""
    beside: Beside | None = None
    most: float | None = None
    """The aim: no more than this, in the figure's unit."""
    most_times: float | None = None
    """The aim: no more than so many times what stands beside it."""

    @property
    def ratio(self) -> float | None:
        """How many times what stands beside it; None where there is nothing to divide by."""
        return self.value / self.beside.value if self.beside and self.beside.value else None

    @property
    def met(self) -> bool | None:
        """Whether every aim is met; None where there is none."""
        limits = [(self.value, self.most), (self.ratio, self.most_times)]
        verdicts = [
            value is not None and value <= most for value, most in limits if most is not None
        ]
        return all(verdicts) if verdicts else None

    def line(self) -> str:
        """Write it as a line of the table."""
        beside = f"{_short(self.beside.value)} {self.beside.of}" if self.beside else ""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        aims = [] if self.most is None else [f"<= {self.most:g} {self.unit}".rstrip()]
        aims += [] if self.most_times is None else [f"<= {self.most_times:g} times"]
        met = {True: "yes", False: "no", None: ""}[self.met]
        value = f"{_short(self.value)} {self.unit}".rstrip()
        return _columns(self.name, value, beside, ratio, ", ".join(aims), met)


def heading() -> str:
    """Write the first line of the table."""
    return _columns("name", "figure", "beside", "ratio", "aim", "met")


def percentile(samples: list[float], percent: float) -> float:
    """Tell the least sample that so many percent of all do not exceed."""
    rank = max(1, -(-len(samples) * percent // 100))
    return sorted(samples)[int(rank) - 1]


def _short(value: float) -> str:
    """Write three digits that count, and whole numbers whole."""
    return f"{value:,.0f}" if abs(value) >= 100 or value == int(value) else f"{value:.3g}"


def _columns(*cells: str) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()
