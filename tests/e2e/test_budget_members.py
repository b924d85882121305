"""What admins do about one member, through real interactions."""

from typing import Any

import pytest

from bot.app import App
from bot.sandbox.discord import ClientRefusal
from tests.books import balances, query
from tests.e2e.botlog import BotLog
from tests.e2e.harness import World, text_of

pytestmark = pytest.mark.usefixtures("at_once")


async def test_amounts_are_read_as_people_write_them(world: World, bot: App) -> None:
    """Credits and dollars are accepted, and answers name both; what is unclear changes nothing."""
    ada = {"member": world.ada}
    answer = await world.ask(world.admin, "budget grant", **ada, amount="1,500", reason="a prize")
    assert f"Granted 1,500 credits ($15.00) to <@{world.ada.id}>" in answer
    assert "2,000 credits ($20.00)" in answer
    answer = await world.ask(world.admin, "budget revoke", **ada, amount="$4.99")
    assert f"Revoked 499 credits ($4.99) from <@{world.ada.id}>" in answer
    answer = await world.ask(world.admin, "budget revoke", **ada, amount="99,999")
    assert "Only 1,001 credits of what was granted are left" in answer
    for unclear in ("1.500", "5,0", "-5", "lots", "@everyone"):
        answer = await world.ask(world.admin, "budget grant", **ada, amount=unclear)
        assert "Please write credits as 500 or 1,500, or money as $5" in answer
    assert balances(world.database)["grant"] == 1001


async def test_an_allowance_is_set_and_reset(world: World, bot: App) -> None:
    """Show tells what decides; without an own allowance it is the default again."""
    ada = {"member": world.ada}
    answer = await world.ask(world.admin, "budget set", **ada, amount="50", reason="on *holiday*")
    assert f"The allowance of <@{world.ada.id}> is 50 credits ($0.50)" in answer
    shown = await world.ask(world.admin, "budget show", **ada)
    assert "50 left of 50, set for this member alone" in shown
    answer = await world.ask(world.admin, "budget set", **ada, amount="Reset")
    assert "no personal allowance any more" in answer
    shown = await world.ask(world.admin, "budget show", **ada)
    assert "500 left of 500, the bot's default" in shown
    assert "personal allowance: **50 credits ($0.50)**" in shown
    assert "on \\*holiday\\*" in shown


async def test_a_frozen_member_gets_no_new_video_but_the_running_one(
    world: World, bot: App
) -> None:
    """The member is told plainly; what was held stays held, and the video comes."""
    plan = world.plan(hold=True)
    running = await world.create()
    await world.shown(running, "PROCESSING")
    ada = {"member": world.ada}

    answer = await world.ask(world.admin, "budget freeze", **ada, reason="spam")
    assert "40 credits ($0.40) are held for them" in answer
    refused = text_of(await world.answer(await world.create()))
    assert "An admin has frozen your budget" in refused
    assert "This budget is frozen" in await world.ask(world.ada, "sora balance")
    assert "This budget is frozen" in await world.ask(world.admin, "budget show", **ada)
    plan.release()
    await world.shown(running, "COMPLETED")
    assert "can ask for videos again" in await world.ask(world.admin, "budget unfreeze", **ada)

    world.plan(times=None)
    await world.shown(await world.create(), "COMPLETED")


async def test_a_member_who_leaves_and_returns_finds_the_same_balance(
    world: World, bot: App
) -> None:
    """Grants and what was used stay; a role's allowance does not, since the role is gone."""
    role = world.guild.add_role("Patrons")
    world.guild.give(world.ada, role)
    await world.ask(world.admin, "budget role", role=role, amount="900")
    await world.ask(world.admin, "budget grant", member=world.ada, amount="25")
    await world.shown(await world.create(), "COMPLETED")
    assert "885 credits" in await world.ask(world.ada, "sora balance")

    world.guild.remove_member(world.ada)
    refused = await world.discord.use(
        world.admin,
        world.channel,
        "budget grant",
        {"member": world.ada, "amount": "1"},
        forced=True,
    )
    assert "not in this server" in text_of(await world.answer(refused))
    world.guild.readmit_member(world.ada)

    balance = await world.ask(world.ada, "sora balance")
    assert "485 credits ($4.85)" in balance
    assert "460 left of 500" in balance
    world.guild.give(world.ada, role)
    assert "860 left of 900, by roles" in await world.ask(world.ada, "sora balance")


