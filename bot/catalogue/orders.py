"""From what a member typed to an order that a provider can fill, or a refusal that helps."""

import itertools
import math
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

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
MOST_DIGITS = 5
"""Of a side in pixels."""


@dataclass(frozen=True)
class Wish:
    """What a member asks for; None: whatever is usual."""

    prompt: str
    """Exactly as typed."""
    model: str | None = None
    duration_seconds: int | None = None
    size: str | None = None
    pictured: bool = False
    """It is to start from a picture."""


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


def place_order(menu: Menu, wish: Wish) -> Order:
    """Check what was asked for and price it.

    Raises PromptEmpty, PromptTooLong, UnknownModel, NothingOffered, ModelPaused,
    PictureRequired, PictureUnsupported or OptionUnavailable.
    """
    _check_prompt(wish.prompt)
    dish = _find(menu, wish.model)
    model = dish.model
    if not dish.offers:
        nearest = _suggest(menu, wish)
        raise ModelPaused(nearest, model.title, dish.paused_until, dish.pause_reason)
    _check_picture(menu, dish, wish)
    _check_options(menu, dish, wish)
    seconds, size = _wanted(model, wish)
    offer = next(o for o in dish.offers if o.makes(seconds, size, pictured=wish.pictured))
    return Order(model, offer, wish.prompt, seconds, size, model.quote(seconds, size, offer))


def alternatives(menu: Menu, wish: Wish, most: int) -> Sequence[Suggestion]:
    """List the nearest to a wish that can be had now: by the same model first, then by others."""
    names = sorted(menu, key=lambda name: name != wish.model)  # stable: the menu's order
    able = (menu[name] for name in names if any(_made(menu[name], pictured=wish.pictured)))
    return [_nearest(dish, wish) for dish in itertools.islice(able, most)]


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
        raise PictureUnsupported(_suggest(menu, wish), model.title)
    if not wish.pictured and all(image is not None and image.required for image in images):
        raise PictureRequired(_suggest(menu, wish), model.title)


def _check_options(menu: Menu, dish: Dish, wish: Wish) -> None:
    """Raise OptionUnavailable for what the model lacks, with the nearest that it has."""
    model, made = dish.model, list(_made(dish, pictured=wish.pictured))
    seconds, size = _wanted(model, wish)
    if (seconds, size) in made:
        return
    nearest = _nearest(dish, wish)
    has_seconds = tuple(s for s in model.durations_seconds if s in {each for each, _ in made})
    has_sizes = tuple(s for s in model.sizes if s in {each for _, each in made})
    if seconds not in has_seconds:
        option, value, allowed = "duration", f"{seconds} s", tuple(f"{s} s" for s in has_seconds)
        served_by = _served_by(menu, wish, lambda other_seconds, _: other_seconds == seconds)
    else:
        option, value = "size", size
        allowed = tuple(s for s in has_sizes if (seconds, s) in made)
        served_by = _served_by(menu, wish, lambda _, other_size: other_size == size)
    others = tuple(name for name in served_by if name != model.name)
    raise OptionUnavailable(nearest, model.name, option, value, allowed, others)


def _wanted(model: Model, wish: Wish) -> tuple[int, str]:
    """Fill in the model's usual seconds and size where nothing was said."""
    seconds, size = wish.duration_seconds, wish.size
    return (
        model.durations_seconds[0] if seconds is None else seconds,
        model.sizes[0] if size is None else size,
    )


def _served_by(menu: Menu, wish: Wish, has: Callable[[int, str], bool]) -> list[str]:
    """Name the models that make such a video now."""
    return [
        name
        for name, dish in menu.items()
        if any(has(*made) for made in _made(dish, pictured=wish.pictured))
    ]


def _suggest(menu: Menu, wish: Wish) -> Suggestion | None:
    """Find the first model that makes such videos, and the nearest that it has."""
    return next(iter(alternatives(menu, wish, 1)), None)


def _nearest(dish: Dish, wish: Wish) -> Suggestion:
    """Find what a model has that is nearest to the wish: the shape first, then the length."""
    model = dish.model
    seconds, size = _wanted(model, wish)
    found_seconds, found_size = min(
        _made(dish, pictured=wish.pictured),
        key=lambda made: (_distance(made[1], size), abs(made[0] - seconds)),
    )
    offer = next(
        o for o in dish.offers if o.makes(found_seconds, found_size, pictured=wish.pictured)
    )
    price = model.quote(found_seconds, found_size, offer)
    return Suggestion(model.name, model.title, found_seconds, found_size, price)


def _made(dish: Dish, *, pictured: bool) -> Iterable[tuple[int, str]]:
    """List the seconds and sizes that some provider makes together."""
    return (
        (seconds, size)
        for size in dish.model.sizes
        for seconds in dish.model.durations_seconds
        if any(offer.makes(seconds, size, pictured=pictured) for offer in dish.offers)
    )


def _distance(size: str, wanted: str) -> float:
    """Tell how far one size is from another: the shape counts more than the pixels."""
    this, other = _pixels(size), _pixels(wanted)
    if this is None or other is None:
        return 0.0
    shape = abs(math.log(this[0] / this[1]) - math.log(other[0] / other[1]))
    return 10 * shape + abs(math.log(this[0] * this[1]) - math.log(other[0] * other[1]))


def _pixels(size: str) -> tuple[int, int] | None:
    """Read a size: width and height. None where it is none: a client can send any text."""
    sides = [side for side in size.split("x") if side.isdecimal() and len(side) <= MOST_DIGITS]
    width, height = map(int, sides) if len(sides) == 2 else (0, 0)  # noqa: PLR2004 - width, height
    return (width, height) if width and height else None


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
