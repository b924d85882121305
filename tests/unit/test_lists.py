"""Lists of jobs and of models as embeds."""

import re
from dataclasses import replace
from datetime import timedelta

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.catalogue import Menu
from bot.jobs.pauses import Pause, Scope, Target
from bot.jobs.states import State
from bot.jobs.supply import make_menu
from bot.presentation.lists import (
    PHONE_WIDTH,
    guide_embed,
    history_embed,
    job_choice,
    models_embed,
    status_embed,
)
from bot.presentation.text import moment
from tests.unit.menus import menus
from tests.unit.samples import (
    CATALOGUE,
    GREATEST_ID,
    KEYS,
    NOW,
    OFFER,
    SPELLS,
    TEXTS,
    assert_within_limits,
    catalogue_of,
    job_in,
    menu_of,
    model,
    view_of,
)


def text_of(embed: discord.Embed) -> str:
    """Read all that an embed says."""
    fields = [f"{field.name}: {field.value}" for field in embed.fields]
    return "\n".join([embed.title or "", embed.description or "", *fields])


@pytest.mark.parametrize("spell", SPELLS)
def test_prompts_are_shown_harmlessly(spell: str) -> None:
    """Nothing that was typed has an effect in a list."""
    job = job_in(State.QUEUED, prompt=spell)
    for embed in (status_embed([view_of(job)]), history_embed([job])):
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
    finished = text_of(status_embed([view_of(job_in(State.PROCESSING, finished_at=NOW))]))

    assert "QUEUED · number 3 in line" in waiting
    assert f"usually ready {moment(NOW + timedelta(seconds=180))}" in running
    assert "in line" not in running
    assert "usually ready" not in rendered + finished


def test_empty_lists_say_what_to_do() -> None:
    """The first command to try is named."""
    assert "`/sora create`" in text_of(status_embed([]))
    assert "`/sora create`" in text_of(history_embed([]))


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


def tables_of(embed: discord.Embed) -> list[list[str]]:
    """Read the lines of an embed's tables."""
    found = re.findall(r"```\n(.*?)\n```", embed.description or "", re.DOTALL)
    return [table.split("\n") for table in found]


def assert_columns_line_up(table: list[str]) -> None:
    """Check that the columns, which two spaces part, end in the same places in every line."""
    ends = {tuple(cell.end() for cell in re.finditer(r"\S+(?: \S+)*", line)) for line in table}
    assert len(ends) == 1, table


def test_the_models_are_shown_with_seconds_sizes_and_prices() -> None:
    """Everything that can be ordered, and what it costs, a second and from shortest to longest."""
    embed = models_embed(make_menu(CATALOGUE, KEYS, (), {}))
    text = text_of(embed)

    assert_within_limits(embed)
    for each in CATALOGUE.values():
        part = text.split(f"**{each.title}** · `{each.name}`\n{each.summary} Makes ")[1]
        shortest, longest = min(each.durations_seconds), max(each.durations_seconds)
        for size in each.sizes:
            second = each.quote(1, size, each.offers[0])
            row = next(row for row in part.split("\n") if size in row.split())
            assert re.search(
                rf"  +{second}/s(  +{shortest * second:,}-{longest * second:,})?$", row
            )
    for table in tables_of(embed):
        assert max(map(len, table)) <= PHONE_WIDTH, table
    assert "100 credits are $1" in (embed.footer.text or "")


def test_sizes_of_one_price_share_a_row() -> None:
    """Two of them: more would break on a phone."""
    sizes = ["1280x720", "720x1280", "960x960", "1920x1080"]
    prices = dict(zip(sizes, (5, 5, 5, 9), strict=True))
    [table] = tables_of(models_embed(menu_of(model(sizes=sizes, credits_per_second=prices))))

    assert [row.split("/s")[0].split() for row in table] == [
        ["1280x720", "720x1280", "5"],
        ["960x960", "5"],
        ["1920x1080", "9"],
    ]


def test_a_models_part_says_what_a_member_needs_to_choose() -> None:
    """As published and as the catalogue has it; what is not known is left out."""
    parts = {
        part.split("** ")[0]: part
        for part in (models_embed(menu_of()).description or "").split("\n**")
    }

    sora, kling = parts["Sora 2"], parts["Kling 3 Standard"]
    assert "Makes 4, 8 and 12 seconds. Takes a picture. Usually ready in 3 min." in sora
    assert "Makes 3 to 15 seconds. Takes a picture. Usually ready in 3 min." in kling
    assert "Needs a picture." in parts["Hailuo 02 Fast"]
    assert "Usually ready" not in parts["FLUX 3"]


def test_the_model_that_is_used_where_none_is_chosen_is_named() -> None:
    """It need not be the first that is shown."""
    ended = model("ended", title="Ended", discontinued=True)
    embed = models_embed(menu_of(ended, model(title="Usual")))

    assert (embed.footer.text or "").startswith("Where you choose none, it is Usual. ")


def test_admins_alone_are_told_which_prices_are_estimated() -> None:
    """With what whoever runs the bot can do; what has a price of its own is not among them."""
    menu = menu_of(
        model("set"), model("guessed", credits_per_second=None, estimated_credits_per_second=5)
    )

    [field] = models_embed(menu, for_admin=True).fields
    assert field.name == "Estimated prices"
    assert "`guessed`" in (field.value or "")
    assert "`set`" not in (field.value or "")
    assert "`credits_per_second`" in (field.value or "")
    assert models_embed(menu).fields == []
    assert models_embed(menu_of(model("set")), for_admin=True).fields == []


