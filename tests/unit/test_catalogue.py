"""The catalogue: what can be ordered, at what price, and how mistakes in it are told."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalogue import PROMPT_LIMIT, place_order
from bot.catalogue.models import find_model, parse_catalogue
from bot.errors import ConfigError, OptionUnavailable, PromptEmpty, PromptTooLong, UnknownModel
from tests.unit.samples import CATALOGUE, TEXTS, UNSEEN, model

TABLE = model().model_dump(exclude={"name"})


def with_change(**values: Any) -> Mapping[str, Any]:
    """Write a catalogue of one model in which something is different."""
    return {"cam": {**TABLE, **values}}


def test_the_seeds_models_are_in_the_catalogue() -> None:
    """sora-2 and sora-2-pro have the sizes and seconds that Segmind documents."""
    assert set(CATALOGUE) >= {"sora-2", "sora-2-pro"}
    assert CATALOGUE["sora-2"].sizes == ("720x1280", "1280x720")
    assert CATALOGUE["sora-2-pro"].sizes == ("1280x720", "720x1280", "1024x1792", "1792x1024")
    assert {m.durations_seconds for m in CATALOGUE.values() if "sora" in m.name} == {(4, 8, 12)}


@pytest.mark.parametrize(
    ("name", "seconds", "size", "dollars"),
    [
        ("sora-2", 4, "720x1280", 0.40),
        ("sora-2", 12, "1280x720", 1.20),
        ("sora-2-pro", 4, "1280x720", 1.20),
        ("sora-2-pro", 8, "720x1280", 2.40),
        ("sora-2-pro", 12, "1024x1792", 6.00),
        ("sora-2-pro", 12, "1792x1024", 6.00),
    ],
)
def test_a_price_is_the_list_price_in_cents(
    name: str, seconds: int, size: str, dollars: float
) -> None:
    """A credit is a cent of what Segmind lists for the video."""
    order = place_order(CATALOGUE, "a cat", name, seconds, size)

    assert order.price == round(dollars * 100)


def test_what_is_left_out_gets_the_default() -> None:
    """The first model, its first duration and its first size are taken."""
    order = place_order(CATALOGUE, "a cat")

    first = next(iter(CATALOGUE.values()))
    assert (order.model, order.duration_seconds, order.size) == (first, 4, "720x1280")


@given(st.sampled_from(list(CATALOGUE.values())), st.data())
def test_everything_in_the_catalogue_can_be_ordered(m: Any, data: st.DataObject) -> None:
    """Each combination of a model's values has a whole price above zero."""
    seconds = data.draw(st.sampled_from(m.durations_seconds))
    size = data.draw(st.sampled_from(m.sizes))

    order = place_order(CATALOGUE, "a cat", m.name, seconds, size)

    assert type(order.price) is int
    assert order.price == m.credits_per_second[size] * seconds > 0


@given(TEXTS.map(lambda text: f"{text}a"))
def test_a_prompt_is_ordered_exactly_as_typed(prompt: str) -> None:
    """Nothing is cut, escaped or normalised on its way to the provider."""
    assert place_order(CATALOGUE, prompt).prompt == prompt


@given(st.text(st.sampled_from(f"{UNSEEN} \t\n\r\u3000\u2800\u3164\u115f\u1160\uffa0\u0301\ufe0f")))
def test_a_prompt_of_which_nothing_is_seen_is_refused(prompt: str) -> None:
    """Blanks, controls, zero-width characters and lone marks make no prompt."""
    with pytest.raises(PromptEmpty):
        place_order(CATALOGUE, prompt)


@pytest.mark.parametrize(
    "prompt", ["a", "猫", "🐈", "\U0001fa77", "7", "?", "\u200bא\u200b", " é "]
)
def test_a_single_character_that_is_seen_is_a_prompt(prompt: str) -> None:
    """Any letter, figure, sign or picture will do."""
    assert place_order(CATALOGUE, prompt).prompt == prompt


