"""What members can have: of which provider, with which key, and what is left of it."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.catalogue import Menu, Model
from bot.jobs.pauses import Pause, Scope, Target, pause_over
from bot.jobs.supply import make_menu
from tests.unit.menus import menus
from tests.unit.samples import CATALOGUE, KEYS, NOW, OFFER, catalogue_of, model, offer

SOON, LATER = NOW + timedelta(minutes=1), NOW + timedelta(hours=1)
TWO_NAMES = {"field": "image", "slug": "cam-picture"}
BOTH = [OFFER, {**OFFER, "provider": "aimlapi"}]


def served(*retired: str, paused: dict[str, datetime] | None = None, **values: Any) -> Menu:
    """Make a menu of one model, of which some names are retired at Segmind."""
    gone = [("segmind", slug) for slug in retired]
    return make_menu(catalogue_of(model(**values)), KEYS, gone, paused or {})


def names(menu: Menu) -> dict[str, list[str]]:
    """List who serves each model."""
    return {name: [each.provider for each in dish.offers] for name, dish in menu.items()}


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (set(), {}),
        ({"segmind"}, {"both": ["segmind"], "one": ["segmind"]}),
        ({"aimlapi"}, {"both": ["aimlapi"]}),
        ({"segmind-v1"}, {}),
        (KEYS, {"both": ["segmind", "aimlapi"], "one": ["segmind"]}),
    ],
)
def test_a_model_needs_a_key_and_a_price(keys: set[str], expected: dict[str, list[str]]) -> None:
    """Providers come in the order of preference."""
    engines = catalogue_of(
        model("both", offers=BOTH), model("unpriced", credits_per_second=None), model("one")
    )

    assert names(make_menu(engines, keys, (), {})) == expected


def test_all_that_is_shipped_is_on_the_menu_of_whoever_has_both_keys() -> None:
    """In the catalogue's order, with nothing to set."""
    assert list(make_menu(CATALOGUE, {"segmind", "aimlapi"}, (), {})) == list(CATALOGUE)


def test_a_model_that_is_switched_off_is_not_on_the_menu() -> None:
    """The operator's word counts."""
    assert served(retired=True) == {}


def test_an_offer_without_a_price_is_left_out_alone() -> None:
    """The other provider, which has one of its own, serves the model."""
    priced = {**OFFER, "provider": "aimlapi", "credits_per_second": 5}

    assert names(served(credits_per_second=None, offers=[OFFER, priced])) == {"cam": ["aimlapi"]}


def test_an_offer_is_priced_for_the_sizes_that_it_makes() -> None:
    """It need not price those that it leaves to others."""
    some = {
        **OFFER,
        "provider": "aimlapi",
        "size": {"values": {"1280x720": {"ratio": "16:9"}}},
        "credits_per_second": {"1280x720": 5},
    }

    assert names(served(credits_per_second=None, offers=[OFFER, some])) == {"cam": ["aimlapi"]}


def test_a_retired_name_is_retired_at_its_provider_alone() -> None:
    """The same slug at another goes on."""
    assert names(served("cam-1", offers=BOTH)) == {"cam": ["aimlapi"]}
    assert served("cam-1") == {}
    assert names(served("other")) == {"cam": ["segmind"]}


def test_a_model_whose_name_for_words_is_retired_starts_from_pictures_only() -> None:
    """Where pictures have a name of their own, that one is still served."""
    [left] = served("cam-1", offers=[{**OFFER, "image": TWO_NAMES}])["cam"].offers

    assert left.makes(4, "720x1280", pictured=True)
    assert not left.makes(4, "720x1280", pictured=False)
    assert left.slug_for(pictured=True) == "cam-picture"


def test_a_model_whose_name_for_pictures_is_retired_starts_from_words_only() -> None:
    """The other name is still served."""
    [left] = served("cam-picture", offers=[{**OFFER, "image": TWO_NAMES}])["cam"].offers

    assert left.makes(4, "720x1280", pictured=False)
    assert not left.makes(4, "720x1280", pictured=True)


@pytest.mark.parametrize(
    ("retired", "image"),
    [
        (("cam-1",), {"field": "image"}),
        (("cam-1",), {"field": "image", "required": True}),
        (("cam-1", "cam-picture"), TWO_NAMES),
        (("cam-picture",), {**TWO_NAMES, "required": True}),
    ],
)
def test_a_model_of_which_nothing_is_served_is_not_on_the_menu(
    retired: tuple[str, ...], image: dict[str, Any]
) -> None:
    """Both names, the only one, or the one for the pictures without which it makes nothing."""
    assert served(*retired, offers=[{**OFFER, "image": image}]) == {}


def test_a_model_that_takes_its_shape_from_the_picture_is_not_made_from_words() -> None:
    """It has no field for a size: with its name for pictures retired, nothing is left."""
    shapeless = {**OFFER, "size": None, "image": {**TWO_NAMES, "required": True}}

    assert served("cam-picture", offers=[shapeless]) == {}


def test_a_paused_provider_leaves_the_model_to_the_next() -> None:
    """There is no moment to tell: the model can be had."""
    dish = served(offers=BOTH, paused={"segmind": SOON})["cam"]

    assert [each.provider for each in dish.offers] == ["aimlapi"]
    assert dish.paused_until is None


