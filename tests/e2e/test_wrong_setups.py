"""What an operator reads who has set the bot up wrongly: what is wrong, and what to do about it."""

import asyncio
import hashlib
import os
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.__main__ import cli
from bot.config.settings import SECRET_KEYS, all_keys, keys_at
from tests.e2e.harness import KEY, TOKEN, BotProcess, World
from tests.users import NOBODY, as_nobody, needs_root, shared_folder

DISCORD_TOKEN = "MTE4NzY1NDMyMTA5ODc2NTQzMg.GabcDe.dGhpcyBpcyBubyB0b2tlbiBhdCBhbGwgcmVhbGx5"
API_KEY = "SG_9f8e7d6c5b4a3f2e"
START = f'[discord]\ntoken = "{DISCORD_TOKEN}"\n[providers.segmind]\napi_key = "{API_KEY}"\n'
PLAIN_SETTINGS = [
    path
    for path in all_keys()
    if not keys_at(path) and path != ("models",) and path[-1] not in SECRET_KEYS
]


@dataclass(frozen=True)
class Setup:
    """A configuration with a mistake, and what must be said of it."""

    said: tuple[str, ...]
    file: str | bytes | None = START
    variables: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[Path], object] = lambda folder: folder
    arguments: tuple[str, ...] = ()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, without the settings of whoever runs the tests."""
    for name in list(os.environ):
        if name.upper().startswith("SORA_BOT_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def sora_bot(*arguments: str, **variables: str) -> tuple[int, str]:
    """Run a command in this process; tell its exit code and what it printed."""
    result = CliRunner().invoke(cli, arguments, env=variables)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def set_up(folder: Path, setup: Setup) -> None:
    """Write the file and make what else there is."""
    if setup.file is not None:
        content = setup.file.encode() if isinstance(setup.file, str) else setup.file
        (folder / "config.toml").write_bytes(content)
    setup.prepare(folder)


def assert_told(output: str, setup: Setup) -> None:
    """Check that all is said that must be, in order, and nothing that must not."""
    rest = output
    for each in setup.said:
        assert each in rest, f"{each!r} is not said in\n{output}"
        rest = rest[rest.index(each) :]
    for never in (DISCORD_TOKEN, API_KEY, TOKEN, KEY, "Traceback", "Input should", "whoever runs"):
        assert never.casefold() not in output.casefold()


CONFIGURATIONS = {
    "no file where one is named": Setup(
        ("nowhere.toml: got no such file, expected a file that can be read",),
        arguments=("--config", "nowhere.toml"),
    ),
    "a folder in the file's place": Setup(
        ("config.toml: got a folder", "Docker makes a folder"),
        file=None,
        prepare=lambda folder: (folder / "config.toml").mkdir(),
    ),
    "a quote that is missing": Setup(
        ("config.toml, line 2: the text: got text without its closing quote", "1 problem to fix"),
        file=f'[discord]\ntoken = "{DISCORD_TOKEN}\n',
    ),
    "a token without quotes": Setup(
        ("config.toml, line 2: the text: got a value that is not TOML", "text in quotes"),
        file=f"[discord]\ntoken = {DISCORD_TOKEN}\n",
    ),
    "a section twice": Setup(
        ("line 5: the text: got a key or a section that is there already",),
        file=f"{START}[discord]\n",
    ),
    "a path with backslashes": Setup(
        ("line 6: the text: got a backslash that means nothing in TOML", "single quotes"),
        file=f'{START}[storage]\npath = "C:\\Users\\bot"\n',
    ),
    "an encoding of Windows": Setup(
        ("config.toml, line 1: the text: got bytes that are not UTF-8",),
        file="# f\u00fcr uns\n".encode("latin-1"),
    ),
    "a key that was mistyped": Setup(
        ("config.toml, line 2: discord.tokn: got an unknown key", "Did you mean token?"),
        file='[discord]\ntokn = "x"\n',
    ),
    "a section that was mistyped": Setup(
        ("line 5: opertor: got an unknown section", "Did you mean [operator]?"),
        file=f"{START}[opertor]\nwarn_below_dollars = [5]\n",
    ),
    "a provider outside its section": Setup(
        ("line 1: segmind: got an unknown section", "Did you mean [providers.segmind]?"),
        file=f'[segmind]\napi_key = "{API_KEY}"\n',
    ),
    "words for a number": Setup(
        ('line 6: jobs.max_running: got "many", expected a whole number.',),
        file=f'{START}[jobs]\nmax_running = "many"\n',
    ),
    "a number out of its range": Setup(
        ("line 6: jobs.edit_seconds: got 0, expected a number above 0.",),
        file=f"{START}[jobs]\nedit_seconds = 0\n",
    ),
    "the least above the most": Setup(
        ("jobs.max_poll_seconds: got 15.0, expected min_poll_seconds (60.0) or more; the default",),
        file=f"{START}[jobs]\nmin_poll_seconds = 60.0\n",
    ),
    "a period that there is not": Setup(
        ('budgets.period: got "year", expected "day", "week" or "month".',),
        file=f'{START}[budgets]\nperiod = "year"\n',
    ),
    "a model that was mistyped": Setup(
        ("line 5: models.sroa-2: got a new model without title", "Did you mean sora-2?"),
        file=f"{START}[models.sroa-2]\nretired = true\n",
    ),
    "a model's key that was mistyped": Setup(
        ("line 6: models.sora-2.credit_per_second: got an unknown key", "Did you mean credits_per"),
        file=f"{START}[models.sora-2]\ncredit_per_second = 3\n",
    ),
    "a database of another kind": Setup(
        ("got an address that begins with postgresql://, expected sqlite+aiosqlite:///FILE.",),
        file=f'{START}[database]\nurl = "postgresql://ada:{API_KEY}@db/bot"\n',
    ),
    "plain http to the internet": Setup(
        ("line 2: discord.api_url: got http:// to a host on the internet", "readable on its way"),
        file='[discord]\napi_url = "http://discord.com/api/v10"\n',
    ),
    "a password in an address": Setup(
        ("providers.segmind.base_url: got an address with a name or a password before its @",),
        file=f'[providers.segmind]\nbase_url = "https://ada:{API_KEY}@api.segmind.com"\n',
    ),
    "a token in an address's place": Setup(
        ("line 2: discord.api_url: got text that is not shown here, expected an address",),
        file=f'[discord]\napi_url = "{DISCORD_TOKEN}"\n',
    ),
    "a key in a folder's place": Setup(
        ("storage.path: got what looks like a key or a token", "discord.token"),
        file=f'[storage]\npath = "{API_KEY}"\n',
    ),
    "a token in a section's place": Setup(
        ("line 1: discord: got a value that is not shown here, expected a section with keys",),
        file=f'discord = "{DISCORD_TOKEN}"\n',
    ),
    "a secret with an invisible character": Setup(
        ("discord.token: got a value that is not shown here", "without line breaks"),
        variables={"SORA_BOT_DISCORD__TOKEN": f"{DISCORD_TOKEN}\u200b{DISCORD_TOKEN}"},
    ),
    "a token with the word before it": Setup(
        ("line 2: discord.token: got a value that is not shown here", "without the word before it"),
        file=f'[discord]\ntoken = "Bot {DISCORD_TOKEN}"\n',
    ),
    "a secret and its file": Setup(
        ("got both SORA_BOT_DISCORD__TOKEN and SORA_BOT_DISCORD__TOKEN_FILE, expected one",),
        variables={
            "SORA_BOT_DISCORD__TOKEN": DISCORD_TOKEN,
            "SORA_BOT_DISCORD__TOKEN_FILE": "config.toml",
        },
    ),
    "a secret's file that is not there": Setup(
        ("SORA_BOT_DISCORD__TOKEN_FILE: discord.token: got /run/nowhere: no such file",),
        variables={"SORA_BOT_DISCORD__TOKEN_FILE": "/run/nowhere"},
    ),
    "a variable that was mistyped": Setup(
        ("SORA_BOT_JBOS__MAX_RUNNING: jbos: got an unknown", "SORA_BOT_JOBS__MAX_RUNNING?"),
        variables={"SORA_BOT_JBOS__MAX_RUNNING": "3"},
    ),
    "mistakes in all places": Setup(
        (
            "config.toml, line 6: jobs.max_runing",
            "config.toml, line 8: models.sora-2.titel",
            "SORA_BOT_BUDGETS__PERIOD: budgets.period",
            "3 problems to fix.",
        ),
        file=f"{START}[jobs]\nmax_runing = 3\n[models.sora-2]\ntitel = 'S'\n",
        variables={"SORA_BOT_BUDGETS__PERIOD": "year"},
    ),
}
"""Found in the configuration itself: before anything else is looked at."""


@pytest.mark.parametrize("command", ["check", "run", "healthy"])
@pytest.mark.parametrize("setup", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_a_mistake_in_the_configuration_ends_every_command_with_its_remedy(
    folder: Path, setup: Setup, command: str
) -> None:
    """The same words, and exit code 2, before anything starts."""
    set_up(folder, setup)

    code, output = sora_bot(command, *setup.arguments, **setup.variables)

    assert code == 2, output
    assert_told(output, setup)
    assert sorted(each.name for each in folder.iterdir()) in ([], ["config.toml"])


PLACES = {
    "no token": Setup(("discord.token is empty", "developers/applications"), file=None),
    "a variable with single underscores": Setup(
        ("discord.token is empty", "Did you mean SORA_BOT_DISCORD__TOKEN?"),
        file=None,
        variables={"SORA_BOT_DISCORD_TOKEN": DISCORD_TOKEN},
    ),
    "a database below a file": Setup(
        ("/file is a file where a folder is needed. Move it away, or set database.url",),
        file="[database]\nurl = 'sqlite+aiosqlite:///file/deep/bot.db'\n",
        prepare=lambda folder: (folder / "file").write_text("a file"),
    ),
    "a database that is a folder": Setup(
        ("The database data is a folder. Set database.url to a file, such as sqlite+aiosqlite:",),
        file="[database]\nurl = 'sqlite+aiosqlite:///data'\n",
        prepare=lambda folder: (folder / "data").mkdir(),
    ),
    "a database in a link that leads nowhere": Setup(
        ("/data is a link that leads nowhere. Remove it, or set database.url",),
        file="[database]\nurl = 'sqlite+aiosqlite:///data/bot.db'\n",
        prepare=lambda folder: (folder / "data").symlink_to("nowhere"),
    ),
    "a database with too long a name": Setup(
        ("cannot be a file (file name too long). Set database.url to another one",),
        file=f"[database]\nurl = 'sqlite+aiosqlite:///{'long' * 100}.db'\n",
    ),
    "a file where the videos should be": Setup(
        ("/videos is a file where a folder is needed. Move it away, or set storage.path",),
        prepare=lambda folder: (folder / "videos").write_text("a file"),
        file="",
    ),
    "a folder in a circle of links": Setup(
        ("videos cannot be a folder (too many levels of symbolic links)", "storage.path"),
        prepare=lambda folder: (folder / "videos").symlink_to("videos"),
        file="",
    ),
}
"""Found without a network, together with the missing token."""


@pytest.mark.parametrize("setup", PLACES.values(), ids=PLACES)
def test_what_needs_no_network_is_told_by_check_and_at_once_by_run(
    folder: Path, setup: Setup
) -> None:
    """The path, the reason and what to do; nothing is made before it is right."""
    set_up(folder, setup)
    before = sorted(folder.iterdir())

    checked, findings = sora_bot("check", **setup.variables)
    ran, said = sora_bot("run", **setup.variables)
    healthy, _ = sora_bot("healthy", **setup.variables)

    assert (checked, ran, healthy) == (1, 2, 1)
    for output in (findings, said):
        assert "discord.token is empty" in output
        assert "to fix." in output
    assert_told(said, setup)
    for each in setup.said:
        assert each in findings
    assert sorted(folder.iterdir()) == before


@needs_root
@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("place", ["data", "data/deep", "closed/data"])
def test_a_folder_of_root_is_named_with_the_user_and_the_command(place: str) -> None:
    """As a volume of Docker or Kubernetes is mounted: the chown can be copied."""
    with shared_folder() as folder:
        (folder / "data").mkdir(mode=0o755)
        (folder / "closed").mkdir(mode=0o700)
        (folder / "closed" / "data").mkdir()
        variables = {
            "SORA_BOT_DATABASE__URL": f"sqlite+aiosqlite:///{folder}/{place}/bot.db",
            "SORA_BOT_STORAGE__PATH": f"{folder}/{place}",
        }
        sora_bot("check")  # imports all before: Python may belong to root as well
        with as_nobody():
            checked, findings = sora_bot("check", **variables)
            ran, said = sora_bot("run", **variables)
            healthy, _ = sora_bot("healthy", **variables)

    assert (checked, ran, healthy) == (1, 2, 1)
    path = f"{folder}/{place}"
    remedy = {
        "data": f"It belongs to user 0, and the bot runs as user {NOBODY}. "
        f"Run: sudo chown -R {NOBODY}:{NOBODY} {path}",
        "data/deep": f"user {NOBODY} may not write in {folder}/data. "
        f"Run: sudo mkdir -p {path} && sudo chown {NOBODY}:{NOBODY} {path}",
        "closed/data": f"user {NOBODY} may not enter {folder}/closed. "
        f"Run: sudo chmod o+x {folder}/closed",
    }[place]
    for output in (findings, said):
        for key in ("database.url", "storage.path"):
            assert f"{remedy}, or set {key} to another place." in output


@needs_root
@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", ["bot.db", "bot.db-wal", "bot.db.migrating.lock"])
def test_a_file_of_root_beside_the_database_is_named_with_the_command(name: str) -> None:
    """As one `sudo sora-bot check` leaves it."""
    with shared_folder() as folder:
        os.chown(folder, NOBODY, NOBODY)
        for each in ("bot.db", name):
            (folder / each).touch(0o600)
            os.chown(folder / each, *((0, 0) if each == name else (NOBODY, NOBODY)))
        variables = {"SORA_BOT_DATABASE__URL": f"sqlite+aiosqlite:///{folder}/bot.db"}
        sora_bot("check")  # imports all before: Python may belong to root as well
        with as_nobody():
            _, findings = sora_bot("check", **variables)
            code, said = sora_bot("run", **variables)
            healthy, _ = sora_bot("healthy", **variables)

    assert (code, healthy) == (2, 1)
    for output in (findings, said):
        assert f"Run: sudo chown -R {NOBODY}:{NOBODY} {folder / name}" in output


@needs_root
@pytest.mark.usefixtures("folder")
def test_a_folder_of_ours_that_cannot_be_written_is_named_with_the_command() -> None:
    """Its mode is what is wrong."""
    with shared_folder() as folder:
        os.chown(folder, NOBODY, NOBODY)
        folder.chmod(0o500)
        sora_bot("check")  # imports all before: Python may belong to root as well
        with as_nobody():
            _, said = sora_bot("run", SORA_BOT_STORAGE__PATH=str(folder))

    assert f"Run: chmod u+rwX {folder}, or set storage.path to another place." in said


def read_only_folder() -> Path | None:
    """Find a folder of this machine that is mounted read-only."""
    mounts = Path("/proc/mounts")
    for line in mounts.read_text(encoding="utf-8").splitlines() if mounts.exists() else ():
        _, folder, _, options, *_ = line.split()
        if "ro" in options.split(",") and Path(folder).is_dir():
            return Path(folder)
    return None


@pytest.mark.usefixtures("folder")
def test_a_folder_that_is_mounted_read_only_is_told() -> None:
    """Not its owner is wrong then."""
    found = read_only_folder()
    if found is None:
        pytest.skip("nothing is mounted read-only here")

    code, said = sora_bot("run", SORA_BOT_STORAGE__PATH=str(found / "videos"))

    assert code == 2
    assert "is mounted read-only. Mount it so that it can be written (Docker: without :ro)" in said


def drawn(form: str, lot: str) -> str:
    """Draw a secret of this form, which no other test has made known to the process."""
    digits = hashlib.sha256(lot.encode()).hexdigest()
    return {
        "a bot's token": f"MTE4{digits[:22]}.G{digits[:5]}.{digits[:38]}",
        "a key with a prefix": f"SG_{digits[:16]}",
        "a key of figures and letters": digits[:32],
    }[form]


FORMS = ["a bot's token", "a key with a prefix", "a key of figures and letters"]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("path", PLAIN_SETTINGS, ids=".".join)
@pytest.mark.parametrize("place", ["file", "variable"])
def test_a_secret_in_the_wrong_setting_is_never_printed(
    folder: Path, path: tuple[str, ...], form: str, place: str
) -> None:
    """Whichever command reads it: it says where it stands, and not what it is."""
    for command in ("check", "run", "healthy", "audit"):
        secret = drawn(form, f"{command} {place} {path}")
        variables = {}
        if place == "file":
            text = f'[{".".join(path[:-1])}]\n{path[-1]} = "{secret}"\n'
            (folder / "config.toml").write_text(text)
        else:
            variables = {f"SORA_BOT_{'__'.join(path).upper()}": secret}

        code, output = sora_bot(command, **variables)

        assert code == 2
        assert ("config.toml, line 2" if place == "file" else next(iter(variables))) in output
        assert ".".join(path) in output
        assert secret.casefold() not in output.casefold()
        assert "[hidden]" not in output, "it was not even about to be printed"


def test_a_secret_in_the_path_of_a_folder_is_never_printed(folder: Path) -> None:
    """A whole path may have such names; what is printed of it has not."""
    token = drawn(FORMS[0], "path")
    variables = {"SORA_BOT_STORAGE__PATH": f"{folder}/{token}/videos"}

    code, output = sora_bot("check", **variables)

    assert code == 1
    assert f"Videos are kept in {folder}/[hidden]/videos" in output
    assert token not in output


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("name", ["DISCORD__TOKEN", "PROVIDERS__SEGMIND__API_KEY"])
@pytest.mark.parametrize("form", FORMS)
async def test_a_secret_in_anothers_place_is_never_printed(
    world: World, name: str, form: str
) -> None:
    """It is refused by whoever it was sent to."""
    secret = drawn(form, name)
    variables = own(world, **{f"SORA_BOT_{name}": secret})

    code, output = await asyncio.to_thread(lambda: sora_bot("check", **variables))

    assert code == 1
    assert name.lower().replace("__", ".") in output
    assert secret not in output


def own(world: World, **variables: str) -> dict[str, str]:
    """Write the world's settings as variables, with changes."""
    wanted = {**BotProcess(world).environment(), **variables}
    return {name: each for name, each in wanted.items() if name.startswith("SORA_BOT_")}


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("variables", "said"),
    [
        (
            {"SORA_BOT_DISCORD__TOKEN": DISCORD_TOKEN},
            "Discord refuses discord.token. Reset it at https://discord.com/developers",
        ),
        (
            {"SORA_BOT_DISCORD__API_URL": "{segmind}"},
            "What answers at discord.api_url is not Discord.",
        ),
        (
            {"SORA_BOT_DISCORD__API_URL": "http://127.0.0.1:9"},
            "Discord cannot be reached (ClientConnectorError). Check the network and discord.api",
        ),
        (
            {"SORA_BOT_DISCORD__GUILDS": "123456789"},
            "The bot is not in server 123456789 of discord.guilds. Invite it.",
        ),
        (
            {"SORA_BOT_PROVIDERS__SEGMIND__API_KEY": API_KEY},
            "Check providers.segmind.api_key and base_url.",
        ),
        (
            {"SORA_BOT_PROVIDERS__SEGMIND__API_KEY": ""},
            "providers.segmind.api_key is empty",
        ),
        (
            {"SORA_BOT_PROVIDERS__SEGMIND__BASE_URL": "http://127.0.0.1:9"},
            "Check providers.segmind.api_key and base_url.",
        ),
    ],
    ids=lambda each: next(iter(each)).removeprefix("SORA_BOT_") if isinstance(each, dict) else "",
)
async def test_check_names_what_the_network_says_is_wrong(
    world: World, variables: Mapping[str, str], said: str
) -> None:
    """Each with the setting, and without its value."""
    changes = {
        name: each.format(segmind=world.segmind.base_url) for name, each in variables.items()
    }

    code, output = await asyncio.to_thread(lambda: sora_bot("check", **own(world, **changes)))

    assert code == 1, output
    assert_told(output, Setup((said,)))


