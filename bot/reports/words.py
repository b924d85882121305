"""A report in words: its period, its amounts, and what its picture shows."""

from collections.abc import Sequence
from datetime import date

from bot.presentation.text import isolated, plain_line, price_text
from bot.reports.report import Report, Share, leading

ALT_TEXT_LIMIT = 1000
"""Characters; Discord takes 1,024."""
NOTHING_SPENT = "Nothing was spent in this time."
_NAMES_TOLD = 10
_SERVER_NAME_SHOWN = 100
_NAME_SHOWN = 32
"""Characters; Discord's own limits for the names of servers and of members."""


def describe(report: Report) -> str:
    """Tell those who cannot see the picture what it shows, in at most ALT_TEXT_LIMIT characters."""
    server = isolated(plain_line(report.server_name, _SERVER_NAME_SHOWN)) or "this server"
    period = period_text(report.first_day, report.last_day)
    opening = f"Spending on videos in {server}, {period}. "
    if not report.credits:
        return opening + NOTHING_SPENT
    day, most = report.highest_day
    opening += (
        f"In all {price_text(report.credits)} for {videos_text(report.videos)}. "
        f"The most on one day: {price_text(most)} on {_day_text(day)}. "
    )
    texts = (opening + _shares_text(report, told) for told in range(_NAMES_TOLD, 0, -1))
    return next(text for text in texts if len(text) <= ALT_TEXT_LIMIT)


def summary(report: Report) -> str:
    """Tell the period and the total, beside the picture that shows the rest."""
    period = period_text(report.first_day, report.last_day)
    if not report.credits:
        return f"{period}. {NOTHING_SPENT}"
    return f"{period}: {price_text(report.credits)} for {videos_text(report.videos)}."


def period_text(first: date, last: date) -> str:
    """Name a period: 3 November 2026, 1 to 30 November 2026, 28 October to 3 November 2026."""
    if first == last:
        return _day_text(first)
    if first.year != last.year:
        return f"{_day_text(first)} to {_day_text(last)}"
    if first.month != last.month:
        return f"{first.day} {first:%B} to {_day_text(last)}"
    return f"{first.day} to {_day_text(last)}"


def videos_text(count: int) -> str:
    """Name a number of videos."""
    return f"{count:,} video{'' if count == 1 else 's'}"


def short_amount(amount: float) -> str:
    """Write an amount in few characters: 12,345 as it is, from 100,000 on 123k, 1.23M, 45.6B."""
    if amount < 100_000:  # noqa: PLR2004 - as the docstring says
        return f"{amount:,.0f}"
    for unit, size in (("k", 1e3), ("M", 1e6), ("B", 1e9)):
        scaled = float(f"{amount / size:.3g}")
        if scaled < 1000:  # noqa: PLR2004 - else the next unit says it shorter
            return f"{scaled:g}{unit}"
    return f"{amount / 1e12:,.0f}T"


def short_money(amount: float) -> str:
    """Write credits as money in few characters: $12.40, $1,240, $124k."""
    dollars = amount / 100
    exact = dollars < 1000  # noqa: PLR2004 - from there on, cents say little
    return f"${dollars:.2f}" if exact else f"${short_amount(dollars)}"


def short_price(amount: int) -> str:
    """Write credits and their money in few characters: 1,240 · $12.40."""
    return f"{short_amount(amount)} · {short_money(amount)}"


def stand_in(share: Share) -> str:
    """Name a share whose own name can't be shown: a member by the end of the id."""
    return "unnamed" if share.member_id is None else f"member …{share.member_id % 10_000:04}"


def _day_text(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _shares_text(report: Report, told: int) -> str:
    return f"By member: {_listed(report.members, told)}. By model: {_listed(report.models, told)}."


def _listed(shares: Sequence[Share], told: int) -> str:
    return ", ".join(
        f"{isolated(plain_line(each.name, _NAME_SHOWN)) or stand_in(each)} "
        f"{price_text(each.credits)}"
        for each in leading(shares, told)
    )
