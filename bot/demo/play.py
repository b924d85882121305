"""What is played: one member's command."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.catalogue import default_model, load_catalogue
from bot.demo.stage import PROVIDERS
from bot.jobs.supply import make_menu

USUAL_SIZE = "1280x720"
"""Of a video, where the model has it: it fits a screen."""


class DemoFailed(Exception):
    """The play did not end as it should; the text says where."""


@dataclass(frozen=True)
class Play:
    """What the member asks for."""

    prompt: str
    duration: int
    size: str
    model: str
    provider: str
    """Who makes it."""
    image: Path | None = None

    def options(self) -> Mapping[str, Any]:
        """Name the command's options."""
        said = {name: value for name, value in vars(self).items() if value is not None}
        del said["provider"]
        return said


def plan_play(
    prompt: str, model: str | None, duration: int | None, size: str | None, image: Path | None
) -> Play:
    """Fill in what was not said as the bot does; raise DemoFailed for no such model."""
    catalogue = load_catalogue()
    if model is None:
        usual = default_model(make_menu(catalogue, PROVIDERS, (), {}))
        if usual is None:
            raise DemoFailed("the catalogue is empty")
        model = usual.name
    if model not in catalogue:
        raise DemoFailed(f"there is no model {model}, but {', '.join(catalogue)}")
    chosen = catalogue[model]
    makers = [offer.provider for offer in chosen.offers]
    return Play(
        prompt,
        duration or chosen.durations_seconds[0],
        size or (USUAL_SIZE if USUAL_SIZE in chosen.sizes else chosen.sizes[0]),
        model,
        next(name for name in PROVIDERS if name in makers),
        image,
    )
