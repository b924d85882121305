"""What can be ordered, at what price, and the nearest to what cannot."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.catalogue import PROMPT_LIMIT, Menu, Model, Wish, alternatives, place_order
from bot.errors import (
    ModelPaused,
    NothingOffered,
    OptionUnavailable,
    PictureRequired,
    PictureUnsupported,
    PromptEmpty,
    PromptTooLong,
    Refusal,
    Suggestion,
    UnknownModel,
    Unmakeable,
)
from bot.jobs.supply import make_menu
from tests.unit.menus import WISHES, menus
from tests.unit.samples import (
    KEYS,
    NOW,
    OFFER,
    PRICED,
    TEXTS,
    UNSEEN,
    catalogue_of,
    menu_of,
    model,
)

MENU = menu_of()
SOON = NOW + timedelta(minutes=1)
PICTURES = [{**OFFER, "image": {"field": "image"}}]
PICTURES_ONLY = [{**OFFER, "image": {"field": "image", "required": True}}]


def wish(
    model_name: str | None = None, seconds: int | None = None, size: str | None = None
) -> Wish:
    """Ask for a cat."""
    return Wish("a cat", model_name, seconds, size)


def pictured(model_name: str | None = None) -> Wish:
    """Ask for a cat that starts from a picture."""
    return Wish("a cat", model_name, pictured=True)


def unmakeable(menu: Menu, asked: Wish) -> Unmakeable:
    """Order what cannot be made, and give the refusal."""
    with pytest.raises(Unmakeable) as caught:
        place_order(menu, asked)
    return caught.value


def test_what_is_left_out_gets_the_default() -> None:
    """The first model, its first duration and its first size are taken."""
    order = place_order(MENU, wish())

    assert (order.model.name, order.duration_seconds, order.size) == ("wan-2.7", 5, "1280x720")
    assert (order.offer.provider, order.price, order.picture) == ("segmind", 200, None)


@given(st.sampled_from(list(PRICED.values())), st.booleans(), st.data())
def test_everything_that_is_shown_can_be_ordered(
    engine: Model, with_picture: bool, data: st.DataObject
) -> None:
    """Each combination of a shipped model's values has its price, by the first provider."""
    seconds = data.draw(st.sampled_from(engine.durations_seconds))
    size = data.draw(st.sampled_from(engine.sizes))
    asked = Wish(
        "a cat", engine.name, seconds, size, with_picture or engine.name == "hailuo-02-fast"
    )

    order = place_order(MENU, asked)

    assert (order.duration_seconds, order.size, order.offer) == (seconds, size, engine.offers[0])
    assert order.price == engine.quote(seconds, size, engine.offers[0]) > 0


@given(TEXTS.map(lambda text: f"{text}a"))
def test_a_prompt_is_ordered_exactly_as_typed(prompt: str) -> None:
    """Nothing is cut, escaped or normalised on its way to the provider."""
    assert place_order(MENU, Wish(prompt)).prompt == prompt


@given(st.text(st.sampled_from(f"{UNSEEN} \t\n\r\u3000\u2800\u3164\u115f\u1160\uffa0\u0301\ufe0f")))
def test_a_prompt_of_which_nothing_is_seen_is_refused(prompt: str) -> None:
    """Blanks, controls, zero-width characters and lone marks make no prompt."""
    with pytest.raises(PromptEmpty):
        place_order(MENU, Wish(prompt))


@pytest.mark.parametrize(
    "prompt", ["a", "猫", "🐈", "\U0001fa77", "7", "?", "\u200bא\u200b", " é "]
)
def test_a_single_character_that_is_seen_is_a_prompt(prompt: str) -> None:
    """Any letter, figure, sign or picture will do."""
    assert place_order(MENU, Wish(prompt)).prompt == prompt


