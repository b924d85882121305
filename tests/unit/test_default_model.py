"""Which model makes a video where nothing is chosen, and what a check says of it."""

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.catalogue import (
    Absence,
    Catalogue,
    DefaultModel,
    Menu,
    Why,
    Wish,
    default_model,
    find_served,
    load_catalogue,
    place_order,
)
from bot.check.findings import Verdict
from bot.check.models import check_menu
from bot.jobs.pauses import Pause, Scope, Target
from bot.jobs.supply import make_menu
from tests.unit.menus import menus, models
from tests.unit.samples import CATALOGUE, KEYS, NOW, OFFER, catalogue_of, model

SOON = NOW + timedelta(minutes=1)
TWO_NAMES = {"field": "image", "slug": "cam-picture"}
NEEDS_PICTURE: Mapping[str, Any] = {
    "offers": [{**OFFER, "image": {"field": "image", "required": True}}]
}
OFF = (
    "Off until you set a price: unpriced. The provider publishes none; add e.g. "
    '[models."unpriced"] with credits_per_second = 40.'
)


def usual(*engines: Any, retired: Collection[tuple[str, str]] = (), paused: Any = ()) -> Any:
    """Choose among these models, with every key."""
    pauses = dict.fromkeys(paused, SOON)
    return default_model(make_menu(catalogue_of(*engines), KEYS, retired, pauses))


@pytest.mark.parametrize("keys", [{"segmind"}, {"aimlapi"}, {"segmind", "aimlapi"}])
def test_a_key_of_either_provider_has_a_living_default(keys: set[str]) -> None:
    """As shipped, with nothing set: the first of the catalogue, at its price."""
    menu = make_menu(CATALOGUE, keys, (), {})
    order = place_order(menu, Wish("a fox"))

    assert default_model(menu) == DefaultModel("wan-2.7", Why.FIRST)
    assert (order.model.name, order.duration_seconds, order.size) == ("wan-2.7", 5, "1280x720")
    assert order.price == 65
    assert order.offer.provider == ("segmind" if "segmind" in keys else "aimlapi")


def test_the_first_that_is_served_keyed_and_priced_is_it() -> None:
    """Whatever comes before it and is not, is passed over."""
    elsewhere = model("elsewhere", offers=[{**OFFER, "provider": "aimlapi"}])
    engines = catalogue_of(
        model("off", retired=True),
        elsewhere,
        model("unpriced", credits_per_second=None),
        model("gone", offers=[{**OFFER, "slug": "gone-1"}]),
        model("good"),
        model("later"),
    )
    menu = make_menu(engines, {"segmind"}, [("segmind", "gone-1")], {})

    assert default_model(menu) == DefaultModel("good", Why.FIRST)
    assert place_order(menu, Wish("a fox")).model.name == "good"


def test_nothing_served_is_no_default() -> None:
    """There is none to name."""
    assert default_model({}) is None


def test_what_its_maker_has_ended_is_the_default_only_where_nothing_else_is_served() -> None:
    """Whatever the order: also before a model of the operator's own, also a picture's."""
    ended = model("ended", discontinued=True)

    assert usual(ended, model("good")).name == "good"
    assert usual(ended, model("picture", **NEEDS_PICTURE)).name == "picture"
    assert usual(ended) == DefaultModel("ended", Why.ONLY_DISCONTINUED)
    menu = make_menu(catalogue_of(ended, model("good")), KEYS, (), {})
    assert place_order(menu, Wish("a fox")).model.name == "good"


def test_sora_is_no_default_while_anything_else_is_served() -> None:
    """Each other model switched off in turn, down to the operator's own behind it."""
    own = {"cam": {**model().model_dump(exclude={"name"}, exclude_none=True)}}
    off = {each.name: {"retired": True} for each in CATALOGUE.values() if not each.discontinued}

    for name in off:
        others = {each: table for each, table in off.items() if each != name}
        menu = make_menu(load_catalogue(others), KEYS, (), {})
        assert default_model(menu) is not None
        assert default_model(menu).name == name  # type: ignore[union-attr]
    both = default_model(make_menu(load_catalogue({**off, **own}), KEYS, (), {}))
    alone = default_model(make_menu(load_catalogue(off), KEYS, (), {}))
    assert both == DefaultModel("cam", Why.FIRST)
    assert alone == DefaultModel("sora-2", Why.ONLY_DISCONTINUED)


def test_a_model_that_needs_a_picture_is_the_default_only_among_such() -> None:
    """A prompt alone must make a video, also where the name for words was retired."""
    two = model("two", offers=[{**OFFER, "image": TWO_NAMES}])
    picture = model("picture", **NEEDS_PICTURE)

    assert usual(picture, model("words")) == DefaultModel("words", Why.FIRST)
    assert usual(two, model("words", offers=[{**OFFER, "slug": "other"}])).name == "two"
    left = usual(
        two, model("words", offers=[{**OFFER, "slug": "other"}]), retired=[("segmind", "cam-1")]
    )
    assert left.name == "words"
    assert usual(picture) == DefaultModel("picture", Why.ONLY_PICTURES)