def test_a_model_whose_providers_all_rest_stays_on_the_menu_with_the_moment() -> None:
    """The earliest counts; a pause of a provider that does not serve it does not."""
    paused = {"segmind": LATER, "aimlapi": SOON}

    assert served(offers=BOTH, paused=paused)["cam"].paused_until == SOON
    assert served(paused=paused)["cam"].paused_until == LATER
    assert served(offers=BOTH, paused=paused)["cam"].offers == ()
    assert served(paused={"aimlapi": SOON})["cam"].paused_until is None


def paused_by_operator(*targets: tuple[Scope, str]) -> list[Pause]:
    """Pause things, each for the reason that it is named."""
    return [Pause(Target(scope, key), NOW, 9, f"of {key}") for scope, key in targets]


def test_a_provider_that_the_operator_has_paused_leaves_the_model_to_the_next() -> None:
    """Where there is none, it stays on the menu with the reason, and without a moment."""
    pauses = paused_by_operator((Scope.PROVIDER, "segmind"))
    both = make_menu(catalogue_of(model(offers=BOTH)), KEYS, (), {}, pauses)["cam"]
    one = make_menu(catalogue_of(model()), KEYS, (), {}, pauses)["cam"]

    assert [each.provider for each in both.offers] == ["aimlapi"]
    assert both.pause_reason is None
    assert (one.offers, one.paused_until, one.pause_reason) == ((), None, "of segmind")


def test_a_pause_of_the_operator_and_one_of_its_own_are_two_things() -> None:
    """Who is left alone for a while is waited for; who the operator has paused is not."""
    catalogue = catalogue_of(model(offers=BOTH))
    of_one = paused_by_operator((Scope.PROVIDER, "segmind"))
    of_model = paused_by_operator((Scope.MODEL, "cam"))
    rests = {"aimlapi": SOON, "segmind": LATER}

    mixed = make_menu(catalogue, KEYS, (), rests, of_one)["cam"]
    paused = make_menu(catalogue, KEYS, (), rests, of_model)["cam"]

    assert (mixed.paused_until, mixed.pause_reason) == (SOON, None)
    assert (paused.paused_until, paused.pause_reason) == (None, "of cam")


def test_a_pause_of_all_or_of_a_server_is_no_matter_of_the_menu() -> None:
    """It is one for all servers; ordering asks the rows."""
    pauses = paused_by_operator((Scope.ALL, ""), (Scope.GUILD, "7"))

    assert make_menu(catalogue_of(model()), KEYS, (), {}, pauses)["cam"].offers


TARGETS = st.sampled_from(
    [
        (Scope.ALL, ""),
        *((Scope.GUILD, key) for key in "12"),
        *((Scope.PROVIDER, key) for key in ("segmind", "aimlapi")),
        *((Scope.MODEL, key) for key in ("cam", "veo")),
    ]
)


@given(
    st.sets(TARGETS),
    st.integers(1, 2),
    st.sampled_from(["segmind", "aimlapi"]),
    st.sampled_from(["cam", "veo"]),
)
def test_a_pause_keeps_back_what_it_is_of_and_nothing_else(
    targets: set[tuple[Scope, str]], guild_id: int, provider: str, name: str
) -> None:
    """Any one of all, the server, the provider and the model is enough."""
    pauses = paused_by_operator(*targets)
    mine = {
        (Scope.ALL, ""),
        (Scope.GUILD, str(guild_id)),
        (Scope.PROVIDER, provider),
        (Scope.MODEL, name),
    }
    found = pause_over(pauses, guild_id=guild_id, provider=provider, model=name)

    assert (found is not None) == bool(targets & mine)
    assert found is None or (found.target.scope, found.target.key) in targets & mine


@settings(max_examples=60)
@given(menus())
def test_what_is_on_the_menu_can_be_had_and_paid_for(menu: Menu) -> None:
    """Each offer makes something, at a price; only what is paused has none, and a moment."""
    for dish in menu.values():
        reasons = [dish.paused_until, dish.pause_reason]
        assert len([each for each in reasons if each is not None]) == (0 if dish.offers else 1)
        for each in dish.offers:
            assert_priced(dish.model, each.provider)
            assert any(
                each.makes(seconds, size, pictured=pictured)
                for seconds in dish.model.durations_seconds
                for size in dish.model.sizes
                for pictured in (False, True)
            )
            if each.makes(dish.model.durations_seconds[0], dish.model.sizes[0], pictured=False):
                assert each.size is not None


def assert_priced(engine: Model, provider: str) -> None:
    """Check that every size that the provider makes has a price."""
    found = engine.offer_of(provider)
    assert found is not None
    assert all(engine.quote(1, size, found) > 0 for size in found.sizes_of(engine.sizes))


def test_an_offer_is_found_by_its_provider() -> None:
    """A job keeps the provider's name; the catalogue may have changed since."""
    both = model(offers=BOTH)

    assert both.offer_of("aimlapi") == offer(provider="aimlapi")
    assert both.offer_of("segmind-v1") is None
