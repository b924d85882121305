"""The rules that admins set for a server, and what they do to /sora create."""

import pytest

from bot.app import App
from bot.sandbox.discord import ClientRefusal, Interaction
from bot.sandbox.discord.channel import FORUM, MEDIA, STAGE
from tests.e2e.botlog import BotLog
from tests.e2e.harness import MovableClock, World, text_of

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]


async def created(world: World, **where: object) -> str:
    """Let a member ask for a video, and read the answer."""
    use: Interaction = await world.create(**where)  # type: ignore[arg-type]  # as world.create has
    return text_of(await world.answer(use))


async def test_the_default_its_period_and_its_zone(
    world: World, bot: App, clock: MovableClock
) -> None:
    """The answer says what a new period means; zones are offered as one types."""
    choices = await world.discord.autocomplete(
        world.admin, world.channel, "budget default", {"zone": "berl"}, focused="zone"
    )
    assert [each["value"] for each in choices] == ["Europe/Berlin"]
    everything = await world.discord.autocomplete(
        world.admin, world.channel, "budget default", focused="zone"
    )
    assert len(everything) == 25
    await world.shown(await world.create(), "COMPLETED")

    answer = await world.ask(
        world.admin, "budget default", amount="$7", period="day", zone="Europe/Berlin"
    )

    assert "700 credits ($7.00) a day, by the calendar of Europe/Berlin; renews <t:" in answer
    assert "What was held or spent since <t:" in answer
    assert "660 left of 700, the server's default" in await world.ask(world.ada, "sora balance")
    answer = await world.ask(world.admin, "budget default", amount="60")
    assert "What was held or spent since" not in answer
    assert "you have 20 credits left" in await created(world)
    clock.advance(86_400)
    assert "60 left of 60" in await world.ask(world.ada, "sora balance")
    answer = await world.ask(world.admin, "budget default", amount="60", zone="Europe/Atlantis")
    assert "There is no time zone “Europe\\/Atlantis”" in answer
    assert "500 credits ($5.00) a day" in await world.ask(
        world.admin, "budget default", amount="reset"
    )


async def test_the_allowances_of_roles(world: World, bot: App) -> None:
    """The highest of a member's roles counts, or they add up; a role may lose its own."""
    small, large = (world.guild.add_role(name) for name in ("Small", "Large"))
    for role, amount in ((small, "100"), (large, "1,000")):
        answer = await world.ask(world.admin, "budget role", role=role, amount=amount)
        assert f"Members with <@&{role.id}> may spend {amount} credits" in answer
        world.guild.give(world.ada, role)
    assert "1,000 left of 1,000, by roles" in await world.ask(world.ada, "sora balance")
    answer = await world.ask(world.admin, "budget combine", rule="sum")
    assert "they add up" in answer
    assert "1,100 left of 1,100" in await world.ask(world.ada, "sora balance")
    answer = await world.ask(world.admin, "budget role", role=large, amount="remove")
    assert "no allowance of its own any more" in answer
    assert "100 left of 100" in await world.ask(world.ada, "sora balance")
    everyone = await world.ask(world.admin, "budget role", role=world.guild.everyone, amount="5")
    assert "please use `/budget default`" in everyone


