"""The choices of /sora create's options, each with its price, by what was typed."""

from collections.abc import Sequence

from discord import app_commands

from bot.catalogue.possible import Video
from bot.presentation.text import plain_line, price_text

MOST_CHOICES = 25
MOST_IN_CHOICE = 100
"""Choices, and characters of a choice's name (Discord's documentation)."""
SQUARE_WITHIN = 1.05


def model_choices(videos: Sequence[Video], typed: str) -> list[app_commands.Choice[str]]:
    """Offer models whose name has what was typed, with what the shortest order costs."""
    wanted = typed.strip().casefold()
    return [
        app_commands.Choice(name=_fitting(video.dish.model.title, _model_rest(video)), value=name)
        for video in videos
        if wanted in (name := video.dish.model.name) or wanted in video.dish.model.title.casefold()
    ][:MOST_CHOICES]


def duration_choices(videos: Sequence[Video], typed: str) -> list[app_commands.Choice[int]]:
    """Offer lengths; where one was typed, those that begin so, then the nearest."""
    digits = typed.strip().removesuffix("s").strip()
    ordered = list(videos)
    if digits.isascii() and digits.isdecimal() and len(digits) < 6:  # noqa: PLR2004 - no length has more
        wanted = int(digits)
        ordered.sort(
            key=lambda video: (
                video.seconds != wanted,
                not str(video.seconds).startswith(digits),
                abs(video.seconds - wanted),
            )
        )
    return [
        app_commands.Choice(
            name=_fitting(f"{video.seconds} second{'s' * (video.seconds != 1)}", _rest(video)),
            value=video.seconds,
        )
        for video in ordered
    ][:MOST_CHOICES]


def size_choices(videos: Sequence[Video], typed: str) -> list[app_commands.Choice[str]]:
    """Offer sizes with their shape in words; what was typed may be of either."""
    wanted = typed.strip().casefold()
    named = [(f"{video.size} {shape_word(video.size)}", video) for video in videos]
    fits = [(name, video) for name, video in named if wanted in name]
    # What is not to be had: all that is, rather than an empty list.
    return [
        app_commands.Choice(name=_fitting(name, _rest(video)), value=video.size)
        for name, video in fits or named
    ][:MOST_CHOICES]


def shape_word(size: str) -> str:
    """Name a size's shape: wide, upright or square."""
    width, height = map(int, size.split("x"))
    if max(width, height) <= SQUARE_WITHIN * min(width, height):
        return "square"
    return "wide" if width > height else "upright"


def _model_rest(video: Video) -> str:
    paused = "" if video.dish.offers else " (paused)"
    picture = "" if video.dish.from_words else " from a picture"
    return f"{paused} · {video.seconds} s{picture} for {price_text(video.price)}"


def _rest(video: Video) -> str:
    """Say the price and, where it is not the model that is used, by which it is made."""
    paused = "" if video.dish.offers else " (paused)"
    model = "" if video.usual else f" with {plain_line(video.dish.model.title, 30)}"
    return f"{paused} · {price_text(video.price)}{model}"


def _fitting(name: str, rest: str) -> str:
    return plain_line(name, MOST_IN_CHOICE - len(rest)) + rest
