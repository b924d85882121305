"""What whoever runs the bot may do in Discord."""

import pytest

from bot.app import App
from bot.notifier.outbox import LEASE
from bot.sandbox.discord import ClientRefusal
from tests.e2e.harness import BotProcess, MovableClock, World, running_bot, text_of, within

pytestmark = pytest.mark.usefixtures("at_once")


async def test_only_the_operator_sets_ceilings(world: World, bot: App) -> None:
    """Discord hides the commands; an admin who sends them all the same is refused."""
    for command, options in (("operator ceiling", {"amount": "5"}), ("operator ceilings", {})):
        with pytest.raises(ClientRefusal):
            await world.discord.use(world.admin, world.channel, command, options)
        forced = await world.discord.use(world.admin, world.channel, command, options, forced=True)
        answer = await world.answer(forced)
        assert answer.ephemeral
        assert "Only whoever runs this bot can do this" in text_of(answer)
    assert [each.amount for each in await bot.rules.ceilings(world.guild.id)] == [5_000, 20_000]


async def test_a_ceiling_of_all_servers_stops_a_video_and_is_told_to_the_operator(
    world: World, bot: App
) -> None:
    """The admin sees only which part of it is used, the operator the amounts."""
    operator = world.guild.add_member("Op", permissions=("administrator",))
    world.discord.set_owner(operator)
    await bot.operators.refresh()
    answer = await world.ask(operator, "operator ceiling", amount="$0.50")
    assert "All servers together: 0 credits ($0.00) of 50 credits ($0.50)" in answer
    await world.shown(await world.create(), "COMPLETED")
    refused = text_of(await world.answer(await world.create()))
    assert "all servers of this bot together may spend" in refused
    direct = world.discord.direct(operator)
    await world.until(lambda: len(direct.messages) == 2)
    assert ["**50 %**" in direct.messages[0].content, "**80 %**" in direct.messages[1].content] == [
        True,
        True,
    ]
    overview = await world.ask(world.admin, "budget show")
    assert "All servers of this bot together: 80 % used." in overview
    assert "50 credits ($0.50)" not in overview
    assert "There is no ceiling" in await world.ask(operator, "operator ceiling", amount="off")
    await world.shown(await world.create(), "COMPLETED")


async def test_a_warning_outlives_the_bot_that_was_to_send_it(
    world: World, process: BotProcess, clock: MovableClock
) -> None:
    """Killed between the hold that reached the level and the message: the next start says it."""
    operator = world.guild.add_member("Op", permissions=("administrator",))
    world.discord.set_owner(operator)
    await process.start()
    await world.ask(operator, "operator ceiling", amount="$0.80")
    gate = world.discord.faults.hold("POST", "/users/@me/channels")
    world.plan(hold=True)
    await world.shown(await world.create(), "PROCESSING")
    await within(gate.reached.wait())
    await process.kill()
    direct = world.discord.direct(operator)
    assert direct.messages == []

    clock.advance(LEASE.total_seconds())
    async with running_bot(world, clock):
        await world.until(lambda: bool(direct.messages))
    assert ["**50 %**" in message.content for message in direct.messages] == [True]
