"""What the rules of a server come to: allowances, the order of spending, limits of roles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.credits import Payer, Pool, RoleLimits, Source, Spender, check_limits
from bot.credits.ceilings import levels_reached
from bot.credits.limits import most_running, rules_for
from bot.credits.policies import allowance_of
from bot.credits.pools import usable_by, what_is_left
from bot.credits.settings import read_zone, zone_names
from bot.credits.sources import draw, give_back
from bot.errors import NotForYourRoles

EVERYONE = 1
"""The role has the id of the server."""
ANY = RoleLimits()
SHORT = RoleLimits(longest_seconds=4)
PLAIN = RoleLimits(models=frozenset({"sora-2"}), sizes=frozenset({"720x1280", "1280x720"}))
AMOUNTS = st.lists(st.integers(0, 500), max_size=6)


@pytest.mark.parametrize(
    ("own", "of_roles", "highest", "added"),
    [
        (None, [], 500, 500),
        (None, [100, 300], 300, 400),
        (None, [0], 0, 0),
        (0, [100, 300], 0, 0),
        (700, [], 700, 700),
    ],
)
def test_the_members_own_allowance_goes_before_the_roles_and_these_before_the_default(
    own: int | None, of_roles: list[int], highest: int, added: int
) -> None:
    """Roles may have less than the default; the setting says whether theirs add up."""
    assert allowance_of(own, of_roles, "highest", 500) == highest
    assert allowance_of(own, of_roles, "sum", 500) == added


@given(AMOUNTS, st.integers(0, 4_000))
def test_sources_are_emptied_in_their_order(lefts: list[int], amount: int) -> None:
    """A source pays only where all before it are empty, and never more than there is."""
    sources = [Source("pool", left, number + 1) for number, left in enumerate(lefts)]
    parts = draw(sources, amount)

    assert sum(part.amount for part in parts) == min(amount, sum(lefts))
    assert all(0 < part.amount <= lefts[part.pool_id - 1] for part in parts)
    for part in parts[:-1]:
        assert part.amount == lefts[part.pool_id - 1]


@given(AMOUNTS.filter(sum), st.data())
def test_what_was_taken_last_goes_back_first(parts: list[int], data: st.DataObject) -> None:
    """What stays taken is the same as if only so much had been drawn."""
    amount = data.draw(st.integers(0, sum(parts)))
    back = give_back(parts, amount)
    kept = draw([Source("pool", part, n + 1) for n, part in enumerate(parts)], sum(parts) - amount)

    assert sum(back) == amount
    stays = {n + 1: part - gone for n, (part, gone) in enumerate(zip(parts, back, strict=True))}
    assert {n: part for n, part in stays.items() if part} == {s.pool_id: s.amount for s in kept}


@pytest.mark.parametrize(
    ("share", "all_used", "own_used", "available"),
    [
        (None, 0, 0, 100),
        (None, 70, 10, 30),
        (30, 0, 0, 30),
        (30, 0, 25, 5),
        (30, 90, 25, 5),
        (30, 98, 25, 2),
        (30, 100, 0, 0),
        (None, 150, 0, 0),
        (10, 50, 50, 0),
    ],
)
def test_a_pool_leaves_what_all_and_what_the_member_has_left(
    share: int | None, all_used: int, own_used: int, available: int
) -> None:
    """The lesser of the two, and nothing where it was made smaller than what is used."""
    pool = Pool(1, "role", 5, amount=100, share=share)
    assert what_is_left(pool, all_used, own_used).available == available


def test_pools_can_be_used_by_the_members_of_a_role_and_in_a_channel() -> None:
    """A channel's by everybody there, a role's everywhere; ids of the other kind do not count."""
    channel, role = Pool(1, "channel", 7, 1, None), Pool(2, "role", 5, 1, None)
    payer = Payer(1, 10)
    assert usable_by([channel, role], Spender(payer)) == []
    assert usable_by([channel, role], Spender(payer, frozenset({5}))) == [role]
    assert usable_by([channel, role], Spender(payer, frozenset(), frozenset({7, 8}))) == [channel]
    assert usable_by([channel, role], Spender(payer, frozenset({7}), frozenset({5}))) == []


def test_the_pool_of_everyone_is_the_servers() -> None:
    """Also for a member of whom no role is known."""
    everyones = Pool(1, "role", EVERYONE, 1, None)
    assert usable_by([everyones], Spender(Payer(EVERYONE, 10))) == [everyones]
    assert usable_by([everyones], Spender(Payer(2, 10))) == []


@pytest.mark.parametrize(
    ("amount", "used", "levels"),
    [
        (200, 0, []),
        (200, 99, []),
        (200, 100, [50]),
        (200, 160, [50, 80]),
        (200, 200, [50, 80, 100]),
        (200, 300, [50, 80, 100]),
        (0, 0, []),
    ],
)
def test_levels_are_reached_at_their_part_of_the_ceiling(
    amount: int, used: int, levels: list[int]
) -> None:
    """Exactly at it; and where nothing is used there is nothing to tell."""
    assert levels_reached(amount, used) == levels


def test_the_rules_are_those_of_the_members_roles_or_everyones() -> None:
    """Who has a role with limits is not held to those of all."""
    limits = {5: PLAIN, 6: ANY, EVERYONE: SHORT}
    assert rules_for(limits, EVERYONE, {5, 6, EVERYONE}) == [PLAIN, ANY]
    assert rules_for(limits, EVERYONE, {4, EVERYONE}) == [SHORT]
    assert rules_for(limits, EVERYONE, set()) == [SHORT]
    assert rules_for({5: PLAIN}, EVERYONE, {4}) == []


def test_what_any_of_the_roles_allows_is_allowed() -> None:
    """All of it by one rule: two rules that each allow a part do not add up."""
    check_limits([], "sora-2-pro", 12, "1792x1024")
    check_limits([SHORT, PLAIN], "sora-2-pro", 4, "1792x1024")
    check_limits([SHORT, PLAIN], "sora-2", 12, "720x1280")
    with pytest.raises(NotForYourRoles):
        check_limits([SHORT, PLAIN], "sora-2-pro", 12, "720x1280")


@pytest.mark.parametrize(
    ("rules", "option", "allowed"),
    [
        ([PLAIN], "model", ("sora-2",)),
        ([SHORT, PLAIN], "duration", ("up to 4 s",)),
        ([RoleLimits(sizes=frozenset({"1x1"}))], "size", ("1x1",)),
        ([RoleLimits(models=frozenset())], "model", ()),
    ],
)
def test_a_refusal_names_what_the_nearest_rule_objects_to(
    rules: list[RoleLimits], option: str, allowed: tuple[str, ...]
) -> None:
    """The rule with the fewest objections, and the first of them."""
    with pytest.raises(NotForYourRoles) as refused:
        check_limits(rules, "veo-3.1", 8, "1080x1080")
    assert (refused.value.option, refused.value.allowed) == (option, allowed)


def test_who_may_run_most_at_once_decides() -> None:
    """A role without a limit lifts that of the others."""
    assert most_running([]) is None
    assert most_running([RoleLimits(most_running=2), RoleLimits(most_running=5)]) == 5
    assert most_running([RoleLimits(most_running=2), ANY]) is None


def test_every_zone_that_is_offered_can_be_had() -> None:
    """And each is offered once, in order."""
    names = zone_names()
    assert len(names) > 400
    assert list(names) == sorted(set(names))
    for name in names:
        assert read_zone(name).key == name
