"""Whose turn it is: which waiting jobs may start now. Pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

TOLD_ABOUT_PLACES = 10
"""So many in front of the line are shown their place, anew whenever it moves."""


@dataclass(frozen=True)
class Limits:
    """How many jobs may run at the same time; 0 is no limit."""

    total: int
    per_guild: int
    per_member: int


@dataclass(frozen=True)
class Place:
    """A job, as the queue sees it."""

    job_id: int
    guild_id: int
    member_id: int


def choose(waiting: Iterable[Place], running: Iterable[Place], limits: Limits) -> list[int]:
    """Choose the jobs to start, first come first served, within the limits.

    A job that its member's or server's limit keeps back does not keep back those behind it.
    """
    total = 0
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
        if limits.per_guild and guilds[place.guild_id] >= limits.per_guild:
            continue
        if limits.per_member and members[place.guild_id, place.member_id] >= limits.per_member:
            continue
        count(place)
        chosen.append(place.job_id)
    return chosen
