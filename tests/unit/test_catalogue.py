"""The catalogue: what is shipped, what an operator lays over it, how mistakes in it are told."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalogue import free_models, load_catalogue
from bot.errors import ConfigError, ConfigErrors
from bot.jobs.supply import make_menu
from tests.unit.samples import CATALOGUE, OFFER, PRICED, model, offer, table

LIVING = ["wan-2.7", "hailuo-02-fast", "ltx-2-fast", "hailuo-2.3", "ltx-2", "seedance-2.0-fast"]
LIVING += ["minimax-h3", "flux-3", "veo-3.1-fast", "seedance-2.0", "kling-3-standard"]
LIVING += ["seedance-2.5", "veo-3.1", "kling-3-pro"]
SORA = ["sora-2", "sora-2-pro"]


def mistakes(own: dict[str, dict[str, Any]]) -> tuple[ConfigError, ...]:
    """Load an operator's tables that are wrong, and give all that is said of them."""
    with pytest.raises(ConfigErrors) as caught:
        load_catalogue(own)
    return caught.value.mistakes


def mistake(name: str = "cam", /, **values: Any) -> ConfigError:
    """Load an operator's table with one thing wrong, and give what is said of it."""
    [found] = mistakes({name: table(**values)})
    return found


def offers(*changes: dict[str, Any]) -> list[dict[str, Any]]:
    """Write a model's offers, each with its changes."""
    return [{**OFFER, **change} for change in changes]


def test_the_shipped_models_come_in_their_order_with_sora_behind() -> None:
    """The order is the one in which members see them; what its maker has ended comes last."""
    assert list(CATALOGUE) == [*LIVING, *SORA]
    assert [each.name for each in CATALOGUE.values() if each.discontinued] == SORA


def test_what_is_not_published_is_priced_by_an_estimate_and_marked() -> None:
    """Only what Segmind's price list says of Sora is a price; all others are said to be estimates.

    Each with every offer of it, so that none is taken for a price by mistake.
    """
    estimated = [
        each.name
        for each in CATALOGUE.values()
        if all(each.estimates(offer) for offer in each.offers)
    ]

    assert estimated == LIVING
    assert [each.name for each in CATALOGUE.values() if each.credits_per_second] == SORA


@pytest.mark.parametrize(
    ("name", "dollars_a_run", "seconds"),
    [
        ("wan-2.7", 0.625, 5),
        ("hailuo-02-fast", 0.16, 6),
        ("ltx-2-fast", 0.52, 6),
        ("hailuo-2.3", 0.53, 6),
        ("ltx-2", 0.63, 6),
        ("seedance-2.0-fast", 0.77, 5),
        ("minimax-h3", 0.975, 6),
        ("flux-3", 1.06, 5),
        ("veo-3.1-fast", 0.86, 8),
        ("seedance-2.0", 1.21, 5),
        ("kling-3-standard", 1.75, 5),
        ("seedance-2.5", 1.90, 5),
        ("veo-3.1", 2.16, 8),
        ("kling-3-pro", 3.31, 5),
    ],
)
def test_an_estimate_is_never_below_what_a_run_has_cost(
    name: str, dollars_a_run: float, seconds: int
) -> None:
    """A usual video is held at no less than the mean bill of Segmind's directory, at any size."""
    engine = CATALOGUE[name]

    assert engine.durations_seconds[0] == seconds
    for size in engine.sizes:
        assert engine.quote(seconds, size, engine.offers[0]) >= dollars_a_run * 100


@pytest.mark.parametrize(
    ("name", "cents_a_second"),
    [
        ("veo-3.1", 40),
        ("veo-3.1-fast", 15),
        ("seedance-2.0-fast", 15.2),
        ("seedance-2.0", 30.34),
        ("kling-3-standard", 12.6),
        ("kling-3-pro", 11.2),
        ("ltx-2-fast", 4),
        ("ltx-2", 6),
        ("wan-2.7", 4),
    ],
)
def test_an_estimate_is_never_below_a_public_price_list(name: str, cents_a_second: float) -> None:
    """Whichever of both is more cautious counts, at any size."""
    engine = CATALOGUE[name]

    assert all(engine.quote(1, size, engine.offers[0]) >= cents_a_second for size in engine.sizes)


