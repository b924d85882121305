"""The log of budgets in words."""

import re
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.credits import MAX_AMOUNT, Cursor, GuildSettings, LogLine, Page, RoleLimits
from bot.presentation.budget_log import (
    LINES_ON_PAGE,
    RECENT_READ,
    RECENT_SHOWN,
    SETTINGS,
    log_embed,
    log_line,
    recent_text,
)
from bot.presentation.buttons import LOG_ID, log_buttons
from bot.presentation.text import moment
from bot.storage.books import entries
from tests.unit.samples import GREATEST_ID, NOW, SPELLS, TEXTS, assert_within_limits

ADA, ROOT, ROLE = 4, 9, 77
LINE = LogLine(NOW, "grant", ADA, 1500, ROOT, "for the festival", None)
SET = LogLine(NOW, "set", 0, 0, ROOT, "", None, name="zone", value="Europe/Berlin")
KINDS = ("hold", "settle", "release", "refund", "grant", "revoke")

MOVES = st.builds(
    LogLine,
    at=st.just(NOW),
    kind=st.sampled_from(KINDS),
    member_id=st.sampled_from([ADA, GREATEST_ID]),
    amount=st.sampled_from([1, MAX_AMOUNT]),
    actor_id=st.sampled_from([0, ADA, GREATEST_ID]),
    reason=TEXTS,
    job_id=st.sampled_from([None, 7, GREATEST_ID]),
)
SETS = st.builds(
    LogLine,
    at=st.just(NOW),
    kind=st.just("set"),
    member_id=st.sampled_from([0, GREATEST_ID]),
    amount=st.just(0),
    actor_id=st.just(GREATEST_ID),
    reason=TEXTS,
    job_id=st.none(),
    name=st.sampled_from(sorted(SETTINGS)),
    value=st.one_of(st.none(), st.just(str(MAX_AMOUNT))),
    target_id=st.just(GREATEST_ID),
)


@given(st.lists(st.one_of(MOVES, SETS), min_size=LINES_ON_PAGE, max_size=LINES_ON_PAGE))
def test_a_page_fits_an_embed_whole(lines: list[LogLine]) -> None:
    """A line that were cut off would be on no page at all."""
    embed = log_embed(lines, GREATEST_ID)

    assert_within_limits(embed)
    assert "… and" not in (embed.description or "")
    assert len(recent_text(lines, 1000)) <= 1000


def test_every_kind_of_entry_has_a_word() -> None:
    """What the books can hold, the log can tell."""
    [kinds] = [
        re.findall(r"'(\w+)'", str(each.sqltext))  # type: ignore[attr-defined]
        for each in entries.constraints
        if str(each.name).endswith("kind")
    ]
    assert set(kinds) == set(KINDS)
    told = {log_line(replace(LINE, kind=kind), whose=True).split("**")[2] for kind in KINDS}
    assert len(told) == len(KINDS)


def test_everything_that_can_be_set_has_words() -> None:
    """The settings of a server, the limits of a role, pools, and what has tables of its own."""
    names = {each.name for each in fields(GuildSettings)}
    names |= {f"limit_{each.name}" for each in fields(RoleLimits)}
    names |= {f"{kind}_pool_{part}" for kind in ("role", "channel") for part in ("amount", "share")}
    names |= {"allowance", "frozen", "role_allowance", "ceiling", "approval", "job_end"}
    names |= {"operator_pause", "operator_resume"}
    switches = {"frozen", "paused", "approval", "job_end", "operator_pause", "operator_resume"}
    assert set(SETTINGS) == names - switches
    for name, values in {
        "frozen": ("yes", "no"),
        "paused": ("yes", "no"),
        "job_end": ("by hand",),
        "operator_pause": ("guild",),
        "operator_resume": ("guild",),
        "approval": ("approved", "declined", "lapsed", "withdrawn"),
    }.items():
        told = {log_line(replace(SET, name=name, value=value), whose=True) for value in values}
        assert len(told) == len(values)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("zone", "Europe/Berlin", "time zone: **Europe\\/Berlin**"),
        ("default_allowance", "1500", "default allowance: **1,500 credits ($15.00)**"),
        ("default_allowance", None, "default allowance: **no longer set**"),
        ("role_allowance", "70", "allowance of <@&77>: **70 credits ($0.70)**"),
        ("alert_channel_id", "8", "alerts go to: **<#8>**"),
        ("limit_longest_seconds", "8", "longest video of <@&77>: **8 s**"),
        ("channel_pool_share", "5", "share of the pool of <#77>: **5 credits ($0.05)**"),
        ("approval", "approved", "**price of job #77 approved**"),
        ("paused", "yes", "**new videos paused**"),
    ],
)
def test_a_setting_is_told_in_words(name: str, value: str | None, words: str) -> None:
    """What was set, for whom, and to what."""
    line = replace(SET, name=name, value=value, target_id=ROLE)
    assert log_line(line, whose=True) == f"{moment(NOW, 'f')} {words} · by <@{ROOT}>"


