"""The member gets the video through whatever door is open, and ``/sora show`` always brings it."""

from datetime import timedelta

import pytest

from bot.app import App
from bot.delivery.video import probe
from bot.notifier.notifier import TELL_AGAIN_SECONDS
from bot.sandbox.discord import Interaction, Message
from bot.sandbox.discord.permissions import Permission
from bot.sandbox.segmind import Plan
from tests.books import balances, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import MovableClock, World, status_of, text_of, within

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]

CHANNEL_EDITS = r"/channels/\d+/messages/\d+$"
CHANNEL_POSTS = r"/channels/\d+/messages$"
TOKEN_EDITS = r"/webhooks/"
BEYOND_THE_TOKEN_SECONDS = 16 * 60.0


async def start_job(world: World, *, fail: str | None = None) -> tuple[Interaction, Plan]:
    """Bring a job to PROCESSING and keep it there; with ``fail`` it will end so."""
    held = world.plan(hold=True, fail=fail)
    use = await world.create()
    await world.shown(use, "PROCESSING")
    return use, held


async def show(world: World, job: int = 1) -> Message:
    """Let Ada ask for a video, and read the answer."""
    use = await world.discord.use(world.ada, world.channel, "sora show", {"job": job})
    return await world.answer(use)


async def assert_brings_the_video(world: World, message: Message) -> None:
    """Check that an answer of /sora show is for its reader alone and carries a true video."""
    assert message.ephemeral
    [attachment] = message.attachments
    assert (await probe(attachment.path)).plays_everywhere
    assert balances(world.database)["spent"] == 40


async def test_a_token_that_dies_early_costs_one_refused_request(world: World, bot: App) -> None:
    """Discord refuses the token once; then progress and delivery go through the channel."""
    use, held = await start_job(world)
    use.expire()

    held.release()
    message = await world.shown(use, "COMPLETED")

    assert len(message.attachments) == 1
    assert world.videos_shown() == [message]
    refused = [call for call in world.discord.calls if call.status == 401]
    assert len(refused) == world.discord.invalid_requests == 1
    assert len(world.discord.find_calls("PATCH", CHANNEL_EDITS)) >= 1


async def test_a_token_past_its_quarter_of_an_hour_is_not_tried(
    world: World, bot: App, clock: MovableClock
) -> None:
    """The bot knows when the token dies: everything goes on in the channel, nothing is refused."""
    use, held = await start_job(world)
    tried = len(world.discord.find_calls("PATCH", TOKEN_EDITS))
    world.discord.clock.advance(BEYOND_THE_TOKEN_SECONDS)
    clock.advance(BEYOND_THE_TOKEN_SECONDS)
    message = use.message
    assert message is not None
    before = len(message.versions)
    await world.until(lambda: len(message.versions) > before)
    assert "longer than usual" in text_of(message), "progress goes on in the channel"

    held.release()
    await world.shown(use, "COMPLETED")

    assert world.videos_shown() == [message]
    assert len(world.discord.find_calls("PATCH", TOKEN_EDITS)) == tried
    assert world.discord.invalid_requests == 0


async def test_the_tokens_life_is_told_by_one_clock(
    world: World, bot: App, clock: MovableClock
) -> None:
    """Ours may be ahead of Discord's by more than a token's life: it counts from the receipt."""
    clock.advance(BEYOND_THE_TOKEN_SECONDS)
    world.channel.deny_bot("read_message_history")
    use = await world.create()
    await world.shown(use, "COMPLETED")

    assert world.discord.find_calls("PATCH", CHANNEL_EDITS) == []
    assert world.discord.invalid_requests == 0


async def test_while_no_door_is_open_the_video_is_kept_and_shown_on_request(
    world: World, bot: App, log: BotLog
) -> None:
    """Without token and permission the video waits on our disk; /sora show brings it."""
    use, held = await start_job(world)
    use.expire()
    world.channel.deny_bot("view_channel")
    held.release()
    await log.wait("deliver.postponed")

    assert world.videos_shown() == []
    assert states(world.database) == ["rendered"]
    await assert_brings_the_video(world, await show(world))
    await log.wait("job.delivered")
    assert states(world.database) == ["delivered"]

    world.channel.allow_bot("view_channel")
    message = await world.shown(use, "COMPLETED")
    assert message.attachments == []
    assert world.channel.messages == [message]


async def test_the_video_arrives_as_soon_as_a_permission_comes_back(
    world: World, bot: App, log: BotLog
) -> None:
    """Until then nothing is tried; it does not wait for the next knock, which is hours away."""
    use, held = await start_job(world)
    use.expire()
    world.channel.deny_bot("view_channel")
    held.release()
    await log.wait("deliver.postponed")

    world.channel.allow_bot("view_channel")

    message = await world.shown(use, "COMPLETED")
    assert world.videos_shown() == [message]


