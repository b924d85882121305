"""What a made-up moderation refuses, and in which words."""

from collections.abc import Mapping
from typing import Literal

Part = Literal["prompt", "image", "video"]
"""What of a generation a moderation can refuse."""

FORBIDDEN_WORDS: Mapping[Part, str] = {
    "prompt": "[forbidden]",
    "image": "[forbidden image]",
    "video": "[forbidden video]",
}
"""A prompt that contains one of them has this part of its generation refused."""
FORBIDDEN_WORD = FORBIDDEN_WORDS["prompt"]

MODERATION_TEXTS: Mapping[Part, tuple[str, ...]] = {
    "prompt": (
        "The prompt was stopped by our content moderation",
        "Your prompt violates the content policy of this model",
        "Input text flagged: prohibited content",
    ),
    "image": (
        "The input image was stopped by our content moderation",
        "The reference picture violates the safety rules: it shows a real person",
        "Image rejected, flagged as sensitive content",
    ),
    "video": (
        "The generated video was stopped by our content moderation",
        "The output was filtered out because it may violate the content policy",
        "Result withheld: the video was flagged by the safety check",
    ),
}
"""Wordings, all invented; the first of each is what a forbidden word leads to.

The rest are for plans that fail.
"""


def objection_to(prompt: str) -> str | None:
    """Tell why the moderation refuses a generation; None where it lets it pass."""
    for part, word in FORBIDDEN_WORDS.items():
        if word in prompt:
            return MODERATION_TEXTS[part][0]
    return None
