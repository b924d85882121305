"""The commands at Discord are what they should be, whatever happened to them; the bot serves on."""

import asyncio

import pytest

from bot.client.registration import EVERYWHERE, Standing
from bot.clock import SystemClock
from bot.sandbox.discord import Guild
from tests.e2e.botlog import BotLog
from tests.e2e.harness import SORA_ALONE, BotProcess, World, running_bot, within

pytestmark = [pytest.mark.usefixtures("at_once"), pytest.mark.slow]

GLOBAL = r"/applications/\d+/commands$"
ANY = r"/commands$"
LATER = {"message": "You are being rate limited.", "retry_after": 3600.0, "global": False}
REFUSAL = {
    "message": "Invalid Form Body",
    "code": 50035,
    "errors": {
        "3": {
            "options": {
                "1": {
                    "description": {
                        "_errors": [{"code": "BASE_TYPE_BAD_LENGTH", "message": "Must be 1 to 100"}]
                    }
                }
            }
        },
        "_errors": [{"code": "APPLICATION_COMMANDS_MAX", "message": "Too many"}],
    },
}


class HastyClock(SystemClock):
    """The machine's clock for a test without patience: no wait for an event is long."""

    async def wait(self, event: asyncio.Event, seconds: float) -> bool:
        """Wait for a tenth of a second at most."""
        return await super().wait(event, min(seconds, 0.1))


def texts(world: World, guild_id: int | None = None) -> dict[str, str]:
    """Tell what a scope's commands say of themselves, by name."""
    return {
        command["name"]: command["description"]
        for command in world.discord.commands.of(guild_id).values()
    }


def asked(world: World, method: str) -> list[str]:
    """List where the bot has asked for commands, or set them: the paths' ends."""
    calls = world.discord.find_calls(method, ANY)
    return [call.path.partition("/applications/")[2].partition("/")[2] for call in calls]


def set_text(world: World, text: str) -> None:
    """Let a command at Discord say something else, as another program may."""
    for command in world.discord.commands.of(None).values():
        if command["name"] == "sora":
            command["description"] = text


@pytest.fixture
async def registered(world: World) -> None:
    """Let an earlier start have registered the commands."""
    async with running_bot(world):
        pass
    world.discord.calls.clear()


async def settled(world: World, guild: Guild | None = None) -> None:
    """Wait until a scope's command is the bot's own again."""
    scope = None if guild is None else guild.id
    commands = world.discord.commands
    await within(
        commands.bell.until(lambda: "video" in texts(world, scope).get("sora", "").lower())
    )


@pytest.mark.usefixtures("registered")
async def test_a_start_asks_once_and_changes_nothing_that_is_right(
    world: World, log: BotLog
) -> None:
    """One GET of the only scope."""
    async with running_bot(world):
        await world.ask(world.ada, "sora models")
    assert asked(world, "GET") == ["commands"]
    assert asked(world, "PUT") == []
    assert log.find("commands.registered") == []


@pytest.mark.usefixtures("registered")
async def test_commands_that_somebody_wiped_are_registered_again(world: World, log: BotLog) -> None:
    """The database knows nothing of it: Discord is asked."""
    wanted = texts(world)
    world.discord.commands.replace(None, [])

    async with running_bot(world):
        assert texts(world) == wanted
    [entry] = log.find("commands.registered")
    assert set(entry["changed"]) == set(wanted)


@pytest.mark.usefixtures("registered")
async def test_a_command_that_somebody_changed_is_as_before(world: World, log: BotLog) -> None:
    """One text is another: what differs is named, and set right."""
    wanted = texts(world)
    set_text(world, "Buy a car")

    async with running_bot(world):
        assert texts(world) == wanted
    [entry] = log.find("commands.registered")
    assert entry["changed"] == ["sora.description"]


async def test_a_new_database_registers_nothing_anew_and_still_takes_back(world: World) -> None:
    """What is in place is noted all the same: it can be cleared later."""
    world.overrides = {"discord": {"guilds": (world.guild.id,)}}
    for _ in range(2):
        async with running_bot(world):
            pass
        for file in world.folder.glob("bot.db*"):
            file.unlink()
    async with running_bot(world):
        pass
    assert asked(world, "PUT") == [f"guilds/{world.guild.id}/commands"]
    world.overrides = {}
    async with running_bot(world):
        assert texts(world, world.guild.id) == {}


