"""What can be had, and what of it comes nearest to a wish: pure."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from bot.catalogue.menus import Dish, Menu, default_model
from bot.catalogue.models import Model
from bot.errors import Suggestion

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


def alternatives(menu: Menu, wish: Wish) -> tuple[Suggestion, ...]:
    """List what each model has that is nearest to a wish: the wish's own first, then by nearness.

    Of those that are as near, what its maker has ended comes last, and the cheaper first; only what
    can be had now.
    """
    able = [dish for dish in menu.values() if any(made_of(dish, pictured=wish.pictured))]
    found = [choice_of(dish, *_nearest(dish, wish)[0], pictured=wish.pictured) for dish in able]
    near = _nearness(menu, wish)

    def order(each: Suggestion) -> tuple[bool, tuple[float, int], bool, int]:
        ended = menu[each.model].model.discontinued
        return each.model != wish.model, near(each), ended, each.price

    return tuple(sorted(found, key=order))


def instead(menu: Menu, dish: Dish, wish: Wish) -> tuple[Suggestion, ...]:
    """List what can be had where a model lacks a value: the nearest of its own, then just that.

    Of a length that it lacks, the two nearest. "Just that" is what other models make that is all
    that was asked for, in the menu's order; behind it comes what changes one thing.
    """
    pictured, asked = wish.pictured, wanted_of(dish.model, wish)
    first, *rest = [choice_of(dish, *each, pictured=pictured) for each in _nearest(dish, wish)]
    lengths = [each for each in rest if each.size == asked[1]]
    sizes = [each for each in rest if each.duration_seconds == asked[0]]
    others = [
        choice_of(other, *asked, pictured=pictured)
        for other in menu.values()
        if other is not dish and asked in made_of(other, pictured=pictured)
    ]
    return (first, *lengths[:1], *others, *lengths[1:], *sizes)


def once_served(dish: Dish, wish: Wish) -> Suggestion | None:
    """Price just a wish, also where who makes it is paused; None: nobody makes it."""
    asked = wanted_of(dish.model, wish)
    for each in (dish, Dish(dish.model, dish.served)):
        if asked in made_of(each, pictured=wish.pictured):
            return choice_of(each, *asked, pictured=wish.pictured)
    return None


def affordable(menu: Menu, wish: Wish, most_credits: int) -> tuple[Suggestion, ...]:
    """List what is no dearer than ``most_credits``, the nearest first.

    Just the wish by another model, the longest by its own that is no longer than was asked for,
    and the cheapest of all.
    """
    dish = _named(menu, wish)
    if dish is None:
        return ()
    seconds, size = wanted_of(dish.model, wish)
    near = _nearness(menu, wish)
    fitting = [each for each in _everything(menu, wish) if each.price <= most_credits]
    just_that = [each for each in fitting if (each.duration_seconds, each.size) == (seconds, size)]
    own = [each for each in fitting if each.model == dish.model.name]
    longest = max(
        (each for each in own if each.duration_seconds <= seconds),
        key=lambda each: (each.duration_seconds, [-part for part in near(each)]),
        default=None,
    )
    cheapest = min(fitting, key=lambda each: (each.price, near(each)), default=None)
    found = (*just_that[:1], longest, cheapest)
    return tuple(dict.fromkeys(each for each in found if each is not None))


def made_of(dish: Dish, *, pictured: bool) -> Iterator[tuple[int, str]]:
    """List the seconds and sizes that some provider makes together now."""
    return (
        (seconds, size)
        for size in dish.model.sizes
        for seconds in dish.model.durations_seconds
        if any(offer.makes(seconds, size, pictured=pictured) for offer in dish.offers)
    )


def wanted_of(model: Model, wish: Wish) -> tuple[int, str]:
    """Fill in the model's usual seconds and size where nothing was said."""
    seconds, size = wish.duration_seconds, wish.size
    return (
        model.durations_seconds[0] if seconds is None else seconds,
        model.sizes[0] if size is None else size,
    )


def choice_of(dish: Dish, seconds: int, size: str, *, pictured: bool) -> Suggestion:
    """Price what a model makes now."""
    model = dish.model
    offer = next(o for o in dish.offers if o.makes(seconds, size, pictured=pictured))
    return Suggestion(model.name, model.title, seconds, size, model.quote(seconds, size, offer))


def by_pixels(size: str) -> tuple[int, int]:
    """Order sizes: by their pixels, the upright one before the wide one."""
    width, height = _pixels(size) or (0, 0)
    return width * height, width


def _named(menu: Menu, wish: Wish) -> Dish | None:
    """Find the model that is wished for, or the usual one; None where nothing is served."""
    usual = default_model(menu)
    return menu.get(wish.model or "") or (menu[usual.name] if usual else None)


def _everything(menu: Menu, wish: Wish) -> Iterator[Suggestion]:
    for dish in menu.values():
        for made in made_of(dish, pictured=wish.pictured):
            yield choice_of(dish, *made, pictured=wish.pictured)


def _nearest(dish: Dish, wish: Wish) -> list[tuple[int, str]]:
    """Order what a model has by how near it is to the wish: the shape first, then the length."""
    seconds, size = wanted_of(dish.model, wish)

    def near(made: tuple[int, str]) -> tuple[float, int]:
        return _distance(made[1], size), abs(made[0] - seconds)

    return sorted(made_of(dish, pictured=wish.pictured), key=near)


def _nearness(menu: Menu, wish: Wish) -> Callable[[Suggestion], tuple[float, int]]:
    """Tell how to measure how far something is from a wish: the shape first, then the length."""
    dish = _named(menu, wish)
    seconds, size = (0, "") if dish is None else wanted_of(dish.model, wish)

    def near(offered: Suggestion) -> tuple[float, int]:
        return _distance(offered.size, size), abs(offered.duration_seconds - seconds)

    return near


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
