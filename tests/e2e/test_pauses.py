"""A provider that refuses everything is left alone for a while, and members hear of it plainly."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.jobs.supply import PAUSE_SECONDS
from bot.sandbox.segmind import SegmindSandbox
from tests.books import balances, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import (
    KEY,
    OTHER_KEY,
    SORA_ALONE,
    TOKEN,
    WITH_AIMLAPI,
    MovableClock,
    World,
    buttons_of,
    links_of,
    only,
    text_of,
    within,
)

pytestmark = pytest.mark.usefixtures("at_once")

GREY = 0x6E7781
TOKEN_SECONDS = 15 * 60
NO_CREDITS = (
    "takes no orders from this bot",
    "top up the provider's account",
    "Insufficient credits",
)
CAP = ("takes no orders from this bot", "raise its spend cap", "spend cap of this API key")
NO_KEY = ("does not let this bot in", "check the provider's api_key", "Invalid API key")
TROUBLES = {"402": NO_CREDITS, "406": NO_CREDITS, "cap": CAP, "key": NO_KEY}


def begin(segmind: SegmindSandbox, trouble: str) -> None:
    """Let Segmind refuse every submit."""
    if trouble == "cap":
        segmind.spend_cap(KEY)
    elif trouble == "key":
        segmind.revoke(KEY)
    else:
        segmind.no_credits_status = int(trouble)
        segmind.out_of_credits(KEY)


def end(segmind: SegmindSandbox) -> None:
    """Let the operator put it right."""
    account = segmind.accounts[KEY]
    account.credits, account.revoked, account.capped = 100.0, False, False


def submits(world: World) -> int:
    """Count what was sent to Segmind."""
    return len(world.segmind.find_calls("POST", "/v2/"))


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_a_provider_that_refuses_everything_is_paused(
    world: World, bot: App, log: BotLog, clock: MovableClock, trouble: str
) -> None:
    """Members get their credits and one clear sentence, the operator the exact reason, once.

    The next order says when it is tried again and sends nothing; after that, it works by itself.
    """
    for_the_member, advice, reason = TROUBLES[trouble]
    begin(world.segmind, trouble)

    text = text_of(await world.shown(await world.create(), "FAILED"))

    assert for_the_member in text
    assert "whoever runs the bot" in text
    assert "Nothing was charged" in text
    assert "500 credits" in await world.ask(world.ada, "sora balance")
    again = int((clock.now() + timedelta(seconds=PAUSE_SECONDS[0])).timestamp())
    refusal = await world.answer(await world.create())
    assert refusal.ephemeral
    said = text_of(refusal)
    assert "takes no orders just now" in said
    assert "Nothing was charged" in said
    assert f"<t:{again}:R>" in said or f"<t:{again - 1}:R>" in said
    assert submits(world) == 1
    [told] = log.find("provider.paused")
    assert (told["level"], told["provider"]) == ("error", "segmind")
    assert reason in told["detail"]
    assert advice in told["advice"]
    assert KEY not in repr(log.entries)
    assert TOKEN not in repr(log.entries)

    end(world.segmind)
    clock.elapse(PAUSE_SECONDS[0] + 1)
    await world.shown(await world.create(), "COMPLETED")

    await log.wait("job.delivered")
    assert len(log.find("provider.resumed")) == 1
    assert states(world.database) == ["failed", "delivered"]


async def test_a_pause_grows_as_long_as_nothing_changes(
    world: World, bot: App, log: BotLog, clock: MovableClock
) -> None:
    """Each try after a pause is one request, and one line for the operator."""
    world.segmind.out_of_credits(KEY)
    for tries in (1, 2, 3):
        await world.shown(await world.create(), "FAILED")
        assert submits(world) == tries
        clock.elapse(log.find("provider.paused")[-1]["next_try_seconds"] + 1)

    pauses = [entry["next_try_seconds"] for entry in log.find("provider.paused")]
    assert pauses == sorted(pauses)
    assert pauses[0] < pauses[1] < pauses[2]


async def test_submits_that_are_refused_together_make_one_pause(
    world: World, bot: App, log: BotLog
) -> None:
    """The operator is told once, and the first pause stays the first."""
    gates = [world.segmind.faults.hold("POST", "^/v2/") for _ in range(2)]
    uses = [await world.create(), await world.create(prompt="another")]
    for gate in gates:
        await within(gate.reached.wait())
    world.segmind.out_of_credits(KEY)

    for gate in gates:
        gate.release()
    for use in uses:
        await world.shown(use, "FAILED")

    assert submits(world) == 2
    assert len(log.find("provider.paused")) == 1


async def test_the_first_is_told_as_privately_as_all_who_follow(
    world: World, bot: App, log: BotLog, clock: MovableClock
) -> None:
    """The channel sees no red card and no reason; the button works once the provider does."""
    world.segmind.out_of_credits(KEY)
    use = await world.create(duration=8)
    shown = await world.shown(use, "FAILED")
    await log.wait("job.told")

    [whisper] = use.followups
    assert whisper.ephemeral
    refusal = await world.answer(await world.create(duration=8))
    first, *_ = text_of(refusal).split(" It is tried again ")
    assert first in text_of(whisper)
    assert list(buttons_of(refusal)) == list(buttons_of(whisper))
    assert "takes no orders just now" in text_of(whisper)
    public = text_of(shown)
    assert "credits" not in public.partition("Nothing was charged")[0].partition("FAILED")[2]
    assert shown.embeds[0]["color"] == GREY
    again = "Try again · Sora 2 · 8 s · 720x1280 for 80 credits ($0.80)"
    assert again in buttons_of(shown)
    assert again in buttons_of(whisper)

    refused = await world.answer(await world.press(world.ada, whisper, again))
    assert refused.ephemeral
    assert "takes no orders just now" in text_of(refused)
    end(world.segmind)
    clock.elapse(PAUSE_SECONDS[0] + 1)
    await world.shown(await world.press(world.ada, whisper, again), "COMPLETED")
    await world.until(lambda: "Ordered: #2" in links_of(whisper))
    await world.shown(await world.press(world.ada, refusal, again), "COMPLETED")


async def test_who_can_be_told_nothing_privately_any_more_has_the_neutral_card(
    world: World, bot: App, log: BotLog, clock: MovableClock
) -> None:
    """Once the interaction's token is dead, the message in the channel is all; it says enough."""
    gate = world.segmind.faults.hold("POST", "^/v2/")
    use = await world.create()
    await within(gate.reached.wait())
    world.segmind.out_of_credits(KEY)
    clock.advance(TOKEN_SECONDS)
    gate.release()

    shown = await world.shown(use, "FAILED")
    await log.wait("job.told")

    assert use.followups == []
    assert "whoever runs" in text_of(shown)
    assert any(label.startswith("Try again") for label in buttons_of(shown))


