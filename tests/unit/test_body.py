"""What is sent for each shipped model: the fields of the providers' documentation, and no other."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.catalogue import Order
from bot.providers.body import build_body
from tests.unit.samples import PRICED, model, offer

PROMPT = "a cat\n<@1> \u201csurfs\u201d  "
IMAGE = "https://assets.example/1.jpg"
WIDE, UPRIGHT = "16:9", "9:16"
Shapes = dict[str, dict[str, Any]]


def bare(shapes: Shapes) -> Shapes:
    """Leave every field out: the picture tells the shape."""
    return {size: {} for size in shapes}


BY_RESOLUTION: Shapes = {
    "1280x720": {"resolution": "720p", "aspect_ratio": WIDE},
    "720x1280": {"resolution": "720p", "aspect_ratio": UPRIGHT},
    "1920x1080": {"resolution": "1080p", "aspect_ratio": WIDE},
    "1080x1920": {"resolution": "1080p", "aspect_ratio": UPRIGHT},
}
SORA: Shapes = {size: {"size": size} for size in ("720x1280", "1280x720")}
SORA_PRO: Shapes = {
    size: {"size": size} for size in ("1280x720", "720x1280", "1024x1792", "1792x1024")
}
SORA_AIMLAPI: Shapes = {
    "720x1280": {"resolution": "720p", "aspect_ratio": UPRIGHT},
    "1280x720": {"resolution": "720p", "aspect_ratio": WIDE},
}
SORA_PRO_AIMLAPI: Shapes = {
    **SORA_AIMLAPI,
    "1024x1792": {"resolution": "1080p", "aspect_ratio": UPRIGHT},
    "1792x1024": {"resolution": "1080p", "aspect_ratio": WIDE},
}
KLING: Shapes = {
    "1280x720": {"aspect_ratio": WIDE},
    "720x1280": {"aspect_ratio": UPRIGHT},
    "960x960": {"aspect_ratio": "1:1"},
}
KLING_PRO: Shapes = {
    "1920x1080": {"aspect_ratio": WIDE},
    "1080x1920": {"aspect_ratio": UPRIGHT},
    "1440x1440": {"aspect_ratio": "1:1"},
}
WAN: Shapes = {
    "1280x720": {"resolution": "720P", "ratio": WIDE},
    "720x1280": {"resolution": "720P", "ratio": UPRIGHT},
    "1920x1080": {"resolution": "1080P", "ratio": WIDE},
    "1080x1920": {"resolution": "1080P", "ratio": UPRIGHT},
}
WAN_PICTURED: Shapes = {size: {"resolution": fields["resolution"]} for size, fields in WAN.items()}
FREE: Shapes = {"1280x720": {}, "720x1280": {}, "960x960": {}}
"""The picture's shape is the video's."""

PLAIN: Shapes = {}

TEXT = [str(seconds) for seconds in range(16)]
WHOLE = list(range(16))


@dataclass(frozen=True)
class Entry:
    """What a provider's documentation says of one model."""

    model: str
    provider: str
    seconds: Sequence[str | int]
    """As they are sent."""
    slug: str
    shapes: Shapes
    image: str
    """The picture's field."""
    pictured_slug: str
    pictured_shapes: Shapes


def same(
    model: str,
    seconds: Sequence[str | int],
    shapes: Shapes,
    image: str,
    words: Shapes | None = None,
) -> Entry:
    """Describe a model of Segmind's that takes pictures under its own name, and like words."""
    from_words = shapes if words is None else words
    return Entry(model, "segmind", seconds, model, from_words, image, model, shapes)


def two(
    model: str, seconds: Sequence[str | int], slugs: str, shapes: Shapes, image: str, less: Shapes
) -> Entry:
    """Describe a model of Segmind's with a name for words and another for pictures."""
    slug, pictured_slug = slugs.split()
    return Entry(model, "segmind", seconds, slug, shapes, image, pictured_slug, less)


def other(model: str, shapes: Shapes) -> Entry:
    """Describe a model of AI/ML API's."""
    slug, pictured_slug = f"openai/{model}-t2v", f"openai/{model}-i2v"
    seconds = [4, 8, 12]
    return Entry(model, "aimlapi", seconds, slug, shapes, "image_url", pictured_slug, shapes)


