"""What a server spent: the figures, a picture of them, words for it, and a table.

Nothing here waits or reads anything. ``draw_report`` takes a noticeable time: call it off the loop.
"""

from bot.reports.report import LONGEST_DAYS, Report, SpendingRow, VideoRow, make_report
from bot.reports.spans import Span, span_days
from bot.reports.table import write_csv, write_videos
from bot.reports.words import ALT_TEXT_LIMIT, describe, summary

__all__ = [
    "ALT_TEXT_LIMIT",
    "LONGEST_DAYS",
    "Report",
    "Span",
    "SpendingRow",
    "VideoRow",
    "describe",
    "draw_report",
    "make_report",
    "span_days",
    "summary",
    "write_csv",
    "write_videos",
]


def draw_report(report: Report) -> bytes:
    """Draw a report as a PNG file of at most 200,000 bytes; several threads may draw at once."""
    from bot.reports.chart import draw  # noqa: PLC0415 - matplotlib is slow to import and large

    return draw(report)
