"""Prices that a moderator must approve."""

import asyncio

import pytest

from bot.app import App
from bot.sandbox.discord import Interaction, Message
from tests.books import balances, query, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import MovableClock, World, buttons_of, running_bot, text_of

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]


async def asked(world: World, **options: object) -> tuple[Interaction, Message]:
    """Let a member ask for a video whose price needs an approval."""
    use = await world.create(**options)  # type: ignore[arg-type]  # as world.create has them
    return use, await world.answer(use)


async def test_a_price_is_approved_by_a_moderator_alone(world: World, bot: App) -> None:
    """The credits are held meanwhile; neither the member nor another member can decide."""
    moderator = world.guild.add_member("Mo", permissions=("moderate_members",))
    bea = world.guild.add_member("Bea")
    answer = await world.ask(world.admin, "budget approve-above", amount="$0.40", hours=2)
    assert "cost more than 40 credits ($0.40) wait up to 2 h for a moderator" in answer
    free, _ = await asked(world)
    await world.shown(free, "COMPLETED")

    use, message = await asked(world, duration=8)

    assert "needs a moderator's approval; the credits are held until then" in text_of(message)
    assert "Held for videos under way: 80" in await world.ask(world.ada, "sora balance")
    for member in (world.ada, bea):
        pressed = await world.discord.press(member, message, "approve:2")
        assert "Only a moderator can decide" in text_of(await world.answer(pressed))
    assert states(world.database) == ["delivered", "held"]
    pressed = await world.discord.press(moderator, message, "approve:2")
    assert "Job #2 is approved for 80 credits" in text_of(await world.answer(pressed))
    message = await world.shown(use, "COMPLETED")
    assert message.components == []
    log = await world.ask(world.admin, "budget log")
    assert f"**price of job #2 approved** · <@{world.ada.id}> · by <@{moderator.id}>" in log


async def test_a_declined_price_gives_the_credits_back(world: World, bot: App) -> None:
    """An admin declines; a second press comes too late; off ends the approvals."""
    await world.ask(world.admin, "budget approve-above", amount="0")
    use, message = await asked(world)

    pressed = await world.discord.press(world.admin, message, "decline:1")
    late = await world.discord.press(world.admin, message, "approve:1")
    assert f"went back to <@{world.ada.id}>" in text_of(await world.answer(pressed))
    assert f"was declined by <@{world.admin.id}> before" in text_of(await world.answer(late))
    message = await world.shown(use, "CANCELLED")
    assert "A moderator did not approve this price" in text_of(message)
    assert message.components == []
    assert "500 credits ($5.00)" in await world.ask(world.ada, "sora balance")
    answer = await world.ask(world.admin, "budget approve-above", amount="off")
    assert "No price needs a moderator's approval" in answer
    use, _ = await asked(world)
    await world.shown(use, "COMPLETED")


async def test_a_price_about_which_nobody_decides_lapses(
    world: World, clock: MovableClock, log: BotLog
) -> None:
    """After the time the credits are back, also over a restart; a late press changes nothing."""
    async with running_bot(world, clock):
        await world.ask(world.admin, "budget approve-above", amount="0", hours=1)
        use, message = await asked(world)
        while query(world.database, "SELECT message_id FROM messages") == [(None,)]:
            await world.ask(world.ada, "sora status")  # a restart withdraws what was not shown
        clock.advance(3_601)
        pressed = await world.discord.press(world.admin, message, "approve:1")
        assert "The time to decide about job #1 is over" in text_of(await world.answer(pressed))
    async with running_bot(world, clock):
        text = text_of(await world.shown(use, "CANCELLED"))
        assert "No moderator decided about this price in time" in text
    assert balances(world.database)["held"] == 0
    assert query(world.database, "SELECT verdict FROM approvals") == [("lapsed",)]


async def test_a_cancelled_job_leaves_nothing_to_decide(world: World, bot: App) -> None:
    """The member takes the request back: the credits are free, the buttons gone."""
    await world.ask(world.admin, "budget approve-above", amount="0")
    use, message = await asked(world)
    assert "is cancelled" in await world.ask(world.ada, "sora cancel", job=1)
    await world.shown(use, "CANCELLED")
    assert message.components == []
    assert states(world.database) == ["cancelled"]
    assert query(world.database, "SELECT verdict FROM approvals") == [("withdrawn",)]


