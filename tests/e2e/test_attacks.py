"""What members and admins may try on the whole bot, and must not succeed in."""

import os
from pathlib import Path

import pytest

from bot.app import SWEEP_SECONDS, App
from bot.delivery.archive import LEFTOVER_SECONDS
from tests.books import states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import MovableClock, World, text_of, within
from tests.e2e.pictures import save

pytestmark = pytest.mark.usefixtures("at_once")

CHANNEL_EDITS = r"/channels/\d+/messages/\d+$"


async def test_an_admin_who_looks_does_not_end_the_member_s_delivery(
    world: World, bot: App, log: BotLog
) -> None:
    """The member has paid and has seen nothing: the video comes as soon as a door opens."""
    held = world.plan(hold=True)
    use = await world.create()
    await world.shown(use, "PROCESSING")
    use.expire()
    world.channel.deny_bot("view_channel")
    held.release()
    await within(world.discord.wait_calls("PATCH", CHANNEL_EDITS, 2))

    shown = await world.discord.use(world.admin, world.channel, "sora show", {"job": 1})
    assert len((await world.answer(shown)).attachments) == 1
    assert states(world.database) == ["rendered"]

    world.channel.allow_bot("view_channel")
    message = await world.shown(use, "COMPLETED")
    assert world.videos_shown() == [message]
    await log.wait("job.delivered")


async def test_commands_that_cannot_be_registered_are_said_so_in_the_log(
    world: World, bot: App, log: BotLog
) -> None:
    """A connection that ends without an answer is no crash: the next start registers them."""
    world.discord.faults.reset("PUT", "/applications/", times=None)
    world.segmind.retire("sora-2")
    await world.shown(await world.create(), "FAILED")
    await log.wait("commands.not_registered")


@pytest.mark.settings(budgets={"default_allowance": 39})
async def test_who_cannot_pay_costs_no_fetch_and_no_disk(
    world: World, bot: App, tmp_path: Path
) -> None:
    """The refusal comes before the picture is asked for: else anybody could fill the disk."""
    answer = await world.answer(await world.create(image=save(tmp_path, "fox.png")))
    assert answer.ephemeral
    assert "39 credits" in text_of(answer)
    assert not (world.videos / "pictures").exists()


async def test_pictures_of_cancelled_videos_do_not_fill_the_disk(
    world: World, bot: App, clock: MovableClock, log: BotLog, tmp_path: Path
) -> None:
    """They cost nothing: a day later the running bot deletes them; those of others stay."""
    await world.ask(world.admin, "budget approve-above", amount="0")
    kept = await world.create(image=save(tmp_path, "kept.png"), size="1280x720")
    await world.shown(kept, "QUEUED")
    before = set((world.videos / "pictures").iterdir())
    other = save(tmp_path, "other.png").with_name("other.jpg")
    save(tmp_path, "other.png").rename(other)
    use = await world.create(image=other, size="720x1280")
    await world.shown(use, "QUEUED")
