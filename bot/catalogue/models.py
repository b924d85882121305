"""A model's description, read from ``models.toml`` and from the operator's own tables."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PositiveInt,
    StringConstraints,
    ValidationError,
    model_validator,
)

from bot.catalogue.mistakes import SHIPPED, mistakes_in
from bot.catalogue.offers import DurationField, ImageField, Offer, Prices, Seconds, Size, SizeField
from bot.errors import ConfigError, ConfigErrors
from bot.validation import shown_key

DEFAULT_DEADLINE_SECONDS = 24 * 3600
"""The last deadline of a job, unless its model has another."""

NAME_PATTERN = r"^[a-z0-9][a-z0-9._-]{0,39}$"

T = TypeVar("T")


def _each_once(values: tuple[T, ...]) -> tuple[T, ...]:
    if len(set(values)) < len(values):
        raise ValueError("a list with each value once")
    return values


ModelName = Annotated[str, StringConstraints(pattern=NAME_PATTERN)]


class Model(BaseModel):
    """One engine that members can choose."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: ModelName
    title: Annotated[str, StringConstraints(min_length=1, max_length=60)]
    summary: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    durations_seconds: Annotated[tuple[Seconds, ...], AfterValidator(_each_once)] = Field(
        min_length=1
    )
    """What it can make, in seconds; the first is the default."""
    sizes: Annotated[tuple[Size, ...], AfterValidator(_each_once)] = Field(min_length=1)
    """Width x height in pixels; the first is the default."""
    credits_per_second: Prices | None = None
    """The price, by size or for all sizes; None: not known."""
    estimated_credits_per_second: Prices | None = None
    """What counts while the price is not known; without either the model is off."""
    usual_wait_seconds: PositiveInt | None = None
    """From submit to video, as published; None: not known until the bot has learned it."""
    longest_wait_seconds: PositiveInt
    """After this the job is looked at less often, and an admin may end it."""
    last_deadline_seconds: PositiveInt = DEFAULT_DEADLINE_SECONDS
    """After this a job that its provider does not end is given up; see ``deadline_seconds``."""
    retired: bool = False
    """Not offered any more; what was made with it keeps its name."""
    discontinued: bool = False
    """Ended by its maker, though resellers may still serve it; see ``default_model``."""
    offers: tuple[Offer, ...] = Field(min_length=1)
    """The providers that serve it, in the order in which they are asked."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        prices = self._prices
        if isinstance(prices, Mapping) and set(prices) != set(self.sizes):
            raise ValueError(f"credits_per_second with a price for each of {', '.join(self.sizes)}")
        providers = [offer.provider for offer in self.offers]
        if len(providers) != len(set(providers)):
            raise ValueError("each provider once among the offers")
        for offer in self.offers:
            offer.check_against(self.durations_seconds, self.sizes)
        return self

    @property
    def deadline_seconds(self) -> int:
        """So long after the submit a job is given up: never before its longest wait."""
        return max(self.last_deadline_seconds, self.longest_wait_seconds)

    def price_per_second(self, size: str, offer: Offer) -> int | None:
        """Tell what a second costs, in credits, from this provider; None: not known."""
        own = offer.credits_per_second
        prices = self._prices if own is None else own
        return prices.get(size) if isinstance(prices, Mapping) else prices

    def estimates(self, offer: Offer) -> bool:
        """Tell whether what this provider's videos cost is our estimate."""
        return offer.credits_per_second is None and self.credits_per_second is None

    def quote(self, duration_seconds: int, size: str, offer: Offer) -> int:
        """Price a video that the offer makes, in credits."""
        price = self.price_per_second(size, offer)
        if price is None:
            raise LookupError(f"no price for {self.name} at {size}")
        return price * duration_seconds

    @property
    def _prices(self) -> Prices | None:
        known = self.credits_per_second
        return self.estimated_credits_per_second if known is None else known

    def offer_of(self, provider: str) -> Offer | None:
        """Find what a provider offers; None where it does not."""
        return next((offer for offer in self.offers if offer.provider == provider), None)


KEYS = frozenset(
    key
    for table in (Model, Offer, DurationField, SizeField, ImageField)
    for key in table.model_fields
) - {"name"}
"""Every key that a table of the catalogue can have."""

Catalogue = Mapping[str, Model]
"""The models by name, in the order in which members see them."""


def load_catalogue(own: Mapping[str, Mapping[str, Any]] | None = None) -> Catalogue:
    """Read the shipped catalogue, with the operator's tables laid over it.

    A table of a shipped model's name changes the keys that it has; any other adds a model.
    Raises ConfigErrors naming each mistake of the operator's.
    """
    text = files("bot.catalogue").joinpath(SHIPPED).read_text(encoding="utf-8")
    shipped = tomllib.loads(text)
    own = own or {}
    catalogue: dict[str, Model] = {}
    mistakes: list[ConfigError] = []
    for name in [*shipped, *(each for each in own if each not in shipped)]:
        table = {**shipped.get(name, {}), **own.get(name, {})}
        if "name" in table:
            path = ("models", name, "name")
            allowed = "the name in the section's brackets alone"
            mistakes.append(ConfigError(shown_key(path), "another name", allowed, path=path))
            continue
        try:
            catalogue[name] = Model.model_validate({"name": name, **table})
        except ValidationError as error:
            mistakes += mistakes_in(error, name, KEYS, shipped)
    if mistakes:
        raise ConfigErrors(tuple(mistakes))
    return MappingProxyType(catalogue)