@pytest.mark.parametrize("known", [True, False])
async def test_a_listed_server_without_the_bot_stops_nobody(
    world: World, log: BotLog, known: bool
) -> None:
    """It is named with the link, once; the others are served."""
    other = world.discord.add_guild("Chess club") if known else None
    number = 5 if other is None else other.id
    if other is not None:
        await other.remove_bot()
    world.overrides = {"discord": {"guilds": (number, world.guild.id)}}

    async with running_bot(world) as app:
        await world.shown(await world.create(), "COMPLETED")
        assert app.client.registration.missing == {str(number): Standing.OUT_OF_REACH}

    [entry] = log.find("commands.out_of_reach")
    assert entry["where"] == str(number)
    assert (entry["status"], entry["code"]) == ((403, 50001) if known else (404, 10004))
    link = f"https://discord.com/oauth2/authorize?client_id={world.discord.application_id}&scope="
    assert link in entry["advice"]


async def test_a_listed_server_has_its_commands_as_soon_as_the_bot_comes(
    world: World, log: BotLog
) -> None:
    """Without a restart; and so each time."""
    other = world.discord.add_guild("Chess club")
    await other.remove_bot()
    world.overrides = {"discord": {"guilds": (other.id, world.guild.id)}}
    async with running_bot(world) as app:
        assert texts(world, other.id) == {}
        await other.invite_bot()
        await within(world.discord.wait_command("sora create", other))
        await log.wait("commands.registered", 2)
        assert app.client.registration.missing == {}
        await other.remove_bot()
        world.discord.commands.replace(other.id, [])
        await other.invite_bot()
        await within(world.discord.wait_command("sora create", other))


async def test_a_server_that_is_not_listed_gets_none_when_the_bot_comes(
    world: World, log: BotLog
) -> None:
    """Its own commands were never wanted."""
    other = world.discord.add_guild("Chess club")
    await other.remove_bot()
    world.overrides = {"discord": {"guilds": (world.guild.id,)}}
    async with running_bot(world):
        asked_before = asked(world, "GET")
        await other.invite_bot()
        await world.ask(world.ada, "sora models")
        assert asked(world, "GET") == asked_before


@pytest.mark.usefixtures("registered")
async def test_a_refused_registration_keeps_the_old_commands(world: World, log: BotLog) -> None:
    """What Discord said is named by field; the bot serves, and does not try the same again."""
    set_text(world, "The old one")
    world.discord.faults.answer("PUT", GLOBAL, 400, REFUSAL, times=None)

    async with running_bot(world, HastyClock()) as app:
        await world.shown(await world.create(), "COMPLETED")
        assert texts(world)["sora"] == "The old one"
        assert app.client.registration.missing == {EVERYWHERE: Standing.REFUSED}

    [entry] = log.find("commands.refused")
    assert (entry["level"], entry["status"], entry["code"]) == ("error", 400, 50035)
    assert entry["problems"] == [
        "all: APPLICATION_COMMANDS_MAX",
        "3.options.1.description: BASE_TYPE_BAD_LENGTH",
    ]
    assert asked(world, "PUT") == ["commands"]
    assert log.find("discord.unreachable") == []


@pytest.mark.usefixtures("registered")
async def test_where_the_new_commands_are_refused_the_old_ones_stay_and_work(
    world: World, log: BotLog
) -> None:
    """Everywhere before, one server now, which Discord refuses: members go on with the old set."""
    world.overrides = {"discord": {"guilds": (world.guild.id,)}}
    world.discord.faults.answer("PUT", rf"/guilds/{world.guild.id}{ANY}", 400, REFUSAL, times=None)

    async with running_bot(world):
        await log.wait("commands.refused")
        await world.shown(await world.create(), "COMPLETED")
    assert texts(world)
    assert len(log.find("commands.refused")) == 1, "not again when the server has come"

    world.discord.faults.clear()
    async with running_bot(world):
        assert texts(world) == {}
        await world.shown(await world.create(), "COMPLETED")


@pytest.mark.usefixtures("registered")
async def test_a_server_s_old_commands_work_as_long_as_they_cannot_be_replaced(
    world: World, log: BotLog
) -> None:
    """One server before, everywhere now: the server's set is answered until it is cleared."""
    world.overrides = {"discord": {"guilds": (world.guild.id,)}}
    async with running_bot(world):
        pass
    world.overrides = {}
    world.discord.faults.answer("PUT", GLOBAL, 400, REFUSAL, times=None)
    async with running_bot(world):
        await log.wait("commands.refused")
        await world.shown(await world.create(), "COMPLETED")
    assert texts(world, world.guild.id)


