"""What an operator meets on the command line: check, run, healthy."""

import asyncio
import json
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from bot import __version__
from bot.__main__ import cli
from bot.sandbox.discord.permissions import Permission
from tests.e2e.harness import (
    KEY,
    PATIENCE_SECONDS,
    TOKEN,
    BotProcess,
    World,
    running_bot,
    text_of,
)

pytestmark = pytest.mark.slow  # a process for each


async def sora_bot(world: World, *arguments: str, **changes: str) -> tuple[int, str]:
    """Run a command with the world's settings; tell its exit code and what it wrote."""
    environment: Mapping[str, str] = {**BotProcess(world).environment(), **changes}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", *arguments),
        env=environment,
        cwd=world.folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)
    return process.returncode or 0, output.decode()


async def test_check_finds_everything_in_place_and_prints_the_invite_link(world: World) -> None:
    """With right settings each line is ok, the exit code 0, and the link names the permissions."""
    code, output = await sora_bot(world, "check")

    assert code == 0, output
    assert "ERROR" not in output
    assert "segmind accepts the key; $100.00 are left" in output
    assert "  ok  New videos use Wan 2.7 where nothing is chosen: the first in the" in output
    assert "Estimated prices: wan-2.7, " in output
    assert f"client_id={world.discord.application_id}" in output
    assert "permissions=" in output


async def test_secrets_that_end_in_a_line_break_are_as_good(world: World) -> None:
    """As mounted files have them: the same findings, from Discord and from the provider."""
    code, output = await sora_bot(
        world,
        "check",
        SORA_BOT_DISCORD__TOKEN=f"{TOKEN}\n",
        SORA_BOT_PROVIDERS__SEGMIND__API_KEY=f"{KEY}\r\n",
    )

    assert code == 0, output
    assert "segmind accepts the key" in output


async def test_check_names_each_thing_that_is_wrong_and_no_secret(world: World) -> None:
    """A wrong key, a wrong token and a folder that cannot be written are named one by one."""
    blocked = world.folder / "blocked"
    blocked.write_text("a file where a folder should be")

    code, output = await sora_bot(
        world,
        "check",
        SORA_BOT_DISCORD__TOKEN="not-the-token",
        SORA_BOT_PROVIDERS__SEGMIND__API_KEY="not-the-key",
        SORA_BOT_STORAGE__PATH=str(blocked / "videos"),
    )

    assert code == 1
    assert "Discord refuses discord.token" in output
    assert "providers.segmind.api_key" in output
    assert "storage.path" in output
    assert "not-the-token" not in output
    assert "not-the-key" not in output


async def test_check_shows_no_key_that_a_provider_repeats(world: World) -> None:
    """Its status and its words tell what is wrong."""
    said = {"error": f"no account for {KEY}", "headers": {"x-api-key": KEY}}
    world.segmind.faults.answer("GET", "/v1/get-user-credits", 401, said)

    code, output = await sora_bot(world, "check")

    assert code == 1
    assert "401: no account for [hidden]" in output
    assert KEY not in output


async def test_check_says_what_is_missing(world: World) -> None:
    """Empty secrets are named, with where to get them."""
    code, output = await sora_bot(
        world, "check", SORA_BOT_DISCORD__TOKEN="", SORA_BOT_PROVIDERS__SEGMIND__API_KEY=""
    )

    assert code == 1
    assert "discord.token is empty" in output
    assert "providers.segmind.api_key is empty" in output
    assert "ERROR  No video can be made: no model that is switched on has a key. Set" in output


async def test_check_names_the_permissions_that_a_server_does_not_give(world: World) -> None:
    """A server without Attach Files for the bot is named with it."""
    everyone = world.guild.everyone
    everyone.permissions &= ~Permission.ATTACH_FILES

    code, output = await sora_bot(world, "check")

    assert code == 1
    assert "In Film club the bot lacks: Attach Files" in output


async def test_check_tells_what_commands_discord_has(world: World) -> None:
    """Before the first start, in place, changed by somebody, wiped, and where none are wanted."""
    code, output = await sora_bot(world, "check")
    assert code == 0, output
    assert " note  No commands are registered everywhere: a start registers them." in output

    async with running_bot(world):
        pass
    assert "   ok  The commands are in place everywhere." in (await sora_bot(world, "check"))[1]

    kept = world.discord.commands.of(None).values()
    next(each for each in kept if each["name"] == "budget")["description"] = "Buy a car"
    code, output = await sora_bot(world, "check")
    assert code == 0, output
    assert "others than these settings make: budget.description. A start registers them" in output

    here = {"SORA_BOT_DISCORD__GUILDS": f"[{world.guild.id}]"}
    _, output = await sora_bot(world, "check", **here)
    assert "Commands are registered everywhere, where they are not wanted: a start clears" in output
    assert f"No commands are registered in server {world.guild.id}: a start registers" in output

    world.discord.commands.replace(None, [])
    code, output = await sora_bot(world, "check")
    assert code == 0, output
    assert "No commands are registered everywhere" in output
    assert "in place everywhere" not in output


