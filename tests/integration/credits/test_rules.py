"""What admins set for a server, and that it holds from then on."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bot.credits import GuildSettings, RoleLimits, Spender
from bot.errors import (
    AmountOutOfRange,
    EveryoneHasTheDefault,
    GuildPaused,
    MemberFrozen,
    RepeatedInteraction,
    UnknownZone,
)
from tests.integration.credits.conftest import ADA, ADMIN, ALLOWANCE, BEN, GUILD, Books

ROLE, OTHER_ROLE = 5, 6
DAY_SECONDS = 86_400


def with_roles(spender: Spender, *role_ids: int) -> Spender:
    """Give somebody roles."""
    return replace(spender, role_ids=frozenset(role_ids))


async def allowance(books: Books, spender: Spender) -> int:
    """Tell what somebody may spend in a period."""
    return (await books.budgets.balance(spender)).allowance


async def test_a_server_that_has_set_nothing_has_the_operators_terms(books: Books) -> None:
    """The default allowance and the period, in UTC."""
    overview = await books.rules.overview(GUILD)
    assert overview.settings == GuildSettings()
    assert overview.period.key == "2026-11"
    assert await allowance(books, ADA) == ALLOWANCE


async def test_settings_hold_from_then_on_in_their_server(books: Books) -> None:
    """Another server keeps its own; what is not named stays as it is."""
    await books.rules.change_settings(
        GUILD, ADMIN, "", default_allowance=900, period="day", zone="Pacific/Kiritimati"
    )
    after = await books.rules.change_settings(GUILD, ADMIN, "", alert_channel_id=77)
    assert (after.default_allowance, after.alert_channel_id) == (900, 77)
    balance = await books.budgets.balance(ADA)
    # The clocks there are fourteen hours ahead: it is two in the morning of the 21st.
    assert (balance.allowance, balance.renews_at) == (900, datetime(2026, 11, 21, 10, tzinfo=UTC))
    elsewhere = Spender(replace(ADA.payer, guild_id=2))
    assert await allowance(books, elsewhere) == ALLOWANCE


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"zone": "Berlin"}, UnknownZone),
        ({"zone": ""}, UnknownZone),
        ({"zone": "Europe"}, UnknownZone),
        ({"zone": "localtime"}, UnknownZone),
        ({"zone": "Factory"}, UnknownZone),
        ({"zone": "posixrules"}, UnknownZone),
        ({"zone": "right/Europe/Berlin"}, UnknownZone),
        ({"zone": "../../etc/passwd"}, UnknownZone),
        ({"zone": "\x00"}, UnknownZone),
        ({"zone": "x" * 5000}, UnknownZone),
        ({"default_allowance": -1}, AmountOutOfRange),
        ({"default_allowance": 10**7}, AmountOutOfRange),
        ({"approve_above": 1.5}, AmountOutOfRange),
        ({"approval_hours": 0}, AmountOutOfRange),
        ({"approval_hours": 1_000}, AmountOutOfRange),
        ({"most_running_per_member": 0}, AmountOutOfRange),
        ({"most_running_per_guild": True}, AmountOutOfRange),
        ({"period": "year"}, ValueError),
        ({"role_allowances": "least"}, ValueError),
        ({"nonsense": 1}, TypeError),
    ],
)
async def test_settings_that_make_no_sense_are_refused(
    books: Books, values: dict[str, Any], error: type[Exception]
) -> None:
    """Whatever a manipulated client sends; nothing is set, nothing is in the log."""
    with pytest.raises(error):
        await books.rules.change_settings(GUILD, ADMIN, "", **values)
    assert (await books.rules.overview(GUILD)).settings == GuildSettings()
    assert (await books.budgets.log(GUILD)).lines == []


async def test_the_highest_allowance_of_the_roles_counts_or_their_sum(books: Books) -> None:
    """The member's own goes before; a role without an allowance says nothing."""
    await books.rules.set_role_allowance(GUILD, ROLE, 200, ADMIN, "")
    await books.rules.set_role_allowance(GUILD, OTHER_ROLE, 700, ADMIN, "")
    both = with_roles(ADA, ROLE, OTHER_ROLE, 99)
    assert await allowance(books, with_roles(ADA, ROLE)) == 200
    assert await allowance(books, both) == 700
    await books.rules.change_settings(GUILD, ADMIN, "", role_allowances="sum")
    assert await allowance(books, both) == 900
    assert await allowance(books, with_roles(ADA, 99)) == ALLOWANCE
    await books.budgets.set_allowance(both, 5, ADMIN, "")
    assert await allowance(books, both) == 5
    after = await books.budgets.set_allowance(both, None, ADMIN, "")
    assert after.allowance == 900


async def test_the_role_everyone_has_the_default(books: Books) -> None:
    """Two words for one thing would contradict each other."""
    with pytest.raises(EveryoneHasTheDefault):
        await books.rules.set_role_allowance(GUILD, GUILD, 5, ADMIN, "")