def test_a_price_that_is_set_takes_the_place_of_an_estimate() -> None:
    """The operator's own counts for every offer that has none, and is no estimate."""
    engine = load_catalogue({"wan-2.7": {"credits_per_second": 20}})["wan-2.7"]

    for each in engine.offers:
        assert engine.quote(5, "1920x1080", each) == 100
        assert not engine.estimates(each)
    assert load_catalogue({"wan-2.7": {"title": "Wan"}})["wan-2.7"].estimates(engine.offers[0])


def test_an_offers_own_price_is_no_estimate() -> None:
    """Of two providers, one may publish what it costs."""
    both = model(
        credits_per_second=None,
        estimated_credits_per_second=7,
        offers=offers({}, {"provider": "aimlapi", "credits_per_second": 5}),
    )

    assert [both.estimates(each) for each in both.offers] == [True, False]
    assert [both.quote(4, "1280x720", each) for each in both.offers] == [28, 20]


def test_an_operator_who_sets_sizes_and_a_price_meets_no_mistake_in_the_estimate() -> None:
    """The shipped estimates are for the shipped sizes, and count no more."""
    changed = {"sizes": ["1280x720"], "credits_per_second": 20}
    shipped = CATALOGUE["wan-2.7"].model_dump(exclude={"name"}, exclude_none=True)
    [offer, *_] = shipped["offers"]
    offer["size"] = {"values": {"1280x720": offer["size"]["values"]["1280x720"]}}

    engine = load_catalogue({"wan-2.7": {**changed, "offers": [offer]}})["wan-2.7"]

    assert engine.quote(5, "1280x720", engine.offers[0]) == 100


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
    """A credit is a cent of what is listed for the video, whichever provider makes it."""
    sora = CATALOGUE[name]

    assert {sora.quote(seconds, size, each) for each in sora.offers} == {round(dollars * 100)}


def test_what_is_published_of_waits_is_told_and_nothing_else() -> None:
    """The mean times of Segmind's directory; of three nothing is known before some are made."""
    waits = {each.name: each.usual_wait_seconds for each in CATALOGUE.values()}

    assert waits == {
        "wan-2.7": 303,
        "hailuo-02-fast": 80,
        "ltx-2-fast": 46,
        "hailuo-2.3": 141,
        "ltx-2": 70,
        "seedance-2.0-fast": 117,
        "minimax-h3": None,
        "flux-3": None,
        "veo-3.1-fast": 99,
        "seedance-2.0": 189,
        "kling-3-standard": 151,
        "seedance-2.5": None,
        "veo-3.1": 110,
        "kling-3-pro": 297,
        "sora-2": 180,
        "sora-2-pro": 410,
    }


def test_an_operator_changes_the_keys_that_they_name() -> None:
    """All others stay as shipped, and so does every other model."""
    catalogue = load_catalogue({"sora-2": {"credits_per_second": 7, "title": "House Sora"}})

    changed, shipped = catalogue["sora-2"], CATALOGUE["sora-2"]
    assert (changed.title, changed.credits_per_second) == ("House Sora", 7)
    assert changed.offers == shipped.offers
    assert changed.quote(4, "1280x720", changed.offers[0]) == 28
    assert {**catalogue, "sora-2": shipped} == dict(CATALOGUE)


def test_an_operators_own_model_comes_after_the_shipped_ones() -> None:
    """A new name adds a model: no code is needed."""
    catalogue = load_catalogue({"cam": table(), "dots.in-it_1": table()})

    assert list(catalogue) == [*CATALOGUE, "cam", "dots.in-it_1"]
    assert catalogue["cam"] == model("cam")


def test_a_model_that_is_switched_off_stays_known() -> None:
    """What was made with it keeps its name."""
    catalogue = load_catalogue({"sora-2": {"retired": True}})

    assert catalogue["sora-2"].retired
    assert list(catalogue) == list(CATALOGUE)


