"""Whose turn it is: which waiting jobs may start now. Pure."""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

TOLD_ABOUT_PLACES = 10
"""So many in front of the line are shown their place, anew whenever it moves."""


@dataclass(frozen=True)
class Limits:
    """How many jobs may run at the same time; 0 is no limit."""

    total: int
    per_guild: int
    per_member: int


UNLIMITED = Limits(0, 0, 0)


@dataclass(frozen=True)
class Place:
    """A job, as the queue sees it."""

    job_id: int
    guild_id: int
    member_id: int
    most_of_member: int | None = None
    """What the server's admins allow the member at the same time; None: no limit of theirs."""
    most_of_guild: int | None = None
    provider: str = ""


def choose(
    waiting: Iterable[Place],
    running: Iterable[Place],
    limits: Limits,
    room: Mapping[str, int] | None = None,
) -> list[int]:
    """Choose the jobs to start, first come first served, within the limits.

    A job that its member's or server's limit keeps back does not keep back those behind it, nor
    does one whose provider has no ``room``: how many more each takes now, where it is bounded.
    """
    total = 0
    sent: Counter[str] = Counter()
    guilds: Counter[int] = Counter()
    members: Counter[tuple[int, int]] = Counter()
    chosen = []

    def count(place: Place) -> None:
        nonlocal total
        total += 1
        guilds[place.guild_id] += 1
        members[place.guild_id, place.member_id] += 1

    for place in running:
        count(place)
    for place in waiting:
        if limits.total and total >= limits.total:
            break
        of_guild = (limits.per_guild or None, place.most_of_guild)
        if _is_full(guilds[place.guild_id], of_guild):
            continue
        of_member = (limits.per_member or None, place.most_of_member)
        if _is_full(members[place.guild_id, place.member_id], of_member):
            continue
        if room is not None and sent[place.provider] >= room.get(place.provider, math.inf):
            continue
        count(place)
        sent[place.provider] += 1
        chosen.append(place.job_id)
    return chosen


def _is_full(running: int, limits: Iterable[int | None]) -> bool:
    return any(limit is not None and running >= limit for limit in limits)
