"""What members and admins may try on the whole bot, and must not succeed in."""

from pathlib import Path

import pytest

from bot.app import App
from tests.books import states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import KEY, World, text_of, within
from tests.e2e.pictures import draw, save
from tests.files import names_in

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
    await within(world.discord.wait_calls("PATCH", CHANNEL_EDITS))

    shown = await world.discord.use(world.admin, world.channel, "sora show", {"job": 1})
    assert len((await world.answer(shown)).attachments) == 1
    await world.ask(world.admin, "budget grant", member=world.ada, amount="1")  # written after it
    assert states(world.database) == ["rendered"]

    world.channel.allow_bot("view_channel")
    message = await world.shown(use, "COMPLETED")
    assert world.videos_shown() == [message]
    told = await log.wait("job.delivered")
    assert told["how"] == "in the job's message"


@pytest.mark.settings(budgets={"default_allowance": 1})
async def test_who_cannot_pay_costs_no_fetch_and_no_disk(
    world: World, bot: App, tmp_path: Path
) -> None:
    """The refusal comes before the picture is asked for: else anybody could fill the disk."""
    answer = await world.answer(await world.create(image=save(tmp_path, "fox.png")))
    assert answer.ephemeral
    assert "1 credit" in text_of(answer)
    assert not (world.videos / "pictures").exists()


async def test_pictures_of_cancelled_videos_do_not_fill_the_disk(
    world: World, bot: App, log: BotLog, tmp_path: Path
) -> None:
    """They cost nothing: they go at once, and no others."""
    await world.ask(world.admin, "budget approve-above", amount="0", hours=336)
    folder = world.videos / "pictures"
    await world.shown(await world.create(image=save(tmp_path, "kept.png")), "WAITING FOR APPROVAL")
    kept = set(names_in(folder))
    await world.shown(
        await world.create(image=save(tmp_path, "gone.png", draw(360, 640))), "WAITING FOR APPROVAL"
    )
    assert set(names_in(folder)) > kept
    assert "is cancelled" in await world.ask(world.ada, "sora cancel", job=2)
    await log.wait("job.told")
    assert set(names_in(folder)) == kept


async def test_a_picture_cannot_be_animated_while_its_models_are_paused(
    world: World, bot: App, log: BotLog, tmp_path: Path
) -> None:
    """One clear sentence, and no form without a choice, which Discord would not take."""
    posted = await world.channel.post(world.ada, "my fox", [save(tmp_path, "fox.png")])
    world.segmind.out_of_credits(KEY)
    await world.shown(await world.create(), "FAILED")
    await log.wait("provider.paused")
    use = await world.discord.use_on(world.ada, posted, "Animate this picture")
    answer = await world.answer(use)
    assert answer.ephemeral
    assert "tried again" in text_of(answer)
    assert log.find("command.crashed") == []