async def test_pools_of_a_channel_and_of_a_role_with_a_share(world: World, bot: App) -> None:
    """Each pays after the allowance where it counts; the answer says which source pays what."""
    role = world.guild.add_role("Patrons")
    world.guild.give(world.ada, role)
    other = world.guild.add_channel("other")
    await world.ask(world.admin, "budget default", amount="50")
    answer = await world.ask(world.admin, "budget pool set", channel=world.channel, amount="70")
    assert f"<#{world.channel.id}> shares 70 credits ($0.70) a month" in answer
    assert "one member as much as is left" in answer
    answer = await world.ask(world.admin, "budget pool set", role=role, amount="$10", share="40")
    assert f"<@&{role.id}> shares 1,000 credits ($10.00) a month, one member at most 40" in answer

    text = await created(world)
    assert "from the allowance" in text
    text = await created(world)
    assert f"from the allowance (10) and the pool of <#{world.channel.id}> (30)" in text
    text = await created(world)
    channels, roles = f"the pool of <#{world.channel.id}>", f"the pool of <@&{role.id}>"
    assert f"from {channels}" in text
    text = await created(world, channel=other)
    assert f"from {roles}" in text
    assert "you have 0 credits left" in await created(world, channel=other)

    balance = await world.ask(world.ada, "sora balance")
    assert f"<#{world.channel.id}> 0 left of 70" in balance
    assert f"<@&{role.id}> 960 left of 1,000; 0 of a member's 40" in balance
    listed = await world.ask(world.admin, "budget pool list")
    assert f"<#{world.channel.id}> 70 used of 70 credits" in listed
    assert f"<@&{role.id}> 40 used of 1,000 credits ($10.00), 40 for one member" in listed


async def test_a_channels_pool_pays_in_its_threads_and_everyones_everywhere(
    world: World, bot: App
) -> None:
    """The role @everyone makes a pool of the whole server."""
    thread = world.guild.add_thread(world.channel, "scenes")
    other = world.guild.add_channel("other")
    await world.ask(world.admin, "budget default", amount="0")
    await world.ask(world.admin, "budget pool set", channel=world.channel, amount="40")
    everyone = world.guild.everyone
    await world.ask(world.admin, "budget pool set", role=everyone, amount="40")

    assert f"from the pool of <#{world.channel.id}>" in await created(world, channel=thread)
    assert f"from the pool of <@&{everyone.id}>" in await created(world, channel=other)
    assert "you have 0 credits left" in await created(world, channel=other)


@pytest.mark.parametrize("kind", [FORUM, MEDIA])
async def test_a_forums_pool_pays_in_its_posts(world: World, bot: App, kind: int) -> None:
    """Posts are threads of the forum, which can be chosen like any channel that shares credits."""
    forum = world.guild.add_channel("takes", kind)
    post = world.guild.add_thread(forum, "a boat in the rain")
    await world.ask(world.admin, "budget default", amount="0")
    answer = await world.ask(world.admin, "budget pool set", channel=forum, amount="40")
    assert f"<#{forum.id}> shares 40 credits ($0.40) a month" in answer

    assert f"from the pool of <#{forum.id}>" in await created(world, channel=post)


async def test_alerts_go_where_one_can_write(world: World, bot: App) -> None:
    """The text of a voice channel is as good as any; in a forum there are posts alone."""
    stage = world.guild.add_channel("stage", STAGE)
    assert f"<#{stage.id}>" in await world.ask(world.admin, "budget alerts", channel=stage)
    with pytest.raises(ClientRefusal, match="not of the types"):
        await world.ask(world.admin, "budget alerts", channel=world.guild.add_channel("x", FORUM))


async def test_a_pool_is_a_roles_or_a_channels_and_can_be_removed(world: World, bot: App) -> None:
    """Just one of the two must be named; what is not there cannot be removed."""
    role = world.guild.add_role("Patrons")
    both = {"role": role, "channel": world.channel}
    for options in ({}, both):
        answer = await world.ask(world.admin, "budget pool set", amount="70", **options)
        assert "please name one of the two" in answer
    assert "There is no pool" in await world.ask(world.admin, "budget pool remove", role=role)
    await world.ask(world.admin, "budget pool set", role=role, amount="70")
    answer = await world.ask(world.admin, "budget pool remove", role=role)
    assert f"<@&{role.id}> has no pool any more" in answer
    assert "`/budget pool set` sets one up" in await world.ask(world.admin, "budget pool list")


