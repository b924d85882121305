"""The main job: a member types /sora create and gets a video."""

import pytest

from bot.app import App
from bot.delivery.video import probe
from tests.books import balances, states
from tests.e2e.harness import AIMLAPI_ALONE, World, text_of


async def test_a_member_gets_the_video_they_asked_for(world: World, bot: App) -> None:
    """The message shows the order and its states, and ends with the true video attached."""
    use = await world.create(duration=8, size="1280x720", model="sora-2")

    message = await world.shown(use, "COMPLETED")

    text = text_of(message)
    for part in ("Sora 2", "8 s", "1280x720", "80 credits", f"<@{world.ada.id}>", "Job #1"):
        assert part in text
    assert "a cat surfing at dawn" in text
    shown = [version.embeds[0]["fields"][0]["name"] for version in message.versions]
    assert shown[0] == "QUEUED"
    assert "PROCESSING" in shown
    assert shown == sorted(shown, key=["QUEUED", "PROCESSING", "COMPLETED"].index)
    [attachment] = message.attachments
    video = await probe(attachment.path)
    assert (video.width, video.height, round(video.seconds)) == (1280, 720, 8)
    assert video.plays_everywhere
    assert len(world.segmind.generations) == 1


@pytest.mark.parametrize(
    "pays",
    [
        pytest.param("segmind", marks=pytest.mark.settings()),
        pytest.param("aimlapi", marks=pytest.mark.settings(providers=AIMLAPI_ALONE)),
    ],
)
async def test_a_key_and_a_prompt_are_enough_for_a_video(world: World, bot: App, pays: str) -> None:
    """With nothing set and nothing chosen: an engine that lives makes it, at a price."""
    use = await world.create(model=None)

    message = await world.shown(use, "COMPLETED")

    assert "Wan 2.7 · 5 s · 1280x720" in text_of(message)
    assert balances(world.database)["spent"] == 65
    sandbox = world.segmind if pays == "segmind" else world.aimlapi
    assert len(sandbox.generations) == 1
    [attachment] = message.attachments
    video = await probe(attachment.path)
    assert (video.width, video.height, round(video.seconds)) == (1280, 720, 5)


async def test_the_price_is_held_and_then_spent(world: World, bot: App) -> None:
    """The books show 40 credits held while the job runs and spent afterwards."""
    held = world.segmind.plan(hold=True)
    use = await world.create()
    await world.shown(use, "PROCESSING")
    assert balances(world.database)["held"] == 40

    held.release()
    await world.shown(use, "COMPLETED")

    assert "460 credits" in await world.ask(world.ada, "sora balance")
    assert balances(world.database) == {"allowance": -40, "held": 0, "spent": 40}


async def test_a_failed_video_costs_nothing_and_says_why(world: World, bot: App) -> None:
    """The provider's failure is told in our words; its own text reaches only the log."""
    world.segmind.plan(fail="internal pipeline error 0xdeadbeef")

    use = await world.create()
    message = await world.shown(use, "FAILED")

    text = text_of(message)
    assert "could not make this video" in text
    assert "Nothing was charged" in text
    assert "deadbeef" not in text
    assert "500 credits" in await world.ask(world.ada, "sora balance")
    assert states(world.database) == ["failed"]
