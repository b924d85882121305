"""The engines that the stand-in serves: which fields each takes, what they mean, what they cost.

All of it is data: an engine with other fields (a resolution and an aspect ratio in place of a
size, whole numbers for the duration) is one more entry in ``ENGINES``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


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
class Shape:
    """The pixels of a video and what each second of it costs in US dollars."""

    width: int
    height: int
    dollars_a_second: float


@dataclass(frozen=True)
class Engine:
    """One slug."""

    slug: str
    fields: tuple[Field, ...]
    shape_fields: tuple[str, ...]
    """The fields whose values, together, choose among the ``shapes``."""
    shapes: Mapping[tuple[str, ...], Shape]
    image_field: str | None = None
    """The field that takes the address of a reference image, where there is one."""
    prompt_field: str = "prompt"
    duration_field: str = "duration"


@dataclass(frozen=True)
class Order:
    """What a body asks of an engine, its defaults filled in."""

    slug: str
    body: Mapping[str, Any]
    """As received."""
    prompt: str
    seconds: int
    shape: Shape
    image_url: str

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
        slug=engine.slug,
        body=body,
        prompt=_value(engine, body, engine.prompt_field),
        seconds=int(_value(engine, body, engine.duration_field)),
        shape=engine.shapes[_shape_key(engine, body)],
        image_url=_value(engine, body, engine.image_field) if engine.image_field else "",
    )


def _shape_key(engine: Engine, body: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(_value(engine, body, name) for name in engine.shape_fields)


def _value(engine: Engine, body: Mapping[str, Any], name: str) -> str:
    default = next(field.default for field in engine.fields if field.name == name)
    return str(body.get(name, default))


def _sora(slug: str, shapes: Mapping[str, Shape], default_size: str) -> Engine:
    return Engine(
        slug,
        fields=(
            Field("prompt"),
            Field("duration", ("4", "8", "12"), default="4", types=(str, int)),
            Field("size", tuple(shapes), default=default_size),
            Field("input_reference"),
        ),
        shape_fields=("size",),
        shapes={(size,): shape for size, shape in shapes.items()},
        image_field="input_reference",
    )


ENGINES: Mapping[str, Engine] = {
    engine.slug: engine
    for engine in (
        _sora(
            "sora-2",
            {"720x1280": Shape(720, 1280, 0.10), "1280x720": Shape(1280, 720, 0.10)},
            default_size="720x1280",
        ),
        _sora(
            "sora-2-pro",
            {
                "1280x720": Shape(1280, 720, 0.30),
                "720x1280": Shape(720, 1280, 0.30),
                "1024x1792": Shape(1024, 1792, 0.50),
                "1792x1024": Shape(1792, 1024, 0.50),
            },
            default_size="1280x720",
        ),
    )
}
