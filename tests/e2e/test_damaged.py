"""An operator whose database is damaged is told so, by every command, and what to restore."""

import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from bot.__main__ import cli
from bot.app import App
from tests.big_database import FEW_JOBS, big_database
from tests.damage import DAMAGES, Damage, broken_table, overwrite
from tests.e2e.botlog import BotLog
from tests.e2e.harness import World
from tests.files import names_in, read

pytestmark = pytest.mark.slow

CONFIG = """\
[discord]
token = "no-token"
api_url = "http://127.0.0.1:1"
gateway_url = "ws://127.0.0.1:1"
[database]
url = "sqlite+aiosqlite:///{folder}/bot.db"
[storage]
path = "{folder}/videos"
"""
WORKING: Sequence[Sequence[str]] = (
    ("audit",),
    ("ceiling", "500"),
    ("ceiling", "off", "--guild=1"),
    ("status",),
    ("pause", "--all", "--reason=a look"),
    ("resume", "--all"),
    ("resume",),
    ("job", "end", "3", "--reason=stuck"),
)
"""What works with the database, and ends."""


@pytest.fixture(scope="session")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a database with a past, to be copied."""
    return big_database(tmp_path_factory.mktemp("past") / "past.db", FEW_JOBS)


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """Keep what the command line sets for its process."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def laid(past: Path, folder: Path) -> Path:
    """Lay a bot's folder out: the settings, and a database with a past."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    (folder / "config.toml").write_text(CONFIG.format(folder=folder))
    return Path(shutil.copyfile(past, folder / "bot.db"))


def sora_bot(database: Path, *arguments: str) -> Result:
    """Run a command; whatever is wrong, it ends with words."""
    config = ("--config", str(database.with_name("config.toml")))
    result = CliRunner().invoke(cli, [*arguments, *config])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert "Traceback" not in result.output
    return result


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_every_command_tells_what_is_damaged_and_what_to_restore(
    past: Path, tmp_path: Path, damage: Damage
) -> None:
    """The file, a backup, and what must go from beside it; and no command touches anything."""
    database = laid(past, tmp_path / "bot")
    copy = database.with_name("bot.db.before-1")
    copy.touch()
    damage(database)
    before = read(database), read(Path(f"{database}-wal"))

    for arguments in (*WORKING, ("run",)):
        result = sora_bot(database, *arguments)
        assert result.exit_code == 1, arguments
        assert f"{database} is damaged" in result.output
        assert str(copy) in result.output
        assert "delete bot.db-wal and bot.db-shm" in result.output
    check = sora_bot(database, "check")
    assert check.exit_code == 1
    [line] = [each for each in check.output.splitlines() if str(database) in each][:1]
    assert line.split()[0] == "ERROR"
    assert "is damaged" in line
    assert sora_bot(database, "healthy").exit_code == 1

    assert (read(database), read(Path(f"{database}-wal"))) == before


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    offset=st.integers(0, 1 << 22),
    length=st.sampled_from([1, 16, 512, 4096, 100_000]),
    seed=st.integers(0, 1 << 32),
)
def test_no_damage_anywhere_ends_a_command_with_a_traceback(
    past: Path, tmp_path: Path, offset: int, length: int, seed: int
) -> None:
    """Also where no check can see it: within a text, or in a number."""
    database = laid(past, tmp_path / "bot")
    overwrite(database, offset, length, seed)

    for arguments in (*WORKING, ("check",)):
        sora_bot(database, *arguments)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "a newer version of the bot"),
        ("DROP TABLE alembic_version", "another program has made"),
    ],
)
def test_a_database_that_is_not_this_bot_s_is_named(
    past: Path, tmp_path: Path, change: str, said: str
) -> None:
    """By ``check`` too, and nothing is changed in it."""
    database = laid(past, tmp_path / "bot")
    with closing(sqlite3.connect(database)) as connection:
        connection.execute(change)
        connection.commit()
    before = read(database)

    for arguments in (*WORKING, ("run",)):
        result = sora_bot(database, *arguments)
        assert result.exit_code == 2
        assert said in result.output
    check = sora_bot(database, "check")
    assert check.exit_code == 1
    assert said in check.output
    assert read(database) == before


def test_an_empty_file_is_a_database_that_is_still_to_be_made(past: Path, tmp_path: Path) -> None:
    """As ``touch`` leaves it; whoever had one before is told what is missing."""
    database = laid(past, tmp_path / "bot")
    database.write_bytes(b"")

    for arguments in WORKING:
        result = sora_bot(database, *arguments)
        assert result.exit_code == 2
        assert "does not exist or is empty" in result.output
    check = sora_bot(database, "check").output
    assert "is empty, so the bot begins anew" in check
    assert "put a backup there" in check
    assert names_in(database.parent) == ["bot.db", "config.toml"]


async def test_damage_that_a_running_bot_meets_is_told_to_the_operator(
    world: World, bot: App, log: BotLog
) -> None:
    """By a message that needs no database; the member is told that nothing was charged."""
    operator = world.guild.add_member("Op")
    world.discord.set_owner(operator)
    await bot.operators.refresh()
    await world.ask(world.ada, "sora balance")

    with broken_table(world.database, "jobs"):
        said = await world.ask(world.ada, "sora create", prompt="a fox in the snow")
        direct = world.discord.direct(operator)
        await world.until(lambda: bool(direct.messages))

    assert "records are damaged" in said
    assert "Nothing was charged" in said
    assert f"{world.database} is damaged" in direct.messages[0].content
    [line] = log.find("database.damaged")
    assert line["path"] == str(world.database)
