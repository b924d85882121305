"""Settings: where they come from, and how mistakes in them are told."""

import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.catalogue import load_catalogue
from bot.config import Settings, load_settings
from bot.errors import ConfigError, ConfigErrors

EXAMPLE = Path(__file__).parent.parent.parent / "config.example.toml"
SECRET = "sk-do-not-show-me"


@pytest.fixture(autouse=True)
def _no_settings_around(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of whoever runs the tests out of them."""
    for name in list(os.environ):
        if name.upper().startswith("SORA_BOT_"):
            monkeypatch.delenv(name)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Give a file that is not there yet."""
    return tmp_path / "config.toml"


def mistakes(file: Path | None, text: str | None = None) -> tuple[ConfigError, ...]:
    """Load settings that are wrong, and give all that is said of them."""
    if file is not None and text is not None:
        file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigErrors) as caught:
        load_settings(file)
    return caught.value.mistakes


def mistake(file: Path | None, text: str | None = None) -> ConfigError:
    """Load settings with one thing wrong, and give what is said of it."""
    [found] = mistakes(file, text)
    return found


def test_without_a_file_everything_has_a_default() -> None:
    """The defaults alone make settings, of the real Discord and the real Segmind."""
    found = load_settings(None)

    assert found == Settings()
    assert found.discord.api_url == "https://discord.com/api/v10"
    assert found.providers.segmind.base_url == "https://api.segmind.com"
    assert (found.budgets.default_allowance, found.budgets.period) == (500, "month")
    assert (found.jobs.min_poll_seconds, found.jobs.max_poll_seconds) == (2.0, 15.0)


def test_the_example_loads_and_shows_the_defaults() -> None:
    """config.example.toml names every key, with its default; models are shown as comments."""
    assert load_settings(EXAMPLE) == Settings()
    named = load_settings(EXAMPLE).model_dump(exclude_unset=True)
    assert named == Settings().model_dump(exclude={"models"})


def test_the_examples_models_can_be_taken_over_as_they_stand(file: Path) -> None:
    """Without the marks of a comment they set a price, and switch a model off."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("# [models"))
    file.write_text("\n".join(line.removeprefix("# ") for line in lines[start:]))

    catalogue = load_catalogue(load_settings(file).models)

    assert catalogue["veo-3.1"].credits_per_second == 40
    assert catalogue["sora-2-pro"].retired


def test_the_environment_wins_over_the_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable overrides its key alone; the section's other keys stay as the file has them."""
    file.write_text(
        '[discord]\ntoken = "from the file"\nguilds = [1]\n'
        '[providers.segmind]\napi_key = "from the file"\nrequests_per_minute = 7\n'
    )
    monkeypatch.setenv("SORA_BOT_DISCORD__TOKEN", "from outside")
    monkeypatch.setenv("SORA_BOT_PROVIDERS__SEGMIND__API_KEY", "from outside")

    found = load_settings(file)

    assert found.discord.token.get_secret_value() == "from outside"
    assert found.discord.guilds == (1,)
    assert found.providers.segmind.api_key.get_secret_value() == "from outside"
    assert found.providers.segmind.requests_per_minute == 7


