"""A model's description, read from ``models.toml``."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, StringConstraints, ValidationError

from bot.errors import ConfigError, UnknownModel

Size = Annotated[str, StringConstraints(pattern=r"^\d{2,5}x\d{2,5}$")]


class Model(BaseModel):
    """One engine that members can choose."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    summary: str
    provider: str
    slug: str
    """The provider's own name for it."""
    durations_seconds: tuple[PositiveInt, ...] = Field(min_length=1)
    """What it can make, in seconds; the first is the default."""
    credits_per_second: Mapping[Size, PositiveInt] = Field(min_length=1)
    """The price by size, width x height in pixels; the first size is the default."""
    usual_wait_seconds: PositiveInt
    """From submit to video, as published; used until the bot has learned better."""
    longest_wait_seconds: PositiveInt
    """After this the job is looked at less often; it is not given up."""

    @property
    def sizes(self) -> tuple[str, ...]:
        """The sizes it can make; the first is the default."""
        return tuple(self.credits_per_second)

    def quote(self, duration_seconds: int, size: str) -> int:
        """Price a video of this model, in credits."""
        return self.credits_per_second[size] * duration_seconds


Catalogue = Mapping[str, Model]
"""The models by name, in the order in which members see them; the first is the default."""


def find_model(catalogue: Catalogue, name: str | None) -> Model:
    """Find a model by name, the default one for None; raise UnknownModel."""
    if name is None:
        return next(iter(catalogue.values()))
    if name not in catalogue:
        raise UnknownModel(name, tuple(catalogue))
    return catalogue[name]


def load_catalogue() -> Catalogue:
    """Read the shipped catalogue; raise ConfigError naming the first mistake."""
    text = files("bot.catalogue").joinpath("models.toml").read_text(encoding="utf-8")
    return parse_catalogue(tomllib.loads(text))


def parse_catalogue(tables: Mapping[str, Any]) -> Catalogue:
    """Check the catalogue's tables; raise ConfigError naming the first mistake."""
    models = {}
    for name, table in tables.items():
        try:
            models[name] = Model.model_validate({"name": name, **table})
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            key = ".".join(["models.toml", name, *map(str, first["loc"])])
            raise ConfigError(key, repr(first["input"]), first["msg"]) from error
    return MappingProxyType(models)
