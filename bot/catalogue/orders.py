"""From what a member typed to an order that a provider can fill, or a refusal that helps."""

import unicodedata
from dataclasses import dataclass
from pathlib import Path

from bot.catalogue.choices import (
    Wish,
    alternatives,
    by_pixels,
    instead,
    made_of,
    once_served,
    wanted_of,
)
from bot.catalogue.menus import Dish, Menu, default_model
from bot.catalogue.models import Model
from bot.catalogue.offers import Offer
from bot.errors import (
    ModelPaused,
    NothingOffered,
    OptionUnavailable,
    PictureRequired,
    PictureUnsupported,
    PromptEmpty,
    PromptTooLong,
    Suggestion,
    UnknownModel,
)

PROMPT_LIMIT = 4000
"""Characters. Discord lets 6,000 through; an embed can show 4,096."""


@dataclass(frozen=True)
class Order:
    """A video that can be made as described, with its price in credits."""

    model: Model
    offer: Offer
    prompt: str
    """Exactly as typed."""
    duration_seconds: int
    size: str
    price: int
    picture: Path | None = None
    """The picture that the video starts from, in the size's pixels."""

    @property
    def choice(self) -> Suggestion:
        """Tell what is ordered and its price, as a button offers it."""
        model = self.model
        return Suggestion(model.name, model.title, self.duration_seconds, self.size, self.price)


def place_order(menu: Menu, wish: Wish) -> Order:
    """Check what was asked for and price it.

    Raises PromptEmpty, PromptTooLong, UnknownModel, NothingOffered, ModelPaused,
    PictureRequired, PictureUnsupported or OptionUnavailable.
    """
    _check_prompt(wish.prompt)
    dish = _find(menu, wish.model)
    model = dish.model
    if not dish.offers:
        nearest = alternatives(menu, wish)
        again = once_served(dish, wish)
        raise ModelPaused(nearest, model.title, dish.paused_until, dish.pause_reason, again)
    _check_picture(menu, dish, wish)
    _check_options(menu, dish, wish)
    seconds, size = wanted_of(model, wish)
    offer = next(o for o in dish.offers if o.makes(seconds, size, pictured=wish.pictured))
    return Order(model, offer, wish.prompt, seconds, size, model.quote(seconds, size, offer))


def free_models(menu: Menu) -> tuple[str, ...]:
    """Name the models of which something can be had now that costs nothing."""
    return tuple(
        name
        for name, dish in menu.items()
        if any(
            dish.model.price_per_second(s, o) == 0 for o in dish.offers for s in dish.model.sizes
        )
    )


def _find(menu: Menu, name: str | None) -> Dish:
    usual = default_model(menu)
    if usual is None:
        raise NothingOffered
    if name is None:
        return menu[usual.name]
    if name not in menu:
        raise UnknownModel(name, tuple(menu))
    return menu[name]


def _check_picture(menu: Menu, dish: Dish, wish: Wish) -> None:
    """Raise PictureRequired or PictureUnsupported where the model wants the other."""
    model, images = dish.model, [offer.image for offer in dish.offers]
    if wish.pictured and not any(images):
        raise PictureUnsupported(alternatives(menu, wish), model.title)
    if not wish.pictured and all(image is not None and image.required for image in images):
        raise PictureRequired(alternatives(menu, wish), model.title)


def _check_options(menu: Menu, dish: Dish, wish: Wish) -> None:
    """Raise OptionUnavailable for what the model lacks, with the nearest that can be had."""
    model, made = dish.model, set(made_of(dish, pictured=wish.pictured))
    seconds, size = wanted_of(model, wish)
    if (seconds, size) in made:
        return
    lengths = sorted({each for each, _ in made})
    sizes = sorted({each for _, each in made}, key=by_pixels)
    nearest = instead(menu, dish, wish)
    if seconds not in lengths:
        allowed = tuple(map(str, lengths))
        raise OptionUnavailable(nearest, model.title, "duration", str(seconds), allowed)
    allowed = tuple(each for each in sizes if (seconds, each) in made)
    of_seconds = seconds if size in sizes else None
    raise OptionUnavailable(nearest, model.title, "size", size, allowed, of_seconds)


def _check_prompt(prompt: str) -> None:
    if len(prompt) > PROMPT_LIMIT:
        raise PromptTooLong(len(prompt), PROMPT_LIMIT)
    if not any(_is_visible(character) for character in prompt):
        raise PromptEmpty


def _is_visible(character: str) -> bool:
    category = unicodedata.category(character)
    if category == "Cn":
        # Newer than Python's tables: emoji and scripts, up to where the invisible tags begin.
        return "\U00010000" <= character < "\U000e0000"
    # C: control and format (zero-width, bidi); M: marks, which need a letter to stand on;
    # Z: separators. The others are blank though their category says otherwise.
    return category[0] not in "CMZ" and character not in "\u115f\u1160\u2800\u3164\uffa0"
