"""The rules of a server in words, for its admins."""

from dataclasses import replace

import discord

from bot.credits import (
    GuildSettings,
    Overview,
    Pool,
    PoolUse,
    RoleLimits,
    Terms,
    period_at,
)
from bot.credits.ceilings import Ceiling
from bot.presentation.changes import default_changed_text, role_changed_text
from bot.presentation.limits import limits_text, role_limits_text, running_text
from bot.presentation.overview import alerts_text, approval_text, default_text, overview_embed
from bot.presentation.pools import pools_embed
from tests.unit.samples import GREATEST_ID, NOW, assert_within_limits

GUILD = 2
BARE = Overview(GuildSettings(), Terms(500, "month"), period_at("month", NOW), {}, {}, [], [])


def text_of(embed: discord.Embed) -> str:
    """Read all that an embed says."""
    fields = [f"{field.name}: {field.value}" for field in embed.fields]
    return "\n".join([embed.title or "", embed.description or "", *fields])


def full(count: int) -> Overview:
    """Describe a server whose admins have set everything, for so many roles."""
    roles = [GREATEST_ID - number for number in range(count)]
    names = frozenset(f"{'m' * 38}{number:02}" for number in range(25))
    sizes = frozenset(f"1{number:03}x1080" for number in range(25))
    return replace(
        BARE,
        settings=GuildSettings(
            period="week",
            zone="America/Argentina/ComodRivadavia",
            default_allowance=1_000_000,
            role_allowances="sum",
            approve_above=1_000_000,
            approval_hours=336,
            paused=True,
            alert_channel_id=GREATEST_ID,
            most_running_per_member=1000,
            most_running_per_guild=1000,
        ),
        role_allowances=dict.fromkeys(roles, 1_000_000),
        limits=dict.fromkeys(roles, RoleLimits(names, sizes, 3600, 1000)),
        pools=[
            PoolUse(Pool(role, "role", role, 1_000_000, 1_000_000), 1_000_000) for role in roles
        ],
        ceilings=[Ceiling(GUILD, 1_000_000_000, 999_999_999), Ceiling(0, 1_000_000_000, 1)],
    )


def test_no_default_allowance_does_not_renew() -> None:
    """What is nothing comes back as nothing; where credits come from is told."""
    said = default_text(replace(BARE, terms=Terms(0, "month")))
    assert said.startswith("None: credits come from allowances of roles, pools and grants")
    assert "renews" not in said


def test_a_new_server_shows_what_the_operator_has_set() -> None:
    """Every rule is named, also where there is none."""
    text = text_of(overview_embed(GUILD, BARE))
    for part in (
        "500 credits ($5.00) a month, by the calendar of UTC; renews <t:",
        "Allowances of roles (of several, the highest counts): None.",
        "Pools (`/budget pool list` has them all): None.",
        "None.",
        "At once: as many as the bot allows of one member",
        "No price needs a moderator's approval.",
        "None: whoever runs the bot sets it.",
        "No channel is told",
    ):
        assert part in text
    assert "paused" not in text


def test_an_overview_of_a_large_server_is_within_discords_limits() -> None:
    """Whole lines are shown as far as they fit, and the others counted."""
    for count in (1, 25, 250):
        assert_within_limits(overview_embed(GUILD, full(count)))
        assert_within_limits(pools_embed(full(count)))
    text = text_of(overview_embed(GUILD, full(25)))
    assert "New videos are paused" in text
    assert "… and" in text
    assert "25 models; 25 sizes; up to 3,600 s; 1,000 videos at once" in text
    assert text_of(pools_embed(full(25))).count("<@&") == 25


def test_all_servers_together_are_told_as_a_part_alone() -> None:
    """How much others spend is not an admin's to know."""
    text = text_of(overview_embed(GUILD, full(1)))
    assert "All servers of this bot together: 0 % used." in text
    assert "999,999,999 credits ($9,999,999.99) of 1,000,000,000" in text


def test_the_longest_answers_fit_a_message() -> None:
    """Discord takes 2,000 characters."""
    overview = full(25)
    limits = overview.limits[GREATEST_ID]
    for text in (
        role_limits_text(GUILD, GREATEST_ID, limits),
        role_changed_text(GREATEST_ID, 1_000_000, overview),
        default_changed_text(BARE, overview),
        running_text(overview.settings),
        approval_text(overview),
        alerts_text(overview),
    ):
        assert len(text) <= 2000


def test_a_new_period_is_explained_and_an_old_one_is_not() -> None:
    """Only where another stretch of time counts from now on."""
    assert "What was held or spent" not in default_changed_text(BARE, BARE)
    weekly = replace(BARE, period=period_at("week", NOW), settings=GuildSettings("week"))
    text = default_changed_text(BARE, weekly)
    assert "500 credits ($5.00) a week" in text
    begin = int(weekly.period.begins_at.timestamp())
    assert f"What was held or spent since <t:{begin}:f> counts against" in text


def test_limits_are_told_one_by_one() -> None:
    """What is not limited is not named; nothing at all is said so."""
    assert limits_text(RoleLimits()) == "everything that the bot offers"
    assert limits_text(RoleLimits(models=frozenset())) == "models none"
    assert limits_text(RoleLimits(sizes=frozenset({"b", "a"}), most_running=1)) == (
        "sizes `a` and `b`; 1 video at once"
    )
