"""Spending to report on."""

from collections.abc import Sequence
from datetime import date, timedelta

from bot.reports import Report, SpendingRow, make_report

FIRST, LAST = date(2026, 11, 1), date(2026, 11, 30)
ADA, GRACE = 100_000_000_000_000_001, 100_000_000_000_000_002


def row(
    day: date = FIRST,
    member: int = ADA,
    name: str = "Ada",
    model: str = "sora-2",
    amount: int = 80,
) -> SpendingRow:
    """Describe one video."""
    return SpendingRow(day, member, name, model, amount, 1)


def november(rows: Sequence[SpendingRow], server: str = "Night Owls") -> Report:
    """Report on a month."""
    return make_report(rows, FIRST, LAST, server)


def crowd(
    days: int, members: int = 40, models: int = 7, amount: int = 400, name: str = "member"
) -> list[SpendingRow]:
    """Let many members spend, each day some other amount."""
    return [
        row(
            FIRST + timedelta(days=index * days // 500),
            ADA + index % members,
            f"{name} {index % members}",
            f"{name}-{index % models}",
            1 + amount * (index * 37 % 101) // 100,
        )
        for index in range(500)
    ]