def test_a_price_can_be_given_by_size_for_all_sizes_or_by_offer() -> None:
    """The offer's own wins; one figure is for every size."""
    by_size = model(offers=offers({"credits_per_second": {"720x1280": 3, "1280x720": 4}}))
    alike = model(credits_per_second=5)

    assert by_size.quote(8, "1280x720", by_size.offers[0]) == 32
    assert alike.quote(8, "1280x720", alike.offers[0]) == 40
    assert model().quote(8, "1280x720", model().offers[0]) == 160


def test_what_costs_nothing_has_a_price() -> None:
    """None is one that nobody knows; an offer's own goes before the model's, also where it is 0."""
    free = model(offers=offers({"credits_per_second": 0}), credits_per_second=5)
    assert free.quote(8, "720x1280", free.offers[0]) == 0
    menu = make_menu({"cam": free}, {free.offers[0].provider}, frozenset(), {})
    assert free_models(menu) == ("cam",)


def test_a_price_that_is_not_known_is_never_taken_for_none() -> None:
    """A video is not free because nobody has said what it costs."""
    unpriced = model(credits_per_second=None)

    assert unpriced.price_per_second("720x1280", unpriced.offers[0]) is None
    with pytest.raises(LookupError):
        unpriced.quote(4, "720x1280", unpriced.offers[0])


def test_an_offer_that_makes_some_sizes_has_prices_for_those() -> None:
    """A second provider need not price what it does not make."""
    some = {
        "provider": "aimlapi",
        "size": {"values": {"1280x720": {"ratio": "16:9"}}},
        "credits_per_second": {"1280x720": 2},
    }
    both = model(offers=offers({}, some))

    assert both.quote(4, "1280x720", both.offers[1]) == 8
    assert both.offers[1].sizes_of(both.sizes) == ["1280x720"]


ARABIC_SIZE = "\u0661\u0662\u0668x\u0667\u0662\u0660"
NUMBER, TABLE, LIST = "a whole number", "a section with keys", "a list in brackets"
A_SIZE = "width x height in pixels, such as 1280x720"
NO_KEY = "one of those that models.toml shows"
EMPTY, UNSEEN = "empty text", "text that is not shown here"
TOGETHER = "values that do not go together"


@pytest.mark.parametrize(
    ("changes", "key", "found", "allowed"),
    [
        ({"title": 5}, ".title", "5", "text in quotes"),
        ({"title": ""}, ".title", EMPTY, "text that is not empty"),
        ({"title": "a" * 61}, ".title", UNSEEN, "text of at most 60 characters"),
        ({"titel": "Cam"}, ".titel", "an unknown key", NO_KEY),
        ({"name": "other"}, ".name", "another name", "the name in the section's brackets alone"),
        ({"retired": "maybe"}, ".retired", UNSEEN, "true or false"),
        ({"durations_seconds": []}, ".durations_seconds", "an empty list", "at least one value"),
        ({"durations_seconds": 8}, ".durations_seconds", "8", LIST),
        ({"durations_seconds": [4, -8]}, ".durations_seconds.1", "-8", f"{NUMBER} from 1 on"),
        ({"durations_seconds": [9999]}, ".durations_seconds.0", "9999", f"{NUMBER} up to 3,600"),
        ({"durations_seconds": [4.5]}, ".durations_seconds.0", "4.5", NUMBER),
        ({"durations_seconds": [4, 4]}, ".durations_seconds", "a list", "each value once"),
        ({"sizes": ["720p"]}, ".sizes.0", '"720p"', A_SIZE),
        ({"sizes": ["00x00"]}, ".sizes.0", '"00x00"', A_SIZE),
        ({"sizes": [ARABIC_SIZE]}, ".sizes.0", UNSEEN, A_SIZE),
        ({"usual_wait_seconds": 0}, ".usual_wait_seconds", "0", f"{NUMBER} above 0"),
        ({"credits_per_second": "ten"}, ".credits_per_second", '"ten"', NUMBER),
        ({"credits_per_second": 0.5}, ".credits_per_second", "0.5", NUMBER),
        ({"credits_per_second": -1}, ".credits_per_second", "-1", f"{NUMBER} from 0 on"),
        (
            {"credits_per_second": {"720x1280": -1}},
            ".credits_per_second.720x1280",
            "-1",
            f"{NUMBER} from 0 on",
        ),
        ({"credits_per_second": {"720p": 10}}, ".credits_per_second.720p", '"720p"', A_SIZE),
        (
            {"credits_per_second": {"720x1280": 10}},
            "",
            TOGETHER,
            "credits_per_second with a price for each of 720x1280, 1280x720",
        ),
        ({"offers": "segmind"}, ".offers", UNSEEN, LIST),
        ({"offers": []}, ".offers", "an empty list", "at least one value"),
        ({"offers": offers({}, {})}, "", TOGETHER, "each provider once among the offers"),
    ],
)
def test_a_mistake_names_the_key_what_was_found_and_what_is_allowed(
    changes: dict[str, Any], key: str, found: str, allowed: str
) -> None:
    """In words for whoever edits the file, and none of the library's."""
    error = mistake(**changes)

    assert error.key == f"models.cam{key}"
    assert error.found.startswith(found)
    assert allowed in error.allowed


