"""From what a member typed to an order that a provider can fill, or a refusal that helps."""

import unicodedata
from dataclasses import dataclass

from bot.catalogue.models import Catalogue, Model, find_model
from bot.errors import OptionUnavailable, PromptEmpty, PromptTooLong

PROMPT_LIMIT = 4000
"""Characters. Discord lets 6,000 through; an embed can show 4,096."""


@dataclass(frozen=True)
class Order:
    """A video that can be made as described, with its price in credits."""

    model: Model
    prompt: str
    """Exactly as typed."""
    duration_seconds: int
    size: str
    price: int


def place_order(
    catalogue: Catalogue,
    prompt: str,
    model_name: str | None = None,
    duration_seconds: int | None = None,
    size: str | None = None,
) -> Order:
    """Check what was asked for and price it.

    Raises PromptEmpty, PromptTooLong, UnknownModel or OptionUnavailable.
    """
    _check_prompt(prompt)
    model = find_model(catalogue, model_name)
    if duration_seconds is None:
        duration_seconds = model.durations_seconds[0]
    if size is None:
        size = model.sizes[0]
    if duration_seconds not in model.durations_seconds:
        raise OptionUnavailable(
            model.name,
            "duration",
            f"{duration_seconds} s",
            tuple(f"{each} s" for each in model.durations_seconds),
            tuple(m.name for m in catalogue.values() if duration_seconds in m.durations_seconds),
        )
    if size not in model.sizes:
        raise OptionUnavailable(
            model.name,
            "size",
            size,
            model.sizes,
            tuple(m.name for m in catalogue.values() if size in m.sizes),
        )
    return Order(model, prompt, duration_seconds, size, model.quote(duration_seconds, size))


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
