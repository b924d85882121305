"""What a member may spend, in words."""

from dataclasses import replace
from datetime import timedelta

import discord
import pytest

from bot.catalogue import Dish
from bot.credits import Balance, GuildSettings, Pool, PoolLeft, RoleLimits, Standing, period_at
from bot.credits.members import MemberSettings
from bot.presentation.balance import balance_embed, left_text, member_embed
from bot.presentation.changes import allowance_text
from bot.presentation.lists import PHONE_WIDTH
from bot.presentation.text import moment
from tests.unit.samples import GREATEST_ID, NOW, assert_within_limits, menu_of, model

BALANCE = Balance(
    allowance=500,
    allowance_left=380,
    granted_left=1200,
    held=80,
    renews_at=NOW + timedelta(days=10),
)
STANDING = Standing(GuildSettings(), MemberSettings(), period_at("month", NOW), BALANCE, "operator")
MENU = menu_of()


def text_of(embed: discord.Embed) -> str:
    """Read all that an embed says."""
    fields = [f"{field.name}: {field.value}" for field in embed.fields]
    return "\n".join([embed.title or "", embed.description or "", *fields])


def pool(number: int, share: int | None = None) -> PoolLeft:
    """Describe a role's pool of which half is left."""
    limits = Pool(number, "role", GREATEST_ID - number, 1_000_000, share)
    return PoolLeft(limits, 500_000, None if share is None else share // 2)


def test_a_balance_shows_where_it_comes_from() -> None:
    """What is left and its parts, whose rule it follows, what is held, and when it renews."""
    standing = replace(STANDING, balance=replace(BALANCE, pools=(pool(1), pool(2, share=40))))
    text = text_of(balance_embed(standing, [], MENU, []))

    for part in (
        "501,600 credits ($5,016.00)",
        f"380 left of 500, the bot's default; renews {moment(BALANCE.renews_at)}",
        f"<@&{GREATEST_ID - 1}> 500,000 left of 1,000,000\n",
        f"<@&{GREATEST_ID - 2}> 500,000 left of 1,000,000; 20 of a member's 40",
        "Granted: 1,200, does not expire",
        "Held for videos under way: 80",
        "Last entries: Nothing yet.",
    ):
        assert part in text


def test_what_is_nothing_does_not_renew() -> None:
    """Without an allowance waiting is no use: the way to credits is told."""
    standing = replace(STANDING, balance=replace(BALANCE, allowance=0, allowance_left=0))
    for embed in (balance_embed(standing, [], MENU, []), member_embed(7, standing, [], [])):
        text = text_of(embed)
        assert "renews" not in text
        assert "Allowance: None, the bot's default. An admin can grant credits" in text
    for amount in (0, None):
        said = allowance_text(amount, 7, standing.balance)
        assert "renews" not in said
        assert "`/budget grant`" in said
    assert "It renews <t:" in allowance_text(500, 7, BALANCE)


@pytest.mark.parametrize(
    ("decider", "words"),
    [
        ("member", "set for this member alone"),
        ("roles", "by roles"),
        ("server", "the server's default"),
    ],
)
def test_an_allowance_says_whose_rule_it_follows(decider: str, words: str) -> None:
    """So that a member knows whom to ask."""
    standing = replace(STANDING, decided_by=decider)  # type: ignore[arg-type]  # parametrized
    assert f"380 left of 500, {words}" in text_of(member_embed(7, standing, [], []))


def test_what_keeps_a_member_from_spending_is_said_first() -> None:
    """Frozen and paused, plainly."""
    standing = replace(
        STANDING, settings=GuildSettings(paused=True), member=MemberSettings(frozen=True)
    )
    for embed in (balance_embed(standing, [], MENU, []), member_embed(7, standing, [], [])):
        assert "New videos are paused" in (embed.description or "")
        assert "This budget is frozen" in (embed.description or "")


def test_the_table_tells_how_many_videos_of_each_model_can_be_paid() -> None:
    """The usual video of each: its length, its price, and the number, rounded down."""
    menu = menu_of(
        model("cheap", title="Cheap"), model("dear", title="Dear", credits_per_second=100)
    )
    text = text_of(balance_embed(STANDING, [], menu, []))
    assert "Cheap            4 s     40      39\n" in text
    assert "Dear             4 s    400       3\n" in text
    assert max(map(len, text.split("```")[1].split("\n"))) <= PHONE_WIDTH


def test_a_balance_begins_with_what_is_left() -> None:
    """In credits and money, before any of its parts."""
    for embed in (balance_embed(STANDING, [], MENU, []), member_embed(7, STANDING, [], [])):
        assert embed.fields[0].name == "Left to spend"
        assert embed.fields[0].value == "1,580 credits ($15.80)"


def test_a_paused_model_is_in_the_table_and_an_empty_menu_is_said() -> None:
    """A model that is back in a minute costs what it costs."""
    [(name, dish)] = menu_of(model("cheap", title="Cheap")).items()
    text = text_of(
        balance_embed(STANDING, [], {name: Dish(dish.model, dish.served, {"segmind": NOW})}, [])
    )
    assert "Cheap" in text
    assert "No model can be used just now." in text_of(balance_embed(STANDING, [], {}, []))


def test_the_limits_of_roles_are_in_words() -> None:
    """Any one of several is enough."""
    few = RoleLimits(models=frozenset({"sora-2"}), longest_seconds=8)
    text = text_of(balance_embed(STANDING, [few], MENU, []))
    assert "Your roles allow: models `sora-2`; up to 8 s" in text
    text = text_of(member_embed(7, STANDING, [few, RoleLimits(most_running=1)], []))
    assert "Their roles allow: any one of\n- models `sora-2`; up to 8 s\n- 1 video at once" in text


def test_a_full_balance_is_within_discords_limits() -> None:
    """Sixty models with long names, pools and roles with limits."""
    menu = menu_of(*(model(f"{'m' * 38}{n:02}", title="W" * 60) for n in range(60)))
    limits = [RoleLimits(frozenset(menu), None, 3600, 1000)] * 25
    pools = tuple(pool(number, 999_999) for number in range(25))
    standing = replace(STANDING, balance=replace(BALANCE, pools=pools))
    for rules in (limits, limits[:1]):
        assert_within_limits(balance_embed(standing, rules, menu, []))
        assert_within_limits(member_embed(GREATEST_ID, standing, rules, []))


def test_what_is_left_is_told_in_a_sentence() -> None:
    """The allowance's rest and the grants together."""
    assert left_text(BALANCE) == "Left to spend now: 1,580 credits ($15.80)."