@pytest.mark.parametrize(
    ("changes", "key", "found", "allowed"),
    [
        ({"provider": "openai"}, ".provider", UNSEEN, '"segmind", "segmind-v1" or "aimlapi"'),
        ({"slgu": "x"}, ".slgu", "an unknown key", NO_KEY),
        ({"slug": ""}, ".slug", EMPTY, "text that is not empty"),
        ({"duration": {"type": "float"}}, ".duration.type", UNSEEN, '"integer" or "string"'),
        ({"duration": {}}, ".duration.type", "nothing", "a value: this key is needed"),
        (
            {"duration": {"type": "integer", "values": []}},
            ".duration.values",
            "an empty list",
            "at least one value",
        ),
        ({"size": {}}, ".size", TOGETHER, "either field or values"),
        (
            {"size": {"field": "size", "values": {"720x1280": {"a": 1}}}},
            ".size",
            TOGETHER,
            "either field or values",
        ),
        ({"size": {"values": {}}}, ".size.values", "an empty section", "at least one value"),
        ({"size": {"values": {"1x1": {"a": 1}}}}, ".size.values.1x1", '"1x1"', A_SIZE),
        (
            {"size": {"values": {"720x1280": {"a": []}}}},
            ".size.values.720x1280.a",
            "an empty list",
            "text, a number, true or false",
        ),
        ({"size": None}, "", TOGETHER, "size, or an image that is required and tells the shape"),
        ({"image": "image"}, ".image", UNSEEN, TABLE),
        ({"image": {"required": True}}, ".image.field", "nothing", "this key is needed"),
        (
            {"extra": {"audio": [1]}},
            ".extra.audio",
            "a list",
            "text, a number, true or false",
        ),
        (
            {"image": {"field": "size"}},
            "",
            TOGETHER,
            "each field for one thing only, not size for two",
        ),
        (
            {"extra": {"prompt": "more"}},
            "",
            TOGETHER,
            "each field for one thing only, not prompt for two",
        ),
        (
            {"image": {"field": "image", "omit": ["ratio"]}},
            "",
            TOGETHER,
            "image.omit with fields that are sent, not ratio",
        ),
    ],
)
def test_a_mistake_in_an_offer_names_its_place(
    changes: dict[str, Any], key: str, found: str, allowed: str
) -> None:
    """The offer's number in the list comes before its key."""
    error = mistake(offers=offers(changes))

    assert error.key == f"models.cam.offers.0{key}"
    assert error.found.startswith(found)
    assert allowed in error.allowed


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({"duration": {"type": "integer", "values": [5]}}, "offers of 4, 8 seconds, not of 5"),
        (
            {"size": {"values": {"960x960": {"a": 1}}}},
            "offers of the sizes 720x1280, 1280x720, not of 960x960",
        ),
        (
            {"credits_per_second": {"720x1280": 5}},
            "offers with credits_per_second for each of 720x1280, 1280x720",
        ),
        (
            {
                "size": {"values": {"720x1280": {"a": 1}}},
                "credits_per_second": {"720x1280": 5, "1280x720": 5},
            },
            "offers with credits_per_second for each of 720x1280",
        ),
    ],
)
def test_an_offer_of_what_the_model_does_not_have_is_told(
    changes: dict[str, Any], allowed: str
) -> None:
    """The model's own values are named."""
    error = mistake(offers=offers(changes))

    assert (error.key, error.found, error.allowed) == ("models.cam", TOGETHER, allowed)


