"""The models that the stand-in serves, as data.

Names, fields, their values and their defaults are AI/ML API's own, from its OpenAPI files; what is
only for lists of pictures, sounds and videos is left out. It publishes no prices: those of the sora
models are Segmind's, all others are invented, in the order of magnitude of public lists. So are
the pixels of a resolution where the files don't tell them.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from bot.sandbox.aimlapi.models import Field, Model, Pixels

_SHORT_SIDE = MappingProxyType(
    {
        "480p": 480,
        "720p": 720,
        "hd": 720,
        "768P": 768,
        "1080p": 1080,
        "1080P": 1080,
        "fhd": 1080,
        "1440p": 1440,
        "2K": 1440,
        "2160p": 2160,
        "4k": 2160,
    }
)
_WIDE_AND_UPRIGHT = ("16:9", "9:16")
_WITH_SQUARE = (*_WIDE_AND_UPRIGHT, "1:1")
_SEVERAL = ("16:9", "9:16", "1:1", "4:3", "3:4")
_MANY = (*_SEVERAL, "21:9")

_TELLING_DOLLARS = ("alibaba/", "blackforestlabs/", "bytedance/", "minimax/h3")
"""The beginnings of the names of those whose submits are answered with a price in dollars, too."""

_FREE = Field()
_NUMBER = Field(int)
_YES = Field(bool, default=True)
_NO = Field(bool, default=False)


def _pixels(resolution: str, ratio: str) -> Pixels:
    """Tell a shape of about as many pixels as the wide one of the resolution has."""
    side = _SHORT_SIDE[resolution]
    across, down = map(int, ratio.split(":"))
    if across == down:
        return side * 4 // 3, side * 4 // 3
    length = side * max(across, down) // min(across, down) // 2 * 2
    return (length, side) if across > down else (side, length)


def _model(  # noqa: PLR0913 - by keyword, each a part of its own
    name: str,
    dollars: Mapping[str, float],
    *,
    seconds: Sequence[int],
    usual: int,
    ratios: Sequence[str] = ("16:9",),
    ratio: Field | None = None,
    ratio_field: str | None = "aspect_ratio",
    resolution: Field | None = None,
    required: tuple[str, ...] = ("prompt",),
    pixels: Mapping[tuple[str, str], Pixels] | None = None,
    shaped_by_picture: bool = False,
    others: Mapping[str, Field] = MappingProxyType({}),
) -> Model:
    """Describe a model; a single resolution without a field of its own stands for its pixels."""
    fields = {"prompt": _FREE, "duration": Field(int, tuple(seconds), usual), **others}
    if resolution is not None:
        fields["resolution"] = resolution
    if ratio_field is not None:
        fields[ratio_field] = ratio or Field(str, tuple(ratios), ratios[0])
    if "image_url" in required:
        fields["image_url"] = _FREE
    shapes = {(each, shape): _pixels(each, shape) for each in dollars for shape in ratios}
    return Model(
        name,
        MappingProxyType(fields),
        required,
        dollars,
        {**shapes, **(pixels or {})},
        ratio_field,
        shaped_by_picture,
        name.startswith(_TELLING_DOLLARS),
    )


def _resolutions(dollars: Mapping[str, float], usual: str) -> Field:
    return Field(str, tuple(dollars), usual)


def _sora(tier: str, dollars: Mapping[str, float]) -> tuple[Model, Model]:
    """Describe the two of a tier; its "1080p" has no side of 1080 pixels."""
    from_words, from_picture = (
        _model(
            f"openai/{tier}-{kind}",
            dollars,
            seconds=(4, 8, 12),
            usual=4,
            ratios=_WIDE_AND_UPRIGHT,
            resolution=_resolutions(dollars, list(dollars)[-1]),
            required=required,
            pixels={("1080p", "16:9"): (1792, 1024), ("1080p", "9:16"): (1024, 1792)},
        )
        for kind, required in (("t2v", ("prompt",)), ("i2v", ("prompt", "image_url")))
    )
    return from_words, from_picture


def _veo(fast: str, dollars_a_second: float) -> tuple[Model, Model]:
    dollars = dict.fromkeys(("720p", "1080p"), dollars_a_second)

    def of(kind: str, required: tuple[str, ...], others: Mapping[str, Field]) -> Model:
        return _model(
            f"google/veo-3.1-{kind}{fast}",
            dollars,
            seconds=(4, 6, 8),
            usual=8,
            ratios=_WIDE_AND_UPRIGHT,
            resolution=_resolutions(dollars, "1080p"),
            required=required,
            others={"generate_audio": _YES, **others},
        )

    more = {"seed": _NUMBER, "auto_fix": _YES, "negative_prompt": _FREE, "enhance_prompt": _YES}
    return of("t2v", ("prompt",), more), of("i2v", ("prompt", "image_url"), {})


def _kling(tier: str, resolution: str, dollars_a_second: float) -> tuple[Model, Model]:
    """Describe the two of a tier: neither needs a prompt."""
    from_words, from_picture = (
        _model(
            f"klingai/video-v3-{tier}-{kind}-to-video",
            {resolution: dollars_a_second},
            seconds=range(3, 16),
            usual=5,
            ratios=_WITH_SQUARE,
            ratio_field=ratio_field,
            required=required,
            others={"generate_audio": _YES, "negative_prompt": _FREE},
        )
        for kind, ratio_field, required in (
            ("text", "aspect_ratio", ()),
            ("image", None, ("image_url",)),
        )
    )
    return from_words, from_picture


def _seedance(
    name: str,
    dollars: Mapping[str, float],
    seconds: Sequence[int],
    usual: int,
    others: Mapping[str, Field] = MappingProxyType({}),
) -> Model:
    return _model(
        f"bytedance/{name}",
        dollars,
        seconds=seconds,
        usual=usual,
        ratios=_MANY,
        resolution=_resolutions(dollars, "720p"),
        shaped_by_picture=True,
        others={"image_url": _FREE, "generate_audio": _YES, "seed": _NUMBER, **others},
    )


def _wan() -> tuple[Model, Model]:
    dollars = {"720p": 0.10, "1080p": 0.15}
    resolution = _resolutions(dollars, "1080p")
    from_words = _model(
        "alibaba/wan-2-7-t2v",
        dollars,
        seconds=(5, 10, 15),
        usual=10,
        ratios=_SEVERAL,
        resolution=resolution,
        others={
            "generate_audio": _YES,
            "seed": _NUMBER,
            "negative_prompt": _FREE,
            "enhance_prompt": _YES,
        },
    )
    from_picture = _model(
        "alibaba/wan-2-7-i2v",
        dollars,
        seconds=(5, 10, 15),
        usual=10,
        ratios=_SEVERAL,
        ratio_field=None,
        resolution=resolution,
        required=("prompt", "image_url"),
        others={
            "seed": _NUMBER,
            "negative_prompt": Field(most_characters=500),
            "enhance_prompt": _YES,
            "watermark": _NO,
        },
    )
    return from_words, from_picture


def _ltx(name: str, dollars_a_second: float) -> Model:
    dollars = {
        "1080p": dollars_a_second,
        "1440p": 2 * dollars_a_second,
        "2160p": 4 * dollars_a_second,
    }
    return _model(
        f"ltxv/{name}",
        dollars,
        seconds=(6, 8, 10),
        usual=6,
        resolution=_resolutions(dollars, "1080p"),
        others={"image_url": _FREE, "generate_audio": _YES},
    )


def _minimax() -> tuple[Model, Model]:
    hailuo = {"768P": 0.08, "1080P": 0.12}
    ratios = Field(str, ("adaptive", *_MANY), "adaptive")
    return (
        _model(
            "minimax/hailuo-2.3",
            hailuo,
            seconds=(6, 10),
            usual=6,
            ratio_field=None,
            resolution=_resolutions(hailuo, "768P"),
            pixels={("768P", "16:9"): (1366, 768)},
            others={
                "prompt": Field(most_characters=2000),
                "image_url": _FREE,
                "enhance_prompt": _YES,
            },
        ),
        _model(
            "minimax/h3",
            {"2K": 0.15},
            seconds=range(4, 16),
            usual=6,
            ratios=_MANY,
            ratio=ratios,
            ratio_field="ratio",
            resolution=Field(str, ("2K",), "2K"),
            others={"prompt": Field(most_characters=7000), "image_url": _FREE},
        ),
    )


def _flux() -> tuple[Model, Model]:
    dollars = {"hd": 0.20, "fhd": 0.30}
    ratios = (*_MANY, "2:1")
    from_words, from_picture = (
        _model(
            f"blackforestlabs/flux-3-video-{kind}",
            dollars,
            seconds=range(5, 21),
            usual=5,
            ratios=ratios,
            ratio=Field(str, ("auto", *ratios), "auto"),
            resolution=_resolutions(dollars, "hd"),
            required=required,
            others={"generate_audio": _YES},
        )
        for kind, required in (("t2v", ("prompt",)), ("i2v", ("prompt", "image_url")))
    )
    return from_words, from_picture


MODELS: Mapping[str, Model] = MappingProxyType(
    {
        model.name: model
        for model in (
            *_sora("sora-2", {"720p": 0.10}),
            *_sora("sora-2-pro", {"720p": 0.30, "1080p": 0.50}),
            *_wan(),
            _ltx("ltxv-2-fast", 0.04),
            _ltx("ltxv-2", 0.06),
            *_minimax(),
            *_flux(),
            *_veo("", 0.40),
            *_veo("-fast", 0.15),
            *_kling("standard", "720p", 0.10),
            *_kling("pro", "1080p", 0.15),
            _seedance(
                "seedance-2-0",
                {"480p": 0.07, "720p": 0.30, "1080p": 0.45, "4k": 1.20},
                range(4, 16),
                5,
                others={"watermark": _NO},
            ),
            _seedance("seedance-2-0-fast", {"480p": 0.07, "720p": 0.15}, range(4, 16), 8),
            _seedance(
                "seedance-2-5",
                {"480p": 0.15, "720p": 0.35},
                range(4, 31),
                5,
                others={"watermark": _NO},
            ),
        )
    }
)