@pytest.mark.usefixtures("registered")
async def test_a_long_rate_limit_keeps_the_old_commands_and_nobody_waiting(
    world: World, log: BotLog
) -> None:
    """The day's limit, an hour away: the bot serves at once, and tries again after that."""
    set_text(world, "The old one")
    limit = world.discord.faults.answer(
        "PUT", GLOBAL, 429, LATER, headers={"Via": "1.1 google"}, times=None
    )

    async with running_bot(world) as app:
        await world.shown(await world.create(), "COMPLETED")
        assert texts(world)["sora"] == "The old one"
        assert app.client.registration.missing == {EVERYWHERE: Standing.WAITING}
        entry = await log.wait("commands.put_off")
        assert entry["next_try_seconds"] == LATER["retry_after"]
        assert asked(world, "PUT") == ["commands"]

    assert limit.struck.is_set()
    assert log.find("commands.not_reached")[0]["kind"] == "RateLimited"
    world.discord.faults.clear()
    async with running_bot(world):
        await settled(world)


@pytest.mark.parametrize("trouble", ["503", "page", "reset", "no Via"])
async def test_what_discord_cannot_do_now_is_tried_again(
    world: World, log: BotLog, trouble: str
) -> None:
    """The bot is connected meanwhile, whatever it is; at last its commands are there."""
    faults = world.discord.faults
    match trouble:
        case "503":
            faults.answer("GET", GLOBAL, 503, times=2)
        case "page":
            faults.answer("GET", GLOBAL, 200, "<html>hello</html>", times=2)
        case "reset":
            faults.reset("PUT", GLOBAL, times=2)
        case _:
            faults.answer("PUT", GLOBAL, 429, "slow down", times=2)

    async with running_bot(world, HastyClock()) as app:
        await settled(world)
        await log.wait("commands.registered")
        await world.ask(world.ada, "sora models")
        assert app.client.registration.missing == {}
    assert log.find("commands.put_off")
    assert log.find("discord.unreachable") == []


@pytest.mark.usefixtures("registered")
async def test_a_request_without_an_answer_does_not_keep_the_bot_from_its_members(
    world: World, log: BotLog
) -> None:
    """The PUT hangs: after some patience the bot is there, with the old commands."""
    set_text(world, "The old one")
    gate = world.discord.faults.hold("PUT", GLOBAL)

    async with running_bot(world, HastyClock()) as app:
        await within(gate.reached.wait())
        await log.wait("commands.late")
        await world.ask(world.ada, "sora models")
        assert app.client.registration.missing == {EVERYWHERE: Standing.WAITING}
        gate.release()
        await settled(world)
        await log.wait("commands.registered")
        assert app.client.registration.missing == {}


@pytest.mark.settings(models=SORA_ALONE)
async def test_a_menu_that_changes_registers_nothing_anew(world: World, log: BotLog) -> None:
    """What can be chosen is suggested while it is typed: no command names it."""
    async with running_bot(world) as app:
        puts = len(asked(world, "PUT"))
        assert list(await world.offered(world.ada, "sora create", "model")) == [
            "sora-2",
            "sora-2-pro",
        ]
        await app.supply.retire("segmind", "sora-2", "gone")
        assert list(await world.offered(world.ada, "sora create", "model")) == ["sora-2-pro"]
    async with running_bot(world):
        assert len(asked(world, "PUT")) == puts


async def test_every_command_is_for_servers_and_says_so(world: World) -> None:
    """Of slash commands and of the message's: contexts and ways to install are never left open."""
    async with running_bot(world):
        kept = list(world.discord.commands.of(None).values())
    assert {command["type"] for command in kept} == {1, 3}
    [put] = world.discord.find_calls("PUT", GLOBAL)
    for command in (*kept, *(put.body or ())):
        assert (command["contexts"], command["integration_types"]) == ([0], [0])


@pytest.mark.slow
async def test_run_says_where_the_commands_are_not_registered(
    world: World, process: BotProcess
) -> None:
    """One line, as ever, but not the same words."""
    world.overrides = {"discord": {"guilds": [5, world.guild.id]}}
    await process.start()
    line = await process.printed("sora-bot")
    assert await process.stop() == 0
    assert line.startswith("sora-bot is connected, but its commands are not registered in server 5")
    assert "are registered" not in line
    assert "the bot is not there" in line
