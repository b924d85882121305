"""What a model is: which fields it takes, what they mean, and how a body is read by them.

Only rules stand here; the models themselves are data, in ``fleet``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.sandbox.pictures import Picture

CREDITS_A_DOLLAR = 2_000_000
"""What AI/ML API says of its credits (its documentation)."""

OF_THE_PICTURE = {"auto", "adaptive"}
"""The ratios that leave the shape to the picture."""

Pixels = tuple[int, int]
"""Width and height."""


@dataclass(frozen=True)
class Field:
    """One key of a submit's body."""

    kind: type = str
    values: tuple[Any, ...] = ()
    """What it may be; empty where any value of its type will do."""
    default: Any = None
    most_characters: int | None = None

    def objection_to(self, value: Any) -> str | None:
        """Say what is wrong with a value; None where it is taken."""
        if type(value) is not self.kind:
            return "is of the wrong type"
        if self.values and value not in self.values:
            return f"must be one of {', '.join(map(str, self.values))}"
        if self.most_characters is not None and len(str(value)) > self.most_characters:
            return f"has more than {self.most_characters} characters"
        return None


@dataclass(frozen=True)
class Model:
    """One model, and what a second of it costs in US dollars by its resolution."""

    name: str
    fields: Mapping[str, Field]
    required: tuple[str, ...]
    dollars_a_second: Mapping[str, float]
    """By resolution; one that has no such field has a single entry."""
    pixels: Mapping[tuple[str, str], Pixels]
    """By resolution and ratio."""
    ratio_field: str | None = None
    """None: the picture tells the shape, or there is one alone."""
    shaped_by_picture: bool = False
    """A ratio beside a picture is refused: the picture tells the shape."""
    tells_dollars: bool = False
    """The answer to a submit tells the price in dollars, too."""

    @property
    def takes_image(self) -> bool:
        """Whether it makes nothing without a picture."""
        return "image_url" in self.required


@dataclass(frozen=True)
class Order:
    """What a body asks for, its defaults filled in."""

    model: Model
    body: Mapping[str, Any]
    """As received."""
    prompt: str
    seconds: int
    resolution: str
    aspect_ratio: str | None
    """None: the picture tells the shape, and without one it is the model's first."""
    image_url: str | None

    @property
    def sizes(self) -> list[Pixels]:
        """List what the video's pixels may be: one, unless the picture tells the shape."""
        return [
            pixels
            for (resolution, ratio), pixels in self.model.pixels.items()
            if resolution == self.resolution and self.aspect_ratio in {None, ratio}
        ]

    def size(self, picture: Picture | None = None) -> Pixels:
        """Tell the pixels of the video: where a picture tells the shape, the nearest to its own."""
        if picture is None or picture.pixels is None:
            return self.sizes[0]
        width, height = picture.pixels
        return min(self.sizes, key=lambda each: abs(each[0] / each[1] - width / height))

    @property
    def price(self) -> float:
        """In US dollars."""
        return round(self.seconds * self.model.dollars_a_second[self.resolution], 6)


def refusal_of(model: Model, body: Mapping[str, Any]) -> str | None:
    """Say why a model refuses a body; None where it takes it."""
    if unknown := sorted(body.keys() - {"model", *model.fields}):
        return f"Unrecognized keys: {', '.join(unknown)}"
    for name, value in body.items():
        if name != "model" and (objection := model.fields[name].objection_to(value)):
            return f"{name} {objection}"
    for name in model.required:
        if not body.get(name, "").strip():
            return f"{name} is required"
    if not body.get("image_url", "data:").startswith(("http://", "https://", "data:")):
        return "image_url must be an http address or a data URI"
    if model.shaped_by_picture and "image_url" in body and model.ratio_field in body:
        return f"{model.ratio_field} must be left out with image_url: the image tells the shape"
    return None


def order_of(model: Model, body: Mapping[str, Any]) -> Order:
    """Read a body that the model does not refuse."""
    ratio = None if model.ratio_field is None else _value(model, body, model.ratio_field)
    if model.shaped_by_picture and "image_url" in body:
        ratio = None
    return Order(
        model=model,
        body=body,
        prompt=body.get("prompt", ""),
        seconds=_value(model, body, "duration"),
        resolution=_value(model, body, "resolution") or next(iter(model.dollars_a_second)),
        aspect_ratio=None if ratio in OF_THE_PICTURE else ratio,
        image_url=body.get("image_url"),
    )


def _value(model: Model, body: Mapping[str, Any], name: str) -> Any:
    return body.get(name, model.fields[name].default if name in model.fields else None)