@pytest.mark.settings(jobs={"max_running_per_member": 1})
async def test_what_waits_in_line_meanwhile_is_refunded_without_being_sent(
    world: World, bot: App, log: BotLog
) -> None:
    """One refusal is enough: the orders behind it end with the same sentence."""
    held = world.plan(hold=True)
    first = await world.create()
    await world.shown(first, "PROCESSING")
    others = [await world.create(prompt=f"number {number}") for number in range(3)]
    world.segmind.accounts[KEY].capped = True

    held.release()
    texts = [text_of(await world.shown(use, "FAILED")) for use in others]

    assert all("takes no orders from this bot" in text for text in texts)
    assert submits(world) == 2
    await world.shown(first, "COMPLETED")
    await log.wait("job.delivered")
    assert balances(world.database)["held"] == 0
    assert len(log.find("provider.paused")) == 1


@pytest.mark.settings(providers=WITH_AIMLAPI, models=SORA_ALONE)
async def test_a_paused_provider_is_passed_over(
    world: World, bot: App, log: BotLog, clock: MovableClock
) -> None:
    """Orders go to the second one at once; when both are paused, the first to come back is told."""
    world.segmind.out_of_credits(KEY)
    await world.shown(await world.create(), "COMPLETED")
    await world.shown(await world.create(), "COMPLETED")
    assert submits(world) == 1
    assert len(world.aimlapi.generations) == 2
    clock.elapse(30)
    world.aimlapi.out_of_credits(OTHER_KEY)
    message = await world.shown(await world.create(), "FAILED")
    assert "takes no orders from this bot" in text_of(message)
    assert list(buttons_of(message)) == [
        "Try again · Sora 2 · 4 s · 720x1280 for 40 credits ($0.40)"
    ]

    refusal = await world.answer(await world.create())

    assert "takes no orders just now" in text_of(refusal)
    assert [entry["provider"] for entry in log.find("provider.paused")] == ["segmind", "aimlapi"]
    shown = await world.ask(world.ada, "sora models")
    assert shown.count("Paused, tried again <t:") == 2
    end(world.segmind)
    clock.elapse(31)
    await world.shown(await world.create(), "COMPLETED")


MINE = {
    "fallen": {
        "title": "Fallen Back On",
        "summary": "Served by the other provider alone.",
        "durations_seconds": [4],
        "sizes": ["1280x720"],
        "credits_per_second": 11,
        "longest_wait_seconds": 600,
        "offers": [
            {
                "provider": "aimlapi",
                "slug": "openai/sora-2-t2v",
                "duration": {"type": "integer"},
                "size": {"values": {"1280x720": {"resolution": "720p", "aspect_ratio": "16:9"}}},
            }
        ],
    }
}


@pytest.mark.settings(providers=WITH_AIMLAPI, models={**MINE, **only("sora-2-pro")})
async def test_where_another_model_can_be_had_it_is_offered(
    world: World, bot: App, log: BotLog
) -> None:
    """The message of the first has buttons for what still works; so has the next refusal."""
    world.aimlapi.out_of_credits(OTHER_KEY)
    message = await world.shown(await world.create(model="fallen"), "FAILED")
    again, label = buttons_of(message)
    assert again.startswith("Try again · Fallen Back On · 4 s · ")
    assert label == "Sora 2 Pro · 4 s · 1280x720 for 120 credits ($1.20)"

    refusal = await world.answer(await world.create(model="fallen"))

    assert "Once it works again, or instead:" in text_of(refusal)
    assert list(buttons_of(refusal)) == [again, label]
    await world.shown(await world.press(world.ada, refusal, label), "COMPLETED")