def test_the_longest_prompt_is_taken_and_a_longer_one_refused_with_both_figures() -> None:
    """The limit itself is allowed; beyond it the member learns by how much."""
    assert place_order(CATALOGUE, "a" * PROMPT_LIMIT).prompt

    with pytest.raises(PromptTooLong) as caught:
        place_order(CATALOGUE, "a" * (PROMPT_LIMIT + 1))

    assert (caught.value.length, caught.value.limit) == (PROMPT_LIMIT + 1, PROMPT_LIMIT)


@pytest.mark.parametrize("name", ["sora-3", "", "SORA-2", "sora-2 "])
def test_an_unknown_model_is_refused_with_the_known_ones(name: str) -> None:
    """A manipulated client can send any name; the answer lists what there is."""
    with pytest.raises(UnknownModel) as caught:
        place_order(CATALOGUE, "a cat", name)

    assert (caught.value.name, caught.value.known) == (name, tuple(CATALOGUE))


@pytest.mark.parametrize("seconds", [-4, 0, 5, 10**12])
def test_seconds_that_a_model_lacks_are_refused_with_those_it_has(seconds: int) -> None:
    """The refusal names the model's own values."""
    with pytest.raises(OptionUnavailable) as caught:
        place_order(CATALOGUE, "a cat", "sora-2", seconds)

    error = caught.value
    assert (error.model, error.option, error.value) == ("sora-2", "duration", f"{seconds} s")
    assert error.allowed == ("4 s", "8 s", "12 s")
    assert error.served_by == ()


def test_a_size_that_another_model_has_names_that_model() -> None:
    """The refusal says what would serve it."""
    with pytest.raises(OptionUnavailable) as caught:
        place_order(CATALOGUE, "a cat", "sora-2", 4, "1792x1024")

    assert caught.value.allowed == ("720x1280", "1280x720")
    assert caught.value.served_by == ("sora-2-pro",)


def test_seconds_that_another_model_has_name_that_model() -> None:
    """The refusal says what would serve it."""
    catalogue = {"cam": model(), "long": model(name="long", durations_seconds=[4, 15])}

    with pytest.raises(OptionUnavailable) as caught:
        place_order(catalogue, "a cat", "cam", 15)

    assert caught.value.served_by == ("long",)


def test_a_catalogue_is_in_the_order_in_which_it_was_written() -> None:
    """The first table is the default model."""
    catalogue = parse_catalogue({"b": TABLE, "a": TABLE})

    assert list(catalogue) == ["b", "a"]
    assert find_model(catalogue, None).name == "b"


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"credits_per_second": {"720p": 10}}, "credits_per_second.720p"),
        ({"credits_per_second": {"720x1280": 0}}, "credits_per_second.720x1280"),
        ({"credits_per_second": {"720x1280": 0.5}}, "credits_per_second.720x1280"),
        ({"credits_per_second": {}}, "credits_per_second"),
        ({"durations_seconds": []}, "durations_seconds"),
        ({"durations_seconds": [4, -8]}, "durations_seconds.1"),
        ({"usual_wait_seconds": 0}, "usual_wait_seconds"),
        ({"title": 5}, "title"),
        ({"titel": "Cam"}, "titel"),
    ],
)
def test_a_mistake_in_the_catalogue_names_its_place(changes: dict[str, Any], key: str) -> None:
    """File, model and key are told, with what was found."""
    with pytest.raises(ConfigError) as caught:
        parse_catalogue(with_change(**changes))

    assert caught.value.key.startswith(f"models.toml.cam.{key}")


def test_a_key_that_is_missing_from_the_catalogue_is_named() -> None:
    """A model without a price cannot be offered."""
    table = {key: value for key, value in TABLE.items() if key != "slug"}

    with pytest.raises(ConfigError) as caught:
        parse_catalogue({"cam": table})

    assert caught.value.key == "models.toml.cam.slug"
