"""A model that its provider has switched off: refunded, replaced, remembered, and brought back."""

import asyncio
import re

import pytest

from bot.app import App
from bot.jobs.recovery import ORPHANS_SECONDS
from tests.books import balances, query, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import (
    KEY,
    PATIENCE_SECONDS,
    SORA_ALONE,
    BotProcess,
    MovableClock,
    World,
    buttons_of,
    only,
    text_of,
)
from tests.e2e.test_command_line import sora_bot

pytestmark = pytest.mark.usefixtures("at_once")

SUBMIT = r"^/v2/sora-2$"
PRICED = {**only("sora-2", "sora-2-pro", "wan-2.7"), "wan-2.7": {"credits_per_second": 10}}


async def offered(world: World) -> list[str]:
    """List the models that the command suggests."""
    return list(await world.offered(world.ada, "sora create", "model"))


@pytest.mark.settings(models=PRICED)
@pytest.mark.parametrize("status", [404, 410])
async def test_a_retired_model_is_refunded_replaced_and_offered_no_more(
    world: World, bot: App, log: BotLog, status: int
) -> None:
    """The message offers living models for a price; the command suggests it no more."""
    assert await offered(world) == ["wan-2.7", "sora-2", "sora-2-pro"]
    world.segmind.faults.answer("POST", SUBMIT, status, {"error": "Model not found"}, times=None)
    first, second = await world.create(), await world.create(prompt="another")

    message = await world.shown(first, "FAILED")
    await world.shown(second, "FAILED")

    text = text_of(message)
    assert "no longer offers this model" in text
    assert "Nothing was charged" in text
    assert "Model not found" not in text
    assert "500 credits" in await world.ask(world.ada, "sora balance")
    assert list(buttons_of(message)) == [
        "Wan 2.7 · 4 s · 720x1280 for 40 credits ($0.40)",
        "Sora 2 Pro · 4 s · 720x1280 for 120 credits ($1.20)",
    ]
    assert await offered(world) == ["wan-2.7", "sora-2-pro"]
    assert "`sora-2`" not in await world.ask(world.ada, "sora models")
    [told] = log.find("model.retired")
    assert (told["level"], told["provider"], told["slug"]) == ("error", "segmind", "sora-2")
    assert "sora-bot check" in told["advice"]

    press = await world.press(world.ada, message, "Wan 2.7 · 4 s · 720x1280 for 40 credits ($0.40)")
    await world.shown(press, "COMPLETED")
    assert world.segmind.generations[0].body["prompt"] == "a cat surfing at dawn"


async def test_a_default_that_is_retired_gives_way_to_the_next_that_starts_from_words(
    world: World, bot: App, log: BotLog
) -> None:
    """Who chooses no model gets a video again; what needs a picture is passed over."""
    world.segmind.retire("wan2.7-t2v")
    for_want_of_it = await world.shown(await world.create(model=None), "FAILED")
    assert "no longer offers this model" in text_of(for_want_of_it)
    await log.wait("model.retired")

    await world.shown(await world.create(model=None), "COMPLETED")

    [generation] = world.segmind.generations
    assert generation.slug == "seedance-2.0-fast"
    assert "Where you choose none, it is Seedance 2.0 Fast." in await world.ask(
        world.ada, "sora models"
    )


@pytest.mark.slow
@pytest.mark.settings(models=SORA_ALONE)
async def test_a_retired_model_stays_so_until_a_check_finds_it_again(
    world: World, process: BotProcess
) -> None:
    """A restart does not ask again; `sora-bot check` does, and tells both answers."""
    await process.start()
    world.segmind.retire("sora-2")
    await world.shown(await world.create(), "FAILED")
    assert await offered(world) == ["sora-2-pro"]
    assert await process.stop() == 0
    await process.start()
    assert await offered(world) == ["sora-2-pro"]
    submits = len(world.segmind.find_calls("POST", "/v2/"))
    refused = await world.answer(await world.create(model="sora-2", forced=True))
    assert "There is no model" in text_of(refused)
    assert len(world.segmind.find_calls("POST", "/v2/")) == submits
    assert await process.stop() == 0

    code, output = await sora_bot(world, "check")
    assert code == 0, output
    assert "segmind no longer serves sora-2, so it is not offered" in output
    world.segmind.restore("sora-2")
    code, output = await sora_bot(world, "check")
    assert code == 0, output
    assert "segmind serves sora-2 again" in output

    await process.start()
    assert await offered(world) == ["sora-2", "sora-2-pro"]
    await world.shown(await world.create(), "COMPLETED")
    assert len(process.events("model.retired")) == 1
    assert world.segmind.accounts[KEY].left == 99.6, "the checks were not billed"


@pytest.mark.slow
@pytest.mark.settings(models=SORA_ALONE)
async def test_a_running_bot_offers_again_what_a_check_has_found(
    world: World, bot: App, log: BotLog, clock: MovableClock
) -> None:
    """It needs no restart: it reads every half a minute what is retired."""
    world.segmind.retire("sora-2")
    await world.shown(await world.create(), "FAILED")
    assert await offered(world) == ["sora-2-pro"]
    world.segmind.restore("sora-2")
    _, output = await sora_bot(world, "check")
    said = re.search(r"a running bot offers it within (\d+) s", output)
    assert said is not None
    assert int(said[1]) == ORPHANS_SECONDS

    clock.advance(ORPHANS_SECONDS)

    async with asyncio.timeout(PATIENCE_SECONDS):
        while await offered(world) != ["sora-2", "sora-2-pro"]:
            continue
    await world.shown(await world.create(), "COMPLETED")


@pytest.mark.settings(models={"kling-3-pro": {"credits_per_second": 10}})
async def test_a_model_that_is_retired_for_words_still_takes_pictures(
    world: World, bot: App
) -> None:
    """Kling has a name of its own for each: the one that lives is offered on."""
    world.segmind.retire("kling-3-pro-text2video")
    use = await world.create(model="kling-3-pro", duration=5)
    await world.shown(use, "FAILED")

    message = await world.answer(await world.create(model="kling-3-pro", duration=5))

    assert "always starts from a picture" in text_of(message)
    assert "kling-3-pro" in await offered(world)


@pytest.mark.settings(models=SORA_ALONE)
async def test_where_everything_is_retired_members_are_told(
    world: World, bot: App, log: BotLog
) -> None:
    """Nothing can be made, and no button pretends otherwise."""
    for name in ("sora-2", "sora-2-pro"):
        world.segmind.retire(name)
    await world.shown(await world.create(model="sora-2"), "FAILED")
    last = await world.shown(await world.create(model="sora-2-pro"), "FAILED")
    assert last.components == []

    refused = await world.answer(await world.create())

    assert "No video engine can be used just now" in text_of(refused)
    assert states(world.database) == ["failed", "failed"]
    assert query(world.database, "SELECT count(*) FROM retired_offers") == [(2,)]
    assert balances(world.database)["held"] == 0