COMMANDS: dict[str, dict[str, Any]] = {
    "budget show": {},
    "budget approvals": {},
    "budget set": {"member": None, "amount": "9000"},
    "budget grant": {"member": None, "amount": "9000"},
    "budget revoke": {"member": None, "amount": "1"},
    "budget freeze": {"member": None},
    "budget unfreeze": {"member": None},
    "budget default": {"amount": "9000"},
    "budget role": {"role": None, "amount": "9000"},
    "budget combine": {"rule": "sum"},
    "budget pool set": {"role": None, "amount": "9000"},
    "budget pool remove": {"role": None},
    "budget pool list": {},
    "budget limits": {"running": 9},
    "budget running": {"member": 9},
    "budget approve-above": {"amount": "off"},
    "budget log": {},
    "budget report": {},
    "budget pause": {},
    "budget resume": {},
    "budget alerts": {},
    "budget job end": {"job": 1, "reason": "stuck"},
}


async def test_each_command_is_refused_to_who_lacks_the_permission(world: World, bot: App) -> None:
    """Discord does not offer them; a client that sends them all the same changes and sees nothing.

    In direct messages they are refused as well.
    """
    [registered] = [
        each for each in world.discord.commands.of(None).values() if each["name"] == "budget"
    ]
    assert registered["default_member_permissions"] == "32"
    leaves = {
        " ".join(filter(None, ("budget", option["name"], below and below["name"])))
        for option in registered["options"]
        for below in (option["options"] if option["type"] == 2 else [None])
    }
    assert leaves == set(COMMANDS)
    values = {"member": world.ada, "role": world.guild.everyone}
    for command, options in COMMANDS.items():
        given = {name: values[name] if value is None else value for name, value in options.items()}
        with pytest.raises(ClientRefusal, match="lacks the permissions"):
            await world.discord.use(world.ada, world.channel, command, given)
        forced = await world.discord.use(world.ada, world.channel, command, given, forced=True)
        answer = await world.answer(forced)
        assert answer.ephemeral
        assert "Only members with the permission *Manage Server*" in text_of(answer), command
    direct = await world.discord.use(world.admin, None, "budget pause", {}, forced=True)
    assert "This works in a server only" in text_of(await world.answer(direct))
    for table in ("changes", "entries", "handled_interactions", "guild_settings"):
        assert query(world.database, f"SELECT * FROM {table}") == []  # noqa: S608 - ours


async def test_a_change_that_discord_delivers_twice_is_made_once(
    world: World, bot: App, log: BotLog
) -> None:
    """The second delivery says and does nothing, whatever is changed."""
    options = {"role": world.guild.add_role("Patrons"), "amount": "700"}
    use = await world.discord.use(world.admin, world.channel, "budget role", options)
    await world.answer(use)
    await world.ask(world.admin, "budget role", role=options["role"], amount="remove")

    await world.discord.replay(use)
    await log.wait("interaction.repeated")

    assert query(world.database, "SELECT * FROM role_allowances") == []


async def test_a_question_that_discord_delivers_twice_is_answered_once(
    world: World, bot: App, log: BotLog
) -> None:
    """Discord refuses a second answer; that is no fault of the bot's."""
    for command in ("budget show", "budget report"):
        use = await world.discord.use(world.admin, world.channel, command, {})
        await world.answer(use)
        await world.discord.replay(use)
    await log.wait("interaction.repeated", 2)

    assert log.find("command.crashed") == []
    assert log.find("answer.failed") == []
