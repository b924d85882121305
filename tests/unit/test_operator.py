"""What the operator sees: how all is going, and what is paused."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import discord
from hypothesis import given
from hypothesis import strategies as st

from bot.credits.ceilings import Ceiling
from bot.credits.periods import period_at
from bot.jobs.pauses import ALL, Pause, Scope, Target
from bot.jobs.states import Failure, State
from bot.jobs.status import Account, Open, Process, Status
from bot.jobs.supply import Outage
from bot.presentation.operator import (
    pause_lines,
    paused_text,
    resumed_text,
    status_embed,
    status_lines,
    target_choices,
)
from bot.presentation.text import moment
from tests.unit.samples import GREATEST_ID, NOW, TEXTS, assert_within_limits

GUILD, OTHER = 2, 3
NAMES = {GUILD: "Film *club*"}
OF_GUILD = Pause(Target(Scope.GUILD, str(GUILD)), NOW, 9, "the moon")
OF_MODEL = Pause(Target(Scope.MODEL, "sora-2"), NOW, 0, "")
SOON = NOW + timedelta(hours=1)
STATUS = Status(
    at=NOW,
    open=[
        Open(State.HELD, GUILD, "segmind", "sora-2", 2),
        Open(State.HELD, OTHER, "segmind", "sora-2-pro", 1),
        Open(State.SUBMITTING, OTHER, "segmind", "sora-2", 1),
        Open(State.PROCESSING, GUILD, "segmind", "sora-2", 3),
        Open(State.RENDERED, GUILD, "segmind", "sora-2", 5),
    ],
    pauses=[OF_GUILD],
    restored_at=None,
    period=period_at("month", NOW),
    today=120,
    used=2500,
    ceiling=Ceiling(0, 10_000, 2500),
    largest=[(GUILD, 2000), (OTHER, 500)],
    accounts=[Account("segmind", Decimal("12.344"), NOW), Account("aimlapi", None, None)],
    process=Process("1.2.3", NOW, [Outage("aimlapi", Failure.OUT_OF_CREDITS, NOW, SOON)]),
)


def text_of(embed: discord.Embed) -> str:
    """Read all that an embed says."""
    fields = [f"{field.name}: {field.value}" for field in embed.fields]
    return "\n".join([embed.title or "", embed.description or "", *fields])


def test_the_status_tells_the_work_the_money_and_what_is_paused() -> None:
    """Each with its moment; an account that is not known says so."""
    text = text_of(status_embed(STATUS, NAMES))
    for part in (
        "4 running (1 being sent)",
        "3 in line, 2 paused",
        "5 being delivered",
        "Today 120 credits ($1.20)",
        "This month 2,500 credits ($25.00) of the ceiling of 10,000 credits ($100.00), 25 %",
        f"segmind: $12.34, as of {moment(NOW)}",
        "aimlapi: not known yet",
        f"**server Film \\*club\\*** since {moment(NOW)}, by <@9>: “the moon”",
        f"**aimlapi** is out of credits, or its spend cap is reached, since {moment(NOW)}",
        f"tried again {moment(SOON)}",
        "Film \\*club\\*: 2,000 credits ($20.00)",
        "3: 500 credits ($5.00)",
        f"This process runs since {moment(NOW)}",
    ):
        assert part in text, (part, text)


def test_a_quiet_bot_has_a_short_status() -> None:
    """Nothing is listed that there is not; that nothing is paused is worth a word."""
    quiet = Status(NOW, [], [], None, period_at("day", NOW), 0, 0, None, [])
    text = text_of(status_embed(quiet, {}))

    assert "0 running\n0 in line\n0 being delivered" in text
    assert "Paused by you: Nothing." in text
    assert "This day 0 credits ($0.00); no ceiling of all together" in text
    assert "Accounts" not in text
    assert "Largest" not in text


def test_a_terminal_shows_the_same_in_plain_words() -> None:
    """Moments by the clock, in UTC, people by their number; no markdown."""
    text = "\n".join(status_lines(replace(STATUS, pauses=[OF_GUILD, OF_MODEL]), "1.2.3"))
    for part in (
        "sora-bot 1.2.3, 2026-11-20 12:00 UTC",
        "  server 2 since 2026-11-20 12:00 UTC, by user 9: “the moon”",
        "  model sora-2 since 2026-11-20 12:00 UTC, by the command line",
        "  segmind: $12.34, as of 2026-11-20 12:00 UTC",
    ):
        assert part in text
    assert not {"<t:", "<@", "**", "\\"} & {
        text[i : i + n] for i in range(len(text)) for n in (1, 2, 3)
    }
    assert "`/operator status`" not in text, "all is told"
    alone = "\n".join(status_lines(replace(STATUS, process=None), "1.2.3"))
    assert "leaves alone for a while, `/operator status` tells" in alone
    assert list(pause_lines([OF_MODEL])) == [
        "model sora-2 since 2026-11-20 12:00 UTC, by the command line"
    ]


def test_a_restored_backup_is_told_with_what_lets_the_line_go_on() -> None:
    """In the status, and to whoever ends a pause and wonders why nothing is sent."""
    held_back = replace(STATUS, restored_at=NOW)

    assert "`sora-bot resume`" in text_of(status_embed(held_back, NAMES))
    assert "`sora-bot resume`" in resumed_text(ALL, held_back, NAMES)


def test_a_pause_tells_what_it_is_of_and_what_goes_on() -> None:
    """Of all, of a server, of a model: the jobs that it is of are counted."""
    assert "2 videos in line wait" in paused_text(OF_GUILD, STATUS, NAMES)
    assert "3 videos with the providers" in paused_text(OF_GUILD, STATUS, NAMES)
    whole = paused_text(Pause(ALL, NOW, 9, ""), STATUS, NAMES)
    assert "Paused: everything" in whole
    assert "4 videos with the providers" in whole
    assert "3 videos in line wait" in whole
    assert "Paused still: server Film" in resumed_text(ALL, STATUS, NAMES)


def test_choices_are_found_by_name_and_by_id() -> None:
    """A server that the bot has left goes by its id."""
    targets = [Target(Scope.GUILD, str(guild)) for guild in (GUILD, OTHER)]
    offered = {each.value: each.name for each in target_choices(targets, NAMES, "")}

    assert offered == {"2": "Film *club* (2)", "3": "3"}
    assert [each.value for each in target_choices(targets, NAMES, " FILM ")] == ["2"]
    assert [each.value for each in target_choices(targets, NAMES, "3")] == ["3"]
    assert len(target_choices(targets * 20, NAMES, "")) == 25


@given(TEXTS, st.integers(0, 400))
def test_the_status_is_within_discords_limits(text: str, count: int) -> None:
    """Any reasons and names, however many pauses; what does not fit is counted."""
    names = {GREATEST_ID - number: text for number in range(count)}
    pauses = [
        Pause(Target(Scope.GUILD, str(guild_id)), NOW, GREATEST_ID, text[:200])
        for guild_id in names
    ]
    largest = [(guild_id, 10**9) for guild_id in names][:5]
    status = replace(STATUS, pauses=pauses, largest=largest)

    assert_within_limits(status_embed(status, names))
    assert len(paused_text(Pause(ALL, NOW, 9, text[:200]), status, names)) <= 2000
    assert len(resumed_text(ALL, status, names)) <= 2000
    targets = [pause.target for pause in pauses]
    assert all(1 <= len(each.name) <= 100 for each in target_choices(targets, names, ""))
