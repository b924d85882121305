"""Everything that members can choose is taken by the local Segmind, in just those pixels.

The stand-in's rules are written from the provider's own pages, and not from the catalogue.
"""

from pathlib import Path

import pytest

from bot.catalogue import Model, Offer, Order, load_catalogue
from bot.providers.body import build_body
from bot.sandbox.pictures import Picture
from bot.sandbox.segmind.engines import missing_from, order_of, refusal_of, shaped_by
from bot.sandbox.segmind.fleet import ENGINES
from bot.sandbox.segmind.verdicts import verdict_on

ADDRESS = "https://media.example/picture.jpg"
CATALOGUE = load_catalogue()
OFFERS = [
    (model, offer)
    for model in CATALOGUE.values()
    for offer in model.offers
    if offer.provider.startswith("segmind")
]
EVERYTHING = [
    pytest.param(model, offer, seconds, size, pictured, id=f"{model.name} {seconds} s {size}{how}")
    for model, offer in OFFERS
    for pictured, how in ((False, ""), (True, " pictured"))
    for seconds in model.durations_seconds
    for size in model.sizes
    if offer.makes(seconds, size, pictured=pictured)
]


@pytest.mark.parametrize(("model", "offer", "seconds", "size", "pictured"), EVERYTHING)
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
    pixels = tuple(map(int, size.split("x")))
    picture = Picture(Path("picture.jpg"), (pixels[0], pixels[1]))
    pictures = dict.fromkeys(asked.image_urls, picture)
    assert len(pictures) == pictured
    assert verdict_on(asked, pictures) is None
    made = shaped_by(asked, pictures)
    assert (made.seconds, (made.shape.width, made.shape.height)) == (seconds, pixels)
    costly = {engine.duration_field, *engine.shape_fields}
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


def test_every_engine_of_the_second_api_is_in_the_catalogue() -> None:
    """None that the stand-in serves is forgotten: each is offered, with or without a picture."""
    offered = {
        offer.slug_for(pictured=pictured) for _, offer in OFFERS for pictured in (False, True)
    }
    assert offered == {slug for slug, engine in ENGINES.items() if not engine.v1_only}
