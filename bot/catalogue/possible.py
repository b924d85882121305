"""What can still be chosen while an order is being put together, with the price of each. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.catalogue.choices import Wish
from bot.catalogue.menus import Dish, Menu, default_model

Option = Literal["model", "duration", "size"]
Allows = Callable[[str, int, str], bool]
"""Tells whether the rules for a member let a model, seconds and a size through."""


@dataclass(frozen=True)
class Video:
    """One that could be ordered."""

    dish: Dish
    seconds: int
    size: str
    price: int
    """Credits. Where all who make it rest, what they asked before."""
    usual: bool
    """Its model is what is chosen, or what is used where none is."""
    pictured: bool
    """It starts from a picture."""


def possible(menu: Menu, wish: Wish, option: Option, allows: Allows) -> Sequence[Video]:
    """List a video for each value that an option can have beside what the wish says already.

    What was chosen and leaves nothing over does not count. Each video is the first of its value:
    what is ordered where nothing more is said. Lengths are sorted, those of the usual model first.
    """
    found = [video for video in _videos(menu, wish) if _allowed(video, allows)]
    chosen: Sequence[tuple[Option, object]] = (
        ("model", wish.model),
        ("duration", wish.duration_seconds),
        ("size", wish.size),
    )
    for name, value in chosen:
        if name != option and value is not None:
            found = [video for video in found if _value(video, name) == value] or found
    found.sort(key=lambda video: not video.usual and option != "model")
    firsts: dict[str | int, Video] = {}
    for video in found:
        firsts.setdefault(_value(video, option), video)
    if option != "duration":
        return list(firsts.values())
    return sorted(firsts.values(), key=lambda video: (not video.usual, video.seconds))


def model_named(menu: Menu, text: str | None) -> str | None:
    """Find the model that somebody typed, by its title as well; what is none stays as it is."""
    wanted = (text or "").strip().casefold()
    for name, dish in menu.items():
        if wanted in {name, dish.model.title.casefold()}:
            return name
    return text


def _value(video: Video, option: Option) -> str | int:
    match option:
        case "model":
            return video.dish.model.name
        case "duration":
            return video.seconds
        case "size":
            return video.size


def _allowed(video: Video, allows: Allows) -> bool:
    return allows(video.dish.model.name, video.seconds, video.size)


def _videos(menu: Menu, wish: Wish) -> Iterator[Video]:
    """List all videos in the catalogue's order, those that need a picture as if there were one."""
    usual = default_model(menu)
    name = wish.model if wish.model in menu else usual and usual.name
    for dish in menu.values():
        pictured = wish.pictured or not dish.from_words
        offers = dish.offers or dish.served
        for size in dish.model.sizes:
            for seconds in dish.model.durations_seconds:
                offer = next((o for o in offers if o.makes(seconds, size, pictured=pictured)), None)
                if offer is not None:
                    price = dish.model.quote(seconds, size, offer)
                    yield Video(dish, seconds, size, price, dish.model.name == name, pictured)
