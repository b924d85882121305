"""Whoever can add the bot spends none of the operator's money: a stranger's server is not open."""

from pathlib import Path
from typing import Any

import pytest

from bot.app import App
from bot.sandbox.discord import Interaction, Mate, Member, Message, Team
from tests.books import query, states
from tests.e2e.botlog import BotLog
from tests.e2e.harness import (
    BotProcess,
    MovableClock,
    World,
    buttons_of,
    running_bot,
    text_of,
    within,
)
from tests.e2e.pictures import save

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]

ASK = "Ask the operator"
HOUR_SECONDS = 3600.0
DAY_SECONDS = 24 * HOUR_SECONDS
NOT_OPEN = "they have not opened it for that. Nothing was charged."


class Strangers:
    """A server whose owner nobody knows, and the one who runs the bot, who is elsewhere."""

    def __init__(self, world: World) -> None:
        self._world = world
        owner = world.discord.add_user("Mallory")
        self.guild = world.discord.add_guild("*Free* videos\nfor all", owner=owner)
        self.channel = self.guild.add_channel("videos")
        self.eve = self.guild.add_member("Eve", permissions=("manage_guild",))
        self.bob = self.guild.add_member("Bob")
        self.operator = world.guild.add_member("Op", permissions=("administrator",))
        world.discord.set_owner(self.operator)

    @property
    def operators_letters(self) -> list[Message]:
        """What the operator was told, oldest first."""
        return list(self._world.discord.direct(self.operator).messages)

    async def create(self, member: Member | None = None, **options: Any) -> Interaction:
        """Let one of them order a video."""
        return await self._world.create(member or self.bob, self.channel, **options)

    async def refused(self, use: Interaction) -> Message:
        """Read the refusal of what was ordered here; it is the member's alone."""
        message = await self._world.answer(use)
        assert NOT_OPEN in text_of(message)
        assert message.ephemeral
        return message

    async def made(self, use: Interaction) -> None:
        """Wait for the video that was ordered here."""
        await self._world.shown(use, "COMPLETED")

    async def use(self, member: Member, path: str, /, **options: Any) -> str:
        """Let one of them use a command here, and read the answer."""
        used = await self._world.discord.use(member, self.channel, path, options)
        return text_of(await self._world.answer(used))

    async def ask(self, member: Member, refusal: Message) -> str:
        """Let one of them press the button under a refusal, also one who does not see it."""
        button = buttons_of(refusal)[ASK]
        pressed = await self._world.discord.press(member, refusal, button, forced=True)
        return text_of(await self._world.answer(pressed))

    async def decide(self, word: str) -> str:
        """Let the operator open or close the server, from another."""
        guild_id = str(self.guild.id)
        return await self._world.ask(self.operator, f"operator server {word}", server=guild_id)


@pytest.fixture
def strangers(world: World) -> Strangers:
    """Give the strangers' server."""
    return Strangers(world)


def servers_said(world: World) -> list[tuple[Any, ...]]:
    """List what is written down of servers, with who decided it."""
    return query(world.database, "SELECT guild_id, how, decided_by FROM open_guilds")


