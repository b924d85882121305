"""Who can make what, and which model is used where nothing is chosen. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.catalogue.models import Model
from bot.catalogue.offers import Offer

Retired = Collection[tuple[str, str]]
"""Provider and slug of each that its provider no longer serves."""


@dataclass(frozen=True)
class Dish:
    """A model that members can have."""

    model: Model
    served: tuple[Offer, ...]
    """What is served of it, in order, of providers with a key."""
    left_alone: Mapping[str, datetime] = field(default_factory=dict)
    """Until when each provider is that refuses everything."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """Why the operator has paused what each provider makes of it; empty where none was given."""

    @property
    def offers(self) -> tuple[Offer, ...]:
        """What can be used of it now; empty where all of it is paused."""
        return tuple(each for each in self._open if each.provider not in self.left_alone)

    @property
    def paused_until(self) -> datetime | None:
        """When the first of the paused providers is tried again, where there is no other."""
        ends = [self.left_alone[o.provider] for o in self._open if o.provider in self.left_alone]
        return None if self.offers else min(ends, default=None)

    @property
    def pause_reason(self) -> str | None:
        """Why the operator has paused all of it; None: it is not."""
        return None if self._open else self.reasons[self.served[0].provider]

    @property
    def _open(self) -> list[Offer]:
        return [offer for offer in self.served if offer.provider not in self.reasons]

    @property
    def from_words(self) -> bool:
        """Whether it makes videos without a picture, paused or not."""
        return not all(offer.image is not None and offer.image.required for offer in self.served)

    @property
    def first(self) -> Offer:
        """Who would be asked first; where all of it is paused, who was asked before."""
        return (self.offers or self.served)[0]

    def usual_video(self) -> tuple[int, int]:
        """Tell the seconds and the price of what the first offer makes where little is said."""
        seconds, size = next(
            (seconds, size)
            for pictured in (False, True)
            for size in self.model.sizes
            for seconds in self.model.durations_seconds
            if self.first.makes(seconds, size, pictured=pictured)
        )
        return seconds, self.model.quote(seconds, size, self.first)


Menu = Mapping[str, Dish]
"""The models by name that are served, keyed and priced, in the catalogue's order."""


class Absence(StrEnum):
    """Why a model is not on the menu."""

    SWITCHED_OFF = "switched off"
    NO_KEY = "no key"
    NO_PRICE = "no price"
    NOT_SERVED = "not served"


class Why(StrEnum):
    """Why a model is the default."""

    FIRST = "first"
    """The first that is served, keyed and priced."""
    ONLY_PICTURES = "only pictures"
    """No model that starts from words is served."""
    ONLY_DISCONTINUED = "only discontinued"
    """No model that its maker still keeps is served."""


@dataclass(frozen=True)
class DefaultModel:
    """The model of a video for which none was chosen."""

    name: str
    why: Why


def find_served(
    model: Model, keys: Collection[str], retired: Retired
) -> tuple[Offer, ...] | Absence:
    """List what is served of a model, at a price and by providers with a key; or tell why not."""
    if model.retired:
        return Absence.SWITCHED_OFF
    keyed = [offer for offer in model.offers if offer.provider in keys]
    if not keyed:
        return Absence.NO_KEY
    priced = [offer for offer in keyed if _is_priced(model, offer)]
    if not priced:
        return Absence.NO_PRICE
    living = (_living(offer, retired) for offer in priced)
    return tuple(offer for offer in living if offer is not None) or Absence.NOT_SERVED


def default_model(menu: Menu) -> DefaultModel | None:
    """Choose the model of a video for which none was chosen; None where nothing is served.

    The first of the menu, but for those that their makers have ended, and those that need a
    picture. A provider's pause changes nothing: a default that comes and goes would be a surprise
    in price and look.
    """
    if not menu:
        return None
    chosen = min(menu.values(), key=lambda dish: (dish.model.discontinued, not dish.from_words))
    if chosen.model.discontinued:
        return DefaultModel(chosen.model.name, Why.ONLY_DISCONTINUED)
    why = Why.FIRST if chosen.from_words else Why.ONLY_PICTURES
    return DefaultModel(chosen.model.name, why)


def _is_priced(model: Model, offer: Offer) -> bool:
    sizes = offer.sizes_of(model.sizes)
    return not any(model.price_per_second(size, offer) is None for size in sizes)


def _living(offer: Offer, retired: Retired) -> Offer | None:
    """Leave out what is retired: a model may have a name of its own for pictures."""
    image = offer.image
    if image is not None and (offer.provider, image.slug or offer.slug) in retired:
        if image.required:
            return None
        offer, image = offer.model_copy(update={"image": None}), None
    if (offer.provider, offer.slug) not in retired:
        return offer
    if image is None or image.slug is None:
        return None
    return offer.model_copy(update={"image": image.model_copy(update={"required": True})})