async def test_check_tells_of_commands_that_a_server_still_has_or_may_not_have(
    world: World,
) -> None:
    """It was named once; and one where the bot was invited without its commands."""
    world.overrides = {"discord": {"guilds": (world.guild.id,)}}
    async with running_bot(world):
        pass
    world.overrides = {}
    code, output = await sora_bot(world, "check")
    assert code == 0, output
    assert f"Commands are registered in server {world.guild.id}, where they are not" in output

    missing = {"message": "Missing Access", "code": 50001}
    world.discord.faults.answer("GET", rf"/guilds/{world.guild.id}/commands$", 403, missing)
    here = {"SORA_BOT_DISCORD__GUILDS": f"[{world.guild.id}]"}
    code, output = await sora_bot(world, "check", **here)
    assert code == 1
    assert f"The bot may have no commands in server {world.guild.id} (403). Invite it" in output

    world.discord.faults.answer("GET", r"/\d+/commands$", 200, "<html>hello</html>")
    _, output = await sora_bot(world, "check")
    assert "Discord does not tell the commands everywhere" in output
    assert "Traceback" not in output


async def test_a_mistake_in_the_settings_names_key_found_and_allowed(world: World) -> None:
    """A wrong value ends with exit code 2 before anything starts."""
    code, output = await sora_bot(world, "run", SORA_BOT_BUDGETS__PERIOD="fortnight")

    assert code == 2
    assert "budgets.period" in output
    assert '"fortnight"' in output
    assert '"day", "week" or "month"' in output
    assert TOKEN not in output


async def test_a_token_that_discord_refuses_ends_the_start_in_plain_words(world: World) -> None:
    """The bot says which setting is wrong, without the secret and without a traceback."""
    code, output = await sora_bot(world, "run", SORA_BOT_DISCORD__TOKEN="not-the-token")

    assert code == 2
    assert "discord.token" in output
    assert "Traceback" not in output
    assert "not-the-token" not in output


async def test_run_says_when_it_is_connected_and_stops_cleanly(world: World) -> None:
    """One line tells that the bot is there; SIGTERM ends it with 0; nothing secret is logged."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "bot", "run"),
        env=BotProcess(world).environment(),
        cwd=world.folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), PATIENCE_SECONDS)
    assert line == b"sora-bot is connected and its commands are registered.\n"
    healthy = await sora_bot(world, "healthy")

    process.terminate()
    output, log = await asyncio.wait_for(process.communicate(), PATIENCE_SECONDS)

    assert healthy[0] == 0, healthy[1]
    assert process.returncode == 0
    assert TOKEN.encode() not in output + log
    assert KEY.encode() not in output + log
    events = [json.loads(line)["event"] for line in log.splitlines()]
    assert events == ["commands.registered"], "nothing else is worth a line at a good start"


async def test_run_says_at_once_what_needs_no_network(world: World) -> None:
    """No token, and folders that cannot be made: all of it in one go, before Discord is asked."""
    blocked = world.folder / "blocked"
    blocked.write_text("a file where a folder should be")

    code, output = await sora_bot(
        world,
        "run",
        SORA_BOT_DISCORD__TOKEN=" \n",
        SORA_BOT_STORAGE__PATH=str(blocked / "videos"),
        SORA_BOT_DATABASE__URL=f"sqlite+aiosqlite:///{blocked}/bot.db",
    )

    assert code == 2, output
    token, database, videos, *end = output.splitlines()
    assert end == ["", "3 problems to fix."]
    assert "discord.token is empty" in token
    assert "developers/applications" in token
    assert "database.url" in database
    assert "storage.path" in videos
    assert world.discord.calls == []


async def test_run_tells_the_operator_what_is_wrong_with_the_database(world: World) -> None:
    """What a member would read ("nothing was charged") is of no use at a terminal."""
    world.database.write_bytes(b"This is no database." * 200)

    code, output = await sora_bot(world, "run")

    assert code == 1, output
    assert "database.url" in output
    assert str(world.database) in output
    assert "charged" not in output
    assert "Traceback" not in output
    world.database.unlink()


async def test_settings_of_the_environment_alone_run_check_and_are_healthy(
    world: World, process: BotProcess
) -> None:
    """As the image starts it: without --config, where there is no config.toml."""
    assert not (world.folder / "config.toml").exists()
    await process.start()
    await process._until(lambda: "sora-bot is connected" in process.log)

    healthy, said = await sora_bot(world, "healthy")
    checked, findings = await sora_bot(world, "check")

    assert healthy == 0, said
    assert checked == 0, findings
    assert "the settings come from the environment alone" in findings


async def test_a_config_in_the_working_directory_is_read_without_being_named(
    world: World,
) -> None:
    """As the image finds it in its volume; what it lacks comes from the environment."""
    (world.folder / "config.toml").write_text("[discord]\nguilds = [123456789]\n")

    code, output = await sora_bot(world, "check")

    assert code == 1, output
    assert "The bot is not in server 123456789 of discord.guilds" in output
    assert "config.toml" in output


async def test_run_warns_where_no_key_is_set(world: World, process: BotProcess) -> None:
    """The bot starts, for what it has already; the log says that it can make nothing."""
    world.overrides = {"providers": {"segmind": {"api_key": ""}}}

    await process.start()

    [warning] = process.events("start.no_key")
    assert "api_key" in warning["advice"]


async def test_healthy_says_no_where_no_bot_runs(world: World) -> None:
    """Without a running bot the health check fails."""
    code, output = await sora_bot(world, "healthy")

    assert code == 1
    assert "has not been connected" in output


@pytest.mark.parametrize("found", [10**20, 2**63, -1])
async def test_a_number_that_no_id_can_be_is_refused_with_the_bound(
    world: World, found: int
) -> None:
    """Before the database is asked, which would fail with words of its own."""
    for arguments, least in (
        (("ceiling", "500", f"--guild={found}"), 0),
        (("job", "end", "--reason", "stuck", "--", str(found)), 1),
        (("server", "allow", "--", str(found)), 1),
    ):
        code, output = await sora_bot(world, *arguments)

        assert code == 2, output
        assert "Invalid value for" in output
        bound = f"greater than or equal to {least}" if found < 0 else str(2**63 - 1)
        assert bound in output


async def test_the_greatest_id_has_a_ceiling(world: World, process: BotProcess) -> None:
    """As the database takes it."""
    await process.start()
    await process.stop()

    code, output = await sora_bot(world, "ceiling", "500", f"--guild={2**63 - 1}")

    assert code == 0, output
    assert f"Server {2**63 - 1}: 0 of 500 credits" in output


def test_the_version_is_told() -> None:
    """It is the package's."""
    result = CliRunner().invoke(cli, ["--version"])

    assert (result.exit_code, result.output) == (0, f"sora-bot {__version__}\n")


