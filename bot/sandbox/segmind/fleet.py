"""The engines that the stand-in serves, as data.

Slugs, fields and their values are Segmind's own, from its model pages; so are the prices of the
sora engines. All other prices are invented, in a plausible order of magnitude: the true ones are
not known. So are the defaults of what costs money: a client had better send it. ``vintage-1`` is
invented altogether, as an engine that only the blocking API serves.
"""

from collections.abc import Mapping
from types import MappingProxyType

from bot.sandbox.segmind.engines import Engine, Field, ImageField, Shape

_PIXELS = {
    ("480p", "16:9"): (854, 480),
    ("480p", "9:16"): (480, 854),
    ("480p", "1:1"): (640, 640),
    ("720p", "16:9"): (1280, 720),
    ("720p", "9:16"): (720, 1280),
    ("720p", "1:1"): (960, 960),
    ("1080p", "16:9"): (1920, 1080),
    ("1080p", "9:16"): (1080, 1920),
    ("1080p", "1:1"): (1440, 1440),
}
_WIDE_AND_UPRIGHT = ("16:9", "9:16")
_WITH_SQUARE = ("16:9", "9:16", "1:1")


def _shape(resolution: str, ratio: str, dollars_a_second: float) -> Shape:
    return Shape(*_PIXELS[resolution.lower(), ratio], dollars_a_second)


def _seconds(*allowed: int, default: int, types: tuple[type, ...] = (int,)) -> Field:
    return Field("duration", tuple(map(str, allowed)), str(default), types)


def _by_size(
    slug: str, duration: Field, dollars_by_size: Mapping[str, float], *others: Field, v1_only: bool
) -> Engine:
    """Describe an engine that takes its pixels in one field; the first size is the default."""
    shapes: dict[tuple[str, ...], Shape] = {}
    for size, dollars_a_second in dollars_by_size.items():
        width, height = map(int, size.split("x"))
        shapes[size,] = Shape(width, height, dollars_a_second)
    sizes = tuple(dollars_by_size)
    fields = (Field("prompt"), duration, Field("size", sizes, sizes[0]), *others)
    return Engine(slug, fields, ("size",), shapes, v1_only=v1_only)


def _by_resolution(
    slug: str,
    duration: Field,
    dollars_by_resolution: Mapping[str, float],
    ratio: Field,
    *others: Field,
) -> Engine:
    """Describe an engine that takes a resolution and a ratio; the first of each is the default."""
    resolutions = tuple(dollars_by_resolution)
    resolution = Field("resolution", resolutions, resolutions[0])
    return Engine(
        slug,
        fields=(Field("prompt"), duration, resolution, ratio, *others),
        shape_fields=("resolution", ratio.name),
        shapes={
            (each, shape): _shape(each, shape, dollars)
            for each, dollars in dollars_by_resolution.items()
            for shape in ratio.values
        },
    )


def _ratio(name: str, ratios: tuple[str, ...]) -> Field:
    return Field(name, ratios, ratios[0])


def _sora(slug: str, dollars_by_size: Mapping[str, float]) -> Engine:
    # The tables of its page say that the duration is a number, the samples send text.
    duration = _seconds(4, 8, 12, default=4, types=(str, int))
    picture = ImageField("input_reference", fit="exact")
    return _by_size(slug, duration, dollars_by_size, picture, v1_only=False)


def _veo(slug: str, dollars_by_resolution: Mapping[str, float]) -> Engine:
    return _by_resolution(
        slug,
        _seconds(4, 6, 8, default=8),
        dollars_by_resolution,
        _ratio("aspect_ratio", _WIDE_AND_UPRIGHT),
        Field("generate_audio", types=(bool,)),
        ImageField("image"),
        ImageField("last_frame"),
    )


def _kling(tier: str, resolution: str, dollars_a_second: float) -> tuple[Engine, Engine]:
    """Describe the two engines of a tier: one for words alone, one for a picture and words."""
    duration = _seconds(*range(3, 16), default=5, types=(str,))
    ratio = _ratio("aspect_ratio", _WITH_SQUARE)
    from_words = Engine(
        f"kling-3-{tier}-text2video",
        fields=(Field("prompt"), duration, ratio),
        shape_fields=(ratio.name,),
        shapes={(each,): _shape(resolution, each, dollars_a_second) for each in ratio.values},
    )
    picture = ImageField("start_image_url", required=True, fit="proportions")
    from_picture = Engine(
        f"kling-3-{tier}-image2video",
        fields=(Field("prompt"), duration, picture),
        shape_fields=(),
        shapes={(): _shape(resolution, "16:9", dollars_a_second)},
    )
    return from_words, from_picture


def _seedance(slug: str, dollars_by_resolution: Mapping[str, float]) -> Engine:
    return _by_resolution(
        slug,
        _seconds(*range(4, 16), default=5),
        dollars_by_resolution,
        _ratio("aspect_ratio", _WITH_SQUARE),
        ImageField("first_frame_url"),
    )


def _wan() -> tuple[Engine, Engine]:
    """Describe the two engines: one for words alone, one for a picture and words."""
    dollars_by_resolution = {"720P": 0.10, "1080P": 0.15}
    duration = _seconds(*range(2, 16), default=5)
    ratio = _ratio("ratio", _WITH_SQUARE)
    from_words = _by_resolution("wan2.7-t2v", duration, dollars_by_resolution, ratio)
    from_picture = Engine(
        "wan2.7-i2v",
        fields=(
            Field("prompt"),
            duration,
            Field("resolution", tuple(dollars_by_resolution), "720P"),
            ImageField("image", required=True, fit="proportions"),
        ),
        shape_fields=("resolution",),
        shapes={
            (each,): _shape(each, "16:9", dollars)
            for each, dollars in dollars_by_resolution.items()
        },
    )
    return from_words, from_picture


def _hailuo() -> Engine:
    return Engine(
        "hailuo-02-fast",
        fields=(
            Field("prompt"),
            _seconds(6, 10, default=6),
            ImageField("first_frame_image", required=True, fit="pixels"),
        ),
        shape_fields=(),
        shapes={(): _shape("720p", "16:9", 0.03)},
    )


_VINTAGE = _by_size(
    "vintage-1", _seconds(4, 8, default=4), {"1280x720": 0.05, "720x1280": 0.05}, v1_only=True
)

ENGINES: Mapping[str, Engine] = MappingProxyType(
    {
        engine.slug: engine
        for engine in (
            _sora("sora-2", {"720x1280": 0.10, "1280x720": 0.10}),
            _sora(
                "sora-2-pro",
                {"1280x720": 0.30, "720x1280": 0.30, "1024x1792": 0.50, "1792x1024": 0.50},
            ),
            _veo("veo-3.1", {"720p": 0.40, "1080p": 0.40}),
            _veo("veo-3.1-fast", {"720p": 0.15, "1080p": 0.15}),
            *_kling("standard", "720p", 0.10),
            *_kling("pro", "1080p", 0.15),
            _seedance("seedance-2.0", {"720p": 0.15, "480p": 0.07, "1080p": 0.35}),
            _seedance("seedance-2.0-fast", {"720p": 0.10, "480p": 0.05, "1080p": 0.25}),
            *_wan(),
            _hailuo(),
            _VINTAGE,
        )
    }
)