async def test_a_strangers_server_spends_nothing_until_it_is_opened(
    strangers: Strangers, world: World, bot: App
) -> None:
    """Whatever its admins grant: nothing is held and nothing sent, and who is to be asked is said.

    The operator is told once; opened, it works; closed, it does no more.
    """
    refusal = await strangers.refused(await strangers.create())
    guild_id = strangers.guild.id
    assert f"`/operator server allow server:{guild_id}`" in text_of(refusal)
    granted = await strangers.use(
        strangers.eve, "budget grant", member=strangers.eve, amount="1000000"
    )
    assert "Granted 1,000,000 credits" in granted
    by_admin = await strangers.refused(await strangers.create(strangers.eve))
    assert "*Manage Server*" in await strangers.ask(strangers.bob, refusal)
    assert strangers.operators_letters == []

    assert "has been asked to open" in await strangers.ask(strangers.eve, by_admin)
    await world.until(lambda: bool(strangers.operators_letters))
    assert "was already asked <t:" in await strangers.ask(strangers.eve, by_admin)
    again = await strangers.refused(await strangers.create())
    assert "An admin has asked them <t:" in text_of(again)
    assert again.components == []
    assert states(world.database) == []
    assert world.segmind.generations == []
    letter = strangers.operators_letters[0].content
    assert r"**\*Free\* videos for all**" in letter
    assert f"({guild_id}, 3 members)" in letter
    assert f"<@{strangers.eve.id}> (eve)" in letter
    assert f"`/operator server allow server:{guild_id}`" in letter

    opened = await strangers.decide("allow")
    assert "5,000 credits ($50.00) of its ceiling" in opened
    await strangers.made(await strangers.create())
    assert "This server is open by now" in await strangers.ask(strangers.eve, by_admin)
    assert "only free videos" in await strangers.decide("close")
    await strangers.refused(await strangers.create())
    assert len(world.segmind.generations) == len(strangers.operators_letters) == 1
    log = await strangers.use(strangers.eve, "budget log")
    assert "server opened by the operator" in log
    assert "server closed by the operator" in log


async def test_no_way_leads_around_it(
    strangers: Strangers, world: World, bot: App, log: BotLog, tmp_path: Path
) -> None:
    """Pictures, the menu's form, and buttons from when it was open: refused, and nothing fetched.

    What waits in line ends with its credits back.
    """
    await strangers.decide("allow")
    posted = await strangers.channel.post(strangers.bob, "a fox", [save(tmp_path, "fox.png")])
    form = await world.discord.use_on(strangers.bob, posted, "Animate this picture")
    await form.responded()
    world.plan(fail="no pictures today")
    failed = await world.shown(await strangers.create(), "FAILED")
    await log.wait("job.told")
    nearest = await world.answer(await strangers.create(size="1792x1024"))
    await strangers.use(strangers.eve, "budget approve-above", amount="0")
    waits = await strangers.create()
    await world.answer(waits)
    sent = len(world.segmind.calls)

    await strangers.decide("close")

    cancelled = await world.shown(waits, "CANCELLED")
    assert "not open to this server any more" in text_of(cancelled)
    names = [label["component"]["custom_id"] for label in (form.modal or {})["components"]]
    uses = [
        await world.discord.submit(strangers.bob, form, {names[0]: "it runs"}),
        await strangers.create(image=save(tmp_path, "cat.png")),
        await strangers.create(image=save(tmp_path, "dog.png"), size="1792x1024"),
    ]
    for message in (failed, nearest):
        buttons = buttons_of(message).values()
        assert buttons
        uses += [await world.discord.press(strangers.bob, message, each) for each in buttons]
    for use in uses:
        await strangers.refused(use)
    assert len(world.segmind.calls) == sent
    assert states(world.database) == ["failed", "cancelled"]


@pytest.mark.settings(models={"sora-2": {"credits_per_second": 0}})
async def test_what_is_free_is_made_everywhere(
    strangers: Strangers, world: World, bot: App, log: BotLog
) -> None:
    """The refusal of what is not names it; nothing is held, and its video is delivered."""
    paid = await strangers.refused(await strangers.create(model="sora-2-pro"))
    assert "`model:sora-2`" in text_of(paid)
    use = await strangers.create()
    await strangers.made(use)
    await log.wait("job.delivered")
    held = query(world.database, "SELECT amount, state, settled FROM holds")
    assert held == [(0, "settled", 0)]
    assert query(world.database, "SELECT count(*) FROM entries") == [(0,)]
    assert " any\n" in await strangers.use(strangers.bob, "sora balance")
    assert " 0/s " in await strangers.use(strangers.bob, "sora models")
    world.plan(fail="not today")
    await world.shown(await strangers.create(), "FAILED")
    await strangers.decide("close")
    await strangers.made(await strangers.create())


