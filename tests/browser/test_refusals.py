"""Every refusal on the page, at a desk's width and at a phone's: whole, and with what helps."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import discord
import pytest
from playwright.async_api import Page, expect

from bot.errors import (
    BotError,
    BotLacksPermissions,
    ModelPaused,
    NotForYourRoles,
    Offering,
    OptionUnavailable,
    PausedByOperator,
    PictureFault,
    PictureRefused,
    PriceChanged,
    Suggestion,
    UnknownModel,
    UnknownZone,
)
from bot.jobs.states import Failure, State
from bot.presentation.buttons import job_buttons, nearest_buttons, way_out
from bot.presentation.job_embed import job_embed
from bot.presentation.refusals import explain
from tests.browser.readable import SIZES, assert_readable
from tests.browser.watcher import Watcher
from tests.sandbox.chat.conftest import Scene
from tests.sandbox.discord.raw import Rest
from tests.unit.samples import NOW, job_in, menu_of, view_of
from tests.unit.test_errors import SAMPLES

pytestmark = pytest.mark.slow  # a browser for each

All = Callable[[], Iterator[tuple[str, dict[str, Any]]]]
LONG_WORD = "Donaudampfschifffahrtsgesellschaft" * 3
OFFERED = (
    Suggestion("sora-2-pro", "Sora 2 Pro", 12, "1792x1024", 1234),
    Suggestion(
        "hailuo-02-fast", "A title that an operator wrote and that is very long", 8, "1x1", 0
    ),
    Suggestion("sora-2", "Sora 2", 8, "1280x720", 80),
)
LONG: Sequence[BotError] = (
    UnknownModel(LONG_WORD, tuple(menu_of())),
    UnknownZone(LONG_WORD),
    NotForYourRoles("model", LONG_WORD, (LONG_WORD, LONG_WORD), OFFERED),
    OptionUnavailable(OFFERED, "Sora 2", "size", LONG_WORD, ("720x1280", "1280x720"), 12),
    PausedByOperator("model", LONG_WORD, LONG_WORD),
    ModelPaused(OFFERED, "Sora 2 Pro", None, LONG_WORD, OFFERED[0]),
    BotLacksPermissions(("attach_files", "embed_links", "send_messages_in_threads")),
    *[PictureRefused(fault, 25_000_000) for fault in PictureFault],
)
"""Refusals with what people typed, at its longest, and with every button that there may be."""


def refusals() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each refusal as the bot sends it, by a name."""
    for error in [*[error for error, _ in SAMPLES.values()], *LONG]:
        offered = error.suggestions if isinstance(error, Offering) else ()
        view: discord.ui.View | None = way_out(error)
        if offered:
            view = nearest_buttons(7, offered, getattr(error, "again", None))
        elif isinstance(error, PriceChanged):
            view = nearest_buttons(7, (error.suggestion,))
        components = [] if view is None else view.to_components()
        yield type(error).__name__, {"content": explain(error), "components": components}


def failures() -> Iterator[tuple[str, dict[str, Any]]]:
    """Give the message of a job that came to nothing, for each reason."""
    menu = menu_of()
    for failure in Failure:
        job = replace(job_in(State.FAILED), failure=failure, prompt=f"a cat on a {LONG_WORD}")
        view = view_of(job)
        buttons = job_buttons(view, menu)
        yield (
            failure.value,
            {
                "embeds": [job_embed(view, NOW).to_dict()],
                "components": [] if buttons is None else buttons.to_components(),
            },
        )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("all_of", [refusals, failures])
async def test_each_fits(
    scene: Scene, rest: Rest, watcher: Watcher, page: Page, all_of: All, size: str
) -> None:
    """Its words wrap, its buttons are within the width, and the page does not scroll sideways."""
    scene.discord.limits.enabled = False
    await watcher.open(scene.page.url)
    path = f"/channels/{scene.channel.id}/messages"
    for number, (name, body) in enumerate(all_of()):
        answer = await rest("POST", path, body)
        assert answer.status == 200, json.dumps(answer.body)
        await expect(page.locator(".message")).to_have_count(number + 1)
        await assert_readable(page, watcher.last, f"{number:02}-{name}", size)