@settings(max_examples=40)
@given(
    engines=st.tuples(models("cam-0"), models("cam-1"), models("cam-2")),
    keys=st.frozensets(st.sampled_from(sorted(KEYS))),
    retired=st.frozensets(st.tuples(st.sampled_from(sorted(KEYS)), st.just("cam-1"))),
    paused=st.frozensets(st.sampled_from(sorted(KEYS))),
    scopes=st.frozensets(
        st.sampled_from([(Scope.ALL, ""), (Scope.PROVIDER, "segmind"), (Scope.MODEL, "cam-0")])
    ),
)
def test_a_pause_never_changes_the_default(
    engines: Any, keys: Collection[str], retired: Any, paused: Collection[str], scopes: Any
) -> None:
    """Whoever is left alone for a while, or paused by the operator: price and look stay."""
    catalogue = catalogue_of(*engines)
    pauses = [Pause(Target(*each), NOW, 9, "") for each in scopes]
    before = make_menu(catalogue, keys, retired, {})
    meanwhile = make_menu(catalogue, keys, retired, dict.fromkeys(paused, SOON), pauses)

    assert default_model(meanwhile) == default_model(before)


@settings(max_examples=40)
@given(menus())
def test_the_default_is_on_the_menu(menu: Menu) -> None:
    """Where anything is, and it is what an order without a model means."""
    chosen = default_model(menu)

    assert (chosen is None) == (not menu)
    assert chosen is None or chosen.name in menu


@settings(max_examples=30)
@given(
    engine=models("cam-0"),
    keys=st.frozensets(st.sampled_from(sorted(KEYS))),
    retired=st.frozensets(st.tuples(st.sampled_from(sorted(KEYS)), st.just("cam-1"))),
)
def test_a_model_is_on_the_menu_or_has_a_reason_not_to_be(
    engine: Any, keys: Collection[str], retired: Any
) -> None:
    """One of both, of each model."""
    menu = make_menu(catalogue_of(engine), keys, retired, {})

    assert (engine.name in menu) == (not isinstance(find_served(engine, keys, retired), Absence))


def findings(
    catalogue: Catalogue, keys: Collection[str], retired: Collection[tuple[str, str]] = ()
) -> list[tuple[Verdict, str]]:
    """Let a check look at the models."""
    return [(each.verdict, each.text) for each in check_menu(catalogue, keys, retired)]


def test_check_names_the_default_why_it_is_that_and_what_it_costs() -> None:
    """The estimate is said to be one."""
    verdict, text = findings(CATALOGUE, {"segmind"})[0]

    assert verdict is Verdict.OK
    assert text == (
        "New videos use Wan 2.7 where nothing is chosen: the first in the catalogue that is served "
        "and has a price; by segmind, 5 s cost 65 credits ($0.65), estimated."
    )


def test_check_does_not_call_a_set_price_estimated() -> None:
    """The operator's own takes the place of the estimate, and of the word."""
    priced = load_catalogue({"wan-2.7": {"credits_per_second": 20}})
    _, text = findings(priced, {"segmind"})[0]

    assert text.endswith("by segmind, 5 s cost 100 credits ($1.00).")
    assert not any("Estimated prices: wan-2.7" in text for _, text in findings(priced, KEYS))


def test_check_says_why_each_earlier_model_is_not_the_default() -> None:
    """One line for each, and what to do where something can be done."""
    engines = catalogue_of(
        model("off", title="Off", retired=True),
        model("elsewhere", title="Elsewhere", offers=[{**OFFER, "provider": "aimlapi"}]),
        model("unpriced", title="Unpriced", credits_per_second=None),
        model("gone", title="Gone", offers=[{**OFFER, "slug": "gone-1"}]),
        model("ended", title="Ended", discontinued=True),
        model("picture", title="Picture", **NEEDS_PICTURE),
        model("good", title="Good"),
        model("later", title="Later"),
    )
    (_, chosen), *notes = findings(engines, {"segmind"}, [("segmind", "gone-1")])

    assert chosen.startswith("New videos use Good where nothing is chosen")
    assert notes == [
        (Verdict.NOTE, f"{title} comes before it, but {why}.")
        for title, why in {
            "Off": "your configuration has retired = true for it",
            "Elsewhere": "providers.aimlapi.api_key is empty",
            "Unpriced": "it has no price; set credits_per_second",
            "Gone": "its provider no longer serves it",
            "Ended": "its maker has ended it",
            "Picture": "it needs a picture to start from",
        }.items()
    ] + [(Verdict.NOTE, OFF)]


@pytest.mark.parametrize(
    ("engines", "keys", "told"),
    [
        ([model()], (), "Set providers.aimlapi.api_key or providers.segmind.api_key."),
        ([model(credits_per_second=None)], KEYS, "Cam: it has no price; set credits_per_second."),
        ([model(retired=True)], KEYS, "Cam: your configuration has retired = true for it."),
        ([model()], {"segmind"}, "Cam: its provider no longer serves it."),
    ],
)
def test_check_calls_it_wrong_where_no_video_can_be_made(
    engines: list[Any], keys: Collection[str], told: str
) -> None:
    """With what to do about it."""
    (verdict, text), *_ = findings(catalogue_of(*engines), keys, [("segmind", "cam-1")])

    assert verdict is Verdict.WRONG
    assert text.startswith("No video can be made: ")
    assert text.endswith(told)


def test_the_only_one_left_is_named_with_its_reason() -> None:
    """Why it is it although it should not be."""
    told = {
        "its maker has ended it, but no other model is served": model(discontinued=True),
        "no model that starts from words is served": model("picture", **NEEDS_PICTURE),
    }
    for why, engine in told.items():
        [(_, text)] = findings(catalogue_of(engine), KEYS)
        assert f"where nothing is chosen: {why}; by segmind" in text


def test_check_names_every_estimated_price_that_counts() -> None:
    """Of what can be had with these keys; what Sora costs is published."""
    [note] = [text for _, text in findings(CATALOGUE, {"segmind"}) if "Estimated" in text]

    assert note.startswith("Estimated prices: wan-2.7, hailuo-02-fast, seedance-2.0-fast,")
    assert "sora" not in note
    assert "ltx-2" not in note, "nobody serves it with this key"