def test_the_longest_prompt_is_taken_and_a_longer_one_refused_with_both_figures() -> None:
    """The limit itself is allowed; beyond it the member learns by how much."""
    assert place_order(MENU, Wish("a" * PROMPT_LIMIT)).prompt

    with pytest.raises(PromptTooLong) as caught:
        place_order(MENU, Wish("a" * (PROMPT_LIMIT + 1)))

    assert (caught.value.length, caught.value.limit) == (PROMPT_LIMIT + 1, PROMPT_LIMIT)


@pytest.mark.parametrize("name", ["sora-3", "", "SORA-2", "sora-2 "])
def test_an_unknown_model_is_refused_with_the_known_ones(name: str) -> None:
    """A manipulated client can send any name; the answer lists what there is."""
    with pytest.raises(UnknownModel) as caught:
        place_order(MENU, wish(name))

    assert (caught.value.name, caught.value.known) == (name, tuple(MENU))


def test_an_empty_menu_offers_nothing() -> None:
    """Whatever is asked for: there is no key, or all is retired."""
    for asked in (wish(), wish("sora-2"), pictured()):
        with pytest.raises(NothingOffered):
            place_order({}, asked)


@pytest.mark.parametrize(
    ("seconds", "nearest"), [(-4, 4), (0, 4), (5, 4), (7, 8), (10, 8), (15, 12), (10**12, 12)]
)
def test_seconds_that_a_model_lacks_are_refused_with_those_it_has(
    seconds: int, nearest: int
) -> None:
    """The refusal names the model's own values, and offers the nearest; of two, the shorter."""
    error = unmakeable(MENU, wish("sora-2", seconds))

    assert isinstance(error, OptionUnavailable)
    assert (error.model, error.option, error.value) == ("Sora 2", "duration", str(seconds))
    assert error.allowed == ("4", "8", "12")
    assert error.suggestions[0] == Suggestion("sora-2", "Sora 2", nearest, "720x1280", 10 * nearest)


@pytest.mark.parametrize(
    ("size", "nearest"),
    [
        ("1792x1024", "1280x720"),
        ("1024x1792", "720x1280"),
        ("1920x1080", "1280x720"),
        ("999x1000", "720x1280"),
        ("1001x1000", "1280x720"),
        ("1x99999", "720x1280"),
        ("", "720x1280"),
        ("720p", "720x1280"),
        ("0x0", "720x1280"),
        ("x", "720x1280"),
        ("1x1x1", "720x1280"),
        ("9" * 5000 + "x1", "720x1280"),
        ("\u00b2x\u00b2", "720x1280"),
    ],
)
def test_a_size_that_a_model_lacks_is_refused_with_the_nearest_shape(
    size: str, nearest: str
) -> None:
    """Upright stays upright and wide stays wide; what is no size at all is refused likewise."""
    error = unmakeable(MENU, wish("sora-2", 8, size))

    assert isinstance(error, OptionUnavailable)
    assert (error.option, error.value) == ("size", size)
    assert error.allowed == ("720x1280", "1280x720")
    assert error.suggestions[0] == Suggestion("sora-2", "Sora 2", 8, nearest, 80)


def test_a_refused_value_offers_the_models_that_make_just_that() -> None:
    """In the menu's order, behind the nearest that the model has itself."""
    size = unmakeable(MENU, wish("sora-2", 4, "1792x1024"))
    seconds = unmakeable(MENU, wish("sora-2", 3))

    assert isinstance(size, OptionUnavailable)
    assert isinstance(seconds, OptionUnavailable)
    assert size.suggestions[:2] == (
        Suggestion("sora-2", "Sora 2", 4, "1280x720", 40),
        Suggestion("sora-2-pro", "Sora 2 Pro", 4, "1792x1024", 200),
    )
    made = [(each.model, each.duration_seconds) for each in seconds.suggestions[:4]]
    assert made == [("sora-2", 4), ("sora-2", 8), ("wan-2.7", 3), ("kling-3-standard", 3)]
    assert {each.size for each in seconds.suggestions} == {"720x1280"}