def test_a_full_catalogue_of_estimates_fits() -> None:
    """25 of the longest names, and all of them are counted."""
    engines = [
        model(f"{n:02}-{'n' * 37}", credits_per_second=None, estimated_credits_per_second=5)
        for n in range(25)
    ]
    embed = models_embed(menu_of(*engines), for_admin=True)

    assert_within_limits(embed)
    assert re.search(r"… and \d+ more", embed.fields[0].value or "")


def test_a_model_that_rests_says_when_it_is_tried_again() -> None:
    """It keeps its prices."""
    soon = NOW + timedelta(minutes=1)
    menu = make_menu(catalogue_of(model()), KEYS, (), {"segmind": soon})
    text = text_of(models_embed(menu))

    assert f"Paused, tried again {moment(soon)}." in text
    assert "720x1280  10/s" in text


def test_a_model_that_the_operator_has_paused_is_marked_wherever_models_are_listed() -> None:
    """In the tables, with the reason; it keeps its prices."""
    pauses = [Pause(Target(Scope.MODEL, "cam"), NOW, 9, "it *burns*")]
    menu = make_menu(catalogue_of(model(), model("other")), KEYS, (), {}, pauses)
    text = text_of(models_embed(menu))

    assert "Paused by whoever runs the bot: “it \\*burns\\*”." in text
    assert "720x1280  10/s" in text
    assert "QUEUED · number 3 in line · paused" in text_of(
        status_embed([replace(view_of(job_in(State.HELD), 3), operator_pause=pauses[0])])
    )


def test_a_price_is_that_of_the_provider_that_would_be_asked() -> None:
    """Size by size: the first that makes it, of those that take orders now."""
    upright = {
        **OFFER,
        "size": {"values": {"720x1280": {"ratio": "9:16"}}},
        "credits_per_second": 3,
    }
    engine = model(offers=[upright, {**OFFER, "provider": "aimlapi"}])
    paused = {"segmind": NOW + timedelta(minutes=1)}

    usual = text_of(models_embed(menu_of(engine)))
    later = text_of(models_embed(make_menu(catalogue_of(engine), KEYS, (), paused)))

    assert "720x1280   3/s" in usual
    assert "1280x720  20/s" in usual
    assert "720x1280  10/s" in later


def test_what_has_no_price_is_not_shown() -> None:
    """It is off until the operator sets one."""
    text = text_of(models_embed(menu_of(model("set"), model("unset", credits_per_second=None))))

    assert re.findall(r"· `(.+)`", text) == ["set"]


def test_an_empty_menu_says_so() -> None:
    """No table without rows."""
    embed = models_embed({})

    assert embed.description == "No model can be used just now."
    assert_within_limits(embed)


@settings(max_examples=60)
@given(menus())
def test_every_table_of_models_is_within_discords_limits_and_lines_up(menu: Menu) -> None:
    """Whatever is on the menu."""
    embed = models_embed(menu)

    assert_within_limits(embed)
    for table in tables_of(embed):
        assert_columns_line_up(table)


@pytest.mark.parametrize("price", [1, 40, 100_000])
def test_a_full_catalogue_is_shown_whole(price: int) -> None:
    """25 models with the longest names: none is left out; a phone shows it, names are cut."""
    engines = [
        model(
            f"{number:02}-{'n' * 37}",
            title="T" * 60,
            summary="S" * 200,
            durations_seconds=[1, 3600],
            credits_per_second={"720x1280": price, "1280x720": price},
        )
        for number in range(25)
    ]

    embed = models_embed(menu_of(*engines))

    assert_within_limits(embed)
    [table] = tables_of(embed)
    assert_columns_line_up(table)
    names = [line.split()[0] for line in table]
    for name, each in zip(names, engines, strict=True):
        assert each.name.startswith(name.removesuffix("…"))
    assert all(line.endswith(f"1-3,600 s  {price:,}/s") for line in table)
    assert max(map(len, table)) <= max(PHONE_WIDTH, 20 + len(f"  1-3,600 s  {price:,}/s"))


def test_what_a_message_has_no_room_for_is_counted() -> None:
    """A catalogue may have any number of models."""
    embed = models_embed(menu_of(*(model(f"cam-{number}", summary="S") for number in range(300))))
    assert_within_limits(embed)
    assert re.search(r"… and \d+ more\n```", embed.description or "")


def test_the_short_table_shows_from_what_to_what_a_model_costs() -> None:
    """Where sizes differ in price, both ends are told."""
    engines = [model(f"cam-{number}", summary="S" * 200) for number in range(25)]

    embed = models_embed(menu_of(*engines))

    assert all(line.endswith("4-8 s  10-20/s") for line in tables_of(embed)[0])
    assert (embed.description or "").endswith("`/sora create` suggests each with its sizes.")


def test_the_guide_names_the_commands() -> None:
    """A new member finds every command of theirs."""
    embed = guide_embed()

    assert_within_limits(embed)
    for name in ("create", "models", "balance", "status", "cancel", "history", "show"):
        assert f"`/sora {name}`" in text_of(embed)
