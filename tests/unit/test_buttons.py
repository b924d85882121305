"""Buttons: what one means is in its id."""

import re
from typing import Any

import discord
from discord.ui.dynamic import DynamicItem
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Suggestion
from bot.jobs.states import Failure, State
from bot.presentation.buttons import AGAIN_ID, NEAREST_ID, again_buttons, nearest_buttons
from bot.presentation.forms import EDIT_FORM_ID, edit_form
from bot.presentation.text import price_text
from cogs.buttons import AgainButton, NearestButton
from tests.unit.samples import GREATEST_ID, job_in

NAMES = st.from_regex(r"\A[a-z0-9][a-z0-9._-]{0,39}\Z")
SIDES = st.integers(10, 99_999)
OFFERED = st.builds(
    Suggestion,
    model=NAMES,
    title=st.text(min_size=1, max_size=60),
    duration_seconds=st.integers(1, 3600),
    size=st.builds(lambda width, height: f"{width}x{height}", SIDES, SIDES),
    price=st.integers(1, 3600 * 100_000),
)
ENDED = Failure.GIVEN_UP
IDS = st.sampled_from([1, 4711, GREATEST_ID])


def buttons_of(view: discord.ui.View) -> list[Any]:
    """List a view's buttons."""
    assert all(isinstance(each, discord.ui.Button) for each in view.children)
    return list(view.children)


def assert_reads_back(pattern: str, button: Any, number: tuple[str, int], told: Suggestion) -> None:
    """Check the limits of Discord, and that the id says what the button offers."""
    name, value = number
    match = re.fullmatch(pattern, button.custom_id)
    assert match is not None
    assert 1 <= len(button.custom_id) <= 100
    assert 1 <= len(button.label) <= 80
    assert int(match[name]) == value
    assert match["model"] == told.model
    assert int(match["seconds"]) == told.duration_seconds
    assert match["size"] == told.size
    assert int(match["price"]) == told.price


@given(IDS, OFFERED)
def test_the_button_of_the_nearest_reads_back(draft_id: int, offered: Suggestion) -> None:
    """Any name, figure and size of a catalogue fits, and comes back as it was."""
    [button] = buttons_of(nearest_buttons(draft_id, [offered]))

    assert_reads_back(NEAREST_ID, button, ("draft", draft_id), offered)
    assert not re.fullmatch(AGAIN_ID, button.custom_id)


@given(IDS, st.lists(OFFERED, min_size=1, max_size=3))
def test_the_buttons_of_another_try_read_back(job_id: int, offered: list[Suggestion]) -> None:
    """In the order in which they were offered."""
    buttons = buttons_of(again_buttons(job_in(State.FAILED, id=job_id, failure=ENDED), offered))

    assert len(buttons) == len(offered)
    for button, each in zip(buttons, offered, strict=True):
        assert_reads_back(AGAIN_ID, button, ("job", job_id), each)
        assert not re.fullmatch(NEAREST_ID, button.custom_id)


@given(IDS, OFFERED)
def test_the_button_of_the_same_again_says_so(job_id: int, offered: Suggestion) -> None:
    """It fits whatever the figures are, and they are whole."""
    values = {"model": offered.model, "duration_seconds": offered.duration_seconds}
    job = job_in(State.FAILED, id=job_id, failure=ENDED, size=offered.size, **values)

    [button] = buttons_of(again_buttons(job, [offered]))

    assert len(button.label) <= 80
    assert button.label.startswith("Try again")
    assert button.label.endswith(f" · {offered.size} for {price_text(offered.price)}")


async def test_a_form_is_not_kept_either() -> None:
    """What is sent in comes to the id's handler, also after a restart."""
    offered = Suggestion("sora-2", "Sora 2", 8, "1280x720", 80)
    form = edit_form(GREATEST_ID, "x" * 4000, offered)

    assert form.is_finished()
    assert re.fullmatch(EDIT_FORM_ID, form.custom_id)
    assert len(form.title) <= 45


def test_a_button_says_what_is_made_and_what_it_costs() -> None:
    """Seconds, shape, credits and money: nobody presses it unawares."""
    [button] = buttons_of(nearest_buttons(1, [Suggestion("sora-2", "Sora 2", 8, "1280x720", 80)]))

    assert button.label == "Sora 2 · 8 s · 1280x720 for 80 credits ($0.80)"
    assert button.custom_id == "nearest:1:sora-2:8:1280x720:80"


def test_a_long_title_gives_way_to_the_price() -> None:
    """The figures are always whole."""
    [button] = buttons_of(nearest_buttons(1, [Suggestion("cam", "C" * 60, 8, "1280x720", 80)]))

    assert button.label.endswith("C… · 8 s · 1280x720 for 80 credits ($0.80)")
    assert len(button.label) == 80


async def test_nothing_is_kept_of_a_view_that_was_sent() -> None:
    """It is stopped before: presses come to the ids' handlers, and no timeout takes them away."""
    offered = Suggestion("sora-2", "Sora 2", 8, "1280x720", 80)

    assert nearest_buttons(1, [offered]).is_finished()
    assert again_buttons(job_in(State.FAILED), [offered]).is_finished()
    assert nearest_buttons(1, [offered]).timeout is None


def test_the_handlers_know_the_ids() -> None:
    """discord.py matches a press against these patterns, from end to end."""
    handlers: dict[str, type[DynamicItem[Any]]] = {
        NEAREST_ID: NearestButton,
        AGAIN_ID: AgainButton,
    }

    for pattern, handler in handlers.items():
        assert handler.__discord_ui_compiled_template__.pattern == pattern
