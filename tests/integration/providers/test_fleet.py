"""Every shipped entry of the catalogue makes, at its counterpart, just what was ordered."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from bot.catalogue import Model, Offer, Order, load_catalogue
from bot.sandbox import aimlapi, segmind
from bot.sandbox.segmind import engines
from tests.integration.providers.apis import PROMPT, Api, OnAimlapi, OnV1, OnV2

SERVERS: dict[str, type[Api]] = {each.PROVIDER: each for each in (OnV2, OnV1, OnAimlapi)}
OFFERS = [(model, offer) for model in load_catalogue().values() for offer in model.offers]


def options(model: Model, offer: Offer, *, pictured: bool) -> Iterator[tuple[int, str]]:
    """List every length at the first size, and every size at the first length."""
    first_seconds, first_size = model.durations_seconds[0], model.sizes[0]
    both = [(seconds, first_size) for seconds in model.durations_seconds]
    both += [(first_seconds, size) for size in model.sizes[1:]]
    return (each for each in both if offer.makes(*each, pictured=pictured))


def pixels(size: str) -> tuple[int, int]:
    """Read a size."""
    width, height = map(int, size.split("x"))
    return width, height


def made(generation: segmind.Generation | aimlapi.Generation) -> tuple[int, tuple[int, int]]:
    """Tell the seconds and the pixels that the counterpart has understood."""
    order = generation.order
    if isinstance(order, engines.Order):
        return order.seconds, (order.shape.width, order.shape.height)
    assert isinstance(generation, aimlapi.Generation)
    return order.seconds, generation.pixels


@pytest.mark.parametrize(
    ("model", "offer"), OFFERS, ids=[f"{model.name}-{offer.provider}" for model, offer in OFFERS]
)
async def test_to_ask_whether_a_model_is_served_makes_no_video(
    model: Model, offer: Offer, tmp_path: Path
) -> None:
    """A question must cost nothing: some models need neither a prompt nor a picture."""
    async with SERVERS[offer.provider].running(tmp_path) as api:
        for pictured in (False, True):
            assert await api.provider.serves(offer.slug_for(pictured=pictured)), model.name

        assert [each for each in api.sandbox.generations if each.verdict is None] == []


@pytest.mark.parametrize("pictured", [False, True], ids=["words", "picture"])
@pytest.mark.parametrize(
    ("model", "offer"), OFFERS, ids=[f"{model.name}-{offer.provider}" for model, offer in OFFERS]
)
async def test_what_is_ordered_is_what_is_made(
    model: Model, offer: Offer, *, pictured: bool, tmp_path: Path
) -> None:
    """Each length and each size is taken, understood as meant, and costs what is published."""
    async with SERVERS[offer.provider].running(tmp_path) as api:
        for account in api.sandbox.accounts.values():
            account.credits = 1e6
        for seconds, size in options(model, offer, pictured=pictured):
            picture = tmp_path / f"{size}.jpg"
            Image.new("RGB", pixels(size)).save(picture, "JPEG")
            order = Order(model, offer, PROMPT, seconds, size, 0, picture if pictured else None)
            await api.accepted(order)

            generation = api.sandbox.generations[-1]
            assert generation.verdict is None
            assert made(generation) == (seconds, pixels(size))
            if not model.estimates(offer):
                assert round(generation.price * 100) == model.quote(seconds, size, offer)

        # A model that only starts from pictures makes nothing of words, and takes no order for it.
        required = offer.image is not None and offer.image.required
        assert (api.sandbox.generations == []) is (required and not pictured)
