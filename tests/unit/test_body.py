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
H3: Shapes = {
    "2560x1440": {"resolution": "2K", "ratio": WIDE},
    "1440x2560": {"resolution": "2K", "ratio": UPRIGHT},
}
FLUX: Shapes = {
    "1280x720": {"resolution": "hd", "aspect_ratio": WIDE},
    "720x1280": {"resolution": "hd", "aspect_ratio": UPRIGHT},
    "1920x1080": {"resolution": "fhd", "aspect_ratio": WIDE},
    "1080x1920": {"resolution": "fhd", "aspect_ratio": UPRIGHT},
}
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


def other(
    model: str,
    seconds: Sequence[str | int],
    slugs: str,
    shapes: Shapes,
    pictured: Shapes | None = None,
) -> Entry:
    """Describe a model of AI/ML API's, with one name or with another for pictures."""
    slug, pictured_slug = (slugs.split() * 2)[:2]
    less = shapes if pictured is None else pictured
    return Entry(model, "aimlapi", seconds, slug, shapes, "image_url", pictured_slug, less)


def loud(shapes: Shapes) -> Shapes:
    """Say that there is to be sound, whatever the default is."""
    return {size: {"generate_audio": True, **fields} for size, fields in shapes.items()}


def without_ratio(shapes: Shapes) -> Shapes:
    """Leave the ratio to the picture."""
    return {
        size: {name: value for name, value in fields.items() if not name.endswith("ratio")}
        for size, fields in shapes.items()
    }


KLING_SLUGS = "kling-3-standard-text2video kling-3-standard-image2video"
KLING_PRO_SLUGS = "kling-3-pro-text2video kling-3-pro-image2video"
KLING_AIMLAPI = "klingai/video-v3-{0}-text-to-video klingai/video-v3-{0}-image-to-video"
FLUX_SLUGS = "blackforestlabs/flux-3-video-t2v blackforestlabs/flux-3-video-i2v"
BY_720 = {size: BY_RESOLUTION[size] for size in ("1280x720", "720x1280")}
FULL_HD_WIDE = {"1920x1080": BY_RESOLUTION["1920x1080"]}
ENTRIES = [
    two("wan-2.7", WHOLE[2:], "wan2.7-t2v wan2.7-i2v", WAN, "image", WAN_PICTURED),
    other(
        "wan-2.7",
        [5, 10, 15],
        "alibaba/wan-2-7-t2v alibaba/wan-2-7-i2v",
        loud(BY_RESOLUTION),
        without_ratio(BY_RESOLUTION),
    ),
    same("hailuo-02-fast", [6, 10], FREE, "first_frame_image", words=PLAIN),
    other("ltx-2-fast", [6, 8, 10], "ltxv/ltxv-2-fast", loud(FULL_HD_WIDE)),
    other("hailuo-2.3", [6, 10], "minimax/hailuo-2.3", {"1366x768": {"resolution": "768P"}}),
    other("ltx-2", [6, 8, 10], "ltxv/ltxv-2", loud(FULL_HD_WIDE)),
    same("seedance-2.0-fast", WHOLE[4:], BY_RESOLUTION, "first_frame_url"),
    other(
        "seedance-2.0-fast",
        WHOLE[4:],
        "bytedance/seedance-2-0-fast",
        loud(BY_720),
        without_ratio(loud(BY_720)),
    ),
    other("minimax-h3", WHOLE[4:], "minimax/h3", H3, without_ratio(H3)),
    other("flux-3", [*WHOLE[5:], 20], FLUX_SLUGS, loud(FLUX)),
    same("veo-3.1-fast", [4, 6, 8], BY_RESOLUTION, "image"),
    other(
        "veo-3.1-fast",
        [4, 6, 8],
        "google/veo-3.1-t2v-fast google/veo-3.1-i2v-fast",
        loud(BY_RESOLUTION),
    ),
    same("seedance-2.0", WHOLE[4:], BY_RESOLUTION, "first_frame_url"),
    other(
        "seedance-2.0",
        WHOLE[4:],
        "bytedance/seedance-2-0",
        loud(BY_RESOLUTION),
        without_ratio(loud(BY_RESOLUTION)),
    ),
    two("kling-3-standard", TEXT[3:], KLING_SLUGS, KLING, "start_image_url", bare(KLING)),
    other(
        "kling-3-standard",
        WHOLE[3:],
        KLING_AIMLAPI.format("standard"),
        loud(KLING),
        loud(bare(KLING)),
    ),
    other(
        "seedance-2.5",
        [*WHOLE[4:], 20, 30],
        "bytedance/seedance-2-5",
        loud(BY_720),
        without_ratio(loud(BY_720)),
    ),
    same("veo-3.1", [4, 6, 8], BY_RESOLUTION, "image"),
    other("veo-3.1", [4, 6, 8], "google/veo-3.1-t2v google/veo-3.1-i2v", loud(BY_RESOLUTION)),
    two("kling-3-pro", TEXT[3:], KLING_PRO_SLUGS, KLING_PRO, "start_image_url", bare(KLING_PRO)),
    other(
        "kling-3-pro",
        WHOLE[3:],
        KLING_AIMLAPI.format("pro"),
        loud(KLING_PRO),
        loud(bare(KLING_PRO)),
    ),
    same("sora-2", ["4", "8", "12"], SORA, "input_reference"),
    other("sora-2", [4, 8, 12], "openai/sora-2-t2v openai/sora-2-i2v", SORA_AIMLAPI),
    same("sora-2-pro", ["4", "8", "12"], SORA_PRO, "input_reference"),
    other(
        "sora-2-pro", [4, 8, 12], "openai/sora-2-pro-t2v openai/sora-2-pro-i2v", SORA_PRO_AIMLAPI
    ),
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
    assert sorted(served.duration.values or engine.durations_seconds) == [
        int(each) for each in entry.seconds
    ]
    assert set(served.sizes_of(engine.sizes)) == set(entry.pictured_shapes)
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