async def test_an_operator_opens_a_server_by_using_a_command_there(
    strangers: Strangers, world: World, process: BotProcess
) -> None:
    """Any command, written once; a button is none, and what members use is nothing to it.

    Killed and started, it stays open; closed, it stays closed.
    """
    inside = Member(strangers.guild, strangers.operator.user, strangers.bob.joined_at)
    strangers.guild.members.append(inside)
    await process.start()
    refusal = await strangers.refused(await strangers.create())
    await strangers.use(strangers.eve, "sora models")
    await strangers.ask(inside, refusal)
    assert servers_said(world) == []
    await strangers.use(inside, "sora models")
    said = [(strangers.guild.id, "used", inside.id)]
    assert servers_said(world) == said
    await strangers.use(inside, "sora guide")
    await strangers.made(await strangers.create())
    await process.kill()

    await process.start()
    await strangers.made(await strangers.create())
    history = "SELECT name, value FROM changes"
    assert query(world.database, history) == [("server", "used")]
    await world.ask(strangers.operator, "operator server close", server=str(strangers.guild.id))
    await strangers.use(inside, "sora models")
    await strangers.refused(await strangers.create())
    await process.kill()
    await process.start()
    await strangers.refused(await strangers.create())


async def test_a_server_may_be_asked_for_again_after_a_day(
    strangers: Strangers, world: World, clock: MovableClock
) -> None:
    """Also over a restart; the letters are two."""
    async with running_bot(world, clock):
        refusal = await strangers.refused(await strangers.create())
        await strangers.ask(strangers.eve, refusal)
        await world.until(lambda: len(strangers.operators_letters) == 1)
    clock.advance(DAY_SECONDS - HOUR_SECONDS)
    async with running_bot(world, clock):
        assert "was already asked" in await strangers.ask(strangers.eve, refusal)
        clock.advance(HOUR_SECONDS)
        assert "has been asked to open" in await strangers.ask(strangers.eve, refusal)
        await world.until(lambda: len(strangers.operators_letters) == 2)


async def test_everybody_in_the_team_runs_the_bot(strangers: Strangers, world: World) -> None:
    """Whatever their role, once they have joined; each is told, and the team's stand-in is not.

    One who takes no messages keeps it from nobody.
    """
    names = ("Reader", "Dev", "Invited", "Closed")
    people = [world.guild.add_member(name, permissions=("administrator",)) for name in names]
    reader, dev, invited, closed = people
    closed.user.accepts_direct = False
    mates = [
        Mate(reader.user, "read_only"),
        Mate(closed.user, "admin"),
        Mate(dev.user),
        Mate(invited.user, accepted=False),
    ]
    world.discord.set_team(Team(world.discord.hub.ids.next(), strangers.operator.user, mates))
    channels = [world.discord.direct(each) for each in (*people, strangers.operator)]
    async with running_bot(world):
        await strangers.ask(strangers.eve, await strangers.refused(await strangers.create()))
        await world.until(lambda: sum(len(each.messages) for each in channels) == 3)
        assert [len(each.messages) for each in channels] == [1, 1, 0, 0, 1]
        guild_id = str(strangers.guild.id)
        await world.ask(reader, "operator server allow", server=guild_id)
        await strangers.made(await strangers.create())
        refused = await world.ask(invited, "operator server close", server=guild_id)
        assert "Only whoever runs this bot can do this" in refused
        theirs = world.discord.add_guild("Reader's", owner=reader.user)
        channel, member = theirs.add_channel("videos"), theirs.add_member("Cy")
        await world.shown(await world.create(member, channel), "COMPLETED")


async def test_who_joins_the_team_later_runs_the_bot_within_an_hour(
    strangers: Strangers, world: World, clock: MovableClock, bot: App
) -> None:
    """Discord is asked again once an hour; where it does not answer, who was known stays."""
    team = Team(world.discord.hub.ids.next(), strangers.operator.user)
    late = world.guild.add_member("Late", permissions=("administrator",))
    team.mates.append(Mate(late.user))
    path = "/oauth2/applications/@me"
    fault = world.discord.faults.answer("GET", path, 403, {"message": "no", "code": 0})
    await within(bot.client.connected.wait())  # from here on the bot waits for the hour's end
    clock.advance(HOUR_SECONDS)
    await within(fault.struck.wait())
    assert "Only whoever runs" in await world.ask(late, "operator servers")
    assert "Servers" in await world.ask(strangers.operator, "operator servers")
    world.discord.set_team(team)
    asked = sum(call.path.endswith(path) for call in world.discord.calls)
    clock.advance(HOUR_SECONDS)
    await within(world.discord.wait_calls("GET", path, asked + 1))
    assert "Servers" in await world.ask(late, "operator servers")