async def test_the_video_arrives_as_soon_as_the_bot_gets_a_role(
    world: World, bot: App, log: BotLog
) -> None:
    """A role of its own opens a door as a channel's permission does."""
    use, held = await start_job(world)
    use.expire()
    world.guild.everyone.permissions &= ~Permission.ATTACH_FILES
    held.release()
    await log.wait("deliver.postponed")

    world.guild.give_bot("attach_files")

    message = await world.shown(use, "COMPLETED")
    assert len(message.attachments) == 1


async def test_a_refund_is_told_as_soon_as_a_door_opens(
    world: World, bot: App, log: BotLog
) -> None:
    """A failure that could not be told does not wait for the next try either."""
    use, held = await start_job(world, fail="internal error")
    use.expire()
    world.channel.deny_bot("view_channel")
    held.release()
    await log.wait("show.failed")
    planned = world.discord.clock.now() + timedelta(seconds=TELL_AGAIN_SECONDS[0])
    assert states(world.database) == ["failed"]

    world.channel.allow_bot("view_channel")

    message = await world.shown(use, "FAILED")
    assert "Nothing was charged" in text_of(message)
    assert message.versions[-1].at < planned


async def test_show_brings_a_delivered_video_again_and_again(world: World, bot: App) -> None:
    """It costs nothing and needs no permission of the bot in the channel."""
    use, held = await start_job(world)
    held.release()
    await world.shown(use, "COMPLETED")
    world.channel.deny_bot("send_messages", "embed_links", "attach_files", "view_channel")

    for _ in range(2):
        await assert_brings_the_video(world, await show(world))

    assert len(world.segmind.generations) == 1


async def test_a_deleted_message_is_replaced_by_one_that_calls_the_member(
    world: World, bot: App
) -> None:
    """The video comes once, in a new message that pings its requester and nobody else."""
    use, held = await start_job(world)
    assert use.message is not None
    await world.channel.delete_message(use.message)
    held.release()

    await world.until(lambda: bool(world.videos_shown()))

    [message] = world.channel.messages
    assert status_of(message) == "COMPLETED"
    assert message.mentioned == [world.ada.id]
    assert len(message.attachments) == 1
    assert len(world.discord.find_calls("POST", CHANNEL_POSTS)) == 1
    await assert_brings_the_video(world, await show(world))


async def test_a_failure_after_the_message_was_deleted_is_told_in_a_new_one(
    world: World, bot: App
) -> None:
    """The reason and the refund reach the member, once."""
    use, held = await start_job(world, fail="internal error")
    assert use.message is not None
    await world.channel.delete_message(use.message)
    held.release()

    await world.until(lambda: bool(world.channel.messages))

    [message] = world.channel.messages
    assert message.mentioned == [world.ada.id]
    assert "Nothing was charged" in text_of(message)


async def test_a_deleted_channel_is_tried_once(world: World, bot: App, log: BotLog) -> None:
    """Nothing crashes or loops; the video is kept and found from another channel."""
    use, held = await start_job(world)
    other = world.guild.add_channel("elsewhere")
    await world.guild.delete_channel(world.channel)
    held.release()
    await log.wait("deliver.postponed")

    assert len(world.discord.find_calls("POST", CHANNEL_POSTS)) == 1
    assert world.discord.invalid_requests == 0
    use = await world.discord.use(world.ada, other, "sora show", {"job": 1})
    await assert_brings_the_video(world, await world.answer(use))


async def test_a_removed_bot_still_delivers_by_the_living_token(world: World, bot: App) -> None:
    """The interaction's token needs no membership."""
    use, held = await start_job(world)
    await world.guild.remove_bot()
    held.release()

    message = await world.shown(use, "COMPLETED")

    assert len(message.attachments) == 1


async def test_a_command_s_dead_token_is_not_tried_for_an_apology(
    world: World, bot: App, log: BotLog
) -> None:
    """It died between the deferral and the answer: nothing that is said by it would arrive."""
    await world.create()
    await log.wait("job.delivered")
    asked = await world.discord.use(world.ada, world.channel, "sora privacy delete", {})
    question = await world.answer(asked)
    gate = world.discord.faults.hold("PATCH", TOKEN_EDITS)
    pressed = await world.discord.press(world.ada, question, "forget:yes")
    await within(gate.reached.wait())
    pressed.expire()
    before = len(world.discord.calls)

    gate.release()

    await log.wait("command.crashed")
    await world.ask(world.ada, "sora balance")
    assert world.discord.invalid_requests == 1
    assert [call for call in world.discord.calls[before:] if TOKEN_EDITS in call.path] == []