@pytest.mark.usefixtures("folder")
async def test_an_empty_provider_beside_a_good_one_is_no_problem(world: World) -> None:
    """One key is enough."""
    code, output = await asyncio.to_thread(lambda: sora_bot("check", **own(world)))

    assert code == 0, output
    assert "ERROR" not in output
    assert " note  providers.aimlapi.api_key is empty" in output


@pytest.mark.parametrize("command", ["check", "audit", "resume"])
def test_a_file_that_is_no_database_is_told_to_the_operator(folder: Path, command: str) -> None:
    """In words for whoever runs the bot: it is they who read them."""
    (folder / "bot.db").write_bytes(b"This is no database." * 200)
    (folder / "config.toml").write_text(
        f'[discord]\ntoken = "{DISCORD_TOKEN}"\napi_url = "http://127.0.0.1:9"\n'
        "[database]\nurl = 'sqlite+aiosqlite:///bot.db'\n"
    )

    code, output = sora_bot(command)

    assert code == 1
    assert_told(output, Setup(("bot.db",)))
    assert "database.url" in output


@pytest.mark.slow  # SQLite waits for the lock
def test_a_database_that_another_keeps_locked_is_told_to_the_operator(folder: Path) -> None:
    """Members are told that nothing was charged; the operator reads which file, and what to do."""
    (folder / "config.toml").write_text("[database]\nurl = 'sqlite+aiosqlite:///bot.db'\n")
    with sqlite3.connect("bot.db", isolation_level=None) as connection:
        connection.execute("CREATE TABLE other (id)")
        connection.execute("BEGIN EXCLUSIVE")

        code, output = sora_bot("audit")

    assert code == 1
    assert "Another process keeps the database bot.db locked." in output
    assert "charged" not in output
