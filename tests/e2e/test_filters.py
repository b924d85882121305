"""What Discord's filters refuse never keeps a paid video from its member."""

import pytest

from bot.app import App
from bot.delivery.video import probe
from bot.sandbox.discord import Message
from bot.sandbox.discord.refusals import Reason
from tests.books import balances, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import World, status_of, text_of

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]

FOLLOW_UPS = r"/webhooks/\d+/[^/]+$"
EDITS = r"/webhooks/|/channels/\d+/messages/\d+$"


async def show(world: World) -> Message:
    """Let Ada ask for her video, and read the answer."""
    use = await world.discord.use(world.ada, world.channel, "sora show", {"job": 1})
    return await world.answer(use)


async def made(world: World, log: BotLog) -> None:
    """Let a video be made and delivered."""
    await world.shown(await world.create(), "COMPLETED")
    await log.wait("job.delivered")


async def test_a_refused_file_ends_delivered_and_says_how_to_get_it(
    world: World, bot: App, log: BotLog
) -> None:
    """Spent, COMPLETED, a link: one refused upload, and nothing is tried after that."""
    world.discord.hub.filters.files.add("video.mp4")
    use = await world.create()

    message = await world.shown(use, "COMPLETED")

    await log.wait("job.delivered")
    assert "refuses the video as a file" in text_of(message)
    assert "`/sora show job:1`" in text_of(message)
    assert states(world.database) == ["delivered"]
    assert balances(world.database)["spent"] == 40
    refused = [call for call in world.discord.find_calls("PATCH", EDITS) if call.status == 400]
    assert len(refused) == 1

    world.discord.hub.filters.files.clear()
    [attachment] = (await show(world)).attachments
    assert (await probe(attachment.path)).plays_everywhere


async def test_show_links_what_is_refused_as_a_file(world: World, bot: App, log: BotLog) -> None:
    """Taken for explicit, the answer is a link, and no word of something that went wrong."""
    await made(world, log)
    world.discord.hub.filters.files.add("video.mp4")

    answer = await show(world)

    assert answer.attachments == []
    assert "/media/" in text_of(answer)
    assert "refuses the video as a file" in text_of(answer)


@pytest.mark.parametrize("reason", [Reason.MODERATED, Reason.HARMFUL_LINK])
async def test_show_leaves_out_a_prompt_that_is_refused(
    world: World, bot: App, log: BotLog, reason: Reason
) -> None:
    """The video comes without it."""
    await made(world, log)
    world.discord.hub.filters.words["surfing"] = reason

    answer = await show(world)

    assert len(answer.attachments) == 1
    assert "surfing" not in text_of(answer)


async def test_show_links_what_is_too_large_after_all(world: World, bot: App, log: BotLog) -> None:
    """The limit that Discord names can be more than it takes: 413 leads to the next way."""
    await made(world, log)
    too_large = {"message": "Request entity too large", "code": 40005}
    world.discord.faults.answer("POST", FOLLOW_UPS, 413, too_large)

    answer = await show(world)

    assert status_of(answer) == "COMPLETED"
    assert "/media/" in text_of(answer)


async def test_show_says_what_to_do_where_nothing_is_taken(
    world: World, bot: App, log: BotLog
) -> None:
    """Every way refused: words, and what to do next; it does not count as shown."""
    await made(world, log)
    odd = {"message": "odd", "code": 50035}
    world.discord.faults.answer("POST", FOLLOW_UPS, 400, odd, times=3)

    answer = await show(world)

    assert "Please try `/sora show job:1` again" in text_of(answer)
