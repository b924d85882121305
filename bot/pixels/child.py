"""Do one thing to a picture in a process of its own, and print how it ended, as JSON.

A fault of a decoder ends this process and not the bot, and its memory is the system's again.
"""

import json
from pathlib import Path

from PIL import PngImagePlugin

from bot.errors import PictureRefused, StorageError
from bot.pixels.image import clean, fit_to, shrink
from bot.pixels.mend import MAX_PROFILE_BYTES


def main(action: str, source: str, target: str, *arguments: str) -> None:
    """Print ``{}``, or ``{"fault": ..., "limit": ...}``, or ``{"trouble": ...}``."""
    # The notes are gone by then: it holds for colour profiles alone.
    PngImagePlugin.MAX_TEXT_CHUNK = MAX_PROFILE_BYTES
    told: dict[str, object] = {}
    try:
        _do(action, Path(source), Path(target), arguments)
    except PictureRefused as refused:
        told = {"fault": refused.fault, "limit": refused.limit}
    except StorageError as error:
        told = {"trouble": type(error).__name__}
    print(json.dumps(told))  # noqa: T201 - that is what it is for


def _do(action: str, source: Path, target: Path, arguments: tuple[str, ...]) -> None:
    match action:
        case "clean":
            clean(source, target)
        case "fit":
            width, height, how = arguments
            fit_to(source, target, int(width), int(height), whole=how == "contain")
        case "shrink":
            shrink(source, target)
        case _:
            raise ValueError(action)