@pytest.mark.parametrize(
    ("kind", "sign"),
    [
        *(("hold", "-"), ("release", "+"), ("refund", "+")),
        *(("grant", "+"), ("revoke", "-"), ("settle", "")),
    ],
)
def test_an_entrys_sign_is_the_members(kind: str, sign: str) -> None:
    """Minus is less to spend; a settled hold was taken before."""
    assert f"**{sign}1,500**" in log_line(replace(LINE, kind=kind), whose=True)


def test_an_entry_says_when_what_whose_by_whom_and_why() -> None:
    """All that an admin needs to understand a change."""
    assert log_line(LINE, whose=True) == (
        f"{moment(NOW, 'f')} **+1,500** granted · <@4> · by <@9> · for the festival"
    )
    assert "<@4>" not in log_line(LINE, whose=False)


@pytest.mark.parametrize("actor", [0, ADA])
def test_an_entry_that_no_admin_made_names_nobody(actor: int) -> None:
    """Holds are the member's own doing, and their ends the bot's; the job says why."""
    line = log_line(replace(LINE, kind="hold", actor_id=actor, job_id=7), whose=True)
    assert line.endswith("held for a video #7 · <@4>")


@pytest.mark.parametrize("spell", SPELLS)
def test_reasons_are_shown_harmlessly(spell: str) -> None:
    """Nothing that was typed has an effect."""
    text = log_line(replace(LINE, reason=spell), whose=False).split(" · ", 2)[-1]
    plain = re.sub(r"\\[^0-9A-Za-z\s]", "", text)
    assert not re.search(r"@(everyone|here)|<(@1|@[!&]|#|:|a:|/|id:|t:1:)|https?:/", plain)


async def test_the_buttons_know_their_page() -> None:
    """The greatest ids fit; a way that leads nowhere cannot be gone."""
    cursor = Cursor(GREATEST_ID, GREATEST_ID)
    for page, can in ((Page([], cursor, cursor), [True, True]), (Page([], None), [False, False])):
        buttons = log_buttons(page, GREATEST_ID).to_components()[0]["components"]
        assert [not each["disabled"] for each in buttons] == can
        for each in buttons:
            assert re.fullmatch(LOG_ID, each["custom_id"])
            assert len(each["custom_id"]) <= 100


def lines_of(*moves: tuple[str, int, int | None]) -> list[LogLine]:
    """Write entries, newest first: kinds, amounts and jobs."""
    return [
        LogLine(NOW, kind, ADA, amount, 0 if job else ROOT, "", job) for kind, amount, job in moves
    ]


@pytest.mark.parametrize(
    ("moves", "told"),
    [
        ([("hold", 30, 5), ("hold", 10, 5)], "**-40** held for a video #5"),
        (
            [("release", 5, 5), ("settle", 35, 5), ("hold", 30, 5), ("hold", 10, 5)],
            "**-35** spent on a video #5",
        ),
        ([("release", 40, 5), ("hold", 40, 5)], "**40** held and given back: video #5"),
        (
            [("refund", 40, 5), ("settle", 40, 5), ("hold", 40, 5)],
            "**40** spent and refunded: lost video #5",
        ),
        ([("grant", 40, None)], f"**+40** granted · by <@{ROOT}>"),
    ],
)
def test_a_video_is_one_of_the_last_entries(
    moves: list[tuple[str, int, int | None]], told: str
) -> None:
    """Whatever its credits went through, from however many sources."""
    assert recent_text(lines_of(*moves), 1000) == f"{moment(NOW, 'f')} {told}"


def test_the_last_entries_are_few_and_whole() -> None:
    """Eight at most; a video whose beginning was not read is left out."""
    text = recent_text(lines_of(*(("grant", number, None) for number in range(1, 30))), 1000)
    assert text.count("\n") == RECENT_SHOWN - 1
    one = [("hold", 1, 7)] * (RECENT_READ - 1)
    text = recent_text(lines_of(("settle", 3, 8), *one), 1000)
    assert "#8" in text
    assert "#7" not in text
