"""The models that the stand-in serves: what each takes, what it means and what it costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ASPECT_RATIOS = ("16:9", "9:16")
SECONDS = (4, 8, 12)
DEFAULT_SECONDS = 4
CREDITS_A_DOLLAR = 2_000_000
"""What AI/ML API says of its credits (its documentation)."""

_SIZES = {
    ("720p", "16:9"): (1280, 720),
    ("720p", "9:16"): (720, 1280),
    # The name is the API's own; a side of 1080 pixels has none of them (its documentation).
    ("1080p", "16:9"): (1792, 1024),
    ("1080p", "9:16"): (1024, 1792),
}


@dataclass(frozen=True)
class Model:
    """One model; its resolutions with what a second costs in US dollars, the default one last."""

    name: str
    dollars_a_second: Mapping[str, float]
    takes_image: bool

    @property
    def resolutions(self) -> tuple[str, ...]:
        """What may be asked for."""
        return tuple(self.dollars_a_second)


@dataclass(frozen=True)
class Order:
    """What a body asks for, its defaults filled in."""

    model: Model
    body: Mapping[str, Any]
    """As received."""
    prompt: str
    seconds: int
    resolution: str
    aspect_ratio: str
    image_url: str | None

    @property
    def size(self) -> tuple[int, int]:
        """The pixels of the video, width and height."""
        return _SIZES[self.resolution, self.aspect_ratio]

    @property
    def price(self) -> float:
        """In US dollars."""
        return round(self.seconds * self.model.dollars_a_second[self.resolution], 6)


def refusal_of(model: Model, body: Mapping[str, Any]) -> str | None:
    """Say why a model refuses a body; None where it takes it."""
    takes = {
        "model": (model.name,),
        "prompt": None,
        "duration": SECONDS,
        "resolution": model.resolutions,
        "aspect_ratio": ASPECT_RATIOS,
        **({"image_url": None} if model.takes_image else {}),
    }
    if unknown := sorted(body.keys() - takes.keys()):
        return f"Unrecognized keys: {', '.join(unknown)}"
    for name, value in body.items():
        if type(value) is not (int if name == "duration" else str):
            return f"{name} is of the wrong type"
        if (values := takes[name]) is not None and value not in values:
            return f"{name} must be one of {', '.join(map(str, values))}"
    for name in ("prompt", "image_url") if model.takes_image else ("prompt",):
        if not body.get(name, "").strip():
            return f"{name} is required"
    if model.takes_image and not body["image_url"].startswith(("http://", "https://", "data:")):
        return "image_url must be an http address or a data URI"
    return None


def order_of(model: Model, body: Mapping[str, Any]) -> Order:
    """Read a body that the model does not refuse."""
    return Order(
        model=model,
        body=body,
        prompt=body["prompt"],
        seconds=body.get("duration", DEFAULT_SECONDS),
        resolution=body.get("resolution", model.resolutions[-1]),
        aspect_ratio=body.get("aspect_ratio", ASPECT_RATIOS[0]),
        image_url=body.get("image_url"),
    )


MODELS: Mapping[str, Model] = {
    model.name: model
    for model in (
        Model("openai/sora-2-t2v", {"720p": 0.10}, takes_image=False),
        Model("openai/sora-2-i2v", {"720p": 0.10}, takes_image=True),
        Model("openai/sora-2-pro-t2v", {"720p": 0.30, "1080p": 0.50}, takes_image=False),
        Model("openai/sora-2-pro-i2v", {"720p": 0.30, "1080p": 0.50}, takes_image=True),
    )
}