LONG = "\n".join(f"line {number} of a very long story" for number in range(100))


async def test_moderators_are_asked_in_their_channel(world: World, bot: App) -> None:
    """With the way to the job and the buttons; whoever asked sees none. The name stands after."""
    moderator = world.guild.add_member("Mo", permissions=("moderate_members",))
    office = world.guild.add_channel("office")
    answer = await world.ask(world.admin, "budget approve-above", amount="0", channel=office)
    assert f"<#{office.id}> is told of each, with buttons" in answer

    use, message = await asked(world)

    shown = await world.shown(use, "WAITING FOR APPROVAL")
    assert "The moderators are asked in a channel of theirs" in text_of(message)
    assert message.components == []
    assert "#1** WAITING FOR APPROVAL" in await world.ask(world.ada, "sora status")
    await world.until(lambda: office.messages != [])
    [request] = office.messages
    link = f"https://discord.com/channels/{world.guild.id}/{world.channel.id}/{shown.id}"
    assert link in text_of(request)
    assert "40 credits ($0.40) for Sora 2 · 4 s · 720x1280" in text_of(request)
    assert "> a cat surfing at dawn" in text_of(request)
    assert request.mentioned == []
    assert list(buttons_of(request)) == ["Approve", "Decline"]
    waiting = await world.ask(world.admin, "budget approvals")
    assert f"**#1** 40 credits ($0.40) · <@{world.ada.id}> · {link}" in waiting

    await world.discord.press(moderator, request, "approve:1")

    message = await world.shown(use, "COMPLETED")
    assert f"<@{moderator.id}>" in text_of(message).split("Approved by")[1]
    assert request.components == []
    assert f"**Approved** by <@{moderator.id}>." in text_of(request)
    assert "Nothing waits for a decision" in await world.ask(world.admin, "budget approvals")
    assert len(office.messages) == 1


async def test_a_late_press_in_the_moderators_channel_closes_the_question(
    world: World, bot: App
) -> None:
    """Whoever was faster is named, and nothing looks alive any more."""
    office = world.guild.add_channel("office")
    await world.ask(world.admin, "budget approve-above", amount="0", channel=office)
    use, _ = await asked(world)
    await world.until(lambda: office.messages != [])
    [request] = office.messages
    listed = await world.discord.use(world.admin, world.channel, "budget approvals", {})
    await world.press(world.admin, await world.answer(listed), "Decline #1")
    message = await world.shown(use, "CANCELLED")
    assert f"<@{world.admin.id}>" in text_of(message).split("Declined by")[1]
    await world.discord.press(world.admin, request, "approve:1")
    await world.until(lambda: request.components == [])
    assert f"declined by <@{world.admin.id}> before" in text_of(request)


async def test_who_decides_can_read_the_whole_prompt(world: World, bot: App) -> None:
    """Where the message shows less of it; nobody else can, by that button."""
    await world.ask(world.admin, "budget approve-above", amount="0")
    _, message = await asked(world, prompt=LONG)
    assert list(buttons_of(message)) == ["Approve", "Decline", "Whole prompt"]
    pressed = await world.press(world.admin, message, "Whole prompt")
    [file] = (await world.answer(pressed)).attachments
    assert file.filename == "prompt-1.txt"
    assert (await asyncio.to_thread(file.path.read_text)) == LONG
    bea = world.guild.add_member("Bea")
    pressed = await world.press(bea, message, "Whole prompt")
    assert "Only a moderator can decide" in text_of(await world.answer(pressed))


async def test_without_a_channel_the_admin_is_warned_and_the_message_names_who_decides(
    world: World, bot: App
) -> None:
    """Then the buttons are in the one place where a moderator may see them."""
    answer = await world.ask(world.admin, "budget approve-above", amount="0")
    assert "No channel is told of them" in answer
    _, message = await asked(world)
    assert "Members who may time out others or manage the server can decide below" in (
        text_of(message)
    )
    assert list(buttons_of(message)) == ["Approve", "Decline"]
