"""Balances, lists and tables as embeds."""

import re
from dataclasses import replace
from datetime import timedelta

import discord
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.credits import MAX_AMOUNT, Balance, LogLine
from bot.jobs.states import State
from bot.presentation.lists import (
    balance_embed,
    guide_embed,
    history_embed,
    job_choice,
    left_text,
    log_embed,
    models_embed,
    status_embed,
)
from bot.presentation.text import moment
from bot.storage.tables import entries
from tests.unit.samples import (
    CATALOGUE,
    GREATEST_ID,
    NOW,
    SPELLS,
    TEXTS,
    assert_within_limits,
    job_in,
    model,
    view_of,
)

ADA, ROOT = 4, 9
BALANCE = Balance(
    allowance=500,
    allowance_left=380,
    granted_left=1200,
    held=80,
    renews_at=NOW + timedelta(days=10),
)
LINE = LogLine(NOW, "grant", ADA, 1500, ROOT, "for the festival", None)
KINDS = ("hold", "settle", "release", "grant", "revoke", "set")

LINES = st.builds(
    LogLine,
    at=st.just(NOW),
    kind=st.sampled_from(KINDS),
    member_id=st.sampled_from([ADA, GREATEST_ID]),
    amount=st.sampled_from([0, 1, MAX_AMOUNT]),
    actor_id=st.sampled_from([0, ADA, GREATEST_ID]),
    reason=TEXTS,
    job_id=st.sampled_from([None, 7, GREATEST_ID]),
)


def text_of(embed: discord.Embed) -> str:
    """Read all that an embed says."""
    fields = [f"{field.name}: {field.value}" for field in embed.fields]
    return "\n".join([embed.title or "", embed.description or "", *fields])


def line_text(line: LogLine) -> str:
    """Read how the log tells one change."""
    return log_embed([line]).description or ""


def test_a_balance_shows_where_it_comes_from() -> None:
    """What is left and its two parts, what is held, and when the period renews."""
    text = text_of(balance_embed("Your budget", BALANCE, []))

    for part in ("1,580 credits ($15.80)", "380 left of 500", moment(BALANCE.renews_at)):
        assert part in text
    assert "Granted: 1,200, does not expire" in text
    assert "Held for videos under way: 80" in text
    assert "Last entries: Nothing yet." in text


def test_what_is_left_is_told_in_a_sentence() -> None:
    """The allowance's rest and the grants together."""
    assert left_text(BALANCE) == "Left to spend now: 1,580 credits ($15.80)."


@given(st.lists(LINES, max_size=30))
def test_balances_and_logs_are_within_discords_limits(lines: list[LogLine]) -> None:
    """Thirty long entries, with any reasons, still make an embed that Discord takes."""
    assert_within_limits(balance_embed("Budget of Ada", BALANCE, lines))
    assert_within_limits(log_embed(lines))


def test_every_kind_of_entry_has_a_word() -> None:
    """What the books can hold, the log can tell; the setting of an allowance as well."""
    [kinds] = [
        re.findall(r"'(\w+)'", str(each.sqltext))  # type: ignore[attr-defined]
        for each in entries.constraints
        if str(each.name).endswith("kind")
    ]
    assert {*kinds, "set"} == set(KINDS)

    told = {line_text(replace(LINE, kind=kind)).split("**")[2] for kind in KINDS}
    assert len(told) == len(KINDS)


@pytest.mark.parametrize(
    ("kind", "sign"),
    [("hold", "-"), ("release", "+"), ("grant", "+"), ("revoke", "-"), ("settle", ""), ("set", "")],
)
def test_an_entrys_sign_is_the_members(kind: str, sign: str) -> None:
    """Minus is less to spend; a settled hold was taken before."""
    assert f"**{sign}1,500**" in line_text(replace(LINE, kind=kind))


def test_an_entry_says_when_what_whose_by_whom_and_why() -> None:
    """All that an admin needs to understand a change."""
    assert line_text(LINE) == (
        f"{moment(NOW, 'f')} **+1,500** granted · <@4> · by <@9> · for the festival"
    )


@pytest.mark.parametrize("actor", [0, ADA])
def test_an_entry_that_no_admin_made_names_nobody(actor: int) -> None:
    """Holds are the member's own doing, and their ends the bot's."""
    assert " by " not in line_text(replace(LINE, kind="hold", actor_id=actor, job_id=7))


def test_an_entry_of_a_job_names_it() -> None:
    """The number leads to the video."""
    assert line_text(replace(LINE, kind="hold", actor_id=ADA, reason="x", job_id=7)).endswith(
        "held for a video #7 · <@4>"
    )