async def test_limits_of_roles_and_of_everyone(world: World, bot: App) -> None:
    """Who has a role with limits goes by these, others by everyone's; each can be lifted."""
    role = world.guild.add_role("Patrons")
    offered = await world.discord.autocomplete(
        world.admin, world.channel, "budget limits", {"models": "sora-2, sora-2"}, focused="models"
    )
    assert {"name": "sora-2, sora-2-pro", "value": "sora-2, sora-2-pro"} in offered
    answer = await world.ask(
        world.admin, "budget limits", models="sora-2", seconds=4, sizes="720x1280, 1280x720"
    )
    assert (
        "Everyone may ask for: models `sora-2`; up to 4 s; sizes `1280x720` and `720x1280`."
        in answer
    )
    answer = await world.ask(
        world.admin, "budget limits", role=role, models="sora-2,sora-2-pro", running=1
    )
    assert f"<@&{role.id}> may ask for: models `sora-2` and `sora-2-pro`; 1 video at once" in answer

    text = await created(world, model="sora-2-pro")
    assert "do not allow the model Sora 2 Pro" in text
    assert "They allow Sora 2." in text
    assert "the duration 8 s" in await created(world, duration=8)
    allow = "Your roles allow: models `sora-2`; up to 4 s"
    assert allow in await world.ask(world.ada, "sora balance")
    world.guild.give(world.ada, role)
    await world.shown(await world.create(model="sora-2-pro"), "COMPLETED")

    await world.ask(world.admin, "budget limits", seconds=0, models="any")
    overview = await world.ask(world.admin, "budget show")
    assert "Everyone: sizes `1280x720` and `720x1280`" in overview
    assert f"<@&{role.id}>: models `sora-2` and `sora-2-pro`; 1 video at once" in overview
    cleared = await world.ask(world.admin, "budget limits", role=role, clear=True)
    assert "everything that the bot offers" in cleared
    for wrong, words in (
        ({"models": "sora-2, dall-e"}, "There is no model “dall\\-e”"),
        ({"sizes": "9x9"}, "No model makes videos of the size “9x9”"),
    ):
        assert words in await world.ask(world.admin, "budget limits", **wrong)
    seen = await world.ask(world.admin, "budget limits")
    assert "Everyone may ask for: sizes `1280x720` and `720x1280`." in seen


async def test_videos_at_once_of_a_member_and_of_the_server(world: World, bot: App) -> None:
    """A further one waits in line until the first is over; 0 leaves it to the bot's own limits."""
    answer = await world.ask(world.admin, "budget running", member=1, server=2)
    assert "At once: 1 video of one member, 2 videos of the server." in answer
    plan = world.plan(hold=True)
    first = await world.create()
    await world.shown(first, "PROCESSING")
    second = await world.create()
    assert "Number 1 in line" in text_of(await world.answer(second))
    plan.release()
    await world.shown(second, "COMPLETED")
    answer = await world.ask(world.admin, "budget running", member=0, server=0)
    assert "as many as the bot allows of one member, as many as the bot allows" in answer


async def test_a_pause_lets_running_videos_finish(world: World, bot: App) -> None:
    """Nobody can ask for a new one, an admin neither, until it is resumed."""
    plan = world.plan(hold=True)
    running = await world.create()
    await world.shown(running, "PROCESSING")
    answer = await world.ask(world.admin, "budget pause", reason="too much")
    assert "what the video service has already goes on" in answer
    for member in (world.ada, world.admin):
        assert "paused new videos in this server" in await created(world, member=member)
    assert "New videos are paused" in await world.ask(world.ada, "sora balance")
    assert "New videos are paused" in await world.ask(world.admin, "budget show")
    plan.release()
    await world.shown(running, "COMPLETED")
    await world.ask(world.admin, "budget resume")
    world.plan(times=None)
    await world.shown(await world.create(), "COMPLETED")


