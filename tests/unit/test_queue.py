"""Whose turn it is."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.queue import Limits, Place, choose

LIMIT = st.integers(0, 4)
LIMITS = st.builds(Limits, LIMIT, LIMIT, LIMIT)


@st.composite
def crowds(draw: st.DrawFn) -> tuple[list[Place], list[Place]]:
    """Draw who waits, in order, and who runs: a few members in a few servers."""
    owners = st.tuples(st.integers(1, 3), st.integers(1, 3))
    allowed = draw(st.dictionaries(owners, st.integers(1, 3)))
    of_guild = draw(st.dictionaries(st.integers(1, 3), st.integers(1, 4)))
    places = [
        Place(number, guild, member, allowed.get((guild, member)), of_guild.get(guild))
        for number, (guild, member) in enumerate(draw(st.lists(owners, max_size=25)))
    ]
    running = draw(st.integers(0, len(places)))
    return places[running:], places[:running]


def fits(place: Place, running: list[Place], limits: Limits) -> bool:
    """Tell whether a job may join those running."""
    guild = [each for each in running if each.guild_id == place.guild_id]
    member = [each for each in guild if each.member_id == place.member_id]
    return (
        (not limits.total or len(running) < limits.total)
        and (not limits.per_guild or len(guild) < limits.per_guild)
        and (not limits.per_member or len(member) < limits.per_member)
        and (place.most_of_guild is None or len(guild) < place.most_of_guild)
        and (place.most_of_member is None or len(member) < place.most_of_member)
    )


@given(crowds(), LIMITS)
def test_nothing_starts_beyond_a_limit(
    crowd: tuple[list[Place], list[Place]], limits: Limits
) -> None:
    """Each that is chosen finds room among those running and those chosen before it."""
    waiting, running = crowd
    by_id = {place.job_id: place for place in waiting}
    for job_id in choose(waiting, running, limits):
        assert fits(by_id[job_id], running, limits)
        running = [*running, by_id[job_id]]


@given(crowds(), LIMITS)
def test_nobody_waits_who_could_start(
    crowd: tuple[list[Place], list[Place]], limits: Limits
) -> None:
    """Whoever is left would break the total or a limit of their own: nobody else's holds them."""
    waiting, running = crowd
    chosen = set(choose(waiting, running, limits))
    started = [*running, *(place for place in waiting if place.job_id in chosen)]
    for place in waiting:
        assert place.job_id in chosen or not fits(place, started, limits)


@given(crowds(), LIMITS)
def test_first_come_is_first_served(crowd: tuple[list[Place], list[Place]], limits: Limits) -> None:
    """They start in the order of the line, each once, and nobody who came later takes a place."""
    waiting, running = crowd
    chosen = choose(waiting, running, limits)

    assert chosen == [place.job_id for place in waiting if place.job_id in set(chosen)]
    for index in range(len(waiting)):
        shorter = choose(waiting[:index], running, limits)
        assert shorter == chosen[: len(shorter)]


@given(crowds())
def test_without_limits_everybody_starts(crowd: tuple[list[Place], list[Place]]) -> None:
    """A limit of 0 is no limit, and neither is one that no admin has set."""
    waiting, running = (
        [replace(place, most_of_member=None, most_of_guild=None) for place in places]
        for places in crowd
    )
    assert choose(waiting, running, Limits(0, 0, 0)) == [place.job_id for place in waiting]


def test_a_member_at_their_limit_keeps_nobody_else_back() -> None:
    """The one behind starts, also in the same server."""
    waiting = [Place(2, 1, 1), Place(3, 1, 2)]

    assert choose(waiting, [Place(1, 1, 1)], Limits(9, 9, 1)) == [3]


def test_a_server_at_its_limit_keeps_no_other_server_back() -> None:
    """The one behind starts in a server of their own."""
    waiting = [Place(2, 1, 2), Place(3, 2, 1)]

    assert choose(waiting, [Place(1, 1, 1)], Limits(9, 1, 9)) == [3]


def test_a_member_counts_for_each_server_alone() -> None:
    """Who runs a job in one server may start another elsewhere."""
    assert choose([Place(2, 2, 1)], [Place(1, 1, 1)], Limits(9, 9, 1)) == [2]


def test_places_that_others_hold_count_towards_the_total() -> None:
    """Running jobs fill the total before anybody starts."""
    running = [Place(1, 1, 1), Place(2, 2, 2)]

    assert choose([Place(3, 3, 3), Place(4, 4, 4)], running, Limits(3, 0, 0)) == [3]
    assert choose([Place(3, 3, 3)], running, Limits(2, 0, 0)) == []
