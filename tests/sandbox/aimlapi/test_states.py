"""The way of a generation from queued to its end, as polls are told of it."""

from typing import Any

import pytest

from bot.sandbox.aimlapi import AimlapiSandbox
from bot.sandbox.aimlapi.plans import ErrorShape
from bot.sandbox.moderation import FORBIDDEN_WORDS, MODERATION_TEXTS, Part
from tests.sandbox.aimlapi.conftest import (
    OTHER_KEY,
    PATH,
    PRO_T2V,
    PROMPT,
    STUB,
    T2V,
    Client,
    finish,
)


@pytest.mark.usefixtures("stubbed")
async def test_goes_from_queued_over_generating_to_completed(
    client: Client, aimlapi: AimlapiSandbox
) -> None:
    """The state follows from the clock alone; video and error are null before the end."""
    generation_id = await client.accepted()
    seen = []
    for seconds in (0, 3.9, 0.1, 19.9):
        aimlapi.clock.advance(seconds)
        answer = await client.poll(generation_id)
        assert (answer.status, answer.body["id"]) == (200, generation_id)
        assert (answer.body["video"], answer.body["error"]) == (None, None)
        seen.append(answer.body["status"])
    assert seen == ["queued", "queued", "generating", "generating"]
    await finish(aimlapi)
    assert (await client.poll(generation_id)).body == {
        "id": generation_id,
        "status": "completed",
        "video": {"url": f"{aimlapi.base_url}/media/{aimlapi.generations[0].media_name}"},
        "error": None,
        "meta": {"usage": {"credits_used": 800_000}},
    }
    assert aimlapi.generations[0].polls == 5


async def test_completes_only_with_its_video(client: Client, aimlapi: AimlapiSandbox) -> None:
    """However fast the clock runs, completed waits for the renderer."""
    generation_id = await client.accepted()
    aimlapi.clock.advance(3000)
    assert (await client.poll(generation_id)).body["status"] == "generating"
    await finish(aimlapi)
    assert (await client.poll(generation_id)).body["status"] == "completed"


@pytest.mark.parametrize("part", ["prompt", "image", "video"])
async def test_moderates_at_the_end(client: Client, aimlapi: AimlapiSandbox, part: Part) -> None:
    """A forbidden word is accepted, and ends in an error that says what was refused."""
    generation_id = await client.accepted(prompt=f"{PROMPT} {FORBIDDEN_WORDS[part]}")
    assert (await client.poll(generation_id)).body["status"] == "queued"
    await finish(aimlapi)
    assert (await client.poll(generation_id)).body == {
        "id": generation_id,
        "status": "error",
        "video": None,
        "error": {"name": "GenerationError", "message": MODERATION_TEXTS[part][0]},
        "meta": {"usage": {"credits_used": 0}},
    }


@pytest.mark.usefixtures("stubbed")
async def test_ids_that_one_may_not_know_are_not_found(client: Client) -> None:
    """Unknown ids and those of another key get the same 404; without an id it is 400."""
    generation_id = await client.accepted()
    assert (await client.poll("nothing")).status == 404
    assert (await client.poll(generation_id, key=OTHER_KEY)).status == 404
    assert (await client.call("GET", PATH)).status == 400
    assert (await client.poll("")).status == 400


async def test_fails_as_often_as_planned(client: Client, aimlapi: AimlapiSandbox) -> None:
    """Two planned failures strike the next two, with the planned text; a standing plan follows."""
    aimlapi.plan(video=STUB, times=None)
    aimlapi.plan(fail="out of luck", times=2)
    ids = [await client.accepted() for _ in range(3)]
    await finish(aimlapi)
    errors = [(await client.poll(generation_id)).body["error"] for generation_id in ids]
    error = {"name": "GenerationError", "message": "out of luck"}
    assert errors == [error, error, None]


@pytest.mark.parametrize(
    ("shape", "error"),
    [
        ("named", {"name": "GenerationError", "message": "out of luck"}),
        (
            "detail",
            {"detail": [{"loc": ["body"], "msg": "out of luck", "type": "value_error"}]},
        ),
    ],
)
async def test_tells_errors_in_both_forms(
    client: Client, aimlapi: AimlapiSandbox, shape: ErrorShape, error: dict[str, Any]
) -> None:
    """An error has a name and a message, or is a list of details."""
    aimlapi.plan(fail="out of luck", error_shape=shape)
    generation_id = await client.accepted()
    await finish(aimlapi)
    assert (await client.poll(generation_id)).body["error"] == error


async def test_says_other_words_and_goes_back(client: Client, aimlapi: AimlapiSandbox) -> None:
    """Planned words are told one a poll, the last one until the end, which has its own word."""
    words = ("waiting", "active", "generating", "queued", "dreaming")
    aimlapi.plan(video=STUB, waiting_words=words, completed_word="succeeded")
    generation_id = await client.accepted()
    told = [(await client.poll(generation_id)).body["status"] for _ in range(6)]
    assert told == [*words, "dreaming"]
    await finish(aimlapi)
    done = (await client.poll(generation_id)).body
    assert done["status"] == "succeeded"
    assert done["video"]["url"]


async def test_fails_in_an_unknown_word(client: Client, aimlapi: AimlapiSandbox) -> None:
    """A failure can come under a word of its own; what came before says nothing of it."""
    aimlapi.plan(fail="out of luck", waiting_words=("generating",), failed_word="expired")
    generation_id = await client.accepted()
    assert (await client.poll(generation_id)).body["status"] == "generating"
    await finish(aimlapi)
    assert (await client.poll(generation_id)).body["status"] == "expired"


@pytest.mark.parametrize("fails", [True, False])
async def test_holds_until_it_is_told(
    client: Client, aimlapi: AimlapiSandbox, *, fails: bool
) -> None:
    """What is held generates whatever the clock says, until it is released or fails."""
    plan = aimlapi.plan(hold=True, video=STUB)
    generation_id = await client.accepted()
    film = aimlapi.generations[0].film
    assert film is not None
    await film
    aimlapi.clock.advance(3000)
    assert (await client.poll(generation_id)).body["status"] == "generating"
    if fails:
        plan.fail("the GPU melted")
    else:
        plan.release()
    ended = (await client.poll(generation_id)).body["status"]
    assert ended == ("error" if fails else "completed")


async def test_takes_the_planned_times(client: Client, aimlapi: AimlapiSandbox) -> None:
    """Planned seconds replace those of the sandbox."""
    aimlapi.plan(video=STUB, queue_seconds=100, processing_seconds=50)
    generation_id = await client.accepted()
    told = []
    for seconds in (99, 50):
        aimlapi.clock.advance(seconds)
        told.append((await client.poll(generation_id)).body["status"])
    assert told == ["queued", "generating"]


@pytest.mark.usefixtures("stubbed")
async def test_wakes_who_waits_for_polls(client: Client, aimlapi: AimlapiSandbox) -> None:
    """Waiting for a count of polls of one generation ends when it is reached."""
    first, second = await client.accepted(T2V), await client.accepted(PRO_T2V)
    for generation_id in (first, second, second):
        await client.poll(generation_id)
    await aimlapi.wait_polled(aimlapi.generations[1], 2)
    assert aimlapi.generations[0].polls == 1