async def test_limits_of_roles_are_kept_and_taken_away(books: Books) -> None:
    """Each of them may be missing; without any there is no rule."""
    limits = RoleLimits(frozenset({"sora-2"}), frozenset({"720x1280"}), 8, 2)
    await books.rules.set_limits(GUILD, ROLE, limits, ADMIN, "")
    await books.rules.set_limits(GUILD, GUILD, RoleLimits(models=frozenset()), ADMIN, "")
    assert await books.database.read(books.budgets.limits, with_roles(ADA, ROLE)) == [limits]
    everyones = await books.database.read(books.budgets.limits, BEN)
    assert everyones == [RoleLimits(models=frozenset())]
    await books.rules.set_limits(GUILD, ROLE, RoleLimits(), ADMIN, "")
    assert list((await books.rules.overview(GUILD)).limits) == [GUILD]
    for wrong in (RoleLimits(longest_seconds=0), RoleLimits(most_running=-1)):
        with pytest.raises(AmountOutOfRange):
            await books.rules.set_limits(GUILD, ROLE, wrong, ADMIN, "")


async def test_a_frozen_member_holds_nothing_new(books: Books) -> None:
    """What is under way ends as usual; the others go on."""
    await books.hold(1, 40)
    await books.budgets.freeze(ADA, ADMIN, "spam")
    with pytest.raises(MemberFrozen):
        await books.hold(2, 40)
    await books.hold(2, 40, BEN)
    await books.settle(1, 40)
    await books.budgets.set_allowance(ADA, 100, ADMIN, "")
    with pytest.raises(MemberFrozen):
        await books.hold(3, 40)
    await books.budgets.unfreeze(ADA, ADMIN, "")
    await books.hold(3, 40)
    assert await allowance(books, ADA) == 100


async def test_a_paused_server_holds_nothing_new(books: Books) -> None:
    """What is under way ends as usual; other servers go on."""
    await books.hold(1, 40)
    await books.rules.change_settings(GUILD, ADMIN, "raid", paused=True)
    with pytest.raises(GuildPaused):
        await books.hold(2, 40, BEN)
    await books.hold(2, 40, Spender(replace(ADA.payer, guild_id=2)))
    await books.release(1)
    await books.rules.change_settings(GUILD, ADMIN, "", paused=False)
    await books.hold(3, 40)


async def test_a_change_of_the_period_gives_no_fresh_allowance(books: Books) -> None:
    """What was used since the new period's begin counts in it, there and back again."""
    await books.hold(1, 300)
    for kind in ("day", "week", None, "day"):
        await books.rules.change_settings(GUILD, ADMIN, "", period=kind)
        assert await books.left() == (200, 0, 300)
    books.clock.advance(DAY_SECONDS)
    assert await books.left() == (500, 0, 300)
    await books.hold(2, 100)
    for kind, left in (("week", 100), ("day", 400), (None, 100)):
        await books.rules.change_settings(GUILD, ADMIN, "", period=kind)
        assert await books.left() == (left, 0, 400)
    await books.release(1)
    assert await books.left() == (400, 0, 100)


async def test_a_change_of_the_zone_gives_no_fresh_allowance(books: Books) -> None:
    """At noon UTC the day has begun in every zone but where it is tomorrow already."""
    await books.rules.change_settings(GUILD, ADMIN, "", period="day")
    await books.hold(1, 300)
    for zone in ("Asia/Kathmandu", "America/New_York", "UTC", "Pacific/Marquesas"):
        await books.rules.change_settings(GUILD, ADMIN, "", zone=zone)
        assert await books.left() == (200, 0, 300)


async def test_a_pools_use_is_carried_over_as_well(books: Books) -> None:
    """By all, and by one member."""
    spender = with_roles(ADA, ROLE)
    await books.rules.set_pool(GUILD, ("role", ROLE), (300, 200), ADMIN, "")
    await books.budgets.set_allowance(ADA, 0, ADMIN, "")
    await books.hold(1, 150, spender)
    for kind in ("day", "week", "month"):
        await books.rules.change_settings(GUILD, ADMIN, "", period=kind)
        [pool] = (await books.budgets.balance(spender)).pools
        assert (pool.left, pool.share_left) == (150, 50)


async def test_an_interaction_changes_a_rule_once(books: Books) -> None:
    """Discord may deliver it twice, or to two processes: the second finds it done."""
    await books.rules.change_settings(GUILD, ADMIN, "", 1, paused=True)
    with pytest.raises(RepeatedInteraction):
        await books.rules.change_settings(GUILD, ADMIN, "", 1, paused=False)
    await books.rules.set_role_allowance(GUILD, ROLE, 5, ADMIN, "", 2)
    with pytest.raises(RepeatedInteraction):
        await books.rules.set_pool(GUILD, ("role", ROLE), (5, None), ADMIN, "", 2)
    assert (await books.rules.overview(GUILD)).settings.paused


async def test_alerts_have_no_channel_once_it_is_deleted(books: Books) -> None:
    """Another channel's end changes nothing."""
    await books.rules.change_settings(GUILD, ADMIN, "", alert_channel_id=77)
    await books.rules.forget(GUILD, "channel", 78)
    assert (await books.rules.overview(GUILD)).settings.alert_channel_id == 77
    await books.rules.forget(GUILD, "channel", 77)
    assert (await books.rules.overview(GUILD)).settings.alert_channel_id is None