def test_a_model_that_could_not_make_it_now_is_not_named() -> None:
    """It would be refused in the next step: it wants a picture, or its provider rests."""
    menu = make_menu(
        catalogue_of(
            model(),
            model("from-pictures", durations_seconds=[15], offers=PICTURES_ONLY),
            model("rests", durations_seconds=[15], offers=[{**OFFER, "provider": "aimlapi"}]),
            model("able", durations_seconds=[15]),
        ),
        KEYS,
        (),
        {"aimlapi": SOON},
    )

    error = unmakeable(menu, wish("cam", 15))

    assert isinstance(error, OptionUnavailable)
    assert {each.model for each in error.suggestions} == {"cam", "able"}


def test_values_that_only_different_providers_have_are_refused_together() -> None:
    """One makes short ones, the other wide ones: the shape that was wished counts more."""
    short = {**OFFER, "duration": {"type": "integer", "values": [4]}}
    short["size"] = {"values": {"720x1280": {"ratio": "9:16"}}}
    long = {**OFFER, "provider": "aimlapi", "duration": {"type": "integer", "values": [8]}}
    long["size"] = {"values": {"1280x720": {"ratio": "16:9"}}}

    error = unmakeable(menu_of(model(offers=[short, long])), wish("cam", 4, "1280x720"))

    assert isinstance(error, OptionUnavailable)
    assert (error.option, error.value, error.allowed) == ("size", "1280x720", ("720x1280",))
    assert error.suggestions[0] == Suggestion("cam", "Cam", 8, "1280x720", 160)


def test_the_first_provider_that_makes_it_is_asked_at_its_own_price() -> None:
    """In the catalogue's order of preference."""
    first = {**OFFER, "duration": {"type": "integer", "values": [4]}, "credits_per_second": 3}
    menu = menu_of(model(offers=[first, {**OFFER, "provider": "aimlapi"}]))

    short, long = place_order(menu, wish("cam", 4)), place_order(menu, wish("cam", 8))

    assert (short.offer.provider, short.price) == ("segmind", 12)
    assert (long.offer.provider, long.price) == ("aimlapi", 80)


def test_a_model_that_starts_from_pictures_only_asks_for_one() -> None:
    """And offers the nearest that needs none."""
    error = unmakeable(MENU, wish("hailuo-02-fast", 6, "1280x720"))

    assert isinstance(error, PictureRequired)
    assert error.model == "Hailuo 02 Fast"
    near = [(each.duration_seconds, each.size, each.price) for each in error.suggestions[:3]]
    assert [each[:2] for each in near] == [(6, "1280x720")] * 3
    assert near == sorted(near)
    assert place_order(MENU, pictured("hailuo-02-fast")).model.name == "hailuo-02-fast"


def test_a_model_that_starts_from_words_only_takes_no_picture() -> None:
    """And the first that does is offered."""
    menu = menu_of(model(), model("able", title="Able", offers=PICTURES))

    error = unmakeable(menu, pictured("cam"))

    assert isinstance(error, PictureUnsupported)
    assert error.model == "Cam"
    assert error.suggestions[0] == Suggestion("able", "Able", 4, "720x1280", 40)


def test_where_nothing_else_can_be_had_nothing_is_suggested() -> None:
    """A button would lead nowhere."""
    assert unmakeable(menu_of(model()), pictured()).suggestions == ()
    assert unmakeable(menu_of(model(offers=PICTURES_ONLY)), wish()).suggestions == ()


def test_a_picture_goes_to_the_provider_that_takes_one() -> None:
    """Where the first makes videos from words alone, the next is asked."""
    menu = menu_of(model(offers=[OFFER, {**PICTURES[0], "provider": "aimlapi"}]))

    assert place_order(menu, wish()).offer.provider == "segmind"
    assert place_order(menu, pictured()).offer.provider == "aimlapi"