@pytest.mark.settings(budgets={"ceiling_per_guild": "off"})
async def test_the_ceilings_levels_are_told_in_the_admins_channel(
    world: World, bot: App, log: BotLog
) -> None:
    """Once each; a channel where the bot may not write is refused when it is chosen."""
    closed = world.guild.add_channel("closed")
    closed.deny_bot("send_messages")
    alerts = world.guild.add_channel("alerts")
    answer = await world.ask(world.admin, "budget alerts", channel=closed)
    assert f"I cannot write in <#{closed.id}>, because I lack *Send Messages* there" in answer
    answer = await world.ask(world.admin, "budget alerts", channel=alerts)
    assert "There is no ceiling of this server now" in answer
    await bot.rules.set_ceiling(world.guild.id, 80, 1, "")
    answer = await world.ask(world.admin, "budget alerts", channel=alerts)
    assert answer == f"<#{alerts.id}> is told when 50, 80 and 100 % of the ceiling are used."

    await world.shown(await world.create(), "COMPLETED")
    await world.until(lambda: len(alerts.messages) == 1)
    await world.shown(await world.create(), "COMPLETED")
    await world.until(lambda: len(alerts.messages) == 3)

    assert ["**50 %**" in alerts.messages[0].content, "**80 %**" in alerts.messages[1].content] == [
        True,
        True,
    ]
    assert "**100 %** of the ceiling of this server" in alerts.messages[2].content
    refused = await created(world)
    assert "limits what this server may spend" in refused
    overview = await world.ask(world.admin, "budget show")
    assert "80 credits ($0.80) of 80 credits ($0.80) are held or spent, 100 %" in overview
    answer = await world.ask(world.admin, "budget alerts")
    assert "No channel is told" in answer


async def test_a_deleted_role_and_channel_lose_their_rules(
    world: World, bot: App, log: BotLog
) -> None:
    """What is held from their pools is settled as booked; the overview names them no more."""
    role, place = world.guild.add_role("Patrons"), world.guild.add_channel("place")
    world.guild.give(world.ada, role)
    await world.ask(world.admin, "budget default", amount="0")
    await world.ask(world.admin, "budget role", role=role, amount="10")
    await world.ask(world.admin, "budget limits", role=role, running=3)
    await world.ask(world.admin, "budget pool set", role=role, amount="30")
    await world.ask(world.admin, "budget pool set", channel=place, amount="40")
    plan = world.plan(hold=True)
    first = await world.create()
    await world.shown(first, "PROCESSING")
    second = await world.create(channel=place)
    await world.shown(second, "PROCESSING")

    world.guild.remove_role(role)
    await world.guild.delete_channel(place)
    await log.wait("rules.dropped", 2)

    overview = await world.ask(world.admin, "budget show")
    assert str(role.id) not in overview
    assert str(place.id) not in overview
    assert "you have 0 credits left" in await created(world)
    plan.release()
    await world.shown(first, "COMPLETED")
    assert "the role was deleted" in await world.ask(world.admin, "budget log")


async def test_the_overview_fits_with_many_roles_and_pools(world: World, bot: App) -> None:
    """Twenty-five roles with allowances, limits and pools: Discord takes the answer."""
    roles = [world.guild.add_role(f"Role {number}") for number in range(25)]
    await world.ask(world.admin, "budget show")
    for number, role in enumerate(roles):
        await bot.rules.set_role_allowance(world.guild.id, role.id, 999_999 - number, 1, "")
        await bot.rules.set_pool(world.guild.id, ("role", role.id), (1_000_000, 999_999), 1, "")
        await bot.rules.change_limits(
            world.guild.id, role.id, {"models": frozenset(bot.supply.menu())}, 1, ""
        )
        world.guild.give(world.ada, role)

    overview = await world.ask(world.admin, "budget show")
    balance = await world.ask(world.ada, "sora balance")
    await world.ask(world.admin, "budget show", member=world.ada)
    pools = await world.ask(world.admin, "budget pool list")

    assert "… and" in overview
    assert "… and" in balance
    assert pools.count("<@&") == 25
