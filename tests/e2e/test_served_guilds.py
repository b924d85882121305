"""``discord.guilds`` is an allow-list: what comes from other servers goes no further."""

from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.discord import Channel, Guild, Interaction, Member, Message
from tests.books import query
from tests.e2e.botlog import BotLog
from tests.e2e.harness import World, buttons_of, running_bot, text_of, within
from tests.e2e.pictures import save

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]

GLOBAL = r"/applications/\d+/commands$"
ANIMATE = "Animate this picture"
REFUSED = "not open to this server"


class Elsewhere:
    """A stranger's server, where the commands stay registered from an earlier start."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.guild: Guild = world.discord.add_guild("Strangers")
        self.channel: Channel = self.guild.add_channel("videos")
        self.eve: Member = self.guild.add_member("Eve", permissions=("manage_guild",))

    async def use(self, path: str, **options: Any) -> Message:
        """Let Eve send a command, whatever her client shows, and read the answer."""
        use = await self._world.discord.use(self.eve, self.channel, path, options, forced=True)
        return await self._world.answer(use)


@pytest.fixture
def elsewhere(world: World) -> Elsewhere:
    """Give the stranger's server."""
    return Elsewhere(world)


def serve(world: World, *guilds: Guild) -> None:
    """Let the next start serve these servers alone; none: all."""
    world.overrides = {"discord": {"guilds": tuple(guild.id for guild in guilds)}}


def scopes(world: World) -> dict[int | None, int]:
    """Count the registered commands by server; None: everywhere."""
    kept = world.discord.commands.scopes.items()
    return {scope: len(commands) for scope, commands in kept if commands}


async def test_what_strangers_send_is_refused_whatever_it_is(
    world: World, elsewhere: Elsewhere, log: BotLog, tmp_path: Path
) -> None:
    """Commands, an admin's grant, choices, menus, buttons, forms: nothing is read or written."""
    posted = await elsewhere.channel.post(elsewhere.eve, "a fox", [save(tmp_path, "fox.png")])
    async with running_bot(world):
        form = await world.discord.use_on(elsewhere.eve, posted, ANIMATE)
        await form.responded()
        world.plan(fail="no pictures today")
        failed = await world.shown(await create(world, elsewhere), "FAILED")
        await log.wait("job.told")

    serve(world, world.guild)
    # Discord keeps the commands that are registered everywhere.
    world.discord.faults.answer("PUT", GLOBAL, 400, {"message": "no", "code": 0}, times=None)
    before = query(world.database, "SELECT count(*) FROM entries")
    async with running_bot(world):
        answers = [
            await elsewhere.use("sora create", prompt="a cat"),
            await elsewhere.use("sora balance"),
            await elsewhere.use("budget grant", member=elsewhere.eve, amount="1000000"),
            await elsewhere.use("budget show"),
        ]
        used = await world.discord.use_on(elsewhere.eve, posted, ANIMATE)
        answers.append(await world.answer(used))
        presses = [
            await world.discord.press(elsewhere.eve, failed, custom_id)
            for custom_id in buttons_of(failed).values()
        ]
        assert presses
        answers += [await world.answer(each) for each in presses]
        names = [label["component"]["custom_id"] for label in (form.modal or {})["components"]]
        sent = await world.discord.submit(elsewhere.eve, form, {names[0]: "it runs"})
        answers.append(await world.answer(sent))
        choices = await world.discord.autocomplete(
            elsewhere.eve, elsewhere.channel, "budget default", {}, focused="zone"
        )

        assert [REFUSED in text_of(answer) for answer in answers] == [True] * len(answers)
        assert len(answers) >= 7
        assert all(answer.ephemeral for answer in answers)
        assert choices == []
        assert len(log.find("interaction.refused")) == len(answers) + 1
        assert {entry["guild"] for entry in log.find("interaction.refused")} == {elsewhere.guild.id}
        # The others are served as ever.
        await world.shown(await world.create(), "COMPLETED")

    jobs = query(world.database, "SELECT guild_id FROM jobs ORDER BY id")
    assert jobs == [(elsewhere.guild.id,), (world.guild.id,)], "the one from before, the member's"
    strange = "SELECT count(*) FROM entries WHERE job_id IS NOT 2"
    assert query(world.database, strange) == before
    assert len(log.find("commands.not_cleared")) == 1