def test_a_model_whose_providers_rest_says_until_when_and_offers_another() -> None:
    """The first that is tried again counts."""
    both = [OFFER, {**OFFER, "provider": "aimlapi"}]
    other = model("other", title="Other", offers=[{**OFFER, "provider": "segmind-v1"}])
    later = SOON + timedelta(hours=1)
    paused = {"segmind": later, "aimlapi": SOON}
    menu = make_menu(catalogue_of(model(offers=both), other), KEYS, (), paused)

    error = unmakeable(menu, wish("cam", 8, "1280x720"))

    assert isinstance(error, ModelPaused)
    assert (error.model, error.until) == ("Cam", SOON)
    assert error.suggestions[0] == Suggestion("other", "Other", 8, "1280x720", 160)


def test_a_default_that_rests_offers_the_next_and_does_not_take_it_unasked() -> None:
    """The next may cost more: who named no model presses a button first."""
    other = model("other", title="Other", offers=[{**OFFER, "provider": "aimlapi"}])
    catalogue = catalogue_of(model(), other)

    some = make_menu(catalogue, KEYS, (), {"segmind": SOON})
    none = make_menu(catalogue, KEYS, (), {"segmind": SOON, "aimlapi": SOON})

    assert isinstance(unmakeable(some, wish()), ModelPaused)
    other_one = Suggestion("other", "Other", 4, "720x1280", 40)
    assert unmakeable(some, wish()).suggestions == (other_one,)
    assert isinstance(unmakeable(none, wish()), ModelPaused)
    assert unmakeable(none, wish()).suggestions == ()


@settings(max_examples=60)
@given(menus(), WISHES)
def test_whatever_is_asked_is_an_order_or_a_refusal_that_helps(menu: Menu, asked: Wish) -> None:
    """An order is what was asked; a suggestion can be ordered, at just the price it names."""
    try:
        order = place_order(menu, asked)
    except Unmakeable as error:
        refusal: Refusal = error
    except (NothingOffered, UnknownModel) as error:
        assert not menu or asked.model not in menu
        refusal = error
    else:
        assert order.model.name == asked.model or asked.model is None
        assert asked.duration_seconds in {None, order.duration_seconds}
        assert asked.size in {None, order.size}
        assert order.offer in menu[order.model.name].offers
        assert order.offer.makes(order.duration_seconds, order.size, pictured=asked.pictured)
        assert order.price == order.model.quote(order.duration_seconds, order.size, order.offer) > 0
        return
    if isinstance(refusal, OptionUnavailable):
        assert refusal.allowed
        assert refusal.suggestions
    if isinstance(refusal, Unmakeable):
        assert len(set(refusal.suggestions)) == len(refusal.suggestions)
        for each in refusal.suggestions:
            assert_can_be_ordered(menu, asked, each)


@settings(max_examples=60)
@given(menus(), WISHES)
def test_alternatives_can_be_ordered_at_the_price_they_name(menu: Menu, asked: Wish) -> None:
    """One for each model, the model that was asked for first."""
    offered = alternatives(menu, asked)

    names = [each.model for each in offered]
    assert len(names) == len(set(names))
    assert asked.model not in names[1:]
    for each in offered:
        assert_can_be_ordered(menu, asked, each)


def assert_can_be_ordered(menu: Menu, asked: Wish, offered: Suggestion) -> None:
    """Order what a button offers."""
    order = place_order(
        menu,
        Wish("a cat", offered.model, offered.duration_seconds, offered.size, asked.pictured),
    )
    assert (order.price, order.model.title) == (offered.price, offered.title)


@pytest.mark.parametrize("size", ["720x1280", "1280x720", "1792x1024", None])
def test_what_can_be_made_as_it_is_comes_as_it_is(size: str | None) -> None:
    """The nearest to what a model makes is that itself."""
    for engine in PRICED.values():
        if engine.name != "hailuo-02-fast" and (size is None or size in engine.sizes):
            nearest, *_ = alternatives(MENU, wish(engine.name, None, size))
            assert nearest.size == size or size is None
            assert nearest.duration_seconds == engine.durations_seconds[0]
