"""From what was spent, row by row, to the figures of a report."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

LONGEST_DAYS = 366


@dataclass(frozen=True)
class SpendingRow:
    """What a member spent on a model's videos on one day."""

    day: date
    member_id: int
    member_name: str
    model: str
    credits: int
    """Not negative."""
    videos: int


@dataclass(frozen=True)
class VideoRow:
    """A video that a member spent credits on."""

    job_id: int
    at: datetime
    """In the server's own time."""
    member_id: int
    member_name: str
    model: str
    seconds: int
    size: str
    paid_from: str
    credits: int


@dataclass(frozen=True)
class Share:
    """One member's or one model's part of what was spent."""

    name: str
    credits: int
    videos: int
    member_id: int | None = None


@dataclass(frozen=True)
class Report:
    """What a server spent in a period."""

    server_name: str
    first_day: date
    credits_by_day: tuple[int, ...]
    """For each day of the period, also those on which nothing was spent."""
    members: tuple[Share, ...]
    """Whoever spent most comes first."""
    models: tuple[Share, ...]
    """The same."""

    @property
    def last_day(self) -> date:
        """The period's last day."""
        return self.first_day + timedelta(days=len(self.credits_by_day) - 1)

    @property
    def credits(self) -> int:
        """All that was spent."""
        return sum(self.credits_by_day)

    @property
    def videos(self) -> int:
        """All that were made."""
        return sum(each.videos for each in self.models)

    @property
    def highest_day(self) -> tuple[date, int]:
        """The first of the days with the most credits, and these."""
        most = max(self.credits_by_day)
        return self.first_day + timedelta(days=self.credits_by_day.index(most)), most


def make_report(
    rows: Iterable[SpendingRow], first_day: date, last_day: date, server_name: str
) -> Report:
    """Sum up what was spent from the first day to the last, both included.

    A member who changed their name goes by the latest. Raises ValueError if the period has no day
    or more than LONGEST_DAYS, or if a row lies outside it.
    """
    days = (last_day - first_day).days + 1
    if not 1 <= days <= LONGEST_DAYS:
        raise ValueError(f"a report covers 1 to {LONGEST_DAYS} days, not {days}")
    by_day = [0] * days
    members: dict[int, Share] = {}
    models: dict[str, Share] = {}
    for row in sorted(rows, key=lambda row: row.day):
        if not first_day <= row.day <= last_day:
            raise ValueError(f"{row.day} is outside {first_day} to {last_day}")
        by_day[(row.day - first_day).days] += row.credits
        members[row.member_id] = _grown(
            members.get(row.member_id), row, row.member_name, row.member_id
        )
        models[row.model] = _grown(models.get(row.model), row, row.model)
    return Report(
        server_name, first_day, tuple(by_day), _ranked(members.values()), _ranked(models.values())
    )


def leading(shares: Sequence[Share], count: int) -> list[Share]:
    """Take the first shares and sum up the rest as one more."""
    rest = shares[count:]
    if not rest:
        return list(shares)
    name = f"{len(rest):,} other{'' if len(rest) == 1 else 's'}"
    others = Share(name, sum(each.credits for each in rest), sum(each.videos for each in rest))
    return [*shares[:count], others]


def _grown(share: Share | None, row: SpendingRow, name: str, member_id: int | None = None) -> Share:
    before = share or Share(name, 0, 0)
    return Share(name, before.credits + row.credits, before.videos + row.videos, member_id)


def _ranked(shares: Iterable[Share]) -> tuple[Share, ...]:
    return tuple(sorted(shares, key=lambda share: (-share.credits, share.name)))