@pytest.mark.parametrize("text", ["12", "12,", "[12]", " 12 ", "12, 34", "[12, 34]", ""])
def test_servers_are_listed_in_a_variable_as_people_write_lists(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One number, several, with brackets or without: each is a list of servers."""
    monkeypatch.setenv("SORA_BOT_DISCORD__GUILDS", text)

    guilds = load_settings(None).discord.guilds

    assert guilds == tuple(each for each in (12, 34) if str(each) in text)


@pytest.mark.parametrize(
    ("text", "key", "found", "allowed"),
    [
        ("[budgets]\nperiod = 'year'", "budgets.period", '"year"', '"day", "week" or "month"'),
        ("[budgets]\ndefault_allowance = -1", "budgets.default_allowance", "-1", "from 0 on"),
        ("[budgets]\nceiling_all = -1", "budgets.ceiling_all", "-1", 'or "off"'),
        ("[budgets]\nceiling_all = true", "budgets.ceiling_all", "true", 'or "off"'),
        ("[budgets]\nceiling_all = 'no'", "budgets.ceiling_all", '"no"', "a whole number"),
        (
            "[budgets]\ndefault_allowance = 1.5",
            "budgets.default_allowance",
            "1.5",
            "a whole number",
        ),
        ("[jobs]\nmax_running = -3", "jobs.max_running", "-3", "a whole number from 0 on"),
        ("[jobs]\nmax_running = true", "jobs.max_running", "true", "a number"),
        ("[jobs]\nedit_seconds = 0", "jobs.edit_seconds", "0", "a number above 0"),
        ("[jobs]\nedit_seconds = inf", "jobs.edit_seconds", "inf", "a finite number"),
        ("[jobs]\nmin_poll_seconds = nan", "jobs.min_poll_seconds", "nan", "a finite number"),
        ("[jobs]\nmin_poll_seconds = 20", "jobs.max_poll_seconds", "15.0", "(20.0) or more"),
        ("[discord]\napi_url = 'discord.com'", "discord.api_url", "not shown", "https://"),
        ("[discord]\ngateway_url = 'https://a'", "discord.gateway_url", "https://", "wss://"),
        ("[discord]\nguilds = ['a']", "discord.guilds.0", '"a"', "a whole number"),
        ("[database]\nurl = 'mysql://a'", "database.url", "mysql://", "sqlite+aiosqlite:///FILE"),
        ("[database]\nurl = 'sqlite+aiosqlite:///'", "database.url", "sqlite", "///FILE"),
        ("[storage]\nmax_video_mib = 0", "storage.max_video_mib", "0", "from 1 on"),
        ("[storage]\npath = ''", "storage.path", "empty text", "the path of a folder"),
        ("[jobs]\nmax_runing = 3", "jobs.max_runing", "an unknown key", "max_running"),
        ("[jbos]\nmax_running = 3", "jbos", "an unknown section", "jobs"),
        ("discord = 5", "discord", "not shown", "[discord]"),
        ("models = 5", "models", "not shown", "[models]"),
        ("[models]\nsora-2 = 5", "models.sora-2", "not shown", "[models.sora-2]"),
    ],
)
def test_a_mistake_names_the_key_what_was_found_and_what_is_allowed(
    file: Path, text: str, key: str, found: str, allowed: str
) -> None:
    """One line tells an operator all that is needed to mend it."""
    error = mistake(file, text)

    assert error.key == key
    assert found in error.found
    assert allowed in error.allowed
    said = f"{error.where}: {key}: got {error.found}, expected {error.allowed}. {error.hint}"
    assert str(error) == said.strip()


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ("[discord", 1, "a section without its closing bracket"),
        ("[discord]\ntoken = unquoted", 2, "a value that is not TOML"),
        ("a = 1\n\na = 2", 3, "a key or a section that is there already"),
        ("[jobs]\n[unquoted]\n[unquoted]\n", 3, "a key or a section that is there already"),
        ("[storage]\npath = 'videos\n", 2, "text without its closing quote"),
        ('[storage]\npath = "C:\\Users"\n', 2, "a backslash that means nothing in TOML"),
        ("[discord]\nguilds = [\n1\n", 3, "a bracket that is not closed"),
        ("[discord]\njust words\n", 2, "a line that is not TOML"),
    ],
)
def test_a_file_that_is_no_toml_is_told_with_the_line(
    file: Path, text: str, line: int, found: str
) -> None:
    """The place and the kind of the mistake are told, not the contents."""
    error = mistake(file, text)

    assert error.where == f"{file}, line {line}"
    assert error.found == found
    assert "unquoted" not in str(error)


def test_a_file_that_is_not_utf8_is_named_with_the_line(file: Path) -> None:
    """Windows' encodings are told from a mistake in the text."""
    file.write_bytes(b"[discord]\n\ntoken = '\xe4'\n")

    error = mistake(file)

    assert (error.where, error.allowed) == (f"{file}, line 3", "TOML in UTF-8")


def test_the_mark_that_some_editors_put_before_utf8_is_no_mistake(file: Path) -> None:
    """Windows' editors write one."""
    file.write_bytes(b"\xef\xbb\xbf[jobs]\r\nmax_running = 7\r\n")

    assert load_settings(file).jobs.max_running == 7


def test_a_file_that_is_not_there_is_named(file: Path) -> None:
    """A path that was mistyped is told as it was given."""
    error = mistake(file)

    assert error.key == str(file)
    assert error.found == "no such file"


def test_a_folder_in_the_files_place_is_told(file: Path) -> None:
    """Docker makes one where the file that it is to mount is not there."""
    file.mkdir()

    error = mistake(file)

    assert (error.key, error.found) == (str(file), "a folder")
    assert "Docker" in error.hint


@pytest.mark.parametrize(
    ("name", "value", "key"),
    [
        ("SORA_BOT_JOBS__MAX_RUNNING", "many", "jobs.max_running"),
        ("SORA_BOT_JOBS__MAX_RUNING", "3", "jobs.max_runing"),
        ("SORA_BOT_JBOS__MAX_RUNNING", "3", "jbos"),
        ("SORA_BOT_DISCORD__GUILDS", "Film-club", "discord.guilds.0"),
        ("SORA_BOT_DISCORD", SECRET, "discord"),
        ("SORA_BOT_PROVIDERS__SEGMIND", SECRET, "providers.segmind"),
        ("SORA_BOT_DISCORD", f'["{SECRET}"]', "discord"),
    ],
)
def test_a_mistake_in_the_environment_is_told_as_well(
    name: str, value: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A variable that nobody would read, or that cannot be read, is named; its secret is not."""
    monkeypatch.setenv(name, value)

    error = mistake(None)

    assert (error.key, error.where) == (key, name)
    assert SECRET not in str(error)


def test_variables_of_others_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Kubernetes makes variables of a service's name; a service may be called sora-bot."""
    monkeypatch.setenv("SORA_BOT_SERVICE_HOST", "10.0.0.1")
    monkeypatch.setenv("SORA_BOT_PORT_8080_TCP", "tcp://10.0.0.1:8080")

    assert load_settings(None) == Settings()


SECRETS = st.text(
    st.characters(codec="ascii", categories=["Lu", "Ll", "Nd"], include_characters="-_. "),
    min_size=8,
).map(lambda text: f"sk-{text}")


@settings(max_examples=60)
@given(
    SECRETS,
    st.sampled_from(
        [
            "[discord]\ntoken = {}\nwrong = 1",
            "[discord]\ntoken = [{}]",
            "[discord]\ntoken = {{inner = {}}}",
            "[discord]\napi_url = 3\ntoken = {}",
            "[[discord]]\ntoken = {}",
            "discord = {}",
            "discord = [{}]",
            "[providers]\nsegmind = {}",
            "[providers.segmind]\napi_key = [{}]",
            "[providers.segmind]\napi_key = {}\nrequests_per_minute = 0",
            "[providers.segmind]\napi_key = {}\napi_key = 1",
            "[providers.segmind]\napi_key = {} unquoted",
            "[providers.aimlapi]\napi_key = [{}]",
            "token = {}",
            "[discord]\ntoken = {}\n[jobs]\nmin_poll_seconds = 99",
        ],
    ),
)
def test_no_mistake_shows_a_secret(
    tmp_path_factory: pytest.TempPathFactory, secret: str, text: str
) -> None:
    """Whatever is wrong around a token or a key, the words for it never hold the value."""
    file = tmp_path_factory.getbasetemp() / "secret.toml"

    for error in mistakes(file, text.format(f'"{secret}"')):
        assert secret not in str(error)
        assert secret not in repr(error)


@pytest.mark.parametrize(
    "key", ["discord.token", "providers.segmind.api_key", "providers.aimlapi.api_key"]
)
def test_a_secret_without_its_quotes_is_not_shown(file: Path, key: str) -> None:
    """A key of figures alone is read as a number, which is a mistake: its value stays hidden."""
    section, name = key.rsplit(".", 1)

    error = mistake(file, f"[{section}]\n{name} = 4815162342")

    assert error.key == key
    assert "4815162342" not in str(error)


def test_a_password_in_an_address_is_not_shown(file: Path) -> None:
    """Of an address that is refused the beginning alone is shown."""
    error = mistake(file, f"[database]\nurl = 'postgresql://ada:{SECRET}@db/bot'")

    assert error.key == "database.url"
    assert error.found == "an address that begins with postgresql://"
    assert SECRET not in str(error)


def test_settings_that_are_right_do_not_show_secrets_either(file: Path) -> None:
    """A log line or a traceback may print settings: token and key stay hidden."""
    file.write_text(f'[discord]\ntoken = "{SECRET}"\n[providers.segmind]\napi_key = "{SECRET}"\n')

    found = load_settings(file)

    assert found.discord.token.get_secret_value() == SECRET
    assert SECRET not in f"{found!r} {found!s}"


SECRET_KEYS = ["discord.token", "providers.segmind.api_key", "providers.aimlapi.api_key"]


def secret_of(found: Settings, key: str) -> str:
    """Read a secret by its dotted name."""
    value: object = found
    for part in key.split("."):
        value = getattr(value, part)
    assert isinstance(value, SecretStr)
    return value.get_secret_value()


def set_secret(source: str, key: str, value: str, file: Path, patch: pytest.MonkeyPatch) -> Path:
    """Set a secret in the file or in the environment; give a file to load."""
    section, name = key.rsplit(".", 1)
    if source == "environment":
        patch.setenv(f"SORA_BOT_{key.replace('.', '__').upper()}", value)
        file.write_text("")
    else:
        file.write_text(f"[{section}]\n{name} = {json.dumps(value)}\n", encoding="utf-8")
    return file


@pytest.mark.parametrize("key", SECRET_KEYS)
@pytest.mark.parametrize("source", ["file", "environment"])
@pytest.mark.parametrize("around", ["{}\n", "{}\r\n", " {}\t", "\n{}", "{}\u00a0"])
def test_white_space_around_a_secret_is_no_part_of_it(
    file: Path, monkeypatch: pytest.MonkeyPatch, key: str, source: str, around: str
) -> None:
    """A mounted secret ends in a line break, what was pasted in a space."""
    found = load_settings(set_secret(source, key, around.format(SECRET), file, monkeypatch))

    assert secret_of(found, key) == SECRET


@pytest.mark.parametrize("key", SECRET_KEYS)
@pytest.mark.parametrize("source", ["file", "environment"])
@pytest.mark.parametrize("inside", ["\n", "\r\n", "\t", "\x7f", "\x1b", "\u200b", "\ufeff"])
def test_what_cannot_be_seen_in_a_secret_is_refused(
    file: Path, monkeypatch: pytest.MonkeyPatch, key: str, source: str, inside: str
) -> None:
    """The key is named before anything is sent, and its value is not shown."""
    wrong = f"{SECRET}{inside}{SECRET}"

    error = mistake(set_secret(source, key, wrong, file, monkeypatch))

    assert error.key == key
    assert "line breaks" in error.allowed
    assert SECRET not in str(error)


@pytest.mark.parametrize(
    "key",
    ["discord.api_url", "discord.gateway_url", "providers.aimlapi.base_url", "database.url"],
)
def test_a_line_break_after_an_address_is_no_part_of_it(
    file: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    """Addresses come from the same files and variables."""
    address = {"discord.gateway_url": "wss://a.example/", "database.url": "sqlite+aiosqlite:///b"}
    value = address.get(key, "https://a.example")
    monkeypatch.setenv(f"SORA_BOT_{key.replace('.', '__').upper()}", f"{value}\n")

    found: object = load_settings(None)
    for part in key.split("."):
        found = getattr(found, part)

    assert found == value


@pytest.mark.parametrize(
    "address", ["http://proxy:3128", "http://name:hunter2@proxy.example:3128/", "", " "]
)
def test_a_proxy_is_an_address_or_nothing(file: Path, address: str) -> None:
    """Also with a name and a password for it."""
    file.write_text(f'[network]\nproxy = "{address}"\n', encoding="utf-8")
    assert load_settings(file).network.proxy == (address.strip() or None)


@pytest.mark.parametrize(
    "address",
    [
        "proxy:3128",
        "socks5://proxy:1080",
        "http://",
        "http://a:hunter2@b:x",
        "http://a/b",
        "http:/",
    ],
)
def test_what_is_no_proxy_s_address_is_refused(file: Path, address: str) -> None:
    """The form is said, and no password that stands in it."""
    [error] = mistakes(file, f'[network]\nproxy = "{address}"\n')
    assert error.key == "network.proxy"
    assert "http://HOST:PORT" in error.allowed
    assert "hunter2" not in str(error)


@pytest.mark.parametrize("key", ["discord.api_url", "providers.segmind.upload_url"])
def test_a_line_break_in_an_address_is_refused(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    """It would be cut out by one library and refused by another."""
    monkeypatch.setenv(f"SORA_BOT_{key.replace('.', '__').upper()}", "https://a.exa\nmple")

    assert mistake(None).key == key