def test_every_option_that_can_be_left_out_shows_its_default_in_the_help() -> None:
    """For every command, and those below it."""
    group = get_command(cli)
    assert isinstance(group, TyperGroup)
    commands = dict(group.commands)
    job = commands.pop("job")
    assert isinstance(job, TyperGroup)
    commands |= {f"job {name}": each for name, each in job.commands.items()}
    for name, command in commands.items():
        text = CliRunner().invoke(cli, [*name.split(), "--help"], env={"COLUMNS": "200"}).output
        optional = [each for each in command.params if not each.required and each.name != "help"]
        assert optional, name
        assert text.count("[default: ") == len(optional), text


@pytest.mark.parametrize("instruction", ["CMD", "HEALTHCHECK"])
def test_the_image_names_no_file_that_a_set_up_by_variables_lacks(instruction: str) -> None:
    """Both read config.toml in the volume where it is, and the environment alone where not."""
    image = (Path(__file__).parent.parent.parent / "Dockerfile").read_text(encoding="utf-8")

    assert instruction in image
    assert "--config" not in image
    assert "WORKDIR /data" in image


async def test_servers_are_opened_and_closed_beside_a_running_bot(
    world: World, process: BotProcess
) -> None:
    """It obeys at once; what the settings name can't be closed."""
    owner = world.discord.add_user("Mallory")
    guild = world.discord.add_guild("Strangers", owner=owner)
    channel, bob = guild.add_channel("videos"), guild.add_member("Bob")
    await process.start()
    assert "not opened it" in text_of(await world.answer(await world.create(bob, channel)))
    code, output = await sora_bot(world, "server", "allow", str(guild.id))
    assert (code, output) == (
        0,
        f"Server {guild.id} is open: videos there are paid from your accounts.\n",
    )
    await world.shown(await world.create(bob, channel), "PROCESSING")
    code, output = await sora_bot(world, "server", "close", str(guild.id))
    assert code == 0, output
    assert "not opened it" in text_of(await world.answer(await world.create(bob, channel)))

    named = {"SORA_BOT_DISCORD__GUILDS": str(guild.id)}
    code, output = await sora_bot(world, "server", "close", str(guild.id), **named)
    assert code == 1
    assert f"The setting `discord.guilds` keeps server {guild.id} open" in output


async def test_check_warns_where_no_ceiling_ends_what_is_spent(world: World) -> None:
    """Switched off in the settings; it is no fault, and the bot runs."""
    assert "WARN" not in (await sora_bot(world, "check"))[1]
    off = {"SORA_BOT_BUDGETS__CEILING_ALL": "off", "SORA_BOT_BUDGETS__CEILING_PER_GUILD": "Off"}
    code, output = await sora_bot(world, "check", **off)
    assert code == 0, output
    warnings = [line for line in output.splitlines() if line.startswith(" WARN  ")]
    assert ["ceiling_per_guild" in warnings[0], "ceiling_all" in warnings[1]] == [True, True]
    assert "sora-bot ceiling" in warnings[0]
