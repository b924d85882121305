"""How one provider makes a model's videos: which of its fields say what."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    model_validator,
)

from bot.validation import shown_key

SIZE_PATTERN = r"^[1-9][0-9]{1,4}x[1-9][0-9]{1,4}$"
PRICE_TAGS = ("by size", "for all sizes")


def _plain(value: Any) -> Any:
    if not isinstance(value, bool | int | float | str):
        raise ValueError("text, a number, true or false")  # noqa: TRY004 - pydantic wants this one
    return value


def _how_priced(value: Any) -> str:
    return PRICE_TAGS[0] if isinstance(value, Mapping) else PRICE_TAGS[1]


def _names(names: Iterable[str]) -> str:
    """List names of fields, of which one may be a secret in the wrong place."""
    return ", ".join(shown_key([each]) for each in names)


Size = Annotated[str, StringConstraints(pattern=SIZE_PATTERN)]
Name = Annotated[str, StringConstraints(min_length=1)]
Value = Annotated[Any, AfterValidator(_plain)]
Seconds = Annotated[int, Field(ge=1, le=3600)]
Credits = Annotated[int, Field(ge=0, le=100_000)]
Prices = Annotated[
    Annotated[Mapping[Size, Credits], Tag(PRICE_TAGS[0])] | Annotated[Credits, Tag(PRICE_TAGS[1])],
    Discriminator(_how_priced),
]
"""Credits a second, by size or one figure for all sizes; 0: it costs nothing."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DurationField(_Table):
    """Where the seconds go."""

    field: Name = "duration"
    type: Literal["integer", "string"]
    values: Annotated[tuple[Seconds, ...], Field(min_length=1)] | None = None
    """The seconds that this provider takes; None: all of the model's."""


class SizeField(_Table):
    """Where the size goes: as it is into one field, or as other values into several."""

    field: Name | None = None
    """Takes the size as width x height; None: see ``values``."""
    values: Annotated[Mapping[Size, Mapping[Name, Value]], Field(min_length=1)] | None = None
    """For each size that this provider takes, the fields that ask for it."""

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.field is None) == (self.values is None):
            raise ValueError("either field or values")
        return self

    @property
    def fields(self) -> frozenset[str]:
        """Name the fields that ask for a size."""
        if self.values is None:
            return frozenset({self.field} if self.field else ())
        return frozenset(name for fields in self.values.values() for name in fields)


class ImageField(_Table):
    """Where the address of the first picture goes."""

    field: Name
    required: bool = False
    """No video without a picture."""
    exact: bool = True
    """The picture's pixels must be just those of the size."""
    slug: Name | None = None
    """The provider's name for the model when it starts from a picture; None: the same."""
    omit: tuple[Name, ...] = ()
    """Fields that are not sent with a picture."""


class Offer(_Table):
    """A model as one provider serves it."""

    provider: Literal["segmind", "segmind-v1", "aimlapi"]
    slug: Name
    """The provider's own name for the model."""
    prompt_field: Name = "prompt"
    duration: DurationField
    size: SizeField | None = None
    """None: the picture's shape is the video's."""
    image: ImageField | None = None
    """None: it starts from words alone."""
    extra: Mapping[Name, Value] = Field(default_factory=dict)
    """Fields that are always sent: defaults that cost money, and what the bot relies on."""
    credits_per_second: Prices | None = None
    """The price, where it is another than the model's."""

    @model_validator(mode="after")
    def _has_a_shape(self) -> Self:
        if self.size is None and not (self.image and self.image.required):
            raise ValueError("size, or an image that is required and tells the shape")
        return self

    @model_validator(mode="after")
    def _names_each_field_once(self) -> Self:
        sent = [self.prompt_field, self.duration.field, *self.extra]
        sent += (self.size and self.size.fields) or ()
        filled = [*sent, self.image.field] if self.image else sent
        if twice := [name for name, times in Counter(filled).items() if times > 1]:
            raise ValueError(f"each field for one thing only, not {_names(twice)} for two")
        unknown = set(self.image.omit if self.image else ()) - set(sent)
        if unknown:
            raise ValueError(f"image.omit with fields that are sent, not {_names(unknown)}")
        return self

    def check_against(self, durations_seconds: Sequence[int], sizes: Sequence[str]) -> None:
        """Raise ValueError where the offer names what the model does not have."""
        for each in self.duration.values or ():
            if each not in durations_seconds:
                has = ", ".join(map(str, durations_seconds))
                raise ValueError(f"offers of {has} seconds, not of {each}")
        for size in (self.size and self.size.values) or ():
            if size not in sizes:
                raise ValueError(f"offers of the sizes {', '.join(sizes)}, not of {size}")
        prices, made = self.credits_per_second, self.sizes_of(sizes)
        if isinstance(prices, Mapping) and set(prices) != set(made):
            raise ValueError(f"offers with credits_per_second for each of {', '.join(made)}")

    def sizes_of(self, sizes: Sequence[str]) -> Sequence[str]:
        """List which of the model's sizes this provider makes."""
        taken = self.size and self.size.values
        return [size for size in sizes if not taken or size in taken]

    def makes(self, duration_seconds: int, size: str, *, pictured: bool) -> bool:
        """Tell whether this provider makes such a video of what the model has."""
        if pictured and self.image is None:
            return False
        if not pictured and self.image is not None and self.image.required:
            return False
        durations, sizes = self.duration.values, self.size and self.size.values
        return (durations is None or duration_seconds in durations) and (
            sizes is None or size in sizes
        )

    def slug_for(self, *, pictured: bool) -> str:
        """Name the model to the provider."""
        return (self.image.slug if pictured and self.image else None) or self.slug