KLING_SLUGS = "kling-3-standard-text2video kling-3-standard-image2video"
KLING_PRO_SLUGS = "kling-3-pro-text2video kling-3-pro-image2video"
ENTRIES = [
    same("sora-2", ["4", "8", "12"], SORA, "input_reference"),
    other("sora-2", SORA_AIMLAPI),
    same("sora-2-pro", ["4", "8", "12"], SORA_PRO, "input_reference"),
    other("sora-2-pro", SORA_PRO_AIMLAPI),
    same("veo-3.1", [4, 6, 8], BY_RESOLUTION, "image"),
    same("veo-3.1-fast", [4, 6, 8], BY_RESOLUTION, "image"),
    two("kling-3-standard", TEXT[3:], KLING_SLUGS, KLING, "start_image_url", bare(KLING)),
    two("kling-3-pro", TEXT[3:], KLING_PRO_SLUGS, KLING_PRO, "start_image_url", bare(KLING_PRO)),
    same("seedance-2.0", WHOLE[4:], BY_RESOLUTION, "first_frame_url"),
    same("seedance-2.0-fast", WHOLE[4:], BY_RESOLUTION, "first_frame_url"),
    two("wan-2.7", WHOLE[2:], "wan2.7-t2v wan2.7-i2v", WAN, "image", WAN_PICTURED),
    same("hailuo-02-fast", [6, 10], FREE, "first_frame_image", words=PLAIN),
]


def test_the_table_has_every_shipped_offer() -> None:
    """A new entry needs a line of its own here, against its provider's documentation."""
    told = [(entry.model, entry.provider) for entry in ENTRIES]

    assert told == [(m.name, o.provider) for m in PRICED.values() for o in m.offers]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: f"{entry.model}-{entry.provider}")
def test_what_is_sent_is_what_the_provider_documents(entry: Entry) -> None:
    """For every length and size, from words and from a picture: each field, its type, its value."""
    engine = PRICED[entry.model]
    served = engine.offer_of(entry.provider)
    assert served is not None
    assert sorted(engine.durations_seconds) == [int(each) for each in entry.seconds]
    assert set(engine.sizes) == set(entry.pictured_shapes)
    assert served.makes(int(entry.seconds[0]), engine.sizes[0], pictured=False) == bool(
        entry.shapes
    )
    assert served.slug_for(pictured=False) == entry.slug
    assert served.slug_for(pictured=True) == entry.pictured_slug

    for sent in entry.seconds:
        for size, fields in entry.shapes.items():
            order = Order(engine, served, PROMPT, int(sent), size, 1)
            assert_same(build_body(order), {"prompt": PROMPT, "duration": sent, **fields})
        for size, fields in entry.pictured_shapes.items():
            order = Order(engine, served, PROMPT, int(sent), size, 1, Path("1.jpg"))
            expected = {"prompt": PROMPT, "duration": sent, **fields, entry.image: IMAGE}
            assert_same(build_body(order, IMAGE), expected)


def assert_same(body: dict[str, Any], expected: dict[str, Any]) -> None:
    """Compare also the types: 8 is not "8"."""
    assert body == expected
    assert {name: type(value) for name, value in body.items()} == {
        name: type(value) for name, value in expected.items()
    }


def test_what_an_offer_always_sends_is_sent() -> None:
    """Defaults that cost money, with the provider's own names for the prompt and the seconds."""
    served = offer(
        prompt_field="text",
        duration={"field": "seconds", "type": "string"},
        size={"values": {"720x1280": {"w": 720, "h": 1280}, "1280x720": {"w": 1280, "h": 720}}},
        extra={"audio": False, "seed": -1, "style": "plain", "guidance": 2.5},
        image={"field": "start", "omit": ["w", "audio"]},
    )
    order = Order(model(), served, PROMPT, 8, "1280x720", 1)
    always = {"text": PROMPT, "seconds": "8", "h": 720, "seed": -1, "style": "plain"}

    assert build_body(order) == {**always, "guidance": 2.5, "audio": False, "w": 1280}
    assert build_body(order, IMAGE) == {**always, "guidance": 2.5, "start": IMAGE}