async def create(world: World, elsewhere: Elsewhere) -> Interaction:
    """Let Eve order a video."""
    return await world.create(elsewhere.eve, elsewhere.channel)


async def test_all_servers_are_served_where_none_is_named(
    world: World, elsewhere: Elsewhere, log: BotLog
) -> None:
    """The default: the commands are everywhere, and answer everywhere."""
    async with running_bot(world):
        await world.shown(await create(world, elsewhere), "COMPLETED")
    assert log.find("interaction.refused") == []


async def test_direct_messages_are_sent_to_a_server_as_ever(world: World) -> None:
    """They are of no server: the commands say so themselves."""
    serve(world, world.guild)
    async with running_bot(world):
        use = await world.discord.use(
            world.ada, None, "sora create", {"prompt": "a cat"}, forced=True
        )
        assert "works in a server only" in text_of(await world.answer(use))


async def test_commands_are_taken_back_from_where_they_are_not_named_any_more(
    world: World, elsewhere: Elsewhere, log: BotLog
) -> None:
    """From everywhere to one server, to another, and back: each time they are in one place."""
    async with running_bot(world):
        assert set(scopes(world)) == {None}
    count = scopes(world)[None]

    for guilds in ((world.guild,), (world.guild, elsewhere.guild), (world.guild,), ()):
        serve(world, *guilds)
        async with running_bot(world):
            assert scopes(world) == {guild.id: count for guild in guilds} or {None: count}
            shown = [each["name"] for each in world.discord.commands_for(world.guild, world.admin)]
            assert shown == ["sora", "budget", "Animate this picture"], "none of them twice"
    assert scopes(world) == {None: count}
    assert [entry["where"] for entry in log.find("commands.cleared")] == [
        "everywhere",
        str(elsewhere.guild.id),
        str(world.guild.id),
    ]


async def test_what_another_database_has_registered_everywhere_is_cleared(
    world: World, log: BotLog
) -> None:
    """A new database knows nothing of it: Discord is asked, once a start."""
    async with running_bot(world):
        pass
    for file in world.folder.glob("bot.db*"):
        file.unlink()

    serve(world, world.guild)
    async with running_bot(world):
        assert set(scopes(world)) == {world.guild.id}
    async with running_bot(world):
        pass
    assert len(log.find("commands.cleared")) == 1


async def test_a_server_that_is_out_of_reach_stops_nobody(
    world: World, elsewhere: Elsewhere, log: BotLog
) -> None:
    """The bot was removed from a server that is not named any more: its commands are gone, too."""
    serve(world, world.guild, elsewhere.guild)
    async with running_bot(world):
        pass
    path = rf"/guilds/{elsewhere.guild.id}/commands$"
    missing = {"message": "Missing Access", "code": 50001}
    fault = world.discord.faults.answer("PUT", path, 403, missing, times=None)

    serve(world, world.guild)
    for _ in range(2):
        async with running_bot(world):
            await world.shown(await world.create(), "COMPLETED")

    await within(fault.struck.wait())
    [entry] = log.find("commands.not_cleared")
    assert (entry["where"], entry["code"]) == (str(elsewhere.guild.id), 50001)


async def test_what_waits_in_a_server_that_is_not_served_any_more_is_not_bought(
    world: World, elsewhere: Elsewhere, log: BotLog
) -> None:
    """Ordered before, and waiting in line over the restart: the credits go back, and it is said."""
    world.overrides = {"jobs": {"max_running_per_guild": 1, "max_running": 2}}
    async with running_bot(world):
        plan = world.plan(hold=True, times=2)
        sent = await create(world, elsewhere)
        await world.shown(sent, "PROCESSING")
        waits = await create(world, elsewhere)
        await within(waits.responded())
        mine = [await world.create(), await world.create()]
        await world.shown(mine[0], "PROCESSING")

    world.overrides = {**world.overrides, "discord": {"guilds": (world.guild.id,)}}
    async with running_bot(world):
        cancelled = await world.shown(waits, "CANCELLED")
        plan.release()
        for use in (sent, *mine):
            await world.shown(use, "COMPLETED")

    assert "not open to this server any more" in text_of(cancelled)
    assert "Nothing was charged" in text_of(cancelled)
    assert len(world.segmind.generations) == 3
    assert [entry["guild"] for entry in log.find("job.unserved")] == [elsewhere.guild.id]