@pytest.mark.parametrize("name", ["Sora", "a b", "", "-a", "a" * 41, "sora:2", "ä"])
def test_a_name_that_cannot_be_one_is_told(name: str) -> None:
    """Names stand in commands and in the ids of buttons."""
    error = mistake(name)

    assert error.key == f"models.{name}"
    assert "up to 40 letters a to z, figures, dots, dashes and underscores" in error.allowed


def test_a_name_with_a_dot_is_shown_as_toml_wants_it() -> None:
    """The key can be copied into the file."""
    assert mistake("cam.2", title=5).key == 'models."cam.2".title'


def test_a_new_table_without_its_keys_asks_whether_a_shipped_model_was_meant() -> None:
    """A name that was mistyped makes a new table, which lacks all else: one mistake, not six."""
    [error] = mistakes({"sroa-2": {"retired": True}})

    assert error.key == "models.sroa-2"
    assert error.found.startswith("a new model without title, summary, durations_seconds")
    assert error.hint == "Did you mean sora-2?"


def test_a_key_that_was_mistyped_asks_for_the_nearest() -> None:
    """Over all tables of a model."""
    assert mistake(titel="Cam").hint == "Did you mean title?"
    assert mistake(offers=offers({"prompt_feild": "x"})).hint == "Did you mean prompt_field?"
    assert mistake(offers=offers({"provider": "segmint"})).hint == "Did you mean segmind?"


def test_all_mistakes_of_all_models_are_told_at_once() -> None:
    """Nobody starts the bot once for each of them."""
    wrong = {"sora-2": {"title": 5, "retired": "maybe"}, "cam": table(sizes=["720p", "1080p"])}

    assert [error.key for error in mistakes(wrong)] == [
        "models.sora-2.title",
        "models.sora-2.retired",
        "models.cam.sizes.0",
        "models.cam.sizes.1",
    ]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(st.sampled_from([*table(), "retired", "usual"]), VALUES)
def test_whatever_is_wrong_is_told_in_words(key: str, value: Any) -> None:
    """No value of any shape gets past as a crash, or is told in the library's words."""
    try:
        load_catalogue({"cam": table(**{key: value})})
    except ConfigErrors as errors:
        told = errors.mistakes
    else:
        return
    for each in told:
        assert each.key.startswith("models")
        assert "constrained" not in each.key
        assert "another kind" not in each.allowed
        assert "should" not in each.allowed
        assert len(each.found) <= 80


def test_a_catalogue_may_outgrow_a_list_of_choices() -> None:
    """Discord shows 25 of them: what is typed finds the others."""
    more = {f"cam-{number}": table(durations_seconds=list(range(1, 61))) for number in range(40)}
    assert len(load_catalogue(more)) == len(CATALOGUE) + 40


def test_offers_are_compared_by_what_they_make() -> None:
    """A picture is needed, possible or impossible; some seconds and sizes may be left out."""
    words, either = offer(), offer(image={"field": "image"})
    pictures = offer(image={"field": "image", "required": True})
    some = offer(
        duration={"type": "integer", "values": [4]}, size={"values": {"720x1280": {"a": 1}}}
    )

    made = {
        name: [each.makes(4, "720x1280", pictured=pictured) for pictured in (False, True)]
        for name, each in {"words": words, "either": either, "pictures": pictures}.items()
    }
    assert made == {"words": [True, False], "either": [True, True], "pictures": [False, True]}
    assert some.makes(4, "720x1280", pictured=False)
    assert not some.makes(8, "720x1280", pictured=False)
    assert not some.makes(4, "1280x720", pictured=False)


def test_every_shipped_model_can_be_made_once_it_has_a_price() -> None:
    """Each offer makes something, and each size and length is made by one of them."""
    for each in PRICED.values():
        for size in each.sizes:
            for seconds in each.durations_seconds:
                makers = [o for o in each.offers if o.makes(seconds, size, pictured=True)]
                assert makers, (each.name, seconds, size)
                assert each.quote(seconds, size, makers[0]) > 0