@pytest.mark.parametrize("spell", SPELLS)
def test_reasons_and_prompts_are_shown_harmlessly(spell: str) -> None:
    """Nothing that was typed has an effect in a list."""
    job = job_in(State.QUEUED, prompt=spell)
    for embed in (
        log_embed([replace(LINE, reason=spell)]),
        status_embed([view_of(job)]),
        history_embed([job]),
    ):
        plain = re.sub(r"\\[^0-9A-Za-z\s]", "", embed.description or "")
        assert not re.search(r"@(everyone|here)|<(@1|@[!&]|#|:|a:|/|id:|t:1:)|https?:/", plain)


@given(st.lists(TEXTS, min_size=1, max_size=40))
def test_lists_of_jobs_are_within_discords_limits(prompts: list[str]) -> None:
    """Forty jobs with any prompts: what does not fit is counted."""
    jobs = [job_in(State.QUEUED, id=GREATEST_ID, prompt=prompt) for prompt in prompts]

    for embed in (status_embed([view_of(job) for job in jobs]), history_embed(jobs)):
        assert_within_limits(embed)


def test_what_does_not_fit_a_list_is_counted() -> None:
    """Whole entries are shown, and the number of the others."""
    jobs = [job_in(State.QUEUED, id=number, prompt="a" * 200) for number in range(1, 101)]

    text = history_embed(jobs).description or ""

    shown = text.count("**#")
    assert 0 < shown < 100
    assert text.endswith(f"… and {100 - shown} more")


def test_an_entry_of_a_list_is_one_line_of_facts_and_one_of_prompt() -> None:
    """A prompt of many lines does not stretch a list."""
    job = job_in(State.QUEUED, prompt="a\nb\r\n\n\tc\u2028d")

    assert (history_embed([job]).description or "").count("\n") == 1
    assert (status_embed([view_of(job)]).description or "").endswith("\na b c d")


def test_a_job_in_line_shows_its_place_and_one_at_work_its_end() -> None:
    """The place where it waits, the expected moment where it runs, neither afterwards."""
    waiting = text_of(status_embed([view_of(job_in(State.HELD), 3)]))
    running = text_of(status_embed([view_of(job_in(State.PROCESSING))]))
    rendered = text_of(status_embed([view_of(job_in(State.RENDERED))]))

    assert "QUEUED · number 3 in line" in waiting
    assert f"usually ready {moment(NOW + timedelta(seconds=180))}" in running
    assert "in line" not in running
    assert "usually ready" not in rendered


def test_empty_lists_say_what_to_do() -> None:
    """The first command to try is named."""
    assert "`/sora create`" in text_of(status_embed([]))
    assert "`/sora create`" in text_of(history_embed([]))
    assert text_of(log_embed([])).endswith("Nothing yet.")


@pytest.mark.parametrize("state", State)
def test_history_shows_the_price_of_what_was_charged_alone(state: State) -> None:
    """A failed, cancelled or lost job cost nothing."""
    job = job_in(state)
    text = text_of(history_embed([job]))

    assert ("not charged" in text) == (job.failure is not None)
    assert ("80 credits" in text) == (job.failure is None)


@given(TEXTS)
def test_a_choice_fits_discords_list(prompt: str) -> None:
    """A hundred characters at most, on one line, with the number first."""
    choice = job_choice(job_in(State.QUEUED, id=GREATEST_ID, prompt=prompt))

    assert len(choice.name) <= 100
    assert choice.name.startswith(f"#{GREATEST_ID} QUEUED: ")
    assert "\n" not in choice.name
    assert choice.value == GREATEST_ID


def test_the_models_are_shown_with_seconds_sizes_and_prices() -> None:
    """Everything that can be ordered, and what it costs."""
    embed = models_embed(CATALOGUE)
    text = text_of(embed)

    assert_within_limits(embed)
    for each in CATALOGUE.values():
        assert f"{each.title} · {each.name}" in text
        assert ", ".join(str(seconds) for seconds in each.durations_seconds) in text
        for size in each.sizes:
            assert re.search(rf"` *{size}` +{each.quote(1, size)} credits a second", text)


def test_a_full_catalogue_fits_an_embed() -> None:
    """As many models as a command can offer, within an embed's fields and characters."""
    catalogue = {f"cam-{n}": model(name=f"cam-{n}") for n in range(25)}

    assert_within_limits(models_embed(catalogue))


def test_the_guide_names_the_commands() -> None:
    """A new member finds every command of theirs."""
    embed = guide_embed()

    assert_within_limits(embed)
    for name in ("create", "models", "balance", "status", "cancel", "history", "show"):
        assert f"`/sora {name}`" in text_of(embed)
