"""After a failure: what can be had instead, as buttons that outlive the bot."""

import re
from typing import Any

import pytest

from bot.jobs.remedy import REWORDED
from bot.jobs.states import Failure, State
from bot.presentation.buttons import AGAIN_ID
from bot.sandbox.discord import Message
from tests.integration.notifier.conftest import PICTURE, Desk, Shown

AGAIN = {
    Failure.PROVIDER_FAILED,
    Failure.UNREACHABLE,
    Failure.GIVEN_UP,
    Failure.ENDED_BY_HAND,
    Failure.WAITED_TOO_LONG,
    Failure.VIDEO_MODERATED,
    Failure.MODEL_RETIRED,
    Failure.KEY_REJECTED,
    Failure.OUT_OF_CREDITS,
    Failure.OUTCOME_UNKNOWN,
    Failure.FORGOTTEN,
    Failure.NO_VIDEO,
    Failure.UNUSABLE_VIDEO,
    Failure.ADDRESS_REFUSED,
    Failure.VIDEO_GONE,
}
"""Ends after which the same may work: by chance, or from another provider."""
OTHERS = {
    Failure.MODERATED,
    Failure.PROMPT_MODERATED,
    Failure.PICTURE_MODERATED,
    Failure.REQUEST_REJECTED,
}
"""Ends after which the same model would end so again."""
OTHER_MODELS = ["wan-2.7", "veo-3.1-fast", "seedance-2.0-fast"]
"""The cheapest that make just such a video from words."""
EDIT = "Edit prompt"


def buttons(message: Message) -> list[dict[str, Any]]:
    """List a message's buttons."""
    return [button for row in message.components for button in row["components"]]


def models(shown: Shown, message: Message) -> list[str]:
    """List the models on a message's buttons; each must be one of this job's."""
    ids = [each["custom_id"] for each in buttons(message) if each["label"] != EDIT]
    matches = [re.fullmatch(AGAIN_ID, each) for each in ids]
    assert all(match is not None and match["job"] == str(shown.id) for match in matches)
    return [match["model"] for match in matches if match is not None]


def assert_nothing_kept(desk: Desk) -> None:
    """Check that the library keeps no view: a thousand failures would fill the memory."""
    store = desk.client._connection._view_store
    assert not store._views
    assert not store._synced_message_views
    assert not store._modals


@pytest.mark.parametrize("failure", list(Failure))
async def test_each_failure_offers_what_may_help(desk: Desk, failure: Failure) -> None:
    """The same once more, another model, or nothing; what was promised is on the button."""
    shown = await desk.show()
    await desk.end(shown, failure)
    await desk.change(shown)
    offered = models(shown, shown.message)
    if failure in AGAIN:
        assert offered == ["sora-2", *OTHER_MODELS[:2]]
    else:
        assert offered == (OTHER_MODELS if failure in OTHERS else [])
    labels = [button["label"] for button in buttons(shown.message)]
    assert (EDIT in labels) == (failure in REWORDED)
    for label in filter(EDIT.__ne__, labels):
        assert re.search(r" · \d+ s · \d+x\d+ for [\d,]+ credits \(\$\d+\.\d\d\)$", label)
    assert_nothing_kept(desk)


@pytest.mark.parametrize("way", ["by token", "in the channel", "in a new message"])
async def test_the_buttons_come_by_every_door(desk: Desk, way: str) -> None:
    """And are not kept by the library, whichever it is."""
    shown = await desk.show()
    if way != "by token":
        desk.age()
    if way == "in a new message":
        await desk.channel.delete_message(shown.message)
    await desk.end(shown)
    await desk.change(shown)
    [message] = desk.channel.messages
    assert models(shown, message) == ["sora-2", *OTHER_MODELS[:2]]
    assert await desk.told(shown)
    assert_nothing_kept(desk)


async def test_a_job_with_a_picture_is_offered_models_that_take_one(desk: Desk) -> None:
    """Each button's model starts from pictures."""
    desk.keep_picture()
    shown = await desk.show(picture=PICTURE)
    await desk.end(shown, Failure.PICTURE_MODERATED)
    await desk.change(shown)
    offered = models(shown, shown.message)
    assert offered
    for name in offered:
        assert any(offer.image for offer in desk.catalogue[name].offers)


async def test_while_a_job_goes_on_there_are_no_buttons(desk: Desk) -> None:
    """They come with the end, not before it."""
    shown = await desk.show()
    for state in (State.QUEUED, State.PROCESSING):
        await desk.bring_to(shown, state)
        await desk.change(shown)
        assert buttons(shown.message) == []


async def test_where_nothing_can_be_had_there_are_no_buttons(desk: Desk) -> None:
    """The words alone say what happened."""
    shown = await desk.show()
    desk.keys.clear()
    await desk.end(shown, Failure.UNREACHABLE)
    await desk.change(shown)
    assert shown.words[-1] == "FAILED"
    assert buttons(shown.message) == []
