"""What one provider definitely does not make, the next one does: for no more than was agreed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.catalogue import load_catalogue
from tests.books import balances, query, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import KEY, WITH_AIMLAPI, World, buttons_of, statuses_of, text_of
from tests.e2e.pictures import save

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]

SUBMIT = r"^/v2/sora-2$"
QUICK = {"min_poll_seconds": 0.002, "max_poll_seconds": 0.02}


def retired(world: World) -> None:
    """Let Segmind serve Sora 2 no more."""
    world.segmind.retire("sora-2")


def out_of_credits(world: World) -> None:
    """Leave the account at Segmind nothing."""
    world.segmind.out_of_credits(KEY)


def key_revoked(world: World) -> None:
    """Let Segmind refuse the bot's key."""
    world.segmind.revoke(KEY)


def values_refused(world: World) -> None:
    """Let Segmind refuse the body."""
    world.segmind.faults.answer("POST", SUBMIT, 406, {"error": "Invalid value"}, times=None)


def down(world: World) -> None:
    """Let Segmind turn every submit away."""
    world.segmind.faults.answer("POST", SUBMIT, 500, {"error": "internal"}, times=None)


TROUBLES = (retired, out_of_credits, key_revoked, values_refused, down)


def offers(credits_per_second: int) -> list[dict[str, Any]]:
    """Write Sora 2's offers with another price at the second provider."""
    model = load_catalogue()["sora-2"]
    first, second = (offer.model_dump(exclude_unset=True) for offer in model.offers)
    return [first, {**second, "credits_per_second": credits_per_second}]


def dearer(credits_per_second: int) -> dict[str, Any]:
    """Write the table that lets Sora 2 cost so much at the second provider."""
    return {"sora-2": {"offers": offers(credits_per_second)}}


@pytest.mark.settings(providers=WITH_AIMLAPI, jobs=QUICK)
@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda each: each.__name__)
async def test_the_second_provider_makes_what_the_first_does_not(
    world: World, bot: App, log: BotLog, trouble: Callable[[World], None]
) -> None:
    """The member sees a video, and no failure in between; it is made and paid once."""
    trouble(world)

    message = await world.shown(await world.create(), "COMPLETED")

    await log.wait("job.delivered")
    assert "FAILED" not in statuses_of(message)
    assert world.segmind.generations == []
    [generation] = world.aimlapi.generations
    assert generation.body["model"] == "openai/sora-2-t2v"
    assert balances(world.database)["spent"] == 40
    assert query(world.database, "SELECT provider, price FROM jobs") == [("aimlapi", 40)]


@pytest.mark.settings(providers=WITH_AIMLAPI)
async def test_a_picture_goes_to_the_second_provider_too(
    world: World, bot: App, log: BotLog, tmp_path: Path
) -> None:
    """It is fitted and handed over as that one wants it."""
    world.segmind.retire("sora-2")

    use = await world.create(image=save(tmp_path, "boat.png"))
    message = await world.shown(use, "COMPLETED")

    await log.wait("job.delivered")
    [generation] = world.aimlapi.generations
    assert generation.body["model"] == "openai/sora-2-i2v"
    assert generation.verdict is None, "the picture has the pixels of the size"
    assert "thumbnail" in message.embeds[0]


@pytest.mark.settings(providers=WITH_AIMLAPI, models=dearer(25))
async def test_a_dearer_provider_is_asked_only_by_the_member(
    world: World, bot: App, log: BotLog
) -> None:
    """The credits come back, and a button offers the same for the other's price."""
    world.segmind.retire("sora-2")

    message = await world.shown(await world.create(), "FAILED")

    assert world.aimlapi.generations == []
    assert "500 credits" in await world.ask(world.ada, "sora balance")
    first, *_ = buttons_of(message)
    assert first == "Try again · Sora 2 · 4 s · 720x1280 for 100 credits ($1.00)"
    assert "that this went to no longer offers this model" in text_of(message)
    await world.shown(await world.press(world.ada, message, first), "COMPLETED")
    await log.wait("job.delivered")
    assert balances(world.database)["spent"] == 100
    assert len(world.aimlapi.generations) == 1


@pytest.mark.settings(providers=WITH_AIMLAPI, models=dearer(5))
async def test_a_cheaper_provider_lowers_the_price(world: World, bot: App, log: BotLog) -> None:
    """The job is quoted again: what is not spent is free again."""
    world.segmind.retire("sora-2")

    message = await world.shown(await world.create(), "COMPLETED")

    await log.wait("job.delivered")
    assert "20 credits ($0.20)" in text_of(message)
    assert balances(world.database)["spent"] == 20
    assert "480 credits" in await world.ask(world.ada, "sora balance")


@pytest.mark.settings(providers=WITH_AIMLAPI)
@pytest.mark.parametrize("how", ["reset", "504"])
async def test_an_unknown_outcome_goes_nowhere(
    world: World, bot: App, log: BotLog, how: str
) -> None:
    """The first provider may have made and billed it: another must not make it again."""
    if how == "reset":
        world.segmind.faults.reset("POST", SUBMIT, after=True)
    else:
        world.segmind.faults.answer("POST", SUBMIT, 504, "<html>Gateway Time-out</html>")

    message = await world.shown(await world.create(), "FAILED (lost)")

    assert "Nothing was charged" in text_of(message)
    assert world.aimlapi.generations == []
    assert states(world.database) == ["lost"]


@pytest.mark.settings(providers=WITH_AIMLAPI)
async def test_a_content_refusal_is_not_taken_elsewhere(
    world: World, bot: App, log: BotLog
) -> None:
    """What one filter has refused is not tried on another without being asked."""
    body = {"error": "Your prompt violates the content policy of this model"}
    world.segmind.faults.answer("POST", SUBMIT, 406, body)

    message = await world.shown(await world.create(), "FAILED")

    assert "filter refused the prompt" in text_of(message)
    assert world.aimlapi.generations == []


@pytest.mark.settings(providers=WITH_AIMLAPI)
async def test_what_no_provider_serves_any_more_is_refunded(
    world: World, bot: App, log: BotLog
) -> None:
    """Each is asked once, in order; then the credits are back."""
    world.segmind.retire("sora-2")
    world.aimlapi.retire("openai/sora-2-t2v")

    message = await world.shown(await world.create(), "FAILED")

    assert [entry["provider"] for entry in log.find("model.retired")] == ["segmind", "aimlapi"]
    assert "no longer offers this model" in text_of(message)
    assert "500 credits" in await world.ask(world.ada, "sora balance")
