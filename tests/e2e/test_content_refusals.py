"""A content filter's no is told kindly, by what it refused, and never in the provider's words."""

from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.sandbox.moderation import FORBIDDEN_WORDS, MODERATION_TEXTS, Part
from tests.books import states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import AIMLAPI_ALONE, World, buttons_of, only, text_of
from tests.e2e.pictures import save
from tests.e2e.test_engines import VINTAGE

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]

WORDS: dict[Part, str] = {
    "prompt": "content filter refused the prompt",
    "image": "content filter refused the picture",
    "video": "The video was made, but the video service's content filter held it back",
}
VINTAGE_ALONE = {**only(), **VINTAGE}


async def refused(
    world: World, log: BotLog, part: Part, picture: Path | None, model: str = "sora-2"
) -> str:
    """Order something of which a filter refuses a part; check what the member is told."""
    prompt = f"a {FORBIDDEN_WORDS[part]} cat"
    pictured: dict[str, Any] = {} if picture is None else {"image": picture}
    use = await world.create(prompt=prompt, model=model, **pictured)
    message = await world.shown(use, "FAILED")
    text = text_of(message)
    assert WORDS[part] in text
    assert "often helps" in text
    assert "Nothing was charged" in text
    assert MODERATION_TEXTS[part][0] not in text
    assert "500 credits" in await world.ask(world.ada, "sora balance")
    assert states(world.database) == ["failed"]
    return " ".join(buttons_of(message))


@pytest.mark.parametrize("part", WORDS)
async def test_segmind_tells_it_after_the_submit(
    world: World, bot: App, log: BotLog, tmp_path: Path, part: Part
) -> None:
    """Of the prompt and the picture another model may think otherwise; of the video, the same."""
    picture = save(tmp_path, "boat.png") if part == "image" else None

    offered = await refused(world, log, part, picture)

    assert ("Sora 2 ·" in offered) == (part == "video")
    assert "Wan 2.7 ·" in offered
    [entry] = log.find("job.failed")
    assert MODERATION_TEXTS[part][0] in entry["detail"]


@pytest.mark.settings(providers=AIMLAPI_ALONE)
@pytest.mark.parametrize("part", WORDS)
async def test_aimlapi_tells_it_after_the_submit(
    world: World, bot: App, log: BotLog, tmp_path: Path, part: Part
) -> None:
    """The other provider has other forms for it and the member the same words."""
    picture = save(tmp_path, "boat.png") if part == "image" else None

    await refused(world, log, part, picture)


@pytest.mark.settings(models=VINTAGE_ALONE)
@pytest.mark.parametrize("part", ["prompt", "video"])
async def test_segmind_s_older_api_tells_it_by_a_server_error(
    world: World, bot: App, log: BotLog, part: Part
) -> None:
    """A 500 that names a filter is no reason to send it again."""
    offered = await refused(world, log, part, None, "vintage")

    assert offered == "Edit prompt" or part == "video"

    assert len(world.segmind.find_calls("POST", "/v1/vintage-1")) == 1


@pytest.mark.parametrize("status", [400, 403, 406])
async def test_a_refusal_at_the_submit_pauses_nobody(
    world: World, bot: App, log: BotLog, status: int
) -> None:
    """What one member typed is not taken for a bad key or an empty account."""
    body = {"error": MODERATION_TEXTS["prompt"][1]}
    world.segmind.faults.answer("POST", r"^/v2/sora-2$", status, body)

    message = await world.shown(await world.create(), "FAILED")

    assert WORDS["prompt"] in text_of(message)
    assert log.find("provider.paused") == []
    await world.shown(await world.create(), "COMPLETED")


async def test_a_technical_failure_is_not_called_a_refusal(
    world: World, bot: App, log: BotLog
) -> None:
    """Its words speak of the service, and trying once more is offered first."""
    world.plan(fail="Safety service timed out")

    message = await world.shown(await world.create(), "FAILED")

    assert "could not make this video" in text_of(message)
    assert "filter" not in text_of(message)
    again, *_ = buttons_of(message)
    assert again == "Try again · Sora 2 · 4 s · 720x1280 for 40 credits ($0.40)"
    await world.shown(await world.press(world.ada, message, again), "COMPLETED")
    await log.wait("job.delivered")
    assert states(world.database) == ["failed", "delivered"]