async def test_the_operator_sees_the_servers(strangers: Strangers, world: World, bot: App) -> None:
    """Those that ask come first; each with its members, why it is open, and what it uses."""
    await strangers.ask(strangers.eve, await strangers.refused(await strangers.create()))
    await world.shown(await world.create(), "COMPLETED")
    await world.ask(strangers.operator, "operator server allow", server="77")
    lines = (await world.ask(strangers.operator, "operator servers")).splitlines()
    assert lines[1].startswith(r"**\*Free\* videos for all** `" + str(strangers.guild.id))
    assert "· 3 members · not open · asked <t:" in lines[1]
    assert lines[2].startswith("**Film club**")
    assert lines[2].endswith("· open: yours · 40 credits")
    assert lines[3] == r"**not in it** `77` · open: allowed · 0 credits"
    wrong = await world.ask(strangers.operator, "operator server close", server="seven")
    assert "Nothing was changed" in wrong


async def test_the_settings_open_servers_for_good(
    strangers: Strangers, world: World, clock: MovableClock
) -> None:
    """One that ``discord.guilds`` names can't be closed; that it was closed before is forgotten."""
    async with running_bot(world, clock):
        await strangers.decide("close")
    named = (world.guild.id, strangers.guild.id)
    world.overrides = {"discord": {"guilds": named}}
    async with running_bot(world, clock):
        await strangers.made(await strangers.create())
        answer = await strangers.decide("close")
        assert "The setting `discord.guilds` keeps server" in answer
        await strangers.made(await strangers.create())


@pytest.mark.settings(budgets={"ceiling_per_guild": 100, "ceiling_all": 170})
async def test_what_a_server_may_spend_is_limited_unless_the_operator_says_otherwise(
    strangers: Strangers, world: World, bot: App
) -> None:
    """By the settings; "off" lifts that for one server for good, and that of all stays."""
    await strangers.decide("allow")
    for _ in range(2):
        await strangers.made(await strangers.create())
    refused = text_of(await world.answer(await strangers.create()))
    assert "limits what this server may spend, and 20 credits of that are left" in refused
    guild_id = str(strangers.guild.id)
    lifted = await world.ask(strangers.operator, "operator ceiling", amount="off", server=guild_id)
    assert "All servers together: 80 credits ($0.80) of 170 credits" in lifted
    assert "videos for all" not in lifted
    for _ in range(2):
        await strangers.made(await strangers.create())
    refused = text_of(await world.answer(await strangers.create()))
    assert "all servers of this bot together may spend, and 10 credits" in refused
    await world.until(lambda: len(strangers.operators_letters) == 2)
    told = [message.content.split()[0] for message in strangers.operators_letters]
    assert told == ["**50", "**80"]


@pytest.mark.settings(budgets={"ceiling_per_guild": 100, "ceiling_all": 90})
async def test_what_is_given_beyond_a_ceiling_says_so(
    strangers: Strangers, world: World, bot: App
) -> None:
    """Grants, allowances of a member, a role and everybody, pools: with what is left."""
    role = world.guild.add_role("Crew")
    await world.shown(await world.create(), "COMPLETED")
    own = "lets this server spend 100 credits ($1.00), and 60 credits ($0.60) of that are left"
    all_ = "all servers of this bot together spend only so much, and 50 credits ($0.50)"
    gifts: list[tuple[str, dict[str, Any]]] = [
        ("budget grant", {"member": world.ada}),
        ("budget set", {"member": world.ada}),
        ("budget role", {"role": role}),
        ("budget default", {}),
        ("budget pool set", {"role": role}),
    ]
    for command, options in gifts:
        answers = [
            await world.ask(world.admin, command, **options, amount=amount)
            for amount in ("50", "55", "61")
        ]
        assert [own in answer for answer in answers] == [False, False, True], command
        assert [all_ in answer for answer in answers] == [False, True, True], command
