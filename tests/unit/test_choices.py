"""What /sora create suggests while it is filled in."""

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.catalogue import Menu, Wish, place_order
from bot.catalogue.possible import Option, Video, model_named, possible
from bot.presentation.choices import (
    MOST_CHOICES,
    duration_choices,
    model_choices,
    shape_word,
    size_choices,
)
from tests.unit.menus import WISHES, menus
from tests.unit.samples import menu_of, model

OPTIONS = st.sampled_from(get_args(Option))
LONG = [1, 2, *range(10, 60)]


def anything(_: str, __: int, ___: str) -> bool:
    """Allow everything."""
    return True


def durations(menu: Menu, typed: str = "", **chosen: object) -> list[int]:
    """List the lengths that are suggested."""
    wish = Wish("", **chosen)  # type: ignore[arg-type]  # as the test has it
    return [
        int(each.value)
        for each in duration_choices(possible(menu, wish, "duration", anything), typed)
    ]


@settings(max_examples=80)
@given(menus(), WISHES, OPTIONS)
def test_whatever_is_suggested_can_be_ordered_at_its_price(
    menu: Menu, wish: Wish, option: Option
) -> None:
    """With all that the suggestion stands for; what is paused is marked."""
    found = possible(menu, wish, option, anything)
    for video in found:
        name = video.dish.model.name
        exact = Wish("a cat", name, video.seconds, video.size, pictured=video.pictured)
        if video.dish.offers:
            assert place_order(menu, exact).price == video.price
        assert video.pictured or not wish.pictured
        for chosen, value in ((wish.model, name), (wish.size, video.size)):
            fits = any(chosen in {each.dish.model.name, each.size} for each in found)
            assert not fits or chosen == value or option != "duration"
    makers = (model_choices, duration_choices, size_choices)
    for choices in makers:
        for choice in choices(found, ""):
            assert len(choice.name) <= 100
            paused = [v for v in found if choice.value == v.dish.model.name and not v.dish.offers]
            assert not paused or "(paused)" in choice.name


@given(menus(), WISHES, OPTIONS)
def test_what_the_rules_forbid_is_never_suggested(menu: Menu, wish: Wish, option: Option) -> None:
    """Neither by itself nor as what another value stands for."""

    def short(_: str, seconds: int, size: str) -> bool:
        return seconds <= 4 and size != "960x960"

    for video in possible(menu, wish, option, short):
        assert short("", video.seconds, video.size)


def test_a_list_that_is_too_long_is_searched_by_what_is_typed() -> None:
    """Discord shows 25: the value itself first, then what begins so, then the nearest."""
    menu = menu_of(model(durations_seconds=LONG))
    assert durations(menu) == LONG[:MOST_CHOICES]
    assert durations(menu, "5")[:11] == [*range(50, 60), 2]
    assert durations(menu, "2 s")[:12] == [2, *range(20, 30), 1]
    assert durations(menu, "700")[:2] == [59, 58]
    for nonsense in ("many", "-3", "²", "9" * 5000):
        assert durations(menu, nonsense) == LONG[:MOST_CHOICES]


def test_the_usual_models_lengths_come_first_where_none_is_chosen() -> None:
    """Those of others name their model: without it they could not be had."""
    menu = menu_of(
        model("first", title="First", durations_seconds=[8, 4]),
        model("other", title="Other", durations_seconds=[2, 4, 6]),
    )
    found = duration_choices(possible(menu, Wish(""), "duration", anything), "")
    assert [each.name for each in found] == [
        "4 seconds · 40 credits ($0.40)",
        "8 seconds · 80 credits ($0.80)",
        "2 seconds · 20 credits ($0.20) with Other",
        "6 seconds · 60 credits ($0.60) with Other",
    ]
    assert durations(menu, model="other") == [2, 4, 6]
    # Of what is chosen, what leaves nothing over does not count.
    assert durations(menu, model="no-such") == [4, 8, 2, 6]
    assert durations(menu, model="first", size="1x1") == [4, 8]


def test_the_first_size_is_what_is_made_where_none_is_chosen() -> None:
    """In the model's order, which says what is usual."""
    menu = menu_of(
        model("first", sizes=["1280x720", "720x1280"], credits_per_second=10),
        model("other", sizes=["720x1280"], credits_per_second=10),
    )
    found: list[Video] = list(possible(menu, Wish(""), "size", anything))
    assert [video.size for video in found] == ["1280x720", "720x1280"]
    old = model("old", discontinued=True)
    first = model("first", sizes=["1280x720", "720x1280"], credits_per_second=10)
    found = list(possible(menu_of(old, first), Wish(""), "size", anything))
    assert [(video.size, video.dish.model.name) for video in found] == [
        ("1280x720", "first"),
        ("720x1280", "first"),
    ]


@pytest.mark.parametrize(
    ("typed", "name"),
    [("cam", "cam"), (" CAM Two", "other"), ("OTHER", "other"), ("cam t", "cam t"), (None, None)],
)
def test_a_model_is_known_by_its_title_as_well(typed: str | None, name: str | None) -> None:
    """Who types rather than chooses writes what the answers show."""
    menu = menu_of(model("cam", title="Cam"), model("other", title="Cam two"))
    assert model_named(menu, typed) == name


@pytest.mark.parametrize(
    ("size", "word"),
    [("1280x720", "wide"), ("720x1280", "upright"), ("960x960", "square"), ("1024x1000", "square")],
)
def test_a_shape_has_a_word(size: str, word: str) -> None:
    """As people say it."""
    assert shape_word(size) == word
