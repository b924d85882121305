"""Everything that members can choose is taken by the local providers, in just those pixels.

The stand-ins' rules are written from the providers' own pages, and not from the catalogue.
"""

from pathlib import Path
from typing import Any

import pytest

from bot.catalogue import Model, Offer, Order, load_catalogue
from bot.providers.body import build_body
from bot.sandbox import aimlapi
from bot.sandbox.aimlapi.fleet import MODELS
from bot.sandbox.pictures import Picture
from bot.sandbox.segmind.engines import missing_from, order_of, refusal_of, shaped_by
from bot.sandbox.segmind.fleet import ENGINES
from bot.sandbox.segmind.verdicts import verdict_on

ADDRESS = "https://media.example/picture.jpg"
CATALOGUE = load_catalogue()
OFFERS = [(model, offer) for model in CATALOGUE.values() for offer in model.offers]


def everything(provider: str) -> list[Any]:
    """List all that members can choose of a provider's."""
    return [
        pytest.param(
            model, offer, seconds, size, pictured, id=f"{model.name} {seconds} s {size}{how}"
        )
        for model, offer in OFFERS
        if offer.provider.startswith(provider)
        for pictured, how in ((False, ""), (True, " pictured"))
        for seconds in model.durations_seconds
        for size in model.sizes
        if offer.makes(seconds, size, pictured=pictured)
    ]


def picture_of(size: str) -> Picture:
    """Take a picture of just these pixels."""
    width, height = map(int, size.split("x"))
    return Picture(Path("picture.jpg"), (width, height))


@pytest.mark.parametrize(("model", "offer", "seconds", "size", "pictured"), everything("segmind"))
def test_every_choice_is_made_in_just_its_seconds_and_pixels(
    model: Model, offer: Offer, seconds: int, size: str, *, pictured: bool
) -> None:
    """The body is refused neither at once nor later, and nothing in it is left to a default."""
    engine = ENGINES[offer.slug_for(pictured=pictured)]
    assert not engine.v1_only or offer.provider == "segmind-v1"
    order = Order(model, offer, "a fox in the snow", seconds, size, 1)
    body = build_body(order, ADDRESS if pictured else None)
    assert refusal_of(engine, body) is None
    asked = order_of(engine, body)
    assert missing_from(asked) is None
    pictures = dict.fromkeys(asked.image_urls, picture_of(size))
    assert len(pictures) == pictured
    assert verdict_on(asked, pictures) is None
    made = shaped_by(asked, pictures)
    assert (made.seconds, f"{made.shape.width}x{made.shape.height}") == (seconds, size)
    costly = {engine.duration_field, *engine.shape_fields}
    assert costly <= body.keys(), "what costs money is never left to a default"


@pytest.mark.parametrize(("model", "offer", "seconds", "size", "pictured"), everything("aimlapi"))
def test_the_other_provider_makes_every_choice_in_just_its_seconds_and_pixels(
    model: Model, offer: Offer, seconds: int, size: str, *, pictured: bool
) -> None:
    """As the first: taken at once and in the end, and nothing that costs money left out."""
    served = MODELS[offer.slug_for(pictured=pictured)]
    order = Order(model, offer, "a fox in the snow", seconds, size, 1)
    body = build_body(order, ADDRESS if pictured else None)
    assert aimlapi.models.refusal_of(served, body) is None
    asked = aimlapi.models.order_of(served, body)
    picture = picture_of(size) if pictured else None
    assert aimlapi.verdicts.verdict_on(asked, picture) is None
    width, height = asked.size(picture)
    assert (asked.seconds, f"{width}x{height}") == (seconds, size)
    costly = {"duration", "resolution", "generate_audio"} & served.fields.keys()
    assert costly <= body.keys(), "what costs money is never left to a default"


def test_every_model_can_be_had_in_each_of_its_seconds_and_sizes() -> None:
    """What is written down of a model and no provider makes would be a false promise."""
    missing = [
        (model.name, seconds, size)
        for model in CATALOGUE.values()
        for seconds in model.durations_seconds
        for size in model.sizes
        if not any(
            offer.makes(seconds, size, pictured=pictured)
            for offer in model.offers
            for pictured in (False, True)
        )
    ]
    assert missing == []


def test_every_engine_of_the_local_providers_is_in_the_catalogue() -> None:
    """None that a stand-in serves is forgotten: each is offered, with or without a picture."""
    offered = {
        (offer.provider, offer.slug_for(pictured=pictured))
        for _, offer in OFFERS
        for pictured in (False, True)
    }
    served = {("segmind", slug) for slug, engine in ENGINES.items() if not engine.v1_only}
    assert offered == served | {("aimlapi", name) for name in MODELS}


def test_every_shipped_model_has_a_price() -> None:
    """Published or estimated: whoever has a key can have a video."""
    for model, offer in OFFERS:
        for size in offer.sizes_of(model.sizes):
            assert model.price_per_second(size, offer)


def test_the_order_begins_with_what_is_alive_and_affordable() -> None:
    """What its maker has ended comes last; before it the usual video grows dearer down the list.

    The first takes words and pictures, of either provider; what needs a picture is none to begin
    with.
    """
    first, *others = CATALOGUE.values()
    living = [model for model in others if not model.discontinued]
    assert [each.name for each in others if each.discontinued] == ["sora-2", "sora-2-pro"]
    assert others[len(living) :] == [each for each in others if each.discontinued]
    assert {offer.provider for offer in first.offers} == {"segmind", "aimlapi"}
    for offer in first.offers:
        for pictured in (False, True):
            assert offer.makes(first.durations_seconds[0], first.sizes[0], pictured=pictured)
    prices = [
        model.quote(model.durations_seconds[0], model.sizes[0], model.offers[0]) for model in living
    ]
    assert prices == sorted(prices)
