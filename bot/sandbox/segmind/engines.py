"""What an engine is: which fields it takes, what they mean, and how a body is read by them.

Only rules stand here; the engines themselves are data, in ``fleet``.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from bot.sandbox.pictures import Picture

MAX_SIDE_PIXELS = 1920
"""No side of a video that takes the shape of a picture is longer."""

ImageFit = Literal["cropped", "exact", "proportions", "pixels"]
"""What a picture has to do with the shape of the video:

- ``cropped``: nothing, it is cut to the shape that the other fields choose.
- ``exact``: its pixels must be exactly those of that shape.
- ``proportions``: the video gets its proportions, at about as many pixels as that shape has.
- ``pixels``: the video gets its pixels.
"""


@dataclass(frozen=True)
class Field:
    """One key of a submit's body."""

    name: str
    values: tuple[str, ...] = ()
    """What it may be, written as text; empty where any value of its types will do."""
    default: str = ""
    types: tuple[type, ...] = (str,)
    """The JSON types in which a value may come: 8 and "8" are the same where both are listed."""


@dataclass(frozen=True)
class ImageField(Field):
    """A key that takes the address of a picture."""

    required: bool = False
    fit: ImageFit = "cropped"


@dataclass(frozen=True)
class Shape:
    """The pixels of a video and what each second of it costs in US dollars."""

    width: int
    height: int
    dollars_a_second: float

    def fitted(self, fit: ImageFit, pixels: tuple[int, int]) -> "Shape":
        """Take over from a picture of so many pixels what its fit says."""
        if fit not in {"proportions", "pixels"}:
            return self
        width, height = pixels
        scale = 1.0
        if fit == "proportions":
            scale = math.sqrt(self.width * self.height / (width * height))
        scale = min(scale, MAX_SIDE_PIXELS / max(width, height))
        return Shape(_even(width * scale), _even(height * scale), self.dollars_a_second)


@dataclass(frozen=True)
class Engine:
    """One slug."""

    slug: str
    fields: tuple[Field, ...]
    shape_fields: tuple[str, ...]
    """The fields whose values, together, choose among the ``shapes``; may be empty."""
    shapes: Mapping[tuple[str, ...], Shape]
    prompt_field: str = "prompt"
    duration_field: str = "duration"
    v1_only: bool = False
    """Only the blocking API serves it: to the other it is unknown."""

    @property
    def image_fields(self) -> tuple[ImageField, ...]:
        """The fields that take pictures; the first is the one the video starts with."""
        return tuple(field for field in self.fields if isinstance(field, ImageField))


@dataclass(frozen=True)
class Order:
    """What a body asks of an engine, its defaults filled in."""

    engine: Engine
    body: Mapping[str, Any]
    """As received."""
    prompt: str
    seconds: int
    shape: Shape
    image_urls: Mapping[ImageField, str]
    """The addresses of the pictures that are given."""

    @property
    def price(self) -> float:
        """In US dollars."""
        return round(self.seconds * self.shape.dollars_a_second, 6)


def refusal_of(engine: Engine, body: Mapping[str, Any]) -> str | None:
    """Say why the engine refuses a body at once; None where it takes it."""
    fields = {field.name: field for field in engine.fields}
    if unknown := sorted(body.keys() - fields.keys()):
        return f"Unknown parameters: {', '.join(unknown)}"
    for name, value in body.items():
        field = fields[name]
        if type(value) not in field.types:
            wanted = " or ".join(kind.__name__ for kind in field.types)
            return f"Invalid type for {name}: {wanted} expected"
        if field.values and str(value) not in field.values:
            return f"Invalid value for {name}: {value}. Allowed: {', '.join(field.values)}"
    if _shape_key(engine, body) not in engine.shapes:
        return f"Invalid combination of {', '.join(engine.shape_fields)}"
    return None


def order_of(engine: Engine, body: Mapping[str, Any]) -> Order:
    """Read a body that the engine does not refuse."""
    return Order(
        engine=engine,
        body=body,
        prompt=_value(engine, body, engine.prompt_field),
        seconds=int(_value(engine, body, engine.duration_field)),
        shape=engine.shapes[_shape_key(engine, body)],
        image_urls={
            field: body[field.name] for field in engine.image_fields if body.get(field.name)
        },
    )


def missing_from(order: Order) -> str | None:
    """Name the first thing that an order can't do without; None where all is there."""
    if not order.prompt.strip():
        return f"The parameter {order.engine.prompt_field} is required"
    for field in order.engine.image_fields:
        if field.required and field not in order.image_urls:
            return f"The parameter {field.name} is required"
    return None


def shaped_by(order: Order, pictures: Mapping[ImageField, Picture]) -> Order:
    """Give an order the shape that its pictures make of the one that its fields chose."""
    shape = order.shape
    for field, picture in pictures.items():
        if picture.pixels is not None:
            shape = shape.fitted(field.fit, picture.pixels)
    return replace(order, shape=shape)


def _shape_key(engine: Engine, body: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(_value(engine, body, name) for name in engine.shape_fields)


def _value(engine: Engine, body: Mapping[str, Any], name: str) -> str:
    default = next(field.default for field in engine.fields if field.name == name)
    return str(body.get(name, default))


def _even(length: float) -> int:
    """Round to what H.264 in yuv420p can have as a side."""
    return max(2, round(length / 2) * 2)
